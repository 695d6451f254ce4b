/** Measures how good the samples are, a slice at a time, so that training goes on meanwhile. */

const FIRST_MS = 5_000; // of training before the first measurement
/**
 * And so many real images that the discriminator has seen, where the preset has no landmark: by then samples are no noise
 * any more. After 8,000 nFD is above 50 with every preset of images, after 32,000 around 6 with most (results/README.md).
 */
const NOISE_IMAGES = 24_000;
const EVERY_MS = 15_000; // and between one and the next
const SLICE_MS = 25;
const TOLD_MS = 250;

export class Evaluator {
  /** Whether it measures without being asked. */
  automatic = true;
  /** Whether somebody waits for what it will find: then it neither waits for better samples nor takes little time. */
  urgent = false;
  #slot;
  #files;
  #post;
  #trainer;
  #isImage = false;
  #name = ''; // of the judge that the data need; none for worlds of points, and where nothing measured takes one
  #wanted = false;
  #running = false;
  /** @type {Promise<void> | null} */
  #ready = null; // resolves when the judge is there, or is known to be missing
  /** @type {Uint8Array<ArrayBuffer> | null | undefined} */
  #judge; // its bytes; null: there are none; undefined: not known yet
  #trainingLeft = FIRST_MS; // until the next measurement by itself
  #asked = false; // for the one under way
  #first = true; // of this run
  /** The first landmark's step; null: there is none. @type {number | null} */
  #landmark = null;
  #owed = 0; // training that comes before the next slice
  #toldAt = 0;

  /**
   * @param {import('./slot.js').SessionSlot} slot
   * @param {import('./dataset.js').Files} files
   * @param {(event: import('../protocol.js').EventOf<'evaluation'>) => void} post
   * @param {import('./trainer.js').Trainer} trainer  says how far the run is, and what the time went to
   */
  constructor(slot, files, post, trainer) {
    this.#slot = slot;
    this.#files = files;
    this.#post = post;
    this.#trainer = trainer;
  }

  /**
   * Another session is in the slot, or another state in the session: what was under way is void.
   * @param {number | null} landmark  step at which samples are no noise any more; null: nobody has measured that
   */
  start(landmark) {
    this.#landmark = landmark;
    this.#first = true;
    const { form, judge } = this.#slot.live.info().data;
    this.#isImage = form === 'image';
    if (judge !== this.#name) {
      this.#name = judge;
      this.#ready = null;
      this.#judge = undefined;
    }
    if (this.busy) this.#giveUp('The run was started anew.');
    this.#trainingLeft = FIRST_MS;
    this.#owed = 0;
  }

  /** Measures once more, as soon as what is under way has ended. */
  ask() {
    this.#asked = true;
    this.#want();
  }

  #want() {
    this.#wanted = true;
    this.prepare();
  }

  /** Whether there is more to measure than noise: a measurement takes seconds of a run on the CPU. Points take none. */
  get #isWorthIt() {
    if (!this.#first || !this.#isImage || this.urgent) return true;
    const { step, images } = this.#trainer;
    return this.#landmark === null ? images >= NOISE_IMAGES : step >= this.#landmark;
  }

  /** Training has gone on for so long. @param {number} ms */
  trained(ms) {
    this.#owed -= ms;
    this.#trainingLeft -= ms;
    if (this.automatic && this.#trainingLeft <= 0 && !this.busy && this.#isWorthIt) this.#want();
  }

  /** Whether there is something to do. */
  get busy() {
    return this.#wanted || this.#running;
  }

  /** Whether a slice may be done between two turns of the training. */
  get due() {
    return this.#owed <= 0 && this.busy && (!this.#name || this.#judge !== undefined);
  }

  /**
   * Resolves when a slice can be done. The judge is fetched once, and only where one is needed; without it the rest is
   * measured.
   */
  async prepare() {
    const name = this.#name;
    if (!name) return;
    this.#ready ??= this.#files
      .bytes(`judges/${name}.safetensors`)
      .catch(/** @returns {null} */ () => null)
      .then((bytes) => {
        if (name === this.#name) this.#judge = bytes; // the run may be another one by now
      });
    await this.#ready;
  }

  /** Returns whether a measurement has ended with it. */
  async slice() {
    if (!this.busy) return false;
    const started = performance.now();
    try {
      if (!this.#running) {
        this.#wanted = this.#first = false;
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
      const ms = performance.now() - started;
      this.#trainer.shares.add('evaluation', ms);
      this.#owed = this.#trainer.shares.rest('evaluation', ms, this.#asked || this.urgent);
    }
  }

  /** @param {string} problem */
  #giveUp(problem) {
    this.#wanted = this.#running = this.#asked = false;
    this.#post({ type: 'evaluation', problem });
  }

  /** @param {boolean} done @param {number} share @param {import('../protocol.js').Quality | null} result  once it is done */
  #tell(done, share, result) {
    if (done) {
      this.#running = false;
      this.#asked = this.#wanted;
      this.#post({ type: 'evaluation', result: result ?? undefined });
      return;
    }
    const now = performance.now();
    if (now - this.#toldAt < TOLD_MS) return;
    this.#toldAt = now;
    this.#post({ type: 'evaluation', share });
  }
}
