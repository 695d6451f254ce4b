/**
 * Takes the README's picture and the page at four widths, light and dark.
 *
 *     node tests/browser/screenshot.js FOLDER [STEPS] [QUERY]
 *
 * STEPS: how long to train first (default 400); QUERY: settings as in the page's address, without the "?".
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, open, serve, until, withPlayground } from './harness.js';

const [folder, steps = '400', query = ''] = process.argv.slice(2);
if (!folder || !Number.isInteger(Number(steps))) {
  console.error('Usage: node tests/browser/screenshot.js FOLDER [STEPS] [QUERY]');
  process.exit(2);
}
const WIDTHS = [1440, 1024, 768, 390];
const PATIENCE_MS = 60 * 60_000;

await mkdir(folder, { recursive: true });
const server = await serve();
const browser = await launch();
try {
  const { page, problems } = await open(browser, server.url(`?autoplay=0&${query}`), {
    viewport: { width: 1440, height: 900 },
  });
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, (playground) => {
    playground.play();
  });
  await until(page, ({ step }) => step >= Number(steps), PATIENCE_MS);
  /** @param {string} name @param {number} width @param {'light' | 'dark'} scheme @param {boolean} fullPage */
  const take = async (name, width, scheme, fullPage) => {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForTimeout(2500); // a few frames at this size, and a sentence of this moment
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage, timeout: 120_000 });
    console.log(`${name}.png`);
  };
  await take('readme', 1440, 'light', false);
  // Long pages are drawn in software here: at rest that is quick, in training it takes minutes.
  await withPlayground(page, (playground) => playground.pause());
  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    for (const width of WIDTHS) await take(`${scheme}-${width}`, width, scheme, true);
  }
  for (const problem of problems) console.error(`In the page: ${problem}`);
} finally {
  await browser.close();
  await server.close();
}
