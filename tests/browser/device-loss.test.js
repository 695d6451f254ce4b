/** A lost device, a trap in the engine, a loss that is no number: each is told, and there is a way on. */

/** @import { Page } from 'playwright-core' */
/** @import { Playground } from '../../types/tests.js' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, record, serve, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {Page} page */
const seen = (page) => withPlayground(page, (playground) => playground.seen.map(({ name }) => name));

test('a lost device is told, and the run comes back and goes on', { timeout: 600_000 }, async (t) => {
  // The smallest run there is: its device is built three times, and each shader takes a second in software.
  const { page, context, problems } = await open(
    site.browser,
    site.server.url('?preset=dirac-r1&backend=gpu&autoplay=0'),
  );
  t.after(() => context.close());
  await until(page, ({ state }) => state === 'paused');
  await record(page);
  await withPlayground(page, (playground) => playground.step(5));
  await page.waitForTimeout(3_000); // at rest the worker keeps the state
  await withPlayground(page, async (playground) => {
    await playground.loseDevice();
  });
  await page.locator('gan-playground .notice', { hasText: 'The run is back, at step 5' }).waitFor({ timeout: 120_000 });
  const names = await seen(page);
  assert.ok(names.indexOf('lost') >= 0 && names.indexOf('lost') < names.indexOf('restored'), names.join());
  assert.ok(!names.includes('error'), 'a lost device is no error');
  await until(page, ({ state, step }) => state === 'paused' && step === 5);
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 6);

  await withPlayground(page, (playground) => {
    playground.play();
  });
  await until(page, ({ step, state }) => step >= 8 && state === 'playing');
  await withPlayground(page, async (playground) => {
    await playground.loseDevice();
  });
  await page.waitForFunction(
    () =>
      /** @type {Playground} */ (document.querySelector('gan-playground')).seen.filter(
        ({ name }) => name === 'restored',
      ).length === 2,
    null,
    { timeout: 120_000 },
  );
  const from = (await status(page)).step;
  await until(page, ({ step, state }) => state === 'playing' && step > from, 120_000);
  assert.deepEqual(problems, []);
});

test('a loss that is no number pauses the run, says so, and reset helps', { timeout: 300_000 }, async (t) => {
  const { page, context } = await open(site.browser, site.server.url('?preset=gan-mnist&backend=cpu&autoplay=0'));
  t.after(() => context.close());
  await until(page, ({ state }) => state === 'paused');
  await record(page);
  await withPlayground(page, async (playground) => {
    await playground.step(2);
    // A checkpoint with enormous weights. (One with NaN is refused at once.) 0x7e7e7e7e is 8.5e37: finite, but the
    // first product overflows, and the loss is no number.
    const bytes = new Uint8Array(await (await playground.save()).arrayBuffer());
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
    for (const { dtype, data_offsets: offsets } of Object.values(header)) {
      if (dtype === 'F32') bytes.fill(0x7e, 8 + headerBytes + offsets[0], 8 + headerBytes + offsets[1]);
    }
    await playground.load(new Blob([bytes]));
    playground.play();
  });
  await page.waitForFunction(
    () =>
      /** @type {Playground} */ (document.querySelector('gan-playground')).seen.some(({ name }) => name === 'alarm'),
    null,
    { timeout: 60_000 },
  );
  await until(page, ({ state }) => state === 'paused');
  const notice = page.locator('gan-playground .notice.error');
  assert.match(await notice.textContent(), /stopped being a number/);
  // A moment later it says where: the step, the op and the element.
  const where = /not finite came in step \d+, in the \w+’s plan, `[^`]+` gave (inf|-inf|NaN) for element \d+/;
  await page.locator('gan-playground .notice.error', { hasText: where }).waitFor({ timeout: 60_000 });
  await notice.getByRole('button', { name: 'Reset' }).click();
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  const after = await withPlayground(page, (playground) => playground.step(2));
  assert.ok(Number.isFinite(after.losses.d_loss));
});

test('restarting the engine after it has died', { timeout: 300_000 }, async (t) => {
  // A trap as a wasm panic makes it: outside of every promise that the page waits for.
  const trapping = await serve({
    before: {
      'worker.js': `setTimeout(() => { self.ganvasPanic = 'index out of bounds: the len is 3 but the index is 7'; throw new WebAssembly.RuntimeError('unreachable'); }, 4000);\n`,
    },
  });
  t.after(() => trapping.close());
  const { page, context } = await open(site.browser, trapping.url('?preset=gan-mnist&backend=cpu'));
  t.after(() => context.close());
  await until(page, ({ state }) => state === 'failed', 60_000);
  const notice = page.locator('gan-playground .notice.error');
  assert.match(await notice.textContent(), /index out of bounds/);
  await notice.getByRole('button', { name: 'Restart the engine' }).click();
  await until(page, ({ state }) => state === 'paused', 60_000);
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 1);
});
