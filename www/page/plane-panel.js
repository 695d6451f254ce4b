/**
 * The contest in the plane, for worlds of points: after GAN Lab (Kahng et al. 2018). It lies over the originals on the stage, where
 * these are shown; the panel has the layers to switch.
 */

/** @import { Context } from '../../types/page.js' */
/** @import { Plane } from '../../types/engine.js' */
/** @import { Info, Settings, State } from '../protocol.js' */

import { formatCount, formatShort, h } from './dom.js';
import { Glance } from './glance.js';
import { drawPlane } from './plane-drawing.js';
import { rated, scaleOf } from './scale.js';

/** Layer, sign in the legend, name, explanation. @type {[import('./plane-drawing.js').Layer, string, string, string][]} */
const LAYERS = [
  ['field', '', 'The detective\u2019s verdict', ''],
  ['border', '\u2501', 'Where it cannot tell', ''],
  ['real', '\u25cf', 'Originals', ''],
  ['fakes', '\u25b2', 'Forgeries', ''],
  ['pushes', '\u2192', 'Pushes', ''],
  [
    'lattice',
    '\u25a6',
    'The generator\u2019s grid',
    'A square grid of noise, \u22122 to 2, as the generator bends it: narrow meshes, many forgeries.',
  ],
];
const SIDE = 480; // pixels of the canvas, in its own measure
const DESCRIBED_MS = 2_000;

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** @param {number} value */
const sigmoid = (value) => 1 / (1 + Math.exp(-value));
/** @param {number} value */
const clamp = (value) => Math.min(1, Math.max(-1, value));

export class PlanePanel {
  element;
  #host;
  #request;
  #glance;
  #visible = true;
  #hasPoints = false;
  #run = 0;
  #stage;
  #parts;
  /** @type {import('./scale.js').Scale} */
  #scale = 'probability';
  /** @type {(import('./plane-drawing.js').Drawing & { step: number, onReal: number, onFakes: number }) | null} */
  #plane = null;
  #layers = new Set(LAYERS.map(([layer]) => layer));
  #canvas = h('canvas', { class: 'plane-canvas', role: 'img', 'aria-label': 'The plane' });
  #helps = Object.fromEntries(LAYERS.map(([layer, , , help]) => [layer, h('span', { class: 'help' }, help)]));
  #describedAt = -DESCRIBED_MS;
  /** @type {ReturnType<typeof setTimeout> | number} */
  #timer = 0;

