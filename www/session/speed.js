/** How fast training may go: as fast as it can, or so many steps a second, so that each can be seen. */

import { nextTask } from './queue.js';

const PICTURES = 30; // a second, at most: more steps than that go together
const SLOW = 10; // steps a second: up to here each is shown, however long that takes

export class Speed {
  /** Steps a second; null for no limit. @type {number | null} */
  #limit = null;
  #dueAt = 0;
  #wake = () => {};

  /** @param {number | null} limit */
  set(limit) {
    this.#limit = limit;
    this.#dueAt = 0;
    this.#wake();
  }

  /** Whether each step is to be seen. */
  get isSlow() {
    return this.#limit !== null && this.#limit <= SLOW;
  }

  /** Steps that the next call may do. */
  get most() {
    return this.#limit === null ? Infinity : Math.max(1, Math.round(this.#limit / PICTURES));
  }

  /** A call of so many steps began at that time. @param {number} steps @param {number} started */
  ran(steps, started) {
    if (this.#limit !== null) this.#dueAt = started + (1000 * steps) / this.#limit;
  }

  /** Resolves when the next call is due; in any case messages are heard first. */
  async rest() {
    const ms = this.#dueAt - performance.now();
    if (ms <= 0) return nextTask();
    /** @type {Promise<void>} */
    const rested = new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return rested;
  }
}
