/** The work in this project's engine, on WebGPU or on its CPU backend. */

/** Steps that go to the GPU in one submission. */
const TOGETHER = 8;

let engine;

async function load() {
  const module = await import('../../engine/ganvas-page.js');
  try {
    await module.default({ module_or_path: new URL('../../engine/ganvas-page-relaxed_bg.wasm', import.meta.url) });
  } catch {
    await module.default(); // a browser without relaxed SIMD, or a build for development, which has this one only
  }
  return module;
}

class Runner {
  #work;
  #waiting = 0;

  /** @param {boolean} gpu */
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

/** Units a second of a probe: the median of samples of about 50 ms, with as many workgroups as that takes. */
async function rate(device, copies, unit) {
  const probe = await engine.BenchProbe.create(device, copies);
  let [workgroups, times] = [64, 1];
  await probe.run(workgroups, times);
  const once = async () => {
    const begun = performance.now();
    await probe.run(workgroups, times);
    return (performance.now() - begun) / 1000;
  };
  while (await once() < 0.05 && times < 1024) {
    if (workgroups < probe.maxWorkgroups) workgroups = Math.min(2 * workgroups, probe.maxWorkgroups);
    else times *= 2;
  }
  const seconds = [];
  for (let i = 0; i < 9; i += 1) seconds.push(await once());
  const rates = probe[unit] * workgroups * times / seconds.sort((a, b) => a - b)[4];
  probe.destroy();
  return rates;
}

const peak = async (device) => ({
  peakGflops: await rate(device, false, 'flops') / 1e9,
  copyGbPerSecond: await rate(device, true, 'bytes') / 1e9,
});

const onDevice = (gpu) => {
  let device = null;
  return {
    name: `Ganvas (${gpu ? 'WebGPU' : 'CPU, WebAssembly'})`,

    async init() {
      engine ??= await load();
      device ??= await engine.BenchDevice.open(gpu);
    },

    async make({ key }) {
      return new Runner(await engine.BenchWork.create(key, device), gpu);
    },

    /** What all engines begin with. */
    numbers: ({ key }) => engine.benchNumbers(key),

    /** What is known of the device. */
    async describe() {
      if (!gpu) return {};
      const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
      const { vendor, architecture, description } = adapter?.info ?? {};
      return { adapter: [description, vendor, architecture].filter(Boolean).join(' '), ...(await peak(device)) };
    },
  };
};

export const webgpu = onDevice(true);
export const cpu = onDevice(false);
export default webgpu;
