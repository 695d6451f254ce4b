/** The layer editor: what does not fit is said before it runs, a click mends it, and the run keeps its layers. */

/** @import { Page } from 'playwright-core' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samples, until, useSite, withPlayground } from './harness.js';

const site = useSite();

/** @param {Page} page */
const panel = (page) => page.locator('gan-playground .layers');
/** @param {Page} page @param {string} network */
const column = (page, network) => panel(page).locator(`.network.${network}`);
/** @param {Page} page @param {string} network */
const rows = async (page, network) => await column(page, network).locator('li strong:first-child').allTextContents();
/** @param {Page} page @param {string | RegExp} pattern */
const said = (page, pattern) => panel(page).locator('.said', { hasText: pattern }).waitFor();
/** @param {Page} page @param {string} name */
const press = (page, name) => panel(page).getByRole('button', { name, exact: true }).click();
/** @param {Page} page */
const trained = (page) =>
  withPlayground(page, ({ settings }) => [settings.generator_layers, settings.discriminator_layers]);

test(
  'a layer is added, does not fit, is mended by a click, and trains; a reload keeps it',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist&controls=samples,transport,status,layers');
    const discriminator = column(page, 'discriminator');
    await said(page, 'The run has these layers.');
    assert.deepEqual(await rows(page, 'discriminator'), [
      'flatten',
      'linear',
      'leaky_relu',
      'linear',
      'leaky_relu',
      'linear',
    ]);
    assert.match(
      await discriminator.locator('li').nth(1).textContent(),
      /→ 512 numbers · 401,920 parameters · 0.803.MFLOP/,
    );
    const train = panel(page).getByRole('button', { name: 'Train with these layers' });
    assert.equal(await train.getAttribute('aria-disabled'), 'true', 'nothing has changed yet');

    // A convolution in front of the first linear layer: the image has been flattened by then.
    await discriminator.getByLabel('out_features of layer 2, linear').focus();
    await discriminator.getByLabel('Kind of the layer to add').selectOption('conv2d');
    await discriminator.getByRole('button', { name: 'Add below layer 2' }).click();
    await said(
      page,
      /Discriminator: conv2d added as layer 3. Layer 3, conv2d-32-4-2-1, takes an image, and gets 512 numbers/,
    );
    assert.equal(await train.getAttribute('aria-disabled'), 'true');
    assert.match(await discriminator.locator('li.unfit').textContent(), /Does not fit: /);
    await discriminator.getByLabel('Move up layer 3, conv2d').click();
    await said(page, /conv2d is layer 2 now. Layer 2, .* takes an image, and gets 784 numbers/);
    await page.keyboard.press('Alt+ArrowUp');
    await said(page, /conv2d is layer 1 now. Both networks fit/);
    await press(page, 'Undo');
    await said(page, /Undone. Layer 2/);
    const steps = (await withPlayground(page, ({ status }) => status)).step;
    await train.press('Enter');
    assert.equal((await withPlayground(page, ({ status }) => status)).step, steps, 'what does not fit is not trained');

    await discriminator
      .locator('li.unfit')
      .getByRole('button', { name: /^Insert reshape/ })
      .first()
      .click();
    await said(page, /Insert reshape-.* Layer 4, linear-512, takes a vector, and gets 32×/);
    await discriminator.locator('li.unfit').getByRole('button', { name: 'Insert flatten before linear-512' }).click();
    await said(page, 'Both networks fit.');
    const focused = await withPlayground(page, ({ shadowRoot }) => shadowRoot.activeElement?.tagName);
    assert.equal(focused, 'OL', 'the button is gone, and the focus is where it was');
    const wanted = (await rows(page, 'discriminator')).slice(0, 5);
    assert.deepEqual(wanted, ['flatten', 'reshape', 'conv2d', 'flatten', 'linear']);
    await train.click();
    await said(page, 'The run has these layers.');
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    const before = await trained(page);
    assert.match(String(before[1]), /^flatten reshape-4-14-14 conv2d-32-4-2-1 flatten linear-512 /);
    assert.equal((await withPlayground(page, (playground) => playground.step(2))).step, 2);
    const made = await samples(page, 4);
    assert.match(page.url(), /discriminator_layers=flatten\+reshape-4-14-14\+conv2d-32-4-2-1\+flatten\+linear-512\+/);

    await page.reload();
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    await said(page, 'The run has these layers.');
    assert.deepEqual(await trained(page), before);
    await withPlayground(page, (playground) => playground.step(2));
    assert.deepEqual((await samples(page, 4)).values, made.values, 'the same layers and seed, the same run');

    await press(page, 'Back to the preset’s layers');
    await said(page, /The preset’s layers. Both networks fit/);
    await train.click();
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    assert.deepEqual(await trained(page), ['', '']);
    assert.doesNotMatch(page.url(), /_layers/);
    assert.deepEqual(problems, []);
  },
);

