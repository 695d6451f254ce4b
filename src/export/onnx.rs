//! A gallery of a saved run as an ONNX model: what networks make, of inputs with names.

use super::protobuf::Message;
use super::writer::{OPSET, Port, Values, Writer, seen_through};
use crate::backend::Clocks;
use crate::backend::cpu::CpuBackend;
use crate::error::{Error, Result};
use crate::game::{Trace, Traced, Traces};
use crate::graph::variable::Variable;
use crate::graph::{Clock, Effect, Op, Plan, Program, Tensor};
use crate::shape::Shape;
use crate::tensor_file::TensorFile;
use crate::train::{Saved, Settings, Trainer};
use std::collections::HashMap;

/// A model, and what goes in and comes out.
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    pub gallery: &'static str,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    /// Examples that it makes at once; None where that is up to its input.
    pub batch: Option<usize>,
}

/// What goes in and comes out once: names, shapes and numbers.
pub type Example = Vec<(String, Vec<usize>, Vec<f32>)>;

/// The galleries of a stage of a run that can be exported: their keys.
///
/// # Errors
/// Of a game that cannot be built.
pub fn galleries(settings: &Settings, stage: usize) -> Result<Vec<&'static str>> {
    let traces = settings.traces(settings.shape(), stage)?;
    Ok(traces.galleries.iter().map(|gallery| gallery.key).collect())
}

/// What a gallery of a saved run shows as a model; `state` is the file, or one of weights. Where no gallery is named it is the
/// first whose batch is of any size, or the first.
///
/// # Errors
/// [`Error::Checkpoint`] for a file that is no saved run or lacks something, [`Error::Setting`] for a gallery that there is not,
/// and [`Error::Graph`] for an op that has no counterpart in ONNX.
pub fn onnx(state: &[u8], gallery: Option<&str>) -> Result<Exported> {
    let state = State::read(state)?;
    let settings = &state.settings;
    let traces = settings.traces(settings.shape(), state.saved.stage)?;
    let values = Values {
        variables: &traces.variables,
        of: &|variable, averaged| state.numbers(&traces, variable, averaged),
        clock: &|clock: Clock| state.clocks.draw(clock).1,
    };
    let words = [
        ("preset", state.saved.preset.clone()),
        ("step", state.saved.step.to_string()),
        ("seed", settings.seed.to_string()),
    ];
    let mut first = model(find(&traces, gallery)?, &values, &words)?;
    if gallery.is_none() {
        let mut others = traces.galleries.iter().skip(1);
        while first.batch.is_some() {
            let Some(next) = others.next() else { break };
            let next = model(next, &values, &words)?;
            if next.batch.is_none() {
                first = next;
            }
        }
    }
    Ok(first)
}

fn find<'t>(traces: &'t Traces, gallery: Option<&str>) -> Result<&'t Traced> {
    let found = match gallery {
        None => traces.galleries.first(),
        Some(wanted) => traces.galleries.iter().find(|traced| traced.key == wanted),
    };
    found.ok_or_else(|| {
        let known: Vec<&str> = traces.galleries.iter().map(|traced| traced.key).collect();
        let wanted = gallery.unwrap_or_default();
        let message = format!("is “{wanted}”, and what networks make is shown in {}", known.join(", "));
        Error::Setting { key: "gallery".into(), message }
    })
}

/// A gallery as a model with these words about it. Its batch is of any size where the graph allows that.
///
/// # Errors
/// [`Error::Graph`] for an op that has no counterpart in ONNX, and those of the values.
pub fn model(traced: &Traced, values: &Values, words: &[(&str, String)]) -> Result<Exported> {
    let twins = traced.twice.as_ref().and_then(|twice| twins(&traced.trace, twice));
    if let Some(twins) = twins
        && let Ok(exported) = written(traced, values, words, Some(twins))
        // A page that is made of some of the examples stays as large as it is.
        && exported.outputs.iter().all(|port| port.shape.first() == Some(&None))
    {
        return Ok(exported);
    }
    written(traced, values, words, None)
}

