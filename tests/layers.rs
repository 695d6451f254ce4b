//! Networks as lists of layers: their text, what each layer makes, what does not fit and what is offered for it; and that
//! the lists of the architectures there are build these.

use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::catalogue::PRESETS;
use ganvas::data::procedural::generated_digits;
use ganvas::data::{DataShape, Examples};
use ganvas::game::Game;
use ganvas::gan::layers::{KINDS, Layer, LayerKind, LayerList, Problem, Task, shape_text};
use ganvas::gan::{
    Architecture, DISCRIMINATOR, GENERATOR, Labels, Norm, Penalty, Preset, Recipe, Upsampling, default_layers,
};
use ganvas::graph::{Program, Role};
use ganvas::train::settings::{Kind, SETTINGS};
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;
use proptest::prelude::*;

fn settings(key: &str) -> Settings {
    Settings::new(Preset::find(key).unwrap())
}

fn list(text: &str) -> LayerList {
    LayerList::parse(text).unwrap_or_else(|misfit| panic!("{text}: {misfit:?}"))
}

fn task(key: &str, is_generator: bool) -> Task {
    let settings = settings(key);
    Task::new(&settings.recipe, settings.shape(), is_generator)
}

fn problem(task: &Task, text: &str) -> Option<Problem> {
    let list = list(text);
    task.problem(&list, &task.check(&list))
}

/// Each layer's output, in the messages' words.
fn outputs(task: &Task, text: &str) -> Vec<String> {
    task.check(&list(text)).rows.iter().map(|row| shape_text(row.output)).collect()
}

fn variables(program: &Program) -> Vec<(String, Vec<usize>, Role)> {
    let mut known = program.variables.clone();
    let generator = known.network(GENERATOR);
    let network = |id| if id == generator { GENERATOR } else { DISCRIMINATOR };
    let all = program.variables.iter();
    all.map(|(_, v)| (format!("{}.{}", network(v.network), v.name), v.shape.to_vec(), v.role)).collect()
}

