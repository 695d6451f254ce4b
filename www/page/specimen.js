/** One chosen sample: large, what the discriminator looks at, its nearest training images, and what each layer makes of it. */

/** @import { Part, Seen } from './seen.js' */

import { Attention } from './attention.js';
import { formatCount, formatFixed, formatShort, h } from './dom.js';
import { bars, heat, image, maps, range } from './draw.js';

const SIDE = 28; // pixels: images of this project are that size
const INVITATION =
  'Choose a forgery or an original: click on it, or go to the pictures with Tab, to a tile with the arrow keys, and press Enter.';

export class Specimen {
  element;
  #title = h('h3', {}, 'One sample');
  #verdict = h('p', {}, INVITATION);
  #figures = h('div', { class: 'figures' });
  #searched = h('p', { class: 'detail' });
  #strips = h('div', { class: 'strips' });
  #attending = h('div', { class: 'strips' });
  /** By name and shape: they stay while training goes on, so that a slider stays in the hand. @type {Map<string, Attention>} */
  #attention = new Map();
  #layers = h(
    'details',
    { open: true, hidden: true },
    h('summary', {}, 'What each layer sees'),
    this.#strips,
    this.#attending,
  );
  #back;

  /** @param {() => void} back  to the tile that was chosen */
  constructor(back) {
    this.#back = h(
      'button',
      { type: 'button', class: 'button', hidden: true, on: { click: back } },
      'Back to the picture',
    );
    this.element = h(
      'section',
      { class: 'specimen', tabIndex: -1, 'aria-label': 'One sample' },
      this.#title,
      this.#verdict,
      this.#figures,
      this.#searched,
      this.#layers,
      this.#back,
    );
  }

  clear() {
    this.#title.textContent = 'One sample';
    this.#verdict.textContent = INVITATION;
    for (const part of [this.#figures, this.#searched, this.#strips, this.#attending]) part.replaceChildren();
    this.#attention.clear();
    this.#layers.hidden = this.#back.hidden = true;
  }

  /** @param {import('./seen.js').Seen} seen @param {string} title @param {string} verdict  D's output in words */
  show(seen, title, verdict) {
    const [example, gradient] = [seen.values('example'), seen.values('gradient')];
    const [label, searched] = [seen.values('label')[0], seen.values('searched')[0]];
    this.#title.textContent = title;
    const words = `${label === undefined ? '' : `A ${label}. `}The detective says ${verdict} (logit ${formatShort(seen.values('logit')[0])}) at step ${formatCount(seen.step)}.`;
    this.#verdict.textContent = words;
    this.element.setAttribute('aria-label', `${title}. ${words}`); // it gets the focus, and this is then read out
    const most = Math.max(...gradient.map(Math.abs));
    this.#figures.replaceChildren(
      figure(image(example, SIDE, title), title, 'large'),
      figure(
        heat(example, gradient, SIDE, `${title}: the pixels that matter most to the detective`),
        `What the detective looks at. The brighter, the more a small change there moves the logit: at most ${formatShort(most)} a unit.`,
        'large',
      ),
      ...neighbours(seen),
    );
    this.#searched.textContent = searched
      ? `Beside it the training images most like it, pixel by pixel, of the ${formatCount(searched)} that were searched. Distances are L2, with pixels from 0 to 1.`
      : '';
    const strips = seen.parts.map(strip).filter((figure) => figure !== null);
    this.#strips.replaceChildren(...strips);
    for (const part of seen.all('attention')) this.#attend(part, example);
    this.#layers.hidden = strips.length === 0;
    this.#back.hidden = false;
  }

  /** @param {Part} part @param {Float32Array} example */
  #attend(part, example) {
    const key = [part.name, ...part.shape].join();
    let attention = this.#attention.get(key);
    if (!attention) {
      attention = new Attention(part.name, part.shape);
      this.#attention.set(key, attention);
      this.#attending.append(attention.element);
    }
    attention.show(part, example, SIDE);
  }
}

/** @param {HTMLCanvasElement} canvas @param {string} caption @param {string} kind */
function figure(canvas, caption, kind) {
  return h('figure', { class: kind }, canvas, h('figcaption', {}, caption));
}

/** @param {Seen} seen */
function neighbours(seen) {
  const [pixels, labels] = [seen.values('neighbours'), seen.values('labels')];
  return Array.from(seen.values('distances'), (distance, at) => {
    const caption = `${labels[at] === undefined ? '' : `A ${labels[at]}, `}distance ${formatFixed(distance, 2)}`;
    const own = pixels.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
    return figure(image(own, SIDE, `Training image number ${at + 1} by nearness. ${caption}`), caption, 'neighbour');
  });
}

/** What a layer puts out, or its filters; null of other parts. @param {Part} part */
function strip({ kind, name, shape, values }) {
  if (kind === 'filters') return filters(name, shape, values);
  if (kind !== 'layer') return null;
  const isMap = shape.length === 3;
  const what = isMap ? `${shape[0]} maps, ${shape[1]} by ${shape[2]}` : `${formatCount(shape[0])} numbers`;
  return labelled(name, what, values, (label) => (isMap ? maps(values, shape, label) : bars(values, label)));
}

/**
 * Each kernel, or each neuron's weights as an image. Behind the weights of ink those of labels may stand.
 * @param {string} name
 * @param {number[]} shape
 * @param {Float32Array} weights
 */
function filters(name, [count, inputs, height = SIDE, width = SIDE], weights) {
  const [each, own] = [weights.length / count, height * width];
  if (each < own) return null;
  const ink = Float32Array.from({ length: count * own }, (_, at) => weights[Math.floor(at / own) * each + (at % own)]);
  const what = `${each > own ? 'what it does with ink: ' : ''}${count} filters, ${height} by ${width}`;
  return labelled(name, what, ink, (label) => maps(ink, [count, height, width], label));
}

/**
 * @param {string} name
 * @param {string} what
 * @param {Float32Array} values
 * @param {(label: string) => HTMLCanvasElement} draw
 */
function labelled(name, what, values, draw) {
  const [low, high] = range(values);
  const caption = `${what}; from ${formatShort(low)} to ${formatShort(high)}`;
  return h(
    'figure',
    { class: 'strip' },
    h('figcaption', {}, h('code', {}, name), ` ${caption}`),
    draw(`${name}: ${caption}`),
  );
}
