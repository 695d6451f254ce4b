//! The optimiser's update of a whole network at once.

use super::memory::Network;
use super::parallel::{self, vectorised};
use super::real::Real;
use crate::graph::Adam;

/// Elements updated by one thread at a time.
const PIECE: usize = 1 << 13;

/// The constants of one update, in the type of the numbers.
#[derive(Clone, Copy)]
struct Step<T> {
    beta1: T,
    beta2: T,
    eps: T,
    /// The learning rate divided by the first moment's bias correction.
    rate: T,
    /// The second moment's bias correction.
    correction2: T,
}

/// base^exponent by repeated squaring: the shader does the same.
fn power<T: Real>(base: T, mut exponent: u32) -> T {
    let (mut square, mut result) = (base, T::ONE);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * square;
        }
        square = square * square;
        exponent >>= 1;
    }
    result
}

vectorised! {
    fn update<T: Real>(step: Step<T>, parameters: &mut [T], gradients: &[T], first: &mut [T], second: &mut [T]) {
        let Step { beta1, beta2, eps, rate, correction2 } = step;
        let moments = first.iter_mut().zip(second);
        for ((p, &g), (m, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
            *m = beta1 * *m + (T::ONE - beta1) * g;
            *v = beta2 * *v + (T::ONE - beta2) * (g * g);
            *p = *p - rate * *m / ((*v / correction2).sqrt() + eps);
        }
    }
}

/// Adam's update number `number` (from 1), as `torch.optim.Adam` does it.
pub fn adam<T: Real>(network: &mut Network<T>, adam: &Adam, learning_rate: T, number: u32) {
    let (beta1, beta2) = (T::from_f32(adam.beta1), T::from_f32(adam.beta2));
    let correction = |beta: T| T::ONE - power(beta, number);
    let rate = learning_rate / correction(beta1);
    let step = Step { beta1, beta2, eps: T::from_f32(adam.eps), rate, correction2: correction(beta2) };
    let work = network.parameters.len();
    let pieces = network.parameters.chunks_mut(PIECE).zip(network.gradients.chunks(PIECE));
    let moments = network.first_moment.chunks_mut(PIECE).zip(network.second_moment.chunks_mut(PIECE));
    parallel::for_each(pieces.zip(moments).collect(), work, |((parameters, gradients), (first, second))| {
        update(step, parameters, gradients, first, second);
    });
}