fn written(
    traced: &Traced,
    values: &Values,
    words: &[(&str, String)],
    twins: Option<HashMap<Tensor, Shape>>,
) -> Result<Exported> {
    let mut writer = Writer::new(&traced.trace, values, twins);
    let mut outputs = Vec::new();
    for output in &traced.trace.outputs {
        let value = writer.value(output.tensor)?;
        // Names of inputs and outputs are of one kind in ONNX.
        let is_taken = traced.trace.inputs.iter().any(|input| input.name == output.name);
        let name = if is_taken { format!("{}_made", output.name) } else { output.name.clone() };
        outputs.push((value, writer.port(&name, &output.meaning, output.tensor)?));
    }
    let (graph, inputs) = writer.finish(traced.key, &outputs);
    let outputs: Vec<Port> = outputs.into_iter().map(|(_, port)| port).collect();
    let is_any = inputs.iter().chain(&outputs).any(|port| port.shape.contains(&None));
    let batch = (!is_any).then_some(traced.trace.count);

    let mut file = Message::default();
    file.int(1, 8); // the version of the format that came with the operators
    file.text(2, "Ganvas");
    file.text(3, env!("CARGO_PKG_VERSION"));
    file.message(7, &graph);
    let mut operators = Message::default();
    operators.text(1, "");
    operators.int(2, OPSET);
    file.message(8, &operators);
    let ports = [("input", &inputs), ("output", &outputs)];
    let meanings = ports.into_iter().flat_map(|(kind, ports)| {
        ports.iter().map(move |port| (format!("{kind}.{}", port.name), port.meaning.clone()))
    });
    let words = words.iter().map(|(key, value)| (key.to_string(), value.clone()));
    let gallery = [("gallery".to_string(), traced.key.to_string())];
    for (key, value) in words.chain(gallery).chain(meanings) {
        let mut word = Message::default();
        word.text(1, &key);
        word.text(2, &value);
        file.message(14, &word);
    }
    Ok(Exported { bytes: file.into_bytes(), gallery: traced.key, inputs, outputs, batch })
}

/// For each tensor of a trace that its outputs are made of, its shape in that of twice as many examples; None where the two
/// differ in anything else than lengths of axes that are twice as long.
fn twins(once: &Trace, twice: &Trace) -> Option<HashMap<Tensor, Shape>> {
    let cuts: Vec<Tensor> = once.inputs.iter().map(|input| seen_through(&once.graph, input.tensor)).collect();
    let mut partner: HashMap<Tensor, Tensor> = HashMap::new();
    let pairs = |of: fn(&Trace) -> Vec<Tensor>| of(once).into_iter().zip(of(twice));
    if once.outputs.len() != twice.outputs.len() || once.inputs.len() != twice.inputs.len() {
        return None;
    }
    let mut open: Vec<(Tensor, Tensor)> = pairs(|trace| trace.outputs.iter().map(|output| output.tensor).collect())
        .chain(pairs(|trace| trace.inputs.iter().map(|input| input.tensor).collect()))
        .collect();
    while let Some((a, b)) = open.pop() {
        if let Some(known) = partner.get(&a) {
            if *known != b {
                return None;
            }
            continue;
        }
        partner.insert(a, b);
        let (left, right) = (once.graph.node(a), twice.graph.node(b));
        let fits = |(&one, &two): (&usize, &usize)| two == one || two == 2 * one;
        let is_alike = left.shape.rank() == right.shape.rank() && left.shape.iter().zip(right.shape.iter()).all(fits);
        if !is_alike {
            return None;
        }
        if cuts.contains(&a) {
            continue;
        }
        let is_one_op = match (&left.op, &right.op) {
            // One of several batches begins twice as late.
            (&Op::Slice { axis, start, step: 1 }, &Op::Slice { axis: other, start: later, step: 1 })
                if axis == other && left.shape[axis] != right.shape[axis] =>
            {
                later == 2 * start
            }
            (left, right) => left == right,
        };
        if !is_one_op || left.inputs.len() != right.inputs.len() {
            return None;
        }
        open.extend(left.inputs.iter().copied().zip(right.inputs.iter().copied()));
    }
    Some(partner.into_iter().map(|(a, b)| (a, twice.graph.shape(b).clone())).collect())
}

