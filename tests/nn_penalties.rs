//! WGAN-GP, R1 and path length: gradients of gradients for the parameters, against an independent second pass through the
//! network by hand and against central differences, and a third derivative.

mod common;
#[path = "common/network.rs"]
mod network;

use common::{Case, assert_close};
use ganvas::graph::{Clock, Conv, Draw, Tensor, Unary};
use ganvas::nn::penalties::{gradient_penalty, path_length, r1, r1_r2};
use ganvas::nn::{Mode, Scope};
use network::{arena_of, check, evaluate, gradients_of, parameters};

const DRAW: Draw = Draw { stream: 5, clock: Clock::Sample };
const SLOPE: f64 = 0.2;

/// Two convolutions and a linear layer, without normalisation, as a WGAN-GP critic must be.
fn critic(scope: &mut Scope, x: Tensor) -> ganvas::Result<Tensor> {
    let batch = scope.graph.shape(x)[0];
    let x = scope.conv2d("conv1", x, 3, Conv::square(4, 2, 1), true)?;
    let x = scope.leaky_relu(x, SLOPE as f32)?;
    let x = scope.conv2d("conv2", x, 4, Conv::square(3, 1, 1), true)?;
    let x = scope.leaky_relu(x, SLOPE as f32)?;
    let x = scope.graph.reshape(x, [batch, 64])?;
    scope.linear("linear", x, 1, true)
}

#[test]
fn the_gradient_penalty_for_every_parameter() {
    let mut case = Case::default();
    let (real, fake) = (case.input(&[3, 2, 8, 8]), case.input(&[3, 2, 8, 8]));
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, "critic", Mode::Train);
    let loss = gradient_penalty(&mut scope, real, fake, DRAW, critic).unwrap().penalty;
    check("WGAN-GP", &mut case, "critic", loss, 1e-6);
}

#[test]
fn r1_for_every_parameter() {
    let mut case = Case::default();
    let real = case.input(&[3, 2, 8, 8]);
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, "critic", Mode::Train);
    let logits = critic(&mut scope, real).unwrap();
    let loss = r1(&mut case.graph, logits, real).unwrap();
    check("R1", &mut case, "critic", loss, 1e-6);
}

#[test]
fn r1_and_r2_are_those_of_each_half_for_every_parameter() {
    let mut case = Case::default();
    let (real, fake) = (case.input(&[3, 2, 8, 8]), case.input(&[3, 2, 8, 8]));
    let both = case.graph.concat(&[real, fake], 0).unwrap();
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, "critic", Mode::Train);
    let logits = critic(&mut scope, both).unwrap();
    let halves = [real, fake].map(|half| {
        let logits = critic(&mut scope, half).unwrap();
        r1(scope.graph, logits, half).unwrap()
    });
    let loss = r1_r2(&mut case.graph, logits, both).unwrap();
    let sum = case.graph.add(halves[0], halves[1]).unwrap();
    assert_close("R1 + R2", &case.run::<f64>(loss), &case.run::<f64>(sum), 1e-12);
    check("R1 and R2", &mut case, "critic", loss, 1e-6);
}

/// A critic W2 leaky(W1 x), differentiated twice by hand in plain loops: forward, back to x, forward along the penalty's
/// own gradient, and outer products.
#[test]
fn both_penalties_equal_a_double_backward_by_hand() {
    const B: usize = 4;
    const N: usize = 5;
    const H: usize = 6;
    for wgan in [true, false] {
        let mut case = Case::default();
        let (real, fake) = (case.input(&[B, N]), case.input(&[B, N]));
        let two_layers = |scope: &mut Scope, x: Tensor| {
            let x = scope.linear("first", x, H, false)?;
            let x = scope.leaky_relu(x, SLOPE as f32)?;
            scope.linear("second", x, 1, false)
        };
        let mut scope = Scope::new(&mut case.graph, &mut case.variables, "critic", Mode::Train);
        let loss = if wgan {
            gradient_penalty(&mut scope, real, fake, DRAW, two_layers).unwrap().penalty
        } else {
            let logits = two_layers(&mut scope, real).unwrap();
            r1(&mut case.graph, logits, real).unwrap()
        };
        let computed = gradients_of(&mut case, "critic", loss);

        let weight = case.graph.uniform(DRAW, [B, 1]);
        let weight = case.run::<f64>(weight);
        let arena = arena_of(&case, "critic");
        let (ids, _) = parameters(&mut case, "critic");
        let [w1, w2] = [0, 1].map(|i| {
            let variable = case.variables.get(ids[i]);
            arena[variable.offset..variable.offset + variable.shape.elements()].to_vec()
        });
        let slope = f64::from(SLOPE as f32);
        let mut expected = vec![0.0; H * N + H];
        for (b, &weight) in weight.iter().enumerate() {
            let x: Vec<f64> = (b * N..(b + 1) * N)
                .map(|i| {
                    let (real, fake) = (case.values[0][i], case.values[1][i]);
                    if wgan { real + weight * (fake - real) } else { real }
                })
                .collect();
            let mask: Vec<f64> = (0..H)
                .map(|h| if (0..N).map(|n| w1[h * N + n] * x[n]).sum::<f64>() > 0.0 { 1.0 } else { slope })
                .collect();
            let delta: Vec<f64> = (0..H).map(|h| w2[h] * mask[h]).collect();
            let g: Vec<f64> = (0..N).map(|n| (0..H).map(|h| delta[h] * w1[h * N + n]).sum()).collect();
            let norm = g.iter().map(|g| g * g).sum::<f64>().sqrt();
            let factor = if wgan { 2.0 * (norm - 1.0) / norm } else { 1.0 } / B as f64;
            let v: Vec<f64> = g.iter().map(|g| factor * g).collect();
            for h in 0..H {
                let tangent = mask[h] * (0..N).map(|n| w1[h * N + n] * v[n]).sum::<f64>();
                expected[H * N + h] += tangent;
                (0..N).for_each(|n| expected[h * N + n] += delta[h] * v[n]);
            }
        }
        let largest = expected.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        assert!(largest > 1e-5, "all gradients vanish, which shows nothing");
        let scaled = |values: &[f64]| values.iter().map(|value| value / largest).collect::<Vec<_>>();
        let what = if wgan { "WGAN-GP" } else { "R1" };
        // The same algebra in f64; WGAN-GP has 1e-12 inside its root.
        assert_close(what, &scaled(&computed), &scaled(&expected), 1e-7);
    }
}

