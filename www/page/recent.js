/** The last measured steps, for the verdict and for the sentence about it. */

const KEPT = 200;

/**
 * @typedef {{ step: number, d_loss: number, g_loss: number, d_real: number, d_fake: number }} Row
 * @typedef {Exclude<keyof Row, 'step'>} Column
 */

export class Recent {
  /** Keys of the columns after the step, in their order. @type {string[]} */
  metrics = [];
  /** @type {Row[]} */
  #rows = [];

  clear() {
    this.#rows = [];
  }

  /** All that is known, to be put back later. */
  get rows() {
    return [...this.#rows];
  }

  set rows(rows) {
    this.#rows = [...rows];
  }

  /** @param {number} step */
  truncate(step) {
    this.#rows = this.#rows.filter((row) => row.step <= step);
  }

  /** @param {Float64Array} rows  the step, then the engine's metrics, one after another @param {number} width */
  push(rows, width) {
    for (let at = 0; at < rows.length; at += width) {
      const value = (/** @type {Column} */ key) => {
        const column = this.metrics.indexOf(key);
        return column < 0 ? NaN : rows[at + 1 + column];
      };
      this.#rows.push({
        step: rows[at],
        d_loss: value('d_loss'),
        g_loss: value('g_loss'),
        d_real: value('d_real'),
        d_fake: value('d_fake'),
      });
    }
    this.#rows.splice(0, this.#rows.length - KEPT);
  }

  get length() {
    return this.#rows.length;
  }

  /** The least and the greatest value of some columns, [0, 1] if nothing was measured. @param {Column[]} keys */
  range(keys) {
    const values = this.#rows.flatMap((row) => keys.map((key) => row[key])).filter(Number.isFinite);
    return values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  }

  /** The newest value that is a number, or NaN. @param {Column} key */
  last(key) {
    return this.#rows.findLast((row) => Number.isFinite(row[key]))?.[key] ?? NaN;
  }

  /**
   * Mean of a column over the last `count` rows, leaving out the `skip` newest; NaN if nothing was measured.
   * @param {Column} key
   * @param {number} count
   */
  mean(key, count, skip = 0) {
    const end = this.#rows.length - skip;
    const values = this.#rows
      .slice(Math.max(0, end - count), Math.max(0, end))
      .map((row) => row[key])
      .filter(Number.isFinite);
    return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
  }
}
