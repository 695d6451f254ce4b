/** Which recording belongs to a run: little enough for start.js. `ganvas timelapse` makes the recordings. */

import { FIRST, RECORDED, SEED } from '../recorded/index.js';
import { siteUrl } from '../site.js';

/** Settings that may stand in a link and leave the run what it is, but for rounding. */
const HARMLESS = ['preset', 'seed', 'backend', 'tune', 'autoplay', 'controls', 'speed', 'background'];

/**
 * The preset whose recording is of the run that a link or element asks for, before the engine can say what the settings
 * mean; null where there is none, or where it may be another run.
 * @param {Record<string, string>} raw  what they say, unchecked
 * @returns {string | null}
 */
export function recordedPreset(raw) {
  const { preset = FIRST, seed = String(SEED) } = raw;
  const same = Object.keys(raw).every((key) => HARMLESS.includes(key)) && seed === String(SEED);
  return same && Object.hasOwn(RECORDED, preset) ? preset : null;
}

/** @param {string} preset  with a recording @returns {string}  address of its frames */
export const framesUrl = (preset) => siteUrl(`recorded/${preset}.jpg`).href;