fn trainer(settings: &Settings) -> Trainer {
    let Examples { shape, tables } = settings.training_data(generated_digits(200, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap_or_else(|error| panic!("{error}"));
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play)
}

fn spelled_out(recipe: &Recipe) -> Recipe {
    let [generator_layers, discriminator_layers] =
        [true, false].map(|is_generator| default_layers(recipe, is_generator));
    Recipe { generator_layers, discriminator_layers, ..*recipe }
}

#[test]
fn a_list_says_itself_again_and_reads_calls_too() {
    let text = "linear-3136 reshape-64-7-7 batch_norm relu spectral_norm conv_transpose2d-32-4-2-1 leaky_relu-0.2 tanh";
    assert_eq!(list(text).to_string(), text);
    let calls = "linear(3136), reshape(64, 7,7)  batch_norm() relu spectral_norm conv_transpose2d (32, 4, 2, 1),leaky_relu(0.2) tanh";
    assert_eq!(list(calls), list(text));
    // PyTorch's defaults.
    assert_eq!(list("conv2d-8-3 leaky_relu upsample").to_string(), "conv2d-8-3-1-0 leaky_relu-0.2 upsample-2");
    assert_eq!(list("").to_string(), "");
    assert!(list("  ").is_empty());
    for row in KINDS {
        let layer = Layer::new(row.kind);
        assert_eq!(list(&layer.to_string()).to_vec(), [layer], "{}", row.name);
    }
}

#[test]
fn what_is_no_list_is_named() {
    let refused = [
        ("relu dense-3", 1, "“dense” is none of the layers there are: linear, conv2d"),
        ("64 linear", 0, "“64” is none of the layers"),
        ("linear relu", 0, "“linear” lacks its out_features"),
        ("relu linear", 1, "“linear” lacks its out_features"),
        ("linear-0", 0, "“0” cannot be out_features: it is a whole number from 1 to 16384"),
        ("linear-2.5", 0, "a whole number"),
        ("linear-99999999999999999999", 0, "a whole number"),
        ("relu-1", 0, "“1” is one argument too many for relu"),
        ("conv2d-8-3-1-0-1", 0, "one argument too many for conv2d"),
        ("relu leaky_relu-2", 1, "“2” cannot be negative_slope: it is a number from 0 to 1"),
        ("linear-NaN", 0, "lacks its out_features"),
    ];
    for (text, layer, message) in refused {
        let misfit = LayerList::parse(text).unwrap_err();
        assert_eq!(misfit.layer, layer, "{text}");
        assert!(misfit.message.contains(message), "{text}: {}", misfit.message);
    }
    let long = "relu ".repeat(LayerList::MOST);
    assert_eq!(list(&long).len(), LayerList::MOST);
    assert!(LayerList::parse(&format!("{long} relu")).unwrap_err().message.contains("at most 32"));
}

/// The counts are those of the variables that are built; 237k and 37k are what DCGAN with 32 channels is known for.
#[test]
fn parameters_are_those_of_the_program() {
    for preset in PRESETS.iter().filter(|preset| preset.is_pair() && preset.recipe.architecture != Architecture::Dirac)
    {
        let settings = Settings::new(preset);
        let program = settings.recipe.program(settings.shape()).unwrap();
        for (name, is_generator) in [(GENERATOR, true), (DISCRIMINATOR, false)] {
            let built: usize = variables(&program)
                .iter()
                .filter(|(key, _, role)| key.starts_with(name) && *role == Role::Parameter)
                .map(|(_, shape, _)| shape.iter().product::<usize>())
                .sum();
            let task = Task::new(&settings.recipe, settings.shape(), is_generator);
            let check = task.check(&default_layers(&settings.recipe, is_generator));
            assert!(check.misfit.is_none(), "{}: {:?}", preset.key, check.misfit);
            let counted: u64 = check.rows.iter().map(|row| row.parameters).sum();
            assert_eq!(counted, built as u64, "{}, {name}", preset.key);
            if preset.key == "dcgan-mnist" {
                assert_eq!(counted / 1000, if is_generator { 234 } else { 36 });
            }
        }
    }
}

#[test]
fn shapes_and_arithmetic_are_the_known_ones() {
    let generator = task("dcgan-mnist", true);
    let text = "linear-3136 reshape-64-7-7 batch_norm relu conv_transpose2d-32-4-2-1 batch_norm relu conv_transpose2d-1-4-2-1 tanh";
    assert_eq!(default_layers(&settings("dcgan-mnist").recipe, true).to_string(), text);
    let wide = ["3136 numbers", "64×7×7", "64×7×7", "64×7×7", "32×14×14", "32×14×14", "32×14×14", "1×28×28", "1×28×28"];
    assert_eq!(outputs(&generator, text), wide);
    let rows = generator.check(&list(text)).rows;
    let flops: Vec<u64> = rows.iter().map(|row| row.flops).filter(|&flops| flops > 0).collect();
    // 64 x 3136; each of 7 x 7 pixels of 64 channels to 4 x 4 of 32; 14 x 14 of 32 to 4 x 4 of one; twice each.
    assert_eq!(flops, [2 * 64 * 3136, 2 * 49 * 64 * 16 * 32, 2 * 196 * 32 * 16]);
    // A norm brings its own bias.
    assert_eq!(rows[0].parameters, 64 * 3136);
    assert_eq!(rows[7].parameters, 32 * 16 + 1);

    let discriminator = task("dcgan-mnist", false);
    let text = "conv2d-16-3-2 zero_pad2d-0-1-0-1 upsample-2 self_attention instance_norm flatten layer_norm linear-1";
    let made =
        ["16×13×13", "16×14×14", "16×28×28", "16×28×28", "16×28×28", "12544 numbers", "12544 numbers", "1 number"];
    assert_eq!(outputs(&discriminator, text), made);
    let attention = &discriminator.check(&list(text)).rows[3];
    // theta and phi have 2 channels, g 8, o 16; 784 pixels look at 196 places.
    assert_eq!(attention.parameters, (2 * 16 * 2 + 2 * 16 * 8) + 1);
    assert_eq!(attention.flops, 2 * 784 * (2 * 16 * 2 + 2 * 16 * 8) + 2 * 784 * 196 * (2 + 8));
}

/// Recipes that the built-in architectures take: each preset's, and other norms and upsamplings.
fn recipes() -> Vec<(String, Settings)> {
    let mut all: Vec<(String, Settings)> = Vec::new();
    for key in ["gan-mnist", "dcgan-mnist", "gan-ring8"] {
        for (g, d) in [(Norm::Batch, Norm::None), (Norm::Layer, Norm::Spectral), (Norm::Spectral, Norm::None)] {
            let mut settings = settings(key);
            (settings.recipe.generator_norm, settings.recipe.discriminator_norm) = (g, d);
            all.push((format!("{key} {g:?} {d:?}"), settings));
        }
    }
    for upsampling in [Upsampling::Uneven, Upsampling::Nearest] {
        let mut settings = settings("dcgan-mnist");
        settings.recipe.upsampling = upsampling;
        all.push((format!("{upsampling:?}"), settings));
    }
    for key in ["dcgan-mnist", "cgan-mnist", "wgan-gp-mnist"] {
        all.push((key.into(), settings(key)));
    }
    let mut told = settings("gan-mnist");
    told.recipe.labels = Labels::Both;
    all.push(("fully connected with labels".into(), told));
    all
}

#[test]
fn the_list_of_an_architecture_has_its_variables() {
    for (name, settings) in recipes() {
        let own = settings.recipe.program(settings.shape()).unwrap();
        let again = spelled_out(&settings.recipe).program(settings.shape()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(variables(&own), variables(&again), "{name}");
    }
}

#[test]
fn the_list_of_an_architecture_learns_bit_for_bit_as_it_does() {
    for (name, mut settings) in recipes() {
        settings.recipe.batch_size = 8;
        settings.recipe.n_critic = 1;
        settings.recipe.critic_warmup = false;
        let rows = |settings: &Settings| {
            let mut trainer = trainer(settings);
            block_on(trainer.run(3, Only::Both)).unwrap();
            block_on(trainer.take_measurements()).unwrap().rows
        };
        let own = rows(&settings);
        settings.recipe = spelled_out(&settings.recipe);
        let bits = |rows: &[ganvas::train::Row]| rows.iter().flatten().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&own), bits(&rows(&settings)), "{name}");
        assert!(own.iter().all(|row| row[1].is_finite() && row[2].is_finite()), "{name}");
    }
}

