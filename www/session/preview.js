/** The first images of a packed data set, while the rest of it is still on its way: they can be shown, not yet trusted. */

const COLUMNS = 8;
const ROWS = 8;
const MAGIC_BYTES = 8;
const IDX_BYTES = 16; // of an IDX file's own header: kind, count, height, width

/**
 * @param {Uint8Array[]} chunks  the file's beginning, see src/data/pack.rs
 * @returns {Promise<{ pixels: Uint8Array, columns: number, rows: number, height: number, width: number }>}
 *   rejects where it cannot be read
 */
export async function firstImages(chunks) {
  const packed = new Uint8Array(await new Blob(chunks).arrayBuffer());
  const headerBytes = new DataView(packed.buffer).getUint32(MAGIC_BYTES, true);
  const gzip = new DecompressionStream('gzip');
  const writer = gzip.writable.getWriter();
  writer.write(packed.subarray(MAGIC_BYTES + 4 + headerBytes)).catch(() => {}); // it is cut off below
  const reader = gzip.readable.getReader();
  const parts = [];
  for (let have = 0; ;) {
    const { value, done } = await reader.read();
    if (done) throw new Error('The file ends before its first images do.');
    parts.push(value);
    have += value.length;
    if (have < IDX_BYTES) continue;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    const header = new DataView(bytes.buffer);
    const [height, width] = [header.getUint32(8), header.getUint32(12)];
    const end = IDX_BYTES + COLUMNS * ROWS * height * width;
    if (have < end) continue;
    writer.abort().catch(() => {});
    reader.cancel().catch(() => {});
    return { pixels: bytes.slice(IDX_BYTES, end), columns: COLUMNS, rows: ROWS, height, width };
  }
}
