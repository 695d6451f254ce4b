/**
 * What flows where: the noise that the generator gets, the layers of both networks, and the gradient that comes back from the
 * discriminator, so that one sees at a glance who gives what to whom.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { Info, State } from '../protocol.js' */

import { formatCount, h, pencil } from './dom.js';

/** Values of the noise that are drawn: more are too thin to be seen. */
const MOST_BARS = 32;
/** Standard deviations that a bar spans, up and down. */
const SPAN = 2.5;

/** How many numbers an output such as "16 x 7 x 7" has. @param {string} output */
const numbersIn = (output) => (output.match(/\d+/g) ?? ['1']).reduce((product, each) => product * Number(each), 1);

export class Flow {
  /** From noise to picture: over the forgeries. */
  forward = h('div', { class: 'flow-line forward' });
  /** The discriminator's layers: over the verdict. */
  judge = h('div', { class: 'flow-line judge' });
  /** From the verdict back to who learns: below the pictures. */
  back = h('p', { class: 'flow-back', hidden: true });
  #noise = h('canvas', { class: 'noise', role: 'img', width: 2 * MOST_BARS, height: 48 });
  #request;
  #open;
  /** @type {Info | null} */
  #info = null;
  /** Whether this session was asked for its noise and layers. */
  #isAsked = false;

  /** @param {Pick<Context, 'request' | 'open'>} context */
  constructor({ request, open }) {
    this.#request = request;
    this.#open = open;
  }

  /** @param {Info} info */
  ready(info) {
    this.#info = info;
    this.#isAsked = false;
    const isPair = info.isPair && info.data.form === 'image';
    this.back.hidden = !info.isPair;
    this.forward.hidden = this.judge.hidden = !isPair;
    this.#say('both');
  }

  /**
   * Noise and layers are asked for once the run has begun: the first picture does not wait for them.
   * @param {{ step: number }} metrics
   */
  metrics({ step }) {
    if (step > 0) this.#come();
  }

  /** @param {State} state */
  state(state) {
    if (state === 'paused') this.#come();
    if (state === 'playing') this.#say('both');
  }

  /** Who learns now. @param {import('../protocol.js').Only} only */
  learns(only) {
    this.#say(only);
  }

  async #come() {
    const info = this.#info;
    if (this.#isAsked || !info?.isPair || info.data.form !== 'image') return;
    this.#isAsked = true;
    try {
      const [{ generator, discriminator }, page] = await Promise.all([
        this.#request({ type: 'layers', values: {}, quiet: true }),
        this.#request({ type: 'pageLatents', quiet: true }),
      ]);
      if (info !== this.#info) return; // the answer of another session
      const z = 'problem' in page ? null : page.latents.subarray(0, info.latentDim);
      if (z) this.#drawNoise(z);
      this.forward.replaceChildren(
        ...(z ? [this.#noise, arrow('\u2192')] : []),
        this.#network('generator', 'G', generator.layers),
        arrow('\u2193'),
      );
      this.judge.replaceChildren(this.#network('discriminator', 'D', discriminator.layers));
    } catch {
      if (info === this.#info) this.#isAsked = false; // it is asked again with what is heard next
    }
  }

  /** The noise of the first forgery, a bar a number. @param {Float32Array} z */
  #drawNoise(z) {
    const canvas = this.#noise;
    const context = pencil(canvas);
    const count = Math.min(MOST_BARS, z.length);
    const [width, middle] = [canvas.width / count, canvas.height / 2];
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = getComputedStyle(this.forward).color;
    for (let at = 0; at < count; at += 1) {
      const length = Math.max(-1, Math.min(1, z[at] / SPAN)) * middle;
      context.fillRect(at * width, Math.min(middle, middle - length), Math.max(1, width - 1), Math.abs(length));
    }
    const words = `Noise z: ${formatCount(z.length)} random numbers for each forgery, here those of the first`;
    canvas.setAttribute('aria-label', words);
    canvas.title = words;
  }

  /** @param {'generator' | 'discriminator'} network @param {string} letter @param {import('../../types/engine.js').LayerRow[]} layers */
  #network(network, letter, layers) {
    // Those that learn, each as high as its output is large beside the largest; roots, so that small ones are seen.
    const learning = layers.filter(({ parameters }) => parameters > 0);
    const most = Math.max(...learning.map(({ output }) => numbersIn(output)));
    const bars = learning.map(({ output }) => {
      const bar = h('span', {});
      bar.style.setProperty('--level', String(Math.max(0.08, Math.sqrt(numbersIn(output) / most))));
      return bar;
    });
    const weights = layers.reduce((sum, { parameters }) => sum + parameters, 0);
    const words = `The ${network}: ${layers.length} layers, ${formatCount(weights)} parameters. Open its layers`;
    return h(
      'button',
      {
        type: 'button',
        class: `glyph ${letter}`,
        title: words,
        'aria-label': words,
        on: { click: () => this.#open('layers') },
      },
      ...bars,
    );
  }

  /** @param {import('../protocol.js').Only} only */
  #say(only) {
    if (this.back.dataset.only === only) return;
    this.back.dataset.only = only;
    /** @type {Record<typeof only, string>} */
    const words = {
      both: 'gradient: through D back to G',
      generator: 'gradient: through D back to G; D is held',
      discriminator: 'gradient: to D alone; G is held',
    };
    this.back.replaceChildren(h('span', {}, words[only]));
  }
}

/** @param {string} sign */
const arrow = (sign) => h('span', { 'aria-hidden': 'true' }, sign);
