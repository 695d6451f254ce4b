/**
 * The work in jax-js (@jax-js/jax), on its WebGPU or its WebAssembly backend. Whole steps are compiled with `jit`.
 * Every function of jax-js takes its arguments over; `.ref` keeps one for later.
 */

/** @import { Layer } from '../networks.js' */
/** @import { Tensor, Tensors, TrainingNumbers } from '../engines.js' */

import { ADAM, networksOf, PENALTY_WEIGHT } from '../networks.js';

/**
 * @typedef {import('@jax-js/jax').Array} Value
 * @typedef {Record<string, Value>} Weights
 * @typedef {Record<string, Value[]>} Moments  two for each weight
 */

/** @type {typeof import('@jax-js/jax')} */
let jax;
/** @type {typeof jax.numpy} */
let np;

/** @type {[number, number]} */
const STRIDES = [2, 2];
/** @type {[number, number][]} */
const PADDING = [
  [1, 1],
  [1, 1],
];

/**
 * Hands work to the device without waiting for it. Until then jax-js only remembers it, and forgets what nobody asks for:
 * a result that is disposed of before this was never computed.
 * @param {import('@jax-js/jax').JsTree<Value>} values
 */
const submit = (values) =>
  Promise.all(
    jax.tree
      .leaves(values)
      .map((value) => (value.device === 'webgpu' ? value.ref.gpuBuffer() : value.blockUntilReady())),
  );

/** @param {Tensor} tensor */
const array = ({ shape, data }) => np.array(data).reshape(shape);

/** @param {Value} x @param {Layer} each @param {Weights} weights @returns {Value} */
function layer(x, each, weights) {
  const {
    name = '',
    bias = false,
    shape = [],
  } = /** @type {{ name?: string, bias?: boolean, shape?: number[] }} */ (each);
  const weight = (/** @type {string} */ part) => weights[`${name}.${part}`].ref;
  /** @param {Value} y @param {2 | 4} rank */
  const added = (y, rank) => (bias ? y.add(weight('bias').reshape(rank === 4 ? [1, -1, 1, 1] : [1, -1])) : y);
  switch (each.kind) {
    case 'linear':
      return added(np.matmul(x, weight('weight').transpose()), 2);
    case 'conv':
      return added(jax.lax.conv(x, weight('weight'), STRIDES, PADDING), 4);
    case 'conv_transpose':
      return added(jax.lax.convTranspose(x, weight('weight'), STRIDES, PADDING, { transposeKernel: true }), 4);
    case 'batch_norm': {
      const [axes, wide] =
        x.ndim === 4
          ? [
              [0, 2, 3],
              [1, -1, 1, 1],
            ]
          : [[0], [1, -1]];
      const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }));
      const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
      const y = centred.div(np.sqrt(variance.add(1e-5)));
      return y.mul(weight('weight').reshape(wide)).add(weight('bias').reshape(wide));
    }
    case 'reshape':
      return x.reshape([-1, ...shape]);
    case 'relu':
      return jax.nn.relu(x);
    case 'leaky_relu':
      return jax.nn.leakyRelu(x, 0.2);
    case 'tanh':
      return np.tanh(x);
    default:
      throw new Error('There is no layer of that kind.');
  }
}

/** Keeps the weights: whoever owns them disposes of them. @param {Layer[]} layers @param {Weights} weights @param {Value} x */
const run = (layers, weights, x) => layers.reduce((value, each) => layer(value, each, weights), x);

/** @param {{ generator: Layer[], discriminator: Layer[] }} networks */
function losses({ generator, discriminator }) {
  /** @param {Weights} d @param {Value} x */
  const judge = (d, x) => run(discriminator, d, x);
  const real = (/** @type {Value} */ logits) => np.mean(jax.nn.softplus(logits.mul(-1)));
  const fake = (/** @type {Value} */ logits) => np.mean(jax.nn.softplus(logits));
  return {
    /** @param {Weights} d @param {Weights} g @param {Value} images @param {Value} z */
    discriminator(d, g, images, z) {
      const forged = jax.lax.stopGradient(run(generator, g, z));
      const loss = real(judge(d, images)).add(fake(judge(d, forged)));
      jax.tree.dispose([d, g]);
      return loss;
    },
    /** @param {Weights} g @param {Weights} d @param {Value} z */
    generator(g, d, z) {
      const loss = real(judge(d, run(generator, g, z)));
      jax.tree.dispose([d, g]);
      return loss;
    },
    /**
     * `scale` is 1: the gradient by it is the penalty, which the loss that is shown is without.
     * @param {Weights} d
     * @param {Value} scale
     * @param {Weights} g
     * @param {Value} images
     * @param {Value} z
     * @param {Value} between
     */
    critic(d, scale, g, images, z, between) {
      const forged = jax.lax.stopGradient(run(generator, g, z));
      const wide = between.reshape([-1, 1, 1, 1]);
      const mixed = images.ref.add(forged.ref.sub(images.ref).mul(wide));
      const score = (/** @type {Value} */ x) => np.sum(run(discriminator, d, x));
      const slope = jax.grad(score)(mixed);
      const norms = np.sqrt(np.sum(np.square(slope), [1, 2, 3]).add(1e-12));
      const penalty = np.mean(np.square(norms.sub(1))).mul(PENALTY_WEIGHT);
      const loss = np.mean(judge(d, forged)).sub(np.mean(judge(d, images)));
      jax.tree.dispose([d, g]);
      return loss.add(penalty.mul(scale));
    },
  };
}

