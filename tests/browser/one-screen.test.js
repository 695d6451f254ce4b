/** The laboratory on one screen: what must be seen without scrolling, how many controls there are, and that nothing is cut off. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMenu, poll, samples, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** One of each template: noise to picture, two worlds, pairs, two grids of a game, the plane, the solid. */
const GAMES = ['quick-mnist', 'cyclegan-edges', 'pix2pix-outlines', 'gan-ring8', 'wgan-ring8', 'shapes-from-pictures'];
/** Beside the inspector and the pictures themselves. */
const MOST_CONTROLS = 7;
const WIDTHS = [320, 390, 768, 1024, 1280, 1440, 1920, 2560];

/** What can be pressed or moved beside the inspector; a group with one choice in it is one control. @param {Page} page */
const controls = (page) =>
  withPlayground(page, ({ shadowRoot }) => {
    const desk = shadowRoot.querySelector('.desk');
    const seen = [...desk.querySelectorAll('button, input, select, a')].filter((each) => each.checkVisibility());
    const names = seen.map((each) => {
      const segments = each.closest('.segments');
      return segments ? segments.getAttribute('aria-label') : (each.textContent || 'Speed').trim();
    });
    return [...new Set(names)];
  });

/** Where the lower edge of each important part is. @param {Page} page */
const edges = (page) =>
  withPlayground(page, ({ shadowRoot }) =>
    Object.fromEntries(
      ['.run-name', '.picture.samples .frame', '.gauges', '.sentence', '.desk', '.tabs'].map((part) => [
        part,
        Math.round(shadowRoot.querySelector(part).getBoundingClientRect().bottom),
      ]),
    ),
  );

for (const preset of GAMES) {
  test(`${preset} is on one screen, with ${MOST_CONTROLS} controls at most`, { timeout: 240_000 }, async (t) => {
    const query = `?backend=cpu&autoplay=0&preset=${preset}&batch_size=4`;
    const { page, problems } = await site.visit(t, query, { viewport: { width: 1280, height: 720 } });
    await until(page, ({ state }) => state === 'paused');
    await withPlayground(page, (playground) => playground.step(2));
    const names = await controls(page);
    assert.ok(names.length <= MOST_CONTROLS, names.join(', '));
    assert.ok(names.includes('Play') && names.includes('What can go wrong'), names.join(', '));
    for (const [part, bottom] of Object.entries(await edges(page)))
      assert.ok(bottom > 0 && bottom <= 720, `${part} ends at ${bottom} px`);
    // Beside each other: the inspector scrolls by itself, and the page does not move with it.
    const { isBeside, page: height } = await withPlayground(page, ({ shadowRoot }) => {
      const [bench, inspector] = ['.bench', '.laboratory'].map((part) =>
        shadowRoot.querySelector(part).getBoundingClientRect(),
      );
      return { isBeside: bench.right <= inspector.left, page: inspector.bottom };
    });
    assert.ok(isBeside && height <= 720, `the inspector ends at ${height} px`);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await poll(
        page,
        () => page.evaluate(() => document.documentElement.scrollWidth),
        (wide) => wide <= width, // charts follow a little later
        (wide) => `${wide} px wide in a window of ${width}`,
      );
    }
    assert.deepEqual(problems, []);
  });
}

test('who learns is a way of playing, and a run goes over to it', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
  const button = (/** @type {string} */ name) =>
    page.locator('gan-playground').getByRole('button', { name, exact: true });
  await button('Play').click();
  await until(page, ({ state, step }) => state === 'playing' && step > 20);
  await button('Only D').click();
  await until(page, ({ state }) => state === 'phase' || state === 'paused');
  await page.locator('gan-playground .flow-back[data-only="discriminator"]').waitFor();
  await page.locator('gan-playground .phase-line', { hasText: 'The discriminator' }).waitFor();
  await until(page, ({ state }) => state === 'paused');
  const { step } = await withPlayground(page, (playground) => playground.status);
  await button('Step').click();
  const { metrics } = await until(page, (now) => now.step === step + 1 && now.state === 'paused');
  assert.ok(Number.isFinite(metrics.d_real), 'the step is one of the discriminator');
  await button('Both learn').click();
  await button('Play').click();
  await until(page, (now) => now.state === 'playing' && now.step > step + 20);
  await page.locator('gan-playground .flow-back[data-only="both"]').waitFor();
  assert.deepEqual(problems, []);
});

