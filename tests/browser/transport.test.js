/** The transport as a visitor uses it: slow motion, stops, speed, and the keys for all of it. */

/** @import { Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMenu, record, samples, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {TestContext} t @param {string} query */
async function visit(t, query) {
  const opened = await site.visitAtRest(t, query);
  await record(opened.page);
  return opened;
}

/** @param {Page} page @param {string} selector */
const inside = (page, selector) => page.locator(`gan-playground ${selector}`);
/** @param {Page} page @param {string} name */
const button = (page, name) => page.locator('gan-playground').getByRole('button', { name, exact: true });
/** @param {number} value */
const percent = (value) => `${Math.round(value * 100)}\u202f%`;
/** @param {Page} page */
const rows = (page) => withPlayground(page, (playground) => playground.rows);

test(
  'slow motion tells one real step, part by part, and the run is what it would have been',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await visit(t, 'preset=gan-mnist');
    await withPlayground(page, (playground) => playground.step(2));
    await button(page, 'Slow motion').click();
    const card = inside(page, '.slow');
    await card.filter({ hasText: 'Part 1 of 13' }).waitFor();
    assert.match(await card.textContent(), /Step 3, slowly.*The detective \(D\) learns/);
    assert.equal((await status(page)).step, 3);
    const before = await withPlayground(page, (playground) => playground.shadowRoot.activeElement.textContent);
    assert.equal(before, 'Next', 'the focus is in the card');

    const told = [];
    for (let part = 1; part <= 13; part += 1) {
      await card.filter({ hasText: `Part ${part} of 13` }).waitFor();
      told.push(
        await page.locator('gan-playground').evaluate((playground) => {
          const root = playground.shadowRoot;
          return {
            text: root.querySelector('.caption').textContent,
            who: root.querySelector('.slow .detail').textContent,
            lit: [...root.querySelectorAll('.node.lit')].map((node) => node.classList[1]),
            frozen: [...root.querySelectorAll('.node.frozen')].map((node) => node.textContent),
            part: ['samples', 'real', 'verdict', 'chart']
              .filter((name) => root.querySelector(`.lit-part.${name}`))
              .join(),
          };
        }),
      );
      if (part < 13) await page.keyboard.press('ArrowRight');
    }
    const [, dLoss, gLoss, dReal, dFake] = (await rows(page)).at(-1);
    const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
    assert.match(told[0].text, /^Noise\. 64 times, [\d,]+ random numbers are drawn/);
    assert.ok(
      told[3].text.includes(`originals ${percent(dReal)} real and forgeries ${percent(dFake)} real`),
      told[3].text,
    );
    assert.ok(told[4].text.includes(short.format(dLoss)), `${told[4].text} has D's loss ${dLoss}`);
    assert.match(told[5].text, /length [\d.]+\. G is frozen: none of its [\d,]{6,} weights has changed/);
    assert.ok(told[10].text.includes(short.format(gLoss)), `${told[10].text} has G's loss ${gLoss}`);
    assert.match(told[11].text, /D is frozen \(none of its [\d,]{6,} weights has changed\)/);
    assert.match(told[12].text, /^G’s weights move\. All in all by [\d.]+/);
    assert.ok(
      told.slice(0, 7).every(({ who, frozen }) => who.startsWith('The detective (D) learns') && frozen.join() === 'G'),
    );
    assert.ok(
      told.slice(7).every(({ who, frozen }) => who.startsWith('The forger (G) learns') && frozen.join() === 'D'),
    );
    assert.deepEqual(
      told.map(({ part }) => part),
      [
        'samples',
        'samples',
        'real',
        'verdict',
        'chart',
        'chart',
        'verdict',
        'samples',
        'samples',
        'verdict',
        'chart',
        'chart',
        'samples',
      ],
    );
    assert.deepEqual(told[3].lit, ['fake', 'D', 'real']);

    await page.keyboard.press('ArrowLeft');
    await card.filter({ hasText: 'Part 12 of 13' }).waitFor();
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'detached' });
    assert.equal(await inside(page, '.lit-part').count(), 0);
    assert.equal(
      await withPlayground(page, (playground) => playground.shadowRoot.activeElement.textContent),
      'Slow motion',
    );
    await withPlayground(page, (playground) => playground.step(1));
    const walked = [await rows(page), (await samples(page)).values];
    await withPlayground(page, async (playground) => {
      await playground.reset();
      playground.rows.length = 0;
      await playground.step(4);
    });
    assert.deepEqual(await rows(page), walked[0], 'the same four steps');
    assert.deepEqual((await samples(page)).values, walked[1], 'and the same forgeries');
    assert.deepEqual(problems, []);
  },
);

