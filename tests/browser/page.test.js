/** The page around the training: addresses, settings, files, narrow screens, several playgrounds, iframes. */

/** @import { Playground } from '../../types/tests.js' */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PREFIX,
  look,
  open,
  record,
  samples,
  serve,
  status,
  until,
  useSite,
  withPlayground,
  workersLeft,
} from './harness.js';

const NOTICES = 'gan-playground .notice';
const QUICK = 'preset=gan-mnist&backend=cpu&autoplay=0';

const site = useSite({ pages: { '/two.html': twoPlaygrounds() } });

const { visit } = site;

test('nonsense in the address gives a message and the default', { timeout: 120_000 }, async (t) => {
  const { page, problems } = await visit(
    t,
    '?preset=no-such-preset&seed=banana&backend=abacus&%3Cb%3E=1&autoplay=0&controls=,transport,frobnicate,samples',
  );
  await until(page, ({ state }) => state === 'paused');
  const texts = (await page.locator(NOTICES).allTextContents()).join('\n');
  for (const word of ['no-such-preset', 'banana', 'abacus', 'frobnicate'])
    assert.ok(texts.includes(word), `${word} is named in: ${texts}`);
  const { preset, seed, backend } = await withPlayground(page, (playground) => playground.settings);
  assert.equal(preset, 'quick-mnist');
  assert.ok(Number.isInteger(Number(seed)));
  assert.equal(backend, 'auto');
  const count = await page.locator(NOTICES).count();
  await page.locator(NOTICES).first().getByRole('button', { name: 'Dismiss this message' }).click();
  assert.equal(await page.locator(NOTICES).count(), count - 1);
  assert.equal((await withPlayground(page, (playground) => playground.step())).step, 1);
  assert.deepEqual(problems, []);
});

test('save and load bring the networks back', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await visit(t, `?${QUICK}`);
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, async (playground) => {
    await playground.step(5);
    playground.kept = await playground.save();
  });
  const kept = await samples(page);
  await withPlayground(page, (playground) => playground.step(5));
  assert.notDeepEqual((await samples(page)).values, kept.values);
  const loaded = await withPlayground(page, (playground) => playground.load(playground.kept));
  assert.equal(loaded.step, 5);
  assert.deepEqual((await samples(page)).values, kept.values, 'the same forgeries from the same noise');
  const after = await withPlayground(page, async (playground) => (await playground.step(5)).step);
  assert.equal(after, 10);
  assert.deepEqual(problems, []);
});

test('a file that is no checkpoint is refused and the run goes on', { timeout: 300_000 }, async (t) => {
  const { page } = await visit(t, `?${QUICK}`);
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, (playground) => playground.step(3));
  await assert.rejects(withPlayground(page, (playground) => playground.load(new Blob(['no networks in here']))));
  assert.equal(await page.locator('gan-playground .notice.error').count(), 1);
  assert.equal((await withPlayground(page, (playground) => playground.step(1))).step, 4);
});

test('live settings act at once, the others start the run anew', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await visit(t, `?${QUICK}#change`);
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, (playground) => playground.step(3));
  const rate = page.locator('gan-playground [name="generator_learning_rate"]');
  await page.locator('gan-playground .settings summary', { hasText: 'Training' }).click();
  await rate.fill('0.001');
  await rate.press('Tab');
  await page.waitForFunction(() => document.querySelector('gan-playground').settings.generator_learning_rate === 0.001);
  assert.equal((await status(page)).step, 3);
  assert.match(page.url(), /generator_learning_rate=0\.001/, 'the address is a link to this run');

  const seed = page.locator('gan-playground [name="seed"]');
  await seed.fill('123');
  await seed.press('Tab');
  await until(page, ({ step, state }) => step === 0 && state === 'paused');
  assert.match(page.url(), /seed=123/);
  assert.equal((await withPlayground(page, (playground) => playground.settings)).generator_learning_rate, 0.001);

  await seed.fill('-5');
  await seed.press('Tab');
  await page.locator(NOTICES, { hasText: '-5' }).waitFor();
  await page.reload();
  await until(page, ({ state }) => state === 'paused');
  assert.equal((await withPlayground(page, (playground) => playground.settings)).preset, 'gan-mnist');
  assert.deepEqual(problems, []);
});

