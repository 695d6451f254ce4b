//! An ONNX model under construction: values with names, nodes, constants, and extents that follow the size of a batch.
//!
//! The numbers of fields are those of `onnx.proto` (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>).

use super::protobuf::Message;
use crate::error::{Error, Result};
use crate::game::Trace;
use crate::graph::variable::Variable;
use crate::graph::{Clock, Graph, Op, Tensor, VariableId, Variables};
use crate::shape::Shape;
use std::collections::HashMap;

/// The version of ONNX's operators. Of a later one reductions take their axes otherwise.
pub const OPSET: i64 = 17;
/// What a batch's extent is called.
pub const BATCH: &str = "batch";
/// `TensorProto.DataType`.
const FLOAT: i64 = 1;
pub const INT64: i64 = 7;
pub const BOOL: i64 = 9;

/// The numbers of a run's variables.
pub struct Values<'a> {
    pub variables: &'a Variables,
    /// Those of a variable, or of its average.
    pub of: &'a dyn Fn(&Variable, bool) -> Result<Vec<f32>>,
    /// What the clocks have counted that ramps go by.
    pub clock: &'a dyn Fn(Clock) -> u32,
}

/// An attribute of a node.
pub enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Ints(&'a [usize]),
}

/// How long an axis is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    Fixed(usize),
    /// So many times a batch.
    Batch(usize),
    /// It follows the batch in another way.
    Other,
}

/// An input that is read: what it is, and the tensor that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    pub name: String,
    pub meaning: String,
    pub tensor: Tensor,
    /// Extents; None for a batch of any size.
    pub shape: Vec<Option<usize>>,
}

pub struct Writer<'a> {
    pub graph: &'a Graph,
    trace: &'a Trace,
    pub values: &'a Values<'a>,
    /// For each tensor its shape at twice the batch; None where the batch is of one size.
    twins: Option<HashMap<Tensor, Shape>>,
    /// Tensors that inputs stand for, seen through reshapes: the place of the input in the trace.
    cuts: HashMap<Tensor, usize>,
    names: HashMap<Tensor, String>,
    constants: HashMap<Vec<u8>, String>,
    batch: Option<String>,
    body: Message,
    declared: Message,
    pub inputs: Vec<Port>,
    count: usize,
}

impl<'a> Writer<'a> {
    pub fn new(trace: &'a Trace, values: &'a Values<'a>, twins: Option<HashMap<Tensor, Shape>>) -> Self {
        let graph = &trace.graph;
        let mut cuts = HashMap::new();
        for (at, input) in trace.inputs.iter().enumerate() {
            let base = seen_through(graph, input.tensor);
            // What others need too is no input: a page of one row is the numbers of the classes themselves.
            if !matches!(graph.node(base).op, Op::Iota | Op::Constant(_)) {
                cuts.entry(base).or_insert(at);
            }
        }
        Writer {
            graph,
            trace,
            values,
            twins,
            cuts,
            names: HashMap::new(),
            constants: HashMap::new(),
            batch: None,
            body: Message::default(),
            declared: Message::default(),
            inputs: Vec::new(),
            count: 0,
        }
    }

    /// How long each axis of a tensor is.
    pub fn extents(&self, tensor: Tensor) -> Vec<Extent> {
        let shape = self.graph.shape(tensor);
        let twin = self.twins.as_ref().and_then(|twins| twins.get(&tensor)).unwrap_or(shape);
        let extent = |(&once, &twice): (&usize, &usize)| match twice == once {
            true => Extent::Fixed(once),
            false => self.follows(once),
        };
        shape.iter().zip(twin.iter()).map(extent).collect()
    }

    /// A length that is twice as large for twice the batch.
    pub fn follows(&self, once: usize) -> Extent {
        match once.is_multiple_of(self.trace.count) {
            true => Extent::Batch(once / self.trace.count),
            false => Extent::Other,
        }
    }

    /// The length of an axis that is the same for every batch.
    pub fn fixed(&self, tensor: Tensor, axis: usize) -> Result<usize> {
        match self.extents(tensor)[axis] {
            Extent::Fixed(extent) => Ok(extent),
            _ => Err(follows_the_batch(self.graph.node(tensor).op.name())),
        }
    }

    /// What a value is called; all that it is made of is written first.
    pub fn value(&mut self, tensor: Tensor) -> Result<String> {
        if let Some(name) = self.names.get(&tensor) {
            return Ok(name.clone());
        }
        let name = match self.cut(tensor) {
            Some(input) => self.read(input, tensor)?,
            None => self.op(tensor)?,
        };
        self.names.insert(tensor, name.clone());
        Ok(name)
    }

