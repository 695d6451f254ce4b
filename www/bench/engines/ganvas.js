/** The work in this project's engine, on WebGPU or on its CPU backend. */

/** @import { BenchDevice, BenchWork, Engine } from '../../../types/engine.js' */

import { loadThreads, threadCount } from '../../threads.js';

/** Steps that go to the GPU in one submission. */
const TOGETHER = 8;

/** @type {Promise<Engine> | null} */
let loaded = null;

/** @returns {Promise<Engine>} */
async function load() {
  const module = await import('../../engine/ganvas-whole.js');
  try {
    await module.default({ module_or_path: new URL('../../engine/ganvas-whole-relaxed_bg.wasm', import.meta.url) });
  } catch {
    await module.default(); // a browser without relaxed SIMD, or a build for development, which has this one only
  }
  return module;
}

function loadThreaded() {
  const threads = threadCount();
  if (threads === 1)
    throw new Error('Threads need a release build, two cores, and a page that is cross-origin isolated.');
  return loadThreads(threads, 'ganvas-whole');
}

class Runner {
  #work;
  #waiting = 0;

  /** @param {BenchWork} work @param {boolean} gpu */
  constructor(work, gpu) {
    this.#work = work;
    if (gpu) this.together = TOGETHER;
  }

  step() {
    this.#waiting += 1;
    if (this.#waiting === TOGETHER) this.flush();
  }

  /** Submits what waits for more. */
  flush() {
    if (this.#waiting > 0) this.#work.start(this.#waiting);
    this.#waiting = 0;
  }

  async sync() {
    this.flush();
    await this.#work.sync();
  }

  async check() {
    return Array.from(await this.#work.check());
  }

  dispose() {
    this.#work.destroy();
  }
}

const CEILING_SECONDS = 1; // for multiply-adds, and for copying

/** @param {boolean} gpu */
const onDevice = (gpu, threads = false) => {
  /** @type {BenchDevice} */
  let device;
  /** @type {Engine} */
  let engine;
  return {
    name: `Ganvas (${gpu ? 'WebGPU' : 'CPU, WebAssembly'}${threads ? ', threads' : ''})`,

    async init() {
      engine ??= await (threads ? loadThreaded() : (loaded ??= load()));
      device ??= await engine.BenchDevice.open(gpu);
    },

    /** @param {{ key: string }} work */
    async make({ key }) {
      return new Runner(await engine.BenchWork.create(key, device), gpu);
    },

    /** What all engines begin with. @param {{ key: string }} work */
    numbers: ({ key }) => engine.benchNumbers(key),

    /** What is known of the device. */
    async describe() {
      if (!gpu) return {};
      const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
      const { vendor, architecture, description } = adapter?.info ?? {};
      return {
        adapter: [description, vendor, architecture].filter(Boolean).join(' '),
        ...(await device.ceiling(CEILING_SECONDS)),
      };
    },
  };
};

export const webgpu = onDevice(true);
export const cpu = onDevice(false);
export const threads = onDevice(false, true);
export default webgpu;
