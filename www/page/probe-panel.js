/** What the networks make of something that the visitor draws. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */

import { button, formatCount, h } from './dom.js';
import { DrawingPad } from './drawing-pad.js';

/** While a run trains its answer is asked for again after so many milliseconds. */
const AGAIN_MS = 1000;

const PENS = /** @type {const} */ ([
  ['stroke', 'Whole stroke', 'Draw a digit as with a thick pen: its outline is what goes in.'],
  ['line', 'Thin line', 'Draw the outline itself.'],
  ['rubber', 'Rubber', 'Take away.'],
]);

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
    const [input] = probe?.inputs ?? [];
    if (!probe || !input) {
      this.element.replaceChildren();
      return;
    }
    const pad = new DrawingPad(input.name, [input.height, input.width], () => {
      this.#drawn = true;
      this.#ask();
    });
    this.#pad = pad;
    const pens = PENS.map(([pen, name, help]) => {
      const radio = h('input', {
        type: 'radio',
        name: 'pen',
        checked: pen === pad.pen,
        on: { change: () => (pad.pen = pen) },
      });
      return h('label', { title: help }, radio, ` ${name}`);
    });
    this.#said.textContent = 'Draw a digit: the run fills in what its outline stands for.';
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
        h('figure', {}, pad.element, h('figcaption', {}, input.name)),
        h('figure', {}, this.#result, h('figcaption', {}, probe.outputs.join(', '))),
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
      const inputs = { [this.#probe.inputs[0].key]: this.#pad.picture };
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
    this.#said.textContent = `As the networks stand at step ${formatCount(step)}.`;
  }
}
