/** Games that are no pair: what the page shows of them follows from what the engine says of them. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, poll, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const visit = site.visitAtRest;

/** @param {Page} page @param {string} selector */
const part = (page, selector) => page.locator(`gan-playground ${selector}`);
/** @param {Page} page @param {string} selector */
const text = (page, selector) => part(page, selector).textContent();
/** Waits until what is written somewhere fits. @param {Page} page @param {string} selector @param {RegExp} pattern */
const says = (page, selector, pattern) =>
  poll(
    page,
    () => text(page, selector),
    (now) => pattern.test(now),
    (now) => `${selector} says “${now}”, and should fit ${pattern}`,
  );

test('CycleGAN shows both ways with the names of their rows, and its own curves', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=cyclegan-inverse&identity_weight=5&examples=200');
  await drawn(page);
  assert.match(await text(page, '.picture.samples figcaption'), /a to b and back.*8 examples, a column each/);
  assert.match(await text(page, '.picture.real figcaption'), /b to a and back/);
  for (const kind of ['samples', 'real'])
    assert.deepEqual(await part(page, `.picture.${kind} .row-names span`).allTextContents(), [
      'As it is',
      'Translated',
      'And back',
    ]);
  assert.match(await text(page, '.panel.data'), /Made.*of MNIST.*ink and paper exchanged/);
  const before = await look(page, '.picture.real canvas');
  await withPlayground(page, (playground) => playground.step(2));
  assert.equal((await status(page)).step, 2);
  assert.notDeepEqual((await look(page, '.picture.real canvas')).values, before.values, 'both ways are drawn anew');
  assert.match(
    await part(page, '.picture.samples .frame canvas').getAttribute('aria-label'),
    /a to b and back, after .*rows from the top: As it is, Translated, And back/,
  );
  const titles = await part(page, '.charts h2').allTextContents();
  assert.deepEqual(titles, ['Losses', 'The verdict over time', 'Cycle loss', 'Identity loss']);
  for (const { d_loss, g_loss } of [(await status(page)).losses])
    assert.ok(Number.isFinite(d_loss) && Number.isFinite(g_loss), `losses: ${d_loss}, ${g_loss}`);
  await poll(
    page,
    () => part(page, '.charts .value').allTextContents(),
    (values) => values.length === 6 && values.every((value) => /\d/.test(value)),
    (values) => `Not every curve has a value: ${values}`,
  );
  // What needs a pair.
  assert.equal(await page.locator('gan-playground').getByRole('button', { name: 'Slow motion' }).count(), 0);
  await says(page, '.findings', /Too early to tell/);
  for (const [tab, sentence] of [
    ['Inside', /Inside.*CycleGAN is another game/],
    ['Play', /Latent space.*CycleGAN is another game/],
    ['Settings', /Layers.*CycleGAN is another game/],
  ])
    await refused(page, /** @type {string} */ (tab), /** @type {RegExp} */ (sentence));
  assert.equal(await part(page, '[name="cycle_weight"]').inputValue(), '10');
  assert.equal(await part(page, '[name="architecture"]').isVisible(), false);
  // One side alone.
  for (const only of /** @type {const} */ (['generator', 'discriminator']))
    await withPlayground(page, (playground, side) => playground.step(1, { only: side }), only);
  // What is kept has its picture, and an evaluation its measures by name.
  const quality = await withPlayground(page, (playground) => playground.evaluate());
  assert.equal(quality.form, 'game');
  await says(page, '.quality', /Digit kept, a to b\d+\s%.*Distance, a to b and back0\.\d/);
  // And back to a pair: all is there again.
  await withPlayground(page, (playground) => playground.set({ preset: 'gan-mnist' }));
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  assert.match(await text(page, '.picture.samples figcaption'), /Generator/);
  await page.locator('gan-playground').getByRole('button', { name: 'Slow motion' }).waitFor();
  assert.equal(await part(page, '.row-names:visible').count(), 0);
  await part(page, '.panel.layers').waitFor();
  assert.deepEqual(problems, []);
});

