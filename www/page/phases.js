/** One network learns alone until the other is beaten: two buttons, and a line that says how it stands. */

import { formatCount, h } from './dom.js';
import { FORMATS, rated } from './scale.js';

const NAMES = { generator: 'The forger', discriminator: 'The detective' };

export class Phases {
  element;
  buttons;
  #line = h('p', { class: 'phase-line', role: 'status', hidden: true });
  /** @type {import('./scale.js').Scale} */
  #scale = 'probability';
  #saidAt = -Infinity;

  /** @param {(learner: import('../protocol.js').Learner) => void} begin */
  constructor(begin) {
    this.buttons = /** @type {const} */ (['generator', 'discriminator']).map((learner) =>
      h('button', {
        type: 'button',
        class: 'button phase',
        on: { click: () => begin(learner) },
      }),
    );
    this.element = h('div', { class: 'phases row' }, ...this.buttons, this.#line);
    this.scale('probability');
  }

  /** @param {import('./scale.js').Scale} scale */
  scale(scale) {
    this.#scale = scale;
    const [forger, detective] = this.buttons;
    const isScore = scale === 'score';
    forger.textContent = isScore
      ? 'Train the forger until the critic scores both alike'
      : `Train the forger until the detective says ${FORMATS[scale](0.5)}`;
    forger.title = 'Only the generator learns, for at most 2,000 steps';
    detective.textContent = isScore
      ? 'Train the critic until its scores are twice as far apart'
      : 'Train the detective until it sees through';
    detective.title = `Only the discriminator learns, ${isScore ? '' : `until it rates forgeries ${rated(0.1, scale)}, `}for at most 2,000 steps`;
  }

  /** @param {import('../protocol.js').Phase} phase  under way */
  update({ learner, value, until, done, limit }) {
    const now = performance.now();
    if (now - this.#saidAt < 500) return; // numbers that can be read
    this.#saidAt = now;
    this.#say(
      `${NAMES[learner]} learns alone: step ${formatCount(done)} of at most ${formatCount(limit)}. ${this.#stands(value)}${this.#goal(until)}.`,
    );
  }

  /** @param {import('../protocol.js').PhaseEnd & { learner: import('../protocol.js').Learner }} end */
  ended({ learner, ended, done, value }) {
    const steps = `${formatCount(done)} ${done === 1 ? 'step' : 'steps'}`;
    const how = {
      reached: `got there after ${steps}`,
      limit: `did not get there within ${steps}`,
      stopped: `was stopped after ${steps}`,
    }[ended];
    this.#say(`${NAMES[learner]} ${how}. ${this.#stands(value)}.`);
  }

  /** Something else is going on. */
  clear() {
    this.#line.hidden = true;
    this.#saidAt = -Infinity;
  }

  /** @param {number | null} value */
  #stands(value) {
    return `${this.#scale === 'score' ? 'The scores differ by' : 'Forgeries are rated'} ${rated(value ?? NaN, this.#scale)}`;
  }

  /** @param {number} until */
  #goal(until) {
    // A critic's goal is not a number of ours.
    return this.#scale === 'score' ? '' : `, the goal is ${FORMATS[this.#scale](until)}`;
  }

  /** @param {string} text */
  #say(text) {
    this.#line.hidden = false;
    this.#line.textContent = text;
  }
}
