/**
 * What every browser test needs: the built page served from a subfolder on loopback, Debian's Chromium with
 * the flags that make WebGPU work without a graphics card, and a page whose console must stay clean.
 *
 * GANVAS_DIST  folder of the built page (default: dist)
 * CHROMIUM     the browser (default: /usr/bin/chromium)
 */

/** @import { BrowserContextOptions, Browser, LaunchOptions, Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */
/** @import { Playground, Status } from '../../types/tests.js' */

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';
import { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

/** Not the root: an address that is not relative shows at once. */
export const PREFIX = '/some/folder/';
const DIST = resolve(process.env.GANVAS_DIST ?? 'dist');

const HELD_BYTES = 200_000;

/** @type {Record<string, string>} */
const MIME = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.ganvas': 'application/octet-stream',
};

/**
 * Serves the built page.
 * @param {{ missing?: RegExp, stalled?: RegExp, held?: RegExp, pages?: Record<string, string>, before?: Record<string, string>,
 *   compressed?: boolean, isolated?: boolean }} [options]
 *   missing: paths answered with 404; stalled: paths whose first answer starts, without a length, and never ends;
 *   held: paths of which HELD_BYTES come at once and the rest after `release()`;
 *   pages: extra HTML pages outside of the folder, by path; before: a line put in front of a file; compressed: scripts and WebAssembly
 *   come gzipped, as web servers send them; isolated: with the headers that let workers share memory, in frames of other
 *   origins too
 */
export async function serve({
  missing = null,
  stalled = null,
  held = null,
  pages = {},
  before = {},
  compressed = false,
  isolated = false,
} = {}) {
  /** @type {Map<string, Buffer>} */
  const gzipped = new Map();
  /** @type {Set<string>} */
  const begun = new Set();
  /** @type {(value?: unknown) => void} */
  let release;
  const released = new Promise((done) => {
    release = done;
  });
  await stat(join(DIST, 'index.html')).catch(() => {
    throw new Error(`There is no built page in ${DIST}. Run "cargo xtask build" first, or set GANVAS_DIST.`);
  });
  const server = createServer(async (request, response) => {
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    if (pages[path] !== undefined) {
      response.writeHead(200, { 'Content-Type': MIME['.html'] }).end(pages[path]);
      return;
    }
    const inside =
      path.startsWith(PREFIX) && !missing?.test(path) ? normalize(path.slice(PREFIX.length) || 'index.html') : null;
    const file = inside && !inside.startsWith('..') ? join(DIST, inside) : null;
    const info = file ? await stat(file).catch(/** @returns {null} */ () => null) : null;
    if (!info?.isFile()) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.');
      return;
    }
    if (stalled?.test(path) && !begun.has(path)) {
      begun.add(path);
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).write(Buffer.alloc(100_000));
      return;
    }
    if (compressed && /\.(js|wasm)$/.test(file)) {
      if (!gzipped.has(file)) gzipped.set(file, gzipSync(await readFile(file)));
      const headers = { 'Content-Type': MIME[extname(file)], 'Content-Encoding': 'gzip', 'Cache-Control': 'no-store' };
      response.writeHead(200, headers).end(gzipped.get(file));
      return;
    }
    const first = before[inside] ?? '';
    response.writeHead(200, {
      'Content-Type': MIME[extname(file)] ?? 'application/octet-stream',
      'Content-Length': info.size + Buffer.byteLength(first),
      'Cache-Control': 'no-store',
    });
    response.write(first);
    if (held?.test(path)) {
      for await (const chunk of createReadStream(file, { end: HELD_BYTES - 1 })) response.write(chunk);
      await released;
      createReadStream(file, { start: HELD_BYTES }).pipe(response);
      return;
    }
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    port,
    release,
    url: (query = '', page = '') => `${origin}${PREFIX}${page}${query}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
      }),
  };
}

/**
 * The built page and a browser for all tests of a file, from before the first to after the last.
 * @param {Parameters<typeof serve>[0]} [options]
 */
export function useSite(options) {
  const site = {
    /** @type {Awaited<ReturnType<typeof serve>>} */
    server: null,
    /** @type {import('playwright-core').Browser} */
    browser: null,
    /** A page that is closed after the test. @param {TestContext} t @param {string} [query] @param {Parameters<typeof open>[2]} [more] */
    async visit(t, query, more) {
      const opened = await open(site.browser, site.server.url(query), more);
      t.after(() => opened.context.close());
      return opened;
    },
    /** The same on the CPU, as soon as the run is ready and at rest. @param {TestContext} t @param {string} query */
    async visitAtRest(t, query) {
      const opened = await site.visit(t, `?backend=cpu&autoplay=0&${query}`);
      await until(opened.page, ({ state }) => state === 'paused');
      return opened;
    },
  };
  before(async () => {
    site.server = await serve(options);
    site.browser = await launch();
  });
  after(async () => {
    await site.browser.close();
    await site.server.close();
  });
  return site;
}

const WEBGPU = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // A WebGPU canvas also needs the compositor on SwiftShader, or the GPU process dies.
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];

/**
 * @param {LaunchOptions & { webgpu?: boolean }} [options]
 *   webgpu: without it Chromium still has navigator.gpu, but finds no adapter; the rest goes to Playwright's `launch`
 */
export function launch({ webgpu = true, args = [], ...options } = {}) {
  return chromium.launch({
    ...options,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', ...(webgpu ? WEBGPU : ['--disable-gpu']), ...args],
  });
}

/**
 * Opens a page and collects what goes wrong in it.
 * @param {Browser} browser
 * @param {string} url
 * @param {BrowserContextOptions & { expected?: RegExp | null, tab?: string }} [options]  expected: console errors that belong
 *   to the test; tab: of the inspector, where the address names none: what most tests look at, and not what a visitor meets
 *   first; the rest goes to `newContext`
 */
export async function open(browser, url, { expected = null, tab = 'measure', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const problems = [];
  const note = (/** @type {string} */ text) => {
    if (!expected?.test(text)) problems.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') note(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => note(String(error)));
  /** @type {string[]} */
  const requests = [];
  context.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  page.on('crash', () => note('The page crashed.'));
  await page.goto(tab && !url.includes('#') ? `${url}#${tab}` : url);
  return { page, context, problems, requests };
}

