//! What floating-point arithmetic needs care with, in one list: each care, and the test that fails without it.
//!
//! | Care | Test |
//! |---|---|
//! | tanh is 1 beyond 15: tanh(100) is NaN on some drivers | `kernels.rs`: `large_arguments_small_values_and_nan` |
//! | A NaN is told by its bits: x != x may be false for one | `robustness.rs`: `the_first_gradient_that_is_not_finite_is_noted_on_both_backends` |
//! | ReLU, clamp and the larger of two let a NaN through: max(NaN, 0) is 0 | `numerics.rs`: `what_takes_the_larger_lets_a_nan_through` |
//! | ... and no shader takes the larger of two floats in another way | `numerics.rs`: `shaders_keep_to_what_every_driver_computes_alike` |
//! | Random numbers need no sine, cosine or logarithm, which drivers compute differently | `numerics.rs`: `shaders_keep_to_what_every_driver_computes_alike` |
//! | Random numbers are bit for bit the same on both backends | `kernels.rs`: `random_numbers_are_bit_exact_for_every_clock` |
//! | ... and finite for the rarest bits | `numerics.rs`: `the_rarest_random_bits_give_finite_numbers` |
//! | No atomics on floats | `numerics.rs`: `shaders_keep_to_what_every_driver_computes_alike` |
//! | Sums go in a fixed order: a run repeats itself bit for bit | `optimizers.rs`: `two_hundred_steps_are_the_same_bit_for_bit` |
//! | Long sums are accurate | `cpu_fused.rs`: `long_sums_are_accurate` |
//! | Losses take logits: the logarithm of a sigmoid is infinite for a sure one | `numerics.rs`: `losses_of_sure_logits_are_right_with_their_gradients` |
//! | eps is inside the square root: the root's derivative at 0 is infinite | `numerics.rs`: `without_variance_gradients_stay_finite` |
//! | Nothing needs numbers below 1.2e-38, which a device may take as 0 | `numerics.rs`: `updates_by_tiny_gradients_do_not_need_subnormal_numbers` |

mod common;
#[path = "common/gpu.rs"]
mod gpu;
#[path = "common/suite.rs"]
mod suite;

use common::{Case, SEED};
use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::gpu::GpuDevice;
use ganvas::backend::{Arena, Program};
use ganvas::catalogue::PRESETS;
use ganvas::graph::{Adam, Clock, Draw, Effect, Graph, Init, Plan, Role, Tensor, Unary, Variables};
use ganvas::kernel::{self, KERNELS, Tuning};
use ganvas::nn::{
    self, AdversarialLoss, Mode, Scope, discriminator_loss, functional, generator_loss, losses, penalties,
};
use ganvas::rng::NormalTable;
use ganvas::train::Settings;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{Expression, Handle, MathFunction, ScalarKind, TypeInner};
use std::collections::HashSet;
use std::rc::Rc;

/// By the bits: on some drivers `x != x` is false for a NaN.
fn is_nan(value: f32) -> bool {
    value.to_bits() & 0x7FFF_FFFF > 0x7F80_0000
}

/// `output` on the CPU in f32 and on the GPU, each with the backend's name.
fn on_both(device: Option<&Rc<GpuDevice>>, case: &Case, output: Tensor) -> Vec<(&'static str, Vec<f32>)> {
    let single = case.run::<f32>(output).into_iter().map(|value| value as f32).collect();
    let shaded = device.map(|device| {
        let mut backend = gpu::backend_for(device, case, case.program(output).unwrap());
        backend.run(&[0]).unwrap();
        ("GPU", gpu::output(&backend, 0))
    });
    std::iter::once(("CPU", single)).chain(shaded).collect()
}

