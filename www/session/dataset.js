/** Fetches a packed data set, with progress, and says in plain words what went wrong. */

/** Thrown with a message for the visitor; training then goes on with a generated set. */
export class DataProblem extends Error {}

/**
 * @param {string} name  as in the preset's `data`
 * @param {{ signal: AbortSignal, onProgress: (done: number, total: number | null) => void }} options
 * @returns {Promise<Uint8Array>}
 */
export async function fetchDataset(name, { signal, onProgress }) {
  const file = `data/${name}.ganvas`;
  const url = new URL(`../${file}`, import.meta.url);
  let response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new DataProblem(`The data file ${file} could not be fetched (${error.message}).`);
  }
  if (!response.ok) {
    throw new DataProblem(`The data file ${file} could not be fetched: the server answered ${response.status} ${response.statusText}`.trim() + '.');
  }
  try {
    return await readWithProgress(response, onProgress);
  } catch (error) {
    signal.throwIfAborted();
    throw new DataProblem(`The data file ${file} broke off while loading (${error.message}).`);
  }
}

async function readWithProgress(response, onProgress) {
  const total = expectedSize(response);
  const chunks = [];
  let done = 0;
  onProgress(0, total);
  const reader = response.body.getReader();
  for (;;) {
    const { done: finished, value } = await reader.read();
    if (finished) break;
    chunks.push(value);
    done += value.length;
    // A server may announce the compressed length and deliver more: then nobody knows the total.
    onProgress(done, total !== null && done <= total ? total : null);
  }
  const bytes = new Uint8Array(done);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Content-Length counts the bytes on the wire, so it says nothing where they are compressed. */
function expectedSize(response) {
  const length = Number(response.headers.get('Content-Length'));
  return length > 0 && !response.headers.get('Content-Encoding') ? length : null;
}
