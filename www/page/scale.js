/**
 * What the discriminator's output means, which depends on the loss: a probability; a number that is pulled to 1 and 0
 * but may leave that range (least squares); or a score, of which only differences
 * count (Wasserstein, relativistic).
 */

import { formatFixed, formatPercent, formatShort } from './dom.js';

/** @typedef {'probability' | 'target' | 'score'} Scale */

/** @type {Partial<Record<string, Scale>>} */
const SCALES = { wasserstein: 'score', relativistic: 'score', least_squares: 'target' };

/** @param {{ loss: string }} run  its settings, or its facts @returns {Scale} */
export const scaleOf = ({ loss }) => SCALES[loss] ?? 'probability';

/** @type {Record<Scale, (value: number) => string>} */
export const FORMATS = { probability: formatPercent, target: (value) => formatFixed(value, 2), score: formatShort };

/** As a sentence says it: "31 % real", "0.31". @param {number} value @param {Scale} scale */
export const rated = (value, scale) => `${FORMATS[scale](value)}${scale === 'probability' ? ' real' : ''}`;