test('a newer wish replaces a session in the making', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await visit(t, `?${QUICK}`);
  await withPlayground(page, async (playground) => {
    playground.settings = { seed: 1 };
    playground.settings = { seed: 2 };
    await playground.set({ seed: 3 });
  });
  await until(page, ({ state }) => state === 'paused');
  assert.equal((await withPlayground(page, (playground) => playground.settings)).seed, 3);
  assert.equal((await withPlayground(page, (playground) => playground.step(2))).step, 2);
  assert.deepEqual(problems, []);
});

test('loading shows its progress and can be cancelled, and play takes it up again', { timeout: 300_000 }, async (t) => {
  const slow = await serve({ stalled: /\.ganvas$/ });
  t.after(() => slow.close());
  const { page, context, problems } = await open(site.browser, slow.url(`?${QUICK}`));
  t.after(() => context.close());
  await page.locator('gan-playground .progress-amount', { hasText: '0.1 MB' }).waitFor();
  await page.locator('gan-playground').getByRole('button', { name: 'Cancel' }).click();
  await until(page, ({ state }) => state === 'stopped');
  assert.equal(await page.locator('gan-playground .progress').isVisible(), false);
  await page.locator('gan-playground .sentence', { hasText: 'Press Play to load and start again' }).waitFor();
  await page.locator('gan-playground').getByRole('button', { name: 'Play' }).click();
  await until(page, ({ state, step }) => state === 'playing' && step >= 2);
  assert.equal((await status(page)).data.generated, false);
  assert.deepEqual(problems, []);
});

test('pause ends a long step command, and leaves the counter where it is', { timeout: 300_000 }, async (t) => {
  const { page, problems } = await visit(t, `?${QUICK}`);
  await until(page, ({ state }) => state === 'paused');
  const step = await withPlayground(page, async (playground) => {
    const long = playground.step(1_000_000);
    await new Promise((resolve) => playground.addEventListener('metrics', resolve, { once: true }));
    await playground.pause();
    return (await long).step;
  });
  assert.ok(step > 0 && step < 1_000_000);
  await page.waitForTimeout(300);
  assert.equal((await status(page)).step, step);
  assert.deepEqual(problems, []);
});

/**
 * The controls that a visitor sees, with the name and the box of each. They are looked at in one go: the page goes on
 * while a test talks to it, and a control counted a moment ago may be gone.
 */
function controlsInSight() {
  const { shadowRoot } = document.querySelector('gan-playground');
  return [...shadowRoot.querySelectorAll('button:not(.tab, .tile), input, select')]
    .filter(
      (element) =>
        element.checkVisibility({ visibilityProperty: true }) && !element.classList.contains('visually-hidden'),
    )
    .map((element) => {
      const name =
        element.getAttribute('aria-label') ||
        /** @type {HTMLInputElement} */ (element).labels?.[0]?.textContent ||
        element.textContent;
      const { x, width, height } = element.getBoundingClientRect();
      return { name, x, width, height };
    });
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(
    `at 390 px nothing sticks out, and everything can be touched (${colorScheme})`,
    { timeout: 120_000 },
    async (t) => {
      const { page } = await visit(t, `?${QUICK}`, { viewport: { width: 390, height: 844 }, colorScheme });
      await until(page, ({ state }) => state === 'paused');
      await withPlayground(page, async (playground) => {
        await playground.step(2);
        await playground.evaluate();
        for (const part of playground.shadowRoot.querySelectorAll('details')) part.open = true;
        /** @type {HTMLElement} */ (playground.shadowRoot.querySelector('.points-field')).hidden = false;
      });
      for (const tab of await page.locator('gan-playground [role="tab"]:visible').all()) {
        await tab.click();
        // What the tab shows may come a little later: until two looks in a row agree on which controls there are.
        /** @type {ReturnType<typeof controlsInSight>} */
        let controls = [];
        for (let before = null; String(before) !== String(controls.map(({ name }) => name));) {
          before = controls.map(({ name }) => name);
          await page.waitForTimeout(200);
          controls = await page.evaluate(controlsInSight);
        }
        const pageWidth = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(pageWidth <= 390, `the page is ${pageWidth} px wide with the tab ${await tab.textContent()}`);
        assert.ok(controls.length > 5, `${controls.length} controls in sight`);
        for (const { name, x, width, height } of controls) {
          assert.ok(name.trim().length > 0, 'a control has a name');
          assert.ok(width >= 43.9 && height >= 43.9, `${name} is ${width} by ${height} px`);
          assert.ok(x >= 0 && x + width <= 390, `${name} is inside the screen`);
        }
      }
    },
  );
}

