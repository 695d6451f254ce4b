/** A trained start: the run begins where ours ended, goes on from there, and begins from zero where that cannot be. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, poll, serve, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const PRESET = 'srgan-x4';
const TRAINED = `preset=${PRESET}&start=trained`;
const FILE = `trained/${PRESET}.safetensors`;

/** Steps of the run that the weights are of. @param {Page} page */
const trainedSteps = (page) =>
  withPlayground(page, ({ tables }, preset) => tables.presets.find(({ key }) => key === preset).trained.steps, PRESET);
/** @param {Page} page */
const beginning = (page) => page.locator('gan-playground .beginning');
/** @param {Page} page @param {string} name */
const start = (page, name) => beginning(page).getByRole('button', { name, exact: true });

test(
  'a trained run is at its step, goes on, comes back at a reset, and can be left for zero',
  {
    timeout: 300_000,
  },
  async (t) => {
    const { page, problems, requests } = await site.visitAtRest(t, TRAINED);
    const steps = await trainedSteps(page);
    assert.equal((await status(page)).step, steps);
    assert.equal(requests.filter((url) => url.endsWith(FILE)).length, 1);
    assert.equal(await start(page, 'Trained').getAttribute('aria-pressed'), 'true');
    assert.match(await beginning(page).locator('p').textContent(), /Our networks after 2,000 steps: PSNR 20\.59/);
    assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, steps + 1);
    await withPlayground(page, (playground) => playground.reset());
    assert.equal((await until(page, ({ state }) => state === 'paused')).step, steps);

    await start(page, 'From zero').click();
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    assert.equal(await start(page, 'From zero').getAttribute('aria-pressed'), 'true');
    assert.match(await beginning(page).locator('p').textContent(), /are here too, 0\.3 MB/);
    assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 1);
    // By the keyboard, and back.
    await start(page, 'Trained').press('Enter');
    await until(page, ({ state, step }) => state === 'paused' && step === steps);
    assert.deepEqual(problems, []);
  },
);

test(
  'a preset that is chosen opens trained, and one without weights has no choice',
  { timeout: 300_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
    assert.ok(await beginning(page).isHidden());
    const preset = page.locator('gan-playground [name="preset"]');
    await page.locator('gan-playground').getByRole('tab', { name: 'Settings' }).click();
    await preset.selectOption(PRESET);
    const steps = await poll(
      page,
      async () => (await status(page)).step,
      (step) => step > 0,
      () => 'The trained run did not come.',
      120_000,
    );
    assert.equal(steps, await trainedSteps(page));
    await preset.selectOption('gan-ring8');
    await until(page, ({ step, state }) => state === 'paused' && step === 0);
    assert.equal(await withPlayground(page, ({ settings }) => settings.start), 'zero');
    assert.deepEqual(problems, []);
  },
);

for (const [what, options, why] of /** @type {[string, Parameters<typeof serve>[0], RegExp][]} */ ([
  ['are missing', { missing: /\/trained\// }, /The trained networks cannot be used.*from zero.*404/],
  ['are broken', { before: { [FILE]: 'x' } }, /The trained networks cannot be used.*from zero.*safetensors/],
])) {
  test(`weights that ${what}: the run starts from zero and says so`, { timeout: 300_000 }, async (t) => {
    const server = await serve(options);
    t.after(() => server.close());
    const { page, context, problems } = await open(site.browser, server.url(`?backend=cpu&autoplay=0&${TRAINED}`), {
      expected: /404/,
    });
    t.after(() => context.close());
    assert.equal((await until(page, ({ state }) => state === 'paused')).step, 0);
    const notice = page.locator('gan-playground .notice', { hasText: 'trained networks' });
    assert.match(await notice.textContent(), why);
    assert.equal(await withPlayground(page, ({ settings }) => settings.start), 'zero');
    assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 1);
    assert.deepEqual(problems, []);
  });
}
