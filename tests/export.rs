//! Models for use elsewhere: that each preset's generator becomes one, that it is well formed, and that what it shall
//! make is what the run shows. What other programs make of the files is held by `tests/fixtures/exported.py`.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::catalogue::PRESETS;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::export::{self, Values};
use ganvas::game::{Game, Named, Part, Trace, Traced};
use ganvas::gan::Preset;
use ganvas::graph::{Graph, Init, Role, Tensor, Variables};
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;
use std::collections::HashSet;

const DIGITS: usize = 200;

/// A run at its beginning, and the tables of its rows.
fn begun(preset: &'static Preset) -> (Trainer, Vec<Vec<u8>>) {
    let mut settings = Settings::new(preset);
    // Of classes that are made of images, fewer than there are images.
    settings.recipe.classes = settings.recipe.classes.min(20);
    settings.examples = settings.examples.min(DIGITS as u32);
    settings.recipe.batch_size = settings.recipe.batch_size.min(16);
    let Examples { shape, tables } = settings.training_data(generated_digits(DIGITS, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables.clone(), settings.seed).unwrap();
    (Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play), tables)
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn bytes(self) -> &'a [u8] {
        let Field::Bytes(bytes) = self else { panic!("{self:?} is no bytes") };
        bytes
    }

    fn text(self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap()
    }

    fn number(self) -> u64 {
        let Field::Number(number) = self else { panic!("{self:?} is no number") };
        number
    }
}

/// The fields of a message, all of its bytes.
fn fields(bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let (mut at, mut found) = (0, Vec::new());
    let varint = |at: &mut usize| {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let byte = bytes[*at];
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    };
    while at < bytes.len() {
        let key = varint(&mut at);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut at)),
            2 => {
                let length = varint(&mut at) as usize;
                at += length;
                Field::Bytes(&bytes[at - length..at])
            }
            5 => {
                at += 4;
                Field::Bytes(&bytes[at - 4..at])
            }
            other => panic!("wire type {other}"),
        };
        found.push((key >> 3, field));
    }
    found
}

fn all<'a>(message: &[(u64, Field<'a>)], field: u64) -> Vec<Field<'a>> {
    message.iter().filter(|(known, _)| *known == field).map(|(_, value)| *value).collect()
}

fn one<'a>(message: &[(u64, Field<'a>)], field: u64) -> Field<'a> {
    let found = all(message, field);
    assert_eq!(found.len(), 1, "field {field}");
    found[0]
}

/// The name and the extents of a `ValueInfoProto`; None for those that have a name.
fn described(value: &[u8]) -> (String, Vec<Option<usize>>) {
    let value = fields(value);
    let kind = fields(one(&value, 2).bytes());
    let of_tensor = fields(one(&kind, 1).bytes());
    assert_eq!(one(&of_tensor, 1).number(), 1, "all are floats");
    let extents = all(&fields(one(&of_tensor, 2).bytes()), 1).into_iter().map(|dimension| {
        let dimension = fields(dimension.bytes());
        all(&dimension, 1).first().map(|extent| extent.number() as usize)
    });
    (one(&value, 1).text().into(), extents.collect())
}

/// Operators of version 17 that the engine's ops become.
const OPERATORS: [&str; 41] = [
    "Abs",
    "Add",
    "Cast",
    "Clip",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Div",
    "Equal",
    "Exp",
    "Expand",
    "Floor",
    "Gather",
    "Gemm",
    "Greater",
    "Identity",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "MatMul",
    "Max",
    "Min",
    "Mul",
    "Neg",
    "Pad",
    "Reciprocal",
    "ReduceMax",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Shape",
    "Sigmoid",
    "Sign",
    "Slice",
    "Softplus",
    "Sqrt",
    "Sub",
    "Tanh",
    "Transpose",
    "Where",
];

