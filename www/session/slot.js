/** Holds the one live session, and turns a lost device into an error of whatever was waiting on it. */

/** The device went away while a call was under way. The loss itself is reported elsewhere, once. */
export class DeviceLost extends Error {}

export class SessionSlot {
  /** @type {import('../../types/engine.js').Session | null} */
  session = null;
  batchSize = 0;
  /** Keys of what its steps record, in the order of the columns after the step. @type {string[]} */
  metrics = [];
  /** Rejects when the device is lost. @type {Promise<never> | null} */
  #gone = null;

  /**
   * @param {import('../../types/engine.js').Session} session
   * @param {(message: string) => void} onLost  called once, and only for a session still in place
   */
  put(session, onLost) {
    this.session = session;
    ({ batchSize: this.batchSize, metrics: this.metrics } = session.info());
    const gone = session.lost().then((message) => {
      if (this.session === session) onLost(message);
      throw new DeviceLost(message);
    });
    gone.catch(() => {});
    this.#gone = gone;
  }

  /** The session, where there must be one. */
  get live() {
    if (!this.session) throw new DeviceLost('The device is gone.');
    return this.session;
  }

  /**
   * Calls the engine. A lost device may reject the call or leave it hanging: both end here.
   * @template T
   * @param {(session: import('../../types/engine.js').Session) => T | Promise<T>} use
   * @returns {Promise<T>}
   */
  async call(use) {
    const session = this.live;
    try {
      return await (this.#gone ? Promise.race([use(session), this.#gone]) : use(session));
    } catch (error) {
      // The loss is sometimes reported a moment after the call that it broke.
      await Promise.race([this.#gone, new Promise((resolve) => setTimeout(resolve, 50))]).catch(() => {});
      throw this.session === session ? error : new DeviceLost(error.message);
    }
  }

  /** Frees the session, if there is one; a dead device is no reason to fail here. */
  drop() {
    const { session } = this;
    this.session = null;
    this.#gone = null;
    try {
      session?.destroy();
    } catch {
      // Its device is already gone, and with it what it held.
    }
  }
}
