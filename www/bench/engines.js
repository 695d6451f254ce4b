/**
 * The engines. A module exports engines by name:
 * `{ name, async init(), async make(work, numbers) }`, where `make` answers `{ step(i), sync(), check(), dispose() }`:
 * `sync` resolves when the work has really run, `check` to the losses of the last step (training) or its results.
 * Another harness can use them the same way. Where it has `flush()`, what `step` has put together is started by it. Ours also has `numbers(work)`, from which all begin, and `describe()`.
 */
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
