/** Sets that are drawn: the page's module draws what the engine draws natively, and a game on one of them can be played. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { poll, useSite, withPlayground } from './harness.js';

/** @import { Page } from 'playwright-core' */

const DIST = process.env.GANVAS_DIST ?? 'dist';
const site = useSite();
const visit = site.visitAtRest;

/** @param {Page} page @param {string} selector */
const part = (page, selector) => page.locator(`gan-playground ${selector}`);

test('the module draws the same bytes as the engine does natively', async () => {
  const { instance } = await WebAssembly.instantiate(await readFile(join(DIST, 'engine/ganvas-sets.wasm')));
  const { memory, draw, table, length } = /** @type {any} */ (instance.exports);
  const lines = (await readFile(new URL('../fixtures/drawn.txt', import.meta.url), 'utf8')).trim().split('\n');
  /** @type {string[]} */
  const keys = [];
  for (const line of lines) {
    const [key, split, expected] = line.split(' ');
    if (!keys.includes(key)) keys.push(key);
    const columns = draw(keys.indexOf(key), 7, split === 'HeldOut', 100, 50);
    const hash = createHash('sha256');
    for (let column = 0; column < columns; column++)
      hash.update(new Uint8Array(memory.buffer, table(column), length(column)));
    assert.equal(hash.digest('hex'), expected, `${key}, ${split}`);
  }
  assert.equal(draw(keys.length, 7, false, 0, 1), 0, 'there is no set after the last');
});

test('a map is painted by pointer and keys, and becomes a place', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=spade-scenes&examples=64&batch_size=4#play');
  await part(page, '.drawing-pad').waitFor();
  // A fresh map is asked about at once, and the answer is in colour.
  await poll(
    page,
    () => part(page, '.probe .caption').textContent(),
    (now) => /^As the networks stand at step 0\./.test(now),
    (now) => `The panel says “${now}”.`,
  );
  const answer = () => colours(page, '.probe figure:last-child canvas');
  const first = await answer();
  assert.ok(first.some(([red, green, blue]) => red !== green || green !== blue));
  await page.locator('gan-playground').getByRole('radio', { name: 'house' }).check();
  const pad = part(page, '.drawing-pad');
  await pad.focus();
  for (const key of ['ArrowDown', 'ArrowDown', ' ']) await page.keyboard.press(key);
  await poll(
    page,
    async () => (await answer()).join(),
    (now) => now !== first.join(),
    () => 'The answer did not change with the map.',
  );
  const house = await answer();
  // Another season of the same place.
  const season = page.locator('gan-playground').getByRole('slider', { name: 'Season and hour' });
  await season.focus();
  await page.keyboard.press('End');
  assert.equal(await season.getAttribute('aria-valuetext'), 'winter night');
  await poll(
    page,
    async () => (await answer()).join(),
    (now) => now !== house.join(),
    () => 'The answer did not change with the season.',
  );
  assert.deepEqual(problems, []);
});

test('faces of two drawn sets, of which a visitor chooses one', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=photo-to-emoji&examples=64&batch_size=4#play');
  await poll(
    page,
    () => part(page, '.probe .caption').textContent(),
    (now) => /^As the networks stand at step 0\./.test(now),
    (now) => `The panel says “${now}”.`,
  );
  assert.equal(await page.locator('gan-playground').getByRole('button', { name: 'Clear' }).count(), 0);
  assert.equal(await part(page, '.probe figcaption').textContent(), 'Photograph, Emoji');
  const answer = () => colours(page, '.probe figure canvas');
  const first = await answer();
  const face = page.locator('gan-playground').getByRole('slider', { name: 'Which face' });
  await face.focus();
  await page.keyboard.press('End');
  assert.equal(await face.getAttribute('aria-valuetext'), '64');
  await poll(
    page,
    async () => (await answer()).join(),
    (now) => now !== first.join(),
    () => 'The answer did not change with the face.',
  );
  assert.deepEqual(problems, []);
});

