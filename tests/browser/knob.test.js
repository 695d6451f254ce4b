/** A setting that a list of layers stands in place of cannot be the one that a branch or a runner of a race changes. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const LAYERS = 'linear-16 relu linear-2';
const NO_EFFECT = /^No effect now: the run has a list of layers in its place/;

/** @param {Page} page @param {string} name @param {string} label */
function knobOf(page, name, label) {
  const panel = page.locator(`gan-playground .${name}`);
  return {
    press: (/** @type {string} */ button) => panel.getByRole('button', { name: button }).press('Enter'),
    said: (/** @type {string | RegExp} */ text) => panel.locator('.said', { hasText: text }).waitFor(),
    choose: (/** @type {string} */ key) => panel.getByLabel(label).selectOption(key),
    control: panel.locator('.knob .field:nth-child(2) :is(input, select)'),
    help: () => panel.locator('.knob .help').textContent(),
  };
}

test(
  'the timeline: in the run with the list it is greyed out and says why, in the one before it is not',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(
      t,
      'preset=gan-ring8&generator_norm=batch&batch_size=32&controls=timeline',
    );
    const { press, said, choose, control, help } = knobOf(page, 'timeline', 'Setting to change');
    await withPlayground(page, (playground) => playground.step(3));
    await press('Snapshot now');
    await said('Step 3 is kept');
    await choose('generator_norm');
    assert.equal(await control.isDisabled(), false);
    assert.doesNotMatch(await help(), NO_EFFECT);

    // The norm that is chosen keeps its value, so nothing but the list tells that it has none now.
    await withPlayground(page, (playground, layers) => playground.set({ generator_layers: layers }), LAYERS);
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    await withPlayground(page, (playground) => playground.step(2));
    await press('Snapshot now');
    await said('Step 2 is kept');
    assert.equal(await control.isDisabled(), true);
    assert.match(await help(), NO_EFFECT);
    await press('Branch from here');
    await said('Nothing is changed yet');
    assert.equal((await status(page)).step, 2, 'the run is where it was');

    await choose('discriminator_norm');
    assert.equal(await control.isDisabled(), false, 'the other network has no list');
    await choose('generator_norm');
    const slider = page.locator('gan-playground .timeline').getByRole('slider', { name: 'Snapshots' });
    await slider.press('Home');
    assert.match(await slider.getAttribute('aria-valuetext'), /former/);
    assert.equal(await control.isDisabled(), false, 'that snapshot has no list');
    await control.selectOption('layer');
    await press('Branch from here');
    await said(/with Generator norm: /);
    const { generator_norm: norm, generator_layers: list } = await withPlayground(
      page,
      (playground) => playground.settings,
    );
    assert.deepEqual([norm, list], ['layer', '']);
    assert.deepEqual(problems, []);
  },
);

test('the race: a runner cannot differ in it, and can as soon as there is no list', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(
    t,
    `preset=gan-ring8&batch_size=32&controls=race&generator_layers=${LAYERS.replaceAll(' ', '+')}`,
  );
  const { press, said, choose, control, help } = knobOf(page, 'race', 'Change one setting');
  const runners = page.locator('gan-playground .runner');
  await press('Add this run');
  await said('One more');
  for (const key of ['generator_norm', 'upsampling']) {
    await choose(key);
    assert.equal(await control.isDisabled(), true, key);
    assert.match(await help(), NO_EFFECT);
  }
  await press('Add the variant');
  await said('Nothing is changed yet');
  assert.equal(await runners.count(), 1);

  await press('Remove: runner A');
  await withPlayground(page, (playground) => playground.set({ generator_layers: '' }));
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  await choose('generator_norm');
  assert.equal(await control.isDisabled(), false);
  assert.doesNotMatch(await help(), NO_EFFECT);
  await control.selectOption('layer');
  await press('Add the variant');
  assert.match(await runners.first().getAttribute('aria-label'), /^Runner A: Generator norm: /);
  assert.deepEqual(problems, []);
});
