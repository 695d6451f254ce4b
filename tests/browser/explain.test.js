/** The panel "Explain": formulas whose numbers are the engine's own, lines that stand in the sources, and slow motion's light on them. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { formatShort } from '../../www/page/dom.js';
import { poll, status, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {Page} page @param {string} selector */
const part = (page, selector) => page.locator(`gan-playground .explain ${selector}`);

/** What a side's lines with numbers say, as soon as they are those of the run's step. @param {Page} page @param {'D' | 'G'} side @param {'d_loss' | 'g_loss'} loss */
async function reported(page, side, loss) {
  const { losses } = await status(page);
  const value = part(page, `.side[data-side="${side}"] .reported .value`);
  await value.waitFor();
  await poll(
    page,
    () => value.textContent(),
    (now) => now === formatShort(losses[loss]),
    (now) => `${side} shows ${now}, and the engine reports ${losses[loss]}.`,
  );
}

/** Every line that is shown stands in the file whose name is above it. @param {Page} page */
async function linesAreReal(page) {
  await part(page, '.excerpts pre').first().waitFor();
  const figures = await part(page, '.excerpts figure').evaluateAll((all) =>
    all.map((figure) => ({
      name: figure.querySelector('figcaption').textContent,
      pieces: [...figure.querySelectorAll('.piece')].map(({ textContent }) => textContent.split('\n')),
    })),
  );
  assert.ok(figures.length >= 2, 'both sides have lines');
  for (const { name, pieces } of figures) {
    const [, file, line] = /^(src\/\S+\.rs), line (\d+)$/.exec(name);
    const source = (await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).split('\n');
    assert.equal(source[Number(line) - 1].trim(), pieces[0][0].trim(), name);
    let at = 0;
    for (const text of pieces.flat().filter((text) => text.trim())) {
      at = source.findIndex((other, index) => index >= at && other.trim() === text.trim());
      assert.ok(at >= 0, `${file} has no line “${text}”`);
    }
    assert.ok(pieces.flat().length <= 16, `${name} shows too many lines`);
  }
}

/** @type {[what: string, query: string, steps: number, width: number, paper: RegExp][]} */
const RUNS = [
  ['a pair', 'preset=gan-mnist&batch_size=8&examples=200', 3, 400, /Goodfellow/],
  ['a Wasserstein loss with a penalty', 'preset=wgan-gp-ring8', 3, 1280, /Gulrajani/],
  ['a game', 'preset=pix2pix-outlines&examples=64&batch_size=4', 1, 400, /Isola/],
];

for (const [what, query, steps, width, paper] of RUNS) {
  test(`formula, numbers and lines of ${what}`, { timeout: 240_000 }, async (t) => {
    const { page, problems } = await site.visitAtRest(t, `${query}#explain`);
    await page.setViewportSize({ width, height: 900 });
    assert.equal(await part(page, 'math').first().isVisible(), true);
    assert.match(await part(page, '.live').first().textContent(), /Numbers come with the first step/);
    assert.match(await part(page, '.watch-now').textContent(), /^Nothing is learned yet/);
    assert.match(await part(page, '.what a').textContent(), paper);
    await withPlayground(page, (playground, count) => playground.step(count), steps);
    await reported(page, 'D', 'd_loss');
    await reported(page, 'G', 'g_loss');
    assert.equal(await part(page, '.live').first().getAttribute('aria-live'), 'off');
    await linesAreReal(page);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(sideways <= 0, `the page is ${sideways} px too wide`);
    assert.deepEqual(problems, []);
  });
}

test('a score’s formula comes to the loss, and a game adds up its terms', { timeout: 240_000 }, async (t) => {
  const { page } = await site.visitAtRest(t, 'preset=wgan-gp-ring8#explain');
  await withPlayground(page, (playground) => playground.step(5));
  await reported(page, 'D', 'd_loss');
  const critic = part(page, '.side[data-side="D"] .by-means');
  const loss = formatShort((await status(page)).losses.d_loss);
  assert.match(await critic.textContent(), /=/);
  assert.equal(await critic.locator('.comes-to').textContent(), loss, 'exactly, as means are all that it is made of');
  const game = await site.visitAtRest(t, 'preset=pix2pix-outlines&examples=64&batch_size=4#explain');
  await withPlayground(game.page, (playground) => playground.step(1));
  await reported(game.page, 'G', 'g_loss');
  const terms = part(game.page, '.side[data-side="G"] .all-terms');
  const text = (await terms.textContent()).replace(/[\u2061\u2062\s]/g, '');
  const [, adversarial, distance, sum] = /^1\u00d7([\d.]+)\+100\u00d7([\d.]+)=([\d.]+)$/.exec(text);
  assert.ok(Math.abs(Number(adversarial) + 100 * Number(distance) - Number(sum)) < 0.005 * Number(sum), text);
});

test('the laboratory opens with its measures, and a hidden panel does not come', { timeout: 120_000 }, async (t) => {
  const { page, requests } = await site.visitAtRest(t, 'preset=gan-ring8');
  const selected = page.locator('gan-playground [role="tab"][aria-selected="true"]');
  assert.equal(await selected.textContent(), 'Measure');
  assert.ok(!requests.some((address) => /explain-|explain\.json/.test(address)));
  // What was measured before the tab is first opened is known there.
  await withPlayground(page, (playground) => playground.step(4));
  await page.locator('gan-playground').getByRole('tab', { name: 'Explain' }).click();
  await reported(page, 'D', 'd_loss');
  assert.match(await part(page, '.reported').first().textContent(), /step 4\./);
});

test('slow motion lights the lines that run', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8#explain');
  await part(page, '.excerpts pre').first().waitFor();
  await page.keyboard.press('w');
  const lit = () => part(page, '.piece.running').allTextContents();
  const waits = (/** @type {RegExp} */ wanted) =>
    poll(
      page,
      async () => (await lit()).join('\n'),
      (now) => wanted.test(now),
      (now) => `These lines are lit: ${now}`,
    );
  await waits(/^let latent = Draw \{ stream: streams::DISCRIMINATOR_LATENT/);
  await page.keyboard.press('ArrowRight');
  await waits(/let fake = graph\.stop_gradient\(fake\);$/);
  for (let at = 0; at < 3; at++) await page.keyboard.press('ArrowRight');
  await waits(/nn::discriminator_loss[^]*Softplus/);
  await page.keyboard.press('Escape');
  await poll(
    page,
    lit,
    (now) => now.length === 0,
    (now) => `Still lit: ${now}`,
  );
  assert.deepEqual(problems, []);
});

test('lines that do not load can be asked for again', { timeout: 120_000 }, async (t) => {
  const { page } = await site.visit(t, '', { expected: /explain\.json|ERR_FAILED/ });
  await page.route(/explain\.json$/, (route) => route.abort());
  await page.goto(site.server.url('?backend=cpu&autoplay=0&preset=gan-ring8#explain'));
  await part(page, '.excerpts [role="alert"]').waitFor();
  await page.unroute(/explain\.json$/);
  await part(page, '.excerpts').getByRole('button', { name: 'Try again' }).click();
  await part(page, '.excerpts pre').first().waitFor();
});
