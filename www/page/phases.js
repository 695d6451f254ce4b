/** One network learns alone until the other is beaten: a line that says how it stands. */

import { formatCount, h } from './dom.js';
import { FORMATS, rated } from './scale.js';

const NAMES = { generator: 'The generator', discriminator: 'The discriminator' };

export class Phases {
  element = h('p', { class: 'phase-line', role: 'status', hidden: true });
  /** @type {import('./scale.js').Scale} */
  #scale = 'probability';
  #saidAt = -Infinity;

  /** @param {import('./scale.js').Scale} scale */
  scale(scale) {
    this.#scale = scale;
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
    this.element.hidden = true;
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
    this.element.hidden = false;
    this.element.textContent = text;
  }
}
