/** What commands wish, noted the moment they arrive, so that it also stops the work in front of them. */

const BUILDS = new Set(['init', 'reset', 'settings']);
const STOPS_TRAINING = new Set(['pause', 'step', 'stepClosely', 'phase', 'reset', 'cancel', 'load', 'restore']);
const STOPS_STEPS = new Set([...STOPS_TRAINING, ...BUILDS, 'play', 'dispose'].filter((type) => type !== 'step'));

export class Orders {
  wantsPlay = false;
  /** Order of the last command that may want another session. */
  latestBuild = 0;
  /** Aborts the build in progress. @type {AbortController | null} */
  attempt = null;
  #last = 0;
  #stopsSteps = 0;
  #stopsPhase = 0;

  /** @param {string} type  of a command that arrives @returns {number}  its order: a later command has a larger one */
  note(type) {
    const order = ++this.#last;
    if (BUILDS.has(type)) this.latestBuild = order;
    if (BUILDS.has(type) || type === 'cancel') this.attempt?.abort();
    if (STOPS_STEPS.has(type)) this.#stopsSteps = order;
    if (STOPS_STEPS.has(type) || type === 'step') this.#stopsPhase = order;
    if (STOPS_TRAINING.has(type)) this.wantsPlay = false;
    if (type === 'play') this.wantsPlay = true;
    return order;
  }

  /** Whether a later command ends the `step` of this order. @param {number} order */
  endSteps(order) {
    return this.#stopsSteps >= order;
  }

  /** Whether a later command ends the `phase` of this order, which itself ends the one before. @param {number} order */
  endPhase(order) {
    return this.#stopsPhase > order;
  }
}
