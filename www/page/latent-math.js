/** Vectors of the latent space. */

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
/** @typedef {Float64Array} Vector */

/** @param {Vector} a @param {Vector} b */
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** @param {Vector} a */
export const norm = (a) => Math.sqrt(dot(a, a));
/** @param {number} dim @returns {Vector} */
export const randomLatent = (dim) => Float64Array.from({ length: dim }, normal);

/** The sum of vectors, each with its weight. @param {...[number, ArrayLike<number>]} terms @returns {Vector} */
export const combine = (...terms) =>
  Float64Array.from(terms[0][1], (_, i) => terms.reduce((sum, [weight, vector]) => sum + weight * vector[i], 0));

/** Two random directions at a right angle, of length 1; in one dimension the second is 0. @param {number} dim @returns {[Vector, Vector]} */
export function directions(dim) {
  const scaled = (/** @type {Vector} */ a) => combine([1 / (norm(a) || 1), a]);
  const first = scaled(randomLatent(dim));
  const other = randomLatent(dim);
  return [first, dim > 1 ? scaled(combine([1, other], [-dot(first, other), first])) : new Float64Array(dim)];
}

/**
 * From a to b. Gaussian latents of many dimensions lie near a sphere; the straight way goes through its empty inside, the
 * spherical one (Shoemake 1985; for GANs White 2016) along it.
 * @param {Vector} a
 * @param {Vector} b
 * @param {number} t  from 0 to 1
 * @param {boolean} spherical
 */
export function between(a, b, t, spherical) {
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b) / (norm(a) * norm(b) || 1))));
  if (!spherical || Math.sin(angle) < 1e-6) return combine([1 - t, a], [t, b]);
  return combine([Math.sin((1 - t) * angle) / Math.sin(angle), a], [Math.sin(t * angle) / Math.sin(angle), b]);
}

/** @param {number} label @param {number} classes @returns {Vector} */
export const oneHot = (label, classes) => Float64Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0));
