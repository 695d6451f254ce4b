//! What layers do to their weights: spectral norm's iteration, equalised learning rate, initial values; that a frozen
//! network costs no gradient, and what a misfit is told.

mod common;
#[path = "common/network.rs"]
mod network;

use common::{Case, SEED};
use ganvas::backend::Arena;
use ganvas::backend::cpu::CpuBackend;
use ganvas::graph::{Adam, Clock, Conv, Conv3d, Effect, Init, Op, Plan, Program, Role, Tensor, Variables};
use ganvas::nn::{self, Mode, Scope, Weights, init};
use network::{NET, build, evaluate, times, values, verify};

#[test]
fn equalised_weights_and_biases() {
    let mut case = Case::default();
    let x = case.input(&[2, 9]);
    let value = build(&mut case, |scope| {
        scope.weights = Weights::Equalized { gain: 2.0, lr_multiplier: 0.5 };
        scope.linear("linear", x, 3, true)
    });
    let (w, bias) = (values(&case, "linear.weight"), values(&case, "linear.bias"));
    let row = |b: usize| times(&w, &case.values[0][9 * b..9 * b + 9]);
    let expected: Vec<f64> = (0..2)
        .flat_map(|b| row(b).into_iter().zip(&bias).map(|(y, b)| y * 2.0 * 0.5 / 3.0 + 0.5 * b).collect::<Vec<_>>())
        .collect();
    verify("equalised", &mut case, value, &expected);
}

/// The largest singular value of `[rows, columns]`, by many steps of the power iteration.
fn largest_singular_value(matrix: &[f64], columns: usize) -> f64 {
    let mut v: Vec<f64> = (0..columns).map(|i| 1.0 + i as f64 / 7.0).collect();
    let mut sigma = 0.0;
    for _ in 0..5000 {
        let u = times(matrix, &v);
        let back: Vec<f64> =
            (0..columns).map(|c| u.iter().enumerate().map(|(r, u)| u * matrix[r * columns + c]).sum()).collect();
        let length = back.iter().map(|x| x * x).sum::<f64>().sqrt();
        sigma = length.sqrt();
        v = back.iter().map(|x| x / length).collect();
    }
    sigma
}