    /// The input that a tensor is, seen through reshapes.
    fn cut(&self, tensor: Tensor) -> Option<usize> {
        self.cuts.get(&seen_through(self.graph, tensor)).copied()
    }

    /// The input's value in the shape of a tensor of the same elements.
    fn read(&mut self, input: usize, tensor: Tensor) -> Result<String> {
        let named = &self.trace.inputs[input];
        let name = match self.names.get(&named.tensor) {
            Some(name) => name.clone(),
            None => self.declare(&named.name, &named.meaning, named.tensor)?,
        };
        self.names.insert(named.tensor, name.clone());
        if self.graph.shape(tensor) == self.graph.shape(named.tensor) {
            return Ok(name);
        }
        let shape = self.shape_to_reshape(tensor)?;
        Ok(self.node("Reshape", &[&name, &shape], &[]))
    }

    /// Declares an input that stands for a tensor. What a slider sets may be left out: it has a value then.
    pub fn declare(&mut self, name: &str, meaning: &str, tensor: Tensor) -> Result<String> {
        let taken = |name: &str| self.inputs.iter().any(|port| port.name == name);
        let mut own = name.to_string();
        let mut number = 1;
        while taken(&own) {
            number += 1;
            own = format!("{name}_{number}");
        }
        let port = self.port(&own, meaning, tensor)?;
        self.declared.message(11, &value_info(&port));
        let variables = self.values.variables;
        if let Op::Variable(id) = self.graph.node(tensor).op {
            self.initializer(&own, self.graph.shape(tensor), &variables.initial(id, 0));
        }
        self.inputs.push(port);
        Ok(own)
    }

    /// What a tensor is to those outside.
    ///
    /// # Errors
    /// [`Error::Graph`] where an axis follows the batch and is not as long as it.
    pub fn port(&self, name: &str, meaning: &str, tensor: Tensor) -> Result<Port> {
        let of = |extent: Extent| match extent {
            Extent::Fixed(extent) => Ok(Some(extent)),
            Extent::Batch(1) => Ok(None),
            Extent::Batch(_) | Extent::Other => Err(follows_the_batch(self.graph.node(tensor).op.name())),
        };
        let shape = self.extents(tensor).into_iter().map(of).collect::<Result<_>>()?;
        Ok(Port { name: name.into(), meaning: meaning.into(), tensor, shape })
    }

    /// A node with one output.
    pub fn node(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        self.count += 1;
        let name = format!("v{}", self.count);
        self.node_to(op, inputs, attributes, &name);
        name
    }

