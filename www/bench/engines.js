/**
 * The engines. A module exports engines by name:
 * `{ name, async init(), async make(work, numbers) }`, where `make` answers `{ step(i), sync(), check(), dispose() }`:
 * `sync` resolves when the work has really run, `check` to the losses of the last step (training) or its results.
 * Another harness can use them the same way. Where it has `flush()`, what `step` has put together is started by it. Ours also has `numbers(work)`, from which all begin, and `describe()`.
 */
/**
 * @typedef {ArrayLike<number> | number} Answer  numbers of a result, or a loss
 * @typedef {{ step(i: number): unknown, sync(): Promise<unknown>, check(): Promise<Answer[]>, dispose(): void, flush?(): void,
 *   together?: number }} Runner
 *   together: how many steps go to the device at once
 * @typedef {import('../../types/engine.js').BenchTensor} Tensor
 * @typedef {Record<string, Tensor>} Tensors
 * @typedef {import('../../types/engine.js').BenchNumbers} Numbers  of a product or a convolution as Tensors; of training:
 * @typedef {{ networks: { generator: Tensors, discriminator: Tensors }, images: Tensor, between: Tensor,
 *   latents: { discriminator: Tensor, generator: Tensor } }} TrainingNumbers
 * @typedef {{ name: string, init(): Promise<void>, make(work: import('./work.js').Work, numbers: Numbers | null): Promise<Runner> | Runner,
 *   numbers?(work: { key: string }): Numbers, describe?(): Promise<object> }} Engine
 *
 * @typedef {{ key: string, label: string, module: string, export: string, standard: boolean, isolated?: boolean }} Entry
 */

/** @param {string} key @param {string} label @param {string} module @param {string} name @param {boolean} standard @returns {Entry} */
const engine = (key, label, module, name, standard) => ({
  key,
  label,
  module: `./engines/${module}.js`,
  export: name,
  standard,
});

/** isolated: only where the page is cross-origin isolated. Chosen at first: those that are done in minutes on a GPU. */
export const ENGINES = [
  engine('ganvas-gpu', 'Ganvas, WebGPU', 'ganvas', 'webgpu', true),
  engine('ganvas-cpu', 'Ganvas, CPU', 'ganvas', 'cpu', true),
  { ...engine('ganvas-threads-cpu', 'Ganvas, CPU, threads', 'ganvas', 'threads', false), isolated: true },
  engine('jax-webgpu', 'jax-js, WebGPU', 'jax', 'webgpu', true),
  engine('jax-wasm', 'jax-js, WebAssembly', 'jax', 'wasm', false),
  engine('tfjs-webgpu', 'TensorFlow.js, WebGPU', 'tfjs', 'webgpu', true),
  engine('tfjs-wasm', 'TensorFlow.js, WebAssembly', 'tfjs', 'wasm', false),
];
