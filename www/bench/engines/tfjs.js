/**
 * The work in TensorFlow.js (@tensorflow/tfjs-core with its WebGPU or WebAssembly backend). Its images are
 * [batch, height, width, channels], so weights and images are brought into that order before anything is measured; what
 * is compared is brought back. LeakyReLU is made of two ReLUs, because its own has no second derivative.
 */

/** @import { Layer } from '../networks.js' */
/** @import { Tensor, Tensors, TrainingNumbers } from '../engines.js' */

import { ADAM, networksOf, PENALTY_WEIGHT } from '../networks.js';

/**
 * @typedef {import('@tensorflow/tfjs-core').Tensor} Value
 * @typedef {import('@tensorflow/tfjs-core').Scalar} Scalar
 * @typedef {Record<string, Value>} Weights
 * @typedef {import('@tensorflow/tfjs-core').Tensor4D} Images  a layer has what it takes: only the library's own types tell ranks apart
 */

/** The library, and what only its bundle for WebAssembly has. @type {typeof import('@tensorflow/tfjs-core') & { setWasmPaths?(folder: string): void }} */
let tf;

/** @param {Tensor} numbers */
const tensor = ({ shape, data }) => tf.tensor(data, shape);
/** @param {Value} x @returns {Value} */
const lastly = (x) => tf.tidy(() => tf.transpose(x, [0, 2, 3, 1]));
/** @param {Value} x @returns {Value} */
const firstly = (x) => tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]));

/** Weights in TensorFlow's order. @param {Layer[]} layers @param {Tensors} numbers */
function ordered(layers, numbers) {
  /** @type {Weights} */
  const weights = {};
  layers.forEach((each, index) => {
    const { kind } = each;
    const { name, bias } = partsOf(each);
    for (const part of ['weight', 'bias']) {
      const value = numbers[`${name}.${part}`];
      if (!value || (part === 'bias' && bias === false)) continue;
      weights[`${name}.${part}`] = tf.tidy(() => {
        const x = tensor(value);
        if (part === 'bias' || kind === 'batch_norm') return x;
        // PyTorch's [out, in, 4, 4], and [in, out, 4, 4] of a transposed one, become [4, 4, in, out] and [4, 4, out, in].
        if (kind === 'conv') return tf.transpose(x, [2, 3, 1, 0]);
        if (kind === 'conv_transpose') return tf.transpose(x, [2, 3, 1, 0]);
        const [makes, flattens] = [layers[index + 1], layers[index - 1]];
        if (makes?.kind === 'reshape') {
          const [c, h, w] = makes.shape;
          return tf.reshape(tf.transpose(tf.reshape(x, [c, h, w, -1]), [3, 1, 2, 0]), [-1, c * h * w]);
        }
        if (flattens?.kind === 'reshape') {
          const [out, features] = x.shape;
          return tf.reshape(tf.transpose(tf.reshape(x, [out, features / 49, 7, 7]), [2, 3, 1, 0]), [features, out]);
        }
        return tf.transpose(x);
      });
    }
  });
  return weights;
}

/** @param {Value} x */
const leakyRelu = (x) => tf.sub(tf.relu(x), tf.mul(0.2, tf.relu(tf.neg(x))));

/** @param {Layer} layer  whichever it is: what it does not have is left out */
const partsOf = (layer) => /** @type {{ name?: string, bias?: boolean, shape?: number[] }} */ (layer);