/// Lists that do not fit: the network, the text, which layer it is about, what the message says, the fix that comes first.
const UNFIT: &[(&str, bool, &str, usize, &str, &str)] = &[
    (
        "dcgan-mnist",
        false,
        "conv2d-32-4-2-1 linear-1",
        1,
        "takes a vector, and gets 32×14×14",
        "Insert flatten before linear-1",
    ),
    (
        "dcgan-mnist",
        true,
        "linear-3000 reshape-64-7-7 relu upsample-4 conv2d-1-3-1-1 tanh",
        1,
        "takes 3136 numbers, and gets 3000",
        "Make layer 1 linear-3136",
    ),
    (
        "dcgan-mnist",
        true,
        "linear-3136 relu conv_transpose2d-32-4-2-1 relu conv_transpose2d-1-4-2-1 tanh",
        2,
        "takes an image, and gets 3136 numbers",
        "reshape-64-7-7",
    ),
    (
        "dcgan-mnist",
        true,
        "linear-3136 reshape-64-7-7 conv_transpose2d-32-4-2-1 relu conv_transpose2d-3-4-2-1 tanh",
        6,
        "ends in 3×28×28",
        "Make layer 5 conv_transpose2d-1-4-2-1",
    ),
    (
        "dcgan-mnist",
        true,
        "linear-3136 reshape-64-7-7 conv_transpose2d-32-4-2-1 tanh",
        4,
        "ends in 32×14×14",
        "Insert conv_transpose2d-1-4-2-1 before tanh",
    ),
    (
        "gan-mnist",
        true,
        "linear-256 relu linear-784 tanh",
        4,
        "ends in 784 numbers",
        "Insert reshape-1-28-28 at the end",
    ),
    ("gan-mnist", true, "linear-256 relu", 2, "ends in 256 numbers", "Insert linear-784 reshape-1-28-28 at the end"),
    (
        "gan-mnist",
        false,
        "flatten linear-64 leaky_relu-0.2 linear-10",
        4,
        "must put out one number, its logit, and ends in 10",
        "Make layer 4 linear-1",
    ),
    ("gan-mnist", false, "conv2d-8-4-2-1 relu", 2, "ends in 8×14×14", "Insert flatten linear-1 at the end"),
    (
        "gan-mnist",
        false,
        "conv2d-8-4-2-1 conv2d-8-11 conv2d-4-11 flatten linear-1",
        2,
        "takes more pixels than its kernel and padding leave, and gets 8×4×4",
        "Make layer 3 conv2d-4-11-1-5",
    ),
    (
        "gan-mnist",
        false,
        "flatten linear-8 spectral_norm relu linear-1",
        2,
        "needs a layer with a weight",
        "Remove spectral_norm",
    ),
    (
        "gan-mnist",
        false,
        "conv2d-4-4-2-1 self_attention flatten linear-1",
        1,
        "takes at least 8 channels",
        "Remove self_attention",
    ),
    (
        "gan-mnist",
        false,
        "flatten instance_norm linear-1",
        1,
        "takes an image, and gets 784 numbers",
        "Make layer 2 layer_norm",
    ),
    (
        "wgan-gp-mnist",
        false,
        "conv2d-8-4-2-1 batch_norm flatten linear-1",
        1,
        "mixes the examples",
        "Make layer 2 layer_norm",
    ),
    ("gan-mnist", false, "flatten linear-16384 linear-1", 1, "at most 8000000", "Make layer 2 linear-8192"),
    ("gan-mnist", false, "conv2d-1024-3-1-1 flatten linear-1", 0, "at most 96 MiB", "Make layer 1 conv2d-128-3-1-1"),
    ("gan-ring8", true, "linear-64 relu linear-3", 3, "ends in 3 numbers", "Make layer 3 linear-2"),
    ("gan-ring8", false, "conv2d-8-3 linear-1", 0, "takes an image, and gets 2 numbers", "Remove conv2d-8-3-1-0"),
];

