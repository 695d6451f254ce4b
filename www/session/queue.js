/** One thing at a time: the engine's objects allow no second call while one is under way. */

export class Queue {
  #last = Promise.resolve();

  /**
   * Runs `task` after everything that was queued before it.
   * @template T
   * @param {() => Promise<T> | T} task
   * @returns {Promise<T>}
   */
  run(task) {
    const result = this.#last.then(task);
    this.#last = result.then(
      () => {},
      () => {},
    );
    return result;
  }
}

const channel = new MessageChannel();
/** @type {((value?: undefined) => void)[]} */
const waiting = [];
channel.port2.onmessage = () => waiting.shift()?.();

/**
 * Lets messages that have arrived be handled before the caller goes on.
 * A timer would do it too, but browsers hold nested timers back by 4 ms.
 */
export function nextTask() {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      waiting.push(resolve);
      channel.port1.postMessage(null);
    })
  );
}

/** The buffers in a reply, to be handed over instead of copied. @param {object} value @returns {ArrayBuffer[]} */
export function buffersOf(value) {
  return Object.values(value)
    .filter((part) => ArrayBuffer.isView(part))
    .map((view) => /** @type {ArrayBuffer} */ (view.buffer)); // the engine hands out copies: none is shared
}