/** @param {Value} x @param {Layer} each @param {Weights} weights @returns {Value} */
function layer(x, each, weights) {
  const { name, shape = [], bias } = partsOf(each);
  const weight = (/** @type {string} */ part) => weights[`${name}.${part}`];
  const added = (/** @type {Value} */ y) => (bias ? tf.add(y, weight('bias')) : y);
  switch (each.kind) {
    case 'linear':
      return added(tf.matMul(x, weight('weight')));
    case 'conv':
      return added(tf.conv2d(/** @type {Images} */ (x), /** @type {Images} */ (weight('weight')), 2, 'same'));
    case 'conv_transpose': {
      const [images, filters] = /** @type {Images[]} */ ([x, weight('weight')]);
      const [batch, height, width] = images.shape;
      return added(tf.conv2dTranspose(images, filters, [batch, 2 * height, 2 * width, filters.shape[2]], 2, 'same'));
    }
    case 'batch_norm': {
      const { mean, variance } = tf.moments(x, x.rank === 4 ? [0, 1, 2] : [0]);
      return tf.batchNorm(x, mean, variance, weight('bias'), weight('weight'), 1e-5);
    }
    case 'reshape':
      return shape.length === 3 ? tf.reshape(x, [-1, shape[1], shape[2], shape[0]]) : tf.reshape(x, [-1, ...shape]);
    case 'relu':
      return tf.relu(x);
    case 'leaky_relu':
      return leakyRelu(x);
    case 'tanh':
      return tf.tanh(x);
    default:
      throw new Error('There is no layer of that kind.');
  }
}

/** @param {Layer[]} layers @param {Weights} weights @param {Value} x */
const run = (layers, weights, x) => layers.reduce((value, each) => layer(value, each, weights), x);

class Learner {
  /** @param {Layer[]} layers @param {Tensors} numbers */
  constructor(layers, numbers) {
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const initial = ordered(layers, numbers);
    this.layers = layers;
    this.weights = Object.fromEntries(Object.entries(initial).map(([key, value]) => [key, tf.variable(value)]));
    tf.dispose(initial);
    this.optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  }

  /** @param {Value} x */
  run(x) {
    return run(this.layers, this.weights, x);
  }

  /** One update; answers with the loss. @param {() => Value} loss */
  update(loss) {
    const weights = Object.values(this.weights);
    return /** @type {Value} */ (this.optimizer.minimize(/** @type {() => Scalar} */ (loss), true, weights));
  }

  dispose() {
    tf.dispose(this.weights);
    this.optimizer.dispose();
  }
}

/** @param {string} work @param {TrainingNumbers} numbers */
function training(work, { networks: numbers, images, latents, between }) {
  const { generator, discriminator, image } = networksOf(work);
  const [g, d] = [new Learner(generator, numbers.generator), new Learner(discriminator, numbers.discriminator)];
  const real = tf.tidy(() => {
    const all = tf.reshape(tensor(images), [-1, ...image]);
    return image.length === 3 ? lastly(all) : all;
  });
  const z = [latents.discriminator, latents.generator].map(tensor);
  const mix = tf.tidy(() => tf.reshape(tensor(between), [-1, 1, 1, 1]));
  /** @type {Value[]} */
  let last = [];
  const steps = {
    discriminator: () => {
      const forged = tf.tidy(() => g.run(z[0]));
      const loss = d.update(() =>
        tf.add(tf.mean(tf.softplus(tf.neg(d.run(real)))), tf.mean(tf.softplus(d.run(forged)))),
      );
      forged.dispose();
      return loss;
    },
    generator: () => g.update(() => tf.mean(tf.softplus(tf.neg(d.run(g.run(z[1])))))),
    critic: () => {
      const forged = tf.tidy(() => g.run(z[0]));
      const mixed = tf.tidy(() => tf.add(real, tf.mul(tf.sub(forged, real), mix)));
      let shown = forged; // the loss without the penalty, as soon as there is one
      const whole = d.update(() => {
        const slope = tf.grad((x) => tf.sum(d.run(x)))(mixed);
        const norms = tf.sqrt(tf.add(tf.sum(tf.square(slope), [1, 2, 3]), 1e-12));
        const penalty = tf.mul(PENALTY_WEIGHT, tf.mean(tf.square(tf.sub(norms, 1))));
        shown = tf.keep(tf.sub(tf.mean(d.run(forged)), tf.mean(d.run(real))));
        return tf.add(shown, penalty);
      });
      tf.dispose([forged, mixed, whole]);
      return shown;
    },
  };
  return {
    step() {
      tf.dispose(last);
      last = work === 'GP' ? [steps.critic()] : [steps.discriminator(), steps.generator()];
    },
    async sync() {
      await Promise.all(last.map((value) => value.data()));
      await Object.values(g.weights)[0].data(); // the last update, too
    },
    check: async () => Promise.all(last.map(async (value) => (await value.data())[0])),
    dispose() {
      g.dispose();
      d.dispose();
      tf.dispose([last, real, z, mix]);
    },
  };
}

