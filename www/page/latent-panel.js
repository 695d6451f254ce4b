/** The generator's input to play with: a place in the latent space, its surroundings, and what lies between samples. */

/** @import { Context } from '../../types/page.js' */
/** @import { Info, Settings, State } from '../protocol.js' */
/** @import { Vector } from './latent-math.js' */

import { button, formatFixed, formatShort, h, pencil, uniqueId } from './dom.js';
import { Glance } from './glance.js';
import { combine, directions, norm, oneHot, randomLatent } from './latent-math.js';
import { LatentPad, MAP, REACH } from './latent-pad.js';
import { drawNet, NET } from './latent-points.js';
import { LatentSamples } from './latent-samples.js';
import { EXTENT } from './plane-drawing.js';

const SLIDERS = 8;
const INSTEAD =
  'This forger has one number to play with at most. Choose digits, or a world of points in the plane, as Data.';
const PICTURES =
  'The generator makes each picture of some numbers, z, that chance draws from a bell curve. Choose them here; training is not affected.';
const POINTS = `${PICTURES.replace('picture', 'point')} The square net is a plane of z; the bent one, among the forgeries in grey, is what the generator makes of it. The ring is the chosen z in both.`;

/** @typedef {'picture' | 'map' | 'cloud' | 'tiles' | 'between'} Part  what is made anew together */
/** @typedef {{ z: Vector, y: Vector, on?: HTMLCanvasElement, at?: number[], grid?: number }} Job
 *   a picture to be made: its latent, its class, the canvas, and its cell where the canvas is a grid of so many; or a point */

