/** Measures how good the samples are, a slice at a time, so that training goes on meanwhile. */

const FIRST_MS = 5_000; // of training before the first measurement
const EVERY_MS = 15_000; // and between one and the next
const SLICE_MS = 25;
const TRAINING_SHARE = 3; // training gets so many times what a slice has taken
const TOLD_MS = 250;
const JUDGE = 'judges/mnist.safetensors';

export class Evaluator {
  /** Whether it measures without being asked. */
  automatic = true;
  #slot;
  #files;
  #post;
  #isImage = false;
  #wanted = false;
  #running = false;
  /** @type {Promise<void> | null} */
  #ready = null; // resolves when the judge is there, or is known to be missing
  /** @type {Uint8Array<ArrayBuffer> | null | undefined} */
  #judge; // its bytes; null: there are none; undefined: not known yet
  #trainingLeft = FIRST_MS; // until the next measurement by itself
  #owed = 0; // training that comes before the next slice
  #toldAt = 0;

  /**
   * @param {import('./slot.js').SessionSlot} slot
   * @param {import('./dataset.js').Files} files
   * @param {(event: import('../protocol.js').EventOf<'evaluation'>) => void} post
   */
  constructor(slot, files, post) {
    this.#slot = slot;
    this.#files = files;
    this.#post = post;
  }

  /** Another session is in the slot, or another state in the session: what was under way is void. */
  start() {
    this.#isImage = this.#slot.live.info().data.form === 'image';
    if (this.busy) this.#giveUp('The run was started anew.');
    this.#trainingLeft = FIRST_MS;
    this.#owed = 0;
  }

  /** Measures once more, as soon as what is under way has ended. */
  ask() {
    this.#wanted = true;
    this.prepare();
  }

  /** Training has gone on for so long. @param {number} ms */
  trained(ms) {
    this.#owed -= ms;
    this.#trainingLeft -= ms;
    if (this.automatic && this.#trainingLeft <= 0 && !this.#wanted && !this.#running) this.ask();
  }

  /** Whether there is something to do. */
  get busy() {
    return this.#wanted || this.#running;
  }

  /** Whether a slice may be done between two turns of the training. */
  get due() {
    return this.#owed <= 0 && this.busy && (!this.#isImage || this.#judge !== undefined);
  }

  /**
   * Resolves when a slice can be done. The judge is fetched once, and only for images; without it the rest is measured.
   */
  async prepare() {
    if (!this.#isImage) return;
    this.#ready ??= this.#files
      .bytes(JUDGE)
      .catch(() => null)
      .then((bytes) => {
        this.#judge = bytes;
      });
    await this.#ready;
  }

  /** Returns whether a measurement has ended with it. */
  async slice() {
    if (!this.busy) return false;
    const started = performance.now();
    try {
      if (!this.#running) {
        this.#wanted = false;
        this.#trainingLeft = EVERY_MS;
        await this.#slot.call((session) => session.beginEvaluation(this.#judge));
        this.#running = true;
      }
      const { done, share, result } = await this.#slot.call((session) => session.continueEvaluation(SLICE_MS));
      this.#tell(done, share, result);
      return done;
    } catch (error) {
      this.automatic = false; // it would fail again
      this.#giveUp(error.message);
      throw error;
    } finally {
      this.#owed = TRAINING_SHARE * (performance.now() - started);
    }
  }

  /** @param {string} problem */
  #giveUp(problem) {
    this.#wanted = this.#running = false;
    this.#post({ type: 'evaluation', problem });
  }

  /** @param {boolean} done @param {number} share @param {import('../protocol.js').Quality | null} result  once it is done */
  #tell(done, share, result) {
    if (done) {
      this.#running = false;
      this.#post({ type: 'evaluation', result: result ?? undefined });
      return;
    }
    const now = performance.now();
    if (now - this.#toldAt < TOLD_MS) return;
    this.#toldAt = now;
    this.#post({ type: 'evaluation', share });
  }
}
