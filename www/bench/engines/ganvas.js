/** The work in this project's engine, on WebGPU or on its CPU backend. */

import { loadEngine } from '../../session/engine.js';

/** Steps that go to the GPU in one submission. */
const TOGETHER = 8;

let engine;

class Runner {
  #work;
  #waiting = 0;

  constructor(work) {
    this.#work = work;
  }

  step() {
    this.#waiting += 1;
    if (this.#waiting === TOGETHER) this.#start();
  }

  #start() {
    if (this.#waiting > 0) this.#work.start(this.#waiting);
    this.#waiting = 0;
  }

  async sync() {
    this.#start();
    await this.#work.sync();
  }

  async check() {
    return Array.from(await this.#work.check());
  }

  facts() {
    return { dispatches: this.#work.dispatches() };
  }

  dispose() {
    this.#work.destroy();
  }
}

const onDevice = (gpu) => {
  let device = null;
  return {
    name: `Ganvas (${gpu ? 'WebGPU' : 'CPU, WebAssembly'})`,

    async init() {
      engine ??= await loadEngine();
      device ??= await engine.BenchDevice.open(gpu);
    },

    async make({ key }) {
      return new Runner(await engine.BenchWork.create(key, device));
    },

    /** What all engines begin with. */
    numbers: ({ key }) => engine.benchNumbers(key),

    /** What is known of the device. */
    async describe() {
      if (!gpu) return {};
      const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
      const { vendor, architecture, description } = adapter?.info ?? {};
      return { adapter: [description, vendor, architecture].filter(Boolean).join(' '), ...(await device.peak()) };
    },
  };
};

export const webgpu = onDevice(true);
export const cpu = onDevice(false);
export default webgpu;
