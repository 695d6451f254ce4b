/** Decides how many steps one call runs, and when to draw, measure and keep a checkpoint. */

const SUBMIT_MS = 10; // of work at a time: it pays for a call, a frame has room for it, and no watchdog hears of it
const FAR_TOO_LONG = 4; // times that
const METRICS_MS = 100;
const CHECKPOINT_MS = 30_000;
const WINDOW_MS = 3_000;
const MOST_STEPS = 128; // unread rows that the rings hold
const REMEMBERED = 5;

/**
 * Steps for the next submission, so that it takes about `SUBMIT_MS`: 8 to 12 ms where a step is much shorter. At most
 * twice as many as in the last one, so a submission is long only if steps become many times longer all at once; or if one
 * step alone is.
 * @param {number} steps  in the last submission
 * @param {number[]} stepMs  milliseconds that one step took in the last submissions, until the queue was done; newest last
 */
export function nextSteps(steps, stepMs) {
  const last = stepMs[stepMs.length - 1];
  const median = [...stepMs].sort((a, b) => a - b)[stepMs.length >> 1];
  // One that was a little slow changes nothing; one that was far too long is answered at once.
  const ms = last * steps > FAR_TOO_LONG * SUBMIT_MS ? last : median;
  return Math.max(1, Math.min(Math.round(SUBMIT_MS / Math.max(ms, 0.001)), steps * 2, MOST_STEPS));
}

export class Pace {
  /** Steps for the next call. */
  steps = 1;
  #frameMs;
  /** @type {number[]} */
  #stepMs = [];
  #drawAt = 0;
  #metricsAt = 0;
  #checkpointAt = 0;
  /** @type {{ time: number, steps: number, images: number }[]} what was done, for the speeds */
  #window = [];

  /** @param {number} framesPerSecond */
  constructor(framesPerSecond) {
    this.#frameMs = 1000 / framesPerSecond;
  }

  /** From now on at most so many pictures a second, the next at once. @param {number} perSecond */
  frames(perSecond) {
    this.#frameMs = 1000 / perSecond;
    this.#drawAt = 0;
  }

  /** Training starts or goes on: whatever happened in a pause is no part of the speed, and the next picture comes at once. */
  begin() {
    this.#drawAt = 0;
    this.#window = [{ time: performance.now(), steps: 0, images: 0 }];
    this.#checkpointAt = performance.now() + CHECKPOINT_MS;
  }

  /**
   * `steps` steps took `ms`.
   * @param {number} steps
   * @param {number} ms
   * @param {number} images
   */
  ran(steps, ms, images) {
    const now = performance.now();
    this.#window.push({ time: now, steps, images });
    // Keep one entry older than the window, so that a slow backend has two ends to measure between.
    while (this.#window.length > 2 && this.#window[1].time < now - WINDOW_MS) this.#window.shift();
    this.#stepMs = [...this.#stepMs, ms / steps].slice(-REMEMBERED);
    this.steps = nextSteps(steps, this.#stepMs);
  }

  /** Measured over the last seconds; null before there is anything to measure. */
  get speed() {
    const [first, ...rest] = this.#window;
    if (rest.length === 0) return { stepsPerSecond: null, imagesPerSecond: null };
    const seconds = (rest[rest.length - 1].time - first.time) / 1000;
    const sum = (/** @type {'steps' | 'images'} */ key) => rest.reduce((total, entry) => total + entry[key], 0);
    return { stepsPerSecond: sum('steps') / seconds, imagesPerSecond: sum('images') / seconds };
  }

  get drawDue() {
    return performance.now() >= this.#drawAt;
  }

  /** A picture took `ms`; the next one comes a frame later, or after a rest. @param {number} ms @param {number} rest */
  drew(ms, rest) {
    this.#drawAt = performance.now() + Math.max(this.#frameMs - ms, rest);
  }

  get metricsDue() {
    return performance.now() >= this.#metricsAt;
  }

  measured() {
    this.#metricsAt = performance.now() + METRICS_MS;
  }

  get checkpointDue() {
    return performance.now() >= this.#checkpointAt;
  }

  checkpointed() {
    this.#checkpointAt = performance.now() + CHECKPOINT_MS;
  }
}