/// A saved run, read.
struct State<'a> {
    file: TensorFile<'a>,
    saved: Saved,
    settings: Settings,
    clocks: Clocks,
}

fn broken(tensor: &str, message: String) -> Error {
    Error::Checkpoint { tensor: tensor.into(), message }
}

impl<'a> State<'a> {
    fn read(bytes: &'a [u8]) -> Result<State<'a>> {
        let saved = Saved::read(bytes)?;
        let file = TensorFile::read(bytes).map_err(|error| broken("the file", format!("cannot be read ({error})")))?;
        // Where it began makes no difference to what it has become.
        let own = saved.settings.iter().filter(|(key, _)| *key != "start").map(|(key, value)| (*key, &value[..]));
        let (settings, problems) = Settings::judge(std::iter::once(("preset", &saved.preset[..])).chain(own));
        if !problems.is_empty() {
            let problems: Vec<String> = problems.into_iter().map(|problem| problem.what).collect();
            return Err(broken("the file", format!("was saved with what is not known here. {}", problems.join(" "))));
        }
        let number = |key: &str| file.word(key).and_then(|word| word.parse().ok()).unwrap_or(0);
        let [discriminator, generator] = ["discriminator_steps", "generator_steps"].map(number);
        let clocks = Clocks { discriminator, generator, ..Clocks::new(settings.seed) };
        Ok(State { file, saved, settings, clocks })
    }

    /// Those of a variable of a trace, or of its average. Files of weights have the average alone, and older files none of
    /// running statistics.
    fn numbers(&self, traces: &Traces, variable: &Variable, averaged: bool) -> Result<Vec<f32>> {
        let key = format!("{}.{}", traces.variables.networks[variable.network.0].name, variable.name);
        let average = averaged.then(|| self.file.tensor(&format!("average.{key}"))).flatten();
        let tensor = average.or_else(|| self.file.tensor(&key)).ok_or_else(|| broken(&key, "is missing".into()))?;
        let values = tensor.floats().filter(|_| tensor.shape == variable.shape[..]).ok_or_else(|| {
            let message = format!("has shape {:?} of {} and should be {}", tensor.shape, tensor.dtype, variable.shape);
            broken(&key, message)
        })?;
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(broken(&key, format!("element {at} is not a finite number"))),
            None => Ok(values),
        }
    }
}

/// What a run makes of inputs of a model of it: those of page 0 of the gallery, whose rows come from these tables.
///
/// # Errors
/// Of a program that cannot be built, and those of the device.
pub async fn example(trainer: &Trainer, exported: &Exported, tables: Vec<Vec<u8>>) -> Result<Example> {
    let traces = trainer.settings().traces(trainer.data(), trainer.stage())?;
    let mut graph = find(&traces, Some(exported.gallery))?.trace.graph.clone();
    let ports: Vec<&Port> = exported.inputs.iter().chain(&exported.outputs).collect();
    let mut flat = Vec::new();
    for port in &ports {
        flat.push(graph.reshape(port.tensor, [graph.shape(port.tensor).elements()])?);
    }
    let value = graph.concat(&flat, 0)?;
    let plan = Plan::new("example", Clock::Sample, &graph, &traces.variables, &[Effect::Output { value }])?;
    let program = Program { variables: traces.variables.clone(), plans: vec![plan] };
    // That of a pair takes no rows.
    let tables = if program.variables.tables.is_empty() { Vec::new() } else { tables };
    let mut backend = CpuBackend::new(program, tables, trainer.settings().seed)?;
    backend.set_clocks(trainer.backend().clocks());
    trainer.copy_networks(&mut backend).await?;
    backend.run(0)?;
    let output = backend.output(0);
    let mut rest = &output[..];
    let mut all = Vec::new();
    for port in ports {
        let shape = graph.shape(port.tensor);
        let (own, others) = rest.split_at(shape.elements());
        all.push((port.name.clone(), shape.to_vec(), own.to_vec()));
        rest = others;
    }
    Ok(all)
}
