/**
 * The losses of two networks that play against each other, and the penalties beside them, as formulas (see formula.js) of
 * `real` and `fake`, D's outputs for a real example and for a forgery. They are those of src/nn/losses.rs and penalties.rs.
 */

/**
 * @typedef {{ D: string, G: string, says: string, isScore?: boolean, isLinear?: boolean }} Loss
 *   says: what each wants; isScore: the formula is of scores, of which the engine reports the sigmoid
 *   isLinear: the mean of the formula is the formula of the means
 */
/** @type {Record<string, Loss>} */
export const LOSSES = {
  non_saturating: {
    D: 'E(-log(real) - log(1 - fake))',
    G: 'E(-log(fake))',
    says: 'D wants 1 for what is real and 0 for forgeries; G wants D to say 1. Where D says 0, the slope of G\u2019s loss is steepest.',
  },
  minimax: {
    D: 'E(-log(real) - log(1 - fake))',
    G: 'E(log(1 - fake))',
    says: 'One value for both: D raises it, G lowers it. Where D says 0, G\u2019s loss is nearly flat, so that G hardly learns.',
  },
  least_squares: {
    D: 'E((real - 1)^2 / 2 + fake^2 / 2)',
    G: 'E((fake - 1)^2 / 2)',
    says: 'D pulls its output to 1 for what is real and to 0 for forgeries; G pulls it to 1. What is far off is pulled hardest.',
  },
  hinge: {
    D: 'E(max(0, 1 - real) + max(0, 1 + fake))',
    G: 'E(-fake)',
    says: 'D wants scores above 1 for what is real and below \u22121 for forgeries, and no more than that; G wants a high score.',
    isScore: true,
  },
  wasserstein: {
    D: 'E(fake) - E(real)',
    G: '-E(fake)',
    says: 'The critic drives the scores apart as far as its bound lets it: the difference estimates how far apart forgeries and originals are. G raises its score.',
    isLinear: true,
  },
  relativistic: {
    D: 'E(log(1 + exp(fake - real)))',
    G: 'E(log(1 + exp(real - fake)))',
    says: 'A real example and a forgery stand side by side: D wants the real one to score higher, G the forgery.',
  },
};

/**
 * @typedef {{ math: string, live: string, says: string, isAbout?: boolean }} Penalty
 *   live: the same by what the engine reports, `gradient_norm`; isAbout: that is the mean length, and the formula is not of it
 */
/** @type {Record<string, Penalty>} */
export const PENALTIES = {
  gradient_penalty: {
    math: 'E((norm(grad(D(hat))) - 1)^2)',
    live: '(gradient_norm - 1)^2',
    says: 'The penalty holds the length of D\u2019s gradient near 1 between real examples and forgeries. Of the lengths the mean is reported, so that its term is about right.',
    isAbout: true,
  },
  r1: {
    math: '0.5 * E(l2(grad(D(x))))',
    live: '0.5 * gradient_norm^2',
    says: 'The penalty (R1) keeps D flat where the real examples are.',
  },
  r1_r2: {
    math: '0.5 * E(l2(grad(D(x)))) + 0.5 * E(l2(grad(D(G(z)))))',
    live: 'gradient_norm^2',
    says: 'The penalty (R1 and R2) keeps D flat where real examples are and where forgeries are.',
  },
};

/** What a symbol stands for. @type {Record<string, string>} */
export const SYMBOLS = {
  G: 'the generator',
  D: 'the discriminator: what it says of an example',
  x: 'a real example',
  z: 'random numbers',
  y: 'the class, or what was ordered',
  E: 'the mean over the batch',
  hat: 'a point between a real example and a forgery',
  grad: 'the slope of D at an example',
  l1: 'the mean of absolute differences',
  l2: 'squared length',
  both: 'the sum over both discriminators',
};
