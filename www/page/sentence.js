/** One plain sentence on what is going on, below the stage; and for those who hear the page, not more often than it can be heard. */

import { h } from './dom.js';
import { narrate } from './narrator.js';

const SENTENCE_MS = 2_000; // a sentence must stand long enough to be read
const SPOKEN_MS = 15_000;

export class Sentence {
  element = h('p', { class: 'sentence' });
  spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  #saidAt = -Infinity;
  #spokenAt = -Infinity;

  /** @param {Parameters<typeof narrate>[0]} run @param {boolean} [changed]  its state has */
  say(run, changed = false) {
    const now = performance.now();
    if (!changed && now - this.#saidAt < SENTENCE_MS) return;
    this.#saidAt = now;
    const sentence = narrate(run);
    this.element.textContent = sentence;
    const { state } = run;
    if (state === 'stepping' || state === 'phase' || (!changed && now - this.#spokenAt < SPOKEN_MS)) return;
    this.#spokenAt = now;
    this.spoken.textContent = state === 'playing' && changed ? `Training. ${sentence}` : sentence;
  }
}
