/** What a visitor need not draw: a picture of their own, from a file, dropped or pasted, or one that the run has not seen. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */
/** @import { DrawingPad } from './drawing-pad.js' */

import { button, h, pencil, said } from './dom.js';
import { greyOf, squareOf, Unusable } from './picture.js';

/** Pixels between the pictures of a gallery, as the engine draws them. */
const GAP = 2;

export class OwnPicture {
  element;
  #context;
  #pad;
  #card;
  #gallery;
  #file;
  #invert = h('input', { type: 'checkbox', on: { change: () => this.#give() } });
  #choice = h('label', { class: 'check', hidden: true }, this.#invert, 'Invert: digits are white on black');
  #line = said();
  /** What was taken last, before it is inverted. @type {Float32Array | null} */
  #values = null;
  /** So that of two pictures the one that was given last stays. */
  #given = 0;
  #visible = false;
  #leave = new AbortController();

  /**
   * @param {Context} context
   * @param {DrawingPad} pad  that takes the picture
   * @param {HTMLElement} card  on which one may be dropped
   * @param {Info['galleries'][number]} gallery  of rows that the run has not seen, a column each
   */
  constructor(context, pad, card, gallery) {
    this.#context = context;
    this.#pad = pad;
    this.#card = card;
    this.#gallery = gallery;
    this.#file = h('input', {
      type: 'file',
      accept: 'image/*',
      class: 'visually-hidden',
      tabIndex: -1,
      'aria-hidden': 'true',
      on: { change: () => this.#chosen() },
    });
    const columns = gallery.rows.length > 0 && this.#shown ? gallery.page[0] : 0;
    const others = Array.from({ length: columns }, (_, column) =>
      h(
        'button',
        {
          type: 'button',
          class: 'word',
          'aria-label': `Held-out digit ${column + 1}`,
          on: { click: () => this.#take(column) },
        },
        String(column + 1),
      ),
    );
    this.element = h(
      'div',
      { class: 'own-picture' },
      h(
        'div',
        { class: 'row' },
        button('Your own picture', () => this.#file.click()),
        this.#choice,
      ),
      this.#file,
      h('p', { class: 'detail' }, 'Or drop it here, or paste it. It does not leave this device.'),
      columns
        ? h(
            'div',
            { class: 'words', role: 'group', 'aria-label': 'One that the run has not seen' },
            h('span', {}, 'One that the run has not seen, from the picture above:'),
            ...others,
          )
        : null,
      this.#line.element,
    );
    this.#listen();
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
  }

  /** What was taken is no longer there. */
  forget() {
    this.#given += 1;
    this.#values = null;
    this.#choice.hidden = true;
    this.#line.say('');
  }

  destroy() {
    this.#leave.abort();
  }

  #listen() {
    const { signal } = this.#leave;
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (/** @type {DragEvent} */ event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.#card.classList.add('dropping');
    };
    const left = () => this.#card.classList.remove('dropping');
    this.#card.addEventListener('dragover', over, { signal });
    this.#card.addEventListener('dragleave', left, { signal });
    const drop = (/** @type {DragEvent} */ event) => {
      left();
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#bring(event.dataTransfer?.files[0]);
    };
    this.#card.addEventListener('drop', drop, { signal });
    document.addEventListener('paste', (event) => this.#paste(event), { signal });
    this.#context.stage.frame('samples').addEventListener('click', (event) => this.#click(event), { signal });
  }

  #chosen() {
    const [file] = this.#file.files ?? [];
    this.#bring(file);
    this.#file.value = ''; // the same one can be chosen again
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const path = event.composedPath();
    const isMine = path.includes(this.#context.host) || path[0] === document.body;
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
    if (!this.#visible || !isMine || !file) return;
    event.preventDefault();
    this.#bring(file);
  }

  /** A picture goes to the pad; a saved run is opened, as by its own button. @param {File | undefined} file */
  async #bring(file) {
    if (!file) return;
    if (/\.safetensors$/i.test(file.name)) {
      const { openFile } = await import('./open-file.js');
      return openFile(this.#context.host, file).catch(() => {}); // a notice says it
    }
    const given = ++this.#given;
    this.#line.say('Reading it \u2026');
    try {
      const square = await squareOf(file);
      if (given !== this.#given) return;
      const { values, isBright } = greyOf(square, this.#pad.side);
      this.#values = values;
      this.#invert.checked = isBright;
      this.#give();
      this.#line.say(isBright ? 'Its border is bright, so it was inverted.' : '');
    } catch (error) {
      if (given !== this.#given) return;
      const why = error instanceof Unusable ? error.message : `It could not be read (${error.message}).`;
      this.#line.say(`${why} What was there stays.`, true);
    }
  }

  /** Puts it on the pad. */
  #give() {
    if (!this.#values) return;
    this.#choice.hidden = false;
    this.#pad.take(this.#invert.checked ? this.#values.map((value) => 1 - value) : this.#values);
  }

  /** The canvas of the gallery. */
  get #shown() {
    return this.#context.stage.frame('samples').querySelector('canvas');
  }

  /** @param {MouseEvent} event */
  #click({ clientX }) {
    const canvas = this.#shown;
    if (!this.#visible || !canvas || this.#gallery.rows.length === 0) return;
    const { left, width } = canvas.getBoundingClientRect();
    const columns = this.#gallery.page[0];
    this.#take(Math.min(columns - 1, Math.max(0, Math.floor(((clientX - left) / width) * columns))));
  }

  /** Takes what went in, or what it was made of, of an example of the gallery. @param {number} column */
  #take(column) {
    const canvas = this.#shown;
    if (!canvas) return;
    this.forget();
    const { page, rows } = this.#gallery;
    const side = this.#pad.side;
    // The row that is called like what is drawn; where none is, that is the truth, which stands last.
    const named = rows.indexOf(this.#pad.name);
    const row = named < 0 ? rows.length - 1 : named;
    const context = pencil(h('canvas', { width: side, height: side }));
    const pitch = (canvas.width + GAP) / page[0];
    const own = pitch - GAP;
    context.drawImage(canvas, column * pitch, row * pitch, own, own, 0, 0, side, side);
    this.#pad.take(greyOf({ pixels: context.getImageData(0, 0, side, side).data, side }, side).values);
  }
}
