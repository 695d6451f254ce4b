/**
 * The networks of the compared training steps, as lists of layers that every engine builds in its own words. Names and
 * layouts of weights are PyTorch's: linear [out, in], conv [out, in, 4, 4], conv_transpose [in, out, 4, 4]; images are
 * [batch, channels, height, width]. Convolutions have kernel 4, stride 2, padding 1.
 *
 * @typedef {{ kind: 'linear' | 'conv' | 'conv_transpose' | 'batch_norm', name: string, bias?: boolean }
 *   | { kind: 'reshape', shape: number[] } | { kind: 'relu' | 'leaky_relu' | 'tanh' }} Layer
 *   reshape: without the batch; leaky_relu: with slope 0.2; batch_norm: statistics of the batch, eps 1e-5
 */

/** @param {string} name @returns {Layer} */
const linear = (name, bias = true) => ({ kind: 'linear', name, bias });
/** @param {string} name @returns {Layer} */
const conv = (name, bias = true) => ({ kind: 'conv', name, bias });
/** @param {string} name @returns {Layer} */
const convTranspose = (name, bias = true) => ({ kind: 'conv_transpose', name, bias });
/** @param {string} name @returns {Layer} */
const batchNorm = (name) => ({ kind: 'batch_norm', name });
/** @param {...number} shape @returns {Layer} */
const reshape = (...shape) => ({ kind: 'reshape', shape });
/** @type {Layer[]} */
const [relu, leakyRelu, tanh] = [{ kind: 'relu' }, { kind: 'leaky_relu' }, { kind: 'tanh' }];

const CONVOLUTIONAL = [
  linear('linear', false),
  reshape(128, 7, 7),
  batchNorm('bn1'),
  relu,
  convTranspose('conv1', false),
  batchNorm('bn2'),
  relu,
  convTranspose('conv2'),
  tanh,
];

/** @type {Record<string, { generator: Layer[], discriminator: Layer[], image: number[] }>}  by the work's key: W3, W4, GP */
export const NETWORKS = {
  W3: {
    image: [1, 28, 28],
    generator: CONVOLUTIONAL,
    discriminator: [
      conv('conv1'),
      leakyRelu,
      conv('conv2', false),
      batchNorm('bn'),
      leakyRelu,
      reshape(6272),
      linear('linear'),
    ],
  },
  GP: {
    image: [1, 28, 28],
    generator: CONVOLUTIONAL,
    discriminator: [conv('conv1'), leakyRelu, conv('conv2'), leakyRelu, reshape(6272), linear('linear')],
  },
  W4: {
    image: [784],
    generator: [
      linear('linear1', false),
      batchNorm('bn1'),
      relu,
      linear('linear2', false),
      batchNorm('bn2'),
      relu,
      linear('linear3'),
      tanh,
    ],
    discriminator: [linear('linear1'), leakyRelu, linear('linear2'), leakyRelu, linear('linear3')],
  },
};

/** The optimisers' settings, all of them Adam: those of the presets that the steps come from. */
export const ADAM = { learningRate: 2e-4, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
export const PENALTY_WEIGHT = 10;

/**
 * The networks of a piece of work; those of W0, which are told the class, only our engine has.
 * @param {string} work
 */
export function networksOf(work) {
  const networks = NETWORKS[work];
  if (!networks) throw new Error(`The networks of ${work} are not written for this engine.`);
  return networks;
}
