/**
 * The work that is compared, all in f32 and, but for W0, at batch 64. `flops` is what one step needs: a multiply-add is two. `bytes` is
 * what it reads and writes at least, each operand and result once; of a whole step that depends on what an engine fuses.
 *
 * @typedef {{ n?: number, channels?: number, size?: number, outChannels?: number, face?: Face, of?: string }} Params
 * @typedef {'forward' | 'transposed' | 'forward_gradients' | 'transposed_gradients'} Face
 * @typedef {{ key: string, what: string, kind: 'matmul' | 'conv' | 'training' | 'cold', params: Params, flops: number, bytes?: number }} Work
 *   params: what an engine needs beside the numbers; a conv's `face` is forward, transposed, or either with _gradients;
 *   cold: the first step of W3 in a thread that has loaded nothing, once
 */

const BATCH = 64;

const FLOAT_BYTES = 4;

/** @param {number} n @returns {Work} */
const matmul = (n) => ({
  key: `W1-${n}`,
  what: `Matrix product, ${n} × ${n}`,
  kind: 'matmul',
  params: { n },
  flops: 2 * n ** 3,
  bytes: 3 * n ** 2 * FLOAT_BYTES,
});

/**
 * A convolution with kernel 4, stride 2, padding 1 from `channels` images of `size` to `outChannels` of half the size.
 * @param {string} key
 * @param {string} what
 * @param {[channels: number, size: number]} from
 * @param {number} outChannels
 * @param {Face} face
 * @returns {Work}
 */
function conv(key, what, [channels, size], outChannels, face) {
  const products = face.endsWith('gradients') ? 3 : 1;
  const flops = products * 2 * BATCH * (size / 2) ** 2 * outChannels * channels * 16;
  const numbers = BATCH * size ** 2 * channels + BATCH * (size / 2) ** 2 * outChannels + channels * outChannels * 16;
  // With gradients: two operands and the gradient of the result come in, a result and two gradients go out.
  const bytes = (products === 3 ? 2 : 1) * numbers * FLOAT_BYTES;
  return { key, what, kind: 'conv', params: { channels, size, outChannels, face }, flops, bytes };
}

/** Multiply-adds of one image through a network of W3 or W4. */
const WIDE = {
  generator: 100 * 6272 + 128 * 49 * 64 * 16 + 64 * 196 * 16,
  discriminator: 64 * 196 * 16 + 128 * 49 * 64 * 16 + 6272,
};
/** Of W0, with a batch of its own. */
const SMALL = {
  generator: 46 * 1568 + 32 * 49 * 16 * 16 + 16 * 196 * 16,
  discriminator: 8 * 196 * 16 + 16 * 49 * 8 * 16 + 2 * 784,
};
const SMALL_BATCH = 16;
const MLP = { generator: 64 * 256 + 256 * 512 + 512 * 784, discriminator: 784 * 512 + 512 * 256 + 256 };

/**
 * A step of a GAN: in D's update G runs forward, D forward on both halves and back for its weights and (all but the first
 * layer's) inputs; in G's update both run forward, D goes back for its inputs, G for both. Counted as if every backward
 * pass had two products a layer where it needs them.
 */
/** @param {{ generator: number, discriminator: number }} products */
const ganFlops = ({ generator, discriminator }, batch = BATCH) =>
  2 * batch * (generator + 2 * 3 * discriminator + 3 * generator + 2 * discriminator);
/** @param {{ generator: number, discriminator: number }} products */
const criticFlops = ({ generator, discriminator }) =>
  2 * BATCH * (generator + 2 * 3 * discriminator + 6 * discriminator);

/** @type {[number, number]} */
const IMAGE = [1, 28];
/** @type {[number, number]} */
const INSIDE = [64, 14];

/** @type {Work[]} */
export const WORK = [
  // First: nothing has been compiled yet.
  { key: 'W5', what: 'Cold start to the first step of W3', kind: 'cold', params: { of: 'W3' }, flops: 0 },
  matmul(256),
  matmul(512),
  matmul(1024),
  conv('W2-conv1', 'Convolution 28×28×1 to 14×14×64', IMAGE, 64, 'forward'),
  conv('W2-conv1-grad', 'The same with both gradients', IMAGE, 64, 'forward_gradients'),
  conv('W2-conv2', 'Convolution 14×14×64 to 7×7×128', INSIDE, 128, 'forward'),
  conv('W2-conv2-grad', 'The same with both gradients', INSIDE, 128, 'forward_gradients'),
  conv('W2-convT1', 'Transposed convolution 7×7×128 to 14×14×64', INSIDE, 128, 'transposed'),
  conv('W2-convT1-grad', 'The same with both gradients', INSIDE, 128, 'transposed_gradients'),
  conv('W2-convT2', 'Transposed convolution 14×14×64 to 28×28×1', IMAGE, 64, 'transposed'),
  conv('W2-convT2-grad', 'The same with both gradients', IMAGE, 64, 'transposed_gradients'),
  {
    key: 'W0',
    what: 'A small GAN: one step of D and G',
    kind: 'training',
    params: {},
    flops: ganFlops(SMALL, SMALL_BATCH),
  },
  { key: 'W3', what: 'DCGAN: one step of D and G', kind: 'training', params: {}, flops: ganFlops(WIDE) },
  { key: 'W4', what: 'MLP-GAN: one step of D and G', kind: 'training', params: {}, flops: ganFlops(MLP) },
  { key: 'GP', what: 'WGAN-GP: one step of the critic', kind: 'training', params: {}, flops: criticFlops(WIDE) },
];
