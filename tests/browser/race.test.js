/** A visitor lets two runs race, and takes one of them over. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAIRS } from '../../www/page/race-pairs.js';
import { same } from '../../www/page/travel.js';
import { look, openMenu, samples, status, until, useSite, withPlayground, workersLeft } from './harness.js';

const site = useSite();

/** @param {Page} page */
const panel = (page) => page.locator('gan-playground .race');
/**
 * By the keyboard: while it trains, a click would wait for pictures that are drawn in software here.
 * @param {Page} page
 * @param {string | RegExp} name
 */
const press = (page, name) => panel(page).getByRole('button', { name }).press('Enter');
/** @param {Page} page @param {string | RegExp} text */
const said = (page, text) => panel(page).locator('.said', { hasText: text }).waitFor({ timeout: 120_000 });

/** @param {Page} page */
const steps = (page) =>
  panel(page)
    .locator('.runner')
    .evaluateAll((cards) => cards.map((card) => card.querySelector('dd').textContent));

/** @param {Page} page @param {string} key @param {string} value */
async function add(page, key, value) {
  await panel(page).getByLabel('Change one setting').selectOption(key);
  const control = panel(page).locator('.knob .field:nth-child(2) :is(input, select)');
  if (await control.evaluate(({ tagName }) => tagName === 'SELECT')) await control.selectOption(value);
  else await control.fill(value);
  await press(page, 'Add the variant');
}

test('two learning rates race, and the better one becomes the main run', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&batch_size=32&controls=race');
  await withPlayground(page, (playground) => playground.step(2));
  const main = await samples(page);
  await press(page, 'Add this run');
  await said(page, 'One more');
  await add(page, 'generator_learning_rate', '0.02');
  await press(page, 'Start the race');
  await page.waitForFunction(
    () => document.querySelector('gan-playground').shadowRoot.querySelector('.runner dd').textContent !== '0',
    null,
    { timeout: 120_000 },
  );
  await press(page, 'Pause the race');
  await said(page, /all stand at step \d+/);

  const [first, second] = await steps(page);
  assert.ok(Number(first) > 0);
  assert.equal(first, second, 'both stand at the same step');
  assert.match(await panel(page).locator('.said').textContent(), new RegExp(`all stand at step ${first}\\.`));
  const pictures = [];
  for (const letter of ['A', 'B']) pictures.push(await look(page, `.runner[aria-label^="Runner ${letter}"] canvas`));
  assert.ok(
    pictures.every(({ distinct }) => distinct > 2),
    'both are drawn',
  );
  assert.notDeepEqual(pictures[0].values, pictures[1].values, 'they differ');
  const losses = await panel(page)
    .locator('.runner')
    .evaluateAll((cards) => cards.map((card) => card.querySelectorAll('dd')[1].textContent));
  assert.ok(
    losses.every((loss) => Number.isFinite(Number(loss))),
    String(losses),
  );

  const keys = panel(page).locator('.race-curves .legend .key');
  assert.deepEqual(
    (await keys.allTextContents()).map((text) => text.slice(0, 1)),
    ['A', 'B'],
    'two curves with their names',
  );
  assert.match(await keys.nth(1).textContent(), /Generator learning rate: 0\.02/);
  assert.ok((await look(page, '.race-curves canvas')).distinct > 2);
  await press(page, 'Measure all now');
  await panel(page)
    .locator('.runner dt', { hasText: `Parts found at step ${first}` })
    .nth(1)
    .waitFor({ timeout: 120_000 });
  assert.equal(await panel(page).getByLabel('Curves').inputValue(), 'quality', 'what can be compared comes first');
  assert.match(await keys.nth(0).textContent(), /^A.*\d/);

  assert.equal((await status(page)).step, 2, 'the main run stands still');
  assert.deepEqual((await samples(page)).values, main.values);
  await press(page, 'Take as the main run: runner B');
  await said(page, `goes on from runner B, at step ${first}`);
  const taken = await withPlayground(page, ({ settings, status: now }) => [
    now.step,
    settings.generator_learning_rate,
    now.state,
  ]);
  assert.deepEqual(taken, [Number(first), 0.02, 'paused']);
  // The same seed and settings lead to the same state in the main run.
  const got = await samples(page);
  await withPlayground(
    page,
    async (playground, n) => {
      await playground.reset();
      await playground.step(n);
    },
    Number(first),
  );
  assert.deepEqual((await samples(page)).values, got.values);

  await press(page, 'Reset the race');
  await said(page, 'All are back at their start');
  assert.deepEqual(await steps(page), ['0', '0']);
  await press(page, 'Remove: runner A');
  await said(page, 'Runner A has left');
  await workersLeft(page, 2);
  assert.deepEqual(problems, []);
});

