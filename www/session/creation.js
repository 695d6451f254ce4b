/** Makes a session: what it trains on and what the browser has of WebGPU, then the engine's part. */

import { findGpuProblem } from './engine.js';
import { recallTuning } from './tuning.js';

/**
 * @param {{ engine: import('../../types/engine.js').Engine, files: import('./dataset.js').Files, origin: import('./dataset.js').Origin, settings: import('../protocol.js').Settings, engineMs: number, signal: AbortSignal,
 *   makeRoom(): void, onProgress(label: string, done: number, total: number | null): void }} wishes
 *   makeRoom: frees the session before: two at once would need the memory of both
 * @returns {Promise<{ session: import('../../types/engine.js').Session, source: import('./dataset.js').Source,
 *   timings: import('../protocol.js').Timings }>}  rejects when the signal aborts
 */
export async function createSession({ engine, files, origin, settings, engineMs, signal, makeRoom, onProgress }) {
  const started = performance.now();
  const [{ unpacked, ...source }, gpuProblem] = await Promise.all([
    files.data(origin, signal),
    findGpuProblem(settings.backend),
  ]);
  signal.throwIfAborted();
  const fetched = performance.now();
  makeRoom(); // only now: until here the old one may still be wanted
  const session = await engine.Session.create(
    { settings, ...source, unpacked, gpuProblem, recallTuning },
    (label, done, total) => onProgress(label, done, total),
  );
  if (signal.aborted) {
    session.destroy();
    signal.throwIfAborted();
  }
  const createMs = performance.now() - fetched;
  return { session, source, timings: { engineMs, fetchMs: fetched - started, createMs, ...session.info().timings } };
}
