/** What the discriminator says of each side: two gauges on one scale, with the line of pure guessing where there is one. */

import { h, icon } from './dom.js';
import { FORMATS } from './scale.js';

/** What a rating up to so much says. */
/** @type {[number, string][]} */
const WORDS = [
  [0.4, 'looks fake'],
  [0.6, 'unsure'],
  [1, 'looks real'],
];
const STEPS = 10; // the gauges show a mean, because single batches jump

export class Verdict {
  element;
  #gauges = { d_fake: new Gauge('fake', 'forgeries'), d_real: new Gauge('real', 'originals') };
  #title = h('h2');
  #question = h('p', { class: 'question' });
  #middle = h('span');
  #guess = h('div', { class: 'guess', 'aria-hidden': 'true' }, this.#middle, h('span', {}, 'guess'));
  #difference = h('p', { class: 'difference', hidden: true });
  #note = h('p', { class: 'detail' });
  /** @type {import('./scale.js').Scale} */
  #scale = 'probability';

  constructor() {
    this.element = h(
      'section',
      { class: 'verdict', 'aria-label': 'The verdict' },
      this.#title,
      this.#question,
      h('div', { class: 'gauges' }, this.#gauges.d_fake.element, this.#gauges.d_real.element, this.#guess),
      this.#difference,
      this.#note,
    );
    this.scale('probability');
  }

  /** @param {HTMLElement} line  the discriminator's layers */
  flow(line) {
    this.#question.after(line);
  }

  /** @param {import('./scale.js').Scale} scale */
  scale(scale) {
    this.#scale = scale;
    const isScore = scale === 'score';
    this.#title.replaceChildren(
      icon('lens'),
      isScore ? 'Critic ' : 'Discriminator ',
      h('span', { class: 'role' }, 'the detective'),
    );
    this.#question.textContent = isScore ? 'Which score does it get?' : 'How real does it look?';
    this.#guess.hidden = isScore;
    this.#middle.textContent = FORMATS[scale](0.5);
    this.#difference.hidden = !isScore;
    this.clear();
  }

  /** @param {import('./recent.js').Recent} recent */
  update(recent) {
    // Scores have no scale of their own: the gauges span what was seen lately.
    const [low, high] = this.#scale === 'score' ? recent.range(['d_real', 'd_fake']) : [0, 1];
    for (const key of /** @type {const} */ (['d_fake', 'd_real']))
      this.#gauges[key].set(recent.mean(key, STEPS), low, high, this.#scale);
    const steps = Math.min(STEPS, recent.length);
    this.#note.textContent = steps === 0 ? 'not measured yet' : steps === 1 ? 'one step' : `mean of ${steps} steps`;
    const difference = recent.mean('d_real', STEPS) - recent.mean('d_fake', STEPS);
    this.#difference.textContent = Number.isFinite(difference)
      ? `Difference: ${FORMATS.score(difference)}. The critic\u2019s estimate of the distance between the two.`
      : '';
  }

  clear() {
    for (const gauge of Object.values(this.#gauges)) gauge.set(NaN, 0, 1, this.#scale);
    this.#note.textContent = 'not measured yet';
    this.#difference.textContent = '';
  }
}

class Gauge {
  element;
  #value = h('output', { class: 'value' });
  #word = h('span', { class: 'word' });
  #track;
  #name;

  /** @param {string} kind @param {string} name */
  constructor(kind, name) {
    this.#name = name;
    this.#track = h(
      'div',
      { class: 'track', role: 'meter', 'aria-label': `The discriminator's mean output on ${name}` },
      h('div', { class: 'fill' }),
    );
    this.element = h(
      'div',
      { class: `gauge ${kind}` },
      h('div', { class: 'says' }, this.#value, this.#word),
      this.#track,
      h('span', { class: 'name' }, name),
    );
  }

  /** @param {number} value @param {number} low @param {number} high @param {import('./scale.js').Scale} scale */
  set(value, low, high, scale) {
    const known = Number.isFinite(value);
    const level = known && high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
    const text = FORMATS[scale](value);
    this.#value.textContent = text;
    this.#word.textContent = known && scale !== 'score' ? (WORDS.find(([most]) => level <= most)?.[1] ?? '') : '\u00a0';
    this.#track.style.setProperty('--level', String(level));
    // In hundredths of what the gauge spans; the text has the value itself.
    for (const [key, now] of [
      ['valuemin', 0],
      ['valuemax', 100],
      ['valuenow', Math.round(100 * level)],
    ])
      this.#track.setAttribute(`aria-${key}`, String(now));
    const words = { probability: `${Math.round(value * 100)} percent`, target: text, score: `score ${text}` };
    this.#track.setAttribute('aria-valuetext', known ? words[scale] : `${this.#name}: not measured yet`);
  }
}
