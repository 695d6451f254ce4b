/**
 * What a step asks of WebGPU, counted call by call. The calls of every engine in this thread are counted: nothing else
 * may run meanwhile.
 */

/**
 * @typedef {{ dispatches: number, submits: number, uploads: number, readbacks: number }} Counts
 *   uploads: buffers written from JavaScript; readbacks: buffers mapped for reading
 */

const one = () => 1;
/** Type, method, what is counted, how many a call is. */
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
  const saved = [];
  for (const [type, method, what, many] of CALLS) {
    const prototype = globalThis[type]?.prototype;
    const call = prototype?.[method];
    if (!call) continue;
    saved.push([prototype, method, call]);
    prototype[method] = function counted(...values) {
      counts[what] += many(...values);
      return call.apply(this, values);
    };
  }
  try {
    await body();
  } finally {
    for (const [prototype, method, call] of saved) prototype[method] = call;
  }
  return counts;
}
