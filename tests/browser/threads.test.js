/** Threads of the CPU backend, where the server lets workers share memory; the same numbers with and without them. */

/** @import { Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test as nodeTest } from 'node:test';
import { launch, open, samples, serve, status, until, withPlayground } from './harness.js';

/** Where the source of the standard library cannot be had, the page is built without, and the build says so. */
const isBuilt = existsSync(join(process.env.GANVAS_DIST ?? 'dist', 'engine/ganvas-page-threads_bg.wasm'));
const reason = !isBuilt
  ? 'the page was built without threads: see what `cargo xtask build` says'
  : availableParallelism() < 2
    ? 'one core has no use for threads'
    : false;
/** @param {string} name @param {object} options @param {(t: TestContext) => Promise<void>} body */
const test = (name, options, body) => nodeTest(name, { ...options, skip: reason }, body);

const RUN = 'preset=dcgan-mnist&autoplay=0&seed=3';
const BACKEND = 'gan-playground .backend';

/**
 * @param {TestContext} t
 * @param {{ serving?: Parameters<typeof serve>[0], browsing?: Parameters<typeof launch>[0], query?: string, page?: string,
 *   expected?: RegExp }} [options]
 */
async function visit(
  t,
  { serving = {}, browsing = {}, query = `?backend=cpu&${RUN}`, page: file = '', expected = null } = {},
) {
  const server = await serve({ isolated: true, ...serving });
  t.after(() => server.close());
  const browser = await launch({ webgpu: false, ...browsing });
  t.after(() => browser.close());
  const visited = await open(browser, server.url(query, file), { expected });
  await until(visited.page, ({ state }) => state === 'paused');
  return { ...visited, server };
}

/** @param {string[]} requests */
const modules = (requests) => [
  ...new Set(requests.filter((url) => url.endsWith('.wasm')).map((url) => url.split('/').at(-1))),
];
/** @param {Page} page */
const runsOn = (page) => page.locator(BACKEND).textContent();

/** What three steps come to: losses, and the pixels of samples. @param {Page} page */
async function outcome(page) {
  await withPlayground(page, (playground) => playground.step(3));
  const { losses } = await status(page);
  return { losses: [losses.d_loss, losses.g_loss], pixels: (await samples(page)).values };
}

test('with threads a run is the same, number by number', { timeout: 400_000 }, async (t) => {
  const without = await visit(t, { serving: { isolated: false } });
  assert.deepEqual(modules(without.requests), ['ganvas-page-relaxed_bg.wasm']);
  assert.match(await runsOn(without.page), /^Runs on: CPU, 1 thread\./);
  assert.deepEqual(without.problems, []);
  const expected = await outcome(without.page);

  const { page, problems, requests } = await visit(t);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.deepEqual(modules(requests), ['ganvas-page-threads_bg.wasm']);
  assert.match(await runsOn(page), /^Runs on: CPU, [2-8] threads\./);
  assert.deepEqual(await outcome(page), expected);

  // What else the page asks of the engine: pictures, files, a look inside, measurements.
  const bytes = await withPlayground(page, async (playground) => {
    const { size } = await playground.save();
    await playground.evaluate();
    return size;
  });
  assert.ok(bytes > 1_000_000, `${bytes} bytes`);
  for (const tab of await page.locator('gan-playground [role="tab"]:visible').all()) await tab.click();
  await withPlayground(page, (playground) => playground.step(1));
  assert.deepEqual(problems, []);
});

test('a frame has threads, unless the page around it shares no memory', { timeout: 400_000 }, async (t) => {
  const query = `?backend=cpu&${RUN}&controls=status`;
  const alone = await visit(t, { page: 'embed.html', query });
  assert.match(await runsOn(alone.page), /^Runs on: CPU, [2-8] threads\./);
  assert.deepEqual(alone.problems, []);

  const frame = `<iframe allow="cross-origin-isolated" width="600" height="400" src="${alone.server.url(query, 'embed.html')}"></iframe>`;
  const pages = { '/outer.html': `<!doctype html><title>Outer</title><link rel="icon" href="data:,">${frame}` };
  for (const [isolated, wanted] of /** @type {const} */ ([
    [false, /Runs on: CPU, 1 thread\./],
    [true, /Runs on: CPU, [2-8] threads\./],
  ])) {
    const outer = await serve({ pages, isolated });
    t.after(() => outer.close());
    const { page, problems } = await open(alone.page.context().browser(), `${outer.origin}/outer.html`);
    await page.frameLocator('iframe').locator(BACKEND, { hasText: wanted }).waitFor({ timeout: 60_000 });
    assert.deepEqual(problems, []);
  }
});

test('where helpers do not come, the page trains on one thread and says so', { timeout: 400_000 }, async (t) => {
  const { page } = await visit(t, { serving: { missing: /helper\.js$/ }, expected: /404/ });
  assert.match(await runsOn(page), /^Runs on: CPU, 1 thread\./);
  const { losses } = await outcome(page);
  assert.ok(losses.every(Number.isFinite));
});

test('where the engine with threads does not load, the one without does', { timeout: 400_000 }, async (t) => {
  const { page, requests } = await visit(t, { serving: { missing: /threads_bg\.wasm$/ }, expected: /404/ });
  assert.ok(modules(requests).includes('ganvas-page-relaxed_bg.wasm'));
  assert.match(await runsOn(page), /^Runs on: CPU, 1 thread\./);
  assert.ok((await outcome(page)).losses.every(Number.isFinite));
});

test('on WebGPU the engine has no threads', { timeout: 400_000 }, async (t) => {
  const server = await serve({ isolated: true });
  t.after(() => server.close());
  const browser = await launch();
  t.after(() => browser.close());
  const { page, requests } = await open(browser, server.url('?backend=gpu&preset=gan-ring8&autoplay=0'));
  await until(page, () => modules(requests).length > 0);
  assert.deepEqual(modules(requests), ['ganvas-page-relaxed_bg.wasm']);
});

test('with threads a run may move to WebGPU, and back', { timeout: 400_000 }, async (t) => {
  // There is only a software adapter, which "auto" does not take.
  const { page, problems, requests } = await visit(t, {
    browsing: { webgpu: true },
    query: '?preset=gan-ring8&autoplay=0',
  });
  assert.deepEqual(modules(requests), ['ganvas-page-threads_bg.wasm']);
  assert.match(await runsOn(page), /^Runs on: CPU, [2-8] threads/);
  for (const [backend, wanted] of /** @type {const} */ ([
    ['gpu', /^Runs on: WebGPU/],
    ['cpu', /^Runs on: CPU, [2-8] threads/],
  ])) {
    await withPlayground(
      page,
      async (playground, value) => {
        await playground.set({ backend: value });
      },
      backend,
    );
    await until(page, (now) => now.backend === backend && now.state === 'paused', 200_000);
    assert.match(await runsOn(page), wanted);
    await withPlayground(page, (playground) => playground.step(2));
    const { losses } = await status(page);
    assert.ok(Number.isFinite(losses.d_loss) && Number.isFinite(losses.g_loss));
  }
  assert.deepEqual(problems, []);
});
