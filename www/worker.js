/** The worker's front door: commands come in, events go out, the session host does the rest. */

import { SessionHost } from './session/host.js';

const host = new SessionHost((event, transfer = []) => self.postMessage(event, transfer));

self.addEventListener('message', (/** @type {MessageEvent<import('./protocol.js').Command>} */ { data }) =>
  host.receive(data),
);

// A panic inside an asynchronous engine call traps outside of any promise that we await: it arrives here.
self.addEventListener('error', (event) => {
  event.preventDefault();
  host.fail(event.error ?? new Error(event.message));
});
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  host.fail(event.reason);
});