test('slow motion goes on by itself, makes the next step, and gives way to play', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=wgan-ring8');
  await page.keyboard.press('w');
  const card = inside(page, '.slow');
  await card.filter({ hasText: 'Part 1 of 13' }).waitFor();
  assert.match(await card.textContent(), /D learns \d+ times in this step; this is the last time/);
  for (let part = 1; part < 13; part += 1) await page.keyboard.press('ArrowRight');
  await card.filter({ hasText: 'Part 13 of 13' }).waitFor();
  await page.keyboard.press('p');
  assert.equal(await button(page, 'By itself').getAttribute('aria-pressed'), 'true');
  await card.filter({ hasText: /Step 2, slowly.*Part 1 of 13/ }).waitFor({ timeout: 40_000 });
  await card.filter({ hasText: 'Part 2 of 13' }).waitFor({ timeout: 40_000 });
  await withPlayground(page, (playground) => playground.play());
  await card.waitFor({ state: 'detached' });
  await until(page, ({ step }) => step > 3);
  assert.deepEqual(problems, []);
});

test('training stops at the step that was named, says so, and goes on from there', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8');
  await openMenu(page);
  const field = inside(page, '[aria-label="Step at which to stop"]');
  await field.fill('137');
  await field.press('Enter');
  const chip = button(page, 'at step');
  assert.equal(await chip.getAttribute('aria-pressed'), 'true');
  await button(page, 'Play').click();
  await inside(page, '.stop-line').filter({ hasText: 'Stopped at step 137: that is where it was to stop.' }).waitFor();
  const stopped = await until(page, ({ state }) => state === 'paused');
  assert.equal(stopped.step, 137);
  assert.equal((await rows(page)).length, 137);
  const [{ detail }] = await withPlayground(page, (playground) =>
    playground.seen.filter(({ name }) => name === 'stopped'),
  );
  assert.deepEqual([detail.reason, detail.step, detail.value], ['step', 137, 137]);
  assert.equal(await inside(page, '.transport .primary').textContent(), 'Play', 'one press goes on');
  await inside(page, '.transport .primary').click();
  await until(page, ({ step }) => step > 160);
  await page.keyboard.press('n');
  await openMenu(page);
  assert.equal(await chip.getAttribute('aria-pressed'), 'false');
  await field.fill('1.5');
  await field.press('Enter');
  await inside(page, '.stop-line')
    .filter({ hasText: /step takes a whole number of at least 1, or null; 1.5 is not one/ })
    .waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await assert.rejects(
    withPlayground(page, (playground) =>
      playground.stopWhen(/** @type {any}  what nobody may ask */ ({ weather: true })),
    ),
    /There are: step, nfd, balance, alarm/,
  );
  assert.deepEqual(problems, []);
});

test(
  'training stops when the detective guesses, but not because it has not begun to judge',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await visit(t, 'preset=gan-ring8');
    await openMenu(page);
    await button(page, 'when D is at 50 %').click();
    await withPlayground(page, (playground) => playground.phase('discriminator'));
    await button(page, 'Play').click();
    await inside(page, '.stop-line')
      .filter({
        hasText:
          /^Stopped at step [\d,]+: the detective’s mean output on forgeries is 0\.(4[5-9]|5[0-5]), within 0\.05 of one half/,
      })
      .waitFor({ timeout: 120_000 });
    const { step } = await until(page, ({ state }) => state === 'paused');
    const last = (await rows(page)).slice(-10).map((row) => row[4]);
    const [{ detail }] = await withPlayground(page, (playground) =>
      playground.seen.filter(({ name }) => name === 'stopped'),
    );
    assert.deepEqual([detail.reason, detail.step], ['balance', step]);
    t.diagnostic(
      `stopped at ${step}; mean of the last ten ${last.reduce((sum, value) => sum + value, 0) / 10}, reported ${detail.value}`,
    );
    await withPlayground(page, (playground) => playground.set({ preset: 'wgan-ring8' }));
    await until(page, ({ state, step: now }) => state === 'paused' && now === 0);
    await openMenu(page);
    await button(page, 'when D is at 50 %').click({ force: true });
    await inside(page, '.stop-line').filter({ hasText: 'A critic’s scores have no middle' }).waitFor();
    assert.deepEqual(problems, []);
  },
);

test('training stops at an alarm of the doctor, once', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=oscillation-dirac');
  await page.keyboard.press('a');
  await openMenu(page);
  assert.equal(await button(page, 'on an alarm').getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('Space');
  await inside(page, '.stop-line')
    .filter({ hasText: /^Stopped at step [\d,]+: an alarm of the doctor’s: / })
    .waitFor({ timeout: 120_000 });
  const { step, findings } = await until(page, ({ state }) => state === 'paused');
  assert.ok(
    findings.some(({ severity }) => severity === 'alarm'),
    JSON.stringify(findings),
  );
  await withPlayground(page, (playground) => playground.setSpeed(60));
  await page.keyboard.press('Space');
  await until(page, (now) => now.step > step + 20 && now.state === 'playing');
  assert.deepEqual(problems, []);
});

