/** What the networks make of something that the visitor draws, or orders by sliders alone; and views into a game. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */

import { button, formatCount, formatShort, h } from './dom.js';
import { DrawingPad } from './drawing-pad.js';
import { opened } from './later.js';
import { MapPad } from './map-pad.js';
import { Pointer } from './pointer.js';
import { PosePad } from './pose-pad.js';
import { rangeField } from './range.js';
import { SolidPad } from './solid-pad.js';
import { WordsPad } from './words-pad.js';

const GAP = 2; // pixels between pictures, as the engine draws them
/** While a run trains its answer is asked for again after so many milliseconds. */
const AGAIN_MS = 1000;

/** @typedef {Info['probes'][number]} Probe */

/** @param {Probe} probe @param {() => void} changed */
function padFor(probe, changed) {
  if (probe.volumes.length > 0) return new SolidPad(probe);
  const { inputs } = probe;
  if (inputs.length === 0) return null;
  const [{ drawn }] = inputs;
  if (drawn === 'map') return new MapPad(inputs[0], changed);
  if (drawn === 'words') return new WordsPad(inputs[0], changed);
  return drawn === 'joints' ? new PosePad(inputs[0], changed) : new DrawingPad(inputs, changed);
}

/** @param {Probe} probe @param {HTMLElement} element */
function given({ inputs }, element) {
  return h('figure', {}, element, h('figcaption', {}, inputs.map(({ name }) => name).join(', ')));
}

