/** Metrics over all steps in bounded memory: when it fills up, neighbours are averaged in pairs. */

export class History {
  #limit;
  #columns;
  /** How many steps one point stands for. */
  #stride = 1;
  /** @type {number[]} */
  #steps = [];
  /** Null where nothing was measured. @type {(number | null)[][]} */
  #series = [];
  /** @type {{ step: number, rows: number, sums: number[], counts: number[] }} */
  #open;
  /** The last steps before the run jumped ahead, so that no line is drawn over what is not known. */
  /** @type {number[]} */
  #breaks = [];

  /**
   * @param {number} columns  values per step
   * @param {number} limit    most points kept; even. About as many as a chart has pixels: more take long to draw and
   *   show no more
   */
  constructor(columns, limit = 600) {
    this.#columns = columns;
    this.#limit = limit;
    this.#open = this.#emptyPoint();
    this.clear();
  }

  clear() {
    this.#stride = 1;
    this.#steps = [];
    this.#breaks = [];
    this.#series = Array.from({ length: this.#columns }, () => /** @type {(number | null)[]} */ ([]));
    this.#open = this.#emptyPoint();
  }

  /** Forgets what came after `step`: the run went back to it. @param {number} step */
  truncate(step) {
    let length = this.#steps.length;
    while (length > 0 && this.#steps[length - 1] > step) length -= 1;
    this.#steps.length = length;
    for (const series of this.#series) series.length = length;
    const last = this.#steps.at(-1) ?? -Infinity;
    this.#breaks = this.#breaks.filter((before) => before < last);
    this.#open = this.#emptyPoint();
  }

  /** The run jumped ahead: what comes next does not follow on what is here. */
  break() {
    const last = this.#steps.at(-1);
    if (last !== undefined) this.#breaks.push(last);
    this.#open = this.#emptyPoint();
  }

  /** Between which points nothing is known: the places of both, neighbours. */
  get gaps() {
    return this.#breaks.flatMap((before) => {
      const after = this.#steps.findIndex((step) => step > before);
      return after > 0 ? [[after - 1, after]] : [];
    });
  }

  /** @param {number} step @param {ArrayLike<number>} values  NaN where nothing was measured */
  push(step, values) {
    const open = this.#open;
    open.step = step;
    open.rows += 1;
    for (let i = 0; i < this.#columns; i += 1) {
      if (!Number.isFinite(values[i])) continue;
      open.sums[i] += values[i];
      open.counts[i] += 1;
    }
    if (open.rows < this.#stride) return;
    this.#steps.push(step);
    this.#series.forEach((series, i) => series.push(open.counts[i] ? open.sums[i] / open.counts[i] : null));
    this.#open = this.#emptyPoint();
    if (this.#steps.length >= this.#limit) this.#halve();
  }

  /** As it stands now, whatever comes later. */
  get copy() {
    const copy = new History(this.#columns, this.#limit);
    const { sums, counts } = this.#open;
    copy.#stride = this.#stride;
    copy.#steps = [...this.#steps];
    copy.#series = this.#series.map((series) => [...series]);
    copy.#breaks = [...this.#breaks];
    copy.#open = { ...this.#open, sums: [...sums], counts: [...counts] };
    return copy;
  }

  /** [steps, series, series, ...] as uPlot takes them. @returns {[number[], ...(number | null)[][]]} */
  get data() {
    return [this.#steps, ...this.#series];
  }

  #emptyPoint() {
    return { step: 0, rows: 0, sums: new Array(this.#columns).fill(0), counts: new Array(this.#columns).fill(0) };
  }

  #halve() {
    const half = this.#steps.length >> 1;
    this.#steps = Array.from({ length: half }, (_, i) => this.#steps[2 * i + 1]);
    this.#series = this.#series.map((series) =>
      Array.from({ length: half }, (_, i) => mean(series[2 * i], series[2 * i + 1])),
    );
    this.#stride *= 2;
  }
}

/** @param {number | null} a @param {number | null} b */
function mean(a, b) {
  if (a === null) return b;
  return b === null ? a : (a + b) / 2;
}