/// Checks the file of a model; answers with the names of its constants and their floats.
fn checked(bytes: &[u8], case: &str) -> Vec<(String, Vec<f32>)> {
    let model = fields(bytes);
    assert_eq!(one(&model, 1).number(), 8, "{case}");
    assert_eq!(one(&model, 2).text(), "Ganvas", "{case}");
    assert_eq!(one(&fields(one(&model, 8).bytes()), 2).number(), 17, "{case}");
    let graph = fields(one(&model, 7).bytes());
    let mut known: HashSet<String> = HashSet::new();
    let mut constants = Vec::new();
    for tensor in all(&graph, 5) {
        let tensor = fields(tensor.bytes());
        let elements: u64 = all(&tensor, 1).into_iter().map(Field::number).product();
        let (name, data) = (one(&tensor, 8).text(), one(&tensor, 9).bytes());
        let width = match one(&tensor, 2).number() {
            1 => 4,
            7 => 8,
            other => panic!("{case}: {name} is of type {other}"),
        };
        assert_eq!(data.len() as u64, width * elements, "{case}: {name}");
        assert!(known.insert(name.into()), "{case}: {name} comes twice");
        let floats = data.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
        constants.push((name.to_string(), if width == 4 { floats.collect() } else { Vec::new() }));
    }
    for input in all(&graph, 11) {
        known.insert(described(input.bytes()).0);
    }
    for node in all(&graph, 1) {
        let node = fields(node.bytes());
        let operator = one(&node, 4).text();
        assert!(OPERATORS.contains(&operator), "{case}: {operator}");
        for input in all(&node, 1) {
            assert!(known.contains(input.text()), "{case}: {operator} reads {} before it is made", input.text());
        }
        assert!(known.insert(one(&node, 2).text().into()), "{case}: {} is made twice", one(&node, 2).text());
    }
    let outputs = all(&graph, 12);
    assert!(!outputs.is_empty(), "{case}");
    for output in outputs {
        assert!(known.contains(&described(output.bytes()).0), "{case}");
    }
    constants
}

/// The parts of a gallery in what it puts out.
fn parts<'o>(parts: &[Part], count: usize, output: &'o [f32]) -> Vec<&'o [f32]> {
    let mut rest = output;
    let mut found = Vec::new();
    for part in parts {
        let (own, others) = rest.split_at(count * part.numbers());
        found.push(own);
        rest = others;
    }
    found
}

/// Whether one is the other, or its copy in each of three channels.
fn is_it(part: &[f32], made: &[f32]) -> bool {
    let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5;
    match part.len() == 3 * made.len() {
        true => part.chunks(3 * 784).zip(made.chunks(784)).all(|(part, made)| part.iter().zip(made).all(near)),
        false => part.len() == made.len() && part.iter().zip(made).all(near),
    }
}

#[test]
fn each_preset_has_a_model_of_what_it_shows() {
    for preset in PRESETS.iter() {
        let (mut trainer, tables) = begun(preset);
        let state = block_on(trainer.save()).unwrap();
        let galleries = export::galleries(trainer.settings(), trainer.stage()).unwrap();
        assert!(!galleries.is_empty(), "{} has nothing to export", preset.key);
        for key in galleries {
            let case = format!("{}, {key}", preset.key);
            let exported = export::onnx(&state, Some(key)).unwrap_or_else(|why| panic!("{case}: {why}"));
            checked(&exported.bytes, &case);
            let example = block_on(export::example(&trainer, &exported, tables.clone())).unwrap();
            let gallery = trainer.play().gallery(key).unwrap().clone();
            let output = block_on(trainer.put_out(key, None, 0)).unwrap();
            let parts = parts(&gallery.parts, gallery.layout.count(), &output);
            for (name, _, made) in &example[exported.inputs.len()..] {
                assert!(made.iter().all(|value| value.is_finite()), "{case}");
                // Classes that are groups come in random order on a page, and in a row in a model.
                let is_shown = trainer.data().groups.is_some() || parts.iter().any(|part| is_it(part, made));
                assert!(is_shown, "{case}: {name} is not what the gallery shows");
            }
        }
    }
}

#[test]
fn inputs_and_batches_are_as_the_games_have_them() {
    let of = |key: &str, gallery: &str| {
        let (trainer, _) = begun(Preset::find(key).unwrap());
        let exported = export::onnx(&block_on(trainer.save()).unwrap(), Some(gallery)).unwrap();
        let ports = exported.inputs.iter().chain(&exported.outputs);
        let said: Vec<String> = ports.map(|port| format!("{} {:?}", port.name, port.shape)).collect();
        (said.join("; "), exported.batch)
    };
    let image = "[None, Some(1), Some(28), Some(28)]";
    assert_eq!(of("dcgan-mnist", "samples"), (format!("z [None, Some(64)]; images {image}"), None));
    let told = format!("z [None, Some(64)]; label [None, Some(1)]; images {image}");
    assert_eq!(of("cgan-mnist", "samples"), (told, None));
    assert_eq!(of("cyclegan-edges", "a_to_b"), (format!("a_example {image}; images {image}"), None));
    let (styled, batch) = of("stylegan-mnist", "samples");
    assert!(styled.starts_with("z [None, Some(64)]; psi []; noise "), "{styled}");
    assert_eq!(batch, None);
    // Each of a page that mixes all with all looks at others of its page.
    assert_eq!(of("stylegan-mnist", "mixing").1, Some(64));
}

