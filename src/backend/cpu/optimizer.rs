//! The optimiser's update of a whole network at once.

use super::memory::Network;
use super::parallel;
use crate::backend::Updates;
use crate::graph::{Adam, Average, Optimizer, RmsProp, Sgd, UpdateRule};
use ganvas_loops::{Real, rules};

/// Elements updated by one thread at a time.
const PIECE: usize = 1 << 12;

/// A run of elements of all arenas; what the rule does not keep is empty.
struct Piece<'a, T> {
    parameters: &'a mut [T],
    gradients: &'a [T],
    first: &'a mut [T],
    second: &'a mut [T],
    third: &'a mut [T],
    average: &'a mut [T],
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

fn sgd<T: Real>(sgd: &Sgd, rate: T, first_update: bool, piece: &mut Piece<T>) {
    let constants =
        [T::from_f32(sgd.momentum), T::ONE - T::from_f32(sgd.dampening), T::from_f32(sgd.weight_decay), rate];
    let form = rules::Sgd { first_update, has_momentum: sgd.momentum != 0.0, nesterov: sgd.nesterov };
    T::sgd(constants, form, piece.parameters, piece.gradients, piece.first);
}

fn rms_prop<T: Real>(rule: &RmsProp, rate: T, piece: &mut Piece<T>) {
    let [alpha, eps, momentum, decay] = [rule.alpha, rule.eps, rule.momentum, rule.weight_decay].map(T::from_f32);
    let kept = [&mut *piece.first, &mut *piece.second, &mut *piece.third];
    T::rms_prop([alpha, eps, momentum, decay, rate], rule.centered, piece.parameters, piece.gradients, kept);
}

/// Runs of an arena, and empty ones for an arena that is not there.
fn pieces<T>(arena: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    arena.chunks_mut(PIECE).chain(std::iter::repeat_with(Default::default))
}

/// The share of the way that an average goes in the last of these updates. In f32 on every backend: the decay is a
/// constant of the step.
pub fn average_share<T: Real>(average: Average, Updates { count, average_from }: Updates) -> T {
    let kept = (count - average_from) as f32;
    T::ONE - T::from_f32(average.decay.min((1.0 + kept) / (10.0 + kept)))
}

/// The last of a network's updates: they have counted it already.
pub fn update<T: Real>(network: &mut Network<T>, rule: &UpdateRule, learning_rate: T, updates: Updates) {
    let number = updates.count;
    // An update is some ten operations an element.
    let work = 10 * network.parameters.len();
    let gradients = network.gradients.chunks(PIECE);
    let kept = pieces(&mut network.first_moment).zip(pieces(&mut network.second_moment));
    let kept = kept.zip(pieces(&mut network.third_moment)).zip(pieces(&mut network.average));
    let parts = network.parameters.chunks_mut(PIECE).zip(gradients).zip(kept);
    let parts = parts.map(|((parameters, gradients), (((first, second), third), average))| Piece {
        parameters,
        gradients,
        first,
        second,
        third,
        average,
    });
    parallel::for_each(parts.collect(), work, |mut piece| {
        match &rule.optimizer {
            Optimizer::Sgd(rule) => sgd(rule, learning_rate, number == 1, &mut piece),
            Optimizer::RmsProp(rule) => rms_prop(rule, learning_rate, &mut piece),
            Optimizer::Adam(Adam { beta1, beta2, eps, weight_decay }) => {
                let [beta1, beta2, eps, decay] = [*beta1, *beta2, *eps, *weight_decay].map(|value| T::from_f32(value));
                let correction = |beta: T| T::ONE - power(beta, number);
                let constants = [beta1, beta2, eps, decay, learning_rate / correction(beta1), correction(beta2)];
                T::adam(constants, piece.parameters, piece.gradients, piece.first, piece.second);
            }
        }
        if let Some(clip) = rule.clip {
            T::clip(T::from_f32(clip), piece.parameters);
        }
        if let Some(average) = rule.average {
            T::average(average_share(average, updates), piece.parameters, piece.average);
        }
    });
}