/** Waits until the session's own pictures are there. @param {Page} page */
const drawn = (page) =>
  poll(
    page,
    () => part(page, '.picture canvas').evaluateAll((all) => all.map(({ className }) => className)),
    (all) => all.length > 0 && all.every((name) => name !== 'next'),
    (all) => `The pictures are not drawn: ${all}`,
  );

/** @param {Page} page @param {string} tab @param {RegExp} sentence */
async function refused(page, tab, sentence) {
  await page.locator('gan-playground').getByRole('tab', { name: tab, exact: true }).click();
  await poll(
    page,
    () => part(page, '.panel.refused:visible').allTextContents(),
    (all) => all.some((one) => sentence.test(one)),
    (all) => `Under “${tab}” there is no such sentence: ${all}`,
  );
}

test('ProGAN comes to another stage, and a saved run opens across it', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=progan-mnist&batch_size=512&examples=600#timeline');
  await drawn(page);
  assert.equal(await text(page, '.stage-name'), '4x4');
  // 3,000 images are six such steps.
  const size = await withPlayground(page, async (playground) => {
    await playground.step(5);
    playground.kept = await playground.save();
    return playground.kept.size;
  });
  // With the share of the stage that is done.
  assert.equal(await text(page, '.stage-name'), '4x4, 83\u202f%');
  const small = await look(page, '.picture.samples .frame canvas');
  await withPlayground(page, (playground) => playground.step(2));
  await says(page, '.stage-name', /^8x8 fades in, 12\u202f%$/);
  assert.notDeepEqual((await look(page, '.picture.samples .frame canvas')).values, small.values);
  const later = await withPlayground(page, async (playground) => {
    const blob = await playground.save();
    await playground.load(playground.kept);
    playground.kept = blob;
    return blob.size;
  });
  assert.ok(later > size, 'there are more networks in it');
  assert.equal((await status(page)).step, 5);
  await says(page, '.stage-name', /^4x4, 83\u202f%$/);
  await withPlayground(page, (playground) => playground.load(playground.kept));
  assert.equal((await status(page)).step, 7);
  await says(page, '.stage-name', /^8x8 fades in, 12\u202f%$/);
  await withPlayground(page, (playground) => playground.step(1));
  // The timeline marks where the stages begin.
  await poll(
    page,
    () => part(page, '.film-stages span').allTextContents(),
    (marks) => marks.includes('4x4') && marks.includes('8x8 fades in'),
    (marks) => `The marks are: ${marks}`,
  );
  assert.deepEqual(problems, []);
});

test('pix2pix has one picture, and what does not apply is said', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=pix2pix-outlines&examples=200&labels=both');
  const notice = await text(page, '.notice');
  assert.match(notice, /pix2pix has no setting “labels”; it has .*distance_weight.*ignored/s);
  assert.equal(await part(page, '.picture.real').isVisible(), false);
  assert.deepEqual(await part(page, '.picture.samples .row-names span').allTextContents(), [
    'Outline',
    'Filled in',
    'Truth',
  ]);
  const { width, height } = await part(page, '.picture.samples .frame').boundingBox();
  assert.ok(Math.abs(width / height - 8 / 3) < 0.02, 'the picture is as wide as it is');
  await withPlayground(page, (playground) => playground.step(2));
  assert.match(await text(page, '.charts'), /Losses.*Distance/s);
  assert.equal((await status(page)).step, 2);
  // Its data come with it, and go with it.
  await page.locator('gan-playground').getByRole('tab', { name: 'Settings' }).click();
  await part(page, '[name="data"]').selectOption('mnist-edges');
  await page.waitForFunction(() => document.querySelector('gan-playground').settings.preset === 'cogan-edges');
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  assert.doesNotMatch(page.url(), /undefined/);
  assert.deepEqual(problems, []);
});

