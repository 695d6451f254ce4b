/** What the networks make of something that the visitor draws. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */

import { button, formatCount, h } from './dom.js';
import { DrawingPad } from './drawing-pad.js';

/** While a run trains its answer is asked for again after so many milliseconds. */
const AGAIN_MS = 1000;

/**
 * Each for inputs that are drawn in this way; the rubber is for all.
 * @type {[import('../../types/engine.js').Drawn | null, import('./drawing-pad.js').Pen, string, string][]}
 */
const PENS = [
  ['outline', 'stroke', 'Whole stroke', 'Draw a digit as with a thick pen: its outline is what goes in.'],
  ['outline', 'line', 'Thin line', 'Draw the outline itself.'],
  ['ink', 'stroke', 'Pen', 'Draw a digit.'],
  ['hole', 'hole', 'Hole', 'Hide a part of it, which the run shall fill in.'],
  [null, 'rubber', 'Rubber', 'Take away what is drawn, and holes.'],
];

/** What is asked of the visitor, by the way in which the last input is drawn. */
const WORDS = {
  outline: 'Draw a digit: the run fills in what its outline stands for.',
  ink: 'Draw a digit, and see what the run makes of it.',
  hole: 'Draw a digit, then lay a hole over a part of it with the pen “Hole”: the run fills it.',
};

export class ProbePanel {
  element = h('section', { class: 'panel probe' });
  #context;
  /** @type {Info['probes'][number] | null} */
  #probe = null;
  /** @type {DrawingPad | null} */
  #pad = null;
  #result = h('canvas', { role: 'img', 'aria-label': 'Nothing is drawn yet' });
  #said = h('p', { class: 'caption', role: 'status' });
  #visible = false;
  #training = false;
  #drawn = false;
  #asking = false;
  #wanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** @param {Info} info */
  ready({ probes }) {
    const [probe = null] = probes;
    if (probe && this.#probe && probe.key === this.#probe.key) return this.#ask(); // another start of the same game
    this.#probe = probe;
    this.#drawn = false;
    const inputs = probe?.inputs ?? [];
    if (!probe || inputs.length === 0) {
      this.element.replaceChildren();
      return;
    }
    const pad = new DrawingPad(inputs, () => {
      this.#drawn = true;
      this.#ask();
    });
    this.#pad = pad;
    const wanted = PENS.filter(([of]) => of === null || inputs.some(({ drawn }) => drawn === of));
    const pens = wanted.map(([, pen, name, help]) => {
      const radio = h('input', {
        type: 'radio',
        name: 'pen',
        checked: pen === pad.pen,
        on: { change: () => (pad.pen = pen) },
      });
      return h('label', { title: help }, radio, ` ${name}`);
    });
    this.#said.textContent = WORDS[inputs[inputs.length - 1].drawn];
    const result = h('figure', {}, this.#result, h('figcaption', {}, probe.outputs.join(', ')));
    result.style.flexBasis = `${15 * probe.outputs.length}rem`;
    this.element.replaceChildren(
      h('h2', {}, probe.name),
      h(
        'fieldset',
        { class: 'pens' },
        h('legend', {}, 'Pen'),
        ...pens,
        button('Clear', () => pad.clear()),
      ),
      h(
        'div',
        { class: 'pictures' },
        h('figure', {}, pad.element, h('figcaption', {}, inputs.map(({ name }) => name).join(', '))),
        result,
      ),
      this.#said,
    );
  }

  /** @param {string} state */
  state(state) {
    this.#training = state === 'playing';
    this.#ask();
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    this.#ask();
  }

  destroy() {
    clearTimeout(this.#timer);
  }

  /** Asks once at a time; what is drawn meanwhile is asked about afterwards. */
  async #ask() {
    clearTimeout(this.#timer);
    if (!this.#probe || !this.#pad || !this.#visible || !this.#drawn) return;
    if (this.#asking) {
      this.#wanted = true;
      return;
    }
    this.#asking = true;
    this.#wanted = false;
    try {
      const inputs = this.#pad.pictures;
      const answer = await this.#context.request({ type: 'ask', probe: this.#probe.key, inputs });
      if ('problem' in answer) this.#said.textContent = answer.problem;
      else this.#show(answer);
    } catch (error) {
      this.#said.textContent = error.message;
    }
    this.#asking = false;
    if (this.#wanted) this.#ask();
    else if (this.#training) this.#timer = setTimeout(() => this.#ask(), AGAIN_MS);
  }

  /** @param {import('../../types/engine.js').Picture & { step: number }} answer */
  #show({ width, height, data, step }) {
    const canvas = this.#result;
    [canvas.width, canvas.height] = [width, height];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.putImageData(new ImageData(data, width, height), 0, 0);
    canvas.ariaLabel = `What the run makes of your drawing at step ${formatCount(step)}`;
    this.#said.textContent = `${this.#blank(this.#probe, this.#pad)}As the networks stand at step ${formatCount(step)}.`;
  }

  /** A word on a drawing that asks nothing. @param {Info['probes'][number] | null} probe @param {DrawingPad | null} pad */
  #blank(probe, pad) {
    if (!probe || !pad) return '';
    const { inked, holed, known } = pad.contents;
    if (!inked && !holed) return 'Nothing is drawn: this is what becomes of an empty picture. ';
    if (!probe.inputs.some(({ drawn }) => drawn === 'hole')) return '';
    if (!holed) return 'Without a hole all stays as it is drawn. ';
    return known ? '' : 'No ink is left to go by: this is what the run fills in where it knows nothing. ';
  }
}
