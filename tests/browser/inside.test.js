/** The panel "Inside": a sample is chosen, verdicts are laid over the pictures, logits and gradients are drawn. */

/** @import { Locator, Page } from 'playwright-core' */
/** @import { TestContext } from 'node:test' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {TestContext} t @param {string} query */
const visit = (t, query) => site.visitAtRest(t, `${query}#inside`);
/** @param {Page} page */
const panel = (page) => page.locator('gan-playground .inside');
/** @param {Page} page @param {string} name */
const tile = (page, name) => page.locator('gan-playground').getByRole('option', { name, exact: true });

/**
 * What is drawn on a canvas: how many different colours, and how many pixels of each of two kinds.
 * @param {Locator} locator
 */
const drawn = (locator) =>
  locator.evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    let [bluish, reddish] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue, alpha] = data.subarray(at, at + 4);
      if (alpha === 0) continue;
      colours.add(`${red},${green},${blue}`);
      if (blue > red + 60) bluish += 1;
      if (red > blue + 60) reddish += 1;
    }
    return { colours: colours.size, bluish, reddish, width: canvas.width, height: canvas.height };
  });

/** Steps, with the panel in sight, and waits until it has looked. @param {Page} page @param {number} steps */
async function train(page, steps) {
  await withPlayground(page, (playground, n) => playground.step(n), steps);
  await panel(page).scrollIntoViewIfNeeded();
  const { step } = await status(page);
  await panel(page).getByText(`At step ${step}`).waitFor();
}

test('the panel shows how logits and gradients spread', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-mnist');
  await train(page, 6);
  const logits = await drawn(panel(page).locator('.logits'));
  assert.ok(
    logits.bluish > 100 && logits.reddish > 100,
    `originals are filled and forgeries outlined: ${JSON.stringify(logits)}`,
  );
  assert.match(
    await panel(page).locator('.logits').getAttribute('aria-label'),
    /^Logits. Originals: 64 from .*mean .*Forgeries: 64 from .*mean /,
  );
  const rows = await panel(page).locator('.gradients tbody tr').allTextContents();
  assert.equal(rows.filter((row) => row.startsWith('generator.')).length, 5, rows.join('\n'));
  assert.equal(rows.filter((row) => row.startsWith('discriminator.')).length, 3, rows.join('\n'));
  assert.ok(
    rows.every((row) => /[1-9]/.test(row.replace(/^\D+\d?/, ''))),
    `lengths above 0: ${rows.join('\n')}`,
  );
  assert.deepEqual(problems, []);
});

test('a chosen sample is shown with its neighbours, its saliency and its layers', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-mnist');
  await train(page, 6);
  await tile(page, 'Forgery 12').click();
  const specimen = panel(page).locator('.specimen');
  await specimen.getByText(/^The detective says \d+.% real \(logit .*\) at step 6\.$/).waitFor();
  assert.equal(
    await specimen.evaluate((element) => /** @type {ShadowRoot} */ (element.getRootNode()).activeElement === element),
    true,
    'the focus goes along',
  );
  const [sample, saliency] = await Promise.all([0, 1].map((at) => drawn(specimen.locator('.large canvas').nth(at))));
  assert.ok(sample.colours > 10 && sample.reddish === 0, `the sample is grey: ${JSON.stringify(sample)}`);
  assert.ok(saliency.colours > 10 && saliency.reddish > 3, `the heat is orange: ${JSON.stringify(saliency)}`);
  const captions = await specimen.locator('.neighbour figcaption').allTextContents();
  assert.equal(captions.length, 3);
  const distances = captions.map((caption) => Number(/^A \d, distance (\d+\.\d\d)$/.exec(caption)[1]));
  assert.deepEqual(
    distances,
    distances.toSorted((a, b) => a - b),
  );
  assert.ok(distances[0] > 0);
  for (let at = 0; at < 3; at++) assert.ok((await drawn(specimen.locator('.neighbour canvas').nth(at))).colours > 10);
  await specimen.getByText('of the 10,000 that were searched').waitFor();
  assert.deepEqual(await specimen.locator('.strip code').allTextContents(), [
    'generator.linear1',
    'generator.linear2',
    'discriminator.linear1.weight',
    'discriminator.linear1',
    'discriminator.linear2',
  ]);
  for (const strip of await specimen.locator('.strip canvas').all()) assert.ok((await drawn(strip)).colours > 1);

  // An original is its own nearest training image, if it is among those that are searched; with the keyboard it is chosen like a forgery.
  await specimen.getByRole('button', { name: 'Back to the picture' }).click();
  const focused = () =>
    page
      .locator('gan-playground')
      .evaluate(
        ({ shadowRoot }) =>
          shadowRoot.getElementById(shadowRoot.activeElement.getAttribute('aria-activedescendant')).ariaLabel,
      );
  assert.equal(await focused(), 'Forgery 12');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await page.locator('gan-playground .tile-value').getByText('Forgery 19', { exact: true }).waitFor();
  assert.equal(await focused(), 'Forgery 19');
  await page.keyboard.press('Enter');
  await specimen.getByRole('heading', { name: 'Forgery 19' }).waitFor();
  await tile(page, 'Original 3').click();
  await specimen.getByText(/^A \d\. The detective says/).waitFor();
  assert.deepEqual(
    (await specimen.locator('.strip code').allTextContents())[0],
    'discriminator.linear1.weight',
    'no generator made it',
  );
  assert.equal((await status(page)).step, 6, 'nobody has trained');

  await withPlayground(page, (playground) => playground.set({ seed: 99 }));
  await specimen.getByText(/^Choose a forgery/).waitFor();
  assert.deepEqual(problems, []);
});

