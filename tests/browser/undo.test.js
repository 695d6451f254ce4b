/** Nothing is lost by a click: what ends a run can be undone, and it comes back as it was. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMenu, poll, samples, spoilLoad, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const RING = 'preset=gan-ring8&batch_size=32';

/** @param {Page} page */
const bar = (page) => page.locator('gan-playground .undo');
/** Until the bar says it. @param {Page} page @param {string | RegExp} text */
const says = (page, text) => bar(page).filter({ hasText: text }).waitFor({ timeout: 60_000 });
/** By the keyboard: while it trains, a click would wait for pictures that are drawn in software here. @param {Page} page @param {string} name */
const press = (page, name) => bar(page).getByRole('button', { name }).press('Enter');
/** The code that keeps runs comes after the first learned step. @param {Page} page @param {number} n */
async function train(page, n) {
  await withPlayground(page, (playground, steps) => playground.step(steps), n);
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => /ways-back/.test(name)));
}
/** All that a visitor knows of the run. @param {Page} page */
const known = async (page) => ({
  ...(await withPlayground(page, ({ settings, status: { step, losses, quality } }) => ({
    settings,
    step,
    losses,
    quality,
  }))),
  values: (await samples(page, 256)).values,
});
/** The curves of the losses in words, which are renewed now and then. @param {Page} page @param {(words: string) => boolean} fits */
const curves = (page, fits) =>
  poll(
    page,
    () => page.locator('gan-playground .charts .plot').first().getAttribute('aria-label'),
    fits,
    (words) => `The curves say: ${words}`,
  );

test('a reset is undone: parameters, step, curves and quality', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, RING);
  await openMenu(page);
  await page.locator('gan-playground').getByRole('button', { name: 'Reset' }).click();
  await withPlayground(page, (playground) => playground.pause());
  assert.equal(await bar(page).isVisible(), false, 'nothing was learned, so nothing is to be undone');
  await train(page, 30);
  await withPlayground(page, (playground) => playground.evaluate());
  const words = await curves(page, (now) => now.includes('up to step 30'));
  const before = await known(page);
  const box = await page.locator('gan-playground .stage').boundingBox();
  await openMenu(page);
  await page.locator('gan-playground').getByRole('button', { name: 'Reset' }).click();
  await says(page, 'Reset at step 30.');
  await until(page, ({ step, state }) => step === 0 && state === 'paused');
  assert.deepEqual(await page.locator('gan-playground .stage').boundingBox(), box, 'nothing moves under the finger');
  await withPlayground(page, (playground) => playground.step(7));
  await press(page, 'Undo');
  await says(page, 'The run is back at step 30.');
  assert.deepEqual(await known(page), before);
  await curves(page, (now) => now === words);
  assert.match(await page.locator('gan-playground .sentence').textContent(), /^Paused after 30 steps\. .*detective/);
  const next = await withPlayground(page, async (playground) => (await playground.step(5)).losses);

  await withPlayground(page, (playground) => playground.reset());
  const straight = await withPlayground(page, async (playground) => (await playground.step(35)).losses);
  assert.deepEqual(next, straight, 'it goes on as if nothing had been');
  assert.deepEqual(problems, []);
});

test('what was left by undoing can be brought back as well', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, RING);
  await train(page, 10);
  const first = await known(page);
  await withPlayground(page, (playground) => playground.reset());
  await withPlayground(page, (playground) => playground.step(4));
  const second = await known(page);
  await page.keyboard.press('z');
  await says(page, 'The run is back at step 10.');
  assert.deepEqual(await known(page), first);
  await press(page, 'Redo');
  await says(page, 'The run is back at step 4.');
  assert.deepEqual(await known(page), second);
  assert.deepEqual(problems, []);
});

test('where the way back fails, the run stays where it is, and one tries again', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, RING);
  await train(page, 10);
  const first = await known(page);
  await withPlayground(page, (playground) => playground.reset());
  await withPlayground(page, (playground) => playground.step(4));
  const second = await known(page);
  await spoilLoad(page);
  await press(page, 'Undo');
  await says(page, /Step 10 could not be brought back: .*not a safetensors file/);
  assert.deepEqual(await known(page), second);
  await press(page, 'Try again');
  await says(page, 'The run is back at step 10.');
  assert.deepEqual(await known(page), first);
  assert.deepEqual(problems, []);
});

