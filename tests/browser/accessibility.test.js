/** axe-core looks at every view: each tab, dialogs, what a click opens, a message, embed.html; light and dark, wide and narrow. Nothing serious may be found. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { open, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PICTURE = new URL('../../www/recorded/quick-mnist.jpg', import.meta.url);
const SERIOUS = ['serious', 'critical'];

/** What axe finds, with the elements; `where` is named in the message. @param {Page} page @param {string} where */
async function look(page, where) {
  /** @type {string[]} */
  const found = await page.evaluate(async (serious) => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => serious.includes(impact))
      .map(
        ({ id, impact, help, nodes }) =>
          `${impact} ${id}: ${help}\n${nodes.map((/** @type {any} */ { html, failureSummary }) => `    ${html.slice(0, 200)} ${failureSummary.split('\n').slice(1).join(' ')}`).join('\n')}`,
      );
  }, SERIOUS);
  return found.map((text) => `${where}: ${text}`);
}

/** @type {['light' | 'dark', number][]} */
const VIEWS = [
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
];

for (const [colorScheme, width] of VIEWS) {
  test(`nothing serious is found on any tab (${colorScheme}, ${width} px)`, { timeout: 240_000 }, async (t) => {
    const { page } = await site.visit(t, '?backend=cpu&autoplay=0&preset=gan-ring8&seed=banana', {
      colorScheme,
      viewport: { width, height: 900 },
    });
    await until(page, ({ state }) => state === 'paused');
    await page.evaluate(axe);
    await withPlayground(page, async (playground) => {
      await playground.step(20);
      await playground.evaluate();
    });
    const found = [];
    const tabs = await page.locator('gan-playground [role="tab"]:visible').all();
    assert.ok(tabs.length >= 3);
    for (const tab of tabs) {
      await tab.click();
      await withPlayground(page, ({ shadowRoot }) => {
        for (const part of shadowRoot.querySelectorAll('details')) part.open = true;
      });
      found.push(...(await look(page, await tab.textContent())));
    }
    assert.equal(found.join('\n'), '');
  });
}

const ATTENTION =
  'linear-1568+reshape-32-7-7+relu+self_attention+conv_transpose2d-16-4-2-1+relu+conv_transpose2d-1-4-2-1+tanh';

for (const [colorScheme, width] of /** @type {const} */ ([
  ['light', 390],
  ['dark', 1440],
])) {
  test(
    `nothing serious is found in what a key or a click opens (${colorScheme}, ${width} px)`,
    { timeout: 240_000 },
    async (t) => {
      const { page } = await site.visit(
        t,
        `?backend=cpu&autoplay=0&preset=gan-mnist&batch_size=8&generator_layers=${ATTENTION}`,
        { colorScheme, viewport: { width, height: 900 } },
      );
      await until(page, ({ state }) => state === 'paused');
      await page.evaluate(axe);
      await withPlayground(page, (playground) => playground.step(5));
      /** @type {string[]} */
      const found = [];
      const inside = page.locator('gan-playground');
      for (const [key, what] of [
        ['?', 'dialog[open]'],
        ['l', 'dialog[open]'],
        ['w', '.slow'],
      ]) {
        await page.keyboard.press(key);
        await inside.locator(what).waitFor();
        found.push(...(await look(page, `key ${key}`)));
        await page.keyboard.press('Escape');
        await inside.locator(what).waitFor({ state: 'hidden' });
      }
      await inside.locator('.samples .frame').click();
      await inside.locator('.attention').waitFor();
      found.push(...(await look(page, 'a sample')));
      await inside.getByRole('tab', { name: 'Timeline' }).click();
      await inside.getByRole('button', { name: 'Snapshot now' }).press('Enter');
      await inside.getByRole('button', { name: 'Add this run' }).press('Enter');
      await inside.locator('.runner').waitFor();
      await inside.locator('.film canvas').first().waitFor();
      found.push(...(await look(page, 'a snapshot and a runner')));
      assert.equal(found.join('\n'), '');
    },
  );
}

