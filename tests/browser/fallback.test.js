/** What is missing is named, and the page trains with what there is. */

/** @import { Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, open, serve, status, until, withPlayground } from './harness.js';

const BACKEND = 'gan-playground .backend';

/** @param {Page} page @param {RegExp} reason */
async function trainsOnCpu(page, reason) {
  await until(page, ({ step }) => step >= 3, 300_000);
  const now = await status(page);
  assert.equal(now.backend, 'cpu');
  assert.match(now.backendReason, reason);
  assert.match(await page.locator(BACKEND).textContent(), reason, 'the page says so');
  assert.ok(Number.isFinite(now.losses.d_loss) && Number.isFinite(now.losses.g_loss));
}

/** @typedef {Awaited<ReturnType<typeof serve>>} Server */

/**
 * Serves, launches, opens; everything is closed after the test.
 * @param {TestContext} t
 * @param {{ serving?: Parameters<typeof serve>[0], browsing?: Parameters<typeof launch>[0], url?: (server: Server) => string,
 *   expected?: RegExp }} [options]
 */
async function visit(t, { serving = {}, browsing = {}, url = (server) => server.url(), expected = null } = {}) {
  const server = await serve(serving);
  t.after(() => server.close());
  const browser = await launch(browsing);
  t.after(() => browser.close());
  return open(browser, url(server), { expected });
}

test('without a WebGPU adapter the page trains on the CPU by itself', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t, { browsing: { webgpu: false } });
  await trainsOnCpu(page, /adapter/i);
  assert.deepEqual(problems, []);
});

test('without navigator.gpu the page trains on the CPU by itself', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t, {
    serving: { before: { 'worker.js': 'delete WorkerNavigator.prototype.gpu;\n' } },
  });
  await trainsOnCpu(page, /no WebGPU/);
  assert.deepEqual(problems, []);
});

test(
  'products are fused where the browser has relaxed SIMD, and the plain engine is loaded where not',
  { timeout: 400_000 },
  async (t) => {
    const losses = [];
    for (const [refused, wanted] of [
      ['', 'ganvas-page-relaxed_bg.wasm'],
      ['WebAssembly.validate = () => false;\n', 'ganvas-page_bg.wasm'],
    ]) {
      const { page, problems, requests } = await visit(t, {
        serving: { before: { 'worker.js': refused, 'gan-playground.js': refused } },
        url: (server) => server.url('?preset=gan-mnist&backend=cpu&autoplay=0&seed=3'),
      });
      await until(page, ({ state }) => state === 'paused');
      await withPlayground(page, (playground) => playground.step(20));
      losses.push((await status(page)).losses.d_loss);
      const modules = requests.filter((url) => url.endsWith('.wasm')).map((url) => url.split('/').at(-1));
      assert.deepEqual([...new Set(modules)], [wanted]);
      assert.deepEqual(problems, []);
    }
    assert.ok(Math.abs(losses[0] - losses[1]) < 0.01, `the same run but for rounding: ${losses}`);
    assert.notEqual(losses[0], losses[1], 'and the products are other ones');
  },
);

test(
  'from an address that is not secure the page trains on the CPU and says what to do',
  { timeout: 400_000 },
  async (t) => {
    const { page, problems } = await visit(t, {
      browsing: { args: ['--host-resolver-rules=MAP ganvas.test 127.0.0.1'] },
      url: (server) => server.url().replace('127.0.0.1', 'ganvas.test'),
    });
    await trainsOnCpu(page, /https/);
    assert.deepEqual(problems, []);
  },
);

test('with only a software adapter the page chooses the CPU and says why', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t);
  await trainsOnCpu(page, /software/i);
  assert.deepEqual(problems, []);
});

test('without the data file it trains on a generated set and says so', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t, {
    serving: { missing: /\.ganvas$/ },
    url: (server) => server.url('?backend=cpu'),
    expected: /404/,
  });
  await until(page, ({ step }) => step >= 2, 300_000);
  const { data } = await status(page);
  assert.equal(data.generated, true);
  assert.doesNotMatch(data.name, /mnist/i, 'it never names another set than the one that it trains on');
  const notice = page.locator('gan-playground .notice', { hasText: /generated/i });
  assert.equal(await notice.count(), 1);
  assert.match(await notice.textContent(), /404/, 'with the reason');
  assert.match(await page.locator('gan-playground .panel.data').textContent(), /generated/i);
  assert.deepEqual(problems, []);
});

test('a broken data file is told and training goes on', { timeout: 400_000 }, async (t) => {
  const { page } = await visit(t, {
    serving: { before: { 'data/mnist.ganvas': 'this is no data file' } },
    url: (server) => server.url('?backend=cpu'),
  });
  await until(page, ({ step }) => step >= 2, 300_000);
  const { data } = await status(page);
  assert.equal(data.generated, true);
  assert.ok(data.note.length > 0);
});

test('without the engine the page says what is missing', { timeout: 120_000 }, async (t) => {
  const { page } = await visit(t, { serving: { missing: /\/engine\// }, expected: /404/ });
  await until(page, ({ state }) => state === 'failed');
  const notice = page.locator('gan-playground .notice.error');
  assert.match(await notice.textContent(), /engine/);
  assert.equal(await notice.getByRole('button', { name: 'Restart the engine' }).count(), 1);
  await assert.rejects(
    withPlayground(page, (playground) => playground.step()),
    /engine/i,
  );
});
