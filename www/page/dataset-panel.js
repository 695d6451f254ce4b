/** A labelled data set of digits that the generator draws to order, in the files that MNIST has, as one zip. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */

import { siteUrl } from '../site.js';
import { button, download, formatBytes, formatCount, h, setDisabled } from './dom.js';

/** How many digits can be made; as many as MNIST has at most. */
const COUNTS = [1_000, 10_000, 60_000];
/** Digits that are asked for at once: others of the page want answers too. */
const BITE = 400;
const SIDE = 28;
/** @type {typeof import('client-zip') | null} */
let zip = null;

export class DatasetPanel {
  element = h('section', { class: 'panel dataset', 'aria-label': 'A data set of your own' });
  #request;
  #count = h(
    'select',
    { id: 'dataset-count' },
    ...COUNTS.map((n) => h('option', { value: String(n) }, formatCount(n))),
  );
  #make = button('Make the data set', () => this.#start());
  #cancel = button('Cancel', () => this.#attempt?.abort());
  #bar = h('progress', { 'aria-label': 'Digits that are drawn' });
  #said = h('p', { role: 'status' });
  /** @type {AbortController | null} */
  #attempt = null;
  /** Columns of a page: a class each. */
  #columns = 10;
  #preset = '';
  #step = 0;
  #made = 0;

  /** @param {Pick<Context, 'request'>} context */
  constructor({ request }) {
    this.#request = request;
    this.element.append(
      h('h2', {}, 'A data set of your own'),
      h(
        'p',
        { class: 'help' },
        'The generator draws digits to order, as many of each, and they come as a zip: the two files that MNIST has, of images and of labels, which PyTorch, Keras and others read. What it draws wrongly has a wrong label; nothing in it is a real digit.',
      ),
      h('div', { class: 'field' }, h('label', { htmlFor: 'dataset-count' }, 'Digits'), this.#count),
      this.#make,
      this.#cancel,
      this.#bar,
      this.#said,
    );
    this.#work(false);
  }

  /** @param {Info} info @param {import('../protocol.js').Settings} settings */
  ready({ page }, { preset }) {
    this.#attempt?.abort(); // its generator is gone
    this.#columns = page[0];
    this.#preset = String(preset);
    this.#said.textContent = '';
  }

  /** @param {import('../protocol.js').State} _ @param {number} step */
  state(_, step) {
    this.#step = step;
  }

  /** @param {boolean} works */
  #work(works) {
    setDisabled(this.#make, works);
    this.#cancel.hidden = this.#bar.hidden = !works;
  }

  async #start() {
    if (this.#attempt) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#work(true);
    this.#said.textContent = 'Drawing\u2026';
    try {
      const bytes = await this.#pack(Number(this.#count.value), attempt.signal);
      this.#made += 1;
      download(bytes, `ganvas-${this.#preset}-${this.#step}-${this.#count.value}.zip`);
      this.#said.textContent = `${formatCount(Number(this.#count.value))} digits, ${formatBytes(bytes.length)}.`;
    } catch (error) {
      const why = `No data set was made: ${error.message} Try again.`;
      this.#said.textContent = attempt.signal.aborted ? 'No data set was made: it was called off.' : why;
    } finally {
      this.#attempt = null;
      this.#work(false);
    }
  }

  /** @param {number} count @param {AbortSignal} signal */
  async #pack(count, signal) {
    const images = new Uint8Array(count * SIDE * SIDE);
    const labels = Uint8Array.from({ length: count }, (_, at) => (at % BITE) % this.#columns);
    this.#bar.max = count;
    for (let from = 0; from < count; from += BITE) {
      const n = Math.min(BITE, count - from);
      // Another seed for each bite and each set: no digit comes twice.
      const seed = this.#made * 1_000 + from / BITE + 1;
      const picture = await this.#request({ type: 'samples', n, seed, label: null });
      signal.throwIfAborted();
      images.set(tiles(picture, n, this.#columns), from * SIDE * SIDE);
      this.#bar.value = from + n;
    }
    const input = [
      { name: 'train-images-idx3-ubyte', input: idx([count, SIDE, SIDE], images) },
      { name: 'train-labels-idx1-ubyte', input: idx([count], labels) },
    ];
    zip ??= /** @type {typeof import('client-zip')} */ (await import(siteUrl('vendor/zip/index.js').href));
    return new Uint8Array(await zip.downloadZip(input).arrayBuffer());
  }

  destroy() {
    this.#attempt?.abort();
  }
}

/**
 * The digits of a picture, a byte a pixel, row by row of the picture.
 * @param {import('../../types/engine.js').Picture} picture @param {number} count @param {number} columns
 */
function tiles({ data, width }, count, columns) {
  const pitch = SIDE + (columns > 1 ? (width - columns * SIDE) / (columns - 1) : 0);
  const bytes = new Uint8Array(count * SIDE * SIDE);
  for (let at = 0; at < count; at += 1) {
    const [left, top] = [(at % columns) * pitch, Math.floor(at / columns) * pitch];
    for (let y = 0; y < SIDE; y += 1)
      for (let x = 0; x < SIDE; x += 1) bytes[(at * SIDE + y) * SIDE + x] = data[((top + y) * width + left + x) * 4];
  }
  return bytes;
}

/** A file of bytes as MNIST has them. @param {number[]} extents @param {Uint8Array<ArrayBuffer>} bytes */
function idx(extents, bytes) {
  const file = new Uint8Array(4 + 4 * extents.length + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0, 0, 8, extents.length]); // unsigned bytes
  extents.forEach((extent, at) => view.setUint32(4 + 4 * at, extent));
  file.set(bytes, 4 + 4 * extents.length);
  return file;
}
