/** A data set that the generator draws to order comes as a zip of the files that MNIST has. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { useSite } from './harness.js';

const site = useSite();
const COUNT = 1_000;

/**
 * A file of a zip in which nothing is packed: what follows its name, of a length that is known.
 * @param {Buffer} zip @param {string} name @param {number} length
 */
function fileOf(zip, name, length) {
  const at = zip.indexOf(name);
  assert.ok(at > 0, `the zip has ${name}`);
  const extra = zip.readUInt16LE(at - 2); // the last field in front of the name
  return zip.subarray(at + name.length + extra, at + name.length + extra + length);
}

test('digits to order come as images and labels, as many of each class', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=cgan-mnist#data');
  const panel = page.locator('gan-playground .dataset');
  const make = panel.getByRole('button', { name: 'Make the data set' });
  await make.waitFor();
  const coming = page.waitForEvent('download', { timeout: 120_000 });
  await make.click();
  const download = await coming;
  assert.equal(download.suggestedFilename(), `ganvas-cgan-mnist-0-${COUNT}.zip`);
  const zip = await readFile(await download.path());
  const images = fileOf(zip, 'train-images-idx3-ubyte', 16 + COUNT * 784);
  const labels = fileOf(zip, 'train-labels-idx1-ubyte', 8 + COUNT);
  assert.deepEqual([...images.subarray(0, 4)], [0, 0, 8, 3]);
  assert.deepEqual(
    [4, 8, 12].map((at) => images.readUInt32BE(at)),
    [COUNT, 28, 28],
  );
  assert.deepEqual([...labels.subarray(0, 4)], [0, 0, 8, 1]);
  const counts = new Array(10).fill(0);
  for (const label of labels.subarray(8)) counts[label] += 1;
  assert.deepEqual(counts, new Array(10).fill(COUNT / 10));
  const all = new Set();
  for (let at = 0; at < COUNT; at++) all.add(images.subarray(16 + at * 784, 16 + (at + 1) * 784).toString('base64'));
  assert.equal(all.size, COUNT, 'no two digits are alike');
  assert.match(await panel.getByRole('status').textContent(), /1,000 digits, 0\.8 MB/);

  await page.goto(page.url().replace('cgan-mnist', 'gan-ring8'));
  await page.locator('gan-playground [role="tab"]').first().waitFor();
  assert.equal(await panel.count(), 0, 'points have no such set');
  assert.deepEqual(problems, []);
});
