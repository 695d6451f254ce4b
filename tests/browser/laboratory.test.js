/** The laboratory's tabs: by keyboard, in the address, with some parts only, and what a panel is told of it. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, until, useSite } from './harness.js';

const site = useSite({ pages: { '/parts.html': parts() } });

const QUICK = 'preset=dirac-r1';
/** @param {Page} page @param {string | RegExp} name */
const tab = (page, name) => page.locator('gan-playground').getByRole('tab', { name });
/** @param {Page} page */
const names = (page) => page.locator('gan-playground [role="tab"]:visible').allTextContents();

function parts() {
  /** @param {string} controls */
  const playground = (controls) =>
    `<gan-playground preset="dirac-r1" backend="cpu" controls="${controls}"></gan-playground>`;
  return `<!doctype html><meta charset="utf-8"><title>Parts</title><link rel="icon" href="data:,">
    <script type="module" src="/some/folder/gan-playground.js"></script>${playground('samples,losses')}${playground('samples,losses,data')}`;
}

test('tabs are worked by keyboard, and the address names the one that is open', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visit(t, `?backend=cpu&autoplay=0&${QUICK}`, { tab: '' });
  await until(page, ({ state }) => state === 'paused');
  const all = await names(page);
  assert.deepEqual(all.slice(0, 2), ['Explain', 'Measure']);
  assert.ok(all.includes('Settings') && all.includes('Data'), all.join());
  const selected = () => page.locator('gan-playground [role="tab"][aria-selected="true"]').textContent();
  assert.equal(await selected(), 'Explain', 'where nothing else is asked for');
  await tab(page, 'Explain').click();
  await page.keyboard.press('ArrowRight');
  assert.equal(await selected(), all[1]);
  assert.match(page.url(), /backend=cpu.*#\w+$/);
  assert.equal(
    await page.locator('gan-playground').evaluate(({ shadowRoot }) => shadowRoot.activeElement.textContent),
    all[1],
  );
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await selected(), all.at(-1), 'from the first to the last');
  await page.keyboard.press('Home');
  assert.equal(await selected(), 'Explain');
  await page.keyboard.press('End');
  assert.equal(await page.getByRole('tabpanel').count(), 1);
  assert.ok(await page.locator('gan-playground .data').first().isVisible());
  assert.equal(await page.locator('gan-playground .doctor').isVisible(), false);
  await page.reload();
  await until(page, ({ state }) => state === 'paused');
  assert.equal(await selected(), all.at(-1), 'the choice is in the address');
  await page.evaluate(() => {
    location.hash = 'settings';
  });
  await page.waitForFunction(() =>
    document.querySelector('gan-playground').shadowRoot.querySelector('.settings').checkVisibility(),
  );
  assert.equal(await selected(), 'Settings', 'the address may name a part');
  assert.deepEqual(problems, []);
});

test('groups with nothing to show have no tab, and one alone needs none', { timeout: 120_000 }, async (t) => {
  const { page, context, problems } = await open(site.browser, `${site.server.origin}/parts.html#data`);
  t.after(() => context.close());
  const [one, two] = [0, 1].map((index) => page.locator('gan-playground').nth(index));
  await one.locator('.chart').first().waitFor();
  assert.equal(await one.getByRole('tablist').count(), 0);
  assert.equal(await one.getByRole('tabpanel').count(), 0);
  assert.deepEqual(await two.locator('[role="tab"]:visible').allTextContents(), ['Measure', 'Data']);
  assert.ok(
    await two.locator('.chart').first().isVisible(),
    'only a playground that follows the query follows the fragment',
  );
  await two.getByRole('tab', { name: 'Data' }).click();
  assert.ok(await two.locator('.panel.data').isVisible());
  assert.ok(await one.locator('.chart').first().isVisible(), 'each playground has its own choice');
  assert.deepEqual(problems, []);
});
