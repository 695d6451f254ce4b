//! What each layer of a list makes of what it gets, and the first that does not fit.

use super::{Layer, LayerKind, LayerList, Misfit};
use crate::data::{DataShape, Form};
use crate::gan::choices::{Labels, Penalty};
use crate::gan::recipe::Recipe;

/// What one layer, and all of a network, keep for a whole batch, in MiB: WebGPU grants 128 in one buffer.
const MOST_LAYER_MIB: u64 = 96;
const MOST_MIB: u64 = 256;
const MOST_PARAMETERS: u64 = 8_000_000;
/// For one example.
const MOST_MFLOP: u64 = 250;

/// What a layer hands on, without the batch: `[C, H, W]` of an image, `[N, 0, 0]` of a vector.
pub type Extents = [u64; 3];

/// What a layer puts out and needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub output: Extents,
    /// Trainable numbers.
    pub parameters: u64,
    /// Of products and convolutions, for one example: two for each multiplication with its addition. What is done to each
    /// number by itself counts as none.
    pub flops: u64,
    /// Numbers of one example that are kept in memory, about.
    kept: u64,
}

/// What a network has to do.
#[derive(Clone, Debug)]
pub struct Task {
    pub is_generator: bool,
    /// The latent with the label behind it, or an example.
    pub input: Extents,
    pub output: Extents,
    /// Classes that a discriminator is told beside the image; 0 for none.
    labels: u64,
    /// Classes that are projected onto what goes into its last layer; 0 for none.
    projected: u64,
    /// Examples that go through it at once.
    examples: u64,
    /// Whether a penalty looks at each example's own gradient.
    is_penalised: bool,
}

/// A list looked through.
#[derive(Clone, Debug)]
pub struct Check {
    /// Of the layers before the first that does not fit.
    pub rows: Vec<Row>,
    /// The first that does not fit; the length of the list where its end does not.
    pub misfit: Option<Misfit>,
}

impl Task {
    /// What G (or D) of a recipe has to do.
    pub fn new(recipe: &Recipe, data: DataShape, is_generator: bool) -> Task {
        let labels = if recipe.labels == Labels::None { 0 } else { data.classes as u64 };
        let example = match data.form {
            Form::Image { channels, height, width } => [channels, height, width].map(|extent| extent as u64),
            Form::Map { .. } | Form::Volume { .. } | Form::Point { .. } => [data.form.numbers() as u64, 0, 0],
        };
        let [columns, rows] = recipe.page(data);
        Task {
            is_generator,
            input: if is_generator { [recipe.latent_dim as u64 + labels, 0, 0] } else { example },
            output: if is_generator { example } else { [1, 0, 0] },
            labels: if is_generator || recipe.labels == Labels::Projection { 0 } else { labels },
            projected: if !is_generator && recipe.labels == Labels::Projection { labels } else { 0 },
            // Real ones and fakes at once, or a page of samples.
            examples: (2 * recipe.batch_size).max(columns * rows) as u64,
            is_penalised: !is_generator && recipe.penalty != Penalty::None,
        }
    }

    /// Looks a list through.
    #[inline(never)]
    pub fn check(&self, list: &LayerList) -> Check {
        let (mut rows, mut now): (Vec<Row>, _) = (Vec::with_capacity(list.len()), self.input);
        let mut total = Row { output: now, parameters: 0, flops: 0, kept: 0 };
        // Labels are planes beside the image, or numbers beside the pixels of a network that begins by flattening.
        let is_flat = list.first().is_some_and(|layer| layer.kind == LayerKind::Flatten);
        if !is_flat {
            now[0] += self.labels;
        }
        for index in 0..list.len() {
            let row = row(list, index, now).and_then(|mut row| {
                if index == 0 && is_flat {
                    row.output[0] += self.labels;
                }
                if self.projected > 0 && index + 1 == list.len() {
                    self.project(list[index].kind, now, &mut row)?;
                }
                total.parameters += row.parameters;
                total.flops += row.flops;
                total.kept += row.kept;
                self.limits(list[index].kind, &row, &total)?;
                Ok(row)
            });
            match row {
                Ok(row) => {
                    now = row.output;
                    rows.push(row);
                }
                Err(message) => return Check { rows, misfit: Some(Misfit { layer: index, message }) },
            }
        }
        if now == self.output {
            return Check { rows, misfit: None };
        }
        let wanted = match self.is_generator {
            true => format!("must put out examples as the data are, {}", shape_text(self.output)),
            false => "must put out one number, its logit".into(),
        };
        let message = format!("{wanted}, and ends in {}", shape_text(now));
        Check { rows, misfit: Some(Misfit { layer: list.len(), message }) }
    }

    /// The classes' part of the last layer.
    fn project(&self, kind: LayerKind, features: Extents, row: &mut Row) -> Result<(), String> {
        if kind != LayerKind::Linear {
            return Err("must be linear-1 where the class is projected: it is projected onto what goes into it".into());
        }
        row.parameters += self.projected * elements(features);
        row.flops += 2 * self.projected * elements(features);
        Ok(())
    }

