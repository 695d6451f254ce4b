/** What the engine saw inside a run: named tensors, out of one array. */

/** @typedef {{ kind: string, name: string, shape: number[], values: Float32Array<ArrayBuffer> }} Part */

export class Seen {
  step;
  /** @type {Part[]} */
  parts;

  /** @param {import('../protocol.js').Look} look */
  constructor({ step, parts, values }) {
    this.step = step;
    let end = 0;
    this.parts = parts.map(([kind, name, ...shape]) => {
      const start = end;
      end += shape.reduce((product, extent) => product * extent, 1);
      return { kind, name, shape, values: values.subarray(start, end) };
    });
  }

  /** All parts of a kind. @param {string} kind */
  all(kind) {
    return this.parts.filter((part) => part.kind === kind);
  }

  /** The values of the first part of a kind; none if there is none. @param {string} kind */
  values(kind) {
    return this.all(kind)[0]?.values ?? new Float32Array();
  }
}
