/** TensorFlow.js with what the comparison needs of it: its core, the gradients, the WebAssembly backend. Bundled by xtask/src/rivals.rs. */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-wasm';

export * from '@tensorflow/tfjs-core';
export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