test('a pixel of an attention layer is clicked, and the map is of that pixel', { timeout: 120_000 }, async (t) => {
  const layers =
    'linear-1568 reshape-32-7-7 relu self_attention conv_transpose2d-16-4-2-1 relu conv_transpose2d-1-4-2-1 tanh';
  const { page, problems } = await visit(
    t,
    `preset=gan-mnist&batch_size=16&generator_layers=${layers.replaceAll(' ', '+')}`,
  );
  await train(page, 20);
  await tile(page, 'Forgery 12').click();
  const attention = panel(page).locator('.attention');
  await attention.getByText('Where row 4, column 4 looks').waitFor();
  const map = () =>
    attention
      .locator('canvas')
      .last()
      .evaluate((/** @type {HTMLCanvasElement} */ canvas) => [
        canvas.width,
        canvas.height,
        ...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data,
      ]);
  const middle = await map();
  assert.deepEqual(middle.slice(0, 2), [3, 3]);
  assert.ok(new Set(middle.slice(2)).size > 3, 'places differ');
  const { width, height } = await attention.locator('.attending').boundingBox();
  await attention.locator('.attending').click({ position: { x: (width * 0.5) / 7, y: (height * 6.5) / 7 } });
  await attention.getByText('Where row 7, column 1 looks').waitFor();
  assert.notDeepEqual(await map(), middle);
  await attention.getByLabel('row of the pixel').press('ArrowLeft');
  await attention.getByText('Where row 6, column 1 looks').waitFor();
  await withPlayground(page, (playground) => playground.step(1));
  await panel(page)
    .getByText(/at step 21\.$/)
    .waitFor();
  await attention.getByText('Where row 6, column 1 looks').waitFor();
  assert.equal(
    await attention
      .getByLabel('row of the pixel')
      .evaluate((slider) => /** @type {ShadowRoot} */ (slider.getRootNode()).activeElement === slider),
    true,
    'it stays in the hand',
  );
  assert.deepEqual(problems, []);
});

test('a click on a picture opens the panel from any tab, with that sample', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist');
  await withPlayground(page, (playground) => playground.step(4));
  assert.equal(await panel(page).isVisible(), false);
  const frame = page.locator('gan-playground .samples .frame');
  const { width, height } = await frame.boundingBox();
  await frame.click({ position: { x: (width * 3.5) / 8, y: (height * 1.5) / 8 } });
  await panel(page).locator('.specimen').getByText('Forgery 12').first().waitFor();
  assert.equal(await page.locator('gan-playground [role="tab"][aria-selected="true"]').textContent(), 'Inside');
  assert.deepEqual(problems, []);
});