test('lists are edited by field, by key and as text', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=gan-ring8&generator_norm=batch&controls=layers');
  await said(page, 'The run has these layers.');
  const generator = column(page, 'generator');
  const width = generator.getByLabel('out_features of layer 1, linear');
  await width.fill('64');
  await width.press('Tab');
  await said(page, /out_features of layer 1, linear is 64. Both networks fit/);
  assert.match(await generator.locator('li').first().textContent(), /→ 64 numbers · 128 parameters/);
  await width.fill('0');
  await width.press('Enter');
  assert.equal(await width.getAttribute('aria-invalid'), 'true');
  assert.match(await generator.locator('li').first().textContent(), /→ 64 numbers/, 'nothing is lost');
  await generator.getByLabel('Remove layer 2, batch_norm').click();
  await said(page, /Generator: batch_norm removed/);
  assert.deepEqual((await rows(page, 'generator')).slice(0, 3), ['linear', 'relu', 'linear']);

  await generator.locator('summary').click();
  const text = generator.getByRole('textbox');
  await text.fill('linear(16), relu frobnicate(3)');
  await text.blur();
  await said(page, /Layer 3, “frobnicate” is none of the layers there are: linear, conv2d/);
  assert.equal(await text.inputValue(), 'linear(16), relu frobnicate(3)', 'what was typed stays');
  await text.fill('linear(16) leaky_relu linear(3)');
  await text.blur();
  await said(page, /must put out examples as the data are, 2 numbers, and ends in 3 numbers/);
  await panel(page).getByRole('button', { name: 'Make layer 3 linear-2' }).click();
  await said(page, 'Both networks fit.');
  assert.equal(await text.inputValue(), 'linear-16 leaky_relu-0.2 linear-2');
  await press(page, 'Train with these layers');
  await until(page, ({ state, step }) => state === 'paused' && step === 0);
  await withPlayground(page, (playground) => playground.step(3));
  assert.equal((await trained(page))[0], 'linear-16 leaky_relu-0.2 linear-2');
  assert.deepEqual(problems, []);
});

test(
  'layers in the address that do not fit are named, and the preset’s own are used',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(
      t,
      'preset=gan-ring8&generator_layers=linear-16+relu+linear-3&discriminator_layers=linear-8+dense-1',
    );
    const notices = (await page.locator('gan-playground .notice').allTextContents()).join('\n');
    assert.match(
      notices,
      /Generator layers do not fit. The generator must put out .* 3 numbers. Make layer 3 linear-2: linear-16 relu linear-2/,
    );
    assert.match(notices, /Discriminator layers: layer 2, “dense” is none of the layers/);
    assert.deepEqual(await trained(page), ['', '']);
    assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 1);
    assert.deepEqual(problems, []);
  },
);

test(
  'settings that a list stands in place of say so, and take effect again without it',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visitAtRest(t, 'preset=gan-mnist&controls=settings,layers');
    await said(page, 'The run has these layers.');
    await page.locator('gan-playground .settings summary', { hasText: 'Networks' }).click();
    /** @param {string} label */
    const field = (label) => page.locator('gan-playground .settings').getByLabel(label, { exact: true });
    const replaced = async () => {
      const labels = [
        'Networks',
        'Generator norm',
        'Upsampling',
        'Generator channels',
        'Discriminator norm',
        'Discriminator channels',
      ];
      const off = await Promise.all(labels.map((label) => field(label).isDisabled()));
      return labels.filter((_, at) => off[at]);
    };
    /** @param {string} network */
    const origin = (network) => column(page, network).locator('.detail').first().textContent();
    assert.deepEqual(await replaced(), []);
    assert.match(
      await origin('generator'),
      /^The preset’s own, made by the settings Networks, Generator norm, Upsampling, Generator channels\. Gets /,
    );

    /** @param {string} network @param {string} label @param {string} value */
    const change = async (network, label, value) => {
      const width = column(page, network).getByLabel(label);
      await width.fill(value);
      await width.press('Tab');
      await said(page, /Both networks fit/);
      await press(page, 'Train with these layers');
      await until(page, ({ state, step }) => state === 'paused' && step === 0);
      await said(page, 'The run has these layers.');
    };
    await change('generator', 'out_features of layer 1, linear', '64');
    assert.deepEqual(await replaced(), ['Generator norm', 'Upsampling', 'Generator channels']);
    const help = await field('Generator norm').evaluate(
      (control) =>
        /** @type {ShadowRoot} */ (control.getRootNode()).getElementById(control.getAttribute('aria-describedby'))
          .textContent,
    );
    assert.match(help, /^No effect now: the run has a list of layers in its place/);
    assert.match(
      await origin('generator'),
      /^A list of its own, in place of the settings Generator norm, Upsampling, Generator channels\. Gets /,
    );
    assert.match(
      await origin('discriminator'),
      /^The preset’s own, made by the settings Networks, Discriminator norm, Discriminator channels\./,
    );

    await change('discriminator', 'out_features of layer 2, linear', '128');
    assert.deepEqual(await replaced(), [
      'Networks',
      'Generator norm',
      'Upsampling',
      'Generator channels',
      'Discriminator norm',
      'Discriminator channels',
    ]);
    assert.match(
      await origin('discriminator'),
      /^A list of its own, in place of the settings Networks, Discriminator norm, Discriminator channels\./,
    );

    await press(page, 'Back to the preset’s layers');
    await press(page, 'Train with these layers');
    await until(page, ({ state, step }) => state === 'paused' && step === 0);
    await said(page, 'The run has these layers.');
    assert.deepEqual(await replaced(), []);
    assert.doesNotMatch(
      await page
        .locator('gan-playground .settings .replaced')
        .first()
        .evaluate((/** @type {HTMLElement} */ words) => (words.hidden ? '' : words.textContent)),
      /No effect/,
    );
    assert.deepEqual(problems, []);
  },
);
