/** A cure under way: how long it usually takes, and what has come of it. */

/** @import { Finding, SomeSettings } from '../protocol.js' */

import { formatCount } from './dom.js';

/** Steps that a cure is given where none was measured. */
const UNMEASURED = 500;

export class Cure {
  #key;
  #name;
  #change;
  #takes;
  #isMeasured;
  #from;
  #step;
  /** The step at which it had its time and the doctor nothing more to say. @type {number | null} */
  #cured = null;
  #isFound = true;

  /**
   * @param {Finding} finding  what it is against
   * @param {SomeSettings} change  what it sets
   * @param {number} step  where the run stands
   */
  constructor({ key, name, takes }, change, step) {
    this.#key = key;
    this.#name = name;
    this.#change = change;
    this.#takes = takes ?? UNMEASURED;
    this.#isMeasured = takes !== null;
    this.#from = step;
    this.#step = step;
  }

  /** Whether its settings are those of the run. @param {SomeSettings} settings */
  isInForce(settings) {
    return Object.entries(this.#change).every(([key, value]) => sameValue(settings[key], value));
  }

  /** It is in force from that step on: most cures restart the run. @param {number} step */
  begin(step) {
    this.#from = step;
    this.#step = step;
  }

  /** What the doctor says at that step. @param {number} step @param {Finding[]} findings */
  see(step, findings) {
    if (step < this.#from) this.#from = step; // the run was restarted, or went back
    this.#step = step;
    this.#isFound = findings.some(({ key }) => key === this.#key);
    if (this.#isFound) this.#cured = null;
    // Before, the defect might not have shown yet.
    else if (this.#hasHadItsTime && findings.every(({ key }) => key === 'healthy')) this.#cured ??= step;
  }

  get #hasHadItsTime() {
    return this.#step >= this.#from + this.#takes;
  }

  /** Whether it still has time: nothing else is offered meanwhile. */
  get isAtWork() {
    return !this.#hasHadItsTime;
  }

  get words() {
    const name = this.#name;
    if (this.#cured !== null)
      return `The cure has worked: \u201c${name}\u201d is gone, as of step ${formatCount(this.#cured)}.`;
    const since = `The cure of \u201c${name}\u201d is under way since step ${formatCount(this.#from)}.`;
    if (this.isAtWork)
      return this.#isMeasured ? `${since} It usually takes about ${formatCount(this.#takes)} steps.` : since;
    const had = `The cure of \u201c${name}\u201d has had its ${formatCount(this.#takes)} steps`;
    return this.#isFound ? `${had}, and it is still there.` : `${had}. It is gone, but not all is well.`;
  }
}

/** Numbers are the same however they are written. @param {string | number | undefined} a @param {string | number} b */
function sameValue(a, b) {
  return String(a) === String(b) || (a !== '' && b !== '' && Number(a) === Number(b));
}
