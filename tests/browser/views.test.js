/** Views into the advanced algorithms: sliders and clicks that ask the networks, by pointer and by keys, while the run rests. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll, status, useSite, withPlayground } from './harness.js';

const site = useSite();

/** A view by its heading. @param {Page} page @param {string} name */
function viewOf(page, name) {
  const panel = page.locator('gan-playground .probe', { has: page.getByRole('heading', { name, exact: true }) });
  const canvases = panel.locator('figure canvas');
  /** Every pixel as it is drawn, of pictures of their own beside each other. */
  const drawn = () =>
    canvases.evaluateAll((/** @type {HTMLCanvasElement[]} */ all) => {
      const pitch = all[0].width + 2;
      const [width, height] = [all.length * pitch - 2, all[0].height];
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
        new OffscreenCanvas(width, height).getContext('2d')
      );
      all.forEach((canvas, at) => context.drawImage(canvas, at * pitch, 0));
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, bytes: [...data].filter((_, at) => at % 4 === 0) };
    });
  return {
    panel,
    canvases,
    drawn,
    slider: (/** @type {string} */ label) => panel.getByRole('slider', { name: label, exact: true }),
    /** What is drawn once the run has answered. */
    answered: async () => {
      await panel.locator('.caption', { hasText: /As the networks stand at step/ }).waitFor();
      return drawn();
    },
    /** Waits for another picture. @param {{ bytes: number[] }} before @param {string} what */
    changed: (before, what) =>
      poll(
        page,
        drawn,
        ({ bytes }) => String(bytes) !== String(before.bytes),
        () => `The picture is as it was, though ${what}.`,
      ),
  };
}

/**
 * One of the images of a picture, from the left and from the top, counted from 0.
 * @param {{ width: number, bytes: number[] }} picture @param {number} column @param {number} [row]
 */
function image({ width, bytes }, column, row = 0) {
  const pixels = [];
  for (let y = 0; y < 28; y++) {
    const start = (row * 30 + y) * width + column * 30;
    pixels.push(...bytes.slice(start, start + 28));
  }
  return String(pixels);
}

test(
  'BigGAN: a bound of the noise and a class, by keys, and no bound leaves samples alone',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=biggan-mnist&batch_size=4&examples=100#play');
    const { panel, slider, answered, changed } = viewOf(page, 'Truncation');
    const bounded = await answered();
    assert.deepEqual([bounded.width, bounded.height], [8 * 30 - 2, 2 * 30 - 2], 'eight samples, drawn and truncated');
    assert.deepEqual(await panel.locator('.row-names span').allTextContents(), ['Drawn', 'Truncated']);
    const bound = slider('Bound of the noise');
    await bound.focus();
    await page.keyboard.press('Home');
    assert.equal(await bound.getAttribute('aria-valuetext'), 'none');
    const free = await changed(bounded, 'there is no bound');
    for (let column = 0; column < 8; column++) assert.ok(image(free, column, 0) === image(free, column, 1));
    await page.keyboard.press('End');
    assert.equal(await bound.getAttribute('aria-valuetext'), '0.1');
    const tight = await changed(free, 'the bound is tight');
    assert.ok(image(tight, 0, 0) === image(free, 0, 0), 'what is drawn has no bound');
    assert.ok(image(tight, 0, 1) !== image(tight, 0, 0));
    await slider('Class').fill('1');
    await changed(tight, 'another class is drawn');
    assert.equal((await status(page)).step, 0, 'the run has not moved');
    assert.deepEqual(problems, []);
  },
);

