/** Memory over thousands of steps: what the engine takes at the start is what it has at the end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, until, useSite, withPlayground } from './harness.js';

/** Runs before the worker's own code: keeps the engine's memory in sight, and counts bytes in GPU buffers. */
const COUNTING = `
const { instantiate, instantiateStreaming } = WebAssembly;
const noted = (result) => {
  self.engineMemory ??= (result.instance ?? result).exports.memory;
  return result;
};
WebAssembly.instantiate = (...all) => instantiate.apply(WebAssembly, all).then(noted);
WebAssembly.instantiateStreaming = (...all) => instantiateStreaming.apply(WebAssembly, all).then(noted);
self.gpuBytes = 0;
if (self.GPUDevice) {
  const sizes = new WeakMap();
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    sizes.set(buffer, descriptor.size);
    self.gpuBytes += descriptor.size;
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    self.gpuBytes -= sizes.get(this) ?? 0;
    sizes.delete(this);
    return destroy.call(this);
  };
}
`;

const site = useSite({ before: { 'worker.js': COUNTING } });

for (const [backend, warm, steps] of /** @type {const} */ ([
  ['cpu', 100, 2000],
  ['gpu', 10, 50],
])) {
  test(`no byte more after ${steps} steps on the ${backend}`, { timeout: 600_000 }, async (t) => {
    const query = `?preset=gan-mnist&backend=${backend}&batch_size=8&autoplay=0`;
    const { page, context, problems } = await open(site.browser, site.server.url(query));
    t.after(() => context.close());
    await until(page, ({ state }) => state === 'paused');
    const bytes = () =>
      page.workers()[0].evaluate(() => ({ engine: self.engineMemory.buffer.byteLength, gpu: self.gpuBytes }));
    /** @param {number} n */
    const step = async (n) => {
      const status = await withPlayground(page, (playground, count) => playground.step(count), n);
      await page.waitForTimeout(2_000); // at rest the worker keeps the state, which takes memory of its own
      return status;
    };
    await step(warm);
    await step(1);
    const early = await bytes();
    const { step: reached } = await step(steps);
    const late = await bytes();
    assert.equal(reached, warm + 1 + steps);
    assert.ok(early.engine > 1e6, 'the memory that is looked at is the engine’s');
    assert.equal(backend === 'gpu', early.gpu > 1e6, 'buffers are counted where there are some');
    // The engine’s memory only grows in pages of 64 KiB; a few may come while buffers find their size.
    assert.ok(late.engine <= early.engine + (1 << 20), `the engine grew from ${early.engine} to ${late.engine} bytes`);
    assert.ok(late.gpu <= early.gpu, `GPU buffers grew from ${early.gpu} to ${late.gpu} bytes`);
    assert.deepEqual(problems, []);
  });
}
