/** Three samples, chosen from the grid of forgeries or by chance: what lies between two, and what comes of a - b + c. */

/** @import { Vector } from './latent-math.js' */

import { h, uniqueId } from './dom.js';
import { between, combine, oneHot, randomLatent } from './latent-math.js';
import { ARROWS } from './latent-pad.js';

const STRIP = 9;
const SLOTS = ['A', 'B', 'C'];

/** @typedef {{ z: Vector, y: Vector, name: string }} Sample  a latent with its class */

/** @param {string} label */
const picture = (label) => h('canvas', { class: 'tile', role: 'img', 'aria-label': label });

export class LatentSamples {
  element;
  #changed;
  #chosen;
  #columns = 8;
  /** @type {Sample[]} of the grid */
  #samples = [];
  /** @type {Sample[]} A, B, C */
  #slots = [];
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  #tiles = h('div', { class: 'tiles', role: 'group', 'aria-label': 'The grid of forgeries' });
  #target = h(
    'select',
    { id: uniqueId('target') },
    h('option', { value: 'z' }, 'the one picture'),
    ...SLOTS.map((slot) => h('option', { value: slot }, slot)),
  );
  #pictures = SLOTS.map((slot) => picture(slot));
  #captions = SLOTS.map(() => h('span', { class: 'detail' }));
  #strip = Array.from({ length: STRIP }, (_, i) =>
    picture(i === 0 ? 'A' : i === STRIP - 1 ? 'B' : `${i} of ${STRIP - 1} from A to B`),
  );
  #scrub = h('input', {
    type: 'range',
    id: uniqueId('scrub'),
    min: '0',
    max: '1',
    step: '0.01',
    value: '0.5',
    on: { input: () => this.#changed('between') },
  });
  #scrubbed = picture('Between A and B, where the slider is');
  #way = h(
    'select',
    { id: uniqueId('way'), on: { change: () => this.#changed('between') } },
    h('option', { value: 'spherical' }, 'along the sphere'),
    h('option', { value: 'linear' }, 'straight'),
  );
  #sum = picture('A minus B plus C');

  /**
   * @param {(part: 'tiles' | 'between') => void} changed  pictures are to be made anew
   * @param {(sample: Sample) => void} chosen  as the one picture
   */
  constructor(changed, chosen) {
    this.#changed = changed;
    this.#chosen = chosen;
    this.#target.value = 'A';
    this.#tiles.addEventListener('keydown', (event) => this.#key(event));
    this.element = h(
      'div',
      { class: 'latent-parts' },
      h(
        'div',
        {},
        h('h3', {}, 'Choose from the forgeries'),
        h(
          'div',
          { class: 'row' },
          h('label', { htmlFor: this.#target.id }, 'A click makes it'),
          this.#target,
          h('button', { type: 'button', class: 'button', on: { click: () => this.#random() } }, 'A random one'),
        ),
        this.#tiles,
      ),
      h(
        'div',
        {},
        h('h3', {}, 'From A to B'),
        h(
          'div',
          { class: 'slots' },
          ...SLOTS.map((slot, i) => h('div', {}, this.#pictures[i], h('strong', {}, slot), ' ', this.#captions[i])),
        ),
        h('div', { class: 'strip between' }, ...this.#strip),
        h(
          'div',
          { class: 'beside' },
          this.#scrubbed,
          h(
            'div',
            {},
            h('label', { htmlFor: this.#scrub.id }, 'How far from A to B'),
            this.#scrub,
            h('label', { htmlFor: this.#way.id }, 'The way'),
            this.#way,
          ),
        ),
        h('h3', {}, 'A \u2212 B + C'),
        h(
          'div',
          { class: 'beside' },
          this.#sum,
          h('p', { class: 'help' }, 'What tells A from B, put on C. A class is that of C.'),
        ),
      ),
    );
  }

  /** Another run. @param {Sample[]} samples @param {number} columns */
  begin(samples, columns) {
    this.#samples = samples;
    this.#columns = columns;
    this.#slots = [0, 1, 2].map((index) => samples[index]);
    this.#buttons = samples.map(({ name }, index) =>
      h(
        'button',
        {
          type: 'button',
          class: 'tile',
          'aria-label': name,
          title: name,
          tabIndex: index ? -1 : 0,
          on: { click: () => this.#choose(samples[index]) },
        },
        h('canvas', {}),
      ),
    );
    this.#tiles.style.setProperty('--columns', String(columns));
    this.#tiles.replaceChildren(...this.#buttons);
    this.#name();
  }

  /** What is to be drawn. @type {Record<'tiles' | 'between', () => import('./latent-panel.js').Job[]>} */
  jobs = {
    tiles: () =>
      this.#samples.map(({ z, y }, i) => ({
        z,
        y,
        on: /** @type {HTMLCanvasElement} */ (this.#buttons[i].firstChild),
      })),
    between: () => {
      const [a, b, c] = this.#slots;
      /** @param {number} t @param {HTMLCanvasElement} on */
      const at = (t, on) => ({
        z: between(a.z, b.z, t, this.#way.value === 'spherical'),
        y: combine([1 - t, a.y], [t, b.y]),
        on,
      });
      return [
        ...this.#slots.map(({ z, y }, i) => ({ z, y, on: this.#pictures[i] })),
        ...this.#strip.map((on, i) => at(i / (STRIP - 1), on)),
        at(Number(this.#scrub.value), this.#scrubbed),
        { z: combine([1, a.z], [-1, b.z], [1, c.z]), y: c.y, on: this.#sum },
      ];
    },
  };

  #random() {
    const { z, y } = this.#samples[0];
    const label = Math.floor(Math.random() * y.length);
    this.#choose({
      z: randomLatent(z.length),
      y: oneHot(label, y.length),
      name: y.length ? `Random, class ${label}` : 'Random',
    });
  }

  /** @param {Sample} sample */
  #choose(sample) {
    const slot = SLOTS.indexOf(this.#target.value);
    if (slot < 0) {
      this.#chosen(sample);
      return;
    }
    this.#slots[slot] = sample;
    this.#target.value = SLOTS[(slot + 1) % SLOTS.length]; // so that two clicks choose two
    this.#name();
    this.#changed('between');
  }

  #name() {
    this.#slots.forEach(({ name }, i) => {
      this.#captions[i].textContent = name;
      this.#pictures[i].setAttribute('aria-label', `${SLOTS[i]}: ${name}`);
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = ARROWS[event.key];
    const from = this.#buttons.findIndex((button) => button === event.target);
    if (!way || from < 0) return;
    const to = this.#buttons[from + way[0] + way[1] * this.#columns];
    if (!to) return;
    event.preventDefault();
    this.#buttons[from].tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }
}
