/** What a visitor meets first: a recording of the very run, the run itself, and digits that can be ordered. */

/** @import { Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDED } from '../../www/recorded/index.js';
import { launch, look, open, poll, serve, status, until, useSite, withPlayground } from './harness.js';

const [PRESET] = Object.keys(RECORDED);
const { page: PAGE, image: IMAGE, steps: STEPS } = RECORDED[PRESET];
const GAP = 2;
const RECORDING = 'gan-playground .recorded';
const FRAMES = new RegExp(`/recorded/${PRESET}\\.jpg$`);

const site = useSite();

/** The pixels of the recording's canvas, as one number. @param {Page} page */
const frameOf = (page) =>
  page.locator(`${RECORDING} canvas`).evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, at) => (sum * 31 + value * Number(at % 4 === 0)) % 1_000_003, 7);
  });

/**
 * A page whose data comes only after `server.release()`.
 * @param {TestContext} t
 * @param {string} query
 * @param {import('playwright-core').BrowserContextOptions & { page?: string }} [options]
 */
async function visitHeld(t, query, { page = '', ...browsing } = {}) {
  const server = await serve({ held: /\.ganvas$/ });
  t.after(() => server.close());
  const browser = await launch({ webgpu: false });
  t.after(() => browser.close());
  return { server, ...(await open(browser, server.url(`?backend=cpu&preset=${PRESET}${query}`, page), browsing)) };
}

test('a recording is shown before the run, and gives way to it', { timeout: 300_000 }, async (t) => {
  const { page, problems, server, requests } = await visitHeld(t, '');
  const canvas = page.locator(`${RECORDING} canvas`);
  await canvas.waitFor();
  assert.equal((await status(page)).step, 0, 'nothing is trained yet');
  const name = await canvas.getAttribute('aria-label');
  assert.match(name, new RegExp(`^Recorded earlier.* ${PAGE[0] * PAGE[1]} forgeries .*after ${STEPS.at(-1)} training`));
  assert.deepEqual(
    await canvas.evaluate((/** @type {HTMLCanvasElement} */ { width, height }) => [width, height]),
    PAGE.map((count, side) => count * (IMAGE[side] + GAP) - GAP),
    'it has the pixels of what the run will draw',
  );
  await page.locator('gan-playground .outlook', { hasText: 'Recorded' }).waitFor();
  const label = page.locator(`${RECORDING} .recorded-label`);
  const first = await frameOf(page);
  await page.locator(`${RECORDING} .recorded-label`, { hasText: `step ${STEPS.at(-1)}` }).waitFor();
  assert.notEqual(await frameOf(page), first, 'the frames differ');
  assert.match(await label.textContent(), /^Recorded /);
  assert.equal(await page.locator('gan-playground .real canvas').count(), 1, 'the first originals are beside it');

  server.release();
  await page.locator(RECORDING).waitFor({ state: 'hidden' });
  assert.ok((await status(page)).step >= STEPS[1], 'the run has something to show');
  assert.ok((await look(page, '.samples .frame')).distinct > 20, 'and shows it');
  assert.equal(await page.locator('gan-playground .outlook', { hasText: 'Recorded' }).count(), 0);
  assert.equal(requests.filter((address) => FRAMES.test(address)).length, 1, 'the frames were fetched once');
  assert.deepEqual(problems, []);
});

test('who asks for less motion sees a still, until a step is made', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await site.visit(t, `?backend=cpu&preset=${PRESET}`, { reducedMotion: 'reduce' });
  const label = page.locator(`${RECORDING} .recorded-label`);
  await label.waitFor();
  assert.match(await label.textContent(), new RegExp(`step ${STEPS.at(-1)}$`));
  await until(page, ({ state }) => state === 'paused');
  await page.locator('gan-playground .outlook', { hasText: 'Press play' }).waitFor();
  assert.ok(await label.isVisible());
  await withPlayground(page, (playground) => playground.step(1));
  await page.locator(RECORDING).waitFor({ state: 'hidden' });
  assert.deepEqual(problems, []);
});

test('the embedded page has it too', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await visitHeld(t, '', { page: 'embed.html' });
  await page.locator(`${RECORDING} canvas`).waitFor();
  assert.deepEqual(problems, []);
});

test('another run is not promised by a recording', { timeout: 300_000 }, async (t) => {
  for (const query of [`preset=${PRESET}&seed=3`, `preset=${PRESET}&batch_size=32`, 'preset=gan-mnist']) {
    const { page, requests } = await site.visit(t, `?backend=cpu&autoplay=0&${query}`);
    await until(page, ({ state }) => state === 'paused');
    assert.equal(await page.locator(RECORDING).count(), 0, query);
    assert.ok(!requests.some((address) => address.includes('/recorded/')), query);
  }
  const { page } = await site.visit(t, `?backend=cpu&autoplay=0&preset=${PRESET}`);
  await page.locator(RECORDING).waitFor();
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, (playground) => playground.set({ seed: 4 }));
  assert.equal(await page.locator(RECORDING).count(), 0, 'the settings have changed');
});

