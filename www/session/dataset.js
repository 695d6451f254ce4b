/** Fetches packed data sets, with progress, and other files; says in plain words what went wrong. */

import { siteUrl } from '../site.js';
import { nextTask } from './queue.js';
import { Unpacker, joined } from './unpacker.js';

/** The file that is most likely wanted; which it is, only the engine's tables say. */
const LIKELY = 'mnist';

/**
 * @typedef {{ file: string | null, drawn: Parameters<typeof import('./drawing.js').drawSets>[0] | null }} Origin
 *   file: the name of a packed file; drawn: the sets that are drawn
 * @typedef {{ data: Uint8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>[] | null, dataProblem: string | null }} Source
 *   the bytes of a packed file, the tables of what was drawn, or what was wrong; nothing of these for a world of points
 * @typedef {{ data: Uint8Array<ArrayBuffer>, unpacked: Uint8Array<ArrayBuffer>[] | null }} Fetched
 *   unpacked: what is in it; null where that failed
 * @typedef {Omit<import('../protocol.js').Preview, 'type'>} Images
 * @typedef {{ onProgress(done: number, total: number | null): void, onPreview(images: Images): void }} Listeners
 */

/** A message for the visitor; training then goes on with a generated set. */
class DataProblem extends Error {}

export class Files {
  /** Packed data sets by name. @type {Map<string, Uint8Array<ArrayBuffer>>} */
  #kept = new Map();
  /**
   * A file that is being fetched before anybody has asked for it.
   * @type {{ name: string, controller: AbortController, fetched: Promise<Fetched> } | null}
   */
  #early = null;
  /** What was drawn last: restarts ask for it again. @type {{ key: string, tables: Uint8Array<ArrayBuffer>[] } | null} */
  #drawn = null;
  #post;
  #listeners;

  /** @param {import('../protocol.js').Post} post */
  constructor(post) {
    this.#post = post;
    /** @type {Listeners} */
    this.#listeners = {
      onProgress: (done, total) => post({ type: 'progress', label: 'Loading the data', done, total, unit: 'bytes' }),
      onPreview: (images) => post({ type: 'preview', ...images }, [images.pixels.buffer]),
    };
  }

  /**
   * Begins to fetch what the visitor's wishes will most likely ask for.
   * @param {Record<string, string>} raw
   */
  begin({ data, preset = LIKELY }) {
    if (!(data ?? preset).includes(LIKELY)) return;
    const name = LIKELY;
    const controller = new AbortController();
    const fetched = fetchDataset(name, { signal: controller.signal, ...this.#listeners });
    fetched.catch(() => {}); // told to who asks for it
    this.#early = { name, controller, fetched };
  }

  /**
   * A packed data set, or one that is drawn.
   * @param {Origin} origin
   * @param {AbortSignal} signal
   * @returns {Promise<Source & { unpacked?: Uint8Array<ArrayBuffer>[] | null }>}
   *   unpacked: what is in the file, when it has just been fetched
   */
  async data({ file: name, drawn }, signal) {
    const early = this.#early;
    this.#early = null;
    if (early?.name !== name) early?.controller.abort();
    if (drawn) return { data: await this.#draw(drawn, signal), dataProblem: null };
    if (name === null) return { data: null, dataProblem: null };
    const kept = this.#kept.get(name);
    if (kept) return { data: kept, dataProblem: null };
    try {
      let fetched;
      if (early?.name === name) {
        signal.addEventListener('abort', () => early.controller.abort(signal.reason));
        ({ fetched } = early);
      } else fetched = fetchDataset(name, { signal, ...this.#listeners });
      const { data, unpacked } = await fetched;
      this.#kept.set(name, data);
      return { data, dataProblem: null, unpacked };
    } catch (error) {
      if (error instanceof DataProblem) return { data: null, dataProblem: error.message };
      throw error;
    }
  }

  /** @param {NonNullable<Origin['drawn']>} wanted @param {AbortSignal} signal */
  async #draw(wanted, signal) {
    const key = JSON.stringify(wanted);
    if (this.#drawn?.key !== key) {
      this.#drawn = null; // two at once would need the memory of both
      const { drawSets } = await import('./drawing.js');
      const here = { module: siteUrl('engine/ganvas-sets.wasm'), pause: nextTask };
      const tables = await drawSets(wanted, here, signal, (done, total) =>
        this.#post({ type: 'progress', label: 'Drawing the data', done, total, unit: 'count' }),
      );
      this.#drawn = { key, tables };
    }
    return this.#drawn.tables;
  }

  /** @param {string} file  its address, relative to the page */
  async bytes(file) {
    const response = await fetch(siteUrl(file));
    if (!response.ok) throw new Error(`${file}: the server answered ${response.status}.`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

/** @param {string} name @param {Listeners & { signal: AbortSignal }} options @returns {Promise<Fetched>} */
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
    throw new DataProblem(
      `The data file ${file} could not be fetched: the server answered ${response.status} ${response.statusText}`.trim() +
        '.',
    );
  }
  try {
    return await readWithProgress(response, onProgress, onPreview);
  } catch (error) {
    signal.throwIfAborted();
    throw new DataProblem(`The data file ${file} broke off while loading (${error.message}).`);
  }
}

/**
 * @param {Response} response
 * @param {Listeners['onProgress']} onProgress
 * @param {Listeners['onPreview']} onPreview
 * @returns {Promise<Fetched>}
 */
async function readWithProgress(response, onProgress, onPreview) {
  const total = expectedSize(response);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  const unpacker = new Unpacker(onPreview);
  let done = 0;
  onProgress(0, total);
  try {
    if (!response.body) throw new Error('the answer is empty');
    const reader = response.body.getReader();
    for (;;) {
      const { done: finished, value } = await reader.read();
      if (finished) break;
      chunks.push(value);
      unpacker.push(value);
      done += value.length;
      // A server may announce the compressed length and deliver more: then nobody knows the total.
      onProgress(done, total !== null && done <= total ? total : null);
    }
  } catch (error) {
    unpacker.cancel();
    throw error;
  }
  return { data: joined(chunks), unpacked: await unpacker.finish() };
}

/**
 * Content-Length counts the bytes on the wire, so it says nothing where they are compressed.
 * @param {Response} response
 */
function expectedSize(response) {
  const length = Number(response.headers.get('Content-Length'));
  return length > 0 && !response.headers.get('Content-Encoding') ? length : null;
}