#[test]
fn the_first_misfit_is_named_with_what_would_work() {
    for (key, is_generator, text, layer, message, fix) in UNFIT {
        let found = problem(&task(key, *is_generator), text).unwrap_or_else(|| panic!("{text} fits"));
        assert!(found.blocks, "{text}");
        assert_eq!(found.layer, *layer, "{text}: {}", found.message);
        assert!(found.message.contains(message), "{text}: {}", found.message);
        let labels: Vec<&str> = found.fixes.iter().map(|fix| &fix.label[..]).collect();
        assert!(labels.first().is_some_and(|first| first.contains(fix)), "{text}: {labels:?}");
    }
}

/// Following the first fix again and again ends, in a list that fits.
fn follow(task: &Task, mut now: LayerList) -> Result<LayerList, String> {
    for _ in 0..=2 * LayerList::MOST {
        let Some(problem) = task.problem(&now, &task.check(&now)).filter(|problem| problem.blocks) else {
            return Ok(now);
        };
        for fix in &problem.fixes {
            if let Some(misfit) = task.check(&fix.layers).misfit {
                let left = |list: &LayerList, layer: usize| list.len() - layer;
                if left(&fix.layers, misfit.layer) >= left(&now, problem.layer) {
                    return Err(format!("{now}: “{}” mends nothing: {}", fix.label, fix.layers));
                }
            }
        }
        now = problem.fixes.first().ok_or_else(|| format!("{now}: no fix for {}", problem.message))?.layers;
    }
    Err(format!("{now}: no end"))
}

#[test]
fn every_fix_mends_and_what_is_mended_can_be_built() {
    for (key, is_generator, text, ..) in UNFIT {
        let mended = follow(&task(key, *is_generator), list(text)).unwrap();
        let mut settings = settings(key);
        let place = if *is_generator {
            &mut settings.recipe.generator_layers
        } else {
            &mut settings.recipe.discriminator_layers
        };
        *place = mended;
        assert!(settings.recipe.program(settings.shape()).is_ok(), "{text}: {mended}");
    }
}