test('what a game of several networks does not have says why', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=pix2pix-outlines&examples=200');
  await page.keyboard.press('w');
  await says(
    page,
    '.notice',
    /Slow motion walks through one step of a generator and a discriminator .* is another game/,
  );
  await assert.rejects(
    withPlayground(page, (playground) => playground.stopWhen({ nfd: 3 })),
    /stopWhen: nFD is of samples from noise: .* is measured in other ways/,
  );
  assert.equal((await withPlayground(page, (playground) => playground.stops)).nfd, null);
  assert.deepEqual(problems, []);
});

test('runs of a game race, each with its pictures, curves and measures', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=pix2pix-outlines&examples=200#race');
  const race = part(page, '.panel.race');
  await race.getByRole('button', { name: 'Add this run' }).click();
  const settings = race.locator('.knob select').first();
  const offered = await settings.locator('option').evaluateAll((all) => all.map((one) => one.getAttribute('value')));
  assert.ok(offered.includes('distance_weight') && !offered.includes('architecture'), String(offered));
  await settings.selectOption('preset');
  await race.locator('.knob select').nth(1).selectOption('distance-outlines');
  await race.getByRole('button', { name: 'Add the variant' }).click();
  await race.getByRole('button', { name: 'Start the race' }).click();
  /** @param {string} selector @param {RegExp} pattern */
  const comes = (selector, pattern) => says(page, `.panel.race ${selector}`, pattern);
  await comes('.runner:nth-child(2) .facts', /Step[1-9].*D\u2019s loss\d.*G\u2019s loss\d/);
  await race.getByRole('button', { name: 'Pause the race' }).click();
  await comes('.said', /all stand at step/);
  await race.getByRole('button', { name: 'Measure all now' }).click();
  for (const runner of [1, 2])
    await comes(`.runner:nth-child(${runner}) .facts`, /Digit recognised at step \d+ ?\d+\s%/);
  await race.getByLabel('Curves').selectOption('distance');
  await comes('.race-curves .legend', /^A .*\d\.\d.*Distance alone.*\d\.\d/);
  await race.getByRole('button', { name: 'Take as the main run: runner B' }).click();
  await comes('.said', /goes on from runner B/);
  assert.equal((await withPlayground(page, (playground) => playground.settings)).preset, 'distance-outlines');
  assert.deepEqual(problems, []);
});

test('pix2pix fills in what is drawn, by pointer and by keys', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=pix2pix-outlines&examples=200#play');
  const pad = part(page, '.drawing-pad');
  await pad.waitFor();
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await pad.boundingBox();
  await page.mouse.move(x + width * 0.4, y + height * 0.3);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + height * 0.7, { steps: 5 });
  await page.mouse.up();
  await says(page, '.probe .caption', /As the networks stand at step 0\./);
  const drawn = await look(page, '.probe figure:last-child canvas');
  // Another pen, with the keyboard alone.
  await page.locator('gan-playground').getByRole('radio', { name: 'Thin line' }).check();
  await pad.focus();
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowUp', ' ']) await page.keyboard.press(key);
  await poll(
    page,
    async () => (await look(page, '.probe figure:last-child canvas')).values.join(),
    (now) => now !== drawn.values.join(),
    () => 'The answer did not change with the drawing.',
  );
  // The answer follows the run.
  await withPlayground(page, (playground) => playground.play());
  await says(page, '.probe .caption', /at step [1-9]/);
  assert.deepEqual(problems, []);
});

/** Draws a line on the pad, in shares of its sides. @param {Page} page @param {[number, number][]} places */
async function stroke(page, [first, ...others]) {
  const pad = part(page, '.drawing-pad');
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await pad.boundingBox();
  const at = (/** @type {[number, number]} */ [u, v]) => /** @type {const} */ ([x + u * width, y + v * height]);
  await page.mouse.move(...at(first));
  await page.mouse.down();
  for (const place of others) await page.mouse.move(...at(place), { steps: 5 });
  await page.mouse.up();
}

