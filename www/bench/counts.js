/**
 * What a step asks of WebGPU, counted call by call. The calls of every engine in this thread are counted: nothing else
 * may run meanwhile.
 */

/**
 * @typedef {{ dispatches: number, submits: number, uploads: number, readbacks: number }} Counts
 *   uploads: buffers written from JavaScript; readbacks: buffers mapped for reading
 */

const one = () => 1;
/**
 * Type, method, what is counted, how many a call is.
 * @type {[type: string, method: string, what: keyof Counts, many: (...values: any[]) => number][]}  any: whatever the method takes
 */
const CALLS = [
  ['GPUComputePassEncoder', 'dispatchWorkgroups', 'dispatches', one],
  ['GPUComputePassEncoder', 'dispatchWorkgroupsIndirect', 'dispatches', one],
  ['GPUQueue', 'submit', 'submits', one],
  ['GPUQueue', 'writeBuffer', 'uploads', one],
  ['GPUQueue', 'writeTexture', 'uploads', one],
  ['GPUDevice', 'createBuffer', 'uploads', ({ mappedAtCreation }) => (mappedAtCreation ? 1 : 0)],
  ['GPUBuffer', 'mapAsync', 'readbacks', one],
];

/**
 * Runs `body` and counts; afterwards every call is the browser's own again, so that nothing is timed with a count in it.
 *
 * @param {() => Promise<void>} body
 * @returns {Promise<Counts>}
 */
export async function countCalls(body) {
  const counts = { dispatches: 0, submits: 0, uploads: 0, readbacks: 0 };
  /** @type {[Record<string, Function>, string, Function][]} */
  const saved = [];
  for (const [type, method, what, many] of CALLS) {
    /** @type {Record<string, Function> | undefined} */
    const prototype = /** @type {Record<string, any>} */ (globalThis)[type]?.prototype; // any: type is a name

    const call = prototype?.[method];
    if (!prototype || !call) continue;
    saved.push([prototype, method, call]);
    /** @this {unknown} @param {...unknown} values */
    const counted = function (...values) {
      counts[what] += many(...values);
      return call.apply(this, values);
    };
    prototype[method] = counted;
  }
  try {
    await body();
  } finally {
    for (const [prototype, method, call] of saved) prototype[method] = call;
  }
  return counts;
}