#[test]
fn averages_stand_for_weights_where_a_run_has_them() {
    let (mut trainer, _) = begun(Preset::find("quick-mnist").unwrap());
    block_on(trainer.run(3, Only::Both)).unwrap();
    let constants = checked(&export::onnx(&block_on(trainer.save()).unwrap(), None).unwrap().bytes, "quick-mnist");
    let program = trainer.backend().program().clone();
    let (id, _) = program.variables.networks().find(|(_, name)| *name == "generator").unwrap();
    let [weights, averages] =
        [Arena::Parameters, Arena::Average].map(|arena| block_on(trainer.read(id, arena)).unwrap());
    let mut seen = 0;
    for (variable, described) in program.variables.iter().filter(|(_, variable)| variable.network == id) {
        let name = format!("average.generator.{}", described.name);
        let Some((_, values)) = constants.iter().find(|(known, _)| *known == name) else { continue };
        let at = program.variables.average_offset(variable);
        assert_eq!(values[..], averages[at..][..values.len()], "{name}");
        if described.role == Role::Parameter {
            assert_ne!(values[..], weights[described.offset..][..values.len()], "{name}");
            seen += 1;
        }
    }
    assert!(seen > 2, "{:?}", constants.iter().map(|(name, _)| name).collect::<Vec<_>>());
}

/// A gallery of one output, made of z `[count, 3]` and a weight `[2, 3]`.
fn made(body: impl Fn(&mut Graph, Tensor, Tensor) -> Tensor) -> Result<Option<usize>, String> {
    let mut variables = Variables::default();
    let network = variables.network("generator");
    let init = Init::Constant(0.5);
    let weight = variables.variable(network, "weight", [2, 3].into(), Role::Parameter, init).unwrap();
    let trace = |count: usize| {
        let mut graph = Graph::new();
        let draw = ganvas::graph::Draw { stream: 1, clock: ganvas::graph::Clock::Sample };
        let z = graph.normal(draw, [count, 3]);
        let weight = graph.variable(&variables, weight);
        let tensor = body(&mut graph, z, weight);
        let named = |name: &str, tensor: Tensor| vec![Named { name: name.into(), meaning: String::new(), tensor }];
        Trace { graph, inputs: named("z", z), outputs: named("points", tensor), count }
    };
    let traced = Traced { key: "samples", name: "", trace: trace(4), twice: Some(trace(8)) };
    let of = |_: &ganvas::graph::variable::Variable, _: bool| Ok(vec![0.5; 6]);
    let values = Values { variables: &variables, of: &of, clock: &|_| 0 };
    let exported = export::model(&traced, &values, &[]).map_err(|why| why.to_string())?;
    checked(&exported.bytes, "a graph");
    Ok(exported.batch)
}

#[test]
fn what_cannot_be_exported_is_named() {
    let product = |graph: &mut Graph, z: Tensor, w: Tensor| graph.matmul(z, w, false, true).unwrap();
    assert_eq!(made(product), Ok(None));
    // Of a mean over the batch the divisor is a constant of the graph.
    let mean = |graph: &mut Graph, z: Tensor, w: Tensor| {
        let made = product(graph, z, w);
        let mean = graph.mean(made, &[0]).unwrap();
        graph.sub(made, mean).unwrap()
    };
    assert_eq!(made(mean), Ok(Some(4)));
    let scattered = |graph: &mut Graph, z: Tensor, w: Tensor| {
        let rows = product(graph, z, w);
        let numbers = graph.iota(graph.shape(rows)[0]).unwrap();
        graph.scatter_add(rows, numbers, 9).unwrap()
    };
    let error = made(scattered).unwrap_err();
    assert!(error.starts_with("scatter_add: is of training"), "{error}");
    let (trainer, _) = begun(Preset::find("cyclegan-edges").unwrap());
    let state = block_on(trainer.save()).unwrap();
    let error = export::onnx(&state, Some("samples")).err().unwrap().to_string();
    assert!(error.contains("“samples”") && error.contains("a_to_b, b_to_a"), "{error}");
    let error = export::onnx(b"no state", None).err().unwrap().to_string();
    assert!(error.contains("is no saved run"), "{error}");
    // A file of another run than it says.
    let (other, _) = begun(Preset::find("gan-mnist").unwrap());
    let state = block_on(other.save()).unwrap();
    let at = state.windows(9).position(|bytes| bytes == b"gan-mnist").unwrap();
    let renamed = [&state[..at], b"cgan-mnis", &state[at + 9..]].concat();
    let error = export::onnx(&renamed, None).err().unwrap().to_string();
    assert!(error.contains("There is no preset “cgan-mnis”"), "{error}");
}
