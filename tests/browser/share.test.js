/** Links and frames: what is shared opens as it was, and another site drives a frame. */

/** @import { Locator, Page } from 'playwright-core' */
/** @import { Playground, Status } from '../../types/tests.js' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PREFIX, open, serve, status, until, useSite, withPlayground } from './harness.js';

const site = useSite();
const NOTICES = 'gan-playground .notice';
/** @param {Page} page @param {string} name */
const button = (page, name) => page.locator('gan-playground').getByRole('button', { name, exact: true });
/** @param {Page} page */
const settingsOf = (page) => withPlayground(page, (playground) => playground.settings);
/** What a hidden tab does, as its panel has it. @param {Locator} playground */
const background = (playground) =>
  playground.evaluate(
    ({ shadowRoot }) => /** @type {HTMLSelectElement} */ (shadowRoot.querySelector('.presence select')).value,
  );
/** @param {Page} page */
const known = (page) => page.waitForFunction(() => document.querySelector('gan-playground')?.tables);

/** Among these each setting has an effect. */
const PRESETS =
  'gan-ring8 gan-mnist dcgan-mnist wgan-gp-ring8 quick-unlabelled-mnist best-mnist cyclegan-edges progan-mnist sagan-mnist biggan-mnist stylegan-mnist pix2pix-outlines srgan-x4 spade-scenes inpainting-mnist photo-to-emoji edited-faces aged-faces shapes-from-pictures text-to-digits'.split(
    ' ',
  );

/**
 * Values of a setting other than the present one.
 * @param {import('../../types/engine.js').SettingRow} setting
 * @param {string | number} now
 * @returns {(string | number)[]}
 */
function others({ key, kind, choices, min, max, step }, now) {
  /** @type {Record<typeof kind, () => (string | number)[]>} */
  const values = {
    choice: () => choices.map(({ value }) => value),
    switch: () => ['1', '0'],
    points: () => ['0.5,0.25 -1,0.125'],
    layers: () => ['linear-16 relu linear-2', 'linear-16 relu linear-1'],
    integer: () => [min, min + 1, 3, 64, 1000, max],
    number: () => [step, min, 0.5, max],
  };
  return values[kind]().filter((value) => String(value) !== String(now) && (key !== 'backend' || value !== 'gpu'));
}

test('the address has every setting of the table, and opens as it was', { timeout: 600_000 }, async (t) => {
  const { page, problems } = await site.visit(
    t,
    '?backend=cpu&autoplay=0&controls=settings,transport&preset=gan-ring8',
  );
  await known(page);
  const { settings: table, presets } = await withPlayground(page, (playground) => playground.tables);
  /** Whether a preset has a setting. @param {string} preset @param {import('../../types/engine.js').SettingRow} setting */
  const has = (preset, { key, group }) => group === 'run' || key in presets.find((row) => row.key === preset).defaults;
  assert.ok(table.length > 20);
  for (const setting of table) {
    let found = null;
    // Not all goes with all: the first preset and value that the engine takes as they are.
    for (const preset of PRESETS) {
      if (!has(preset, setting)) continue;
      await page.goto(site.server.url(`?backend=cpu&autoplay=0&controls=settings,transport&preset=${preset}`));
      await known(page);
      await until(page, ({ state }) => state === 'paused');
      const before = await settingsOf(page);
      for (const value of others(setting, before[setting.key])) {
        const wanted = { ...before, [setting.key]: value };
        const now = await withPlayground(
          page,
          (playground, change) => playground.set(change).catch(/** @returns {null} */ () => null),
          {
            [setting.key]: value,
          },
        );
        if (
          now &&
          String(now[setting.key]) === String(value) &&
          (setting.key === 'preset' || Object.keys(now).every((key) => String(now[key]) === String(wanted[key])))
        ) {
          found = now;
          break;
        }
      }
      if (found) break;
    }
    assert.ok(found, `no value but the default can be had for ${setting.key}`);
    // The visitor's own hand writes the address: a speed there and back is such a one.
    await withPlayground(page, (playground) => playground.setSpeed(null));
    const address = new URL(page.url());
    const standard = await withPlayground(
      page,
      ({ tables }, [preset, key]) =>
        tables.presets.find((row) => row.key === preset).defaults[key] ??
        tables.settings.find((row) => row.key === key).default,
      [found.preset, setting.key],
    );
    assert.equal(
      address.searchParams.has(setting.key),
      String(found[setting.key]) !== String(standard),
      `${setting.key} in ${address.search}`,
    );
    await page.goto('about:blank');
    await page.goto(address.href);
    await known(page);
    assert.deepEqual(await settingsOf(page), found, `${setting.key} by ${address.search}`);
    assert.equal(await page.locator(NOTICES).count(), 0, address.search);
  }
  assert.deepEqual(problems, []);
});