export class LatentPanel {
  element;
  #parts = h('div', { hidden: true });
  #instead = h('p', { class: 'detail', hidden: true }, INSTEAD);
  #request;
  #glance;
  #hasImages = false;
  #hasPoints = false;
  #intro = h('p', { class: 'detail' });
  #heading = h('h3');
  /** Of points: where the ring is, in words. */
  #point = h('p', { class: 'detail' });
  /** The points of the grid, with their classes. @type {import('./latent-samples.js').Sample[]} */
  #cloud = [];
  /** By part, pairs: the points that were made last. @type {Partial<Record<Part, Float32Array>>} */
  #made = {};
  /** What the run's latents depend on. @type {string | null} */
  #run = null;
  #known = false;
  #dim = 0;
  #classes = 0;
  /** @type {[number, number]} */
  #page = [8, 8];
  /** The place is base + x u + y v for the place (x, y) on the pad. @type {Vector} */
  #base = new Float64Array();
  /** @type {[Vector, Vector]} */
  #directions = [new Float64Array(), new Float64Array()];
  /** @type {Set<Part>} */
  #dirty = new Set();
  #length = h('p', { class: 'detail', role: 'status' });
  #picture = h('canvas', {
    class: 'latent-picture',
    role: 'img',
    'aria-label': 'What the generator makes of the chosen z',
  });
  #scale = h('input', {
    type: 'range',
    id: uniqueId('truncation'),
    min: '0',
    max: '1.5',
    step: '0.01',
    value: '1',
    on: { input: () => this.#go(this.#base, this.#pad.at) },
  });
  #label = h('select', { id: uniqueId('class'), on: { change: () => this.#changed('picture', 'map') } });
  #labelField = h('div', { class: 'field' }, h('label', { htmlFor: this.#label.id }, 'Class'), this.#label);
  #pad = new LatentPad(() => {
    this.#show();
    this.#changed('picture');
  });
  #first = h('select', { 'aria-label': 'Which numbers', on: { change: () => this.#show() } });
  #sliders = Array.from({ length: SLIDERS }, (_, i) => coordinate((value) => this.#slide(i, value)));
  #strip = h('div', { class: 'strip' });
  #classPart = h('div', {}, h('h3', {}, 'The same z in every class'), this.#strip);
  #samples = new LatentSamples(
    (part) => this.#changed(part),
    ({ z, y }) => this.#start(z, y.indexOf(1)),
  );

  /** @param {Context} context */
  constructor({ request }) {
    this.#request = request;
    this.#parts.append(
      this.#intro,
      h(
        'div',
        { class: 'latent-parts' },
        h(
          'div',
          {},
          this.#heading,
          this.#picture,
          this.#point,
          this.#length,
          h('div', { class: 'field' }, h('label', { htmlFor: this.#scale.id }, 'Truncation: z times'), this.#scale),
          this.#labelField,
          h(
            'div',
            { class: 'row' },
            button('Random z', () => this.#start(randomLatent(this.#dim))),
            button('z = 0', () => this.#start(new Float64Array(this.#dim))),
          ),
        ),
        h(
          'div',
          {},
          h('h3', {}, 'A plane through it'),
          this.#pad.element,
          h(
            'div',
            { class: 'row' },
            button('Other directions', () => this.#turn()),
            button('Middle', () => this.#go(this.#base)),
          ),
        ),
        h(
          'div',
          { class: 'numbers' },
          h('h3', {}, 'Single numbers of z'),
          this.#first,
          ...this.#sliders.map(({ element }) => element),
        ),
      ),
      this.#classPart,
      this.#samples.element,
    );
    this.element = h(
      'section',
      { class: 'panel latent', 'aria-label': 'Latent space' },
      h('h2', {}, 'Latent space'),
      this.#parts,
      this.#instead,
    );
    this.#glance = new Glance(this.element, () => this.#look());
  }

  /** @param {Info} info @param {Settings} settings */
  ready(info, { seed }) {
    this.#hasImages = info.data.form === 'image';
    this.#hasPoints = !this.#hasImages && info.latentDim > 1;
    this.#parts.hidden = !this.#usable;
    this.#instead.hidden = this.#usable;
    this.#parts.classList.toggle('in-plane', this.#hasPoints);
    this.#samples.element.hidden = this.#hasPoints;
    this.#point.hidden = this.#hasImages;
    this.#intro.textContent = this.#hasPoints ? POINTS : PICTURES;
    this.#heading.textContent = this.#hasPoints ? 'One point' : 'One picture';
    this.#picture.setAttribute('aria-label', 'What the generator makes of the chosen z');
    this.#made = {};
    const run = [info.data.form, info.latentDim, info.page, info.algorithm, seed].join();
    if (run !== this.#run) this.#known = false;
    this.#run = run;
    this.#page = info.page;
    this.#dim = info.latentDim;
    this.#all();
  }

  metrics() {
    this.#all();
  }

  /** @param {State} state */
  state(state) {
    this.#glance.state(state);
  }

  destroy() {
    this.#glance.destroy();
  }

  get #usable() {
    return this.#hasImages || this.#hasPoints;
  }

  get #place() {
    const [x, y] = this.#pad.at;
    return combine([1, this.#base], [x, this.#directions[0]], [y, this.#directions[1]]);
  }

  get #truncation() {
    return Number(this.#scale.value);
  }

  /** Everything follows the training. */
  #all() {
    if (!this.#usable) return;
    this.#dirty = new Set(/** @type {Part[]} */ (Object.keys(this.#jobs)));
    this.#glance.want();
  }

  /** @param {...Part} parts */
  #changed(...parts) {
    for (const part of parts) this.#dirty.add(part);
    if (this.#known) this.#glance.want(true);
  }

  /** A run whose latents are new. @param {import('../../types/engine.js').PageLatents} found */
  #begin({ latents, places, names }) {
    const dim = this.#dim;
    const [columns] = this.#page;
    const classes = names.length;
    this.#classes = classes;
    this.#known = true;
    const samples = Array.from({ length: latents.length / dim }, (_, i) => {
      const label = classes ? places[i] : -1;
      return {
        z: Float64Array.from(latents.subarray(i * dim, (i + 1) * dim)),
        y: oneHot(label, classes),
        name: `Sample ${i + 1}${classes ? `, class ${names[label]}` : ''}`,
      };
    });
    this.#labelField.hidden = classes === 0;
    this.#classPart.hidden = classes === 0 || this.#hasPoints;
    this.#label.replaceChildren(...names.map((name, i) => h('option', { value: i }, name)));
    this.#strip.replaceChildren(
      ...names.map((name) =>
        h('canvas', { class: 'tile', role: 'img', 'aria-label': `Class ${name}`, title: `Class ${name}` }),
      ),
    );
    const firsts = Array.from({ length: Math.ceil(dim / SLIDERS) }, (_, i) => i * SLIDERS);
    this.#first.replaceChildren(
      ...firsts.map((first) =>
        h('option', { value: first }, `${first + 1} to ${Math.min(first + SLIDERS, dim)} of ${dim}`),
      ),
    );
    this.#first.hidden = firsts.length < 2;
    this.#cloud = samples;
    if (this.#hasPoints) drawNet(this.#pad.map, REACH, NET.flat());
    else this.#samples.begin(samples, columns);
    this.#directions = this.#hasPoints ? [oneHot(0, dim), oneHot(1, dim)] : directions(dim);
    this.#start(samples[0].z, 0);
  }

  /** @param {Vector} z */
  #start(z, label = -1) {
    if (label >= 0) this.#label.value = String(label);
    this.#scale.value = '1';
    this.#go(Float64Array.from(z));
  }

  /** The plane's middle comes to where the place is. */
  #turn() {
    const base = this.#place;
    this.#directions = directions(this.#dim);
    this.#go(base);
  }

  /** @param {number} i @param {number} value */
  #slide(i, value) {
    const index = Number(this.#first.value) + i;
    this.#base[index] += value - this.#place[index];
    this.#go(this.#base, this.#pad.at);
  }

  /** @param {Vector} base @param {[number, number]} [at] */
  #go(base, [x, y] = [0, 0]) {
    this.#base = base;
    this.#pad.move(x, y);
    this.#show();
    this.#changed('picture', 'map');
  }

  /** Sliders and words say where the place is. */
  #show() {
    const [place, first] = [this.#place, Number(this.#first.value)];
    this.#sliders.forEach((slider, i) => slider.show(first + i, place[first + i]));
    this.#scale.setAttribute('aria-valuetext', `z times ${this.#truncation}`);
    this.#length.textContent = `z times ${formatFixed(this.#truncation, 2)}: length ${formatShort(norm(place) * this.#truncation)}; those of training are near ${formatShort(Math.sqrt(this.#dim))}.`;
  }

  /** @returns {Partial<Record<Part, () => Job[]>>} */
  get #jobs() {
    return this.#hasPoints ? this.#pointJobs : this.#pictureJobs;
  }

  /** What the plane has at a place of the pad, as it goes into the generator. @param {number[]} at */
  #through([x, y]) {
    return combine([this.#truncation, combine([1, this.#base], [x, this.#directions[0]], [y, this.#directions[1]])]);
  }

  #pointJobs = {
    picture: () => this.#points([this.#pad.at]),
    map: () => this.#points(NET),
    cloud: () => this.#cloud,
  };

  /** @param {[number, number][]} places */
  #points(places) {
    const y = oneHot(Number(this.#label.value), this.#classes);
    return places.map((at) => ({ z: this.#through(at), y }));
  }

  #pictureJobs = {
    picture: () => {
      const z = combine([this.#truncation, this.#place]);
      const own = { z, y: oneHot(Number(this.#label.value), this.#classes), on: this.#picture };
      const strip = /** @type {HTMLCanvasElement[]} */ ([...this.#strip.children]);
      return [own, ...strip.map((on, label) => ({ z, y: oneHot(label, this.#classes), on }))];
    },
    map: () =>
      Array.from({ length: MAP * MAP }, (_, i) => {
        const at = [i % MAP, Math.floor(i / MAP)];
        const z = this.#through(at.map((cell, axis) => (((cell + 0.5) / MAP) * 2 - 1) * REACH * (axis ? -1 : 1)));
        return { z, y: oneHot(Number(this.#label.value), this.#classes), on: this.#pad.map, at, grid: MAP };
      }),
    ...this.#samples.jobs,
  };

  async #look() {
    const run = this.#run;
    /**
     * The answer of another run is none.
     * @template {object} R
     * @param {Promise<R | import('../protocol.js').Refusal>} asked
     * @returns {Promise<R | null>}
     */
    const mine = async (asked) => {
      const reply = await asked;
      return run === this.#run && !('problem' in reply) ? reply : null;
    };
    if (!this.#known) {
      const found = await mine(this.#request({ type: 'pageLatents' }));
      if (!found) return;
      this.#begin(found);
    }
    const jobs = [...this.#dirty].flatMap((part) => (this.#jobs[part]?.() ?? []).map((job) => ({ ...job, part })));
    this.#dirty.clear();
    if (jobs.length === 0) return;
    const latents = Float32Array.from(jobs.flatMap(({ z }) => Array.from(z)));
    const labels = Float32Array.from(jobs.flatMap(({ y }) => Array.from(y)));
    const found = await mine(this.#request({ type: 'generate', latents, labels }, [latents.buffer, labels.buffer]));
    if (!found) return;
    if (this.#hasPoints) this.#drawPoints(jobs, found.examples);
    else jobs.forEach((job, i) => draw(job, found.examples, i, found.examples.length / jobs.length));
  }

  /** @param {(Job & { part: Part })[]} jobs @param {Float32Array} examples */
  #drawPoints(jobs, examples) {
    for (const part of new Set(jobs.map((job) => job.part)))
      this.#made[part] = examples.filter((_, i) => jobs[i >> 1].part === part);
    const { map, cloud, picture } = this.#made;
    if (!map || !cloud || !picture) return; // some were asked for in a run before
    drawNet(this.#picture, EXTENT, map, cloud, picture);
    const [x, y] = Array.from(picture, (value) => formatFixed(value, 2));
    this.#point.textContent = `It becomes the point (${x}, ${y}).`;
    this.#picture.setAttribute(
      'aria-label',
      `Forgeries, the net that the generator makes of the plane, and the point (${x}, ${y}) that it makes of the chosen z`,
    );
  }
}

/**
 * Example number `index` of square images in [-1, 1].
 * @param {Job} job
 * @param {Float32Array} examples
 * @param {number} index
 * @param {number} pixels
 */
function draw({ on, at: [column, row] = [0, 0], grid = 1 }, examples, index, pixels) {
  if (!on) return;
  const side = Math.sqrt(pixels);
  if (on.width !== side * grid) on.width = on.height = side * grid;
  const image = new ImageData(side, side);
  for (let i = 0; i < pixels; i++) {
    image.data.fill((examples[index * pixels + i] * 0.5 + 0.5) * 255, i * 4, i * 4 + 3);
    image.data[i * 4 + 3] = 255;
  }
  pencil(on).putImageData(image, column * side, row * side);
}

/** One number of z. @param {(value: number) => void} slid */
function coordinate(slid) {
  const input = h('input', {
    type: 'range',
    id: uniqueId('z'),
    min: '-4',
    max: '4',
    step: '0.01',
    on: { input: () => slid(Number(input.value)) },
  });
  const [name, output] = [h('label', { htmlFor: input.id }, 'z'), h('output')];
  const element = h('div', { class: 'coordinate' }, name, input, output);
  return {
    element,
    /** @param {number} index @param {number | undefined} value */
    show(index, value) {
      element.hidden = value === undefined;
      name.textContent = `z ${index + 1}`;
      input.value = String(value);
      output.textContent = formatFixed(value, 2);
    },
  };
}
