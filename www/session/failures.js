/** Where every error of the worker ends, once: a trap kills the engine, and a lost device is told by itself. */

/** @import { Post, Remedy } from '../protocol.js' */

import { DeviceLost } from './slot.js';

const MOST_LOSSES = 3; // of the device within a minute, before we stop trying
/** @type {Remedy} */
const RESTART = { label: 'Restart the engine', action: 'restart' };
/** @type {Remedy} */
const USE_CPU = { label: 'Train on the CPU instead', action: 'cpu' };

export class Failures {
  #post;
  #condition;
  #orders;
  #hasEngine;
  #lacksGpu;
  /** When the device was lost lately. @type {number[]} */
  #losses = [];

  /**
   * @param {{ post: Post, condition: import('./condition.js').Condition, orders: import('./orders.js').Orders,
   *   hasEngine(): boolean, lacksGpu(): boolean }} parts
   *   lacksGpu: the visitor chose the GPU, and there is no session
   */
  constructor({ post, condition, orders, hasEngine, lacksGpu }) {
    this.#post = post;
    this.#condition = condition;
    this.#orders = orders;
    this.#hasEngine = hasEngine;
    this.#lacksGpu = lacksGpu;
  }

  /**
   * @param {any} error  whatever was thrown: by the engine, the browser or us
   * @param {boolean} [quiet]  whoever asked says it better
   */
  report(error, quiet = false) {
    if (this.#condition.dead || error instanceof DeviceLost) return;
    if (error instanceof WebAssembly.RuntimeError || self.ganvasPanic) {
      // The engine has trapped: its memory can no longer be trusted, so nothing of it is called again.
      this.#die(`The engine stopped at an inner error: ${self.ganvasPanic ?? error.message}`);
    } else if (!this.#hasEngine()) {
      this.#die(error.message);
    } else if (!quiet) {
      const remedy = this.#lacksGpu() ? USE_CPU : null;
      this.#post({ type: 'error', message: error?.message ?? String(error), remedy, fatal: false });
    }
  }

  /** @param {string} message */
  #die(message) {
    this.#condition.dead = true;
    this.#orders.wantsPlay = false;
    this.#condition.enter('failed');
    this.#post({ type: 'error', message, remedy: RESTART, fatal: true });
  }

  /** The device was lost. Returns whether that is no reason to give up yet. */
  allowsLoss() {
    const now = performance.now();
    this.#losses = [...this.#losses.filter((time) => time > now - 60_000), now];
    if (this.#losses.length < MOST_LOSSES) return true;
    this.#orders.wantsPlay = false;
    this.#condition.enter('stopped');
    this.#post({
      type: 'error',
      message: 'The GPU device was lost again and again: its driver may be unstable or out of memory.',
      remedy: USE_CPU,
      fatal: false,
    });
    return false;
  }
}