#[test]
fn what_is_only_unwise_is_said_and_can_be_built() {
    let sigmoid = "flatten linear-64 leaky_relu-0.2 linear-1 sigmoid";
    let hint = problem(&task("gan-mnist", false), sigmoid).unwrap();
    assert!(!hint.blocks && hint.layer == 4 && hint.message.contains("logits"));
    assert_eq!(hint.fixes[0].layers, list("flatten linear-64 leaky_relu-0.2 linear-1"));
    let plain = "linear-784 reshape-1-28-28";
    assert_eq!(problem(&task("gan-mnist", true), plain).unwrap().fixes[0].layers, list(&format!("{plain} tanh")));
    let (settings, messages) =
        Settings::resolve([("preset", "gan-mnist"), ("discriminator_layers", sigmoid), ("generator_layers", plain)]);
    assert!(messages.is_empty(), "{messages:?}");
    assert!(settings.recipe.program(settings.shape()).is_ok());
    for preset in PRESETS.iter().filter(|preset| preset.is_pair() && preset.recipe.architecture != Architecture::Dirac)
    {
        for is_generator in [true, false] {
            let list = default_layers(&preset.recipe, is_generator);
            assert!(problem(&task(preset.key, is_generator), &list.to_string()).is_none(), "{}", preset.key);
        }
    }
}

#[test]
fn settings_take_lists_and_say_why_not() {
    let resolved = |raw: &[(&'static str, &'static str)]| Settings::resolve(raw.iter().copied());
    let (settings, messages) = resolved(&[("preset", "gan-ring8"), ("generator_layers", "linear(16) relu linear(2)")]);
    assert!(messages.is_empty(), "{messages:?}");
    assert_eq!(settings.text("generator_layers"), "linear-16 relu linear-2");

    let (settings, messages) = resolved(&[("preset", "gan-ring8"), ("generator_layers", "linear-16 relu linear-3")]);
    assert!(settings.recipe.generator_layers.is_empty());
    assert_eq!(messages.len(), 1);
    for part in ["Generator layers do not fit", "3 numbers", "Make layer 3 linear-2", "the preset\u{2019}s own"] {
        assert!(messages[0].contains(part), "{part}: {messages:?}");
    }
    let (_, messages) = resolved(&[("preset", "gan-ring8"), ("discriminator_layers", "linear-16 dense-1")]);
    assert!(messages.len() == 1 && messages[0].contains("layer 2, “dense” is none of the layers"), "{messages:?}");

    // The list says which norm there is, whatever the setting.
    let critic = "conv2d-8-4-2-1 leaky_relu-0.2 flatten linear-1";
    let (settings, messages) = resolved(&[
        ("preset", "dcgan-mnist"),
        ("penalty", "r1"),
        ("penalty_weight", "10"),
        ("discriminator_layers", critic),
    ]);
    assert!(messages.is_empty(), "{messages:?}");
    assert_eq!(settings.recipe.penalty, Penalty::R1);
    assert_eq!(settings.recipe.discriminator_layers, list(critic));
}