test('a face that a visitor edits: only what was made of it changes', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=edited-faces&examples=64&batch_size=4&stage_length=0.001#play');
  // The first stage lasts twelve steps.
  await withPlayground(page, (playground) => playground.step(14));
  const hair = page.locator('gan-playground').getByRole('slider', { name: 'Hair', exact: true });
  // A run at rest is asked when a slider moves.
  await hair.focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await hair.getAttribute('aria-valuetext'), 'bald');
  await poll(
    page,
    () => part(page, '.probe .caption').textContent(),
    (now) => /^As the networks stand at step 14\./.test(now),
    (now) => `The panel says “${now}”.`,
  );
  assert.equal(await part(page, '.probe figcaption').textContent(), 'Photograph, Drawn again, Edited');
  const answer = () => colours(page, '.probe figure canvas');
  const bald = await answer();
  const next = async () => ((await hair.getAttribute('aria-valuetext')) === 'a bun' ? 'Home' : 'ArrowRight');
  const edit = await poll(
    page,
    async () => {
      await page.keyboard.press(await next());
      return answer();
    },
    (now) => now.join() !== bald.join(),
    () => 'The answer did not change with the hair.',
  );
  const width = await part(page, '.probe figure canvas').evaluate(
    (/** @type {HTMLCanvasElement} */ canvas) => canvas.width,
  );
  const changed = edit.flatMap((pixel, at) => (pixel.join() === bald[at].join() ? [] : [at % width]));
  assert.ok(
    changed.every((column) => column >= (2 * width) / 3 - 1),
    'the face itself has changed',
  );
  assert.deepEqual(problems, []);
});

test('a visitor chooses a face and an age', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=aged-faces&examples=64&batch_size=4&search_steps=2#play');
  await poll(
    page,
    () => part(page, '.probe .caption').textContent(),
    (now) => /^As the networks stand at step 0\./.test(now),
    (now) => `The panel says “${now}”.`,
  );
  assert.equal(await part(page, '.probe figcaption').textContent(), 'Somebody, At that age');
  const answer = () => colours(page, '.probe figure canvas');
  /** Moves a slider to one of its ends. @param {string} name @param {string} key @param {string} text */
  const move = async (name, key, text) => {
    const before = (await answer()).join();
    const slider = page.locator('gan-playground').getByRole('slider', { name, exact: true });
    await slider.focus();
    await page.keyboard.press(key);
    assert.equal(await slider.getAttribute('aria-valuetext'), text);
    await poll(
      page,
      async () => (await answer()).join(),
      (now) => now !== before,
      () => `The answer did not change with “${name}”.`,
    );
  };
  await move('Age', 'Home', 'under 20');
  await move('Which face', 'End', '64');
  assert.deepEqual(problems, []);
});

test('a game brings the whole engine, and a pair goes on with it', { timeout: 240_000 }, async (t) => {
  const { page, problems, requests } = await visit(t, 'examples=200&batch_size=8');
  const loaded = (/** @type {string} */ name) => requests.some((url) => url.includes(name));
  assert.ok(!loaded('ganvas-whole'), requests.join());
  const runs = (/** @type {string} */ preset) =>
    withPlayground(
      page,
      async (playground, wanted) => {
        await playground.set({ preset: wanted, examples: 64, batch_size: 4 });
        await playground.step(1);
        return playground.status.step;
      },
      preset,
    );
  assert.equal(await runs('spade-scenes'), 1);
  assert.ok(loaded('ganvas-whole') && loaded('ganvas-sets.wasm'), requests.join());
  assert.equal(await runs('dcgan-mnist'), 1);
  assert.deepEqual(problems, []);
});

/** Red, green and blue of every pixel. @param {Page} page @param {string} selector @returns {Promise<number[][]>} */
const colours = (page, selector) =>
  part(page, selector).evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, pixel) => [...data.slice(4 * pixel, 4 * pixel + 3)]);
  });