#[test]
fn what_takes_the_larger_lets_a_nan_through() {
    let device = gpu::device();
    // Signs differ: hardware that makes NaNs makes either.
    for nan in [f64::NAN, -f64::NAN] {
        let mut case = Case::default();
        let x = case.input_of(&[2, 3], vec![nan, 1.0, -2.0, 5.0, -7.0, 6.0]);
        let zero = case.input_of(&[1], vec![0.0]);
        let graph = &mut case.graph;
        // All but the last two look at the elements alone.
        let results = [
            ("relu", functional::relu(graph, x).unwrap()),
            ("leaky_relu", functional::leaky_relu(graph, x, 0.2).unwrap()),
            ("clamp", graph.unary(Unary::Clamp((-1.0).into(), 1.0.into()), x).unwrap()),
            ("maximum(x, 0)", graph.maximum(x, zero).unwrap()),
            ("maximum(0, x)", graph.maximum(zero, x).unwrap()),
            ("minimum(x, 0)", graph.minimum(x, zero).unwrap()),
            ("minimum(0, x)", graph.minimum(zero, x).unwrap()),
            ("max of a row", graph.max(x, &[1]).unwrap()),
            ("max of all", graph.max(x, &[0, 1]).unwrap()),
        ];
        for (what, result) in results {
            for (backend, values) in on_both(device.as_ref(), &case, result) {
                assert!(is_nan(values[0]), "{what} hides a NaN on the {backend}: {values:?}");
                assert!(values[1..].iter().all(|&value| !is_nan(value)), "{what} on the {backend}: {values:?}");
            }
        }
    }
}

/// Functions that may take the larger or smaller of two floats, and why.
const LARGER: [&str; 4] = [
    "larger",   // it has looked for a NaN
    "clamped",  // so has it
    "softplus", // the other summand is NaN then
    "updated",  // the numerator is NaN then, and the update has noted the gradient
];

#[test]
fn shaders_keep_to_what_every_driver_computes_alike() {
    let pairs = PRESETS.iter().filter(|preset| preset.is_pair());
    let presets = pairs.map(|preset| preset.recipe.program(Settings::new(preset).shape()).unwrap());
    let programs =
        presets.chain(suite::all().into_iter().map(|entry| entry.program())).chain([suite::Step::new().program]);
    let mut seen = HashSet::new();
    let mut families = HashSet::new();
    for program in programs {
        let of_devices =
            [false, true].map(|is_software| kernel::lower_plans(&program, &Tuning::for_device(is_software)));
        for launch in of_devices.into_iter().flatten().flatten() {
            let parts = launch.parts.iter();
            families.extend(parts.flat_map(|part| part.steps.iter().copied().chain([part.family])));
            if seen.insert(launch.source.clone()) {
                check_shader(&launch);
            }
        }
    }
    assert_eq!(families.len(), KERNELS.len(), "every kernel is looked at");
}

fn check_shader(launch: &kernel::Launch) {
    let what = launch.label();
    let module = naga::front::wgsl::parse_str(&launch.source).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let info = validator.validate(&module).unwrap_or_else(|error| panic!("{what}: {error}"));
    for (_, variable) in module.global_variables.iter() {
        let is_atomic = match module.types[variable.ty].inner {
            TypeInner::Atomic(_) => true,
            TypeInner::Array { base, .. } => matches!(module.types[base].inner, TypeInner::Atomic(_)),
            _ => false,
        };
        // The least of the numbers of updates: whole numbers, whose order does not matter.
        let binding = variable.binding.map(|binding| launch.bindings[binding.binding as usize].target);
        assert!(!is_atomic || binding == Some(kernel::Target::Controls), "{what}: {:?} is atomic", variable.name);
    }
    let entry = &module.entry_points[0].function;
    let functions = module.functions.iter().map(|(handle, function)| (function, &info[handle]));
    for (function, types) in functions.chain([(entry, info.get_entry_point(0))]) {
        let name = function.name.as_deref().unwrap_or("main");
        let is_float = |argument: Handle<Expression>| {
            types[argument].ty.inner_with(&module.types).scalar_kind() == Some(ScalarKind::Float)
        };
        for (_, expression) in function.expressions.iter() {
            let Expression::Math { fun, arg, .. } = expression else { continue };
            use MathFunction::{Acos, Asin, Atan, Atan2, Clamp, Cos, Max, Min, Saturate, Sin, Sinh, Tan};
            match fun {
                Sin | Cos | Tan | Asin | Acos | Atan | Atan2 | Sinh => {
                    panic!("{what}: {name} uses {fun:?}, which may be wrong by 2^-11")
                }
                Max | Min | Clamp | Saturate if is_float(*arg) => {
                    assert!(LARGER.contains(&name), "{what}: {fun:?} in {name} may hide a NaN")
                }
                _ => {}
            }
        }
        // How noise is made, down to the last bit, is a matter of whole numbers.
        if ["threefry", "normal", "uniform"].iter().any(|word| name.contains(word)) {
            let math = function.expressions.iter().find_map(|(_, expression)| match expression {
                Expression::Math { fun, arg, .. } if is_float(*arg) => Some(*fun),
                _ => None,
            });
            assert_eq!(math, None, "{what}: {name} makes random numbers");
        }
    }
}