    fn node_to(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attribute)], output: &str) {
        let mut node = Message::default();
        inputs.iter().for_each(|input| node.text(1, input));
        node.text(2, output);
        node.text(4, op);
        for (name, value) in attributes {
            let mut attribute = Message::default();
            attribute.text(1, name);
            // The last field is `AttributeProto.AttributeType`.
            match value {
                Attribute::Float(value) => {
                    attribute.float(2, *value);
                    attribute.int(20, 1);
                }
                Attribute::Int(value) => {
                    attribute.int(3, *value);
                    attribute.int(20, 2);
                }
                Attribute::Ints(values) => {
                    values.iter().for_each(|&value| attribute.int(8, value as i64));
                    attribute.int(20, 7);
                }
            }
            node.message(5, &attribute);
        }
        self.body.message(1, &node);
    }

    /// Floats of a name of their own.
    pub fn initializer(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        self.body.message(5, &tensor(name, shape, FLOAT, bytemuck::cast_slice(values)));
    }

    fn constant(&mut self, shape: &[usize], kind: i64, bytes: &[u8]) -> String {
        let key = tensor("", shape, kind, bytes).into_bytes();
        if let Some(name) = self.constants.get(&key) {
            return name.clone();
        }
        let name = format!("c{}", self.constants.len());
        self.body.message(5, &tensor(&name, shape, kind, bytes));
        self.constants.insert(key, name.clone());
        name
    }

    /// Constant floats.
    pub fn floats(&mut self, shape: &[usize], values: &[f32]) -> String {
        self.constant(shape, FLOAT, bytemuck::cast_slice(values))
    }

    /// One constant float, a scalar.
    pub fn scalar(&mut self, value: f32) -> String {
        self.floats(&[], &[value])
    }

    /// A constant list of whole numbers.
    pub fn ints(&mut self, values: &[i64]) -> String {
        self.constant(&[values.len()], INT64, bytemuck::cast_slice(values))
    }

    /// What `Reshape` takes to bring something to the shape of a tensor. An axis that follows the batch it works out itself.
    pub fn shape_to_reshape(&mut self, tensor: Tensor) -> Result<String> {
        let extents = self.extents(tensor);
        if extents.iter().filter(|extent| !matches!(extent, Extent::Fixed(_))).count() > 1 {
            return self.shape(&extents);
        }
        let extent = |extent: &Extent| if let Extent::Fixed(extent) = extent { *extent as i64 } else { -1 };
        Ok(self.ints(&extents.iter().map(extent).collect::<Vec<_>>()))
    }

    /// A list of extents as a value.
    pub fn shape(&mut self, extents: &[Extent]) -> Result<String> {
        let fixed = |extent: &Extent| if let Extent::Fixed(extent) = extent { Some(*extent as i64) } else { None };
        if let Some(all) = extents.iter().map(fixed).collect::<Option<Vec<i64>>>() {
            return Ok(self.ints(&all));
        }
        let mut parts = Vec::new();
        for extent in extents {
            parts.push(match *extent {
                Extent::Fixed(extent) => self.ints(&[extent as i64]),
                Extent::Batch(times) => {
                    let (batch, times) = (self.batch()?, self.ints(&[times as i64]));
                    self.node("Mul", &[&batch, &times], &[])
                }
                Extent::Other => return Err(follows_the_batch("shape")),
            });
        }
        if let [only] = &parts[..] {
            return Ok(only.clone());
        }
        let parts: Vec<&str> = parts.iter().map(|part| &part[..]).collect();
        Ok(self.node("Concat", &parts, &[("axis", Attribute::Int(0))]))
    }

    /// How large the batch is, `[1]`: as large as that of an input.
    fn batch(&mut self) -> Result<String> {
        if let Some(batch) = &self.batch {
            return Ok(batch.clone());
        }
        let inputs = &self.trace.inputs;
        let first = inputs.iter().position(|input| {
            self.names.contains_key(&input.tensor) && self.extents(input.tensor).first() == Some(&Extent::Batch(1))
        });
        let Some(first) = first else { return Err(follows_the_batch("shape")) };
        let input = self.names[&inputs[first].tensor].clone();
        let shape = self.node("Shape", &[&input], &[]);
        let (start, end) = (self.ints(&[0]), self.ints(&[1]));
        let batch = self.node("Slice", &[&shape, &start, &end], &[]);
        self.batch = Some(batch.clone());
        Ok(batch)
    }

    /// The variable's numbers as a constant.
    pub fn variable(&mut self, id: VariableId, averaged: bool) -> Result<String> {
        let (variables, of) = (self.values.variables, self.values.of);
        let variable = variables.get(id);
        let network = &variables.networks[variable.network.0].name;
        let name = format!("{}{network}.{}", if averaged { "average." } else { "" }, variable.name);
        self.initializer(&name, &variable.shape, &of(variable, averaged)?);
        Ok(name)
    }

    /// The whole graph, once all outputs have been written: each is a value and its name.
    pub fn finish(mut self, name: &str, outputs: &[(String, Port)]) -> (Message, Vec<Port>) {
        for (value, port) in outputs {
            self.node_to("Identity", &[value], &[], &port.name);
            self.declared.message(12, &value_info(port));
        }
        let mut bytes = self.body.into_bytes();
        bytes.extend(self.declared.into_bytes());
        let mut graph = Message::from(bytes);
        graph.text(2, name);
        (graph, self.inputs)
    }
}

/// A tensor without the reshapes around it.
pub fn seen_through(graph: &Graph, tensor: Tensor) -> Tensor {
    let node = graph.node(tensor);
    match node.op {
        Op::Reshape | Op::StopGradient => seen_through(graph, node.inputs[0]),
        _ => tensor,
    }
}

/// That an op cannot be written for batches of any size.
pub fn follows_the_batch(op: &'static str) -> Error {
    Error::Graph { op, message: "depends on how large the batch is".into() }
}

/// A `ValueInfoProto`.
fn value_info(port: &Port) -> Message {
    let [mut shape, mut kind, mut of_tensor, mut info] = [(); 4].map(|()| Message::default());
    for extent in &port.shape {
        let mut dimension = Message::default();
        match extent {
            Some(extent) => dimension.int(1, *extent as i64),
            None => dimension.text(2, BATCH),
        }
        shape.message(1, &dimension);
    }
    kind.int(1, FLOAT);
    kind.message(2, &shape);
    of_tensor.message(1, &kind);
    info.text(1, &port.name);
    info.message(2, &of_tensor);
    info.text(3, &port.meaning);
    info
}

/// A `TensorProto`.
fn tensor(name: &str, shape: &[usize], kind: i64, bytes: &[u8]) -> Message {
    let mut tensor = Message::default();
    shape.iter().for_each(|&extent| tensor.int(1, extent as i64));
    tensor.int(2, kind);
    tensor.text(8, name);
    tensor.bytes(9, bytes);
    tensor
}
