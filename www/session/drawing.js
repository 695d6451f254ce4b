/**
 * Draws data sets in the worker, a few rows at a time, with a WebAssembly module that comes when it is first needed. It
 * imports nothing: what it shared with the worker's script would be a file of its own that every visitor waits for.
 */

/** Rows of a piece: some tens of milliseconds, so that a visitor who changes his mind need not wait. */
const PIECE = 250;

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * The module's functions, see sets/page.
 * @typedef {{ memory: WebAssembly.Memory, table(column: number): number, length(column: number): number,
 *   draw(set: number, seed: number, heldOut: boolean, first: number, count: number): number }} Drawer
 */

/** @type {Promise<Drawer> | null} */
let loading = null;

/**
 * @param {{ indices: number[], rows: number, heldOut: number, seed: number }} wanted  the sets' places among all that are
 *   drawn, and how many rows of each
 * @param {{ module: URL, pause(): Promise<void> }} site  where the module is, and what lets the worker hear commands
 * @param {AbortSignal} signal
 * @param {(done: number, total: number) => void} onProgress
 * @returns {Promise<Bytes[]>}  set by set a table for each column: of the rows to train on, then of those that are held out
 */
export async function drawSets({ indices, rows, heldOut, seed }, { module, pause }, signal, onProgress) {
  const drawer = await (loading ??= load(module));
  const tables = [];
  const total = indices.length * (rows + heldOut);
  let done = 0;
  const parts = indices.flatMap(
    (index) =>
      /** @type {[number, boolean, number][]} */ ([
        [index, false, rows],
        [index, true, heldOut],
      ]),
  );
  for (const [index, isHeldOut, count] of parts) {
    /** @type {Bytes[]} */
    let drawn = [];
    for (let first = 0; first < count; first += PIECE) {
      const few = Math.min(PIECE, count - first);
      const columns = drawer.draw(index, seed, isHeldOut, first, few);
      if (columns === 0) throw new Error('The module that draws the data does not know this set: reload the page.');
      for (let column = 0; column < columns; column++) {
        const piece = new Uint8Array(drawer.memory.buffer, drawer.table(column), drawer.length(column));
        drawn[column] ??= new Uint8Array((piece.length / few) * count);
        drawn[column].set(piece, (piece.length / few) * first);
      }
      done += few;
      onProgress(done, total);
      await pause();
      signal.throwIfAborted();
    }
    tables.push(...drawn);
  }
  return tables;
}

/** @param {URL} module @returns {Promise<Drawer>} */
async function load(module) {
  try {
    const response = await fetch(module);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer());
    return /** @type {Drawer} */ (/** @type {unknown} */ (instance.exports));
  } catch (error) {
    loading = null; // another try may succeed
    throw new Error(
      `The file ${module.pathname}, which draws the data, did not load (${error.message}). Check that it was copied, then try again.`,
    );
  }
}