    /// What may not be so although the shapes fit.
    fn limits(&self, kind: LayerKind, row: &Row, total: &Row) -> Result<(), String> {
        if self.is_penalised && kind == LayerKind::BatchNorm {
            return Err(
                "mixes the examples, and the penalty is on each example\u{2019}s own gradient (Gulrajani et al. 2017, \
                        section 4): layer norm, instance norm and spectral norm work"
                    .into(),
            );
        }
        let mib = |numbers: u64| numbers.saturating_mul(4 * self.examples) >> 20;
        let limits = [
            ("the network\u{2019}s parameters", total.parameters, MOST_PARAMETERS, ""),
            ("its memory for a batch", mib(row.kept.max(elements(row.output))), MOST_LAYER_MIB, " MiB"),
            ("the network\u{2019}s memory for a batch", mib(total.kept), MOST_MIB, " MiB"),
            ("the arithmetic for one example", total.flops / 1_000_000, MOST_MFLOP, " MFLOP"),
        ];
        match limits.into_iter().find(|(_, count, most, _)| count > most) {
            Some((what, count, most, unit)) => {
                Err(format!("brings {what} to {count}{unit}, and at most {most}{unit} are allowed"))
            }
            None => Ok(()),
        }
    }
}

/// What the layer at `index` makes of `input`.
fn row(list: &LayerList, index: usize, input: Extents) -> Result<Row, String> {
    use LayerKind::*;
    let layer = &list[index];
    let [channels, height, width] = input;
    let is_image = height > 0;
    let gets = |wanted: &str| Err(format!("takes {wanted}, and gets {}", shape_text(input)));
    match layer.kind {
        Linear if is_image => return gets("a vector"),
        Conv2d | ConvTranspose2d | Upsample | ZeroPad2d | InstanceNorm | SelfAttention if !is_image => {
            return gets("an image");
        }
        _ => {}
    }
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|at| layer.argument(at) as u64);
    // PyTorch's shape rules of convolutions; 0 where nothing is left.
    let convolved = |size: u64| match layer.kind {
        Conv2d => (size + 2 * fourth).checked_sub(second).map_or(0, |more| more / third + 1),
        _ => ((size - 1) * third + second).saturating_sub(2 * fourth),
    };
    let output = match layer.kind {
        Linear => [first, 0, 0],
        Conv2d | ConvTranspose2d => [first, convolved(height), convolved(width)],
        Upsample => [channels, height * first, width * first],
        ZeroPad2d => [channels, height + third + fourth, width + first + second],
        Reshape => [first, second, third],
        Flatten => [elements(input), 0, 0],
        _ => input,
    };
    match layer.kind {
        Conv2d | ConvTranspose2d if output[1] == 0 || output[2] == 0 => {
            return gets("more pixels than its kernel and padding leave");
        }
        Reshape if elements(output) != elements(input) => return gets(&format!("{} numbers", elements(output))),
        InstanceNorm if height * width < 2 => return gets("more than one pixel"),
        SpectralNorm if !list.get(index + 1).is_some_and(|next| next.kind.has_weight()) => {
            return Err(
                "needs a layer with a weight behind it: linear, conv2d, conv_transpose2d, self_attention".into()
            );
        }
        SelfAttention if channels < 8 || height < 2 || width < 2 => return gets("at least 8 channels and 2×2 pixels"),
        _ => {}
    }
    // Pixels that self-attention looks at.
    let keys = (height / 2) * (width / 2);
    let (places, narrow, half) = (height * width, channels / 8, channels / 2);
    let (weight, uses) = match layer.kind {
        Linear => (channels * first, 1),
        Conv2d => (channels * first * second * second, output[1] * output[2]),
        ConvTranspose2d => (channels * first * second * second, places),
        SelfAttention => (2 * channels * (narrow + half), places),
        _ => (0, 0),
    };
    let (more_parameters, more_flops) = match layer.kind {
        BatchNorm | InstanceNorm => (2 * channels, 0),
        LayerNorm => (2 * elements(input), 0),
        SelfAttention => (1, 2 * (narrow + half) * places * keys),
        kind if kind.has_weight() && has_bias(list, index) => (first, 0),
        _ => (0, 0),
    };
    let kept = match layer.kind {
        Reshape | Flatten | SpectralNorm | Relu | LeakyRelu | Tanh | Sigmoid => 0,
        // Which pixel looks at which.
        SelfAttention => 3 * elements(output) + places * keys,
        _ => elements(output),
    };
    Ok(Row { output, parameters: weight + more_parameters, flops: 2 * weight * uses + more_flops, kept })
}

/// A layer has no bias where a norm with its own comes next, as everywhere here.
pub(in crate::gan) fn has_bias(list: &[Layer], index: usize) -> bool {
    let next = list[index + 1..].iter().find(|layer| !layer.kind.is_form());
    !next.is_some_and(|layer| layer.kind.is_norm())
}

pub(super) fn elements([channels, height, width]: Extents) -> u64 {
    channels * if height > 0 { height * width } else { 1 }
}

/// A shape as the messages have it.
pub fn shape_text([channels, height, width]: Extents) -> String {
    match (channels, height) {
        (1, 0) => "1 number".into(),
        (_, 0) => format!("{channels} numbers"),
        _ => format!("{channels}×{height}×{width}"),
    }
}