test('without its file the run is there all the same', { timeout: 300_000 }, async (t) => {
  const server = await serve({ missing: FRAMES });
  t.after(() => server.close());
  const { page, context, problems } = await open(site.browser, server.url(`?backend=cpu&preset=${PRESET}`), {
    expected: /404/,
  });
  t.after(() => context.close());
  await until(page, ({ step }) => step > 0);
  assert.equal(await page.locator(RECORDING).count(), 0);
  assert.deepEqual(problems, []);
});

test('the first picture of the run takes the room that the recording had', { timeout: 300_000 }, async (t) => {
  const { page, server } = await visitHeld(t, '');
  await page.locator(`${RECORDING} canvas`).waitFor();
  const places = () =>
    Promise.all(
      ['.samples .frame', '.real .frame', '.transport'].map((part) =>
        page.locator(`gan-playground ${part}`).boundingBox(),
      ),
    );
  const before = await places();
  server.release();
  await page.locator(RECORDING).waitFor({ state: 'hidden' });
  const after = await places();
  assert.deepEqual(after.slice(0, 2), before.slice(0, 2), 'the pictures stay where they were');
});

const ORDER = 'gan-playground .order';
/** The pixels of what was ordered, as text. @param {Page} page */
const orderOf = (page) =>
  page.locator(`${ORDER} canvas`).evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());

for (const width of [1280, 390]) {
  test(`a click on a head draws fresh digits of that class (${width} px)`, { timeout: 300_000 }, async (t) => {
    const { page, problems } = await site.visit(t, '?backend=cpu&autoplay=0&preset=cgan-mnist', {
      viewport: { width, height: 844 },
    });
    await until(page, ({ state }) => state === 'paused');
    await withPlayground(page, (playground) => playground.step(2));
    const heads = page.locator('gan-playground .head');
    assert.deepEqual(await heads.allTextContents(), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    const frame = await page.locator('gan-playground .samples .frame').boundingBox();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    if (width > 560) {
      for (let at = 0; at < 10; at += 1) {
        const { x, width: wide } = await heads.nth(at).boundingBox();
        const middle = frame.x + ((at + 0.5) * frame.width) / 10;
        assert.ok(Math.abs(x + wide / 2 - middle) < 3, `head ${at} stands above its column`);
      }
    }

    await heads.nth(7).focus();
    await page.keyboard.press('Enter');
    await page.locator(`${ORDER} canvas`).waitFor();
    assert.equal(await page.locator(`${ORDER} .order-title`).textContent(), 'Fresh 7s at step 2');
    assert.match(await page.locator(`${ORDER} canvas`).getAttribute('aria-label'), /Fresh 7s at step 2/);
    assert.equal(await heads.nth(7).getAttribute('aria-pressed'), 'true');
    assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), height, 'nothing else moves');
    const box = await page.locator(ORDER).boundingBox();
    assert.ok(box.y >= frame.y - 1 && box.y + box.height <= frame.y + frame.height + 1, 'it lies over the picture');

    const before = await orderOf(page);
    await page.locator(`${ORDER} button`, { hasText: 'Draw again' }).click();
    await poll(
      page,
      () => orderOf(page),
      (now) => now !== before,
      () => 'The same digits were drawn again.',
    );
    await page.keyboard.press('Escape');
    await page.locator(ORDER).waitFor({ state: 'hidden' });
    const focused = await withPlayground(page, (playground) => playground.shadowRoot.activeElement?.textContent);
    assert.equal(focused, '7', 'the focus is back at the head');
    assert.deepEqual(problems, []);
  });
}

test('what was ordered is of that class', { timeout: 300_000 }, async (t) => {
  const { page } = await site.visit(t, '?backend=cpu&autoplay=0&preset=cgan-mnist');
  await until(page, ({ state }) => state === 'paused');
  const replies = await withPlayground(page, async (playground) => {
    const row = async (/** @type {number} */ seed) =>
      Array.from((await playground.samples(10, { seed, label: 3 })).data);
    return {
      again: await row(5),
      same: await row(5),
      all: Array.from((await playground.samples(80, { seed: 5 })).data),
    };
  });
  assert.deepEqual(replies.again, replies.same);
  // The first of a label is the first of its column in a page of the same noise.
  const wide = 298 * 4;
  /** @param {number[]} data @param {number} row @param {number} column */
  const of = (data, row, column) => data.slice(row * wide + column * 30 * 4, row * wide + column * 30 * 4 + 28 * 4);
  assert.deepEqual(of(replies.again, 10, 0), of(replies.all, 10, 3));
});

test('where classes are not told there are no heads', { timeout: 300_000 }, async (t) => {
  const { page } = await site.visit(t, '?backend=cpu&autoplay=0&preset=gan-mnist');
  await until(page, ({ state }) => state === 'paused');
  assert.equal(await page.locator('gan-playground .head:visible').count(), 0);
});
