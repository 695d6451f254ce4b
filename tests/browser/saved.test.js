/** Opening a saved run that was saved with other settings: what differs is listed, and the visitor chooses. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status, useSite, withPlayground } from './harness.js';

const site = useSite();
const RING = 'preset=gan-ring8&batch_size=32';

/**
 * Saves a run of five steps of the ring, changes settings, and chooses the file.
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string | number>} changes
 */
async function saved(t, changes) {
  const { page, problems } = await site.visitAtRest(t, RING);
  const bytes = await withPlayground(page, async (playground) => {
    await playground.step(5);
    return [...new Uint8Array(await (await playground.save()).arrayBuffer())];
  });
  await withPlayground(page, (playground, values) => playground.set(values), changes);
  const file = { name: 'run.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
  await page.locator('gan-playground input[type=file]').setInputFiles(file);
  return { page, problems, dialog: page.locator('gan-playground').getByRole('dialog') };
}

/** @param {import('playwright-core').Page} page */
const settings = (page) => withPlayground(page, ({ settings }) => settings);

/** Waits until the saved run is open. @param {import('playwright-core').Page} page */
const opened = (page) =>
  page.waitForFunction(() => document.querySelector('gan-playground').status.step === 5, null, { timeout: 60_000 });

test('what differs is listed, and the file’s settings can be taken over', { timeout: 120_000 }, async (t) => {
  const { page, problems, dialog } = await saved(t, { batch_size: 16, beta2: 0.99 });
  await dialog.waitFor();
  assert.deepEqual(await dialog.locator('tbody tr').allTextContents(), ['Batch size3216', 'Decay of squares0.90.99']);
  await dialog.getByRole('button', { name: 'Take the file’s settings' }).click();
  await opened(page);
  const { batch_size, beta2 } = await settings(page);
  assert.deepEqual([batch_size, beta2], [32, 0.9]);
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 6);
  assert.deepEqual(problems, []);
});

test('one can keep one’s own settings, and go on from the saved weights', { timeout: 120_000 }, async (t) => {
  const { page, problems, dialog } = await saved(t, { batch_size: 16 });
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await opened(page);
  assert.equal((await settings(page)).batch_size, 16);
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 6);
  assert.deepEqual(problems, []);
});

test('a run of another preset brings its preset along, or nothing changes', { timeout: 120_000 }, async (t) => {
  const { page, problems, dialog } = await saved(t, { preset: 'dirac-r1' });
  assert.match(await dialog.textContent(), /a run of “GAN on the ring”; here is “The smallest GAN, with R1”/);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await settings(page)).preset, 'dirac-r1');
  assert.equal((await status(page)).step, 0);
  const input = page.locator('gan-playground input[type=file]');
  assert.equal(await input.inputValue(), '', 'the same file can be chosen again');
  assert.deepEqual(problems, []);
});

test(
  'one switches to the preset of a file by one click, and the run before can be undone to',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems, dialog } = await saved(t, { preset: 'dirac-r1' });
    await withPlayground(page, (playground) => playground.step(3));
    await dialog.getByRole('button', { name: 'Switch to “GAN on the ring”' }).click();
    await opened(page);
    assert.equal((await settings(page)).preset, 'gan-ring8');
    await page.locator('gan-playground .undo', { hasText: 'The smallest GAN, with R1 left at step 3.' }).waitFor();
    await withPlayground(page, (playground) => playground.undo());
    assert.deepEqual([(await status(page)).step, (await settings(page)).preset], [3, 'dirac-r1']);
    assert.deepEqual(problems, []);
  },
);

test('nothing is asked where nothing differs', { timeout: 120_000 }, async (t) => {
  const { page, problems, dialog } = await saved(t, {});
  await opened(page);
  assert.equal(await dialog.count(), 0);
  assert.deepEqual(problems, []);
});
