/** The same noise drawn by the generator's weights as they are and by their moving average, side by side. */

import { formatCount, h } from './dom.js';
import { maps } from './draw.js';

const OFFERED = 0.999;

export class Averages {
  element;
  #content = h('div', { class: 'averages' });
  #change;
  #pair = h('div', { class: 'pair' });
  #step = h('p', { class: 'detail' });
  #kept = false;

  /** @param {() => void} open  it is unfolded @param {(values: import('../protocol.js').RawSettings) => void} change */
  constructor(open, change) {
    this.#change = change;
    this.element = h(
      'details',
      { on: { toggle: open } },
      h('summary', {}, 'Averaged weights beside raw ones'),
      this.#content,
    );
  }

  /** Whether there is something to fetch. */
  get wanted() {
    return this.element.open && this.#kept;
  }

  /** @param {import('../protocol.js').Settings} settings */
  settings({ average }) {
    this.#kept = Number(average) > 0;
    this.#content.replaceChildren(
      ...(this.#kept
        ? [this.#pair, this.#step]
        : [
            h(
              'p',
              {},
              'This run keeps no moving average of the forger\u2019s weights, so there is nothing to compare. A run that does draws its forgeries with the average.',
            ),
            h(
              'button',
              { type: 'button', class: 'button', on: { click: () => this.#change({ average: OFFERED }) } },
              `Start a run with an average of ${OFFERED}`,
            ),
          ]),
    );
  }

  /** @param {import('./seen.js').Seen} seen @param {[number, number]} grid  columns and rows */
  show(seen, [columns, rows]) {
    const steps = `after ${formatCount(seen.step)} steps`;
    const side = (/** @type {string} */ kind) => Math.sqrt(seen.values(kind).length / columns / rows);
    this.#pair.replaceChildren(
      ...[
        ['raw', 'Weights as they are'],
        ['averaged', 'Their average'],
      ].map(([kind, name]) =>
        h(
          'figure',
          {},
          maps(
            seen.values(kind),
            [columns * rows, side(kind), side(kind)],
            `${name}: the forgeries of the fixed noise ${steps}`,
            [-1, 1],
            columns,
          ),
          h('figcaption', {}, name),
        ),
      ),
    );
    this.#step.textContent = `Both from the same noise, ${steps}. The forgeries above are drawn with the average.`;
  }
}