/** @param {Weights} weights @param {Moments} moments @param {Weights} gradients @param {Value} step @returns {[Weights, Moments]} */
function adam(weights, moments, gradients, step) {
  const { learningRate, beta1, beta2, epsilon } = ADAM;
  const [first, second] = [beta1, beta2].map((beta) => np.subtract(1, np.power(beta, step.ref)));
  step.dispose();
  /** @type {Weights} */
  const next = {};
  /** @type {Moments} */
  const kept = {};
  for (const key of Object.keys(weights)) {
    const [m, v] = moments[key];
    const gradient = gradients[key];
    const mean = m.mul(beta1).add(gradient.ref.mul(1 - beta1));
    const square = v.mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const change = mean.ref
      .div(first.ref)
      .div(np.sqrt(square.ref.div(second.ref)).add(epsilon))
      .mul(learningRate);
    next[key] = weights[key].sub(change);
    kept[key] = [mean, square];
  }
  jax.tree.dispose([first, second]);
  return [next, kept];
}

/**
 * What `jit` makes of an update; any: trees of arrays.
 * @typedef {((...values: any[]) => [Value, Weights, Moments]) & { dispose?(): void }} Compiled
 */

/** A network with what its optimiser keeps. */
class Learner {
  step = 0;

  /** @param {Tensors} numbers */
  constructor(numbers) {
    /** @type {Weights} */
    this.weights = Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, array(value)]));
    /** @type {Moments} */
    this.moments = Object.fromEntries(
      Object.entries(this.weights).map(([key, { shape }]) => [key, [np.zeros(shape), np.zeros(shape)]]),
    );
  }

  /**
   * One update by a compiled function of (weights, moments, step, ...others); answers with the loss.
   * @param {Compiled} compiled
   * @param {...(Weights | Value)} others
   */
  update(compiled, ...others) {
    this.step += 1;
    const [loss, weights, moments] = compiled(this.weights, this.moments, np.array(this.step), ...others);
    Object.assign(this, { weights, moments });
    return loss;
  }

  dispose() {
    jax.tree.dispose([this.weights, this.moments]);
  }
}

/**
 * `jit` without its types, which let trees of arrays through one by one only.
 * @param {(weights: Weights, moments: Moments, step: Value, ...others: any[]) => [Value, Weights, Moments]} update
 * @returns {Compiled}
 */
const jit = (update) => /** @type {any} */ (jax.jit)(update);

/** @param {(...values: any[]) => Value} loss  any: trees of arrays @returns {Compiled} */
const learning = (loss) =>
  jit((weights, moments, step, ...others) => {
    const [value, gradients] = jax.valueAndGrad(loss)(jax.tree.ref(weights), ...others);
    return [value, ...adam(weights, moments, gradients, step)];
  });

/**
 * Likewise, with a penalty that the loss it answers with is without. The penalty is had as a gradient and not by `hasAux`:
 * in jax-js 0.1.25 what `hasAux` hands out still belongs to a trace that has ended, once the loss has a gradient in it.
 * @param {(...values: any[]) => Value} loss
 * @returns {Compiled}
 */
const learningWithPenalty = (loss) =>
  jit((weights, moments, step, ...others) => {
    const [value, [gradients, penalty]] = jax.valueAndGrad(loss, { argnums: [0, 1] })(
      jax.tree.ref(weights),
      np.array(1),
      ...others,
    );
    return [value.sub(penalty), ...adam(weights, moments, gradients, step)];
  });

