/** Captions that a run has not been trained on, for a visitor to choose from. */

/** @import { Host } from '../../types/page.js' */
/** @import { ProbeInput } from '../../types/engine.js' */

import { drawSets } from '../session/drawing.js';
import { siteUrl } from '../site.js';
import { rangeField } from './range.js';

/** How many a visitor chooses from. */
const CAPTIONS = 64;

/**
 * Captions of numbers of words, of which the first has the number 1 and 0 stands where there is none.
 * @param {Uint8Array} numbers @param {string[]} names @param {number} length  words of each at most
 */
export function captionsOf(numbers, names, length) {
  return Array.from({ length: numbers.length / length }, (_, row) =>
    [...numbers.subarray(row * length, (row + 1) * length)]
      .filter((number) => number > 0)
      .map((number) => names[number - 1])
      .join(' '),
  );
}

/**
 * A slider with captions of the run's held-out rows.
 * @param {Host} host
 * @param {ProbeInput} input  that takes captions
 * @param {(caption: string) => void} chosen
 * @returns {Promise<HTMLElement | null>}  null where the run's data have none
 */
export async function captionSlider({ tables, settings }, { names, width, example }, chosen) {
  const indices = tables?.sets.find(({ key }) => key === settings.data)?.drawn;
  if (!indices) return null;
  const wanted = { indices, rows: 0, heldOut: CAPTIONS, seed: Number(settings.seed) };
  const here = { module: siteUrl('engine/ganvas-sets.wasm'), pause: async () => {} };
  const columns = await drawSets(wanted, here, new AbortController().signal, () => {});
  // The column that has as many numbers in a row as a caption has words.
  const numbers = columns.find(({ length }) => length === CAPTIONS * width);
  if (!numbers) return null;
  const captions = [example, ...captionsOf(numbers, names, width)];
  const range = { min: 0, max: CAPTIONS, step: 1, value: 0, names: captions };
  const help = 'Captions of pictures that were held out: the run has not been trained on any of them.';
  return rangeField('Held-out caption', { key: '', name: '', help, ...range }, (at) => chosen(captions[at]));
}
