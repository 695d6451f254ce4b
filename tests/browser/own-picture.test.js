/** Pictures of a visitor's own: chosen, dropped and pasted, and what is said of files that are none. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greyOf, moves } from '../../www/page/picture.js';
import { look, poll, status, useSite } from './harness.js';

const site = useSite();
const visit = site.visitAtRest;

/** @param {Page} page @param {string} selector */
const part = (page, selector) => page.locator(`gan-playground ${selector}`);
/** Waits until what is written somewhere fits. @param {Page} page @param {string} selector @param {RegExp} pattern */
const says = (page, selector, pattern) =>
  poll(
    page,
    () => part(page, selector).textContent(),
    (now) => pattern.test(now),
    (now) => `${selector} says “${now}”, and should fit ${pattern}`,
  );
/** @param {Page} page */
const answer = async (page) => (await look(page, '.probe figure:last-child canvas')).values.join();
/** @param {Page} page @param {string} before */
const changes = (page, before) =>
  poll(
    page,
    () => answer(page),
    (now) => now !== before,
    () => 'The answer did not change.',
  );
/** The greys of the pad, row by row. @param {Page} page @returns {Promise<number[]>} */
const padOf = (page) =>
  part(page, '.drawing-pad canvas').evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, at) => data[4 * at]);
  });

/** A picture file: a black bar upright in the middle of white paper. @param {Page} page @param {string} type */
async function bar(page, type, width = 400, height = 300) {
  const bytes = await page.evaluate(async ([type, width, height]) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.fillStyle = '#eee';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#113';
    context.fillRect(width / 2 - height * 0.06, height * 0.2, height * 0.12, height * 0.6);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer())];
  }, /** @type {const} */ ([type, width, height]));
  return { name: type === 'image/png' ? 'bar.png' : 'bar.jpg', mimeType: type, buffer: Buffer.from(bytes) };
}

/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} Given */

/** With the keyboard alone. @param {Page} page @param {Given} file */
async function choose(page, file) {
  const button = page.locator('gan-playground').getByRole('button', { name: 'Your own picture' });
  const chooser = page.waitForEvent('filechooser');
  await button.focus(); // by now the browser asks this test for files and not the system
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(file);
}

/** Drops it on the card, or pastes it. @param {Page} page @param {Given} file @param {'drop' | 'paste'} how */
const hand = (page, { name, mimeType, buffer }, how) =>
  page.evaluate(
    ([name, type, bytes, how]) => {
      const card = document.querySelector('gan-playground').shadowRoot.querySelector('.probe');
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const reaches = { bubbles: true, composed: true, cancelable: true };
      const event =
        how === 'drop'
          ? new DragEvent('drop', { ...reaches, dataTransfer: transfer })
          : new ClipboardEvent('paste', { ...reaches, clipboardData: transfer });
      const unhandled = (how === 'drop' ? card : document.body).dispatchEvent(event);
      if (unhandled) throw new Error(`Nobody took the ${how}.`);
    },
    /** @type {const} */ ([name, mimeType, [...buffer], how]),
  );

test('a digit is averaged, stretched, and known as ink on paper by its border', () => {
  // 8 x 8: paper of 200, a line of 40 two pixels wide.
  const pixels = new Uint8ClampedArray(256).map((_, at) => ((at >> 2) % 8 < 2 ? 40 : 200));
  const { values, isBright } = greyOf({ pixels, side: 8 }, 4);
  assert.deepEqual(
    [...values.slice(0, 4)].map((value) => Math.round(value * 1e3) / 1e3),
    [0, 1, 1, 1],
  );
  assert.ok(isBright);
  const odd = greyOf({ pixels, side: 8 }, 3);
  assert.ok(odd.values[0] < 0.3 && odd.values[1] === 1, odd.values.join());
  // What has the right size stays as it is.
  const exact = greyOf({ pixels: pixels.slice(0, 64), side: 4 }, 4);
  assert.ok(Math.abs(exact.values[3] - 200 / 255) < 1e-6);
});

