/** Decides how many steps one call runs, and when to draw, measure and keep a checkpoint. */

const CALL_MS = 16; // long enough to pay for a call, short enough that pause feels immediate
const METRICS_MS = 100;
const CHECKPOINT_MS = 30_000;
const WINDOW_MS = 3_000;
const MOST_STEPS = 256;

export class Pace {
  /** Steps for the next call. */
  steps = 1;
  #frameMs;
  #drawAt = 0;
  #metricsAt = 0;
  #checkpointAt = 0;
  /** @type {{ time: number, steps: number, images: number }[]} what was done, for the speeds */
  #window = [];

  /** @param {number} framesPerSecond */
  constructor(framesPerSecond) {
    this.#frameMs = 1000 / framesPerSecond;
  }

  /** From now on at most so many pictures a second, the next at once. */
  frames(perSecond) {
    this.#frameMs = 1000 / perSecond;
    this.#drawAt = 0;
  }

  /** Training starts or goes on: whatever happened in a pause is no part of the speed. */
  begin() {
    this.#window = [{ time: performance.now(), steps: 0, images: 0 }];
    this.#checkpointAt = performance.now() + CHECKPOINT_MS;
  }

  /** `steps` steps took `ms`. */
  ran(steps, ms, images) {
    const now = performance.now();
    this.#window.push({ time: now, steps, images });
    // Keep one entry older than the window, so that a slow backend has two ends to measure between.
    while (this.#window.length > 2 && this.#window[1].time < now - WINDOW_MS) this.#window.shift();
    const wanted = (steps * CALL_MS) / Math.max(ms, 0.1);
    // Grow slowly: the first calls also warm up, and one outlier must not freeze the page.
    this.steps = Math.max(1, Math.min(Math.round(wanted), this.steps * 2, MOST_STEPS));
  }

  /** Measured over the last seconds; null before there is anything to measure. */
  get speed() {
    const [first, ...rest] = this.#window;
    if (rest.length === 0) return { stepsPerSecond: null, imagesPerSecond: null };
    const seconds = (rest[rest.length - 1].time - first.time) / 1000;
    const sum = (key) => rest.reduce((total, entry) => total + entry[key], 0);
    return { stepsPerSecond: sum('steps') / seconds, imagesPerSecond: sum('images') / seconds };
  }

  get drawDue() { return performance.now() >= this.#drawAt; }

  /** Drawing may take at most about a quarter of the time. */
  drew(ms) { this.#drawAt = performance.now() + Math.max(this.#frameMs - ms, 3 * ms); }

  get metricsDue() { return performance.now() >= this.#metricsAt; }

  measured() { this.#metricsAt = performance.now() + METRICS_MS; }

  get checkpointDue() { return performance.now() >= this.#checkpointAt; }

  checkpointed() { this.#checkpointAt = performance.now() + CHECKPOINT_MS; }
}
