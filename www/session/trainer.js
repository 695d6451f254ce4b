/** Runs steps of the session in the slot, draws, measures, and keeps the last good state. */

import { Pace } from './pace.js';
import { Shares } from './shares.js';
import { keepTuning } from './tuning.js';

const EXPLAINED_AT_ONCE = 5; // steps of a replay between which commands are heard
const DOCTOR_MS = 1_000;

/**
 * @typedef {{ step: number, network: import('../protocol.js').Learner, gradient?: boolean }} Bad
 *   where the first number came that is not finite: in a loss or, told by the engine, in a gradient
 */

export class Trainer {
  step = 0;
  /** Real examples that the discriminator has seen, as last measured. */
  images = 0;
  /** The step that the picture is of. */
  drawn = 0;
  /** What the time of this run went to. */
  shares = new Shares();
  /** @type {import('../protocol.js').Phase | null} the one under way; once with how it ended */
  phase = null;
  /** The last saved or loaded state, or null. @type {Uint8Array<ArrayBuffer> | null} */
  checkpoint = null;
  /** A loss or a gradient has stopped being a number. */
  broken = false;
  /** @type {(rows: ArrayLike<number>, width: number) => void} who looks at each row as soon as it is measured */
  onRows = () => {};
  /** What the alarm said, and whether its cause is being looked for. @type {{ bad: Bad, begun: boolean } | null} */
  #alarmed = null;
  #slot;
  #post;
  #pace = new Pace(30);
  /** @type {import('./dataset.js').Source} */
  #source = { data: null, dataProblem: null };
  /** @type {number[]} */
  #held = []; // rows that the page has not been told yet
  #unsaved = false;
  #consultAt = 0;
  #tuneAt = 0; // a slice of looking for the fastest kernels is due
  #findings = ''; // what the doctor said last
  /** Training from the checkpoint, or up to it, has given losses that are numbers. */
  #proven = false;

  /**
   * @param {import('./slot.js').SessionSlot} slot
   * @param {import('../protocol.js').Post} post
   */
  constructor(slot, post) {
    this.#slot = slot;
    this.#post = post;
  }

  /**
   * A new session is in the slot, made of this data.
   * @param {number} framesPerSecond
   * @param {import('./dataset.js').Source} source
   */
  start(framesPerSecond, source) {
    this.#source = source;
    this.#pace = new Pace(framesPerSecond);
    this.step = this.images = this.drawn = 0;
    this.shares = new Shares();
    this.checkpoint = null;
    this.broken = false;
    this.#alarmed = null;
    this.#held = [];
    this.#unsaved = false;
    this.#proven = false;
    this.#findings = '';
    this.#consultAt = 0;
    this.#tuneAt = 0;
  }

  /** At most so many pictures a second. @param {number} perSecond */
  frames(perSecond) {
    this.#pace.frames(perSecond);
  }

  /** Training begins or goes on after a rest. */
  resume() {
    this.#pace.begin();
  }