/** @param {string} work @param {TrainingNumbers} numbers */
function training(work, { networks: numbers, images, latents, between }) {
  const { generator, discriminator, image } = networksOf(work);
  const loss = losses({ generator, discriminator });
  const [g, d] = [new Learner(numbers.generator), new Learner(numbers.discriminator)];
  const real = array(images).reshape([-1, ...image]);
  const z = [latents.discriminator, latents.generator].map(array);
  const mix = array(between);
  const steps = {
    discriminator: learning(loss.discriminator),
    generator: learning(loss.generator),
    critic: learningWithPenalty(loss.critic),
  };
  /** @type {Value[]} */
  let last = [];
  const keep = (/** @type {Value[]} */ ...values) => {
    jax.tree.dispose(last);
    last = values;
  };
  return {
    step() {
      if (work === 'GP') keep(d.update(steps.critic, jax.tree.ref(g.weights), real.ref, z[0].ref, mix.ref));
      else {
        keep(
          d.update(steps.discriminator, jax.tree.ref(g.weights), real.ref, z[0].ref),
          g.update(steps.generator, jax.tree.ref(d.weights), z[1].ref),
        );
      }
      return submit([g.weights, d.weights, last]);
    },
    sync: () => jax.blockUntilReady([g.weights, d.weights, last]),
    check: async () => Promise.all(last.map(async (value) => (await value.ref.data())[0])),
    dispose() {
      keep();
      g.dispose();
      d.dispose();
      jax.tree.dispose([real, z, mix]);
      Object.values(steps).forEach((step) => step.dispose?.());
    },
  };
}

/**
 * A function of its operands, repeated.
 * @param {(...operands: Value[]) => Value[]} compute
 * @param {Value[]} operands
 */
function repeated(compute, operands) {
  const compiled = jax.jit(compute);
  /** @type {Value[]} */
  let last = [];
  return {
    step() {
      jax.tree.dispose(last);
      last = compiled(...operands.map((operand) => operand.ref));
      return submit(last);
    },
    sync: () => jax.blockUntilReady(last),
    check: () => Promise.all(last.map((value) => value.ref.data())),
    dispose() {
      jax.tree.dispose([last, operands]);
      compiled.dispose?.();
    },
  };
}

/** @param {import('../work.js').Params} params @param {Tensors} operands */
function convolution({ face }, { x, w, g }) {
  /** @param {Value} input @param {Value} weight */
  const forward = (input, weight) => jax.lax.conv(input, weight, STRIDES, PADDING);
  /** @param {Value} input @param {Value} weight */
  const transposed = (input, weight) =>
    jax.lax.convTranspose(input, weight, STRIDES, PADDING, { transposeKernel: true });
  const [X, W, G] = [x, w, g].map((operand) => operand && array(operand)); // a face alone needs two of them
  switch (face) {
    case 'forward':
      return repeated((a, b) => [forward(a, b)], [X, W]);
    case 'transposed':
      return repeated((a, b) => [transposed(a, b)], [G, W]);
    case 'forward_gradients':
      return repeated(
        (a, b, c) => {
          const [y, back] = jax.vjp(forward, [a, b]);
          return [y, ...back(c)];
        },
        [X, W, G],
      );
    case 'transposed_gradients':
      return repeated(
        (a, b, c) => {
          const [y, back] = jax.vjp(transposed, [a, b]);
          return [y, ...back(c)];
        },
        [G, W, X],
      );
    default:
      throw new Error(`There is no face "${face}".`);
  }
}

/** @param {'webgpu' | 'wasm'} device @returns {import('../engines.js').Engine} */
const engine = (device) => ({
  name: `jax-js (${device === 'webgpu' ? 'WebGPU' : 'WebAssembly'})`,

  async init() {
    jax = await import('../../vendor/bench/jax/index.js');
    np = jax.numpy;
    const there = await jax.init(device);
    if (!there.includes(device)) throw new Error(`jax-js finds no ${device} here.`);
    jax.defaultDevice(device);
  },

  async make({ key, kind, params }, numbers) {
    jax.defaultDevice(device);
    const tensors = /** @type {Tensors} */ (numbers);
    if (kind === 'matmul') return repeated((a, b) => [np.matmul(a, b)], [array(tensors.a), array(tensors.b)]);
    if (kind === 'conv') return convolution(params, tensors);
    return training(key, /** @type {TrainingNumbers} */ (/** @type {unknown} */ (numbers)));
  },
});

export const webgpu = engine('webgpu');
export const wasm = engine('wasm');
export default webgpu;
