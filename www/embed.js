/**
 * Lets the page around the iframe drive the playground by messages.
 *
 * Ask:      { ganvas: 1, id, method, args }        id: any value, repeated in the answer; args: an array
 * Answer:   { ganvas: 1, id, ok: true, value } or { ganvas: 1, id, ok: false, error }
 * Events:   { ganvas: 1, event, detail }           those of protocol.js
 *
 * Methods are those of the element: play(), pause(), step(n, { only }), stepClosely(), setSpeed(n), stopWhen({ ... }), phase(learner, { until, limit }), evaluate(),
 * reset(), undo(), status(), save(), load(blob), samples(n, { seed, label }), loseDevice(), settings() to read and settings({ ... }) to change.
 *
 *     const frame = document.querySelector('iframe');   // <iframe src="embed.html?preset=dcgan-mnist&seed=7"
 *                                                       //    sandbox="allow-scripts allow-same-origin">
 *     addEventListener('message', ({ source, data }) => {
 *       if (source === frame.contentWindow && data?.ganvas === 1) console.log(data);
 *     });
 *     frame.addEventListener('load', () => frame.contentWindow.postMessage({ ganvas: 1, id: 1, method: 'step', args: [20] }, '*'));
 */

import './gan-playground.js';
import { ELEMENT_EVENTS } from './protocol.js';

const playground = /** @type {import('./gan-playground.js').GanPlayground} */ (
  document.querySelector('gan-playground')
);

/** @type {Record<string, (...args: any[]) => unknown>}  any: what the page around sends, which the methods check */
const METHODS = {
  play: () => playground.play(),
  pause: () => playground.pause(),
  step: (n, options) => playground.step(n, options),
  stepClosely: () => playground.stepClosely(),
  setSpeed: (stepsPerSecond) => playground.setSpeed(stepsPerSecond),
  stopWhen: (values) => playground.stopWhen(values),
  phase: (learner, options) => playground.phase(learner, options),
  evaluate: () => playground.evaluate(),
  reset: () => playground.reset(),
  undo: () => playground.undo(),
  status: () => playground.status,
  settings: (values) => (values === undefined ? playground.settings : playground.set(values)),
  save: () => playground.save(),
  load: (blob) => playground.load(blob),
  samples: (n, options) => playground.samples(n, options),
  loseDevice: () => playground.loseDevice(),
};

// Opened by itself, and not in a frame whose page decides: it starts like the whole site does, and there is a way back to that.
if (window.parent === window) {
  const back = /** @type {HTMLAnchorElement} */ (document.querySelector('.back'));
  back.hidden = false;
  back.addEventListener('click', () => (back.search = location.search)); // as the run has it by then
  const starts = !new URLSearchParams(location.search).has('autoplay');
  if (starts && !matchMedia('(prefers-reduced-motion: reduce)').matches) playground.play().catch(() => {}); // told in the page
}

addEventListener('message', async ({ source, origin, data }) => {
  if (source !== window.parent || data?.ganvas !== 1 || data.method === undefined) return;
  const { id, method, args = [] } = data;
  /** @param {{ ok: true, value: unknown } | { ok: false, error: string }} content */
  const answer = (content) =>
    window.parent.postMessage({ ganvas: 1, id, ...content }, { targetOrigin: origin === 'null' ? '*' : origin });
  try {
    if (!Object.hasOwn(METHODS, method))
      throw new Error(`There is no method "${method}". There are: ${Object.keys(METHODS).join(', ')}.`);
    if (!Array.isArray(args)) throw new Error('args must be an array.');
    answer({ ok: true, value: await METHODS[method](...args) });
  } catch (error) {
    answer({ ok: false, error: error.message });
  }
});

// Whoever embeds the page may listen: nothing here is a secret of the visitor's.
if (window.parent !== window) {
  for (const event of ELEMENT_EVENTS) {
    playground.addEventListener(event, (said) => {
      const { detail } = /** @type {CustomEvent} */ (said);
      window.parent.postMessage({ ganvas: 1, event, detail }, '*');
    });
  }
}