test('a click on a picture of a page without the panel does nothing', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist&controls=samples,losses,data');
  await page.locator('gan-playground .samples .frame').click();
  assert.equal(await page.locator('gan-playground [role="tab"][aria-selected="true"]').textContent(), 'Measure');
  assert.equal(await panel(page).isVisible(), false);
  assert.deepEqual(problems, []);
});

test('verdicts are laid over the pictures', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-mnist');
  await train(page, 4);
  const toggle = panel(page).getByRole('button', { name: 'Verdicts on the pictures' });
  await toggle.click();
  assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
  const judged = page.locator('gan-playground .tiles.judged');
  await judged.nth(1).waitFor();
  assert.equal(await judged.count(), 2);
  const labels = await judged.locator('.tile').evaluateAll((tiles) =>
    tiles.map((each) => ({
      label: each.getAttribute('aria-label'),
      level: Number(each.style.getPropertyValue('--level')),
    })),
  );
  assert.equal(labels.length, 128);

  for (const { label, level } of labels) {
    const [, percent] =
      /^(?:Forgery|Original) \d+: (\d+).% real, logit \S+, at step 4$/.exec(label) ?? assert.fail(label);
    assert.ok(Math.abs(level - Number(percent) / 100) <= 0.00501, `${label}: ${level}`);
  }
  assert.ok(new Set(labels.map(({ level }) => level)).size > 64, 'each has its own');
  await judged.locator('.tile').nth(5).hover();
  await page
    .locator('gan-playground .tile-value')
    .getByText(/^Forgery 6: \d+.% real/)
    .waitFor();
  await toggle.click();
  assert.equal(await judged.count(), 0);
  assert.deepEqual(problems, []);
});

test('an average of the weights is shown beside the weights, where one is kept', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=gan-mnist');
  const averages = panel(page).locator('summary', { hasText: 'Averaged weights' });
  await averages.click();
  await panel(page).getByText('keeps no moving average').waitFor();
  await panel(page).getByRole('button', { name: 'Start a run with an average of 0.999' }).click();
  await page.waitForFunction(() => document.querySelector('gan-playground').settings.average === 0.999);
  await until(page, ({ state }) => state === 'paused');
  await train(page, 5);
  await averages.scrollIntoViewIfNeeded();
  const pair = panel(page).locator('.averages canvas');
  await panel(page).getByText('Both from the same noise, after 5 steps').waitFor();
  const bytes = await pair.evaluateAll((canvases) =>
    canvases.map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()),
  );
  assert.equal(bytes.length, 2);
  assert.notEqual(bytes[0], bytes[1], 'the average lags behind');
  for (const canvas of await pair.all()) assert.ok((await drawn(canvas)).colours > 10);
  assert.deepEqual(problems, []);
});

test('convolutions are shown as maps, and points without what only images have', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await visit(t, 'preset=dcgan-mnist&batch_size=8');
  await train(page, 2);
  await tile(page, 'Forgery 1').click();
  const strips = panel(page).locator('.specimen .strip');
  await strips.first().waitFor();
  assert.deepEqual(
    (await strips.locator('figcaption').allTextContents()).map((text) => text.replace(/;.*/, '')),
    [
      'generator.linear 64 maps, 7 by 7',
      'generator.conv1 32 maps, 14 by 14',
      'discriminator.conv1.weight 32 filters, 4 by 4',
      'discriminator.conv1 32 maps, 14 by 14',
      'discriminator.conv2 64 maps, 7 by 7',
    ],
  );
  for (const strip of await strips.locator('canvas').all()) assert.ok((await drawn(strip)).colours > 10);

  await withPlayground(page, (playground) => playground.set({ preset: 'gan-ring8' }));
  await until(page, ({ state, data }) => state === 'paused' && data?.form === 'point');
  await train(page, 3);
  assert.match(await panel(page).locator('.logits').getAttribute('aria-label'), /Originals: 1,024 from/);
  assert.equal(await panel(page).locator('.specimen').isVisible(), false);
  assert.equal(await page.locator('gan-playground .stage .tile').count(), 0);
  assert.deepEqual(problems, []);
});