test(
  'a ready pair races two clicks from the stage, and its runners are called by what differs',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&batch_size=32');
    const playground = page.locator('gan-playground');
    await openMenu(page);
    await playground.getByRole('button', { name: 'Race', exact: true }).click();
    await panel(page).getByRole('button', { name: 'One rate against two time scales' }).click();
    await said(page, 'The race is on');
    await page.waitForFunction(
      () => document.querySelector('gan-playground').shadowRoot.querySelectorAll('.runner dt').length > 6,
      null,
      { timeout: 120_000 },
    );
    await press(page, 'Pause the race');
    await said(page, /all stand at step \d+/);
    assert.deepEqual(await panel(page).locator('.runner h3').allTextContents(), [
      'A One rate',
      'B D four times as fast',
    ]);
    assert.equal(
      await panel(page)
        .getByLabel('Curves')
        .evaluate((/** @type {HTMLSelectElement} */ { selectedOptions }) => selectedOptions[0].text),
      'Modes covered',
    );
    const colours = await panel(page)
      .locator('.race-curves .swatch')
      .evaluateAll((swatches) => swatches.map((swatch) => getComputedStyle(swatch).borderTopColor));
    const [blue, orange] = await playground.evaluate((host) =>
      ['--blue', '--orange'].map((name) => {
        const probe = host.shadowRoot.appendChild(document.createElement('i'));
        probe.style.color = `var(${name})`;
        return getComputedStyle(probe).color;
      }),
    );
    assert.ok(
      new Set([...colours, blue, orange]).size === 4,
      `${colours} are not those of the networks, ${blue} and ${orange}`,
    );
    assert.deepEqual(problems, []);
  },
);

test('runners are called by all settings in which one differs', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&controls=race');
  const names = () => panel(page).locator('.runner h3').allTextContents();
  await press(page, 'Add this run');
  assert.deepEqual(await names(), ['A This run']);
  await add(page, 'generator_learning_rate', '0.02');
  assert.deepEqual(await names(), [
    'A Generator learning rate: 0.001 per step',
    'B Generator learning rate: 0.02 per step',
  ]);
  assert.deepEqual(problems, []);
});

test('all ready pairs are settings that go together', { timeout: 240_000 }, async (t) => {
  const { page } = await site.visitAtRest(t, 'preset=gan-ring8&controls=samples,transport');
  for (const { preset, variants } of Object.values(PAIRS).flat()) {
    for (const { values } of variants) {
      const wanted = { preset, ...values };
      const settings = await withPlayground(page, (playground, all) => playground.set(all), wanted);
      for (const [key, value] of Object.entries(wanted))
        assert.ok(same(value, settings[key]), `${JSON.stringify(wanted)}: ${key} is ${settings[key]}`);
    }
  }
  assert.deepEqual(await page.locator('gan-playground .notice.warning').allTextContents(), []);
});

