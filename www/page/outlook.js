/**
 * One line below the pictures: what is true of the samples by now, what comes next, and when on this device. From landmarks
 * that `ganvas measure` has recorded for the preset, and from the run's own pace.
 */

/** @import { Settings, State, Tables } from '../protocol.js' */

import { formatCount, formatFixed, h } from './dom.js';
import { landmarksOf } from './link.js';

/** @typedef {import('./link.js').Landmark} Landmark */
/** @typedef {{ seed: number, steps: number, nfd?: number | null }} Reference  the preset's reference run */

const WINDOW_MS = 5_000; // over which the pace is measured
const FEWEST_MS = 1_500; // before which it is not known
const EVERY_MS = 1_000; // a number that changes more often cannot be read

/** The steps a second of the last seconds. */
export class Tempo {
  /** @type {{ time: number, step: number }[]} */
  #marks = [];

  /** @param {number} step @param {number} time  in milliseconds */
  push(step, time) {
    if (step < (this.#marks.at(-1)?.step ?? 0)) this.#marks = []; // the run went back
    this.#marks.push({ time, step });
    while (this.#marks.length > 2 && this.#marks[1].time <= time - WINDOW_MS) this.#marks.shift();
  }

  rest() {
    this.#marks = [];
  }

  /** Null: not known yet. */
  get stepsPerSecond() {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.time - first.time < FEWEST_MS || last.step === first.step) return null;
    return (1000 * (last.step - first.step)) / (last.time - first.time);
  }
}

/** A duration as one says it. @param {number} seconds */
export function inAbout(seconds) {
  const [minutes, hours] = [Math.round(seconds / 60), Math.round(seconds / 3600)];
  if (seconds < 1.5) return 'in a moment';
  if (seconds < 10) return `in about ${Math.round(seconds)} s`;
  if (seconds < 52.5) return `in about ${5 * Math.round(seconds / 5)} s`;
  if (minutes <= 1) return 'in about a minute';
  if (minutes < 10) return `in about ${minutes} minutes`;
  if (minutes < 53) return `in about ${5 * Math.round(minutes / 5)} minutes`;
  return hours <= 1 ? 'in about an hour' : `in about ${hours} hours`;
}

/**
 * @param {{ step: number, landmarks: Landmark[], record: Reference | null, stepsPerSecond: number | null }} run
 *   stepsPerSecond: null: not known, or it does not train
 * @returns {{ now: string, next: string }}
 */
export function outlookOf({ step, landmarks, record, stepsPerSecond }) {
  const reached = landmarks.findLast((landmark) => landmark.step <= step);
  const coming = landmarks.find((landmark) => landmark.step > step);
  const now = reached ? `Now: ${reached.now}.` : 'Now yours, from zero.';
  if (!coming) return { now, next: record ? closing(record, step) : '' };
  const when = stepsPerSecond === null ? '' : `, ${inAbout((coming.step - step) / stepsPerSecond)}`;
  return { now, next: `Next: ${coming.next}${when}.` };
}

/** What the preset's reference run came to. @param {Reference} record @param {number} step */
function closing({ steps, nfd }, step) {
  const came = nfd === null || nfd === undefined ? 'ended' : `came to nFD ${formatFixed(nfd, 2)}`;
  const at = `Our reference run ${came} at step ${formatCount(steps)}`;
  return step < steps ? `${at}.` : `${at}; yours is beyond it.`;
}

export class Outlook {
  element = h('p', { class: 'outlook', hidden: true });
  /** Its own, so that a number of seconds is not read out again and again. */
  #spoken = h('span', { class: 'visually-hidden', role: 'status' });
  #now = h('span', { class: 'outlook-now', 'aria-hidden': 'true' });
  #next = h('span', { class: 'outlook-next', 'aria-hidden': 'true' });
  /** @type {Landmark[]} */
  #landmarks = [];
  /** @type {Reference | null} */
  #record = null;
  #tempo = new Tempo();
  #shown = true;
  #end = 0;
  #saidAt = -Infinity;
  #said = '';
  /** @type {import('../protocol.js').State} */
  #state = 'loading';
  #step = 0;

  constructor() {
    this.element.append(this.#now, ' ', this.#next, this.#spoken);
  }

  /** @param {boolean} shown  whether the pictures are there that it speaks of */
  show(shown) {
    this.#shown = shown;
    this.#tell(true);
  }

  /** @param {number} end  step of the last frame of the recording that is shown; 0: none is */
  recorded(end) {
    this.#end = end;
    this.#tell(true);
  }

  /** @param {Settings} settings @param {Tables} tables */
  settings(settings, tables) {
    this.#landmarks = landmarksOf(settings, tables);
    this.#record = tables.presets.find(({ key }) => key === settings.preset)?.record ?? null;
    this.#tell(true);
  }

  /** @param {State} state @param {number} step  of the run @param {number} [drawn]  and of its picture */
  run(state, step, drawn = step) {
    if (state === 'playing') this.#tempo.push(step, performance.now());
    else this.#tempo.rest();
    const changed = state !== this.#state || drawn < this.#step;
    [this.#state, this.#step] = [state, drawn];
    this.#tell(changed);
  }

  #tell(changed = false) {
    const now = performance.now();
    if (!changed && now - this.#saidAt < EVERY_MS) return;
    this.#saidAt = now;
    const words = this.#words();
    this.element.hidden = !words || !this.#shown;
    this.#now.textContent = words?.now ?? '';
    this.#next.textContent = words?.next ?? '';
    // What is said aloud has no seconds in it, so it changes only with what happens.
    const spoken = words ? `${words.now} ${words.next.replace(/, in .*/, '.')}` : '';
    if (spoken !== this.#said) this.#spoken.textContent = this.#said = spoken;
  }

  #words() {
    if (this.#end) {
      const what = `Recorded: this very run up to step ${formatCount(this.#end)}.`;
      return {
        now: what,
        next: this.#state === 'paused' ? 'Press play for yours, from zero.' : 'Next: yours, from zero.',
      };
    }
    if (this.#landmarks.length === 0) return null;
    if (this.#step === 0 && this.#state !== 'playing')
      return { now: 'Now: noise.', next: `Next: ${this.#landmarks[0].next}.` };
    return outlookOf({
      step: this.#step,
      landmarks: this.#landmarks,
      record: this.#record,
      stepsPerSecond: this.#tempo.stepsPerSecond,
    });
  }
}