/**
 * A function of its operands, repeated.
 * @param {(...operands: Value[]) => Value[]} compute
 * @param {Value[]} operands
 * @param {(value: Value, index: number) => Value} [back]  as the other engines have it
 */
function repeated(compute, operands, back = (x) => x) {
  /** @type {Value[]} */
  let last = [];
  return {
    step() {
      tf.dispose(last);
      last = tf.tidy(() => compute(...operands));
    },
    sync: () => Promise.all(last.map((value) => value.data())),
    check: () =>
      Promise.all(
        last.map(async (value, index) => {
          const other = back(value, index);
          const data = await other.data();
          if (other !== value) other.dispose();
          return data;
        }),
      ),
    dispose: () => tf.dispose([last, operands]),
  };
}

/** @param {import('../work.js').Params} params @param {Tensors} operands */
function convolution({ face }, { x, w, g }) {
  // A face alone needs two of the operands.
  const imagesOf = (/** @type {Tensor} */ value) => value && tf.tidy(() => lastly(tensor(value)));
  const [X, W, G] = [imagesOf(x), tf.tidy(() => tf.transpose(tensor(w), [2, 3, 1, 0])), imagesOf(g)];
  /** @param {Value} a @param {Value} b @returns {Value} */
  const forward = (a, b) => tf.conv2d(/** @type {Images} */ (a), /** @type {Images} */ (b), 2, 'same');
  /** @param {Value} images @param {Value} filters @returns {Value} */
  const transposed = (images, filters) => {
    const [a, b] = /** @type {Images[]} */ ([images, filters]);
    return tf.conv2dTranspose(a, b, [a.shape[0], 2 * a.shape[1], 2 * a.shape[2], b.shape[2]], 2, 'same');
  };
  // Gradients of the weights come as [4, 4, in, out].
  /** @param {Value} value @param {number} index */
  const back = (value, index) => (index === 2 ? tf.transpose(value, [3, 2, 0, 1]) : firstly(value));
  /** @param {(a: Value, b: Value) => Value} f @returns {(a: Value, b: Value, c: Value) => Value[]} */
  const withGradients = (f) => (a, b, c) => {
    const { value, grads } = tf.valueAndGrads((first, second) => f(first, second))([a, b], c);
    return [value, ...grads];
  };
  switch (face) {
    case 'forward':
      return repeated((a, b) => [forward(a, b)], [X, W], back);
    case 'transposed':
      return repeated((a, b) => [transposed(a, b)], [G, W], back);
    case 'forward_gradients':
      return repeated(withGradients(forward), [X, W, G], back);
    case 'transposed_gradients':
      return repeated(withGradients(transposed), [G, W, X], back);
    default:
      throw new Error(`There is no face "${face}".`);
  }
}

/** @param {'webgpu' | 'wasm'} device @returns {import('../engines.js').Engine} */
const engine = (device) => ({
  name: `TensorFlow.js (${device === 'webgpu' ? 'WebGPU' : 'WebAssembly'})`,

  async init() {
    tf = await import(`../../vendor/bench/tfjs-${device}.js`);
    tf.setWasmPaths?.(new URL('../../vendor/bench/', import.meta.url).href);
    if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js finds no ${device} here.`);
    await tf.ready();
  },

  async make({ key, kind, params }, numbers) {
    const tensors = /** @type {Tensors} */ (numbers);
    if (kind === 'matmul') return repeated((a, b) => [tf.matMul(a, b)], [tensor(tensors.a), tensor(tensors.b)]);
    if (kind === 'conv') return convolution(params, tensors);
    return training(key, /** @type {TrainingNumbers} */ (/** @type {unknown} */ (numbers)));
  },
});

export const webgpu = engine('webgpu');
export const wasm = engine('wasm');
export default webgpu;