/**
 * Runs `body(playground)` in the page. Events are recorded from here on in `playground.seen`.
 * @template R, [A=void]
 * @param {Page} page
 * @param {(playground: Playground, argument: A) => R} body
 * @param {A} [argument]
 * @returns {Promise<Awaited<R>>}
 */
export const withPlayground = (page, body, argument) =>
  /** @type {Promise<Awaited<R>>} */ (
    page
      .locator('gan-playground')
      .evaluate(
        /** @type {(element: Element, argument: unknown) => unknown} */ (/** @type {unknown} */ (body)),
        argument,
        {
          timeout: 120_000,
        },
      )
  );

/**
 * Reads again and again until what is read fulfils a condition, and returns it.
 * @template V
 * @param {Page} page
 * @param {() => V | Promise<V>} read
 * @param {(value: V) => unknown} condition
 * @param {(value: V) => string} complaint
 * @param {number} [timeout]  milliseconds
 * @returns {Promise<V>}
 */
export async function poll(page, read, condition, complaint, timeout = 30_000) {
  for (const end = Date.now() + timeout; ;) {
    const now = await read();
    if (condition(now)) return now;
    if (Date.now() > end) throw new Error(complaint(now));
    await page.waitForTimeout(50);
  }
}

/**
 * Waits until the page's status fulfils a condition, and returns it.
 * @param {Page} page
 * @param {(status: Status) => unknown} condition
 * @param {number} [timeout]  milliseconds
 * @returns {Promise<Status>}
 */
export const until = (page, condition, timeout = 120_000) =>
  poll(
    page,
    () => status(page),
    condition,
    (now) => `Waited ${timeout / 1000} s in vain for ${condition}. The page says: ${JSON.stringify(now)}`,
    timeout,
  );

/** Waits until so many workers are left: one that was ended goes a little later. @param {Page} page @param {number} count */
export const workersLeft = (page, count) =>
  poll(
    page,
    () => page.workers().length,
    (now) => now === count,
    (now) => `${now} workers run, and ${count} should.`,
    10_000,
  );

/** The next saved run that the page sends to its worker arrives cut off. @param {Page} page */
export const spoilLoad = (page) =>
  page.evaluate(() => {
    const { postMessage } = Worker.prototype;

    /** @this {Worker} @param {any} message @param {any} transfer  any: whatever the page sends */
    Worker.prototype.postMessage = function post(message, transfer) {
      const spoilt =
        message.type === 'load' && !window.spoilt ? { ...message, bytes: message.bytes.slice(0, 99) } : message;
      window.spoilt ||= message.type === 'load';
      postMessage.call(this, spoilt, transfer);
    };
  });

/** Opens the menu of the controls that are needed less often. @param {Page} page */
export const openMenu = (page) =>
  page.locator('gan-playground').getByRole('button', { name: 'More', exact: true }).click();

/** @param {Page} page */
export const status = (page) => withPlayground(page, (playground) => playground.status);

/**
 * The pixels of samples() as an array, and a few facts about them.
 * @param {Page} page
 * @param {number} [n]
 * @param {number | null} [seed]
 */
export async function samples(page, n = 64, seed = null) {
  return withPlayground(
    page,
    async (playground, [count, noise]) => {
      const { width, height, data } = await playground.samples(count, { seed: noise });
      const values = Array.from(data).filter((_, i) => i % 4 === 0);
      return { width, height, values, distinct: new Set(values).size };
    },
    /** @type {const} */ ([n, seed]),
  );
}

/** What a visitor sees of an element: the red channel of a picture taken of it. @param {Page} page @param {string} selector */
export async function look(page, selector) {
  const picture = await page.locator(`gan-playground ${selector}`).screenshot({ timeout: 120_000 });
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const values = Array.from(data).filter((_, i) => i % 4 === 0);
    return { values, distinct: new Set(values).size };
  }, picture.toString('base64'));
}

/** Collects rows of metrics and the names of events in the page, from now on. @param {Page} page */
export const record = (page) =>
  withPlayground(page, (playground) => {
    playground.seen = [];
    playground.rows = [];
    for (const name of [
      'ready',
      'progress',
      'metrics',
      'evaluation',
      'doctor',
      'stopped',
      'alarm',
      'lost',
      'restored',
      'error',
    ]) {
      playground.addEventListener(name, (event) => {
        const { detail } = /** @type {CustomEvent} */ (event);
        if (name !== 'progress' && name !== 'metrics')
          playground.seen.push({ name, detail: JSON.parse(JSON.stringify(detail)) });
        if (name !== 'metrics') return;
        for (let at = 0; at < detail.rows.length; at += detail.width) {
          playground.rows.push(Array.from(detail.rows.subarray(at, at + detail.width)));
        }
      });
    }
  });
