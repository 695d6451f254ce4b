/**
 * One plain sentence on what is going on, from measured values only. The numbers themselves are the gauges': one number for one
 * fact, and a mean of other steps would only disagree with them.
 */

import { formatCount } from './dom.js';

const WINDOW = 50; // steps that a statement is averaged over
const WARM_STEPS = 25; // WARMUP_STEPS of src/gan/recipe.rs
const TREND = 0.03; // a smaller change of a mean is not worth a word

/**
 * `fromNoise`: the forger draws from noise, and not from other images; `warming`: how the critic warms up, where it does
 *
 * @param {{ state: import('../protocol.js').State, step: number, recent: import('./recent.js').Recent,
 *   scale: import('./scale.js').Scale, fromNoise?: boolean, warming?: string }} run
 * @returns {string}
 */
export function narrate({ state, step, recent, scale, fromNoise = true, warming = '' }) {
  if (state === 'loading') return 'In a moment a forger and a detective begin to learn from each other.';
  if (state === 'stopped') return 'Nothing is loaded. Press Play to load and start again, or choose another preset.';
  if (state === 'failed') return 'Nothing is being trained at the moment.';
  if (state === 'lost') return 'The graphics device went away. The run is being rebuilt from its last saved state.';
  if (step === 0) {
    return ['playing', 'stepping', 'phase'].includes(state)
      ? 'The first step is under way.'
      : `Nobody has learned anything yet: what the forger ${fromNoise ? 'draws is noise' : 'makes of an image means nothing'}. Press play.`;
  }
  if (warming && step < WARM_STEPS && state !== 'paused')
    return `The critic warms up, so the pictures hardly move yet. ${warming}`;
  const real = recent.mean('d_real', WINDOW);
  const fake = recent.mean('d_fake', WINDOW);
  const prefix = state === 'paused' ? `Paused after ${formatCount(step)} ${step === 1 ? 'step' : 'steps'}. ` : '';
  if (!Number.isFinite(real) && Number.isFinite(fake))
    return `${prefix}Only the forger has learned lately; the detective is held.`;
  if (!Number.isFinite(real) || !Number.isFinite(fake))
    return `${prefix}The detective's verdict has not been measured in these steps.`;
  return prefix + (scale === 'score' ? distance(real - fake, recent) : contest(real - fake) + trend(recent));
}

/**
 * A critic's scores have no zero and no unit: all that can be said is how far they are apart, and whether that shrinks.
 * @param {number} now
 * @param {import('./recent.js').Recent} recent
 */
function distance(now, recent) {
  const says = `The critic scores originals ${now < 0 ? 'lower' : 'higher'} than forgeries`;
  if (recent.length < 2 * WINDOW) return `${says}.`;
  const before = recent.mean('d_real', WINDOW, WINDOW) - recent.mean('d_fake', WINDOW, WINDOW);
  const change = (now - before) / Math.max(Math.abs(before), Math.abs(now));
  if (change < -TREND) return `${says}, and the distance shrinks.`;
  return change > TREND ? `${says}, and the distance grows.` : `${says}.`;
}

/** @param {number} lead  of what originals are rated over what forgeries are */
function contest(lead) {
  if (lead < -0.1) return 'The detective is fooled: it takes forgeries for real more often than originals.';
  if (lead < 0.15) return 'The detective can hardly tell them apart.';
  if (lead < 0.45) return 'A close contest, with the detective a little ahead.';
  if (lead < 0.8) return 'The detective is ahead.';
  return 'The detective sees through almost every forgery.';
}

/**
 * Who gains says the distance of both ratings, which the sentence before goes by: with one of them alone the two could disagree.
 * @param {import('./recent.js').Recent} recent
 */
function trend(recent) {
  if (recent.length < 2 * WINDOW) return '';
  const lead = (/** @type {number} */ skip) =>
    recent.mean('d_real', WINDOW, skip) - recent.mean('d_fake', WINDOW, skip);
  const change = lead(0) - lead(WINDOW);
  if (change < -TREND) return ` Over the last ${2 * WINDOW} steps the forger has gained ground.`;
  return change > TREND ? ` Over the last ${2 * WINDOW} steps the detective has gained ground.` : '';
}