#[test]
fn the_rarest_random_bits_give_finite_numbers() {
    let table = NormalTable::shared();
    for bits in [0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, u32::MAX] {
        let value = table.normal(bits);
        assert!(value.is_finite() && value.abs() < 7.0, "{bits:#x} gives {value}");
        assert!((0.0..1.0).contains(&ganvas::rng::uniform(bits)), "{bits:#x}");
    }
}

/// The loss and its gradients for `inputs`, one after another.
fn with_gradients(case: &mut Case, loss: Tensor, inputs: &[Tensor]) -> Tensor {
    let mut parts = vec![loss];
    parts.extend(case.graph.gradients(loss, inputs).unwrap());
    case.flat(&parts)
}

type Build = fn(&mut Graph, Tensor, Tensor) -> ganvas::Result<Tensor>;
/// A loss by its name: how it is built, and what the test gives it and expects of it.
type Loss<'l> = (&'l str, Build, [f64; 2], [f64; 2], &'l [f64]);

#[test]
fn losses_of_sure_logits_are_right_with_their_gradients() {
    let device = gpu::device();
    // The first example of each is wrong and the second right, or both are wrong.
    let cases: [Loss; 6] = [
        (
            "discriminator",
            |graph, real, fake| discriminator_loss(graph, real, fake, AdversarialLoss::NonSaturating),
            [-1000.0, 1000.0],
            [1000.0, -1000.0],
            &[1000.0, -0.5, 0.0, 0.5, 0.0],
        ),
        (
            "discriminator, minimax",
            |graph, real, fake| discriminator_loss(graph, real, fake, AdversarialLoss::Minimax),
            [-1e30, 1e30],
            [1e30, -1e30],
            &[1e30, -0.5, 0.0, 0.5, 0.0],
        ),
        (
            "generator",
            |graph, fake, _| generator_loss(graph, fake, AdversarialLoss::NonSaturating),
            [-1000.0, 1000.0],
            [0.0; 2],
            &[500.0, -0.5, 0.0, 0.0, 0.0],
        ),
        (
            "generator, minimax",
            |graph, fake, _| generator_loss(graph, fake, AdversarialLoss::Minimax),
            [-1000.0, 1000.0],
            [0.0; 2],
            &[-500.0, 0.0, -0.5, 0.0, 0.0],
        ),
        (
            "bce_with_logits",
            losses::bce_with_logits,
            [1000.0, -1000.0],
            [0.0, 1.0],
            &[1000.0, 0.5, -0.5, -500.0, 500.0],
        ),
        (
            "cross_entropy",
            |graph, input, target| {
                let (input, target) = (graph.reshape(input, [1, 2])?, graph.reshape(target, [1, 2])?);
                losses::cross_entropy(graph, input, target)
            },
            [1000.0, -1000.0],
            [0.0, 1.0],
            &[2000.0, 1.0, -1.0, 0.0, 2000.0],
        ),
    ];
    for (what, build, left, right, exact) in cases {
        let mut case = Case::default();
        let (left, right) = (case.input_of(&[2], left.to_vec()), case.input_of(&[2], right.to_vec()));
        let loss = build(&mut case.graph, left, right).unwrap();
        let all = with_gradients(&mut case, loss, &[left, right]);
        for (backend, values) in on_both(device.as_ref(), &case, all) {
            for (value, exact) in values.iter().zip(exact) {
                let error = (f64::from(*value) - exact).abs();
                assert!(error <= 1e-6 * exact.abs(), "{what} on the {backend}: {values:?} and not {exact:?}");
            }
        }
    }

    // What they would be without the care.
    let mut case = Case::default();
    let x = case.input_of(&[1], vec![-1000.0]);
    let sigmoid = case.graph.unary(Unary::Sigmoid, x).unwrap();
    let log = case.graph.unary(Unary::Log, sigmoid).unwrap();
    let all = with_gradients(&mut case, log, &[x]);
    assert!(case.run::<f32>(all).iter().all(|value| !value.is_finite()), "else this test shows nothing");
}