test(
  'SAGAN: a click says which place looks, arrow keys move it, and classes blend',
  { timeout: 240_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=sagan-mnist&batch_size=4&examples=100#play');
    const { panel, canvases, slider, answered, changed } = viewOf(page, 'Where a place looks');
    const first = await answered();
    assert.equal(first.width, 4 * 30 - 2, 'the picture, the same without attention, and a map of each network');
    assert.ok(image(first, 0) === image(first, 1), 'attention has no weight yet');
    await panel.locator('.numbers', { hasText: /^Weight in the generator: 0\. / }).waitFor();
    const [row, column] = [slider('Row of the place'), slider('Column of the place')];
    /** Clicks into a place of a picture. @param {number} at @param {number} down @param {number} across */
    const click = async (at, down, across) => {
      const picture = canvases.nth(at);
      const { width, height } = /** @type {{ width: number, height: number }} */ (await picture.boundingBox());
      await picture.click({ position: { x: (width * (across + 0.5)) / 14, y: (height * (down + 0.5)) / 14 } });
    };
    await click(0, 3, 10);
    assert.deepEqual([await row.inputValue(), await column.inputValue()], ['3', '10']);
    const clicked = await changed(first, 'another place was clicked');
    assert.ok(image(clicked, 0) === image(first, 0), 'it is the same picture');
    await click(1, 12, 2);
    assert.deepEqual([await row.inputValue(), await column.inputValue()], ['12', '2']);
    const again = await changed(clicked, 'a place in another picture was clicked');
    const left = () =>
      canvases.evaluateAll((all) =>
        all.map(({ nextElementSibling }) => /** @type {HTMLElement} */ (nextElementSibling).style.left),
      );
    assert.deepEqual(await left(), Array(4).fill('14.2857%'), 'each picture has a mark there');
    await column.focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await column.inputValue(), '3');
    await changed(again, 'an arrow key moved the place');
    assert.notEqual((await left())[0], '14.2857%');

    const blends = viewOf(page, 'From one digit to another');
    const before = await blends.answered();
    assert.deepEqual(await blends.panel.locator('.row-names span').allTextContents(), ['Class', 'Noise', 'Both']);
    assert.ok(image(before, 0, 0) === image(before, 0, 2), 'all rows begin alike');
    await blends.slider('To class').focus();
    await page.keyboard.press('ArrowLeft');
    const after = await blends.changed(before, 'it goes to another class');
    assert.ok(image(after, 0, 0) === image(before, 0, 0), 'and begins where it did');
    assert.ok(image(after, 7, 1) === image(before, 7, 1), 'the row of noise has one class');
    assert.equal((await status(page)).step, 0);
    assert.deepEqual(problems, []);
  },
);

test('StyleGAN: two ways between two noises', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=stylegan-mnist&batch_size=4&examples=100#play');
  const { slider, answered, changed } = viewOf(page, 'From one noise to another');
  const before = await answered();
  for (const column of [0, 7]) assert.ok(image(before, column, 0) === image(before, column, 1), 'both have one end');
  await slider('To noise').fill('9');
  const after = await changed(before, 'it goes to other noise');
  assert.ok(image(after, 0) === image(before, 0));
  assert.deepEqual(problems, []);
});

test('CoGAN: one slider walks through the noise for both', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(
    t,
    'preset=cogan-edges&start=trained&batch_size=4&examples=100#play',
  );
  const { panel, slider, answered, changed } = viewOf(page, 'A walk through the noise');
  const before = await answered();
  assert.equal(await panel.locator('figcaption').textContent(), 'A digit, Its partner');
  await slider('Place on the walk').focus();
  await page.keyboard.press('End');
  const after = await changed(before, 'it is at the end of the walk');
  for (const column of [0, 1]) assert.ok(image(after, column) !== image(before, column));
  assert.deepEqual(problems, []);
});

test('ProGAN: sizes appear with their stage, and alpha says how far', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=progan-mnist&batch_size=512&examples=600#play');
  const { panel, answered, drawn } = viewOf(page, 'From size to size');
  const isBlank = (/** @type {string} */ pixels) => /^0(,0)*$/.test(pixels);
  const first = await answered();
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => isBlank(image(first, 0, row))),
    [false, true, true, true],
  );
  // 3,000 images are six such steps, 4,000 are eight.
  await withPlayground(page, (playground) => playground.step(8));
  await panel.locator('.caption', { hasText: 'at step 8' }).waitFor();
  assert.equal(isBlank(image(await drawn(), 0, 1)), false, 'the next size is there');
  assert.equal(await panel.locator('.numbers').textContent(), 'Share of the largest size (alpha): 0.25');
  assert.match(
    (await page.locator('gan-playground .stage-name').textContent()) ?? '',
    /^8x8 fades in, 25\u202f%$/,
    'and the counters say so',
  );
  assert.deepEqual(problems, []);
});

test('a place that there is not gets a message', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=cogan-inverse&batch_size=4&examples=100#play');
  const { panel, answered } = viewOf(page, 'A walk through the noise');
  await answered();
  // As somebody may who changes the page.
  await panel.getByRole('slider').evaluate((/** @type {HTMLInputElement} */ input) => {
    input.max = '99';
    input.value = '99';
    input.dispatchEvent(new Event('input'));
  });
  await panel.locator('.caption', { hasText: 'takes a number from 0 to 63; it is 99' }).waitFor();
  assert.deepEqual(problems, []);
});
