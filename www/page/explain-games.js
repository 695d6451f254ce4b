/**
 * One row for each algorithm and application: who draws, who judges, what is learned from what, and what each side minimises,
 * as formulas (see formula.js). `d_loss`, `g_loss` and other curves stand for what the engine reports under that name;
 * settings for their values; other names have their formula in `terms`. `tests/explain.rs` holds that every algorithm has one.
 */

/**
 * @typedef {{ D: string, G: string, code?: string[], learner?: string }} Sides
 * @typedef {{ link: string, who: string, code: string[], real: string, fake: string, D: string, G: string, stages?: Sides[],
 *   byLoss?: Record<string, Partial<Sides>>, tells?: string, fools?: string, both?: boolean, terms?: Record<string, string>,
 *   symbols?: Record<string, string>, learner?: string, note?: string }} Game
 *   link: of the paper; who: who draws, who judges, what is learned from what; code: files with marked lines
 *   real, fake: what D is asked about; D, G: what each minimises, '' for nothing; stages: the same of the stages before the last, with their files and who learns in D's turn, where it is not D;
 *   byLoss: where it depends on the loss; tells, fools: the formula of `d_loss` and `g_loss` where it is none of LOSSES;
 *   both: there are two discriminators, whose losses are added up and whose outputs averaged
 *   note: what is not as the formula says, or is not reported
 */

const PAIR = { code: ['src/gan/pair.rs'], real: 'D(x)', fake: 'D(G(z))', D: 'd_loss', G: 'g_loss' };
/** Where classes are told, both networks know them. */
export const TOLD = { real: 'D(x, y)', fake: 'D(G(z, y), y)' };
const ORDER = { ...TOLD, D: 'd_loss', G: 'g_loss', code: ['src/apps/ordered.rs'] };
const CLASSES = { ...ORDER, code: ['src/gan/conditional.rs'] };
const R1 = '0.5 * E(l2(grad(D(x))))';
const LAZY = 'R1 is part of every eighth update of D alone, eight times as heavy there, and its value is not reported.';

const PIX2PIX = {
  link: 'https://arxiv.org/abs/1611.07004',
  code: ['src/apps/pix2pix.rs'],
  real: 'D(a, b)',
  fake: 'D(a, G(a))',
  D: '0.5 * d_loss',
  G: 'adversarial_weight * g_loss + distance_weight * distance',
  terms: { distance: 'l1(G(a) - b)' },
};

