//! Case files: safetensors whose header lists the cases as JSON, and whose tensors are their numbers.

use crate::error::{Error, Result};
use crate::tensor_file::TensorFile;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the header must say for the file to be one of these.
const FORMAT: &str = "ganvas-check-1";

/// The attributes of any op; each op reads its own (`tests/fixtures/README.md` lists them).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    pub axes: Vec<usize>,
    pub axis: usize,
    pub shape: Vec<usize>,
    pub start: usize,
    pub extent: usize,
    pub step: usize,
    pub rows: usize,
    /// Before, after and between, for each axis (op `pad`).
    pub pads: Vec<[usize; 3]>,
    pub value: f32,
    pub min: f32,
    pub max: f32,
    pub eps: f32,
    pub negative_slope: f32,
    pub transpose_a: bool,
    pub transpose_b: bool,
    pub kernel_size: Vec<usize>,
    pub stride: Vec<usize>,
    pub padding: Vec<usize>,
    pub dilation: Vec<usize>,
    pub output_padding: Vec<usize>,
    /// The spatial extents that the gradient for an input is to have.
    pub size: Vec<usize>,
    /// A layer's network and its name there.
    pub network: String,
    pub name: String,
    pub out_features: usize,
    pub out_channels: usize,
    pub bias: bool,
    pub groups: usize,
    /// `train`, `frozen` or `eval`.
    pub mode: String,
    /// Which of a family of losses.
    pub loss: String,
}

/// One application of an op or layer to named tensors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub op: String,
    #[serde(default)]
    pub attributes: Attributes,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
}

/// Optimiser steps of a whole net, each with its own data: inputs then carry the steps along their first axis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The network that learns; the first output is its loss.
    pub network: String,
    pub steps: usize,
    pub learning_rate: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
}

/// The numbers of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// A case: steps from inputs to outputs, and what is expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// What it is a case of: the row of the table.
    pub of: String,
    pub inputs: Vec<String>,
    pub steps: Vec<Step>,
    pub outputs: Vec<String>,
    /// Inputs and parameters (`network/name`) that gradients are expected for.
    #[serde(default)]
    pub wrt: Vec<String>,
    /// Those of them that second gradients are expected for.
    #[serde(default)]
    pub second: Vec<String>,
    #[serde(default)]
    pub training: Option<Training>,
    /// By kind and name, see [`Case::tensor`].
    #[serde(skip)]
    pub tensors: BTreeMap<(String, String), Values>,
}

impl Case {
    /// A tensor by kind (`value`, `weight`, `output`, `gradient`, `direction`, `second`, `after`) and name.
    pub fn tensor(&self, kind: &str, name: &str) -> Result<&Values> {
        self.tensors
            .get(&(kind.to_string(), name.to_string()))
            .ok_or_else(|| self.broken(format!("the file has no {kind} for `{name}`")))
    }

    /// An error in this case.
    pub fn broken(&self, message: String) -> Error {
        Error::Data { file: format!("case {} ({})", self.name, self.of), field: "case", message }
    }
}

/// Reads a case file; `name` stands in messages.
///
/// # Errors
/// [`Error::Data`] when it is no case file, of another version, or a tensor is missing, stray or not of 32-bit floats.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Case>> {
    let broken = |field, message: String| Error::Data { file: name.to_string(), field, message };
    let file =
        TensorFile::read(bytes).map_err(|error| broken("the file", format!("is not a safetensors file ({error})")))?;
    if file.word("format") != Some(FORMAT) {
        let message = format!("is not a case file: `format` in its header is not {FORMAT}");
        return Err(broken("the header", message));
    }
    let list = file.word("cases").ok_or_else(|| broken("the header", "lists no cases".into()))?;
    let mut cases: Vec<Case> = serde_json::from_str(list)
        .map_err(|error| broken("the list of cases", format!("cannot be understood ({error})")))?;
    for view in file.tensors {
        let key = &view.name;
        let mut parts = key.splitn(3, ':');
        let place = parts.next().and_then(|index| cases.get_mut(index.parse::<usize>().ok()?));
        let (Some(case), Some(kind), Some(tensor)) = (place, parts.next(), parts.next()) else {
            return Err(broken("a tensor", format!("`{key}` belongs to no case")));
        };
        if view.dtype != "F32" {
            return Err(broken("a tensor", format!("`{key}` is {} and must be F32", view.dtype)));
        }
        let bits = view.data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let values = Values { shape: view.shape, values: bits.collect() };
        case.tensors.insert((kind.to_string(), tensor.to_string()), values);
    }
    Ok(cases)
}
