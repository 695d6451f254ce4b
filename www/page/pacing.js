/** What may be asked of speed and stops, and what is said of anything else. */

/** The notches of the slider, in steps a second; beyond them it is as fast as it goes. */
export const SPEEDS = [1, 2, 5, 10, 25, 60];
const MOST = 1000;
/** How near to one half D's mean output on forgeries counts as guessing. */
export const NEAR = 0.05;

export const NO_STOPS = Object.freeze({ step: null, nfd: null, balance: null, alarm: false });

/** @param {number | string | null} value  steps a second; null, "" or "max": no limit @returns {number | null} */
export function speedOf(value) {
  const text = String(value ?? 'max').trim();
  if (text === '' || text === 'max') return null;
  const speed = Number(text);
  if (speed > 0 && speed <= MOST) return speed;
  throw new TypeError(
    `Speed takes steps a second, above 0 and up to ${MOST}, or max; "${text.slice(0, 40)}" is not one.`,
  );
}

export const speedText = (speed) =>
  speed === null ? 'as fast as it goes' : `${speed} ${speed === 1 ? 'step' : 'steps'} a second`;

const TAKES = {
  step: ['a whole number of at least 1', (value) => Number.isInteger(value) && value >= 1],
  nfd: ['a number above 0', (value) => value > 0 && Number.isFinite(value)],
  balance: ['a number above 0 and below 0.5', (value) => value > 0 && value < 0.5],
};

/**
 * @param {Partial<import('../protocol.js').StopConditions>} values  null or false takes a condition back
 * @param {import('../protocol.js').StopConditions} present
 * @returns {import('../protocol.js').StopConditions}
 */
export function stopsOf(values, present) {
  const stops = { ...present };
  for (const [key, value] of Object.entries(values ?? {})) {
    if (!(key in NO_STOPS))
      throw new TypeError(`stopWhen: there is no condition "${key}". There are: ${Object.keys(NO_STOPS).join(', ')}.`);
    if (key === 'alarm') stops.alarm = Boolean(value);
    else if (value === null || value === undefined || value === false) stops[key] = null;
    else if (key === 'balance' && value === true) stops.balance = NEAR;
    else if (typeof value === 'number' && TAKES[key][1](value)) stops[key] = value;
    else throw new TypeError(`stopWhen: ${key} takes ${TAKES[key][0]}, or null; ${value} is not one.`);
  }
  return stops;
}