test('nothing that the preset implies is in the address', { timeout: 120_000 }, async (t) => {
  const { page } = await site.visitAtRest(t, 'preset=gan-ring8#settings');
  const seed = page.locator('gan-playground [name="seed"]');
  await seed.fill('11');
  await seed.press('Tab');
  await page.waitForFunction(() => location.search.includes('seed=11'));
  assert.deepEqual([...new URL(page.url()).searchParams.keys()].sort(), ['autoplay', 'backend', 'preset', 'seed']);
});

test(
  'what cannot be used in an address is told with what would work, and the rest is used',
  { timeout: 120_000 },
  async (t) => {
    const { page, problems } = await site.visit(
      t,
      '?preset=wgan-gp-ring8&backend=cpu&seed=5&autoplay=perhaps&speed=fast&batch_size=1&discriminator_norm=batch&colour=red&controls=stops,curtains&n_critic=2&%E0%A4%A=%E0',
    );
    await known(page);
    const texts = (await page.locator(NOTICES).allTextContents()).join('\n');
    for (const words of [
      /autoplay takes 0 or 1; "perhaps" is neither/,
      /Speed takes steps a second, above 0 and up to 1000, or max; "fast" is not one/,
      /Batch size takes a whole number from 2 to 512; “1” is not one\. Using \d+ instead/,
      /no setting “colour”\. It was ignored/,
      /there is no "curtains"\. There are: samples,/,
      /Discriminator norm .*Using none instead of batch/s,
    ])
      assert.match(texts, words);
    const { preset, seed, n_critic } = await settingsOf(page);
    assert.deepEqual([preset, seed, n_critic], ['wgan-gp-ring8', 5, 2]);
    assert.equal(await withPlayground(page, (playground) => playground.speed), null);
    await until(page, ({ step }) => step > 2);
    assert.deepEqual(problems, []);
  },
);

test(
  'a visitor builds a link, an element and a frame, copies them, and they open as chosen',
  { timeout: 240_000 },
  async (t) => {
    const { page, context, problems } = await site.visitAtRest(t, 'preset=gan-ring8&seed=31&batch_size=48');
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.server.origin });
    await page.keyboard.press('l');
    const dialog = page.locator('gan-playground').getByRole('dialog', { name: 'Share' });
    await dialog.waitFor();
    for (const box of await dialog.locator('fieldset input').all()) await box.uncheck();
    await dialog.locator('.said').filter({ hasText: 'Choose at least one part' }).waitFor();
    for (const name of ['Forgeries', 'Transport and speed']) await dialog.getByLabel(name).check();
    await dialog.getByLabel('Starts by itself').uncheck();
    await dialog.locator('select').first().selectOption('10 steps/s');
    await dialog.locator('select').last().selectOption('Wait until I am back');
    /** @type {Record<string, string>} */
    const copied = {};
    for (const name of ['Link', 'Element for a page', 'Frame for a page']) {
      await dialog.getByRole('button', { name: `Copy: ${name}` }).click();
      await dialog
        .getByRole('status')
        .filter({ hasText: `Copied: ${name}.` })
        .waitFor();
      copied[name] = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied[name], await dialog.getByRole('textbox', { name }).inputValue());
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const link = new URL(copied.Link);
    assert.deepEqual(Object.fromEntries(link.searchParams), {
      preset: 'gan-ring8',
      seed: '31',
      backend: 'cpu',
      batch_size: '48',
      speed: '10',
      background: 'pause',
      controls: 'samples,transport',
      autoplay: '0',
    });

    const settings = await settingsOf(page);
    await page.goto(link.href);
    await until(page, ({ state }) => state === 'paused');
    assert.deepEqual(await settingsOf(page), settings);
    assert.equal(await withPlayground(page, (playground) => playground.speed), 10);
    assert.equal(await background(page.locator('gan-playground')), 'pause');
    assert.deepEqual(
      await page.evaluate(() =>
        ['.picture.samples', '.transport', '.settings', '.stops'].map((part) =>
          document.querySelector('gan-playground').shadowRoot.querySelector(part).checkVisibility(),
        ),
      ),
      [true, true, false, false],
    );
    assert.equal(await page.locator(NOTICES).count(), 0);

    // The markup in pages of its own: the element beside the site, the frame on another one.
    /** @param {string} body */
    const html = (body) =>
      `<!doctype html><meta charset="utf-8"><title>Mine</title><link rel="icon" href="data:,">${body}`;
    const parent = await serve({ pages: { '/frame.html': html(copied['Frame for a page']) } });
    t.after(() => parent.close());
    await page.goto(`${parent.origin}/frame.html`);
    const framed = page.frameLocator('iframe').locator('gan-playground');
    await framed.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await assert.doesNotReject(async () => {
      for (;;)
        if (await framed.evaluate((/** @type {Playground} */ playground) => playground.status.state === 'paused'))
          break;
    });
    assert.deepEqual(
      await framed.evaluate((/** @type {Playground} */ playground) => [
        playground.settings.seed,
        playground.settings.batch_size,
        playground.speed,
      ]),
      [31, 48, 10],
    );
    assert.equal(await background(framed), 'pause');

    await page.route(`${site.server.origin}/mine.html`, (route) =>
      route.fulfill({ contentType: 'text/html', body: html(copied['Element for a page']) }),
    );
    await page.goto(`${site.server.origin}/mine.html`);
    await until(page, ({ state }) => state === 'paused');
    assert.deepEqual(await settingsOf(page), settings);
    assert.deepEqual(problems, []);
  },
);

