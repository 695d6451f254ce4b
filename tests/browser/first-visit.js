/**
 * What a first visit consists of: the parts with their bytes, and when what is to be seen, with nothing in any cache.
 *
 *     node tests/browser/first-visit.js [QUERY] [MBIT]
 *
 * QUERY: settings as in the page's address (default backend=cpu); MBIT: megabits a second and 40 ms of delay, as on a
 * line at home (default: as fast as it goes). Bytes are those of the files; text and the engine shrink when a server compresses them.
 */

/** @import { Browser } from 'playwright-core' */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PREFIX, launch, serve } from './harness.js';

const [query = 'backend=cpu', mbit] = process.argv.slice(2);
const VISITS = 5;

/** @type {[kind: string, pattern: RegExp][]} */
const KINDS = [
  ['page (html, css, icon)', /\.(html|css|svg)$/],
  ['scripts', /\.js$/],
  ['engine (wasm)', /\.wasm$/],
  ['data', /\.ganvas$/],
  ['recorded frames', /\.jpg$/],
  ['judge', /\.safetensors$/],
];
/** @param {string} file */
const kindOf = (file) => KINDS.find(([, pattern]) => pattern.test(file))?.[0] ?? 'else';

/**
 * Milliseconds from the navigation on; `judge` is fetched later, while training goes on, and is not waited for.
 * @param {Browser} browser
 * @param {string} url
 */
async function visit(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const addresses = new Set();
  context.on('request', (request) => addresses.add(request.url()));
  if (mbit) {
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 40,
      downloadThroughput: Number(mbit) * 125_000,
      uploadThroughput: Number(mbit) * 125_000,
    });
  }
  await page.addInitScript(() => {
    /** @type {Record<string, number>} */
    const marks = {};
    globalThis.visitMarks = marks;
    const look = () => {
      const root = document.querySelector('gan-playground')?.shadowRoot;
      /** @param {string} name @param {unknown} holds */
      const mark = (name, holds) => {
        if (holds && !(name in marks)) marks[name] = performance.now();
      };
      mark('the page is there', root?.querySelector('.app')?.checkVisibility());
      mark('first real digits', root?.querySelector('.real canvas:not(.next)'));
      mark('first recorded frame', root?.querySelector('.recorded'));
      mark('first forgeries', root?.querySelector('.samples .frame > canvas:not(.next)'));
      mark('first step learned', document.querySelector('gan-playground')?.status?.step > 0);
      if (!('first step learned' in marks)) requestAnimationFrame(look);
    };
    look();
  });
  await page.goto(url);
  await page.waitForFunction(() => 'first step learned' in globalThis.visitMarks, null, { timeout: 120_000 });
  const { marks, paint, timings } = await page.evaluate(() => ({
    marks: globalThis.visitMarks,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    timings: document.querySelector('gan-playground').status.timings,
  }));
  await context.close();
  const parts = [...addresses]
    .filter((address) => address.startsWith('http'))
    .map((address) => {
      const file = new URL(address).pathname.slice(PREFIX.length) || 'index.html';
      return [kindOf(file), readFileSync(join(process.env.GANVAS_DIST ?? 'dist', file))];
    });
  return { marks: { 'first paint': paint, ...marks }, timings, parts };
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const server = await serve();
const browser = await launch();
try {
  const visits = [];
  for (let i = 0; i < VISITS; i += 1) visits.push(await visit(browser, server.url(`?${query}`)));
  /** @param {number} bytes */
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  console.log('part, files, size, gzipped');
  for (const kind of [...KINDS.map(([name]) => name), 'else']) {
    const files = visits[0].parts.filter(([own]) => own === kind).map(([, body]) => /** @type {Buffer} */ (body));
    /** @param {(body: Buffer) => number} measure */
    const size = (measure) => files.reduce((sum, body) => sum + measure(body), 0);
    if (files.length)
      console.log(
        `${kind}, ${files.length}, ${kib(size((body) => body.length))}, ${kib(size((body) => gzipSync(body).length))}`,
      );
  }
  console.log(`\nms after the start, median of ${VISITS} visits (least to most)`);
  /** @param {Record<string, number>[]} rows */
  const table = (rows) => {
    for (const key of Object.keys(rows[0])) {
      const values = rows.map((row) => row[key]).filter(Number.isFinite);
      if (values.length)
        console.log(
          `${key}: ${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`,
        );
    }
  };
  table(visits.map(({ marks }) => marks));
  console.log('\nms in the worker');
  table(visits.map(({ timings }) => timings));
} finally {
  await browser.close();
  await server.close();
}
