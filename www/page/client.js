/** The page's end of the protocol: one worker, commands with replies, and a worker that may be replaced. */

/** @import { Event, Post, Replies, Request, Told } from '../protocol.js' */

import { siteUrl } from '../site.js';

export class EngineClient {
  /** @type {Worker | null} */
  #worker = null;
  #onEvent;
  #nextId = 0;
  /** @type {Map<number, { resolve(value: Replies[keyof Replies]): void, reject(reason: Error): void }>} */
  #waiting = new Map();

  /** @param {(event: Told) => void} onEvent */
  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  /** Starts a new worker in place of the one before. */
  start() {
    this.stop('The engine was restarted.');
    try {
      this.#worker = startedEarly() ?? new Worker(siteUrl('worker.js'), { type: 'module', name: 'ganvas engine' });
    } catch (error) {
      this.#fatal(
        `The engine's worker could not start (${error.message}). Browsers allow workers only from the page's own origin: use the iframe where this script comes from another site.`,
      );
      return;
    }
    this.#worker.addEventListener('message', ({ data }) => this.#receive(data));
    // Errors inside a running worker arrive as events of the protocol; this one means that it never ran.
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#fatal(
        `The engine's worker did not load${event.message ? ` (${event.message})` : ''}. Reload the page; if that does not help, worker.js is missing beside it.`,
      );
    });
  }

  /** Asks and waits for the reply. @type {Request} */
  request = (command, transfer = []) => {
    if (!this.#worker) return Promise.reject(new Error('The engine is not running. Restart it first.'));
    const id = ++this.#nextId;
    this.#worker.postMessage({ ...command, id }, transfer);
    return new Promise((resolve, reject) => {
      // The worker answers a command of this type with a reply of it.
      this.#waiting.set(id, { resolve: /** @type {(value: any) => void} */ (resolve), reject });
    });
  };

  /** Ends the worker; whoever still waits for a reply is told why there is none. @param {string} reason */
  stop(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#rejectAll(reason);
  }

  /** @param {Event} event */
  #receive(event) {
    if (event.type === 'reply') {
      const waiting = this.#waiting.get(event.id);
      this.#waiting.delete(event.id);
      if (event.ok === true) waiting?.resolve(event.value);
      else waiting?.reject(new Error(event.error));
      return;
    }
    if (event.type === 'error' && event.fatal) this.#rejectAll(event.message);
    this.#onEvent(event);
  }

  /** @param {string} message */
  #fatal(message) {
    this.stop(message);
    this.#onEvent({ type: 'state', state: 'failed', step: 0 });
    this.#onEvent({ type: 'error', message, remedy: { label: 'Restart the engine', action: 'restart' }, fatal: true });
  }

  /** @param {string} reason */
  #rejectAll(reason) {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}

/** The worker that start.js made, once. @returns {Worker | undefined} */
function startedEarly() {
  const worker = globalThis.ganvasWorker;
  delete globalThis.ganvasWorker;
  if (worker) worker.onerror = null;
  return worker;
}