#[test]
fn without_variance_gradients_stay_finite() {
    let device = gpu::device();
    type Build = fn(&mut Scope, Tensor) -> ganvas::Result<Tensor>;
    let layers: [(&str, f64, Build); 6] = [
        ("batch_norm", 3.0, |scope, x| scope.batch_norm("norm", x, 1)),
        ("instance_norm", 3.0, |scope, x| scope.instance_norm("norm", x, true)),
        ("layer_norm", 3.0, |scope, x| scope.layer_norm("norm", x, 3)),
        ("pixel_norm", 0.0, |scope, x| scope.pixel_norm(x)),
        ("minibatch_stddev", 3.0, |scope, x| scope.minibatch_stddev(x, 4)),
        ("gradient_penalty", 3.0, |scope, x| {
            // A critic that does not look: its gradient is zero, where a norm has no derivative.
            let weight = scope.parameter("weight", [2, 4, 4], Init::Constant(0.0))?;
            let draw = Draw { stream: 1, clock: Clock::Sample };
            let penalty = penalties::gradient_penalty(scope, x, x, draw, |scope, x| {
                let product = scope.graph.mul(x, weight)?;
                scope.graph.sum(product, &[1, 2, 3])
            })?;
            let [gradient] = scope.graph.gradients(penalty.penalty, &[weight])?[..] else { unreachable!() };
            Ok(gradient)
        }),
    ];
    for (what, constant, build) in layers {
        let mut case = Case::default();
        let x = case.input_of(&[4, 2, 4, 4], vec![constant; 128]);
        let mut scope = Scope::new(&mut case.graph, &mut case.variables, "net", Mode::Frozen);
        let y = build(&mut scope, x).unwrap();
        // A loss to which the elements matter differently.
        let elements = case.graph.shape(y).elements();
        let shape = case.graph.shape(y).to_vec();
        let weights = case.input_of(&shape, common::numbers(5, elements));
        let product = case.graph.mul(y, weights).unwrap();
        let product = case.flat(&[product]);
        let loss = case.graph.sum(product, &[0]).unwrap();
        let gradient = with_gradients(&mut case, loss, &[x]);
        let all = case.flat(&[y, gradient]);
        for (backend, values) in on_both(device.as_ref(), &case, all) {
            assert!(values.iter().all(|value| value.is_finite()), "{what} on the {backend}: {values:?}");
        }
    }

    // What it would be with eps outside the root.
    let mut case = Case::default();
    let x = case.input_of(&[8], vec![3.0; 8]);
    let graph = &mut case.graph;
    let mean = graph.mean(x, &[0]).unwrap();
    let centered = graph.sub(x, mean).unwrap();
    let square = graph.unary(Unary::Square, centered).unwrap();
    let variance = graph.mean(square, &[0]).unwrap();
    let deviation = graph.unary(Unary::Sqrt, variance).unwrap();
    let with_eps = graph.add_scalar(deviation, 1e-5).unwrap();
    let normal = graph.div(centered, with_eps).unwrap();
    let loss = graph.sum(normal, &[0]).unwrap();
    let all = with_gradients(&mut case, loss, &[x]);
    assert!(case.run::<f32>(all).iter().any(|value| value.is_nan()), "else this test shows nothing");
}