test('a run that played plays again, at its speed', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, `${RING}&speed=25`);
  await train(page, 3);
  await withPlayground(page, (playground) => playground.play());
  const { step } = await until(page, (now) => now.step > 12);
  await page.keyboard.press('r');
  await says(page, /^Reset at step \d+\./);
  await until(page, (now) => now.state === 'paused' && now.step === 0);
  await withPlayground(page, (playground) => playground.setSpeed(null));
  await press(page, 'Undo');
  await until(page, (now) => now.state === 'playing' && now.step > step);
  assert.equal(await withPlayground(page, ({ speed }) => speed), 25);
  assert.deepEqual(problems, []);
});

test(
  'presets, settings that restart and files are undone, live settings are not told of',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, `${RING}#change`);
    await train(page, 20);
    const before = await known(page);
    await withPlayground(page, (playground) => playground.set({ generator_learning_rate: 0.002 }));
    await withPlayground(page, (playground) => playground.set({ generator_learning_rate: 0.001 }));
    assert.equal(await bar(page).isVisible(), false, 'the run goes on');

    await page.locator('gan-playground [name="preset"]').selectOption('wgan-gp-ring8');
    await says(page, 'GAN on the ring left at step 20.');
    await until(page, ({ step, state }) => step === 0 && state === 'paused');
    await press(page, 'Undo');
    await says(page, 'The run is back at step 20.');
    assert.deepEqual(await known(page), before);

    await withPlayground(page, (playground) => playground.set({ seed: 77 }));
    await says(page, 'Seed changed at step 20, so a new run began.');
    await press(page, 'Undo');
    await says(page, 'The run is back at step 20.');
    assert.deepEqual(await known(page), before);

    await withPlayground(page, async (playground) => {
      const file = await playground.save();
      await playground.step(6);
      await playground.load(file);
    });
    await says(page, 'A saved run took the place of the one at step 26.');
    assert.equal((await status(page)).step, 20);
    await press(page, 'Undo');
    await says(page, 'The run is back at step 26.');
    assert.equal((await status(page)).step, 26);
    assert.deepEqual(problems, []);
  },
);

test('a script undoes by the element, and hears when it can', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, `${RING}&controls=samples`);
  await assert.rejects(
    withPlayground(page, (playground) => playground.undo()),
    /nothing to undo/,
  );
  await train(page, 5);
  const said = await withPlayground(page, async (playground) => {
    /** @type {(string | null)[]} */
    const heard = [];
    playground.addEventListener('undoable', (event) => heard.push(/** @type {CustomEvent} */ (event).detail.message));
    await playground.set({ preset: 'dirac-r1' });
    const { step } = await playground.undo();
    return { heard, step, preset: playground.settings.preset };
  });
  assert.equal(said.heard[0], 'GAN on the ring left at step 5.');
  assert.deepEqual([said.step, said.preset], [5, 'gan-ring8']);
  assert.equal(await bar(page).isVisible(), false, 'who shows no controls shows no bar');
  assert.deepEqual(problems, []);
});

test(
  'of several presets in a row the last one stands, and the run before can be undone to',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, `${RING}#measure`);
    await train(page, 15);
    const before = await known(page);
    await page.evaluate(() => {
      const { shadowRoot } = document.querySelector('gan-playground');
      for (const key of ['oscillation-dirac', 'collapse-ring8'])
        /** @type {HTMLElement} */ (shadowRoot.querySelector(`[data-preset="${key}"]`)).click();
      const preset = /** @type {HTMLSelectElement} */ (shadowRoot.querySelector('[name="preset"]'));
      for (const key of ['dirac-r1', 'gan-r1-ring8']) {
        preset.value = key;
        preset.dispatchEvent(new Event('change', { bubbles: true }));
      }
    });
    await page.waitForFunction(() => document.querySelector('gan-playground').settings.preset === 'gan-r1-ring8');
    await until(page, ({ state }) => ['paused', 'playing'].includes(state));
    await withPlayground(page, (playground) => playground.pause());
    assert.equal((await withPlayground(page, (playground) => playground.settings)).preset, 'gan-r1-ring8');
    await says(page, 'GAN on the ring left at step 15.');
    await press(page, 'Undo');
    await says(page, 'The run is back at step 15.');
    assert.deepEqual(await known(page), before);
    assert.deepEqual(problems, []);
  },
);