test('pictures and changes are told in words', { timeout: 120_000 }, async (t) => {
  const { page } = await visit(t, `?${QUICK}`);
  await until(page, ({ state }) => state === 'paused');
  await withPlayground(page, (playground) => playground.step(4));
  await page.waitForTimeout(2_500);
  await withPlayground(page, (playground) => playground.step(1));
  await page.locator('gan-playground .samples .frame canvas[aria-label*="after 5 training steps"]').waitFor();
  for (const place of ['.sentence', '[aria-live="polite"]']) {
    await page.locator(`gan-playground ${place}`, { hasText: 'Paused after 5 steps' }).waitFor({ state: 'attached' });
  }
  for (const kind of ['fake', 'real']) {
    const value = Number(
      await page.locator(`gan-playground .gauge.${kind} [role="meter"]`).getAttribute('aria-valuenow'),
    );
    assert.ok(value >= 0 && value <= 100);
  }
});

test('who asks for less motion is not met by any', { timeout: 120_000 }, async (t) => {
  const { page } = await visit(t, '?preset=gan-mnist&backend=cpu', { reducedMotion: 'reduce' });
  await until(page, ({ state }) => state === 'paused');
  await page.waitForTimeout(500);
  assert.equal((await status(page)).step, 0);
  assert.equal(await page.locator(NOTICES, { hasText: 'motion' }).count(), 1);
});

function twoPlaygrounds() {
  return `<!doctype html><meta charset="utf-8"><title>Two</title><link rel="icon" href="data:,">
    <script type="module" src="${PREFIX}gan-playground.js"></script>
    <gan-playground id="a" preset="gan-mnist" backend="cpu" seed="1" controls="transport,samples"></gan-playground>
    <gan-playground id="b" preset="gan-mnist" backend="cpu" seed="2" controls="samples,losses"></gan-playground>`;
}

test('two playgrounds on a page train apart, and one that is removed is gone', { timeout: 300_000 }, async (t) => {
  const { page, context, problems } = await open(site.browser, `${site.server.origin}/two.html`);
  t.after(() => context.close());
  /** @param {string} id */
  const step = (id) =>
    page.locator(`#${id}`).evaluate((/** @type {Playground} */ playground) => playground.status.step);
  for (const id of ['a', 'b'])
    await page.waitForFunction(
      (name) => /** @type {Playground} */ (document.getElementById(name)).status.state === 'paused',
      id,
    );
  await page.keyboard.press('s');
  await page.waitForFunction(() => /** @type {Playground} */ (document.getElementById('a')).status.step === 1);
  assert.equal(await step('b'), 0, 'keys go to the first playground where the focus is nowhere');
  await page.locator('#b').evaluate((/** @type {Playground} */ playground) => playground.step(3));
  assert.deepEqual([await step('a'), await step('b')], [1, 3]);
  assert.equal(page.workers().length, 2);
  await page.locator('#a').evaluate((playground) => playground.remove());
  await workersLeft(page, 1);
  await page.keyboard.press('s');
  await page.waitForFunction(() => /** @type {Playground} */ (document.getElementById('b')).status.step === 4);
  assert.deepEqual(problems, []);
});

