/** What may take how much of the time beside training; the rest is the training's. */

/** Shares of the time, at most. Together 15 % while a visitor waits for the first digits. */
const SHARES = Object.freeze({ drawing: 0.05, doctor: 0.02, evaluation: 0.08 });
/** Of an evaluation that somebody waits for, or that comes after the first minute. */
const WANTED = 0.25;
const FIRST_MS = 60_000;
/** A picture that is older says too little of the run, whatever the next one takes. */
const OLDEST_MS = 1_000;

/** @typedef {'training' | 'drawing' | 'doctor' | 'evaluation'} Activity */

export class Shares {
  /** Milliseconds since the run began, by activity. @type {Record<Activity, number>} */
  spent = { training: 0, drawing: 0, doctor: 0, evaluation: 0 };

  /** @param {Activity} activity @param {number} ms */
  add(activity, ms) {
    this.spent[activity] += ms;
  }

  /**
   * How long an activity must rest after it has taken `ms`.
   * @param {'drawing' | 'doctor' | 'evaluation'} activity
   * @param {number} ms
   * @param {boolean} [wanted]  somebody waits for it
   */
  rest(activity, ms, wanted = false) {
    const more = activity === 'evaluation' && (wanted || this.spent.training > FIRST_MS);
    const rest = ms * (1 / (more ? WANTED : SHARES[activity]) - 1);
    return activity === 'drawing' ? Math.min(rest, OLDEST_MS) : rest;
  }
}