  /** @param {Context} context */
  constructor({ host, request, stage }) {
    this.#host = host;
    this.#stage = stage;
    this.#request = request;
    const legend = LAYERS.map(([layer, sign, name]) =>
      h(
        'label',
        { class: `layer ${layer}` },
        h('input', {
          type: 'checkbox',
          name: layer,
          checked: true,
          on: { change: ({ target }) => this.#toggle(layer, /** @type {HTMLInputElement} */ (target).checked) },
        }),
        h('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
        h('span', {}, h('strong', {}, name), this.#helps[layer]),
      ),
    );
    this.#parts = h(
      'div',
      { class: 'plane-parts' },
      this.#canvas,
      h('div', { class: 'layers', role: 'group', 'aria-label': 'What is shown' }, ...legend),
    );
    this.element = h(
      'section',
      { class: 'panel plane', 'aria-label': 'The contest in the plane', hidden: true },
      h('h2', {}, 'The contest in the plane'),
      h('p', { class: 'detail' }, 'Both axes from \u22123 to 3.'),
      this.#parts,
    );
    this.#glance = new Glance(this.#canvas, () => this.#look());
  }

  /** @param {boolean} visible */
  shown(visible) {
    this.#visible = visible;
    this.element.hidden = !visible || !this.#hasPoints;
    const onStage = this.#hasPoints && this.#stage.shows('real');
    this.element.classList.toggle('elsewhere', onStage);
    if (onStage) this.#stage.frame('real').append(this.#canvas);
    else this.#parts.prepend(this.#canvas);
  }

  /** @param {Info} info @param {Settings} settings */
  ready(info, settings) {
    this.#run += 1;
    this.#plane = null;
    this.#hasPoints = info.data.form === 'point';
    this.shown(this.#visible);
    this.#scale = scaleOf(settings);
    const isScore = this.#scale === 'score';
    this.#helps.field.textContent = isScore ? 'Orange: low scores; blue: high ones.' : 'Orange: forged; blue: real.';
    this.#helps.border.textContent = isScore
      ? 'Halfway between the mean scores of originals and forgeries.'
      : `Here it says ${rated(0.5, this.#scale)}.`;
    this.#want();
  }

  metrics() {
    this.#want();
  }

  /** @param {State} state */
  state(state) {
    this.#glance.state(state);
  }

  paint() {
    this.#draw();
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#canvas.remove();
    this.#glance.destroy();
  }

  #want() {
    if (this.#hasPoints) this.#glance.want();
  }

  /** @param {import('./plane-drawing.js').Layer} layer @param {boolean} on */
  #toggle(layer, on) {
    this.#layers[on ? 'add' : 'delete'](layer);
    this.#draw();
  }

  async #look() {
    const run = this.#run;
    const reply = await this.#request({ type: 'plane' });
    if (run !== this.#run || 'problem' in reply) return; // the answer of another run
    this.#plane = this.#read(reply);
    this.#draw();
  }

  /** Takes the numbers apart. See `plane` in src/web/latent.rs. @param {Plane} plane */
  #read({ step, side, coordinates, latticeSide, count, numbers }) {
    let at = 0;
    this.#helps.lattice.closest('label')?.toggleAttribute('hidden', coordinates === 1); // a line has no meshes
    const take = (/** @type {number} */ length) => numbers.subarray(at, (at += length));
    const field = take(side ** coordinates);
    const own = [take(count * coordinates), take(count)];
    const fakes = take(((numbers.length - at - latticeSide ** 2 * coordinates) / (2 * coordinates + 1)) * coordinates);
    const [pushes, fakeLogits, lattice] = [
      take(fakes.length),
      take(fakes.length / coordinates),
      take(latticeSide ** 2 * coordinates),
    ];
    const [real, realLogits] = own;
    // Points of the line lie on the horizontal axis of a plane that is the same all the way up.
    const pairs = (/** @type {Float32Array} */ points) =>
      coordinates === 1
        ? Float32Array.from({ length: points.length * 2 }, (_, i) => (i % 2 ? 0 : points[i / 2]))
        : points;
    const verdict = this.#scale === 'probability' ? sigmoid : (/** @type {number} */ value) => value;
    const [onReal, onFakes] = [realLogits, fakeLogits].map((logits) => mean(Array.from(logits, verdict)));
    const middle = this.#scale === 'score' ? (onReal + onFakes) / 2 : 0.5;
    const far = this.#scale === 'score' ? Math.max(...field.map((value) => Math.abs(value - middle)), 1e-9) : 0.5;
    const lengths = Array.from({ length: fakes.length / coordinates }, (_, i) =>
      Math.hypot(...pushes.subarray(i * coordinates, (i + 1) * coordinates)),
    );
    lengths.sort((a, b) => a - b);
    const all = Array.from({ length: side * side }, (_, i) => field[coordinates === 1 ? i % side : i]);
    return {
      step,
      side,
      latticeSide,
      onReal,
      onFakes,
      lattice: pairs(lattice),
      level: all.map((value) => clamp((verdict(value) - middle) / far)),
      real: pairs(real),
      fakes: pairs(fakes),
      pushes: pairs(pushes),
      unit: lengths[Math.floor(lengths.length * 0.9)],
    };
  }

  #draw() {
    const plane = this.#plane;
    if (!plane) return;
    const side = Math.round(SIDE * Math.min(2, devicePixelRatio || 1));
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    const style = getComputedStyle(this.#host);
    drawPlane(this.#canvas, plane, this.#layers, (name) => style.getPropertyValue(name).trim());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#describe(plane), this.#describedAt + DESCRIBED_MS - performance.now());
  }

  /** In words, not more often than they can be read. @param {{ step: number, onReal: number, onFakes: number, unit: number }} plane */
  #describe(plane) {
    this.#describedAt = performance.now();
    this.#helps.pushes.textContent = `Where the detective\u2019s gradient sends each forgery. The longest arrow: ${formatShort(plane.unit)} or more; nine of ten are less.`;
    this.#canvas.setAttribute(
      'aria-label',
      `The plane after ${formatCount(plane.step)} training steps. On average the detective rates originals ${rated(plane.onReal, this.#scale)} and forgeries ${rated(plane.onFakes, this.#scale)}; nine of ten forgeries are pushed by less than ${formatShort(plane.unit)}.`,
    );
  }
}