test('noise and layers are those of the run, and lead to the layers', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist&batch_size=4');
  const noise = page.locator('gan-playground .noise');
  await noise.waitFor();
  const latents = await withPlayground(page, (playground) => playground.settings.latent_dim);
  assert.match(await noise.getAttribute('aria-label'), new RegExp(`^Noise z: ${latents} random numbers`));
  const network = page.locator('gan-playground .glyph.G');
  assert.match(await network.getAttribute('title'), /^The generator: \d+ layers, [\d,]+ parameters/);
  await network.click();
  await page.locator('gan-playground .panel.layers').waitFor();
  assert.deepEqual(problems, []);
});

test('the menu opens by key, closes by Escape and by a press in it', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
  const menu = page.locator('gan-playground .menu');
  await page.locator('gan-playground').getByRole('button', { name: 'More', exact: true }).press('Enter');
  await menu.waitFor();
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  await withPlayground(page, (playground) => playground.step(3));
  await openMenu(page);
  await menu.getByRole('button', { name: 'Reset' }).click();
  await menu.waitFor({ state: 'hidden' });
  await until(page, ({ step, state }) => step === 0 && state === 'paused');
  assert.deepEqual(problems, []);
});

test('the run so far is dragged along, gone back to, and that is undone', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
  await withPlayground(page, (playground) => playground.play());
  await until(page, ({ step }) => step > 200);
  await withPlayground(page, (playground) => playground.pause());
  const slider = page.locator('gan-playground').getByRole('slider', { name: 'The run so far' });
  await slider.waitFor();
  const { step: end } = await until(page, ({ state }) => state === 'paused');
  const before = await samples(page, 4);
  await slider.focus();
  // An input without a change is a drag: it only looks.
  await slider.evaluate((/** @type {HTMLInputElement} */ input) => {
    input.value = '0';
    input.dispatchEvent(new InputEvent('input'));
  });
  await page.locator('gan-playground .looked').waitFor();
  assert.equal((await status(page)).step, end, 'looking leaves the run where it is');
  await slider.evaluate((input) => input.dispatchEvent(new Event('change')));
  const { step: back } = await until(page, ({ step, state }) => step < end && state === 'paused');
  await page.locator('gan-playground .looked').waitFor({ state: 'detached' });
  await page
    .locator('gan-playground .undo', { hasText: `back at step ${back}` })
    .getByRole('button', { name: 'Undo' })
    .click();
  await until(page, ({ step, state }) => step === end && state === 'paused');
  assert.deepEqual((await samples(page, 4)).values, before.values, 'the run is what it was');
  assert.deepEqual(problems, []);
});

/** What a lecturer shows from the page as it opens: a name, the clicks, and what must be seen then. */
/** @type {[task: string, clicks: (string | RegExp)[], seen: string][]} */
const TASKS = [
  ['mode collapse', ['What can go wrong', /collapse.*points|points.*collapse/i], '.exhibiting:has-text("ring")'],
  ['a vanishing gradient', ['What can go wrong', /gradient vanish|vanish.*gradient/i], '.exhibiting'],
  ['GAN against WGAN-GP', ['More', 'Race', /WGAN-GP/], '.race .runner >> nth=1'],
  ['a 7 to order', [/^Order a 7/], '.order canvas'],
  ['the second phase', ['Only D'], '.phase-line:has-text("The discriminator")'],
];

for (const [task, clicks, seen] of TASKS) {
  test(`${task} takes ${clicks.length} of three clicks, with the stage in view`, { timeout: 240_000 }, async (t) => {
    const { page, problems } = await site.visit(t, '?backend=cpu', { viewport: { width: 1280, height: 720 }, tab: '' });
    await until(page, ({ state, step }) => state === 'playing' && step > 5);
    const playground = page.locator('gan-playground');
    assert.ok(clicks.length <= 3);
    for (const name of clicks) await playground.getByRole('button', { name }).first().click();
    await playground.locator(seen).waitFor();
    const { y, height } = await playground.locator('.picture.samples .frame').boundingBox();
    assert.ok(y >= 0 && y + height <= 720, `the pictures are from ${y} to ${y + height} px`);
    assert.deepEqual(problems, []);
  });
}

test(
  'Space plays after a click, and presses the button that the keyboard has come to',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
    const button = (/** @type {string} */ name) =>
      page.locator('gan-playground').getByRole('button', { name, exact: true });
    await button('Step').click();
    await until(page, ({ step, state }) => step === 1 && state === 'paused');
    await page.keyboard.press('Space');
    await until(page, ({ step, state }) => step > 5 && state === 'playing');
    await page.keyboard.press('Space');
    const { step: rested } = await until(page, ({ state }) => state === 'paused');
    await button('Play').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await until(page, ({ step, state }) => step === rested + 1 && state === 'paused');
    assert.deepEqual(problems, []);
  },
);
