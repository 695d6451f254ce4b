//! What each layer of a list makes of what it gets, and the first that does not fit.

use super::{Layer, LayerKind, LayerList, Misfit};
use crate::data::{DataShape, Form};
use crate::gan::recipe::{Labels, Penalty, Recipe};
use crate::shape::Shape;

/// Numbers of one layer for a whole batch, bytes.
const MOST_LAYER_BYTES: u64 = 96 << 20;
/// And of all layers of a network together.
const MOST_BYTES: u64 = 256 << 20;
const MOST_PARAMETERS: u64 = 8_000_000;
/// For one example.
const MOST_FLOPS: u64 = 250_000_000;

/// What a layer puts out and needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Without the batch: `[C, H, W]` or `[N]`.
    pub output: Shape,
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
    /// Without the batch: the latent with the label behind it, or an example.
    pub input: Shape,
    pub output: Shape,
    /// Classes that a discriminator is told beside the image; 0 for none.
    labels: usize,
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
        let labels = if recipe.labels == Labels::None { 0 } else { data.classes };
        let example = match data.form {
            Form::Image { height, width } => Shape::from([1, height, width]),
            Form::Point { coordinates } => Shape::from([coordinates]),
        };
        let [columns, rows] = recipe.page(data);
        Task {
            is_generator,
            input: if is_generator { Shape::from([recipe.latent_dim + labels]) } else { example.clone() },
            output: if is_generator { example } else { Shape::from([1]) },
            labels: if is_generator { 0 } else { labels },
            // Real ones and fakes at once, or a page of samples.
            examples: (2 * recipe.batch_size).max(columns * rows) as u64,
            is_penalised: !is_generator && recipe.penalty != Penalty::None,
        }
    }

    /// Looks a list through.
    pub fn check(&self, list: &LayerList) -> Check {
        let (mut rows, mut shape): (Vec<Row>, _) = (Vec::new(), self.input.clone());
        let (mut parameters, mut flops, mut kept) = (0, 0, 0);
        // Labels are planes beside the image, or numbers beside the pixels of a network that begins by flattening.
        let is_flat = list.first().is_some_and(|layer| layer.kind == LayerKind::Flatten);
        if let (&[channels, height, width], false) = (&shape[..], is_flat) {
            shape = Shape::from([channels + self.labels, height, width]);
        }
        for (layer, index) in list.iter().zip(0..) {
            let refused = |message: String| Some(Misfit { layer: index, message });
            let mut row = match self.row(list, index, &shape) {
                Ok(row) => row,
                Err(message) => return Check { rows, misfit: refused(message) },
            };
            if index == 0 && is_flat {
                row.output = Shape::from([row.output[0] + self.labels]);
            }
            parameters += row.parameters;
            flops += row.flops;
            kept += row.kept;
            let bytes = |numbers: u64| numbers.saturating_mul(4 * self.examples);
            let too_much = |what: &str, count: u64, most: u64, unit: &str| {
                refused(format!("brings {what} to {count}{unit}, and at most {most}{unit} are allowed"))
            };
            let misfit = if parameters > MOST_PARAMETERS {
                too_much("the network\u{2019}s parameters", parameters, MOST_PARAMETERS, "")
            } else if bytes(row.kept.max(elements(&row.output))) > MOST_LAYER_BYTES {
                let count = bytes(row.kept.max(elements(&row.output))) >> 20;
                too_much("its memory for a batch", count, MOST_LAYER_BYTES >> 20, " MiB")
            } else if bytes(kept) > MOST_BYTES {
                too_much("the network\u{2019}s memory for a batch", bytes(kept) >> 20, MOST_BYTES >> 20, " MiB")
            } else if flops > MOST_FLOPS {
                too_much("the arithmetic for one example", flops / 1_000_000, MOST_FLOPS / 1_000_000, " MFLOP")
            } else if self.is_penalised && layer.kind == LayerKind::BatchNorm {
                refused(
                    "mixes the examples, and the penalty is on each example\u{2019}s own gradient (Gulrajani et al. 2017, \
                     section 4): layer norm, instance norm and spectral norm work"
                        .into(),
                )
            } else {
                None
            };
            if misfit.is_some() {
                return Check { rows, misfit };
            }
            shape = row.output.clone();
            rows.push(row);
        }
        let misfit = (shape != self.output).then(|| {
            let wanted = match self.is_generator {
                true => format!("must put out examples as the data are, {}", shape_text(&self.output)),
                false => "must put out one number, its logit".into(),
            };
            Misfit { layer: list.len(), message: format!("{wanted}, and ends in {}", shape_text(&shape)) }
        });
        Check { rows, misfit }
    }

    /// What the layer at `index` makes of `input`.
    fn row(&self, list: &LayerList, index: usize, input: &Shape) -> Result<Row, String> {
        use LayerKind::*;
        let layer = &list[index];
        let image = || match input[..] {
            [channels, height, width] => Ok([channels, height, width]),
            _ => Err(format!("takes an image, and gets {}", shape_text(input))),
        };
        let numbers = elements(input);
        let output = match layer.kind {
            Linear => match input[..] {
                [_] => Shape::from([layer.argument(0)]),
                _ => return Err(format!("takes a vector, and gets {}", shape_text(input))),
            },
            Conv2d | ConvTranspose2d => convolved(layer, image()?)?,
            Upsample => {
                let ([channels, height, width], factor) = (image()?, layer.argument(0));
                Shape::from([channels, height * factor, width * factor])
            }
            ZeroPad2d => {
                let [channels, height, width] = image()?;
                let [left, right, top, bottom] = [0, 1, 2, 3].map(|side| layer.argument(side));
                Shape::from([channels, height + top + bottom, width + left + right])
            }
            Reshape => {
                let shape = Shape::from([layer.argument(0), layer.argument(1), layer.argument(2)]);
                if elements(&shape) != numbers {
                    let wanted = elements(&shape);
                    return Err(format!("takes {wanted} numbers, and gets {numbers}, {}", shape_text(input)));
                }
                shape
            }
            Flatten => Shape::from([numbers as usize]),
            InstanceNorm if matches!(image()?, [_, 1, 1]) => {
                return Err("needs more than one pixel: the mean of one is that one".into());
            }
            SpectralNorm if !list.get(index + 1).is_some_and(|next| next.kind.has_weight()) => {
                return Err(
                    "needs a layer with a weight behind it: linear, conv2d, conv_transpose2d, self_attention".into()
                );
            }
            SelfAttention => {
                let [channels, height, width] = image()?;
                if channels < 8 || height < 2 || width < 2 {
                    return Err(format!("needs 8 channels and 2×2 pixels, and gets {}", shape_text(input)));
                }
                input.clone()
            }
            _ => input.clone(),
        };
        let (parameters, flops) = cost(layer, has_bias(list, index), input, &output);
        let kept = match layer.kind {
            Reshape | Flatten | SpectralNorm | Relu | LeakyRelu | Tanh | Sigmoid => 0,
            // Which pixel looks at which.
            SelfAttention => 3 * elements(&output) + input[1..].iter().product::<usize>() as u64 * keys(input),
            _ => elements(&output),
        };
        Ok(Row { output, parameters, flops, kept })
    }
}

