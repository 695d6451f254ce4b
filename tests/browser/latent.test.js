/** The generator's input to play with, and the contest in the plane: what a visitor does, and the pixels that come of it. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {Page} page @param {string} selector */
const part = (page, selector) => page.locator(`gan-playground ${selector}`);

/**
 * The red channel of one canvas of the page; `every`: only of so manieth pixels.
 * @param {Page} page
 * @param {string} selector
 */
const pixels = (page, selector, index = 0, every = 1) =>
  part(page, selector)
    .nth(index)
    .evaluate((/** @type {HTMLCanvasElement} */ canvas, pixel) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: (canvas.width * canvas.height) / pixel }, (_, i) => data[i * pixel * 4]);
    }, every);

/**
 * Waits until a canvas looks as it should.
 * @param {Page} page
 * @param {string} selector
 * @param {number} index
 * @param {(now: number[]) => boolean} condition
 * @param {string} what
 * @param {number} [every]
 */
const eventually = (page, selector, index, condition, what, every) =>
  poll(
    page,
    () => pixels(page, selector, index, every),
    condition,
    () => `${selector} ${index}: ${what}`,
  );

/**
 * A sum in another order may round another way.
 * @param {number[]} a
 * @param {number[]} b
 */
const alike = (a, b) => a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= 1);

/**
 * The grid's picture as the engine draws it, cut into its tiles.
 * @param {Page} page
 * @param {number} columns
 * @param {number} rows
 */
const gridOf = (page, columns, rows) =>
  withPlayground(
    page,
    async (playground, [across, down]) => {
      const { data, width } = await playground.samples(across * down);
      const side = 28;
      return Array.from({ length: across * down }, (_, tile) =>
        Array.from({ length: side * side }, (_, i) => {
          const x = (tile % across) * (side + 2) + (i % side);
          const y = Math.floor(tile / across) * (side + 2) + Math.floor(i / side);
          return data[(y * width + x) * 4];
        }),
      );
    },
    [columns, rows],
  );

test('one picture, its plane and its numbers; from one sample to another', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist#latent');
  await withPlayground(page, (playground) => playground.step(40));
  await part(page, '.latent').scrollIntoViewIfNeeded();
  const grid = await gridOf(page, 8, 8);

  // The panel's grid is the grid of forgeries, and the picture its first sample.
  for (const tile of [0, 1, 13, 63])
    await eventually(page, '.tiles canvas', tile, (now) => alike(now, grid[tile]), 'is that sample');
  const first = await eventually(page, '.latent-picture', 0, (now) => alike(now, grid[0]), 'is the first sample');
  assert.ok(new Set(first).size > 20, 'there is something to see');
  assert.equal(await part(page, '.latent').getByLabel('Class').isVisible(), false, 'no labels, no control for them');

  // Dragging, and the arrow keys.
  const pad = part(page, '.pad');
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await pad.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.9, y + height * 0.2, { steps: 4 });
  const dragged = await eventually(page, '.latent-picture', 0, (now) => !alike(now, first), 'follows the pointer');
  await page.mouse.up();
  assert.match(await pad.getAttribute('aria-valuetext'), /^2\.\d along the first direction, 1\.\d along/);
  await pad.press('Shift+ArrowLeft');
  await eventually(page, '.latent-picture', 0, (now) => !alike(now, dragged), 'follows the arrow keys');
  await pad.press('Home');
  await eventually(page, '.latent-picture', 0, (now) => alike(now, first), 'is back in the middle');

  // One number, and truncation.
  await part(page, '.coordinate input').first().fill('-3.5');
  const moved = await eventually(page, '.latent-picture', 0, (now) => !alike(now, first), 'follows a slider');
  await part(page, '.latent').getByRole('button', { name: 'z = 0' }).click();
  const middle = await eventually(
    page,
    '.latent-picture',
    0,
    (now) => !alike(now, first) && !alike(now, moved),
    'is that of z = 0',
  );
  await part(page, '.latent').getByRole('button', { name: 'Random z' }).click();
  await eventually(page, '.latent-picture', 0, (now) => !alike(now, middle), 'is a random one');
  await part(page, '.latent').getByLabel('Truncation').fill('0');
  await eventually(page, '.latent-picture', 0, (now) => alike(now, middle), 'is z = 0 where all is truncated');

  // From A to B: one by a click, the other by the keyboard.
  await part(page, '.tiles button').nth(20).click();
  await part(page, '.tiles button').nth(0).focus();
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
  await eventually(page, '.between canvas', 0, (now) => alike(now, grid[20]), 'A is the tile that was clicked on');
  await eventually(page, '.between canvas', 8, (now) => alike(now, grid[10]), 'B is the tile that the keys chose');
  const between = await pixels(page, '.between canvas', 4);
  assert.ok(!alike(between, grid[20]) && !alike(between, grid[10]));
  const scrub = part(page, '.latent').getByLabel('How far from A to B');
  for (const [value, tile] of /** @type {const} */ ([
    ['1', 10],
    ['0', 20],
  ])) {
    await scrub.fill(value);
    await eventually(page, '.beside canvas', 0, (now) => alike(now, grid[tile]), `is tile ${tile} at the end ${value}`);
  }
  await part(page, '.latent').getByLabel('The way', { exact: true }).selectOption('linear');
  await eventually(page, '.between canvas', 4, (now) => !alike(now, between), 'the straight way is another one');

  // a - b + c with a = b is c.
  const target = part(page, '.latent').getByLabel('A click makes it');
  for (const [slot, tile] of /** @type {const} */ ([
    ['A', 5],
    ['B', 5],
    ['C', 40],
  ])) {
    await target.selectOption(slot);
    await part(page, '.tiles button').nth(tile).click();
  }
  await eventually(page, '.beside canvas', 1, (now) => alike(now, grid[40]), 'is C');

  // It follows the training, and does not disturb it.
  assert.equal((await status(page)).step, 40);
  await withPlayground(page, (playground) => playground.step(3));
  const later = await gridOf(page, 8, 8);
  await eventually(page, '.tiles canvas', 13, (now) => alike(now, later[13]), 'follows the training');
  assert.ok(!alike(later[13], grid[13]));
  assert.equal(await part(page, '.plane').isVisible(), false, 'images have no plane');
  assert.deepEqual(problems, []);
});

