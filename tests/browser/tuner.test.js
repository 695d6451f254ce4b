/** The tuner: it measures while the run trains, keeps what it finds for the next visit, and can be left out. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status, until, useSite } from './harness.js';

const site = useSite();

// In software each shader takes a second to make, so these are the smallest networks with products to choose for.
const RUN = '?preset=gan-ring8&backend=gpu&batch_size=16&generator_layers=linear-2&discriminator_layers=linear-1';

/** What the page says of its kernels, behind the reason for the backend. @param {Page} page */
const said = (page) => page.locator('gan-playground .backend').textContent();

/**
 * Waits until the page says that, and returns all of it.
 * @param {Page} page
 * @param {string | RegExp} words
 * @param {number} timeout
 */
async function hears(page, words, timeout) {
  await page.locator('gan-playground .backend', { hasText: words }).waitFor({ timeout });
  return said(page);
}

/**
 * All that is kept, by address; with `text` it is put in place of the first.
 * @param {Page} page
 * @param {string} text
 */
const kept = (page, text = null) =>
  page.evaluate(async (text) => {
    const cache = await caches.open('ganvas-tuning');
    const found = await Promise.all(
      (await cache.keys()).map(async (request) => {
        if (text !== null) await cache.put(request, new Response(text));
        return (await cache.match(request)).text();
      }),
    );
    return found;
  }, text);

/** The kernels of a step, as the page lists them. @param {Page} page */
async function kernels(page) {
  const panel = page.locator('gan-playground details.plan', { hasText: 'What one training step consists of' });
  await panel.locator('summary').click();
  await panel.locator('td').first().waitFor({ timeout: 120_000 });
  return panel.locator('td:nth-child(2)').allTextContents();
}

/** @param {Page} page @param {string} more */
async function visit(page, more) {
  await page.goto('about:blank'); // going to where one is already would load nothing
  await page.goto(site.server.url(`${RUN}${more}#data`));
  return until(page, ({ state, step }) => state === 'playing' && step > 2, 300_000);
}

test(
  'kernels are measured while it trains, kept for the next visit, and left out when told',
  { timeout: 900_000 },
  async (t) => {
    const { page, problems } = await site.visit(t, `${RUN}&tune=thorough`);
    const first = await until(page, ({ step }) => step > 0, 300_000);
    const start = Date.now();
    const words = await hears(page, /Measured here|The kernels are the usual ones/, 600_000);
    const { step, state } = await status(page);
    t.diagnostic(`${words} (${step - first.step} steps and ${Math.round((Date.now() - start) / 1000)} s later)`);
    assert.equal(state, 'playing');
    assert.ok(step > first.step + 20, `it trained meanwhile: ${first.step} to ${step}`);
    assert.doesNotMatch(words, /failed|to make here/);

    const [table, ...others] = await kept(page);
    t.diagnostic(table);
    assert.equal(others.length, 0);
    const [header, ...entries] = table.split('\n');
    assert.match(header, /^ganvas \d+\.\d+\.\d+ on .*swiftshader/i);
    assert.ok(entries.length >= 3 && entries.every((entry) => /^matmul_.* = \S+$/.test(entry)), table);

    // The next visit has nothing to measure, although it would have time for little.
    await visit(page, '');
    assert.match(
      await hears(page, 'As measured on an earlier visit', 60_000),
      new RegExp(`\\d of ${entries.length} products`),
    );
    assert.deepEqual(await kept(page), [table]);

    // What is kept is what runs: here a kernel that is never the usual one for so small a product.
    assert.ok(!(await kernels(page)).includes('gemm_wide'));
    await kept(page, table.replace(/ = \S+/g, ' = 128x128'));
    await visit(page, '');
    await hears(page, `${entries.length} of ${entries.length} products`, 60_000);
    assert.ok((await kernels(page)).includes('gemm_wide'));

    // Left out: nothing is read, said or written.
    await kept(page, 'spoilt');
    await visit(page, '&tune=off');
    assert.doesNotMatch(await said(page), /kernel|measured/i);
    assert.deepEqual(await kept(page), ['spoilt']);

    // What cannot be read is left out with a word, and does not stay.
    await visit(page, '');
    await hears(
      page,
      /What was kept is not of this engine and device: it begins with “spoilt”.* It is left out\./,
      60_000,
    );
    assert.deepEqual(
      (await kept(page)).map((text) => text.split('\n')[0]),
      [header],
    );
    assert.deepEqual(problems, []);
  },
);