  /**
   * As many steps as fit one call, at most `most`; returns how many they were.
   * @param {import('../protocol.js').Only} only
   * @param {number} [most]
   * @param {boolean} [watches]  measures after them in any case, so that a phase does not run past its end
   */
  async run(only, most = Infinity, watches = false) {
    const steps = Math.min(this.#pace.steps, most);
    const started = performance.now();
    await this.#slot.call((session) => session.run(steps, only));
    this.step += steps;
    this.#unsaved = true;
    const ms = performance.now() - started;
    this.shares.add('training', ms);
    this.#pace.ran(steps, ms, steps * this.#slot.batchSize);
    if (this.#pace.drawDue) await this.draw();
    if (performance.now() >= this.#tuneAt) await this.#tune();
    if (watches || this.#pace.metricsDue) await this.measure(only, watches);
    return steps;
  }

  /** A slice of looking for the fastest kernels; then training goes on for a while. */
  async #tune() {
    const started = performance.now();
    const { share, message, table } = await this.#slot.call(async (session) => session.tune());
    const now = performance.now();
    this.#tuneAt = share ? now + (now - started) * (1 / share - 1) : Infinity;
    if (!message) return;
    this.#post({ type: 'tuned', message });
    if (table) await keepTuning(this.#slot.live.info().adapter, table);
  }

  /** One step of both, with what each update did; it is not drawn. */
  async stepClosely() {
    const updates = await this.#slot.call((session) => session.stepClosely());
    this.step += 1;
    this.#unsaved = true;
    await this.measure();
    return updates;
  }

  async draw() {
    const started = performance.now();
    await this.#slot.call((session) => session.draw());
    this.drawn = this.step;
    const ms = performance.now() - started;
    this.shares.add('drawing', ms);
    this.#pace.drew(ms, this.shares.rest('drawing', ms));
  }

  /**
   * @param {import('../protocol.js').Only} [only]
   * @param {boolean} [waits]  the page is told when it is time for that, and not before
   */
  async measure(only = 'both', waits = false) {
    const { step, stage, epoch, images, rows, width, phase, brokenNetwork } = await this.#slot.call((session) =>
      session.takeMetrics(),
    );
    this.step = step;
    this.images = images;
    this.phase = phase;
    /** @type {Bad | null} */
    const bad =
      firstBadRow(rows, width, only, this.#slot.metrics) ??
      (brokenNetwork && { step, network: brokenNetwork, gradient: true });
    const measured = rows.length > 0;
    for (const value of rows) this.#held.push(value); // not spread: a call takes only so many arguments
    this.onRows(rows, width);
    if (!waits || bad || this.#pace.metricsDue) {
      const all = thinned(this.#held.splice(0), width);
      this.#pace.measured();
      this.#post(
        {
          type: 'metrics',
          step,
          stage,
          epoch,
          images,
          rows: all,
          width,
          phase,
          ...this.#pace.speed,
          drawn: this.drawn,
          spentMs: { ...this.shares.spent },
        },
        [all.buffer],
      );
    }
    if (bad && !this.broken) this.#alarm(bad);
    else if (measured && !bad) this.#proven = true;
    if (measured && performance.now() >= this.#consultAt) await this.consult();
  }

  /** Lets the doctor take the pulse, and says what it finds when that has changed. */
  async consult() {
    const started = performance.now();
    const gradients = await this.#slot.call((session) => session.pulse()); // if it is time for one
    if (gradients) this.#post({ type: 'pulse', ...gradients });
    const findings = this.#slot.live.doctor();
    const now = performance.now();
    this.shares.add('doctor', now - started);
    this.#consultAt = now + Math.max(DOCTOR_MS, this.shares.rest('doctor', now - started));
    const text = JSON.stringify(findings);
    if (text === this.#findings) return;
    this.#findings = text;
    this.#post({ type: 'doctor', findings });
  }

  /** Picture, curves and counters tell of the same step. @param {import('../protocol.js').Only} [only] */
  async tell(only = 'both') {
    await this.draw();
    await this.measure(only);
  }

  /** And the doctor too. @param {import('../protocol.js').Only} [only] */
  async show(only = 'both') {
    await this.tell(only);
    await this.consult();
  }

  get checkpointDue() {
    return this.#pace.checkpointDue;
  }

  async keepCheckpoint() {
    await this.measure(); // a state with a broken loss is none to come back to
    this.#pace.checkpointed();
    if (this.broken || !this.#unsaved) return;
    this.checkpoint = await this.#slot.call((session) => session.save());
    this.#unsaved = false;
  }

  /**
   * The state with the picture of the forgeries, for the page to keep; a lost device comes back to it too.
   * @returns {Promise<import('../protocol.js').Snapshot>}
   */
  async snapshot() {
    const started = performance.now();
    await this.keepCheckpoint(); // which also tells the page the losses of this very step
    if (this.broken)
      return { problem: 'A loss or a gradient is no number any more, so there is nothing here worth keeping.' };
    try {
      const kept = this.#unsaved ? null : this.checkpoint;
      const bytes = kept ? kept.slice() : await this.#slot.call((session) => session.save());
      const picture = await this.#slot.call((session) => session.picture());
      return { step: this.step, ms: performance.now() - started, bytes, ...picture };
    } catch (error) {
      if (error instanceof RangeError) return { problem: 'The browser has no memory left for another snapshot.' };
      throw error;
    }
  }

  /**
   * Answers with what the file lacked, in sentences; empty where it lacked nothing.
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async load(bytes) {
    const lacked = await this.#slot.call((session) => session.load(bytes));
    this.broken = false;
    this.#alarmed = null;
    // What lacks its counters would be another run elsewhere.
    this.checkpoint = lacked ? await this.#slot.call((session) => session.save()) : bytes;
    this.#unsaved = false;
    this.#proven = false;
    return lacked;
  }

  /**
   * Repeats the run from the last good state on the CPU, some steps at a call, and says in the alarm where the first
   * number came that is not finite. Returns whether there is more to do.
   */
  async explain() {
    if (!this.broken || !this.#alarmed) return false;
    const { data, dataProblem } = this.#source;
    if (!this.#alarmed.begun) {
      this.#alarmed.begun = true;
      await this.#slot.call(async (session) =>
        session.beginDiagnosis(data, dataProblem ?? undefined, this.checkpoint ?? undefined),
      );
      return true;
    }
    const { done, found } = await this.#slot.call(async (session) => session.continueDiagnosis(EXPLAINED_AT_ONCE));
    if (!done) return true;
    const words = found
      ? `Repeated on the CPU from the last good state, the first number that is not finite came ${found}.`
      : 'Repeated on the CPU from the last good state, with both networks learning at the present rates, all numbers stayed finite. ' +
        'Either rounding on this device made the difference, or a network was held still or a learning rate changed since then.';
    this.#alarm(this.#alarmed.bad, ` ${words}`);
    this.#alarmed = null;
    return false;
  }

  /** @param {Bad} bad */
  #alarm(bad, explanation = '') {
    const { step, network, gradient } = bad;
    this.broken = true;
    this.#alarmed ??= { bad, begun: false };
    /** @type {import('../protocol.js').Remedy} */
    const reset = { label: 'Reset', action: 'reset' };
    /** @type {import('../protocol.js').Remedy} */
    const restore = { label: 'Back to the last good state', action: 'restore' };
    this.#post({
      type: 'alarm',
      step,
      message:
        `At step ${step} ${gradient ? 'a gradient' : 'the loss'} of the ${network} stopped being a number, so training is paused: ` +
        `nothing would be learned from here on. Lower learning rates usually keep it from happening again.${explanation}`,
      remedies: this.checkpoint && this.#proven ? [restore, reset] : [reset],
    });
  }
}

/**
 * A network that was not updated in a step has NaN there by agreement; any other NaN is a real one.
 *
 * @param {Float64Array} rows
 * @param {number} width
 * @param {import('../protocol.js').Only} only
 * @param {string[]} metrics  keys of the columns after the step
 * @returns {Bad | null}
 */
function firstBadRow(rows, width, only, metrics) {
  const [dLoss, gLoss] = ['d_loss', 'g_loss'].map((key) => 1 + metrics.indexOf(key));
  const isBad = (/** @type {number} */ at, /** @type {number} */ column) =>
    column > 0 && !Number.isFinite(rows[at + column]);
  for (let at = 0; at < rows.length; at += width) {
    const step = rows[at];
    if (only !== 'generator' && isBad(at, dLoss)) return { step, network: 'discriminator' };
    if (only !== 'discriminator' && isBad(at, gLoss)) return { step, network: 'generator' };
  }
  return null;
}

/** The page is told at most so many rows at a time: the smallest worlds do a hundred thousand steps a second. */
const MOST_ROWS = 500;

/** Rows evenly spread, the last among them. @param {number[]} values @param {number} width @returns {Float64Array<ArrayBuffer>} */
function thinned(values, width) {
  const count = values.length / width;
  const every = Math.ceil(count / MOST_ROWS);
  if (!(every > 1)) return Float64Array.from(values);
  const kept = Math.ceil(count / every);
  return Float64Array.from({ length: kept * width }, (_, i) => {
    const row = count - 1 - (kept - 1 - Math.floor(i / width)) * every;
    return values[row * width + (i % width)];
  });
}