test('the main run is paused by the race, and pauses it', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist&batch_size=8&controls=race');
  await press(page, 'Add this run');
  await press(page, 'Add this run');
  await said(page, 'There is a runner like that already');
  await add(page, 'loss', 'hinge');
  await withPlayground(page, (playground) => {
    playground.play();
  });
  await until(page, ({ state, step }) => state === 'playing' && step > 0);
  await press(page, 'Start the race');
  await said(page, 'The race is on. Your own run is paused.');
  assert.equal((await status(page)).state, 'paused');
  await withPlayground(page, (playground) => {
    playground.play();
  });
  await said(page, 'The race is paused, because your own run goes on');
  await withPlayground(page, (playground) => playground.pause());
  assert.deepEqual(problems, []);
});

test('a runner that cannot take part says why, and the others can', { timeout: 240_000 }, async (t) => {
  const { page } = await site.visitAtRest(t, 'preset=gan-ring8&batch_size=32&controls=race');
  await press(page, 'Add this run');
  await add(page, 'architecture', 'mlp');
  await add(page, 'discriminator_learning_rate', '0.01');
  await press(page, 'Start the race');
  await said(page, /Runner B did not start: Networks .* instead of mlp.* Remove it and the others can start/);
  await press(page, 'Remove: runner B');
  await press(page, 'Start the race');
  await said(page, 'The race is on');
  await page.waitForFunction(
    () => document.querySelector('gan-playground').shadowRoot.querySelector('.runner dd').textContent !== '0',
    null,
    { timeout: 120_000 },
  );
});

test('a worker that does not start is told, and the race goes on without it', { timeout: 240_000 }, async (t) => {
  const { page } = await site.visitAtRest(t, 'preset=gan-ring8&batch_size=32&controls=race');
  await page.evaluate(() => {
    const Real = Worker;
    let left = 2;
    window.Worker = class extends Real {
      /** @param {ConstructorParameters<typeof Worker>} how */
      constructor(...how) {
        if (left === 0) throw new Error('out of memory');
        left -= 1;
        super(...how);
      }
    };
  });
  await press(page, 'Add this run');
  await add(page, 'generator_learning_rate', '0.02');
  await add(page, 'loss', 'hinge');
  await press(page, 'Start the race');
  await said(page, /Runner C did not start: .*out of memory.* fewer runners/);
  await press(page, 'Remove: runner C');
  await press(page, 'Start the race');
  await said(page, 'The race is on');
  await press(page, 'Pause the race');
  await said(page, /all stand at step/);
  assert.equal((await status(page)).state, 'paused', 'the main run is not lost');
});

test('the curves stand beside two runners where there is room, and below more', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&controls=race');
  /** @param {string} selector */
  const box = (selector) => panel(page).locator(selector).boundingBox();
  await page.setViewportSize({ width: 1440, height: 900 });
  await press(page, 'Add this run');
  assert.equal(await panel(page).locator('.race-curves').isVisible(), false, 'one alone has no curves');
  await add(page, 'generator_learning_rate', '0.02');
  await panel(page).locator('.race-curves canvas').waitFor();
  const [whole, first, second, curves] = [
    await box('.track-side'),
    await box('.runner >> nth=0'),
    await box('.runner >> nth=1'),
    await box('.race-curves'),
  ];
  assert.ok(
    whole.width > 1000 && Math.abs(curves.x + curves.width - whole.x - whole.width) < 2,
    'they reach to the right edge',
  );
  assert.ok(
    Math.abs(curves.y - first.y) < 2 && curves.x > second.x + second.width && second.x > first.x + first.width,
    JSON.stringify({ first, second, curves }),
  );
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForFunction(
    () => document.querySelector('gan-playground').shadowRoot.querySelector('.race-curves canvas').clientWidth < 390,
  );
  assert.ok((await box('.race-curves')).y > (await box('.runner >> nth=1')).y + 100, 'below');
  await page.setViewportSize({ width: 1440, height: 900 });
  await add(page, 'generator_learning_rate', '0.03');
  const [third, below] = [await box('.runner >> nth=2'), await box('.race-curves')];
  assert.ok(Math.abs(third.x + third.width - whole.x - whole.width) < 2, 'three fill the width');
  assert.ok(below.y > third.y + third.height && below.width > 1000);
  assert.deepEqual(problems, []);
});