test('where classes are told, the same z is drawn in every class', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=cgan-mnist&batch_size=16#latent');
  await withPlayground(page, (playground) => playground.step(25));
  await part(page, '.latent').scrollIntoViewIfNeeded();
  const grid = await gridOf(page, 10, 8);
  await eventually(page, '.tiles canvas', 17, (now) => alike(now, grid[17]), 'is sample 18, of class 7');
  const classes = part(page, '.latent').getByLabel('Class', { exact: true });
  assert.equal(await classes.locator('option').count(), 10);
  await eventually(page, '.latent-picture', 0, (now) => alike(now, grid[0]), 'is the first sample, of class 0');
  await classes.selectOption('3');
  const three = await eventually(page, '.latent-picture', 0, (now) => !alike(now, grid[0]), 'is of another class');
  await eventually(page, '.latent [aria-label="Class 3"]', 0, (now) => alike(now, three), 'is that of class 3');
  await eventually(page, '.latent [aria-label="Class 0"]', 0, (now) => alike(now, grid[0]), 'is that of class 0');
  // A tile brings its class with it.
  await part(page, '.latent').getByLabel('A click makes it').selectOption('z');
  await part(page, '.tiles button').nth(17).click();
  await eventually(page, '.latent-picture', 0, (now) => alike(now, grid[17]), 'is the tile');
  assert.equal(await classes.inputValue(), '7');
  assert.deepEqual(problems, []);
});

test(
  'a world of points: its latent space as a net, what becomes of it, and one point',
  { timeout: 120_000 },
  async (t) => {
    // Out of sight it looks at nothing: what it says first is of these steps, and no look is still under way.
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&controls=settings,latent#change');
    await withPlayground(page, (playground) => playground.step(60));
    await page.locator('gan-playground').getByRole('tab', { name: 'Play' }).click();
    const panel = part(page, '.latent');
    /** @param {string} name */
    const press = (name) => panel.getByRole('button', { name }).click();
    const point = panel.getByText(/^It becomes the point/);
    /** @param {(text: string) => boolean} condition @param {string} what */
    const becomes = (condition, what) =>
      poll(
        page,
        () => point.textContent(),
        (text) => text.match(/\u2212?\d+\.\d\d/g)?.length === 2 && condition(text),
        (text) => `${what}: ${text}`,
      );
    const first = await becomes(() => true, 'there is a point');
    assert.equal(await panel.locator('.coordinate:visible').count(), 2, 'a slider for each number of z');
    assert.equal(await panel.getByText('Choose from the forgeries').isVisible(), false);
    // Orange lines of the net, bent, and the straight one on the pad.
    /** @param {string} selector */
    const orange = (selector) =>
      part(page, selector).evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return Array.from({ length: canvas.width ** 2 }, (_, i) => data[4 * i] > data[4 * i + 2] + 60).filter(Boolean)
          .length;
      });
    assert.ok((await orange('.latent-picture')) > 300);
    assert.ok((await orange('.pad canvas')) > 13 * 400, 'thirteen lines across');

    await part(page, '.coordinate input').first().fill('2');
    const slid = await becomes((text) => text !== first, 'follows the slider');
    await part(page, '.pad').press('Shift+ArrowUp');
    const moved = await becomes((text) => text !== slid, 'follows the ring');
    assert.match(
      await part(page, '.latent-picture').getAttribute('aria-label'),
      /^Forgeries, the net .* the point \(\S+, \S+\)/,
    );

    await press('z = 0');
    const middle = await becomes((text) => text !== moved, 'z = 0');
    await press('Random z');
    await becomes((text) => text !== middle, 'random');
    await panel.getByLabel('Truncation: z times').press('Home');
    assert.equal(await becomes((text) => text === middle, 'nothing times any z is 0'), middle);
    await withPlayground(page, (playground) => playground.step(20));
    await becomes((text) => text !== middle, 'follows the training');

    await withPlayground(page, (playground) => playground.set({ preset: 'dirac-r1' }));
    await panel.getByText('This forger has one number to play with at most').waitFor();
    assert.equal(await panel.locator(':is(input, select, button):visible').count(), 0);
    await withPlayground(page, (playground) => playground.set({ preset: 'gan-mnist' }));
    await eventually(page, '.latent-picture', 0, (now) => now.length === 28 * 28, 'a picture again');
    assert.deepEqual(problems, []);
  },
);

