/** A history, and the charts that are drawn from it. */

import { History } from './history.js';

/**
 * @typedef {{ update(data: import('./chart.js').Data, gaps?: number[][]): void, paint(host: HTMLElement): unknown, stop(): void }} Drawn
 */

/** @template {Drawn} C  the charts */
export class Curves {
  host;
  history;
  /** @type {C[]} */
  charts = [];

  /** @param {HTMLElement} host  whose style defines the colours @param {number} columns  of the history */
  constructor(host, columns = 0) {
    this.host = host;
    this.history = new History(columns);
  }

  /** As the charts take them: what they are drawn over, then the columns. @returns {import('./chart.js').Data} */
  get data() {
    return this.history.data;
  }

  /** What is known has changed: those that are not always drawn at once have an `update` of their own. */
  update() {
    this.draw();
  }

  draw() {
    for (const chart of this.charts) chart.update(this.data, this.history.gaps);
  }

  /** In the colours of this moment. */
  paint() {
    for (const chart of this.charts) chart.paint(this.host);
  }

  /** The run went back to an earlier step. @param {number} step */
  truncate(step) {
    this.history.truncate(step);
    this.update();
  }

  /** The run jumped ahead. */
  break() {
    this.history.break();
  }

  /** What was known at another time, of the same columns, is known again. @param {History} history */
  recall(history) {
    this.history = history.copy;
    this.update();
  }

  clear() {
    this.history.clear();
    this.update();
  }

  stop() {
    for (const chart of this.charts) chart.stop();
  }
}
