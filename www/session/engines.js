/** The engine of this worker: the one that a first visit loads, and the one with all games once a run asks for it. */

import { engineLoader } from './engine.js';

export class Engines {
  #load = engineLoader(); // begins before the first command comes
  /** @type {import('../../types/engine.js').Engine | null} */
  #engine = null;
  /** What loading took. */
  ms = 0;
  #isWhole = false;
  /** Whether no other engine computes at the same time. */
  #alone = true;

  /** Whether one is there. */
  get any() {
    return this.#engine !== null;
  }

  /** The one that is there. */
  get now() {
    if (!this.#engine) throw new Error('The engine is not there yet: wait for the event "tables".');
    return this.#engine;
  }

  /** What a first visit loads. @param {string | undefined} backend  the setting @param {boolean} alone */
  async first(backend, alone) {
    this.#alone = alone;
    this.#engine = await this.#load('ganvas-page', backend, alone);
    this.ms = performance.now(); // since the worker began
    return this.#engine;
  }

  /**
   * The one that has all games takes its place: sessions of the other must be dropped.
   * @param {string} backend  the setting
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>}  whether it is another one than before
   */
  async whole(backend, signal) {
    if (this.#isWhole) return false;
    const began = performance.now();
    const engine = await this.#load('ganvas-whole', backend, this.#alone);
    signal.throwIfAborted();
    [this.#engine, this.#isWhole] = [engine, true];
    this.ms += performance.now() - began;
    return true;
  }
}
