/** Keeps what the tuner found on this device, in the browser's cache: a worker has no local storage. */

import { siteUrl } from '../site.js';

const CACHE = 'ganvas-tuning';
/** Nothing lies there: it is only a name. @param {string} adapter */
const address = (adapter) => siteUrl(`tuning/${encodeURIComponent(adapter)}`).href;

/** @returns {Promise<string | undefined>}  what an earlier visit kept for this adapter @param {string} adapter */
export async function recallTuning(adapter) {
  try {
    return await (await (await caches.open(CACHE)).match(address(adapter)))?.text();
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

/** @param {string} adapter @param {string} table */
export async function keepTuning(adapter, table) {
  try {
    await (await caches.open(CACHE)).put(address(adapter), new Response(table));
  } catch {
    // Then it is measured again at the next visit.
  }
}