test('states are kept for the timeline before anybody has opened it', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, `${RING}#measure`);
  await train(page, 2);
  await withPlayground(page, (playground) => playground.play());
  await until(page, ({ step }) => step > 200);
  await withPlayground(page, (playground) => playground.pause());
  await page.locator('gan-playground').getByRole('tab', { name: 'Timeline' }).press('Enter');
  await page.locator('gan-playground .film canvas').first().waitFor({ state: 'attached' });
  assert.match(await page.locator('gan-playground .timeline').textContent(), /\d+ kept/);
  assert.deepEqual(problems, []);
});

test(
  'an exhibit begins by itself at its pace, says what to look for, and leads back to the run as it was',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, `${RING}#measure`);
    const banner = page.locator('gan-playground .exhibiting');
    assert.equal(await banner.isVisible(), false);
    await train(page, 12);
    await withPlayground(page, (playground) => playground.play());
    const { step } = await until(page, (now) => now.step > 20);
    await page.locator('gan-playground [data-preset="oscillation-dirac"]').press('Enter');
    await banner.filter({ hasText: /Exhibit: Going round in circles\. .*Look for: The forged point swings/ }).waitFor();
    const { speed, preset } = await withPlayground(page, ({ tables, speed, settings }) => ({
      speed,
      preset: tables.presets.find(({ key }) => key === settings.preset),
    }));
    assert.equal(speed, preset.pace);
    assert.ok(preset.pace <= 60, 'it can be watched');
    await until(page, (now) => now.state === 'playing' && now.step > 3);
    await page.locator('gan-playground [data-preset="collapse-ring8"]').press('Enter');
    await banner.filter({ hasText: /Mode collapse on the ring/ }).waitFor();
    await until(page, (now) => now.state === 'playing' && now.step > 1);
    await banner.getByRole('button', { name: 'Back to my run' }).press('Enter');
    await until(page, (now) => now.state === 'playing' && now.step > step);
    const after = await withPlayground(page, ({ speed, settings }) => [speed, settings.preset, settings.batch_size]);
    assert.deepEqual(after, [null, 'gan-ring8', 32]);
    assert.equal(await banner.isVisible(), false);
    assert.deepEqual(problems, []);
  },
);

test(
  'back from an exhibit to a run that had learned nothing, and by another preset',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, `${RING}&speed=10#measure`);
    const banner = page.locator('gan-playground .exhibiting');
    const now = () => withPlayground(page, ({ speed, settings, status: { state } }) => [settings.preset, speed, state]);
    await page.locator('gan-playground [data-preset="oscillation-dirac"]').press('Enter');
    await until(page, ({ state, step }) => state === 'playing' && step > 1);
    await banner.getByRole('button', { name: 'Back to my run' }).press('Enter');
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    assert.deepEqual(await now(), ['gan-ring8', 10, 'paused']);
    await page.locator('gan-playground [data-preset="oscillation-dirac"]').press('Enter');
    await until(page, ({ state, step }) => state === 'playing' && step > 1);
    await withPlayground(page, (playground) => playground.set({ preset: 'dirac-r1' }));
    await until(page, ({ state, step }) => state === 'playing' && step > 1);
    assert.deepEqual(await now(), ['dirac-r1', 10, 'playing']);
    assert.equal(await banner.isVisible(), false);
    assert.deepEqual(problems, []);
  },
);

test('a page that begins with an exhibit shows it at its pace', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visit(t, '?backend=cpu&preset=oscillation-dirac');
  await page.locator('gan-playground .exhibiting', { hasText: 'Look for:' }).waitFor();
  await until(page, ({ step, stepsPerSecond }) => step > 10 && stepsPerSecond < 60);
  assert.deepEqual(problems, []);
});
