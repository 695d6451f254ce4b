//! Gradients of whole networks, as the presets build them, against central differences in f64.
//! (`cpu_gradients.rs` has every op by itself.)

mod common;

use common::differences::central_differences;
use common::{Case, numbers};
use ganvas::backend::Arena;
use ganvas::backend::cpu::CpuBackend;
use ganvas::graph::{Conv, NetworkId, Role, Tensor, VariableId};
use ganvas::nn::{self, AdversarialLoss, Mode, Scope};

/// The discriminator's layers, small: images `[B, 1, 8, 8]` to logits `[B, 1]`.
fn discriminator(case: &mut Case, images: Tensor, groups: usize, mode: Mode) -> (Tensor, NetworkId) {
    let scope = &mut Scope::new(&mut case.graph, &mut case.variables, "discriminator", mode);
    let batch = scope.graph.shape(images)[0];
    let mut x = scope.conv2d("conv1", images, 2, Conv::square(4, 2, 1), true).unwrap();
    x = scope.leaky_relu(x, 0.2).unwrap();
    x = scope.conv2d("conv2", x, 3, Conv::square(3, 2, 1), false).unwrap();
    x = scope.batch_norm("bn", x, groups).unwrap();
    x = scope.leaky_relu(x, 0.2).unwrap();
    x = scope.graph.reshape(x, [batch, 12]).unwrap();
    (scope.linear("linear", x, 1, true).unwrap(), scope.network)
}

/// The generator's layers, small: latents `[B, 3]` to images `[B, 1, 8, 8]`.
fn generator(case: &mut Case, z: Tensor, mode: Mode) -> (Tensor, NetworkId) {
    let scope = &mut Scope::new(&mut case.graph, &mut case.variables, "generator", mode);
    let batch = scope.graph.shape(z)[0];
    let mut x = scope.linear("linear", z, 8, false).unwrap();
    x = scope.batch_norm("bn1", x, 1).unwrap();
    x = scope.relu(x).unwrap();
    x = scope.graph.reshape(x, [batch, 2, 2, 2]).unwrap();
    x = scope.conv_transpose2d("conv1", x, 2, Conv::square(4, 2, 1), false).unwrap();
    x = scope.batch_norm("bn2", x, 1).unwrap();
    x = scope.relu(x).unwrap();
    x = scope.conv_transpose2d("conv2", x, 1, Conv::square(4, 2, 1), true).unwrap();
    (scope.tanh(x).unwrap(), scope.network)
}

/// Compares the gradients of `loss` for all parameters of `network` with central differences.
fn check(what: &str, mut case: Case, loss: Tensor, network: NetworkId) {
    let trained = |(_, variable): &(VariableId, &ganvas::graph::variable::Variable)| {
        variable.network == network && variable.role == Role::Parameter
    };
    let ids: Vec<VariableId> = case.variables.iter().filter(trained).map(|(id, _)| id).collect();
    let parameters: Vec<Tensor> = ids.iter().map(|&id| case.graph.variable(&case.variables, id)).collect();
    let gradients = case.graph.gradients(loss, &parameters).unwrap();
    let flat = case.flat(&gradients);

    // Initial weights are so small that activations hardly move; these are of the size of trained ones.
    let networks = case.variables.networks.len();
    let arenas: Vec<Vec<f64>> = (0..networks)
        .map(|index| numbers(500 + index as u32, case.variables.networks[index].parameter_elements))
        .map(|arena| arena.into_iter().map(|value| 0.8 * value).collect())
        .collect();
    let handles: Vec<NetworkId> = (0..networks)
        .map(|index| {
            let name = case.variables.networks[index].name.clone();
            case.variables.network(&name)
        })
        .collect();
    let backend = |output: Tensor| -> CpuBackend<f64> {
        let mut backend: CpuBackend<f64> = case.backend(case.program(output).unwrap());
        for (&handle, arena) in handles.iter().zip(&arenas) {
            backend.write_f64(handle, Arena::Parameters, arena).unwrap();
        }
        backend
    };
    let mut computed = backend(flat);
    computed.run(0).unwrap();
    let computed = computed.output_f64(0);

    let mut judge = backend(loss);
    let position = handles.iter().position(|&handle| handle == network).unwrap();
    let elements = ids.iter().flat_map(|&id| {
        let variable = case.variables.get(id);
        variable.offset..variable.offset + variable.shape.elements()
    });
    let place = (network, Arena::Parameters);
    let expected = central_differences(&mut judge, place, &arenas[position], elements, 1e-4);
    let largest = expected.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    assert!(largest > 1e-3, "{what}: all gradients vanish, which shows nothing");
    assert_eq!(computed.len(), expected.len());
    let mut worst = 0.0f64;
    for (index, (computed, expected)) in computed.iter().zip(&expected).enumerate() {
        let error = (computed - expected).abs() / largest;
        worst = worst.max(error);
        assert!(error < 1e-8, "{what}: element {index} of the gradient is {computed} and should be {expected}");
    }
    println!("{what}: {} numbers, largest error {worst:.1e} of the largest gradient", expected.len());
}

#[test]
fn the_discriminators_loss() {
    let mut case = Case::default();
    let (real, fake) = (case.input(&[3, 1, 8, 8]), case.input(&[3, 1, 8, 8]));
    let both = case.graph.concat(&[real, fake], 0).unwrap();
    // Two groups: the real and the fake half are normalised apart.
    let (logits, network) = discriminator(&mut case, both, 2, Mode::Train);
    let real = case.graph.slice(logits, 0, 0, 3).unwrap();
    let fake = case.graph.slice(logits, 0, 3, 3).unwrap();
    let loss = nn::discriminator_loss(&mut case.graph, real, fake, AdversarialLoss::NonSaturating).unwrap();
    check("discriminator", case, loss, network);
}

#[test]
fn the_generators_losses() {
    for (mode, generator_loss) in [
        (Mode::Train, AdversarialLoss::NonSaturating),
        (Mode::Train, AdversarialLoss::Minimax),
        (Mode::Eval, AdversarialLoss::NonSaturating),
    ] {
        let mut case = Case::default();
        let z = case.input(&[4, 3]);
        let (images, network) = generator(&mut case, z, mode);
        // The running statistics are variables too: as they start, mean 0 and variance 1.
        let (logits, _) = discriminator(&mut case, images, 1, Mode::Frozen);
        let loss = nn::generator_loss(&mut case.graph, logits, generator_loss).unwrap();
        check(&format!("generator, {mode:?}, {generator_loss:?}"), case, loss, network);
    }
}

/// One pass over two groups is exactly two passes, one for each.
#[test]
fn groups_are_as_good_as_separate_passes() {
    let mut case = Case::default();
    let (real, fake) = (case.input(&[3, 1, 8, 8]), case.input(&[3, 1, 8, 8]));
    let both = case.graph.concat(&[real, fake], 0).unwrap();
    let (together, _) = discriminator(&mut case, both, 2, Mode::Frozen);
    let (first, _) = discriminator(&mut case, real, 1, Mode::Frozen);
    let (second, _) = discriminator(&mut case, fake, 1, Mode::Frozen);
    let apart = case.graph.concat(&[first, second], 0).unwrap();
    common::assert_close("logits", &case.run::<f64>(together), &case.run::<f64>(apart), 1e-14);
}
