//! The rules by which optimisers update parameters; what the constants are is said at [`crate::Real`].

use super::number::Number;
use super::vectorised::vectorised;

/// What a step of gradient descent depends on beside numbers.
#[derive(Clone, Copy)]
pub struct Sgd {
    pub first_update: bool,
    /// False where the momentum is 0.
    pub has_momentum: bool,
    pub nesterov: bool,
}

vectorised! {
    pub fn adam<T: Number>(
        constants: [T; 6], parameters: &mut [T], gradients: &[T], first: &mut [T], second: &mut [T]
    ) {
        let [beta1, beta2, eps, decay, rate, correction2] = constants;
        let moments = first.iter_mut().zip(second);
        for ((p, &g), (m, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
            let g = g + decay * *p;
            *m = beta1 * *m + (T::ONE - beta1) * g;
            *v = beta2 * *v + (T::ONE - beta2) * (g * g);
            *p = *p - rate * *m / ((*v / correction2).sqrt() + eps);
        }
    }
}

vectorised! {
    pub fn average<T: Number>(share: T, parameters: &[T], average: &mut [T]) {
        for (&p, a) in parameters.iter().zip(average) {
            *a = *a + share * (p - *a);
        }
    }
}

pub fn sgd<T: Number>(constants: [T; 4], form: Sgd, parameters: &mut [T], gradients: &[T], momenta: &mut [T]) {
    let [momentum, fresh, decay, rate] = constants;
    for ((p, &g), b) in parameters.iter_mut().zip(gradients).zip(momenta) {
        let g = g + decay * *p;
        *b = if form.first_update { g } else { momentum * *b + fresh * g };
        let step = match (form.has_momentum, form.nesterov) {
            (false, _) => g,
            (true, true) => g + momentum * *b,
            (true, false) => *b,
        };
        *p = *p - rate * step;
    }
}

pub fn rms_prop<T: Number>(
    constants: [T; 5],
    centered: bool,
    parameters: &mut [T],
    gradients: &[T],
    [momenta, squares, means]: [&mut [T]; 3],
) {
    let [alpha, eps, momentum, decay, rate] = constants;
    let kept = momenta.iter_mut().zip(squares).zip(means);
    for ((p, &g), ((b, square), mean)) in parameters.iter_mut().zip(gradients).zip(kept) {
        let g = g + decay * *p;
        *square = alpha * *square + (T::ONE - alpha) * (g * g);
        let mut variance = *square;
        if centered {
            *mean = *mean + (T::ONE - alpha) * (g - *mean);
            variance = *square - *mean * *mean;
        }
        // Rounding may leave it a little below 0.
        let variance = if variance < T::ZERO { T::ZERO } else { variance };
        *b = momentum * *b + g / (variance.sqrt() + eps);
        *p = *p - rate * *b;
    }
}

pub fn clip<T: Number>(limit: T, values: &mut [T]) {
    for value in values {
        // Both comparisons fail for a NaN, which stays one.
        if *value > limit {
            *value = limit;
        } else if *value < T::ZERO - limit {
            *value = T::ZERO - limit;
        }
    }
}
