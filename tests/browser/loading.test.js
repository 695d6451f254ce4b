/** While the data is on its way: what is shown of it is real, and nothing is learned before all of it has been checked. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { launch, open, serve, status, until } from './harness.js';

const GRID = 8;
const SIDE = 28;
const GAP = 2;
const PITCH = SIDE + GAP; // of the images on the canvas
const IDX_BYTES = 16;

/** The pixels of the first images of the published set, unpacked by other code than the page's. */
function firstDigits() {
  const packed = readFileSync(join(process.env.GANVAS_DIST ?? 'dist', 'data/mnist.ganvas'));
  return gunzipSync(packed.subarray(12 + packed.readUInt32LE(8))).subarray(
    IDX_BYTES,
    IDX_BYTES + GRID * GRID * SIDE * SIDE,
  );
}

test(
  'the first real digits are shown while the rest is on its way, and training waits for all',
  { timeout: 300_000 },
  async (t) => {
    const server = await serve({ held: /\.ganvas$/ });
    t.after(() => server.close());
    const browser = await launch({ webgpu: false });
    t.after(() => browser.close());
    const { page, problems } = await open(browser, server.url('?backend=cpu&preset=dcgan-mnist'));
    const canvas = page.locator('gan-playground .real canvas');
    await canvas.waitFor();
    assert.match(await canvas.getAttribute('aria-label'), /on its way/);
    const shown = await canvas.evaluate((/** @type {HTMLCanvasElement} */ element) => {
      const { width, height } = element;
      const { data } = element.getContext('2d').getImageData(0, 0, width, height);
      return { width, height, values: Array.from(data).filter((_, at) => at % 4 === 0) };
    });
    assert.equal(shown.width, GRID * PITCH - GAP);
    assert.equal(shown.height, GRID * PITCH - GAP);
    const digits = firstDigits();
    for (let image = 0; image < GRID * GRID; image += 1) {
      const [left, top] = [(image % GRID) * PITCH, Math.floor(image / GRID) * PITCH];
      const rows = Array.from({ length: SIDE }, (_, y) =>
        shown.values.slice((top + y) * shown.width + left).slice(0, SIDE),
      );
      assert.deepEqual(
        rows.flat(),
        [...digits.subarray(image * SIDE * SIDE, (image + 1) * SIDE * SIDE)],
        `image ${image}`,
      );
    }

    const waiting = await status(page);
    assert.equal(waiting.state, 'loading');
    assert.equal(waiting.step, 0);
    assert.equal(waiting.data, null, 'nothing is said of data that has not been checked');

    server.release();
    const { data } = await until(page, ({ step }) => step > 0);
    assert.equal(data.count, 60_000);
    assert.equal(data.generated, false);
    await page.locator('gan-playground .real canvas[aria-label*="on its way"]').waitFor({ state: 'detached' });
    assert.deepEqual(problems, []);
  },
);