test('training stops when nFD is low enough', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-mnist&controls=stops,transport');
  await openMenu(page);
  const field = inside(page, '[aria-label="nFD at which to stop"]');
  await field.fill('900');
  await button(page, 'when nFD is at most').click();
  await button(page, 'Play').click();
  await inside(page, '.stop-line')
    .filter({ hasText: /^Stopped at step [\d,]+: nFD was [\d.]+ at step [\d,]+, not above 900\.$/ })
    .waitFor({ timeout: 240_000 });
  const { quality } = await until(page, ({ state }) => state === 'paused');
  assert.ok(quality.form === 'image' && quality.nfd <= 900);
  assert.deepEqual(problems, []);
});

test('at a low speed each step is seen, and the speed is part of the address', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8');
  const slider = page.locator('gan-playground').getByRole('slider', { name: 'Speed' });
  assert.equal(await slider.getAttribute('aria-valuetext'), 'full speed');
  for (const wanted of [60, 25, 10]) {
    await page.keyboard.press('-');
    assert.equal(await slider.getAttribute('aria-valuetext'), `${wanted} steps/s`);
  }
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  assert.equal(await slider.getAttribute('aria-valuetext'), '5 steps/s', 'the slider has its own keys');
  await withPlayground(page, (playground) => {
    playground.turns = [];
    playground.addEventListener('metrics', (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      playground.turns.push(detail.rows.length / detail.width);
    });
  });
  await page.keyboard.press('s');
  await until(page, ({ step, state }) => step === 1 && state === 'paused');
  await button(page, 'Play').click();
  await until(page, ({ step }) => step >= 6);
  await button(page, 'Pause').click();
  await until(page, ({ state }) => state === 'paused');
  const turns = await withPlayground(page, (playground) => playground.turns);
  assert.ok(
    turns.filter((steps) => steps === 1).length >= 6 && turns.every((steps) => steps <= 1),
    `one step at a time: ${turns}`,
  );
  assert.match(page.url(), /speed=5(&|#|$)/);
  await page.reload();
  await until(page, ({ state }) => state === 'paused');
  assert.equal(await withPlayground(page, (playground) => playground.speed), 5);
  await page.keyboard.press('Space');
  await until(page, ({ step }) => step >= 2);
  await withPlayground(page, (playground) => playground.setSpeed(null));
  await until(page, ({ step }) => step >= 100);
  await assert.rejects(
    withPlayground(page, (playground) => playground.setSpeed(-1)),
    /above 0 and up to 1000, or max/,
  );
  assert.deepEqual(problems, []);
});

test('one table has all keys: the dialog lists them, and they act', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-ring8');
  await page.keyboard.press('?');
  const dialog = page.locator('gan-playground').getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor();
  const listed = await dialog.locator('dt').allTextContents();
  for (const key of [
    'Space',
    'S',
    'G',
    'D',
    'ShiftG',
    'ShiftD',
    'M',
    'R',
    'W',
    '→',
    '←',
    'Esc',
    '−',
    '+',
    'N',
    'Q',
    'B',
    'A',
    'L',
    '?',
  ])
    assert.ok(listed.includes(key), `${key} is in ${listed}`);
  await page.keyboard.press('s');
  for (let press = 0; press < 5; press += 1) {
    await page.keyboard.press('Tab');
    assert.ok(
      await withPlayground(page, (playground) => {
        const now = playground.shadowRoot.activeElement;
        return now === null || now.closest('dialog') !== null; // null: the browser's own parts
      }),
      'the focus stays in the dialog',
    );
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await status(page)).step, 0, 'no key acts behind a dialog');

  /** @param {string} key @param {boolean[]} wanted */
  const learned = async (key, wanted) => {
    const from = (await status(page)).step;
    await page.keyboard.press(key);
    await until(page, ({ step, state }) => step === from + 1 && state === 'paused');
    const [, dLoss, gLoss] = (await rows(page)).at(-1);
    assert.deepEqual([Number.isFinite(dLoss), Number.isFinite(gLoss)], wanted, key);
  };
  await learned('s', [true, true]);
  await learned('g', [false, true]);
  await learned('d', [true, false]);
  await page.keyboard.press('Shift+D');
  await inside(page, '.phase-line').filter({ hasText: 'The discriminator got there' }).waitFor({ timeout: 60_000 });
  await page.keyboard.press('r');
  await until(page, ({ step, state }) => step === 0 && state === 'paused');
  await openMenu(page);
  await inside(page, '[aria-label="Step at which to stop"]').focus();
  await page.keyboard.press('s');
  await page.keyboard.press('Tab');

  await button(page, 'Keys').click();
  await dialog.getByLabel('Use these keys').uncheck();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('s');
  await page.waitForTimeout(300);
  assert.equal((await status(page)).step, 0, 'neither in a field nor when they are off');
  assert.deepEqual(problems, []);
});
