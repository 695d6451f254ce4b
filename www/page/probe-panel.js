/** What the networks make of something that the visitor draws, or orders by sliders alone. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info } from '../protocol.js' */

import { button, formatCount, h } from './dom.js';
import { DrawingPad } from './drawing-pad.js';
import { opened } from './later.js';
import { MapPad } from './map-pad.js';
import { PosePad } from './pose-pad.js';
import { rangeField } from './range.js';
import { SolidPad } from './solid-pad.js';
import { WordsPad } from './words-pad.js';

/** While a run trains its answer is asked for again after so many milliseconds. */
const AGAIN_MS = 1000;

/** @param {Info['probes'][number]} probe @param {() => void} changed */
function padFor(probe, changed) {
  if (probe.volumes.length > 0) return new SolidPad(probe);
  const { inputs } = probe;
  if (inputs.length === 0) return null;
  const [{ drawn }] = inputs;
  if (drawn === 'map') return new MapPad(inputs[0], changed);
  if (drawn === 'words') return new WordsPad(inputs[0], changed);
  return drawn === 'joints' ? new PosePad(inputs[0], changed) : new DrawingPad(inputs, changed);
}

/** @param {Info['probes'][number]} probe @param {HTMLElement} element */
function given({ inputs }, element) {
  return h('figure', {}, element, h('figcaption', {}, inputs.map(({ name }) => name).join(', ')));
}

export class ProbePanel {
  element = h('section', { class: 'panel probe' });
  #context;
  /** @type {Info['probes'][number] | null} */
  #probe = null;
  /** @type {DrawingPad | MapPad | PosePad | SolidPad | WordsPad | null} */
  #pad = null;
  #result = h('canvas', { role: 'img', 'aria-label': 'Nothing is drawn yet' });
  #said = h('p', { class: 'caption', role: 'status' });
  #visible = false;
  #training = false;
  #drawn = false;
  #asking = false;
  #wanted = false;
  /** @type {import('./own-picture.js').OwnPicture | null} */
  #own = null;
  /** Where the probe's own sliders stand. @type {Record<string, Float32Array<ArrayBuffer>>} */
  #places = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** @param {Info} info */
  ready({ probes, galleries }) {
    const [probe = null] = probes;
    if (probe && JSON.stringify(probe) === JSON.stringify(this.#probe)) return this.#ask(); // another start of the same game
    this.#probe = probe;
    this.#drawn = false;
    this.#own?.destroy();
    this.#own = null;
    if (!probe || probe.inputs.length + probe.sliders.length + probe.volumes.length === 0) {
      this.element.replaceChildren();
      return;
    }
    const changed = () => {
      this.#drawn = true;
      this.#ask();
    };
    const pad = padFor(probe, changed);
    this.#pad = pad;
    this.#drawn = pad?.begins ?? true;
    this.#places = {};
    const sliders = probe.sliders.map((slider) =>
      rangeField(slider.name, slider, (value) => {
        this.#places[slider.key] = Float32Array.of(value);
        changed();
      }),
    );
    this.#said.textContent = pad?.words ?? '';
    const result = h('figure', {}, this.#result, h('figcaption', {}, probe.outputs.join(', ')));
    result.style.flexBasis = `${15 * probe.outputs.length}rem`;
    const clear = () => {
      pad?.clear();
      this.#own?.forget();
    };
    const own = h('div', { hidden: !(pad instanceof DrawingPad || pad instanceof WordsPad) });
    this.element.replaceChildren(
      h('h2', {}, probe.name),
      ...(pad ? [...pad.tools(), button('clearWords' in pad ? pad.clearWords : 'Clear', clear)] : []),
      own,
      h(
        'div',
        { class: 'pictures' },
        // Shapes are an answer too: they stand behind what they were made of.
        ...(pad instanceof SolidPad ? [result, pad.element] : [pad && given(probe, pad.element), result]),
      ),
      ...sliders,
      this.#said,
    );
    if (pad instanceof DrawingPad) this.#offer(pad, own, galleries[0]);
    if (pad instanceof WordsPad) this.#quote(pad, own, probe.inputs[0]);
    this.#ask();
  }

  /**
   * What need not be drawn: pictures of the visitor's own.
   * @param {DrawingPad} pad @param {HTMLElement} place @param {Info['galleries'][number]} gallery
   */
  async #offer(pad, place, gallery) {
    const load = () => import('./own-picture.js');
    const again = () => this.#offer(pad, place, gallery);
    const code = await opened(this.#context.notices, 'Pictures of your own', load, again);
    if (!code || this.#pad !== pad) return;
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
    if (slider && this.#pad === pad) place.append(slider);
  }

  /** @param {string} state */
  state(state) {
    this.#training = state === 'playing';
    this.#ask();
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    this.#own?.shown(visible);
    this.#ask();
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#own?.destroy();
  }

  /** Asks once at a time; what is drawn meanwhile is asked about afterwards. */
  async #ask() {
    clearTimeout(this.#timer);
    if (!this.#probe || !this.#visible || !this.#drawn) return;
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
    if (this.#wanted) this.#ask();
    else if (this.#training) this.#timer = setTimeout(() => this.#ask(), AGAIN_MS);
  }

  /** @param {import('../../types/engine.js').Answer & { step: number }} answer */
  #show({ width, height, data, volumes, step }) {
    const canvas = this.#result;
    [canvas.width, canvas.height] = [width, height];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.putImageData(new ImageData(data, width, height), 0, 0);
    canvas.ariaLabel = `What the run makes of this at step ${formatCount(step)}`;
    if (this.#pad instanceof SolidPad) {
      canvas.ariaLabel = 'A picture that the run has not trained on';
      this.#pad.show(volumes);
    }
    this.#said.textContent = `${this.#pad?.remark ?? ''}As the networks stand at step ${formatCount(step)}.`;
  }
}