/// Every kind of layer trains, in both networks, also where a penalty asks for second derivatives and labels are told.
#[test]
fn every_kind_of_layer_learns() {
    let generator = "spectral_norm linear-392 layer_norm reshape-8-7-7 relu self_attention upsample-2 conv2d-8-3-1-1 instance_norm \
                     leaky_relu-0.1 conv_transpose2d-4-3-2-1 zero_pad2d-0-1-0-1 batch_norm sigmoid conv2d-1-1 tanh";
    let critic = "conv2d-8-4-2-1 instance_norm leaky_relu-0.2 spectral_norm self_attention tanh flatten layer_norm relu linear-1";
    let used = |kind: LayerKind| list(generator).iter().chain(list(critic).iter()).any(|layer| layer.kind == kind);
    assert!(KINDS.iter().all(|row| used(row.kind)));
    let raw = [
        ("preset", "wgan-gp-mnist"),
        ("labels", "both"),
        ("batch_size", "4"),
        ("n_critic", "1"),
        ("generator_layers", generator),
        ("discriminator_layers", critic),
    ];
    let (settings, messages) = Settings::resolve(raw);
    assert!(messages.is_empty(), "{messages:?}");
    let mut trainer = trainer(&settings);
    block_on(trainer.run(2, Only::Both)).unwrap();
    let measured = block_on(trainer.take_measurements()).unwrap();
    assert_eq!(measured.rows.len(), 2);
    assert!(measured.rows.iter().flatten().all(|value| value.is_finite()), "{measured:?}");
    assert_eq!(measured.broken_update, None);
    let kinds: Vec<String> = variables(trainer.backend().program()).into_iter().map(|(name, ..)| name).collect();
    for name in [
        "generator.linear.weight_orig",
        "generator.conv3.weight",
        "generator.bn3.running_mean",
        "discriminator.attention.gamma",
    ] {
        assert!(kinds.iter().any(|known| known == name), "{name}: {kinds:?}");
    }
}

#[test]
fn a_checkpoint_knows_its_layers() {
    let with = |text: &'static str| {
        Settings::resolve([("preset", "gan-ring8"), ("batch_size", "4"), ("generator_layers", text)]).0
    };
    let mut first = trainer(&with("linear-16 relu linear-2"));
    block_on(first.run(2, Only::Both)).unwrap();
    let file = block_on(first.save()).unwrap();
    assert!(trainer(&with("linear-16 relu linear-2")).load(&file).is_ok());
    let refused = trainer(&with("linear-16 tanh linear-2")).load(&file).unwrap_err().to_string();
    assert!(refused.contains("generator_layers “linear-16 relu linear-2”"), "{refused}");
}

/// Text of layers' names, separators and numbers.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(KINDS.iter().map(|row| row.name.to_string()).collect::<Vec<_>>()),
        proptest::sample::select(
            vec!["-", " ", "(", ")", ",", "é", "\u{0}", "."].into_iter().map(String::from).collect::<Vec<_>>()
        ),
        any::<u32>().prop_map(|number| number.to_string()),
        any::<f32>().prop_map(|number| number.to_string()),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Lists of layers with their arguments anywhere in their ranges.
fn lists() -> impl Strategy<Value = LayerList> {
    let layer = (0..KINDS.len(), any::<[u16; 4]>(), any::<bool>()).prop_map(|(kind, values, small)| {
        let row = &KINDS[kind];
        let arguments: Vec<String> = row
            .arguments
            .iter()
            .zip(values)
            .map(|(argument, value)| {
                let max = if small { argument.max.min(argument.min + 40) } else { argument.max };
                let kept = argument.min + value % (max - argument.min + 1);
                (f64::from(kept) / f64::from(argument.scale)).to_string()
            })
            .collect();
        std::iter::once(row.name.to_string()).chain(arguments).collect::<Vec<_>>().join("-")
    });
    proptest::collection::vec(layer, 1..LayerList::MOST).prop_map(|words| list(&words.join(" ")))
}

