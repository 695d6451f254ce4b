/** Fetches packed data sets, with progress, and other files; says in plain words what went wrong. */

import { firstImages } from './preview.js';
import { siteUrl } from '../site.js';

/** Data sets that come from a file; the others are worlds of points, which the engine makes. */
const IN_FILES = ['mnist'];

const PREVIEW_BYTES = 64 << 10; // of the file, in which the images of a preview are

/** A message for the visitor; training then goes on with a generated set. */
class DataProblem extends Error {}

export class Files {
  /** Packed data sets by name. */
  #kept = new Map();

  /**
   * The bytes of a data set, or what was wrong with them; neither for a world of points.
   * @param {string} name  the setting `data`
   * @param {{ signal: AbortSignal, onProgress: (done: number, total: number | null) => void,
   *   onPreview: (images: object) => void }} options  onPreview: the first images, while the rest is on its way
   * @returns {Promise<{ data: Uint8Array | null, dataProblem: string | null }>}
   */
  async data(name, options) {
    if (!IN_FILES.includes(name)) return { data: null, dataProblem: null };
    try {
      if (!this.#kept.has(name)) this.#kept.set(name, await fetchDataset(name, options));
      return { data: this.#kept.get(name), dataProblem: null };
    } catch (error) {
      if (error instanceof DataProblem) return { data: null, dataProblem: error.message };
      throw error;
    }
  }

  /** @param {string} file  its address, relative to the page */
  async bytes(file) {
    const response = await fetch(siteUrl(file));
    if (!response.ok) throw new Error(`${file}: the server answered ${response.status}.`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

async function fetchDataset(name, { signal, onProgress, onPreview }) {
  const file = `data/${name}.ganvas`;
  const url = siteUrl(file);
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new DataProblem(`The data file ${file} could not be fetched (${error.message}).`);
  }
  if (!response.ok) {
    throw new DataProblem(`The data file ${file} could not be fetched: the server answered ${response.status} ${response.statusText}`.trim() + '.');
  }
  try {
    return await readWithProgress(response, onProgress, onPreview);
  } catch (error) {
    signal.throwIfAborted();
    throw new DataProblem(`The data file ${file} broke off while loading (${error.message}).`);
  }
}

async function readWithProgress(response, onProgress, onPreview) {
  const total = expectedSize(response);
  const chunks = [];
  let done = 0;
  let previewed = false;
  onProgress(0, total);
  const reader = response.body.getReader();
  for (;;) {
    const { done: finished, value } = await reader.read();
    if (finished) break;
    chunks.push(value);
    done += value.length;
    if (!previewed) {
      previewed = done >= PREVIEW_BYTES;
      // Nobody waits for it, and the engine says better what is wrong with a file.
      if (previewed) firstImages([...chunks]).then(onPreview).catch(() => {});
    }
    // A server may announce the compressed length and deliver more: then nobody knows the total.
    onProgress(done, total !== null && done <= total ? total : null);
  }
  const bytes = new Uint8Array(done);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Content-Length counts the bytes on the wire, so it says nothing where they are compressed. */
function expectedSize(response) {
  const length = Number(response.headers.get('Content-Length'));
  return length > 0 && !response.headers.get('Content-Encoding') ? length : null;
}
