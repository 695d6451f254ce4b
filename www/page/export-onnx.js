/** What a saved run makes as an ONNX model: by the engine that has all games, beside the one that trains. */

import { loadPlain } from '../session/engine.js';

/**
 * @param {Blob} state  as `save` of the element gives it
 * @param {string} [gallery]  which of the run's galleries; by default the first that makes batches of any size
 * @returns {Promise<Blob>}
 */
export async function exportOnnx(state, gallery) {
  const engine = await loadPlain('ganvas-whole');
  const bytes = engine.exportOnnx(new Uint8Array(await state.arrayBuffer()), gallery);
  return new Blob([bytes], { type: 'application/octet-stream' });
}
