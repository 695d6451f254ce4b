/** What is known of the run, as the worker tells it; everything in it was measured. */

/** @import { Finding, Info, Metrics, Quality, Ready, Settings, State, Tables, Timings } from '../protocol.js' */

/**
 * @typedef {{ d_loss: number | null, g_loss: number | null }} Losses
 * @typedef {{ d_loss: number, g_loss: number, d_real: number, d_fake: number }} Values  NaN where nothing was measured
 */

export class Run {
  /** @type {State} */
  state = 'loading';
  step = 0;
  /** All of them once the engine is there; until then those that were set before. @type {Settings} */
  settings = /** @type {Settings} */ ({});
  /** @type {Tables | null} */
  tables = null;
  /** @type {Info | null} */
  info = null;
  /** @type {Timings | null} */
  timings = null;
  /** @type {(Omit<Metrics, 'type'> & Partial<Values>) | null} */
  metrics = null;
  /** @type {number | null} */
  firstStepMs = null;
  /** @type {Quality | null} */
  quality = null;
  /** @type {Finding[]} */
  findings = [];
  /** The visitor, or a script, wants it to play. */
  wantsPlay = false;
  /** Its device was lost, and it is being rebuilt. */
  recovering = false;
  /** Who waits for the result of an evaluation. @type {{ resolve(result: Quality): void, reject(reason: Error): void }[]} */
  #evaluations = [];

  get isBusy() {
    return ['playing', 'stepping', 'phase'].includes(this.state);
  }

  get status() {
    const { d_loss, g_loss, d_real, d_fake, epoch, images, stepsPerSecond, imagesPerSecond, spentMs } =
      this.metrics ?? {};
    return {
      state: this.state,
      step: this.step,
      epoch: epoch ?? 0,
      images: images ?? 0,
      losses: { d_loss: d_loss ?? null, g_loss: g_loss ?? null },
      metrics: { d_real: d_real ?? null, d_fake: d_fake ?? null },
      stepsPerSecond: stepsPerSecond ?? null,
      imagesPerSecond: imagesPerSecond ?? null,
      spentMs: spentMs ?? null,
      backend: this.info?.backend ?? null,
      backendReason: this.info?.backendReason ?? null,
      adapter: this.info?.adapter ?? null,
      data: this.info?.data ?? null,
      quality: this.quality,
      findings: this.findings,
      timings: this.timings && { ...this.timings, firstStepMs: this.firstStepMs },
      dispatches: this.info?.dispatches ?? null,
      memoryBytes: this.info?.memoryBytes ?? null,
    };
  }

  /** A new engine: nothing of the run before holds. */
  forget() {
    this.info = null;
    this.metrics = null;
  }

  /** A session stands. @param {Ready} event */
  ready({ info, settings, timings }) {
    this.info = info;
    this.settings = { ...settings };
    this.timings = timings;
    this.metrics = null;
    this.step = 0;
    this.quality = null;
    this.findings = [];
  }

  /** @param {Metrics} event @returns {Partial<Values>}  its last row by name; without rows the one before, if it is of this step */
  measured({ type: _, ...metrics }) {
    const { rows, width, step } = metrics;
    const last = rows.subarray(Math.max(0, rows.length - width));
    const values = last.length ? this.#named(last) : step === this.step ? this.#lastValues() : {};
    this.metrics = { ...metrics, ...values };
    if (step > 0) this.firstStepMs ??= performance.now();
    this.step = step;
    return values;
  }

  /** @param {Float64Array} row  the step, then the engine's metrics @returns {Values} */
  #named(row) {
    const value = (/** @type {keyof Values} */ key) => {
      const column = this.info?.metrics.indexOf(key) ?? -1;
      return column < 0 ? NaN : row[1 + column];
    };
    return { d_loss: value('d_loss'), g_loss: value('g_loss'), d_real: value('d_real'), d_fake: value('d_fake') };
  }

  /** @returns {Partial<Values>} */
  #lastValues() {
    const { d_loss, g_loss, d_real, d_fake } = this.metrics ?? {};
    return { d_loss, g_loss, d_real, d_fake };
  }

  /** @returns {Promise<Quality>}  the next evaluation */
  nextEvaluation() {
    return new Promise((resolve, reject) => this.#evaluations.push({ resolve, reject }));
  }

  /** @param {Quality} result */
  evaluated(result) {
    this.quality = result;
    for (const { resolve } of this.#evaluations.splice(0)) resolve(result);
  }

  /** @param {string} reason */
  rejectEvaluations(reason) {
    for (const { reject } of this.#evaluations.splice(0)) reject(new Error(reason));
  }
}
