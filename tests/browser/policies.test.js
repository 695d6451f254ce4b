/** What the page does where nobody looks, in two tabs at once, and what its Content-Security-Policy keeps out. */

/** @import { Frame, Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PREFIX, open, status, until, useSite, withPlayground } from './harness.js';

const QUICK = 'backend=cpu&preset=gan-ring8';
const site = useSite({ pages: { '/frames.html': twoFrames() } });
/** @param {Page | Frame} page @param {string} text */
const notice = (page, text) => page.locator('gan-playground .notice', { hasText: text });

/** As if the visitor turned to another tab, or came back. @param {Page} page @param {boolean} hidden */
const turn = (page, hidden) =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

test('a hidden tab goes on training, and waits if it is asked to', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visit(t, `?${QUICK}#change`);
  await until(page, ({ state, step }) => state === 'playing' && step > 0);
  await turn(page, true);
  const { step } = await status(page);
  await until(page, (now) => now.step > step + 20);
  assert.equal((await status(page)).state, 'playing');
  await turn(page, false);

  await page.getByLabel('While this tab is hidden').selectOption('pause');
  assert.match(page.url(), /background=pause.*#change$/);
  await turn(page, true);
  const rest = await until(page, ({ state }) => state === 'paused');
  await page.waitForTimeout(200);
  assert.equal((await status(page)).step, rest.step);
  await turn(page, false);
  await notice(page, 'Training waited').waitFor();
  await until(page, (now) => now.state === 'playing' && now.step > rest.step);

  await withPlayground(page, (playground) => playground.pause());
  await turn(page, true);
  await turn(page, false);
  assert.equal((await status(page)).state, 'paused', 'who had paused stays paused');
  await page.reload();
  await until(page, ({ state }) => state === 'playing');
  assert.equal(await page.getByLabel('While this tab is hidden').inputValue(), 'pause', 'the address has it');
  assert.deepEqual(problems, []);
});

test('nonsense for the hidden tab is named', { timeout: 120_000 }, async (t) => {
  const { page } = await site.visit(t, `?${QUICK}&autoplay=0&background=dance`);
  await notice(page, 'There are: train, pause').waitFor();
});

/** Two documents of one origin are to each other what two tabs are; two tabs in one headless browser starve each other here. */
function twoFrames() {
  /** @param {string} name */
  const frame = (name) =>
    `<iframe name="${name}" width="600" height="400" src="${PREFIX}embed.html?${QUICK}&autoplay=1&controls=transport,settings"></iframe>`;
  return `<!doctype html><meta charset="utf-8"><title>Two</title><link rel="icon" href="data:,">${frame('first')}${frame('second')}`;
}

test('two tabs that train know of each other, and one can pause the other', { timeout: 120_000 }, async (t) => {
  const { page, context, problems } = await open(site.browser, `${site.server.origin}/frames.html`);
  t.after(() => context.close());
  const [first, second] = ['first', 'second'].map((name) => page.frame(name));
  /** @param {Frame} frame */
  const note = (frame) => notice(frame, 'Another tab of this page is training too');
  await note(first).waitFor();
  await note(second).getByRole('button', { name: 'Pause the other' }).click();
  /** @param {Page | Frame} frame @param {string} wanted */
  const state = (frame, wanted) =>
    frame.waitForFunction((value) => document.querySelector('gan-playground').status.state === value, wanted);
  await state(first, 'paused');
  await notice(first, 'Paused from another tab').waitFor();
  await note(first).waitFor({ state: 'detached' });
  await note(second).waitFor({ state: 'detached' });
  await state(second, 'playing');
  await notice(first, 'Paused from another tab').getByRole('button', { name: 'Go on here' }).click();
  await note(second).waitFor();
  await page.evaluate(() => document.querySelector('iframe').remove());
  await note(second).waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});

for (const file of ['index.html', 'embed.html']) {
  test(`${file} keeps its own policy, and the policy keeps other code out`, { timeout: 120_000 }, async (t) => {
    const html = await readFile(join(process.env.GANVAS_DIST ?? 'dist', file), 'utf8');
    assert.doesNotMatch(
      html,
      /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|unsafe-inline|'unsafe-eval'/,
      'nothing is inline',
    );
    for (const directive of [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "worker-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
    ]) {
      assert.ok(html.includes(directive), directive);
    }
    const { page, context, problems } = await open(site.browser, 'about:blank', {
      expected: /injected by the test|Content Security Policy directive/,
    });
    t.after(() => context.close());
    await page.addInitScript(() => {
      globalThis.reports = [];
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        globalThis.reports.push(`${violatedDirective}: ${blockedURI}`),
      );
    });
    await page.goto(site.server.url(`?${QUICK}&autoplay=0`, file));
    await until(page, ({ state }) => state === 'paused');
    await withPlayground(page, async (playground) => {
      await playground.step(5);
      await playground.evaluate();
    });
    for (const tab of await page.locator('gan-playground [role="tab"]:visible').all()) await tab.click();
    assert.deepEqual(await page.evaluate(() => globalThis.reports), []);
    assert.deepEqual(problems, []);

    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.intruder = true; // injected by the test';
      document.body.append(script);
    });
    await page.waitForFunction(() => globalThis.reports.length === 1);
    assert.equal(await page.evaluate(() => globalThis.intruder), undefined);
  });
}
