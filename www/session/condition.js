/** The condition of the one session, which everything around it asks about. */

export class Condition {
  /** @type {import('../protocol.js').State} */
  state = 'loading';
  /** The session does not stand for the settings. */
  stale = true;
  /** The engine has stopped for good, or is no longer wanted. */
  dead = false;
  #tell;

  /** @param {(state: import('../protocol.js').State) => void} tell  called whenever a state is entered */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {import('../protocol.js').State} state */
  enter(state) {
    this.state = state;
    this.#tell(state);
  }
}