test('embed.html is driven by messages from another origin', { timeout: 300_000 }, async (t) => {
  const parent = await serve({
    pages: {
      '/lesson.html': `<!doctype html><meta charset="utf-8"><title>Lesson</title><link rel="icon" href="data:,">
        <iframe width="900" height="700" sandbox="allow-scripts allow-same-origin" src="${site.server.url(`?${QUICK}&seed=7&controls=transport,samples`, 'embed.html')}"></iframe>`,
    },
  });
  t.after(() => parent.close());
  const { page, context, problems } = await open(site.browser, `${parent.origin}/lesson.html`);
  t.after(() => context.close());
  await page.evaluate(() => {
    const frame = document.querySelector('iframe');
    const waiting = new Map();
    globalThis.events = [];
    globalThis.addEventListener('message', ({ source, data }) => {
      if (source !== frame.contentWindow || data?.ganvas !== 1) return;
      if (data.event) globalThis.events.push(data.event);
      else waiting.get(data.id)(data);
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
  let now;
  do now = (await ask('status')).value;
  while (now.state !== 'paused');
  assert.equal((await ask('settings')).value.seed, 7);
  const stepped = await ask('step', 3, { only: 'both' });
  assert.deepEqual([stepped.ok, stepped.value.step], [true, 3]);
  const phase = await ask('phase', 'discriminator', { until: 0.0001, limit: 2 });
  assert.deepEqual([phase.ok, phase.value.ended, phase.value.step], [true, 'limit', 5]);
  assert.equal((await ask('settings', { seed: 8 })).value.seed, 8);
  assert.equal((await ask('status')).value.step, 0);
  await ask('play');
  do now = (await ask('status')).value;
  while (now.step < 3);
  const paused = (await ask('pause')).value;
  assert.equal(paused.state, 'paused');
  const picture = await page.evaluate(async () => {
    const { value } = await globalThis.ask('samples', 16, { seed: 3 });
    return [value instanceof ImageData, value.width > 0, value.data.some((/** @type {number} */ byte) => byte > 0)];
  });
  assert.deepEqual(picture, [true, true, true]);
  const restored = await page.evaluate(async () => {
    const { value: blob } = await globalThis.ask('save');
    await globalThis.ask('reset');
    return (await globalThis.ask('load', blob)).value.step;
  });
  assert.equal(restored, paused.step);
  const nonsense = await ask('format');
  assert.equal(nonsense.ok, false);
  assert.match(nonsense.error, /no method "format"/);
  const bad = await ask('step', -1);
  assert.equal(bad.ok, false);
  const events = new Set(await page.evaluate(() => globalThis.events));
  for (const name of ['ready', 'metrics']) assert.ok(events.has(name), `${name} was forwarded`);
  assert.deepEqual(problems, []);
});

test('the element can be moved without losing its run', { timeout: 300_000 }, async (t) => {
  const { page } = await visit(t, `?${QUICK}`);
  await until(page, ({ state }) => state === 'paused');
  await record(page);
  const step = await withPlayground(page, async (playground) => {
    await playground.step(2);
    document.body.prepend(playground);
    return (await playground.step(1)).step;
  });
  assert.equal(step, 3);
  assert.ok((await look(page, '.samples .frame canvas')).distinct > 1);
});

test('for the curious, the launches of a step are listed', { timeout: 120_000 }, async (t) => {
  const { page, context, problems } = await open(
    site.browser,
    site.server.url('?preset=gan-mnist&backend=cpu&autoplay=0#data'),
  );
  t.after(() => context.close());
  await until(page, ({ state }) => state === 'paused');
  await page.locator('gan-playground .plan:not(.profile) summary').click();
  const tables = page.locator('gan-playground .plan:not(.profile) table');
  await tables.nth(1).waitFor();
  const { dispatches } = await status(page);
  for (const [index, network] of /** @type {const} */ (['discriminator', 'generator']).entries()) {
    const numbers = await tables.nth(index).locator('tbody tr td:first-child').allTextContents();
    assert.equal(Math.max(...numbers.map(Number)), dispatches[network], network);
    assert.match(
      await tables.nth(index).locator('caption').textContent(),
      new RegExp(`^${network}: ${dispatches[network]} launches`),
    );
  }
  assert.match(await tables.first().textContent(), /gemm.*matmul_nt \[64, 256\] \[256, 512\]/);
  assert.deepEqual(problems, []);
});
