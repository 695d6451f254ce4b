/** The page that measures: two engines beside each other, its tables, its JSON, Stop, and that WebAssembly alone will do. */

/** @import { Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, serve, workersLeft } from './harness.js';
import { difference, measure } from '../../www/bench/measure.js';
import { markdown } from '../../www/bench/report.js';
import { WORK } from '../../www/bench/work.js';

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  server = await serve();
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser.close();
  await server.close();
});

/** @param {TestContext} t @param {string} query */
async function visit(t, query) {
  const opened = await open(browser, server.url(query, 'bench.html'), {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  t.after(() => opened.context.close());
  return opened;
}

/** @param {Page} page */
const finished = (page) =>
  page.waitForFunction(() => document.documentElement.dataset.finished === 'yes', null, { timeout: 120_000 });

test('engines are measured beside each other, and agree', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, '?engines=ganvas-cpu,jax-wasm&work=W1-256,W4&rounds=2&run=1');
  await finished(page);
  assert.equal(await page.locator('#status').textContent(), 'Done.');
  const table = page.locator('#results table').first();
  const texts = await table.locator('tbody tr').allTextContents();
  assert.equal(texts.length, 4, texts.join('\n'));
  assert.match(texts[0], /^W1-256.*Ganvas, CPU.*times as fast/);
  assert.match(texts[3], /^jax-js, WebAssembly/);
  assert.equal(await page.locator('#results svg rect').count(), 4, 'a bar for each');

  await page.click('#copy');
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual(copied.problems, []);
  assert.deepEqual(
    copied.work.map((/** @type {{ key: string }} */ { key }) => key),
    ['W1-256', 'W4'],
  );
  for (const { key, engines } of copied.work) {
    for (const engine of ['ganvas-cpu', 'jax-wasm']) {
      const { median, quartiles, milliseconds } = engines[engine];
      assert.equal(milliseconds.length, 2, `${key}, ${engine}`);
      assert.ok(median > 0 && quartiles[0] <= median && median <= quartiles[1], `${key}, ${engine}`);
    }
    assert.ok(
      engines['jax-wasm'].difference < 1e-4,
      `${key}: the first results differ by ${engines['jax-wasm'].difference}`,
    );
  }
  const [d, g] = copied.work[1].engines['ganvas-cpu'].losses;
  assert.ok(Math.abs(d - 2 * Math.LN2) < 0.1 && Math.abs(g - Math.LN2) < 0.1, `untrained networks: ${d}, ${g}`);
  assert.match(markdown(copied), /\| W4: MLP-GAN: one step of D and G \| jax-js, WebAssembly \|/);
  assert.deepEqual(problems, []);
});

test('an engine that cannot do a piece of work says so, and the others go on', { timeout: 120_000 }, async (t) => {
  const { page } = await visit(t, '?engines=ganvas-cpu,ganvas-gpu,tfjs-wasm&work=W2-convT2-grad&rounds=1&run=1');
  await finished(page);
  assert.match(await page.locator('#status').textContent(), /^Done, with \d problems/);
  const { work, problems } = await page.evaluate(() => window.ganvasBench.results);
  assert.ok(work[0].engines['ganvas-cpu'].median > 0);
  assert.match(work[0].engines['tfjs-wasm'].problem, /Conv2DBackpropFilter/);
  assert.ok(
    problems.some((problem) => problem.startsWith('ganvas-gpu: ')),
    'there is no adapter here',
  );
});

test('shares are of what the adapter can do, and of nothing on the CPU', () => {
  /** @type {import('../../types/bench.js').Found} */
  const timing = { median: 2, quartiles: [1, 3], repetitions: 5, difference: 0, calls: {}, encodeMs: 0.1 };
  const row = { ...WORK.find(({ key }) => key === 'W1-512'), engines: { 'ganvas-gpu': timing, 'ganvas-cpu': timing } };
  const engines = Object.keys(row.engines).map((key) => ({ key, name: key }));
  const text = markdown({
    engines,
    work: [row],
    device: { peakGflops: 1000, copyGbPerSecond: 10 },
    problems: [],
    begun: null,
    finished: null,
  });
  // 2 x 512^3 operations and 3 x 512^2 numbers in 2 ms: 134 GFLOP/s, and 1.57 GB/s.
  assert.match(text, /\| ganvas-gpu \| 2 \| 1 to 3 \| 5 \| 134 \| 13.4 % \| 15.7 % \|/);
  assert.match(text, /\| ganvas-cpu \| 2 \| 1 to 3 \| 5 \| 134 \| – \| – \|/);
});

test('a cold start says how long it took and what was loaded', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, '?engines=ganvas-cpu&work=W5&run=1');
  await finished(page);
  const { coldMs, bytes, unpackedBytes } = (await page.evaluate(() => window.ganvasBench.results)).work[0].engines[
    'ganvas-cpu'
  ];
  assert.ok(coldMs > 0);
  assert.ok(bytes > 100_000 && unpackedBytes >= bytes, `${bytes} bytes loaded, ${unpackedBytes} unpacked`);
  assert.match(await page.locator('#results table').textContent(), /KiB loaded/);
  assert.deepEqual(problems, []);
});

test('Stop ends a step that takes a minute, and one can begin anew', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, '?engines=ganvas-cpu,jax-wasm&work=W2-convT1-grad&run=1');
  await page.waitForFunction(() => /jax-js.*makes ready/.test(document.getElementById('status').textContent));
  await page.waitForTimeout(500); // in the middle of it
  await page.click('#stop');
  await finished(page);
  assert.match(await page.locator('#status').textContent(), /^Stopped\./);
  await workersLeft(page, 0);
  assert.ok(await page.locator('#copy').isDisabled(), 'nothing was finished');
  for (const name of ['ganvas-cpu', 'jax-wasm'])
    await page.locator(`input[value="${name}"]`).setChecked(name === 'ganvas-cpu');
  await page.click('#run');
  await page.waitForFunction(() => document.querySelectorAll('#results tbody tr').length === 1);
  assert.deepEqual(problems, []);
});

test('samples alternate, and a slow engine takes no more than it is given', async () => {
  /** @type {string[]} */
  const order = [];
  let now = 0;
  const { now: real } = performance;
  performance.now = () => now;
  /** @param {string} name @param {number} ms */
  const runner = (name, ms) => ({
    step: () => {
      order.push(name);
      now += ms;
    },
    sync: async () => {},
  });
  try {
    const timings = await measure(
      new Map([
        ['quick', runner('quick', 300)],
        ['slow', runner('slow', 2000)],
      ]),
      { rounds: 3, patienceMs: 3000 },
    );
    assert.deepEqual(order, ['quick', 'slow', 'quick', 'slow', 'quick']);
    assert.deepEqual(
      [...timings].map(([name, { median, repetitions }]) => [name, median, repetitions]),
      [
        ['quick', 300, 3],
        ['slow', 2000, 2],
      ],
    );
  } finally {
    performance.now = real;
  }
});

test('differences are measured by the size of the values', () => {
  assert.equal(difference([2], [2]), 0);
  assert.ok(Math.abs(difference([[3, 4, 0]], [[3, 4, 0.5]]) - 0.5 / Math.sqrt(25 / 3)) < 1e-12);
  assert.equal(difference([[1, 2]], [[1]]), Infinity);
});