#[test]
fn updates_by_tiny_gradients_do_not_need_subnormal_numbers() {
    const STEPS: usize = 10;
    const RATE: f32 = 0.01;
    // Squared, most of these are below the smallest normal number, and the last are so themselves.
    let gradients: Vec<f32> = (0..64).map(|index| 10f32.powf(-5.0 - index as f32 * 0.62)).collect();
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("network");
    let shape = [gradients.len()];
    let p = variables.variable(network, "p", shape.into(), Role::Parameter, Init::Constant(0.0)).unwrap();
    let g = variables.variable(network, "g", shape.into(), Role::Buffer, Init::Constant(0.0)).unwrap();
    let (p, g) = (graph.variable(&variables, p), graph.variable(&variables, g));
    let product = graph.mul(p, g).unwrap();
    let loss = graph.sum(product, &[0]).unwrap();
    let adam = Adam::default();
    let update = nn::update(&mut graph, &variables, network, loss, adam).unwrap();
    let effects = [update, Effect::Record { columns: vec![graph.constant(1.0, [])] }];
    let plan = Plan::new("step", Clock::Discriminator, &graph, &variables, &effects).unwrap();
    let program = Program { variables, plans: vec![plan] };

    let mut single: CpuBackend<f32> = CpuBackend::new(program.clone(), Vec::new(), SEED).unwrap();
    single.set_learning_rate(network, RATE);
    single.write(network, Arena::Buffers, &gradients).unwrap();
    (0..STEPS).for_each(|_| single.run(0).unwrap());
    let mut results = vec![("CPU", single.read(network, Arena::Parameters))];
    if let Some(device) = gpu::device() {
        let mut shaded = gpu::backend(&device, program, &[], SEED);
        shaded.set_learning_rate(network, RATE);
        shaded.write(network, Arena::Buffers, &gradients).unwrap();
        shaded.run(&[0; STEPS]).unwrap();
        results.push(("GPU", gpu::read(&shaded, network, Arena::Parameters)));
    }
    for (backend, values) in results {
        for (value, gradient) in values.iter().zip(&gradients) {
            // The corrected moments of a gradient that stays the same are it and its square.
            let gradient = f64::from(*gradient);
            let exact = -(STEPS as f64) * f64::from(RATE) * gradient / (gradient + f64::from(adam.eps));
            let error = (f64::from(*value) - exact).abs();
            // What is lost below 1.2e-38 is lost before it is divided by eps.
            assert!(
                error <= 1e-4 * exact.abs() + 1e-29,
                "gradient {gradient:e} on the {backend}: {value:e}, {exact:e}"
            );
        }
    }
}

/// The list above names tests that exist.
#[test]
fn every_test_in_the_list_exists() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let read =
        |file: &str| std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let own = read("numerics.rs");
    let rows: Vec<&str> = own.lines().filter(|line| line.starts_with("//! |")).skip(2).collect();
    assert!(rows.len() >= 13, "{} rows", rows.len());
    for row in rows {
        let names: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let [file, test] = names[..] else { panic!("{row}: a file and a test") };
        assert!(read(file).contains(&format!("#[test]\nfn {test}()")), "{row}: {file} has no such test");
    }
}
