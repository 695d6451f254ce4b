/** A caption becomes a picture, word by word. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll, useSite } from './harness.js';

const site = useSite();

test('a caption is written, and put together of the words below', { timeout: 240_000 }, async (t) => {
  const { page, problems } = await site.visitAtRest(t, 'preset=text-to-digits&examples=64&batch_size=4#play');
  const part = (/** @type {string} */ selector) => page.locator(`gan-playground ${selector}`);
  const field = part('.words-pad input');
  await field.waitFor();
  const said = (/** @type {RegExp} */ wanted) =>
    poll(
      page,
      () => part('.probe > .caption').textContent(),
      (now) => wanted.test(now),
      (now) => `The panel says “${now}”.`,
    );
  // The example is asked about at once.
  await said(/^As the networks stand at step 0\./);
  const answer = () =>
    part('.probe figure:last-child canvas').evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());
  const changes = async (/** @type {string} */ before, /** @type {string} */ what) =>
    poll(
      page,
      answer,
      (now) => now !== before,
      () => `The answer did not change with ${what}.`,
    );
  const first = await answer();
  await field.fill('the green digit three is on the left of the image');
  await changes(first, 'the caption');
  const green = await answer();
  await field.fill('the purple digit three');
  assert.match(await part('.words-pad .problem').textContent(), /“purple”/);
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  // By keys alone: empty the field, and press one of the words.
  await part('.probe').getByRole('button', { name: 'Clear' }).press('Enter');
  await said(/^No words/);
  assert.equal(await part('.words-pad .problem').textContent(), '');
  await part('.words-pad').getByRole('button', { name: 'Add “blue”' }).press(' ');
  assert.equal(await field.inputValue(), 'blue');
  await changes(green, 'a word');
  // Captions that were held out, as the slider goes along them, and back to the example.
  const blue = await answer();
  const slider = page.locator('gan-playground').getByRole('slider', { name: 'Held-out caption' });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  const caption = await field.inputValue();
  assert.match(caption, /\b(zero|one|two|three|four|five|six|seven|eight|nine)\b/);
  assert.equal(await slider.getAttribute('aria-valuetext'), caption);
  assert.equal(await part('.words-pad .problem').textContent(), '');
  await changes(blue, 'a held-out caption');
  await page.keyboard.press('End');
  assert.notEqual(await field.inputValue(), caption);
  await page.keyboard.press('Home');
  assert.match(await field.inputValue(), /^the red digit three/);
  assert.deepEqual(problems, []);
});