/** @param {Page} page */
const pens = (page) => part(page, '.pens label').allTextContents();

test(
  'super-resolution stands beside what needs no network, and makes a drawing small',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await visit(t, 'preset=srgan-x4&examples=200#play');
    assert.deepEqual(await part(page, '.picture.samples .row-names span').allTextContents(), [
      'Small',
      'Bicubic',
      'Enlarged',
      'Truth',
    ]);
    await part(page, '.drawing-pad').waitFor();
    assert.deepEqual(
      (await pens(page)).map((name) => name.trim()),
      ['Pen', 'Rubber'],
    );
    await stroke(page, [
      [0.4, 0.2],
      [0.6, 0.8],
    ]);
    await says(page, '.probe .caption', /^As the networks stand at step 0\.$/);
    // Three pictures beside each other, none of them pressed.
    const { width, height } = await part(page, '.probe figure:last-child canvas').boundingBox();
    assert.ok(Math.abs(width / height - 88 / 28) < 0.05, `${width} by ${height}`);
    await page.locator('gan-playground').getByRole('button', { name: 'Clear' }).click();
    await says(page, '.probe .caption', /^Nothing is drawn: /);
    assert.deepEqual(problems, []);
  },
);

test('a hole in a drawing is filled, and what is around it stays', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=inpainting-mnist&examples=200#play');
  await part(page, '.drawing-pad').waitFor();
  assert.deepEqual(
    (await pens(page)).map((name) => name.trim()),
    ['Pen', 'Hole', 'Rubber'],
  );
  await stroke(page, [
    [0.5, 0.1],
    [0.5, 0.9],
  ]);
  await says(page, '.probe .caption', /^Without a hole all stays as it is drawn\. As the networks/);
  await page.locator('gan-playground').getByRole('radio', { name: 'Hole' }).check();
  await stroke(page, [
    [0.45, 0.5],
    [0.55, 0.5],
  ]);
  await says(page, '.probe .caption', /^As the networks stand/);
  // A hole is a colour on the pad and grey in what is left; the end of the stroke is white in both answers.
  const pad = await pixels(page, '.drawing-pad canvas');
  assert.deepEqual(pad(14, 14).slice(0, 3), [255, 216, 128]);
  const answer = await pixels(page, '.probe figure:last-child canvas');
  assert.deepEqual(answer(14, 14).slice(0, 3), [128, 128, 128]);
  assert.equal(answer(14, 4)[0], answer(14 + 30, 4)[0]);
  assert.ok(answer(14, 4)[0] > 200);
  // Everything hidden, ink and all.
  const rows = Array.from({ length: 8 }, (_, i) => (i + 0.5) / 8);
  for (const row of rows)
    await stroke(page, [
      [0.01, row],
      [0.99, row],
    ]);
  await says(page, '.probe .caption', /^No ink is left to go by: /);
  assert.deepEqual(problems, []);
});

/**
 * The colours of a canvas by column and row.
 * @param {Page} page
 * @param {string} selector
 */
async function pixels(page, selector) {
  const { width, data } = await part(page, selector).evaluate((/** @type {HTMLCanvasElement} */ canvas) => ({
    width: canvas.width,
    data: [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data],
  }));
  return (/** @type {number} */ x, /** @type {number} */ y) => data.slice(4 * (y * width + x), 4 * (y * width + x) + 4);
}

