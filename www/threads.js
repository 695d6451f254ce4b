/** The engine with threads, for pages whose server lets workers share memory (they are cross-origin isolated). */

import { siteUrl } from './site.js';

const MOST = 8;
/** Whoever comes later helps too, but nobody waits for it. */
const PATIENCE_MS = 10_000;
/** The helpers of the engine that was loaded last: another engine takes its place. @type {Worker[]} */
const workers = [];

/** How many threads the engine may have here; 1: it must do without helpers. Only a release build has the engine for them. */
export function threadCount() {
  const canShare =
    typeof HAS_THREADS === 'boolean' && self.crossOriginIsolated && typeof Atomics.waitAsync === 'function';
  const cores = navigator.hardwareConcurrency ?? 1;
  // Of more than a few, half are second threads of the same cores, or slow ones.
  return canShare && cores > 1 ? Math.max(2, Math.min(MOST, cores >> 1)) : 1;
}

/**
 * @param {number} threads  how many in all
 * @param {'ganvas-page' | 'ganvas-whole'} name  of the engine's files, without their endings
 * @returns {Promise<import('../types/engine.js').ThreadedEngine>}  the engine, with its helpers at work
 */
export async function loadThreads(threads, name) {
  const script = siteUrl(`engine/${name}-threads.js`).href;
  const module = siteUrl(`engine/${name}-threads_bg.wasm`);
  const [engine, compiled] = await Promise.all([import(script), WebAssembly.compileStreaming(fetch(module))]);
  const { memory } = await engine.default({ module_or_path: compiled });
  /** @type {Worker[]} */
  const now = [];
  const helpers = Array.from(
    { length: threads - 1 },
    () =>
      new Promise((resolve) => {
        const helper = new Worker(siteUrl('helper.js'), { type: 'module', name: 'ganvas helper' });
        now.push(helper);
        // One that does not come is missed by nobody: there are fewer threads then.
        helper.onmessage = resolve;
        helper.onerror = resolve;
        helper.postMessage({ script, module: compiled, memory });
      }),
  );
  await Promise.race([
    Promise.all(helpers),
    new Promise((resolve) => {
      setTimeout(resolve, PATIENCE_MS);
    }),
  ]);
  for (const helper of workers.splice(0, Infinity, ...now)) helper.terminate();
  return engine;
}