/// A layer has no bias where a norm with its own comes next, as everywhere here.
pub(in crate::gan) fn has_bias(list: &[Layer], index: usize) -> bool {
    let next = list[index + 1..].iter().find(|layer| !layer.kind.is_form());
    !next.is_some_and(|layer| layer.kind.is_norm())
}

/// PyTorch's shape rules of convolutions.
fn convolved(layer: &Layer, [_, height, width]: [usize; 3]) -> Result<Shape, String> {
    let [channels, kernel, stride, padding] = [0, 1, 2, 3].map(|index| layer.argument(index));
    let transposed = layer.kind == LayerKind::ConvTranspose2d;
    let extent = |size: usize| match transposed {
        true => ((size - 1) * stride + kernel).checked_sub(2 * padding),
        false => (size + 2 * padding).checked_sub(kernel).map(|more| more / stride + 1),
    };
    match (extent(height), extent(width)) {
        (Some(height @ 1..), Some(width @ 1..)) => Ok(Shape::from([channels, height, width])),
        _ if transposed => Err(format!("leaves nothing of {height}×{width} pixels: its padding takes all")),
        _ => Err(format!(
            "has a kernel of {kernel}×{kernel}, and gets {height}×{width} pixels and a padding of {padding}"
        )),
    }
}

/// Parameters, and operations for one example.
fn cost(layer: &Layer, bias: bool, input: &Shape, output: &Shape) -> (u64, u64) {
    use LayerKind::*;
    let (inputs, outputs) = (elements(input), elements(output));
    let channels = |shape: &Shape| shape[0] as u64;
    let of_weight = |weight: u64, uses: u64| (weight + if bias { channels(output) } else { 0 }, 2 * weight * uses);
    let area = |shape: &Shape| elements(shape) / channels(shape).max(1);
    let kernel = |layer: &Layer| (layer.argument(1) * layer.argument(1)) as u64;
    match layer.kind {
        Linear => of_weight(inputs * outputs, 1),
        Conv2d => of_weight(channels(input) * channels(output) * kernel(layer), area(output)),
        ConvTranspose2d => of_weight(channels(input) * channels(output) * kernel(layer), area(input)),
        BatchNorm | InstanceNorm => (2 * channels(input), 0),
        LayerNorm => (2 * inputs, 0),
        SelfAttention => {
            let (all, places) = (channels(input), area(input));
            let (narrow, half) = (all / 8, all / 2);
            let weights = 2 * all * narrow + 2 * all * half;
            (weights + 1, 2 * weights * places + 2 * (narrow + half) * places * keys(input))
        }
        _ => (0, 0),
    }
}

/// Pixels that self-attention looks at.
fn keys(image: &Shape) -> u64 {
    image[1..].iter().map(|&extent| (extent / 2) as u64).product()
}

pub(super) fn elements(shape: &Shape) -> u64 {
    shape.iter().map(|&extent| extent as u64).product()
}

/// A shape as the messages have it.
pub fn shape_text(shape: &Shape) -> String {
    match shape[..] {
        [1] => "1 number".into(),
        [count] => format!("{count} numbers"),
        [channels, height, width] => format!("{channels}×{height}×{width}"),
        _ => format!("{shape}"),
    }
}