test('the plane shows verdict, border, points, pushes and net, each as a layer', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8#plane');
  await withPlayground(page, (playground) => playground.step(40));
  await part(page, '.plane').scrollIntoViewIfNeeded();
  const canvas = part(page, '.plane-canvas');
  await page.waitForFunction(() =>
    /after 40 training steps/.test(
      document.querySelector('gan-playground').shadowRoot.querySelector('.plane-canvas').ariaLabel,
    ),
  );
  assert.match(
    await canvas.getAttribute('aria-label'),
    /originals \d+.% real and forgeries \d+.% real; nine of ten .* less than 0\.\d+/,
  );
  const boxes = part(page, '.plane .layers input');
  /** @type {Record<string, number>} */
  const changed = {};
  for (let i = 0; i < (await boxes.count()); i++) {
    for (let attempt = 1; ; attempt++) {
      const all = await pixels(page, '.plane-canvas', 0, 5);
      await boxes.nth(i).uncheck();
      const without = await pixels(page, '.plane-canvas', 0, 5);
      changed[await boxes.nth(i).getAttribute('name')] = without.filter((value, at) => value !== all[at]).length;
      await boxes.nth(i).check();
      const again = await pixels(page, '.plane-canvas', 0, 5);
      // It may have been drawn anew meanwhile, once: Chromium smooths edges differently in a canvas that is often read.
      if (attempt === 3) assert.deepEqual(again, all);
      if (again.every((value, at) => value === all[at])) break;
    }
  }
  assert.deepEqual(Object.keys(changed), ['field', 'border', 'real', 'fakes', 'pushes', 'lattice']);
  for (const [layer, count] of Object.entries(changed)) assert.ok(count > 20, `${layer} changes ${count} pixels`);
  assert.ok(changed.field > 20_000, 'the verdict covers the plane');

  // Without the other layers, the field is D's own: it changes with training.
  for (const layer of ['border', 'real', 'fakes', 'pushes', 'lattice'])
    await part(page, `.plane .layers [name="${layer}"]`).uncheck();
  const before = await pixels(page, '.plane-canvas', 0, 5);
  assert.ok(new Set(before).size > 5);
  await withPlayground(page, (playground) => playground.step(40));
  await eventually(
    page,
    '.plane-canvas',
    0,
    (now) => now.some((value, i) => Math.abs(value - before[i]) > 3),
    'follows the training',
    5,
  );
  assert.equal(await part(page, '.latent').isVisible(), false, 'a point is no picture');
  assert.deepEqual(problems, []);
});

test('the Dirac-GAN lives on a line of the plane, and a critic has scores there', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=dirac-r1#plane');
  const label = () => part(page, '.plane-canvas').getAttribute('aria-label');
  await withPlayground(page, (playground) => playground.step(5));
  await part(page, '.plane').scrollIntoViewIfNeeded();
  /** @param {RegExp} pattern */
  const told = (pattern) =>
    poll(
      page,
      label,
      (text) => pattern.test(text),
      (text) => text,
    );
  await told(/after 5 training/);
  const row = (await pixels(page, '.plane-canvas', 0, 5)).slice(0, 480 / 5);
  assert.ok(row[0] !== row.at(-1), 'D is a slope');
  assert.equal(await part(page, '.layer.lattice').isVisible(), false, 'a line has no meshes');
  // Another world while the panel looks: the old question is not held against the new run.
  await withPlayground(page, (playground) => playground.set({ preset: 'wgan-gp-ring8' }));
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  await withPlayground(page, (playground) => playground.step(2));
  await told(/after 2 training.*originals -?[\d.]+ and/);
  assert.equal(await part(page, '.layer.lattice').isVisible(), true);
  assert.match(await part(page, '.plane .layers').textContent(), /Halfway between the mean scores/);
  assert.equal(await part(page, '.notice').count(), 0);
  assert.deepEqual(problems, []);
});
