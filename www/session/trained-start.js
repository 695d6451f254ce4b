/** Weights that a run starts from in place of what its seed gives. Where they cannot be used it starts from zero, and says why. */

export class TrainedStart {
  #wishes;
  #files;
  #trainer;
  #condition;
  #post;

  /**
   * @param {import('./wishes.js').Wishes} wishes
   * @param {import('./dataset.js').Files} files
   * @param {import('./trainer.js').Trainer} trainer
   * @param {import('./condition.js').Condition} condition
   * @param {import('../protocol.js').Post} post
   */
  constructor(wishes, files, trainer, condition, post) {
    this.#wishes = wishes;
    this.#files = files;
    this.#trainer = trainer;
    this.#condition = condition;
    this.#post = post;
  }

  /** The weights; null where the run starts from zero. */
  async fetch() {
    const file = this.#wishes.trained;
    if (!file) return null;
    this.#post({ type: 'progress', label: 'Loading the trained networks', done: 0, total: null, unit: 'bytes' });
    try {
      return await this.#files.bytes(file);
    } catch (error) {
      this.#refuse(error);
      return null;
    }
  }

  /** Whether the run could take them over. @param {Uint8Array<ArrayBuffer>} weights */
  async load(weights) {
    try {
      await this.#trainer.load(weights);
      return true;
    } catch (error) {
      if (this.#condition.state === 'lost') throw error;
      this.#refuse(error);
      return false;
    }
  }

  /** The run shall start from zero. @param {Error} error  why */
  #refuse({ message }) {
    const { messages } = this.#wishes.change({ start: 'zero' });
    const why = `The trained networks cannot be used, so the run starts from zero. ${message}`;
    this.#post({ type: 'settings', settings: this.#wishes.settings, messages: [why, ...messages] });
  }
}
