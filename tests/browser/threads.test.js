/** Threads of the CPU backend, where the server lets workers share memory; the same numbers with and without them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, open, samples, serve, status, until, withPlayground } from './harness.js';

const RUN = 'preset=dcgan-mnist&autoplay=0&seed=3';
const BACKEND = 'gan-playground .backend';

async function visit(t, { serving = {}, browsing = {}, query = `?backend=cpu&${RUN}`, page: file = '', expected = null } = {}) {
  const server = await serve({ isolated: true, ...serving });
  t.after(() => server.close());
  const browser = await launch({ webgpu: false, ...browsing });
  t.after(() => browser.close());
  const visited = await open(browser, server.url(query, file), { expected });
  await until(visited.page, ({ state }) => state === 'paused');
  return { ...visited, server };
}

const modules = (requests) => [...new Set(requests.filter((url) => url.endsWith('.wasm')).map((url) => url.split('/').at(-1)))];
const runsOn = (page) => page.locator(BACKEND).textContent();

/** What three steps come to: losses, and the pixels of samples. */
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

test('the frame for other pages has threads too', { timeout: 400_000 }, async (t) => {
  const { page, problems } = await visit(t, { page: 'embed.html', query: `?backend=cpu&${RUN}&controls=status` });
  assert.match(await runsOn(page), /^Runs on: CPU, [2-8] threads\./);
  assert.deepEqual(problems, []);
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

test('a run on WebGPU has the engine without threads, and may come to the CPU and go back', { timeout: 400_000 }, async (t) => {
  const ring = 'preset=gan-ring8&autoplay=0';
  const gpu = await visit(t, { browsing: { webgpu: true }, query: `?backend=gpu&${ring}` });
  assert.deepEqual(modules(gpu.requests), ['ganvas-page-relaxed_bg.wasm']);
  assert.match(await runsOn(gpu.page), /^Runs on: WebGPU/);
  assert.deepEqual(gpu.problems, []);

  // Only a software adapter, which "auto" does not take.
  const { page, problems, requests } = await visit(t, { browsing: { webgpu: true }, query: `?${ring}` });
  assert.deepEqual(modules(requests), ['ganvas-page-threads_bg.wasm']);
  assert.match(await runsOn(page), /^Runs on: CPU, [2-8] threads/);
  for (const [backend, wanted] of [['gpu', /^Runs on: WebGPU/], ['cpu', /^Runs on: CPU, [2-8] threads/]]) {
    await withPlayground(page, async (playground, value) => {
      await playground.set({ backend: value });
    }, backend);
    await until(page, (now) => now.backend === backend && now.state === 'paused', 200_000);
    assert.match(await runsOn(page), wanted);
    await withPlayground(page, (playground) => playground.step(2));
    const { losses } = await status(page);
    assert.ok(Number.isFinite(losses.d_loss) && Number.isFinite(losses.g_loss));
  }
  assert.deepEqual(problems, []);
});
