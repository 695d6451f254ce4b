/**
 * The work in TensorFlow.js (@tensorflow/tfjs-core with its WebGPU or WebAssembly backend). Its images are
 * [batch, height, width, channels], so weights and images are brought into that order before anything is measured; what
 * is compared is brought back. LeakyReLU is made of two ReLUs, because its own has no second derivative.
 */

import { ADAM, NETWORKS, PENALTY_WEIGHT } from '../networks.js';

let tf;

const tensor = ({ shape, data }) => tf.tensor(data, shape);
const lastly = (x) => tf.tidy(() => tf.transpose(x, [0, 2, 3, 1]));
const firstly = (x) => tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]));

/**
 * Weights in TensorFlow's order. `spatial`: [channels, height, width] of the images that a linear layer flattens, or makes.
 */
function ordered(layers, numbers) {
  const weights = {};
  layers.forEach(({ kind, name, bias }, index) => {
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

const leakyRelu = (x) => tf.sub(tf.relu(x), tf.mul(0.2, tf.relu(tf.neg(x))));

function layer(x, { kind, name, shape, bias }, weights) {
  const weight = (part) => weights[`${name}.${part}`];
  const added = (y) => (bias ? tf.add(y, weight('bias')) : y);
  switch (kind) {
    case 'linear':
      return added(tf.matMul(x, weight('weight')));
    case 'conv':
      return added(tf.conv2d(x, weight('weight'), 2, 'same'));
    case 'conv_transpose': {
      const [batch, height, width] = x.shape;
      return added(
        tf.conv2dTranspose(x, weight('weight'), [batch, 2 * height, 2 * width, weight('weight').shape[2]], 2, 'same'),
      );
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
      throw new Error(`There is no layer "${kind}".`);
  }
}

const run = (layers, weights, x) => layers.reduce((value, each) => layer(value, each, weights), x);

class Learner {
  constructor(layers, numbers) {
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const initial = ordered(layers, numbers);
    this.layers = layers;
    this.weights = Object.fromEntries(Object.entries(initial).map(([key, value]) => [key, tf.variable(value)]));
    tf.dispose(initial);
    this.optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  }

  run(x) {
    return run(this.layers, this.weights, x);
  }

  /** One update; answers with the loss. */
  update(loss) {
    return this.optimizer.minimize(loss, true, Object.values(this.weights));
  }

  dispose() {
    tf.dispose(this.weights);
    this.optimizer.dispose();
  }
}

function training(work, { networks: numbers, images, latents, between }) {
  const { generator, discriminator, image } = NETWORKS[work];
  const [g, d] = [new Learner(generator, numbers.generator), new Learner(discriminator, numbers.discriminator)];
  const real = tf.tidy(() => {
    const all = tf.reshape(tensor(images), [-1, ...image]);
    return image.length === 3 ? lastly(all) : all;
  });
  const z = [latents.discriminator, latents.generator].map(tensor);
  const mix = work === 'GP' ? tf.tidy(() => tf.reshape(tensor(between), [-1, 1, 1, 1])) : null;
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
      let shown = null; // the loss without the penalty
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

function repeated(compute, operands, back = (x) => x) {
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

function convolution({ face }, { x, w, g }) {
  const images = (value) => value && tf.tidy(() => lastly(tensor(value))); // a face alone needs two of the operands
  const [X, W, G] = [images(x), tf.tidy(() => tf.transpose(tensor(w), [2, 3, 1, 0])), images(g)];
  const forward = (a, b) => tf.conv2d(a, b, 2, 'same');
  const transposed = (a, b) =>
    tf.conv2dTranspose(a, b, [a.shape[0], 2 * a.shape[1], 2 * a.shape[2], b.shape[2]], 2, 'same');
  // Gradients of the weights come as [4, 4, in, out].
  const back = (value, index) => (index === 2 ? tf.transpose(value, [3, 2, 0, 1]) : firstly(value));
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

/** @param {'webgpu' | 'wasm'} device */
const engine = (device) => ({
  name: `TensorFlow.js (${device === 'webgpu' ? 'WebGPU' : 'WebAssembly'})`,

  async init() {
    tf = await import(`../../vendor/bench/tfjs-${device}.js`);
    tf.setWasmPaths?.(new URL('../../vendor/bench/', import.meta.url).href);
    if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js finds no ${device} here.`);
    await tf.ready();
  },

  async make({ key, kind, params }, numbers) {
    if (kind === 'matmul') return repeated((a, b) => [tf.matMul(a, b)], [tensor(numbers.a), tensor(numbers.b)]);
    if (kind === 'conv') return convolution(params, numbers);
    return training(key, numbers);
  },
});

export const webgpu = engine('webgpu');
export const wasm = engine('wasm');
export default webgpu;
