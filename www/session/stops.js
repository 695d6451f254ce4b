/** Conditions that end playing, each at the moment when it comes true and not again while it stays so. */

const WINDOW = 10; // steps of the mean that is compared with one half, as in the gauges
const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format;

export class Stops {
  /** @type {import('../protocol.js').StopConditions} */
  #wanted = { step: null, nfd: null, balance: null, alarm: false };
  /** @type {number[]} */
  #recent = []; // D's mean outputs on fakes
  /** @type {boolean | undefined} */
  #wasNear; // undefined until the mean was looked at
  #wasGood = false;
  /** @type {Set<string>} */
  #alarms = new Set();
  /** @type {{ reason: keyof import('../protocol.js').StopConditions, value: number | string, text: string } | null} */
  #why = null;
  #playing = false;

  /** Only what happens while it plays can stop it. @param {boolean} playing */
  set playing(playing) {
    if (playing && !this.#playing) this.#why = null;
    this.#playing = playing;
  }

  /** @param {import('../protocol.js').StopConditions} wanted */
  set(wanted) {
    if (wanted.balance !== this.#wanted.balance) this.#wasNear = undefined;
    if (wanted.nfd !== this.#wanted.nfd) this.#wasGood = false;
    this.#wanted = wanted;
  }

  /** Another run, or another state of it. */
  clear() {
    this.#recent = [];
    this.#wasNear = undefined;
    this.#wasGood = false;
    this.#alarms.clear();
    this.#why = null;
  }

  /** Whether each step is to be looked at, so that none is run past the end. */
  get watches() {
    return this.#wanted.balance !== null;
  }

  /** Steps from this one that may be run at once. @param {number} step @returns {number} */
  most(step) {
    const { step: end } = this.#wanted;
    return end !== null && end > step ? end - step : Infinity;
  }

  /** @param {ArrayLike<number>} rows  one after another @param {number} width @param {number} column  of D's mean output on fakes */
  rows(rows, width, column) {
    const { balance } = this.#wanted;
    if (column === 0) return; // it is not recorded
    for (let at = 0; at < rows.length; at += width) {
      const output = rows[at + column];
      if (!Number.isFinite(output)) continue;
      this.#recent.push(output);
      if (this.#recent.length > WINDOW) this.#recent.shift();
      const mean = this.#recent.reduce((sum, value) => sum + value, 0) / this.#recent.length;
      const near = balance !== null && Math.abs(mean - 0.5) <= balance;
      // An untrained detective says one half to everything: it must have been elsewhere before.
      if (near && this.#wasNear === false)
        this.#stop(
          'balance',
          mean,
          `the detective\u2019s mean output on forgeries is ${mean.toFixed(2)}, within ${balance} of one half`,
        );
      this.#wasNear = near;
    }
  }

  /** @param {import('../protocol.js').Event} event  on its way to the page */
  observe(event) {
    if (event.type === 'doctor') {
      const alarms = event.findings.filter(({ severity }) => severity === 'alarm');
      const fresh = alarms.find(({ key }) => !this.#alarms.has(key));
      this.#alarms = new Set(alarms.map(({ key }) => key));
      if (fresh && this.#wanted.alarm) this.#stop('alarm', fresh.key, `an alarm of the doctor\u2019s: ${fresh.name}`);
    }
    const nfd = event.type === 'evaluation' && event.result?.form === 'image' ? event.result.nfd : null;
    if (event.type === 'evaluation' && event.result && nfd !== null && this.#playing) {
      const good = this.#wanted.nfd !== null && nfd <= this.#wanted.nfd;
      if (good && !this.#wasGood)
        this.#stop(
          'nfd',
          nfd,
          `nFD was ${nfd.toFixed(2)} at step ${count(event.result.step)}, not above ${this.#wanted.nfd}`,
        );
      this.#wasGood = good;
    }
  }

  /**
   * @param {keyof import('../protocol.js').StopConditions} reason
   * @param {number | string} value
   * @param {string} text
   */
  #stop(reason, value, text) {
    if (this.#playing) this.#why ??= { reason, value, text };
  }

  /**
   * Why training is to stop at this step, once; null if it is not.
   * @param {number} step
   * @returns {import('../protocol.js').Stopped | null}
   */
  take(step) {
    if (step === this.#wanted.step) this.#why ??= { reason: 'step', value: step, text: 'that is where it was to stop' };
    if (!this.#why) return null;
    const { reason, value, text } = this.#why;
    this.#why = null;
    return { type: 'stopped', reason, step, value, message: `Stopped at step ${count(step)}: ${text}.` };
  }
}