/** @type {Record<string, Game>} */
export const GAMES = {
  gan: {
    ...PAIR,
    link: 'https://arxiv.org/abs/1406.2661',
    who: 'G draws from random numbers z and never sees a real example. D is shown real examples and forgeries and says how likely each is to be real. D learns from its own mistakes, G from the slope of D at its forgeries.',
  },
  dcgan: {
    ...PAIR,
    link: 'https://arxiv.org/abs/1511.06434',
    who: 'G turns random numbers z into an image by transposed convolutions; D, its mirror image, judges images by strided ones. D learns from its own mistakes, G from what D\u2019s slope says about each pixel.',
  },
  cgan: {
    ...PAIR,
    link: 'https://arxiv.org/abs/1411.1784',
    who: 'G draws from random numbers and a class that it is told; D sees the example with the class and judges whether both fit. So G learns to draw to order.',
  },
  wgan: {
    ...PAIR,
    link: 'https://arxiv.org/abs/1701.07875',
    who: 'G draws; D is a critic, which gives scores in place of probabilities. Its weights are clipped, so that its slope is bounded and the difference of mean scores measures a distance. G learns to make that distance smaller.',
  },
  'wgan-gp': {
    ...PAIR,
    link: 'https://arxiv.org/abs/1704.00028',
    who: 'G draws; D is a critic, which gives scores in place of probabilities. A penalty, not a clip, holds its slope near 1, so that the difference of mean scores measures a distance. G learns to make that distance smaller.',
  },
  r3gan: {
    ...PAIR,
    link: 'https://arxiv.org/abs/2501.05441',
    who: 'G draws; D is shown a real example and a forgery at once and says which is which. Both learn from that one difference, so that no forgery can gain by being unlike all that is real.',
  },
  cogan: {
    link: 'https://arxiv.org/abs/1606.07536',
    code: ['src/gan/cogan.rs'],
    who: 'Two generators share their first layers and draw two pictures of one noise; two discriminators share their last layers, and each knows one kind of picture. No pair is ever shown: that both pictures belong together comes of the shared layers.',
    real: 'D_i(x_i)',
    fake: 'D_i(G_i(z))',
    D: 'd_loss',
    G: 'g_loss',
    both: true,
    symbols: { i: 'the kind of picture: a or b' },
  },
  cyclegan: {
    link: 'https://arxiv.org/abs/1703.10593',
    code: ['src/gan/cyclegan.rs'],
    who: 'Two generators translate between two kinds of pictures, and two critics each judge what arrives in their kind. No pairs are known: that a translation belongs to its picture is learned from the way back, which must lead to where it began.',
    real: 'D_j(x_j)',
    fake: 'D_j(G_ij(x_i))',
    D: 'd_loss',
    G: 'g_loss + cycle_weight * cycle + identity_weight * identity',
    fools: 'E((fake - 1)^2)',
    both: true,
    terms: { cycle: 'both(l1(G_ji(G_ij(x_i)) - x_i))', identity: 'both(l1(G_ij(x_j) - x_j))' },
    symbols: {
      G: 'the two generators: from kind i to kind j, and back',
      i: 'a kind of picture',
      j: 'the other kind',
      both: 'the sum over both directions',
    },
  },
  progan: {
    link: 'https://arxiv.org/abs/1710.10196',
    code: ['src/gan/progan.rs'],
    who: 'G begins with pictures of 4 x 4 pixels, and both networks grow by a layer whenever the size doubles; the new layer fades in. D judges at the size of the moment, so that G learns what is coarse first.',
    real: 'D(x)',
    fake: 'D(G(z))',
    D: 'd_loss + slope_weight * slope',
    G: 'g_loss',
    byLoss: { wasserstein: { D: 'd_loss + slope_weight * unit_slope + 0.001 * drift' } },
    terms: { slope: R1, unit_slope: 'E((norm(grad(D(hat))) - 1)^2)', drift: 'E(D(x)^2)' },
    note: `${LAZY} With the Wasserstein loss a gradient penalty takes its place.`,
  },
  sagan: {
    ...CLASSES,
    link: 'https://arxiv.org/abs/1805.08318',
    who: 'G draws a class that it is told, D judges the picture with its class. In both networks each place of the picture looks at all others, so that what is far apart can be made to fit.',
  },
  biggan: {
    ...CLASSES,
    link: 'https://arxiv.org/abs/1809.11096',
    code: ['src/gan/conditional.rs', 'src/gan/biggan.rs'],
    who: 'G draws a class that it is told, with a piece of the noise for each of its layers; D judges the picture with its class. Beside D\u2019s word G minimises how far the rows of its weights are from being at right angles.',
    G: 'g_loss + orthogonal_weight * angles',
    terms: { angles: 'R(W)' },
    symbols: { R: 'the squared products of different rows', W: 'the weights of G' },
    note: 'The value of R(W) is not reported.',
  },
  stylegan: {
    link: 'https://arxiv.org/abs/1812.04948',
    code: ['src/gan/stylegan.rs'],
    who: 'G first makes a style of the noise, and the style steers each of its layers; every picture begins with the same constant. D judges the picture alone. G learns what belongs to the coarse layers and what to the fine ones because styles are mixed while it trains.',
    real: 'D(x)',
    fake: 'D(G(z))',
    D: 'd_loss + r1_weight * slope',
    G: 'g_loss',
    terms: { slope: R1 },
    note: LAZY,
  },
  pix2pix: {
    ...PIX2PIX,
    who: 'G makes a digit of its outline; D sees outline and digit together, in patches, and says whether they belong together. G learns from the true digit, pixel by pixel, and from D: the distance alone is content with grey.',
    symbols: { a: 'an outline', b: 'the digit that it is of' },
  },
  'pix2pix-back': {
    ...PIX2PIX,
    who: 'G draws the outline of a digit; D sees digit and outline together, in patches, and says whether they belong together. G learns from the true outline, pixel by pixel, and from D.',
    symbols: { a: 'a digit', b: 'its outline' },
  },
  spade: {
    link: 'https://arxiv.org/abs/1903.07291',
    code: ['src/apps/spade.rs'],
    who: 'G paints a picture of a map, which steers every norm of it, pixel by pixel; D sees map and picture together, at two sizes. G learns from D\u2019s word, and from what D notices inside in the true picture and in its own.',
    real: 'D(m, x)',
    fake: 'D(m, G(z, m))',
    D: 'd_loss',
    G: 'g_loss + feature_weight * features',
    terms: { features: 'l1(h(m, G(z, m)) - h(m, x))' },
    symbols: { m: 'a map, with season and time of day', h: 'what D\u2019s layers see' },
  },
  srgan: {
    link: 'https://arxiv.org/abs/1609.04802',
    code: ['src/apps/srgan.rs'],
    who: 'G makes a small picture large; D judges whether a large picture is a real one. G learns from the true large picture, from D\u2019s word, and from how like the truth its picture is in D\u2019s eyes.',
    real: 'D(x)',
    fake: 'D(G(s))',
    D: 'd_loss',
    G: 'distance + critic_weight * g_loss + content_weight * content',
    terms: { distance: 'E(l2(G(s) - x))', content: 'E(l2(h(G(s)) - h(x)))' },
    symbols: {
      s: 'the small picture',
      x: 'the true large one',
      h: 'what D\u2019s layers see',
      l2: 'the mean of squared differences',
    },
  },
  inpainting: {
    link: 'https://arxiv.org/abs/1604.07379',
    code: ['src/apps/inpainting.rs'],
    who: 'G fills a hole in a digit by what is around it; D judges whether the whole looks real. G learns from what was in the hole, and from D: the distance alone fills it with grey where the rest does not tell.',
    real: 'D(x)',
    fake: 'D(G(s))',
    D: 'd_loss',
    G: 'distance + critic_weight * g_loss',
    terms: { distance: 'E(l2(G(s) - x))' },
    symbols: {
      s: 'the digit with a hole',
      x: 'the whole digit',
      l2: 'the mean of squared differences within the hole',
    },
  },
  posed: {
    link: 'https://arxiv.org/abs/1705.09368',
    code: ['src/apps/posed.rs'],
    who: 'G sees a person and the joints of another pose. A first network drafts the person in that pose, a second one adds what is missing. D sees source, picture and pose together; the source in the wrong pose counts as a forgery too. G learns from the true picture, and its second half from D.',
    real: 'D(s, x, p)',
    fake: 'D(s, G(s, p), p)',
    D: 'd_loss',
    G: 'adversarial_weight * g_loss + distance_weight * draft + distance_weight * distance',
    terms: { draft: 'l1(G_1(s, p) - x)', distance: 'l1(G(s, p) - x)' },
    symbols: {
      s: 'the person as seen',
      p: 'the wanted pose',
      x: 'the truth',
      l1: 'the mean of absolute differences, in which the body counts twice',
    },
  },
  stackgan: {
    link: 'https://arxiv.org/abs/1612.03242',
    code: ['src/apps/text.rs'],
    who: 'G reads a caption and paints it twice: a small picture, then a larger one of that. Each has a discriminator, which sees picture and caption; a true picture with another caption counts as a forgery too. So G learns both to draw and to do what the caption says.',
    real: 'D_i(x, t)',
    fake: 'D_i(G_i(z, t), t)',
    D: 'd_loss',
    G: 'g_loss + augmentation_weight * augmentation',
    both: true,
    terms: { augmentation: 'KL' },
    symbols: { t: 'a caption', i: 'the stage: 1 or 2', KL: 'how far what is told of the caption is from plain noise' },
  },
  characters: {
    ...ORDER,
    link: 'https://arxiv.org/abs/1802.05637',
    who: 'G draws a character to order: who, in which colours, seen from where. D judges the picture beside the order, each attribute by itself, so that combinations of which no picture was shown must come of their parts.',
  },
  faces: {
    ...ORDER,
    link: 'https://arxiv.org/abs/1802.05637',
    who: 'G draws a face to order: skin, hair, glasses, beard. D judges the picture beside the order, each attribute by itself; what is not ordered is left to the noise.',
  },
  dtn: {
    link: 'https://arxiv.org/abs/1611.02200',
    code: ['src/apps/emoji.rs'],
    who: 'A network f first learns to see what is in photographs, and then holds still. G draws an emoji of what f sees; D tells three kinds apart: emoji made of photographs, emoji made of emoji, real emoji. G learns from D, from f, which shall see the same in the emoji, and from emoji, which shall stay as they are.',
    real: 'D_3(b)',
    fake: 'D_3(G(f(a)))',
    D: 'd_loss',
    G: 'adversarial_weight * g_loss + constancy_weight * constancy + identity_weight * identity + variation_weight * variation',
    stages: [{ D: 'seen', G: '', learner: 'f, the network that sees' }],
    tells: 'E(-log(D_1(G(f(a)))) - log(D_2(G(f(b)))) - log(D_3(b)))',
    fools: 'E(-log(D_3(G(f(a)))) - log(D_3(G(f(b))))) / 2',
    terms: {
      seen: 'C(f(a))',
      constancy: 'E(l2(f(G(f(a))) - f(a)))',
      identity: 'E(l2(G(f(b)) - b))',
      variation: 'TV',
    },
    symbols: {
      a: 'a photograph',
      b: 'an emoji',
      f: 'the network that sees',
      C: 'what is missed of the attributes, as cross-entropy',
      D: 'the discriminator: its probability of kind 1, 2 or 3',
      TV: 'the mean step between neighbouring pixels',
      l2: 'the mean of squared differences',
    },
    note: 'The value of TV is not reported.',
  },
  icgan: {
    ...ORDER,
    link: 'https://arxiv.org/abs/1611.06355',
    code: ['src/apps/editing.rs'],
    who: 'First G learns to draw faces to order, beside D. Then G holds still, and an encoder learns from what G draws to say the noise of a picture; another one says the attributes. Drawn again with one attribute changed, the face is edited.',
    D: 'seen',
    G: 'noise + again_weight * again',
    stages: [{ D: 'd_loss + seen', G: 'g_loss', code: ['src/apps/editing.rs', 'src/apps/ordered.rs'] }],
    learner: 'F, the encoder of attributes',
    terms: {
      seen: 'C(F(x))',
      noise: 'E(l2(H(G(z, y)) - z))',
      again: 'E(l2(G(H(x), y) - x))',
    },
    symbols: {
      F: 'the encoder of attributes',
      H: 'the encoder of noise',
      C: 'what is missed of the attributes, as cross-entropy',
      l2: 'the mean of squared differences',
    },
  },
  ageing: {
    ...ORDER,
    link: 'https://arxiv.org/abs/1702.01983',
    code: ['src/apps/ageing.rs'],
    who: 'A network f first learns who somebody is, at any age, and then holds still. G draws a face of noise and an age; D judges it beside the age. G learns that one noise is the same person at two ages, as f sees it, and an encoder learns to say the noise of a picture.',
    D: 'd_loss + latent',
    G: 'g_loss + person_weight * person',
    stages: [{ D: 'known', G: '', learner: 'f, the network that knows people' }],
    terms: {
      known: 'C(f(x))',
      latent: 'E(l2(H(G(z, y)) - z))',
      person: 'E(l2(f(G(z, y_1)) - f(G(z, y_2))))',
    },
    symbols: {
      y: 'the age',
      f: 'the network that knows people',
      H: 'the encoder, which learns beside D',
      C: 'what is missed of the traits',
      l2: 'the mean of squared differences',
    },
  },
  solid: {
    link: 'https://arxiv.org/abs/1610.07584',
    code: ['src/apps/solid.rs'],
    who: 'G makes a thing of sixteen cells a side from a latent; D compares things with true ones. An encoder looks at a picture and says which latent it shows. G and encoder learn from the true thing, cell by cell, and G from D.',
    real: 'D(x)',
    fake: 'D(G(z))',
    D: 'd_loss',
    G: 'cells + adversarial_weight * g_loss + kl_weight * kl',
    terms: { cells: 'C(G(H(p)))', kl: 'KL' },
    symbols: {
      x: 'a true thing',
      H: 'the encoder',
      p: 'a picture',
      C: 'how far the cells are from the true ones, as cross-entropy',
      KL: 'how far the encoder\u2019s latents are from plain noise',
    },
    note: 'D learns only in steps in which it is right about less than four fifths of the batch.',
  },
};
