/** What may be asked of speed and stops, and what is said of anything else. */

/** @import { StopConditions } from '../protocol.js' */

/** The notches of the slider, in steps a second; beyond them it is as fast as it goes. */
export const SPEEDS = [1, 2, 5, 10, 25, 60];
const MOST = 1000;
/** How near to one half D's mean output on forgeries counts as guessing. */
export const NEAR = 0.05;

/** @type {Readonly<StopConditions>} */
export const NO_STOPS = Object.freeze({ step: null, nfd: null, balance: null, alarm: false });

/** @param {number | string | null | undefined} value  steps a second; null, "" or "max": no limit @returns {number | null} */
export function speedOf(value) {
  const text = String(value ?? 'max').trim();
  if (text === '' || text === 'max') return null;
  const speed = Number(text);
  if (speed > 0 && speed <= MOST) return speed;
  throw new TypeError(
    `Speed takes steps a second, above 0 and up to ${MOST}, or max; "${text.slice(0, 40)}" is not one.`,
  );
}

/** @param {number | null} speed */
export const speedText = (speed) => (speed === null ? 'full speed' : `${speed} ${speed === 1 ? 'step' : 'steps'}/s`);

/** @type {Record<'step' | 'nfd' | 'balance', [string, (value: number) => boolean]>} */
const TAKES = {
  step: ['a whole number of at least 1', (value) => Number.isInteger(value) && value >= 1],
  nfd: ['a number above 0', (value) => value > 0 && Number.isFinite(value)],
  balance: ['a number above 0 and below 0.5', (value) => value > 0 && value < 0.5],
};

/**
 * Why a run can never be stopped by its nFD; null: it can.
 * @param {import('../protocol.js').Info} info
 */
export function noNfd({ data, galleries, algorithmName }) {
  if (data.form === 'point') return 'Points have no nFD: choose digits.';
  if (galleries.some(({ key }) => key === 'samples')) return null;
  return `nFD is of samples from noise: ${algorithmName} is measured in other ways.`;
}

/** @typedef {{ [K in keyof StopConditions]?: number | boolean | null }} WantedStops */

/**
 * @param {WantedStops} values  null or false takes a condition back
 * @param {StopConditions} present
 * @param {import('../protocol.js').Info | null} [info]  of the run, as far as there is one
 * @returns {StopConditions}
 */
export function stopsOf(values, present, info = null) {
  const stops = { ...present };
  for (const [key, value] of Object.entries(values ?? {})) {
    if (!(key in NO_STOPS))
      throw new TypeError(`stopWhen: there is no condition "${key}". There are: ${Object.keys(NO_STOPS).join(', ')}.`);
    const condition = /** @type {keyof typeof TAKES} */ (key);
    if (key === 'alarm') stops.alarm = Boolean(value);
    else if (value === null || value === undefined || value === false) stops[condition] = null;
    else if (key === 'balance' && value === true) stops.balance = NEAR;
    else if (condition === 'nfd' && info && noNfd(info)) throw new TypeError(`stopWhen: ${noNfd(info)}`);
    else if (typeof value === 'number' && TAKES[condition][1](value)) stops[condition] = value;
    else throw new TypeError(`stopWhen: ${key} takes ${TAKES[condition][0]}, or null; ${value} is not one.`);
  }
  return stops;
}