test('a page of another origin drives the frame, and nobody else does', { timeout: 240_000 }, async (t) => {
  const source = site.server.url('?preset=gan-ring8&backend=cpu&seed=7&controls=transport,samples', 'embed.html');
  const parent = await serve({
    pages: {
      '/lesson.html': `<!doctype html><meta charset="utf-8"><title>Lesson</title><link rel="icon" href="data:,">
        <iframe id="playground" width="900" height="700" sandbox="allow-scripts allow-same-origin" src="${source}"></iframe><iframe id="other" src="/other.html"></iframe>`,
      '/other.html': '<!doctype html><meta charset="utf-8"><title>Other</title><link rel="icon" href="data:,">',
    },
  });
  t.after(() => parent.close());
  assert.notEqual(parent.origin, site.server.origin);
  const { page, context, problems } = await open(site.browser, `${parent.origin}/lesson.html`);
  t.after(() => context.close());
  await page.evaluate(() => {
    const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('#playground'));
    const waiting = new Map();
    globalThis.events = [];
    globalThis.addEventListener('message', ({ source: from, data }) => {
      if (from !== frame.contentWindow || data?.ganvas !== 1) return;
      if (data.event)
        globalThis.events.push({ event: data.event, step: data.detail?.step, reason: data.detail?.reason });
      else waiting.get(data.id)?.(data);
    });
    let id = 0;
    globalThis.ask = (method, ...args) =>
      new Promise((resolve) => {
        id += 1;
        waiting.set(id, resolve);
        frame.contentWindow.postMessage({ ganvas: 1, id, method, args }, '*');
      });
  });
  /** @param {string} method @param {unknown[]} args */
  const ask = (method, ...args) =>
    page.evaluate(({ name, values }) => globalThis.ask(name, ...values), { name: method, values: args });
  /** @param {string} method @param {unknown[]} args */
  const value = async (method, ...args) => {
    const answer = await ask(method, ...args);
    assert.equal(answer.ok, true, `${method}: ${answer.error}`);
    return answer.value;
  };
  /** @param {(status: Status) => unknown} condition */
  const wait = async (condition) => {
    for (;;) {
      const now = await value('status');
      if (condition(now)) return now;
      await page.waitForTimeout(30);
    }
  };
  await wait(({ state }) => state === 'paused');
  assert.equal((await value('step', 2, { only: 'generator' })).step, 2);
  const { step, updates } = await value('stepClosely');
  assert.deepEqual([step, updates.length, updates[0].frozenChanged], [3, 2, 0]);
  assert.equal((await value('settings', { seed: 8, batch_size: 32 })).batch_size, 32);
  assert.equal((await value('settings')).seed, 8);
  await value('setSpeed', 20);
  assert.deepEqual(await value('stopWhen', { step: 6 }), { step: 6, nfd: null, balance: null, alarm: false });
  await value('play');
  const stopped = await wait(({ state, step: now }) => state === 'paused' && now >= 6);
  assert.equal(stopped.step, 6);
  await value('setSpeed', 'max');
  await value('play');
  await wait(({ step: now }) => now > 10);
  const paused = await value('pause');
  assert.equal(paused.state, 'paused');
  assert.equal((await value('status')).step, paused.step, 'pause holds');
  const picture = await page.evaluate(async () => {
    const { value: image } = await globalThis.ask('samples', 16, { seed: 3 });
    return [image instanceof ImageData, image.width > 0, new Set(image.data).size > 2];
  });
  assert.deepEqual(picture, [true, true, true]);
  /** @type {[method: string, args: unknown, words: RegExp][]} */
  const refused = [
    ['step', [0], /whole number of at least 1/],
    ['setSpeed', ['warp'], /or max/],
    ['format', [], /There are: play, pause/],
    ['play', 'now', /args must be an array/],
  ];
  for (const [method, args, words] of refused) {
    /** @type {{ ok: boolean, error: string }} */
    const answer = await page.evaluate(
      ([name, values]) =>
        new Promise((resolve) => {
          const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('#playground')).contentWindow;
          const listen = (/** @type {MessageEvent} */ { data }) => {
            if (data?.id !== 'bad') return;
            removeEventListener('message', listen);
            resolve(data);
          };
          addEventListener('message', listen);
          frame.postMessage({ ganvas: 1, id: 'bad', method: name, args: values }, '*');
        }),
      [method, args],
    );
    assert.equal(answer.ok, false);
    assert.match(answer.error, words);
  }
  const events = await page.evaluate(() => globalThis.events);
  for (const name of ['ready', 'metrics', 'stopped'])
    assert.ok(
      events.some(({ event }) => event === name),
      `${name} was forwarded`,
    );
  assert.equal(events.find(({ event }) => event === 'stopped').reason, 'step');

  // A sibling frame, the frame itself, and messages that are none.
  const before = (await value('status')).step;
  const other = page.frames().find((frame) => frame.url().endsWith('/other.html'));
  await other.evaluate(() =>
    window.parent.frames[0].postMessage({ ganvas: 1, id: 1, method: 'step', args: [50] }, '*'),
  );
  const own = page.frames().find((frame) => frame.url().startsWith(site.server.origin));
  await own.evaluate(() => window.postMessage({ ganvas: 1, id: 1, method: 'step', args: [50] }, '*'));
  await page.evaluate(() => {
    const { contentWindow } = /** @type {HTMLIFrameElement} */ (document.querySelector('#playground'));
    for (const message of [
      null,
      'step',
      { method: 'step', args: [50] },
      { ganvas: 2, id: 1, method: 'step', args: [50] },
    ])
      contentWindow.postMessage(message, '*');
  });
  await page.waitForTimeout(500);
  assert.equal((await value('status')).step, before, 'only the page around the frame is heard');
  assert.equal((await value('step', 1)).step, before + 1);
  assert.deepEqual(problems, []);
});