#[test]
fn spectral_norm_keeps_its_vector_and_finds_the_largest_singular_value() {
    let mut case = Case::default();
    let x = case.input(&[2, 3, 4, 4]);
    let spectral = Weights::Spectral { init: Init::Normal { mean: 0.0, std: 0.5 } };
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, NET, Mode::Train);
    scope.weights = spectral;
    let down = scope.conv2d("down", x, 5, Conv::square(3, 1, 1), false).unwrap();
    let up = scope.conv_transpose2d("up", down, 2, Conv::square(4, 2, 1), false).unwrap();
    let effects = std::mem::take(&mut scope.effects);
    assert_eq!(effects.len(), 2, "one vector for each layer");
    // Central differences would move u and v too, which count as constants; what can be said of the gradient follows.
    let weights: Vec<Tensor> = ["down", "up"]
        .iter()
        .map(|name| {
            let find = |(_, v): &(_, &ganvas::graph::variable::Variable)| v.name == format!("{name}.weight_orig");
            let (id, _) = case.variables.iter().find(find).unwrap();
            case.graph.variable(&case.variables, id)
        })
        .collect();
    let loss = case.graph.mean_all(up).unwrap();
    let gradients = case.graph.gradients(loss, &weights).unwrap();
    // W / sigma has degree 0 in W, so its gradient is at right angles to W.
    for (weight, gradient) in weights.iter().zip(gradients) {
        let (w, g) = (evaluate(&case, *weight), evaluate(&case, gradient));
        let dot: f64 = w.iter().zip(&g).map(|(w, g)| w * g).sum();
        let size = g.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert!(size > 1e-6 && dot.abs() < 1e-9 * size.max(1e-3), "{dot} of {size}");
    }

    let mut output = effects;
    let zero = case.graph.constant(0.0, [1]);
    output.push(Effect::Record { columns: vec![zero] });
    output.push(Effect::Output { value: up });
    let plan = Plan::new("train", Clock::Discriminator, &case.graph, &case.variables, &output).unwrap();
    let mut backend: CpuBackend<f64> =
        CpuBackend::new(Program { variables: case.variables.clone(), plans: vec![plan] }, vec![], SEED).unwrap();
    backend.write_f64(case.network, Arena::Buffers, &case.arena()).unwrap();
    let net = case.variables.network(NET);
    let parameters = backend.read_f64(net, Arena::Parameters);
    let first = backend.read_f64(net, Arena::Buffers);
    for _ in 0..300 {
        backend.run(0).unwrap();
    }
    let buffers = backend.read_f64(net, Arena::Buffers);
    for (name, [a, b], transposed) in [("down", [5, 27], false), ("up", [5, 32], true)] {
        let of = |name: String| case.variables.iter().find(|(_, v)| v.name == name).unwrap().1;
        let weight = of(format!("{name}.weight_orig"));
        let mut matrix = parameters[weight.offset..weight.offset + a * b].to_vec();
        let (mut rows, mut columns) = (a, b);
        if transposed {
            // [5, 2, 4, 4] with its second axis for the rows.
            matrix = (0..160).map(|i| matrix[(i % 80 / 16) * 32 + i / 80 * 16 + i % 16]).collect();
            (rows, columns) = (2, 80);
        }
        let vector = of(format!("{name}.weight_u"));
        assert_eq!(vector.role, Role::Buffer);
        let u = &buffers[vector.offset..vector.offset + rows];
        assert_ne!(u, &first[vector.offset..vector.offset + rows], "the vector has moved");
        assert!((u.iter().map(|u| u * u).sum::<f64>() - 1.0).abs() < 1e-9, "a unit vector");
        let back: f64 =
            (0..columns).map(|c| (0..rows).map(|r| u[r] * matrix[r * columns + c]).sum::<f64>().powi(2)).sum();
        let sigma = largest_singular_value(&matrix, columns);
        assert!((back.sqrt() / sigma - 1.0).abs() < 1e-6, "{name}: {} and {sigma}", back.sqrt());
    }
}

#[test]
fn initial_values() {
    let mut variables = Variables::default();
    let network = variables.network(NET);
    let mut make = |name: &str, shape: &[usize], init: Init| {
        let id = variables.variable(network, name, shape.into(), Role::Parameter, init).unwrap();
        variables.initial(id, 3)
    };
    for (rows, columns) in [(6, 40), (40, 6), (8, 8), (1, 5)] {
        let q = make(&format!("orthogonal{rows}x{columns}"), &[rows, columns], Init::Orthogonal { gain: 2.0 });
        let at = |r: usize, c: usize| f64::from(if rows <= columns { q[r * columns + c] } else { q[c * columns + r] });
        for i in 0..rows.min(columns) {
            for j in 0..rows.min(columns) {
                let dot: f64 = (0..rows.max(columns)).map(|k| at(i, k) * at(j, k)).sum();
                let exact = if i == j { 4.0 } else { 0.0 };
                assert!((dot - exact).abs() < 1e-5, "{rows}x{columns}: {dot} for {exact}");
            }
        }
    }
    let uniform = make("uniform", &[4000], Init::Uniform { low: -1.0, high: 3.0 });
    assert!(uniform.iter().all(|value| (-1.0..3.0).contains(value)));
    // Five standard deviations of the mean of 4000.
    let mean = uniform.iter().sum::<f32>() / 4000.0;
    assert!((mean - 1.0).abs() < 5.0 * (4.0 / 12f32.sqrt()) / 4000f32.sqrt(), "{mean}");

    // As torch.nn.init computes them for a [64, 32, 3, 3] weight: fan_in 288, fan_out 576.
    let shape = [64, 32, 3, 3];
    let close = |init: Init, exact: f32| match init {
        Init::Normal { mean: 0.0, std } => assert!((std - exact).abs() < 1e-6, "{std} and {exact}"),
        Init::Uniform { low, high } => assert!(low == -high && (high - exact).abs() < 1e-6, "{high} and {exact}"),
        other => panic!("{other:?}"),
    };
    close(init::xavier_normal(&shape, 1.0).unwrap(), (2.0f32 / 864.0).sqrt());
    close(init::xavier_uniform(&shape, 1.0).unwrap(), (6.0f32 / 864.0).sqrt());
    close(init::kaiming_normal(&shape, 0.0, init::FanMode::Out).unwrap(), (2.0f32 / 576.0).sqrt());
    close(init::kaiming_uniform(&shape, 5f32.sqrt(), init::FanMode::In).unwrap(), (1.0f32 / 288.0).sqrt());
    assert!(init::xavier_normal(&[3], 1.0).unwrap_err().to_string().contains("[3]"));
}

