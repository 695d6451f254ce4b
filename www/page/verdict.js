/** How real the discriminator takes each side to be: two gauges on one scale, with the line of pure guessing. */

import { formatPercent, h } from './dom.js';

const STEPS = 10; // the gauges show a mean, because single batches jump

export class Verdict {
  element;
  #gauges = { fake: new Gauge('fake', 'forgeries'), real: new Gauge('real', 'originals') };
  #note = h('p', { class: 'detail' });

  constructor() {
    this.element = h('section', { class: 'verdict', 'aria-label': 'The verdict' },
      h('h2', {}, 'Detective', ' ', h('span', { class: 'role' }, 'discriminator')),
      h('p', { class: 'question' }, 'How real does it look?'),
      h('div', { class: 'gauges' },
        this.#gauges.fake.element,
        this.#gauges.real.element,
        h('div', { class: 'guess', 'aria-hidden': 'true' }, h('span', {}, '50\u202f%'), h('span', {}, 'guess'))),
      this.#note);
    this.clear();
  }

  /** @param {import('./recent.js').Recent} recent */
  update(recent) {
    this.#gauges.fake.set(recent.mean('d_fake', STEPS));
    this.#gauges.real.set(recent.mean('d_real', STEPS));
    const steps = Math.min(STEPS, recent.length);
    this.#note.textContent = steps === 0 ? 'not measured yet' : `mean of the last ${steps === 1 ? 'step' : `${steps} steps`}`;
  }

  clear() {
    for (const gauge of Object.values(this.#gauges)) gauge.set(NaN);
    this.#note.textContent = 'not measured yet';
  }
}

class Gauge {
  element;
  #value = h('output', { class: 'value' });
  #track;
  #name;

  constructor(kind, name) {
    this.#name = name;
    this.#track = h('div', { class: 'track', role: 'meter', 'aria-label': `The discriminator's mean output on ${name}`, 'aria-valuemin': '0', 'aria-valuemax': '100' },
      h('div', { class: 'fill' }));
    this.element = h('div', { class: `gauge ${kind}` }, this.#value, this.#track, h('span', { class: 'name' }, name));
  }

  set(value) {
    const known = Number.isFinite(value);
    this.#value.textContent = formatPercent(value);
    this.#track.style.setProperty('--level', known ? String(value) : '0');
    this.#track.setAttribute('aria-valuenow', known ? String(Math.round(value * 100)) : '0');
    this.#track.setAttribute('aria-valuetext', known ? `${Math.round(value * 100)} percent` : `${this.#name}: not measured yet`);
  }
}