test('PG2 paints somebody in the pose that is dragged, by pointer and by keys', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=posed-figures&examples=200&batch_size=4#play');
  const pad = part(page, '.pose-pad');
  await pad.waitFor();
  await says(page, '.probe .caption', /As the networks stand at step 0\./);
  const answer = async () => (await look(page, '.probe figure:last-child canvas')).values.join();
  const changes = (/** @type {string} */ before, /** @type {string} */ how) =>
    poll(
      page,
      answer,
      (now) => now !== before,
      () => `The answer did not change with the pose, ${how}.`,
    );
  assert.match(await text(page, '.probe figure:last-child figcaption'), /Somebody.*In that pose/);
  const first = await answer();
  const wrist = page.locator('gan-playground').getByRole('button', { name: /^right wrist/ });
  const place = () => wrist.evaluate(({ style }) => [style.left, style.top].map((value) => Number.parseFloat(value)));
  const start = await place();
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await pad.boundingBox();
  await page.mouse.move(x + (width * start[0]) / 100, y + (height * start[1]) / 100);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.85, y + height * 0.3, { steps: 5 });
  await page.mouse.up();
  const dragged = await place();
  assert.ok(dragged[1] < start[1] - 5, `the wrist went up: from ${start} to ${dragged}`);
  await changes(first, 'which was dragged');
  // The next joint, with the keyboard alone.
  const before = await answer();
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.ariaLabel), /^left hip/);
  await wrist.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  assert.ok((await place())[1] > dragged[1] + 1, 'the wrist went down');
  await changes(before, 'which the keys moved');
  assert.deepEqual(problems, []);
});

test('characters are drawn to the order of sliders', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=cartoon-sprites&examples=200&batch_size=4#play');
  await says(page, '.probe .caption', /As the networks stand at step 0\./);
  // The second picture has eight columns of four, unlike the first, and no names of rows.
  const { width, height } = await part(page, '.picture.real .frame').boundingBox();
  assert.ok(width > 100 && Math.abs(width / height - 2) < 0.05, `${width} by ${height}`);
  const answer = async () => (await look(page, '.probe figure canvas')).values.join();
  let before = await answer();
  for (const [name, value] of [
    ['Character', 'a robot'],
    ['Colours', 'violet'],
    ['Seen', 'to the left'],
    ['Which of them', '1'],
  ]) {
    const slider = page.locator('gan-playground .probe').getByRole('slider', { name, exact: true });
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await slider.getAttribute('aria-valuetext'), value);
    const old = before;
    before = await poll(
      page,
      answer,
      (now) => now !== old,
      () => `The answer did not change with “${name}”.`,
    );
  }
  assert.equal(await page.locator('gan-playground .probe').getByRole('button', { name: 'Clear' }).count(), 0);
  assert.deepEqual(problems, []);
});

test('3D-GAN shows what it makes of a picture, and the visitor turns it', { timeout: 180_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=shapes-from-pictures&examples=200&batch_size=4#play');
  const pad = part(page, '.solid-pad');
  await pad.waitFor();
  await says(page, '.probe .caption', /As the networks stand at step 0\./);
  const [own, truth] = ['first', 'last'].map((which) => `.solid-pad figure:${which}-of-type canvas`);
  const shape = () => part(page, truth).evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());
  const label = () => part(page, truth).getAttribute('aria-label');
  assert.match(await label(), /^Truth: [1-9]\d* cells are filled, seen from 30 degrees around, 25 degrees from above/);
  assert.match(await part(page, own).getAttribute('aria-label'), /^Its shape: /);
  const first = await shape();
  await pad.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  assert.match(await label(), /45 degrees around, 40 degrees from above/);
  assert.notEqual(await shape(), first, 'the keys turned it');
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await pad.boundingBox();
  await page.mouse.move(x + width / 4, y + height / 4);
  await page.mouse.down();
  await page.mouse.move(x + width / 8, y + height / 4, { steps: 4 });
  await page.mouse.up();
  const dragged = Number((await label()).match(/(\d+) degrees around/)?.[1]);
  assert.ok(dragged > 60, `the drag turned it on, to ${dragged}`);
  await page.locator('gan-playground').getByRole('button', { name: 'Turn back' }).click();
  assert.equal(await shape(), first);
  // Another picture is another thing.
  await page.locator('gan-playground').getByRole('slider', { name: 'Which picture' }).fill('2');
  await poll(
    page,
    shape,
    (now) => now !== first,
    () => 'The next picture shows the same shape.',
  );
  assert.deepEqual(problems, []);
});
