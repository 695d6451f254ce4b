/**
 * Unpacks a data set while it is still on its way, so that the engine has nothing left to do but check it; and hands out
 * the first images as soon as they are there: they can be shown, not yet trusted. See src/data/pack.rs for the file.
 */

const SHOWN = 80; // images: as many as a page has at most
const MAGIC_BYTES = 8;
const IDX_BYTES = 16; // of an IDX file's own header: kind, count, height, width
const MOST_HEADER_BYTES = 64 << 10;
const MOST_BYTES = 512 << 20; // as in the engine, which says what is wrong with a file that has more

export class Unpacker {
  /** The beginning of the file, until its header is known; then null. @type {Uint8Array<ArrayBuffer>[] | null} */
  #head = [];
  #gzip = new DecompressionStream('gzip');
  #writer = this.#gzip.writable.getWriter();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #pieces = [];
  #onPreview;
  #read = this.#readAll().catch(/** @returns {null} */ () => null);

  /** @param {(images: { pixels: Uint8Array<ArrayBuffer>, height: number, width: number }) => void} onPreview */
  constructor(onPreview) {
    this.#onPreview = onPreview;
  }

  /** @param {Uint8Array<ArrayBuffer>} chunk  of the packed file, in order */
  push(chunk) {
    if (!this.#head) {
      this.#write(chunk);
      return;
    }
    this.#head.push(chunk);
    const bytes = joined(this.#head);
    const start = MAGIC_BYTES + 4;
    if (bytes.length < start) return;
    const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC_BYTES, true);
    if (headerBytes > MOST_HEADER_BYTES) this.cancel();
    if (headerBytes > MOST_HEADER_BYTES || bytes.length < start + headerBytes) return;
    this.#head = null;
    this.#write(bytes.subarray(start + headerBytes));
  }

  /**
   * The file has come to its end.
   * @returns {Promise<Uint8Array<ArrayBuffer>[] | null>}  what was packed, in order; null where that failed: the engine finds out why
   */
  finish() {
    this.#writer.close().catch(() => {});
    return this.#read;
  }

  cancel() {
    this.#writer.abort().catch(() => {});
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #write(bytes) {
    this.#writer.write(bytes).catch(() => {}); // whoever reads is told as well
  }

  async #readAll() {
    const reader = this.#gzip.readable.getReader();
    for (let have = 0, shown = false; ;) {
      const { value, done } = await reader.read();
      if (done) return this.#pieces;
      this.#pieces.push(value);
      have += value.length;
      if (have > MOST_BYTES) throw new Error('That is too much.');
      shown ||= this.#show(have);
    }
  }

  /** @param {number} have */
  #show(have) {
    if (have < IDX_BYTES) return false;
    const bytes = joined(this.#pieces);
    const header = new DataView(bytes.buffer, bytes.byteOffset);
    const [height, width] = [header.getUint32(8), header.getUint32(12)];
    const end = IDX_BYTES + SHOWN * height * width;
    if (have < end) return false;
    this.#onPreview({ pixels: bytes.slice(IDX_BYTES, end), height, width });
    return true;
  }
}

/** @param {Uint8Array<ArrayBuffer>[]} parts @returns {Uint8Array<ArrayBuffer>} all in one; the first itself if it is alone */
export function joined(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