fn generator(scope: &mut Scope, w: Tensor) -> ganvas::Result<Tensor> {
    let batch = scope.graph.shape(w)[0];
    let x = scope.linear("linear", w, 2 * 3 * 3, true)?;
    let x = scope.tanh(x)?;
    let x = scope.graph.reshape(x, [batch, 2, 3, 3])?;
    let style = scope.linear("affine", w, 2, true)?;
    let style = scope.graph.add_scalar(style, 1.0)?;
    let x = scope.modulated_conv2d("conv", x, style, 3, Conv::square(3, 1, 1), true)?;
    scope.tanh(x)
}

#[test]
fn path_length_for_every_parameter_and_its_running_mean() {
    let mut case = Case::default();
    let w = case.input(&[4, 3]);
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, "generator", Mode::Train);
    let images = generator(&mut scope, w).unwrap();
    let loss = path_length(&mut scope, "pl_mean", images, w, DRAW, 0.01).unwrap();
    let effects = scope.effects;
    check("path length", &mut case, "generator", loss, 1e-6);

    // |J^T y| by central differences of <images, y> in w.
    let noise = case.graph.normal(DRAW, [4, 3, 3, 3]);
    let noise = case.graph.mul_scalar(noise, 1.0 / 3.0).unwrap();
    let product = case.graph.mul(images, noise).unwrap();
    let total = case.graph.sum(product, &[1, 2, 3]).unwrap();
    let step = 1e-3;
    let mut lengths = [0.0; 4];
    for index in 0..12 {
        let mut at = |shift: f64| {
            let before = case.values[0][index];
            case.values[0][index] += shift;
            let value = evaluate(&case, total)[index / 3];
            case.values[0][index] = before;
            value
        };
        let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|k| at(k * step));
        lengths[index / 3] += ((a - 8.0 * b + 8.0 * c - d) / (12.0 * step)).powi(2);
    }
    let mean = lengths.iter().map(|square| square.sqrt()).sum::<f64>() / 4.0;
    let [ganvas::graph::Effect::Assign { value, .. }] = effects[..] else { panic!("one running mean is left") };
    let running = evaluate(&case, value)[0];
    assert!((running / (0.01 * mean) - 1.0).abs() < 1e-6, "{running} and {}", 0.01 * mean);
}

/// d/dW of |d/dx |dD/dx|^2|^2: a third derivative, checked against differences of the second.
#[test]
fn a_gradient_of_a_gradient_of_a_gradient() {
    let mut case = Case::default();
    let x = case.input(&[2, 3]);
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, "critic", Mode::Train);
    let hidden = scope.linear("first", x, 4, true).unwrap();
    let hidden = scope.tanh(hidden).unwrap();
    let logits = scope.linear("second", hidden, 2, true).unwrap();
    let mut value = case.graph.unary(Unary::Softplus, logits).unwrap();
    for _ in 0..2 {
        let total = case.graph.sum(value, &[0, 1]).unwrap();
        let gradient = case.graph.gradients(total, &[x]).unwrap()[0];
        value = case.graph.unary(Unary::Square, gradient).unwrap();
    }
    let loss = case.graph.mean_all(value).unwrap();
    check("third order", &mut case, "critic", loss, 1e-6);
}
