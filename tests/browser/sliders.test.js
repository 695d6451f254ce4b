/** Numbers that what is shown depends on: the pictures follow, and the run does not see it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, poll, status, useSite, withPlayground } from './harness.js';

const site = useSite();

test('a slider draws the samples anew while the run rests, by pointer and by keys', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=stylegan-mnist&batch_size=8&examples=100#play');
  const panel = page.locator('gan-playground .panel.sliders');
  const slider = panel.getByRole('slider', { name: 'Samples: Truncation' });
  await slider.waitFor();
  assert.equal(await slider.inputValue(), '1');
  const canvas = () => look(page, '.picture.samples .frame canvas');
  /** Waits for other pictures. @param {number[]} before @param {string} what */
  const changed = (before, what) =>
    poll(
      page,
      async () => (await canvas()).values,
      (values) => String(values) !== String(before),
      () => `The samples are as they were, though ${what}.`,
    );
  await withPlayground(page, (playground) => playground.step(1));
  const far = (await canvas()).values;
  await slider.fill('0');
  await changed(far, 'the slider stands at the mean');
  assert.equal(await panel.locator('output').first().textContent(), '0');
  assert.equal((await status(page)).step, 1);
  const mean = (await canvas()).values;
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await changed(mean, 'an arrow key has moved it');
  assert.notEqual(await slider.inputValue(), '0');
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 2);
  assert.deepEqual(problems, []);
});