for (const [colorScheme, width] of /** @type {const} */ ([
  ['light', 390],
  ['dark', 1440],
])) {
  test(
    `nothing serious is found in the recording, nor in an order (${colorScheme}, ${width} px)`,
    { timeout: 240_000 },
    async (t) => {
      const { page } = await site.visit(t, '?backend=cpu&autoplay=0&preset=quick-mnist', {
        colorScheme,
        viewport: { width, height: 900 },
      });
      const inside = page.locator('gan-playground');
      await inside.locator('.recorded').waitFor();
      await until(page, ({ state }) => state === 'paused');
      await page.evaluate(axe);
      const found = await look(page, 'the recording');
      await withPlayground(page, (playground) => playground.step(5));
      await inside.getByRole('button', { name: 'Order a 7' }).press('Enter');
      await inside.locator('.order canvas').waitFor();
      found.push(...(await look(page, 'an order')));
      assert.equal(found.join('\n'), '');
    },
  );
}

for (const [colorScheme, width] of /** @type {const} */ ([
  ['light', 390],
  ['dark', 1440],
])) {
  test(
    `nothing serious is found where a picture is given (${colorScheme}, ${width} px)`,
    { timeout: 240_000 },
    async (t) => {
      const { page } = await site.visit(t, '?backend=cpu&autoplay=0&preset=inpainting-mnist&examples=200#play', {
        colorScheme,
        viewport: { width, height: 900 },
      });
      const inside = page.locator('gan-playground');
      await inside.locator('.own-picture').waitFor();
      await page.evaluate(axe);
      await inside.getByRole('button', { name: 'Held-out digit 2' }).press('Enter');
      const file = inside.locator('.own-picture input[type=file]');
      const picture = '<svg xmlns="http://www.w3.org/2000/svg"/>';
      await file.setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(picture) });
      await inside.locator('.own-picture .warning').waitFor();
      const found = await look(page, 'a picture that is refused');
      await file.setInputFiles({ name: 'icon.jpg', mimeType: 'image/jpeg', buffer: await readFile(PICTURE) });
      await inside.getByRole('checkbox', { name: /Invert/ }).waitFor();
      found.push(...(await look(page, 'a picture that is taken')));
      assert.equal(found.join('\n'), '');
    },
  );
}

for (const [colorScheme, width, query] of /** @type {const} */ ([
  ['light', 390, 'preset=pix2pix-outlines&examples=64&batch_size=4'],
  ['dark', 1440, 'preset=wgan-gp-ring8'],
])) {
  test(
    `nothing serious is found in formulas and lines (${colorScheme}, ${width} px)`,
    { timeout: 240_000 },
    async (t) => {
      const { page } = await site.visit(t, `?backend=cpu&autoplay=0&${query}#explain`, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      const inside = page.locator('gan-playground');
      await inside.locator('.explain pre').first().waitFor();
      await page.evaluate(axe);
      await withPlayground(page, (playground) => playground.step(1));
      await inside.locator('.explain .reported').first().waitFor();
      assert.equal((await look(page, 'Explain')).join('\n'), '');
    },
  );
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(
    `nothing serious is found in embed.html, nor while something fails (${colorScheme})`,
    { timeout: 240_000 },
    async (t) => {
      const { page, context } = await open(
        site.browser,
        site.server.url('?backend=cpu&autoplay=0&preset=oscillation-dirac', 'embed.html'),
        { colorScheme },
      );
      t.after(() => context.close());
      await until(page, ({ state }) => state === 'paused');
      await page.evaluate(axe);
      await withPlayground(page, (playground) => playground.step(600));
      await page.locator('gan-playground .finding.alarm').first().waitFor();
      const found = await look(page, 'an alarm of the doctor');
      await withPlayground(page, (playground) => playground.load(new Blob(['no networks in here'])).catch(() => {}));
      await page.locator('gan-playground .notice.error').waitFor();
      found.push(...(await look(page, 'an error')));
      assert.equal(found.join('\n'), '');
    },
  );
}

test('axe would find it', { timeout: 120_000 }, async (t) => {
  const { page } = await site.visitAtRest(t, 'preset=dirac-r1');
  await page.evaluate(axe);
  await withPlayground(page, ({ shadowRoot }) => {
    /** @type {HTMLElement} */ (shadowRoot.querySelector('.sentence')).style.color = '#ccc';
    shadowRoot.querySelector('.tab').replaceChildren();
  });
  const found = (await look(page, 'spoilt')).join('\n');
  assert.match(found, /color-contrast/);
  assert.match(found, /button-name|aria-command-name/);
});
