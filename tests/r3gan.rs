//! What defines R3GAN: a loss that looks at pairs, and a penalty at real examples and at fakes.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::{DISCRIMINATOR, GENERATOR, Preset};
use ganvas::train::{Only, Row, Settings, Trainer};
use pollster::block_on;

fn trainer(settings: &Settings) -> Trainer {
    let Examples { shape, tables } = settings.training_data(generated_digits(300, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play)
}

fn resolved(raw: &[(&str, &str)]) -> Settings {
    let (settings, messages) = Settings::resolve(raw.iter().copied());
    assert!(messages.is_empty(), "{messages:?}");
    settings
}

fn run(trainer: &mut Trainer, steps: usize) -> Vec<Row> {
    block_on(trainer.run(steps, Only::Both)).unwrap();
    block_on(trainer.take_measurements()).unwrap().rows
}

/// The only parameter of each of the two smallest networks: where the fake is, and how steep the discriminator.
fn position(trainer: &Trainer) -> [f64; 2] {
    [GENERATOR, DISCRIMINATOR].map(|network| {
        let id = trainer.backend().program().variables.clone().network(network);
        let Backend::Cpu(backend) = trainer.backend() else { panic!("a run on the CPU") };
        f64::from(backend.read(id, Arena::Parameters)[0])
    })
}

/// Huang et al. 2024, proposition 2: with both penalties the game comes to rest. The smallest one shows it.
#[test]
fn the_smallest_game_comes_to_rest_with_the_penalties_and_not_without() {
    let radius = |weight: &str| {
        let raw = [("preset", "dirac-r1"), ("loss", "relativistic"), ("penalty", "r1_r2"), ("penalty_weight", weight)];
        let mut trainer = trainer(&resolved(&raw));
        run(&mut trainer, 500);
        let [fake, slope] = position(&trainer);
        fake.hypot(slope)
    };
    let (without, with) = (radius("0"), radius("0.5"));
    assert!(without > 0.1, "without penalties it takes its time: {without}");
    assert!(with < 1e-3, "with both: {with}");
}

/// D(x) = slope x, real examples at 0: all that is recorded can be worked out.
#[test]
fn a_step_is_that_of_the_paper() {
    let raw = [("preset", "dirac-r1"), ("loss", "relativistic"), ("penalty", "r1_r2"), ("penalty_weight", "0.3")];
    let mut trainer = trainer(&resolved(&raw));
    let [fake, slope] = position(&trainer);
    let rate = f64::from(trainer.settings().discriminator_learning_rate);
    let rows = run(&mut trainer, 1);
    let close = |what: &str, value: f64, expected: f64| {
        assert!((value - expected).abs() < 1e-5, "{what} is {value}, and should be {expected}");
    };
    let margin = slope * fake;
    close("D\u{2019}s loss", rows[0][1], margin.exp().ln_1p());
    close("the slope", rows[0][5], slope.abs());
    let share = 1.0 / (1.0 + (-margin).exp());
    // Each of R1 and R2 is 0.3 / 2 slope^2.
    let steeper = slope - rate * (share * fake + 0.3 * 2.0 * slope);
    let nearer = fake + rate * steeper / (1.0 + (steeper * fake).exp());
    let [after, slope] = position(&trainer);
    close("the discriminator", slope, steeper);
    close("G\u{2019}s loss", rows[0][2], (-steeper * fake).exp().ln_1p());
    close("the generator", after, nearer);
}

#[test]
fn its_networks_have_no_norms_and_batch_norm_is_refused() {
    for key in ["r3gan-ring8", "r3gan-grid25"] {
        let settings = Settings::new(Preset::find(key).unwrap());
        let program = settings.recipe.program(settings.shape()).unwrap();
        assert!(program.variables.iter().all(|(_, variable)| !variable.name.contains("running")), "{key}");
    }
    let (_, messages) = Settings::resolve([("preset", "r3gan-ring8"), ("discriminator_norm", "batch")]);
    assert!(messages.iter().any(|message| message.contains("penalty")), "{messages:?}");
}
