/** Looks at the session for a panel: when something is new, the panel can be seen, and for at most a tenth of the time. */

const PAUSE_MS = 200;
const RESTS = 9; // times as long as the look took
const ALIVE = ['paused', 'playing', 'stepping', 'phase'];

export class Glance {
  #look;
  #observer;
  #seen = false;
  #alive = false;
  #wanted = false;
  #urgent = false;
  #looking = false;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | number} */
  #timer = 0;

  /** @param {HTMLElement} element @param {() => Promise<void>} look */
  constructor(element, look) {
    this.#look = look;
    this.#observer = new IntersectionObserver((entries) => {
      this.#seen = entries[entries.length - 1].isIntersecting;
      this.#go();
    });
    this.#observer.observe(element);
  }

  /** @param {import('../protocol.js').State} state */
  state(state) {
    this.#alive = ALIVE.includes(state);
    this.#go();
  }

  /** @param {boolean} [urgent]  somebody waits for it */
  want(urgent = false) {
    this.#wanted = true;
    this.#urgent ||= urgent;
    this.#go();
  }

  destroy() {
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    this.#alive = false;
  }

  async #go() {
    clearTimeout(this.#timer);
    if (!this.#wanted || !this.#seen || !this.#alive || this.#looking) return;
    const wait = this.#urgent ? 0 : this.#notBefore - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#go(), wait);
      return;
    }
    this.#wanted = this.#urgent = false;
    this.#looking = true;
    const started = performance.now();
    try {
      await this.#look();
    } catch {
      // The run has gone; the worker says so itself.
    }
    this.#looking = false;
    const ended = performance.now();
    this.#notBefore = ended + Math.max(PAUSE_MS, (ended - started) * RESTS);
    this.#go();
  }
}