proptest! {
    #[test]
    fn reading_never_panics(text in prop_oneof![any::<String>(), texts()]) {
        if let Ok(read) = LayerList::parse(&text) {
            prop_assert_eq!(list(&read.to_string()), read);
        }
    }

    #[test]
    fn any_list_is_judged_and_its_fixes_mend(list in lists(), is_generator in any::<bool>(), preset in 0..PRESETS.len()) {
        let pairs: Vec<_> = PRESETS.iter().filter(|preset| preset.is_pair()).collect();
        let pair = pairs[preset % pairs.len()];
        let recipe = &pair.recipe;
        let task = Task::new(recipe, Settings::new(pair).shape(), is_generator);
        let followed = follow(&task, list);
        // Where there is no room for more layers or weights, nothing may be left to offer.
        let is_full = followed.as_ref().is_err_and(|reason| reason.contains("no fix for"));
        prop_assert!(followed.is_ok() || is_full, "{:?}", followed);
    }

    /// What the check lets pass, the graph takes, with the shapes that were told.
    #[test]
    fn what_fits_can_be_built(start in lists(), is_generator in any::<bool>()) {
        let mut recipe = settings("gan-mnist").recipe;
        recipe.batch_size = 2;
        let data = DataShape::digits(100);
        let task = Task::new(&recipe, data, is_generator);
        let Ok(list) = follow(&task, start) else { return Ok(()) };
        *(if is_generator { &mut recipe.generator_layers } else { &mut recipe.discriminator_layers }) = list;
        let built = recipe.program(data);
        prop_assert!(built.is_ok(), "{}: {:?}", list, built.err());
        let name = if is_generator { GENERATOR } else { DISCRIMINATOR };
        let parameters: usize = variables(&built.unwrap())
            .iter()
            .filter(|(key, _, role)| key.starts_with(name) && *role == Role::Parameter)
            .map(|(_, shape, _)| shape.iter().product::<usize>())
            .sum();
        prop_assert_eq!(task.check(&list).rows.iter().map(|row| row.parameters).sum::<u64>(), parameters as u64);
    }

    /// No buffer of what the check lets pass is larger than WebGPU grants, whatever the batch and also under a penalty.
    #[test]
    fn what_fits_fits_into_buffers(start in lists(), is_generator in any::<bool>(), batch in 6..10u32) {
        let mut recipe = settings("wgan-gp-mnist").recipe;
        recipe.batch_size = 1 << (batch % 10);
        let data = DataShape::digits(1000);
        let Ok(list) = follow(&Task::new(&recipe, data, is_generator), start) else { return Ok(()) };
        *(if is_generator { &mut recipe.generator_layers } else { &mut recipe.discriminator_layers }) = list;
        let program = recipe.program(data);
        prop_assert!(program.is_ok(), "{}: {:?}", list, program.err());
        let largest = program.unwrap().slot_elements().into_iter().max().unwrap_or(0);
        prop_assert!(4 * largest <= 128 << 20, "{} MiB in a batch of {}: {}", largest >> 18, recipe.batch_size, list);
    }
}

/// What the page shows as replaced has no effect beside the lists, and has one without them.
#[test]
fn a_list_stands_in_place_of_the_settings_that_it_replaces() {
    let mut replaced = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| !setting.replaced_by().is_empty()) {
        let values: Vec<String> = match setting.kind {
            Kind::Choice(choices) => choices().into_iter().map(|(key, _)| key.to_string()).collect(),
            Kind::Integer { .. } => ["8", "16"].map(String::from).into(),
            _ => panic!("{} is neither a choice nor a whole number", setting.key),
        };
        let plain = settings("dcgan-mnist");
        let mut with_lists = plain.clone();
        let spelled = spelled_out(&plain.recipe);
        for list in setting.replaced_by() {
            match *list {
                "generator_layers" => with_lists.recipe.generator_layers = spelled.generator_layers,
                "discriminator_layers" => with_lists.recipe.discriminator_layers = spelled.discriminator_layers,
                other => panic!("{other} is no list"),
            }
        }
        let [kept, changed] = [&with_lists, &plain].map(|start| {
            let programs = values.iter().filter_map(|text| {
                let mut settings = start.clone();
                settings.set(setting, text).unwrap();
                let recipe = &settings.recipe;
                let fits = recipe.conflict().is_none() && recipe.misfit(settings.shape()).is_none();
                fits.then(|| variables(&recipe.program(settings.shape()).unwrap()))
            });
            programs.collect::<Vec<_>>()
        });
        assert!(kept.len() > 1 && kept.iter().all(|program| *program == kept[0]), "{} has an effect", setting.key);
        assert!(changed.iter().any(|program| *program != changed[0]), "{} has none without a list", setting.key);
        replaced.push(setting.key);
    }
    let channels = ["generator_channels", "discriminator_channels"];
    assert_eq!(replaced[..4], ["architecture", "generator_norm", "discriminator_norm", "upsampling"]);
    assert_eq!(replaced[4..], channels);
}
