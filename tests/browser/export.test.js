/** The generator as a model for other programs, made in the page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMenu, useSite, withPlayground } from './harness.js';

const site = useSite();

/**
 * @param {import('playwright-core').Page} page
 * @param {string} [gallery]
 */
async function exported(page, gallery) {
  const bytes = await withPlayground(
    page,
    async (playground, wanted) => [
      ...new Uint8Array(await (await playground.exportOnnx(wanted ?? undefined)).arrayBuffer()),
    ],
    gallery ?? null,
  );
  return Buffer.from(bytes);
}

test('a pair’s generator leaves as a model, and the run goes on', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=quick-mnist&backend=cpu');
  await withPlayground(page, (playground) => playground.step(3));
  const model = await exported(page);
  // The version of the format, then who made it.
  assert.deepEqual([...model.subarray(0, 4)], [8, 8, 18, 6]);
  assert.equal(model.subarray(4, 10).toString(), 'Ganvas');
  for (const word of ['average.generator.', 'label', 'images', 'quick-mnist', 'ConvTranspose']) {
    assert.ok(model.includes(word), `the model has no ${word}`);
  }
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 4);
  assert.deepEqual(problems, []);
});

test('of a game one says which gallery; one that it has not is refused', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=cyclegan-edges&backend=cpu');
  assert.ok((await exported(page, 'b_to_a')).includes('b_example'));
  await assert.rejects(exported(page, 'nothing'), /a_to_b, b_to_a/);
  assert.deepEqual(problems, []);
});

test('the menu saves the model as a file', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8');
  await withPlayground(page, (playground) => playground.step(3));
  await openMenu(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('gan-playground').getByRole('button', { name: 'ONNX' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'ganvas-gan-ring8-step-3.onnx');
  const chunks = await (await download.createReadStream()).toArray();
  assert.deepEqual([...Buffer.concat(chunks).subarray(0, 4)], [8, 8, 18, 6]);
  assert.deepEqual(problems, []);
});