test('the example page drives its frame', { timeout: 240_000 }, async (t) => {
  const { page, context, problems } = await open(site.browser, `${site.server.origin}${PREFIX}example.html`);
  t.after(() => context.close());
  const answer = page.locator('#answer');
  await answer.filter({ hasText: 'ready' }).waitFor();
  await page.getByRole('button', { name: 'One step', exact: true }).click();
  await answer.filter({ hasText: 'One step: at step 1, paused.' }).waitFor();
  await page
    .locator('#event')
    .filter({ hasText: /^Step 1: D’s loss [\d.]+, G’s [\d.]+\.$/ })
    .waitFor();
  await page.getByRole('button', { name: 'Draw 16 samples here' }).click();
  await answer.filter({ hasText: 'Draw 16 samples here: done.' }).waitFor();
  assert.ok(
    await page
      .locator('#samples')
      .evaluate(
        (/** @type {HTMLCanvasElement} */ canvas) =>
          canvas.width > 1 &&
          new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 2,
      ),
  );
  await page.getByRole('button', { name: 'Least squares' }).click();
  await answer.filter({ hasText: 'Least squares: done.' }).waitFor();
  const framed = page.frameLocator('iframe').locator('gan-playground');
  assert.equal(
    await framed.evaluate((/** @type {Playground} */ playground) => playground.settings.loss),
    'least_squares',
  );
  assert.deepEqual(problems, []);
});
