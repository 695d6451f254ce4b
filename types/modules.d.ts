/** Modules that a build puts beside ours. */

declare module '*/engine/ganvas-whole.js' {
  type Engine = import('./engine.js').Engine;
  const initialize: Engine['default'];
  export default initialize;
  export const tables: Engine['tables'];
  export const resolve: Engine['resolve'];
  export const describeLayers: Engine['describeLayers'];
  export const Session: Engine['Session'];
  export const BenchDevice: Engine['BenchDevice'];
  export const BenchWork: Engine['BenchWork'];
  export const benchNumbers: Engine['benchNumbers'];
  export const exportOnnx: Engine['exportOnnx'];
}

declare module '*/vendor/bench/jax/index.js' {
  export * from '@jax-js/jax';
}

declare module '*/vendor/bench/tfjs-webgpu.js' {
  export * from '@tensorflow/tfjs-core';
}