/** A probe of a run: what goes in, and what comes of it. */
class Question {
  element = h('section', { class: 'panel probe' });
  #context;
  #probe;
  #pad;
  /** All of it in one, or of places that one clicks on each picture in its own. @type {HTMLCanvasElement[]} */
  #results;
  #numbers = h('p', { class: 'numbers' });
  #said = h('p', { class: 'caption', role: 'status' });
  #visible = false;
  #training = false;
  #gone = false;
  #drawn;
  #asking = false;
  #wanted = false;
  /** @type {import('./own-picture.js').OwnPicture | null} */
  #own = null;
  /** Where the probe's own sliders stand. @type {Record<string, Float32Array<ArrayBuffer>>} */
  #places = {};
  /** @type {Pointer | null} */
  #pointer = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Context} context @param {Probe} probe @param {Info['galleries'][number]} gallery the run's first */
  constructor(context, probe, gallery) {
    this.#context = context;
    this.#probe = probe;
    const changed = () => {
      this.#drawn = true;
      this.ask();
    };
    const pad = padFor(probe, changed);
    this.#pad = pad;
    this.#drawn = pad?.begins ?? true;
    const sliders = probe.sliders.map((slider) =>
      rangeField(slider.name, slider, (value) => {
        this.#places[slider.key] = Float32Array.of(value);
        this.#pointer?.mark();
        changed();
      }),
    );
    const names = probe.pointed.length > 0 ? probe.outputs : [''];
    // As wide as its pictures will be, until they come.
    const width = probe.pointed.length > 0 ? 1 : probe.outputs.length;
    const blank = { width, height: 1, role: 'img', 'aria-label': 'Nothing is drawn yet' };
    this.#results = names.map(() => h('canvas', blank));
    if (probe.pointed.length > 0) this.#pointer = new Pointer(probe, sliders, this.#results);
    this.#said.textContent = pad?.words ?? '';
    const clear = () => {
      pad?.clear();
      this.#own?.forget();
    };
    const own = h('div', { hidden: !(pad instanceof DrawingPad || pad instanceof WordsPad) });
    this.element.replaceChildren(
      h('h2', {}, probe.name),
      ...(probe.watch ? [h('p', { class: 'detail' }, probe.watch)] : []),
      ...(pad ? [...pad.tools(), button('clearWords' in pad ? pad.clearWords : 'Clear', clear)] : []),
      own,
      h(
        'div',
        { class: 'pictures' },
        // Shapes are an answer too: they stand behind what they were made of.
        ...(pad instanceof SolidPad
          ? [...this.#figures(), pad.element]
          : [pad && given(probe, pad.element), ...this.#figures()]),
      ),
      ...(probe.numbers.length > 0 ? [this.#numbers] : []),
      h('div', { class: 'fields' }, ...sliders),
      this.#said,
    );
    if (pad instanceof DrawingPad) this.#offer(pad, own, gallery);
    if (pad instanceof WordsPad) this.#quote(pad, own, probe.inputs[0]);
  }

  /**
   * What need not be drawn: pictures of the visitor's own.
   * @param {DrawingPad} pad @param {HTMLElement} place @param {Info['galleries'][number]} gallery
   */
  async #offer(pad, place, gallery) {
    const load = () => import('./own-picture.js');
    const again = () => this.#offer(pad, place, gallery);
    const code = await opened(this.#context.notices, 'Pictures of your own', load, again);
    if (!code || this.#gone) return;
    this.#own = new code.OwnPicture(this.#context, pad, this.element, gallery);
    this.#own.shown(this.#visible);
    place.append(this.#own.element);
  }

  /**
   * What need not be written: captions of held-out rows.
   * @param {WordsPad} pad @param {HTMLElement} place @param {import('../../types/engine.js').ProbeInput} input
   */
  async #quote(pad, place, input) {
    const { host, notices } = this.#context;
    const load = async () =>
      (await import('./held-out-captions.js')).captionSlider(host, input, (caption) => pad.write(caption));
    const slider = await opened(notices, 'Held-out captions', load, () => this.#quote(pad, place, input));
    if (slider && !this.#gone) place.append(slider);
  }

  /** The picture with the names of what is beside or above each other in it; or each by itself. */
  #figures() {
    const { outputs, rows, columns } = this.#probe;
    const [result] = this.#results;
    if (this.#pointer) {
      const single = (/** @type {HTMLElement} */ frame, /** @type {number} */ at) =>
        h('figure', { class: 'single' }, frame, h('figcaption', {}, outputs[at]));
      return this.#pointer.frames.map(single);
    }
    if (rows) {
      const names = outputs.map((name) => h('span', {}, name));
      return [
        h('figure', { class: 'rowed' }, h('div', { class: 'row-names', 'aria-hidden': 'true' }, ...names), result),
      ];
    }
    // One name below each picture, where nothing else is said there.
    const comma = (/** @type {number} */ at) => (at < outputs.length - 1 ? h('span', { class: 'comma' }, ', ') : '');
    const caption =
      this.#pad || columns < 2
        ? h('figcaption', {}, outputs.join(', '))
        : h('figcaption', { class: 'named' }, ...outputs.map((name, at) => h('span', {}, name, comma(at))));
    const figure = h('figure', {}, result, caption);
    figure.style.flexBasis = `${15 * outputs.length}rem`;
    return [figure];
  }

  /** @param {boolean} training */
  trains(training) {
    this.#training = training;
    this.ask();
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    this.#own?.shown(visible);
    this.ask();
  }

  destroy() {
    this.#gone = true;
    this.#visible = false;
    clearTimeout(this.#timer);
    this.#own?.destroy();
  }

  /** Asks once at a time; what is drawn meanwhile is asked about afterwards. */
  async ask() {
    clearTimeout(this.#timer);
    if (!this.#visible || !this.#drawn) return;
    if (this.#asking) {
      this.#wanted = true;
      return;
    }
    this.#asking = true;
    this.#wanted = false;
    try {
      const inputs = { ...this.#pad?.pictures, ...this.#places };
      const answer = await this.#context.request({ type: 'ask', probe: this.#probe.key, inputs });
      if ('problem' in answer) this.#said.textContent = answer.problem;
      else this.#show(answer);
    } catch (error) {
      this.#said.textContent = error.message;
    }
    this.#asking = false;
    if (this.#wanted) this.ask();
    else if (this.#training && this.#visible) this.#timer = setTimeout(() => this.ask(), AGAIN_MS);
  }

  /** @param {import('../../types/engine.js').Answer & { step: number }} answer */
  #show({ width, height, data, volumes, numbers, step }) {
    const [image, pitch] = [new ImageData(data, width, height), (width + GAP) / this.#results.length];
    this.#results.forEach((canvas, at) => {
      [canvas.width, canvas.height] = [pitch - GAP, height];
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      context.putImageData(image, -at * pitch, 0);
      canvas.ariaLabel = `What the run makes of this at step ${formatCount(step)}`;
      const { outputs } = this.#probe;
      if (this.#pointer) canvas.ariaLabel += `: ${outputs[at]}`;
      else if (!this.#pad) canvas.ariaLabel += `: ${outputs.join(', ')}`;
    });
    if (this.#pad instanceof SolidPad) {
      this.#results[0].ariaLabel = 'A picture that the run has not trained on';
      this.#pad.show(volumes);
    }
    const read = this.#probe.numbers.map((name, at) => `${name}: ${formatShort(numbers[at])}`);
    this.#numbers.textContent = read.join('. ');
    this.#said.textContent = `${this.#pad?.remark ?? ''}As the networks stand at step ${formatCount(step)}.`;
  }
}

export class ProbePanel {
  element = h('div', { class: 'probes' });
  #context;
  #key = '';
  /** @type {Question[]} */
  #questions = [];
  #visible = false;
  #training = false;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** @param {Info} info */
  ready({ probes, galleries }) {
    // Another start of the same game, or of a stage of it, leaves what is drawn; what is asked for may differ.
    const key = JSON.stringify(probes);
    if (key === this.#key) {
      for (const question of this.#questions) question.ask();
      return;
    }
    this.destroy();
    this.#key = key;
    this.#questions = probes.map((probe) => new Question(this.#context, probe, galleries[0]));
    this.element.replaceChildren(...this.#questions.map(({ element }) => element));
    for (const question of this.#questions) {
      question.trains(this.#training);
      question.shown(this.#visible);
    }
  }

  /** @param {string} state */
  state(state) {
    this.#training = state === 'playing';
    for (const question of this.#questions) question.trains(this.#training);
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    for (const question of this.#questions) question.shown(visible);
  }

  destroy() {
    for (const question of this.#questions) question.destroy();
  }
}
