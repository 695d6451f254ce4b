/** How long each layer's last gradient was, over all steps: heard from the start, whether or not anybody looks. */

import { History } from './history.js';

export class GradientHistory {
  /** Of which gradients; another list with another history. @type {string[]} */
  layers = [];
  history = new History(0);

  /** @param {number} step @param {[string, number][]} norms  of each layer's last gradient; all 0 before the first step */
  push(step, norms) {
    if (step <= (this.history.data[0].at(-1) ?? -1) || norms.every(([, norm]) => norm === 0)) return;
    const layers = norms.map(([layer]) => layer);
    if (layers.join() !== this.layers.join()) {
      this.layers = layers;
      this.history = new History(layers.length);
    }
    this.history.push(
      step,
      norms.map(([, norm]) => norm),
    );
  }

  /** The run went back to an earlier step. @param {number} step */
  truncate(step) {
    this.history.truncate(step);
  }

  /** The run jumped ahead. */
  break() {
    this.history.break();
  }

  /** Another run. */
  clear() {
    this.layers = [];
    this.history = new History(0);
  }
}

/** The length of each layer's gradient. @param {import('./seen.js').Part[]} parts  the square of each parameter's @returns {[string, number][]} */
export function norms(parts) {
  /** @type {Record<string, number>} */
  const squares = {};
  for (const { name, values } of parts) {
    const layer = name.replace(/\.\w+$/, '');
    squares[layer] = (squares[layer] ?? 0) + values[0];
  }
  return Object.entries(squares).map(([layer, square]) => [layer, Math.sqrt(square)]);
}
