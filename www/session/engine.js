/** Loads the WebAssembly engine, and looks why a browser may have no WebGPU. */

import { siteUrl } from '../site.js';
import { loadThreads, threadCount } from '../threads.js';

/** Thrown with a message for the visitor where the engine's own files do not load. */
export class EngineProblem extends Error {}

/** A module with nothing in it but a relaxed multiply-add, which a browser without relaxed SIMD refuses. */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65,
  0, 253, 15, 253, 133, 2, 11,
]);

const hasRelaxed = () => WebAssembly.validate(RELAXED);

/**
 * What a first visit loads, and what has all games: files of these names in engine/.
 * @typedef {'ganvas-page' | 'ganvas-whole'} EngineName
 */

/** The address of the WebAssembly: only a release build has the second module. @param {EngineName} name */
function moduleOf(name) {
  const ending = typeof HAS_RELAXED === 'boolean' && hasRelaxed() ? '-relaxed_bg.wasm' : '_bg.wasm';
  return siteUrl(`engine/${name}${ending}`);
}

/**
 * Begins to load the engine of a first visit, but for pages that may have threads: there it depends on the first command.
 * @returns {(name: EngineName, backend: string | undefined, alone: boolean) => Promise<import('../../types/engine.js').Engine>}
 *   backend: the setting; alone: no other engine computes at the same time
 */
export function engineLoader() {
  if (typeof WebAssembly === 'object' && threadCount() > 1 && hasRelaxed()) return chooseEngine;
  const loading = loadPlain('ganvas-page');
  loading.catch(() => {}); // told to who waits for it
  return (name) => (name === 'ganvas-page' ? loading : loadPlain(name));
}

/**
 * @param {EngineName} name
 * @param {string | undefined} backend
 * @param {boolean} alone
 * @returns {Promise<import('../../types/engine.js').Engine>}
 */
async function chooseEngine(name, backend, alone) {
  try {
    if (alone && (await trainsOnCpu(backend))) return await loadThreads(threadCount(), name);
  } catch (error) {
    console.warn(`The engine with threads did not load (${error.message}); the one without takes its place.`);
  }
  return loadPlain(name);
}

/** @param {EngineName} name @returns {Promise<import('../../types/engine.js').Engine>} */
export async function loadPlain(name) {
  if (typeof WebAssembly !== 'object') {
    throw new EngineProblem(
      'This browser has no WebAssembly, which the engine is made of. A current Chrome, Edge, Firefox or Safari has it.',
    );
  }
  const url = siteUrl(`engine/${name}.js`);
  try {
    const engine = await import(url.href);
    await engine.default({ module_or_path: moduleOf(name) });
    return engine;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      throw new EngineProblem(
        `This browser cannot compile the engine (${error.message}). It needs WebAssembly with SIMD: a current Chrome, Edge, Firefox or Safari has it.`,
      );
    }
    throw new EngineProblem(
      `The engine did not load (${error.message}). The folder engine/ belongs beside this page: check that it was copied, then reload.`,
    );
  }
}

/**
 * Whether a run with this setting will be on the CPU, as far as that can be known before the engine is there.
 * @param {string | undefined} backend
 */
async function trainsOnCpu(backend) {
  if (backend === 'cpu' || (await findGpuProblem(backend))) return true;
  /** @type {(GPUAdapter & { isFallbackAdapter?: boolean }) | null}  older browsers say it of the adapter itself */
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  return backend !== 'gpu' && (adapter?.info?.isFallbackAdapter ?? adapter?.isFallbackAdapter ?? false);
}

/**
 * Why WebGPU is out of reach here, or null where the engine may try.
 * A refused device and a software adapter are for the engine to find: it opens the device.
 * @param {string | undefined} backend  the setting
 */
export async function findGpuProblem(backend) {
  if (backend === 'cpu') return null;
  if (!self.isSecureContext) {
    return 'Browsers offer WebGPU only to pages served over https or from localhost, and this page is neither.';
  }
  if (!navigator.gpu) {
    return 'This browser has no WebGPU (navigator.gpu is missing). A current Chrome, Edge, Safari or Firefox with a graphics driver has it.';
  }
  try {
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter) return null;
    return 'This browser has WebGPU but found no adapter: the graphics driver may be switched off, blocked or missing.';
  } catch (error) {
    return `This browser has WebGPU but refused an adapter (${error.message}).`;
  }
}