/** @param {string} text @param {number[]} more */
const file = (text, ...more) => new Uint8Array([...Buffer.from(text, 'latin1'), ...more]);
/** @param {number} frames */
const gif = (frames) => {
  const frame = [0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const colours = [0, 0, 0, 255, 255, 255];
  return file('GIF89a', 1, 0, 1, 0, 0x80, 0, 0, ...colours, ...Array(frames).fill(frame).flat(), 0x3b);
};

test('what moves is told from what does not', () => {
  assert.ok(!moves(gif(1)));
  assert.ok(moves(gif(2)) && moves(gif(9)));
  const chunk = (/** @type {string} */ name) => [0, 0, 0, 0, ...Buffer.from(name), 0, 0, 0, 0];
  const png = (/** @type {string[]} */ ...names) => file('\x89PNG\r\n\x1a\n', ...names.flatMap(chunk));
  assert.ok(moves(png('IHDR', 'acTL', 'IDAT')));
  assert.ok(!moves(png('IHDR', 'IDAT', 'acTL')) && !moves(png('IHDR')));
  const webp = (/** @type {number} */ flags) => file('RIFF\0\0\0\0WEBPVP8X\n\0\0\0', flags, 0, 0, 0);
  assert.ok(moves(webp(2)) && !moves(webp(16)));
  for (const nonsense of ['', 'GIF8', 'GIF89a', 'hello']) assert.ok(!moves(file(nonsense)), nonsense);
});

test('a photograph of a digit is made small and enlarged, by the keyboard alone', { timeout: 120_000 }, async (t) => {
  const { page, problems, requests } = await visit(t, 'preset=srgan-x4&examples=200#play');
  await part(page, '.own-picture').waitFor();
  assert.match(await part(page, '.own-picture').textContent(), /does not leave this device/);
  const before = requests.length;
  await choose(page, await bar(page, 'image/jpeg'));
  await says(page, '.own-picture .said', /^Its border is bright, so it was inverted\.$/);
  await says(page, '.probe .caption', /^As the networks stand at step 0\.$/);
  const ink = await padOf(page);
  assert.ok(ink[0] < 30 && ink[14 * 28 + 14] > 220, `${ink[0]}, ${ink[14 * 28 + 14]}`);
  const first = await answer(page);
  const invert = page.locator('gan-playground').getByRole('checkbox', { name: /Invert/ });
  assert.ok(await invert.isChecked());
  await invert.focus();
  await page.keyboard.press(' ');
  await changes(page, first);
  assert.ok((await padOf(page))[0] > 220);
  // One that the run has not seen, as the gallery has it: by its button, and by a click on its column.
  await page.locator('gan-playground').getByRole('button', { name: 'Held-out digit 3' }).press('Enter');
  assert.equal(await invert.isVisible(), false);
  const third = await padOf(page);
  const gallery = part(page, '.picture.samples .frame canvas');
  const truth = await gallery.evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const copy = new OffscreenCanvas(28, 28).getContext('2d');
    copy.drawImage(canvas, 2 * 30, 3 * 30, 28, 28, 0, 0, 28, 28);
    return Array.from({ length: 784 }, (_, at) => at).map((at) => copy.getImageData(at % 28, at / 28, 1, 1).data[0]);
  });
  assert.ok(truth.some((value) => value > 200));
  assert.ok(third.every((value, at) => Math.abs(value - truth[at]) <= 1));
  const { width, height } = await gallery.boundingBox();
  await part(page, '.picture.samples .frame').click({ position: { x: (width * 5.5) / 8, y: height / 2 } });
  await poll(
    page,
    async () => (await padOf(page)).join(),
    (now) => now !== third.join(),
    () => 'A click on a column did nothing.',
  );
  assert.ok(requests.slice(before).every((url) => url.startsWith(site.server.origin)));
  assert.deepEqual(problems, []);
});

test('an outline is dropped and pasted, and another preset has a pad of its own', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=pix2pix-outlines&examples=200#play');
  await part(page, '.own-picture').waitFor();
  await hand(page, await bar(page, 'image/png'), 'drop');
  await says(page, '.probe .caption', /^As the networks stand at step 0\.$/);
  const lines = await padOf(page);
  assert.ok(
    lines.every((value) => value === 0 || value === 255),
    'ink or none',
  );
  assert.ok(lines[14 * 28 + 14] === 255 && lines[0] === 0);
  const dropped = await answer(page);
  await hand(page, await bar(page, 'image/png', 300, 500), 'paste');
  await changes(page, dropped);
  // The probes of both are called the same.
  await page.evaluate(() => /** @type {any} */ (document.querySelector('gan-playground')).set({ preset: 'srgan-x4' }));
  await says(page, '.probe h2', /Your digit, made small/);
  await part(page, '.own-picture').waitFor();
  await hand(page, await bar(page, 'image/png'), 'drop');
  await says(page, '.probe .caption', /^As the networks stand at step 0\.$/);
  assert.deepEqual(problems, []);
});

test('what is no picture is refused, and run and drawing stay', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=inpainting-mnist&examples=200#play');
  await part(page, '.own-picture').waitFor();
  await choose(page, await bar(page, 'image/png'));
  await says(page, '.probe .caption', /^Without a hole all stays as it is drawn\./);
  const kept = await padOf(page);
  const huge = file('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 0, 0, 0, 0);
  /** @type {[name: string, type: string, bytes: Uint8Array, why: RegExp][]} */
  const cases = [
    ['notes.txt', 'text/plain', file('hello'), /“notes\.txt” is no picture that this browser can read\. A PNG/],
    ['empty.png', 'image/png', file(''), /“empty\.png” is no picture/],
    ['cut.png', 'image/png', file('\x89PNG\r\n\x1a\n'), /“cut\.png” is no picture/],
    ['logo.svg', 'image/svg+xml', file('<svg xmlns="http://www.w3.org/2000/svg"/>'), /is an SVG/],
    ['huge.png', 'image/png', huge, /30000 by 30000 pixels/],
    ['dance.gif', 'image/gif', gif(2), /moves, and a run takes one picture/],
  ];
  for (const [name, mimeType, bytes, why] of cases) {
    await hand(page, { name, mimeType, buffer: Buffer.from(bytes) }, 'drop');
    await says(page, '.own-picture .said', why);
    await says(page, '.own-picture .said', /What was there stays\.$/);
    assert.deepEqual(await padOf(page), kept, name);
  }
  assert.equal((await status(page)).state, 'paused');
  // A hole is laid over the picture, and what is around it stays.
  await page.locator('gan-playground').getByRole('radio', { name: 'Hole' }).check();
  const pad = part(page, '.drawing-pad');
  await pad.focus();
  await page.keyboard.press(' ');
  await says(page, '.probe .caption', /^As the networks stand/);
  // A saved run is opened, wherever it is dropped; this one is none.
  await hand(page, { name: 'run.safetensors', mimeType: '', buffer: Buffer.from('hello') }, 'drop');
  await says(page, '.notices', /safetensors/);
  assert.deepEqual(problems, []);
});