/// The gradient of a loss for one network builds no weight gradients of the other.
#[test]
fn a_frozen_network_costs_nothing() {
    let mut case = Case::default();
    let z = case.input(&[2, 3, 8, 8]);
    let conv = Conv::square(3, 1, 1);
    let fake = build(&mut case, |scope| scope.conv2d("conv", z, 3, conv, false));
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, "critic", Mode::Frozen);
    scope.weights = Weights::Spectral { init: init::ONES };
    let logits = scope.conv2d("conv", fake, 1, conv, false).unwrap();
    assert!(scope.effects.is_empty(), "a frozen network leaves nothing behind");
    let critic = scope.network;
    let loss = case.graph.mean_all(logits).unwrap();
    let nodes = |case: &Case, tensors: &[Tensor]| {
        let (mut open, mut seen) = (tensors.to_vec(), std::collections::HashSet::new());
        while let Some(tensor) = open.pop() {
            if seen.insert(tensor) {
                open.extend(&case.graph.node(tensor).inputs);
            }
        }
        seen.into_iter().filter(|&t| matches!(case.graph.node(t).op, Op::Conv2dWeightGrad(_))).count()
    };
    let own = case.variables.network(NET);
    let adam = Adam { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };
    let mut count = |network| match nn::update(&mut case.graph, &case.variables, network, loss, adam).unwrap() {
        Effect::Update { gradients, .. } => nodes(&case, &gradients.iter().map(|(_, g)| *g).collect::<Vec<_>>()),
        other => panic!("{other:?}"),
    };
    assert_eq!(count(own), 1, "only the generator's own weight");
    // And the other way round: no gradient for the generator's weight.
    assert_eq!(count(critic), 1);
}

#[test]
fn misfits_are_typed_errors_that_name_the_layer() {
    let mut case = Case::default();
    let (x, v) = (case.input(&[2, 3, 4, 4]), case.input(&[3, 4]));
    let mut scope = Scope::new(&mut case.graph, &mut case.variables, NET, Mode::Train);
    let conv = Conv::square(3, 1, 1);
    let errors = [
        ("linear", scope.linear("a", x, 3, true)),
        ("conv2d", scope.conv2d("b", v, 3, conv, true)),
        ("conv3d", scope.conv3d("c", x, 3, Conv3d::cube(3, 1, 1), true)),
        ("batch_norm", scope.batch_norm("d", x, 3)),
        ("instance_norm", scope.instance_norm("e", v, true)),
        ("layer_norm", scope.layer_norm("f", v, 3)),
        ("conditional norm", scope.conditional_batch_norm("g", x, v, 1)),
        ("spade", scope.spade("h", x, v, 2, 1)),
        ("modulated_conv2d", scope.modulated_conv2d("i", x, v, 2, conv, true)),
        ("self_attention", scope.self_attention("j", x)),
        ("minibatch_stddev", scope.minibatch_stddev(x, 4)),
        ("embedding", scope.embedding("k", v, 3, 2)),
        ("prelu", scope.prelu("l", x, 2)),
        ("spectral_norm", scope.spectral_norm("m", v, 2)),
    ];
    for (name, result) in errors {
        let message = result.map(|_| ()).expect_err(name).to_string();
        assert!(message.starts_with(&format!("{name}: ")) && message.contains('['), "{message}");
    }
    scope.weights = Weights::Equalized { gain: 1.0, lr_multiplier: 0.0 };
    assert!(scope.linear("n", v, 3, true).unwrap_err().to_string().contains("lr_multiplier"));
}
