//! The layers of a judge of a set: a small U-Net (Ronneberger, Fischer and Brox 2015), and heads.

use crate::data::{Column, Form};
use crate::error::Result;
use crate::graph::{Conv, Tensor};
use crate::nn::init::{FanMode, kaiming_normal};
use crate::nn::{Scope, Weights, functional};

/// The name of the network in programs.
pub(super) const NAME: &str = "judge";
/// What the coarsest features are brought to, along a side, for heads that say something of the whole picture: coarse, but
/// still with places, because joints have them.
const PLACES: usize = 4;
const KEEPING: Conv = Conv { kernel_size: [3; 2], stride: [1; 2], padding: [1; 2] };
const HALVING: Conv = Conv { kernel_size: [3; 2], stride: [2; 2], padding: [1; 2] };

/// Something that a judge says of a picture: a column of the set.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub key: String,
    /// A map, a class, or numbers.
    pub column: Column,
}

/// What a judge looks at, and what it has to look with.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// The set's key.
    pub set: String,
    /// The column that it is shown: pictures `[channels, side, side]`, or volumes with as many channels as slices.
    pub picture: String,
    pub channels: usize,
    pub side: usize,
    /// Channels at the full side, at half of it and at a quarter.
    pub widths: [usize; 3],
    pub heads: Vec<Head>,
}

impl Anatomy {
    /// Numbers of a picture.
    pub fn numbers(&self) -> usize {
        self.channels * self.side * self.side
    }
}

impl Head {
    /// Numbers that the network puts out for it: logits of classes, or the numbers themselves.
    pub(super) fn outputs(&self) -> usize {
        let classes = self.classes();
        self.column.width() * classes.max(1)
    }

    /// How many classes it tells apart; 0 where it says numbers.
    pub fn classes(&self) -> usize {
        match self.column {
            Column::Example(Form::Map { classes, .. }) | Column::Class { classes } => classes,
            Column::Example(_) | Column::Numbers { .. } | Column::Words { .. } => 0,
        }
    }

    /// Adds what its outputs for one picture say: the class with the largest logit, pixel by pixel in a map, or the numbers.
    pub(super) fn read(&self, outputs: &[f32], seen: &mut Vec<f32>) {
        let (places, classes) = (self.column.width(), self.classes());
        if classes == 0 {
            seen.extend_from_slice(outputs);
            return;
        }
        // Planes of logits, one a class.
        for place in 0..places {
            let logit = |class: usize| outputs[class * places + place];
            let mut largest = 0;
            for class in 1..classes {
                if logit(class) > logit(largest) {
                    largest = class;
                }
            }
            let is_known = (0..classes).all(|class| !logit(class).is_nan());
            seen.push(if is_known { largest as f32 } else { f32::NAN });
        }
    }

    /// How right it is about one number of its column: 1 for the class, 0 for another one; of numbers the distance.
    pub(super) fn figure(&self, seen: f32, truth: u8) -> f64 {
        if self.classes() == 0 {
            f64::from((seen - f32::from(truth) / 255.0).abs())
        } else {
            f64::from(u8::from(seen == f32::from(truth)))
        }
    }
}

/// Pictures `[B, channels, side, side]` in [-1, 1] to what each head puts out: `[B, classes, side, side]`, `[B, classes]` or
/// `[B, numbers]`.
pub(super) fn network(scope: &mut Scope, pictures: Tensor, anatomy: &Anatomy) -> Result<Vec<Tensor>> {
    let [fine, middle, coarse] = anatomy.widths;
    let at_full = layer(scope, "down1", pictures, fine, KEEPING)?;
    let at_half = layer(scope, "down2", at_full, middle, HALVING)?;
    let x = layer(scope, "down3", at_half, coarse, HALVING)?;
    let at_quarter = layer(scope, "middle", x, coarse, KEEPING)?;
    let x = functional::interpolate_nearest(scope.graph, at_quarter, 2)?;
    let x = scope.graph.concat(&[x, at_half], 1)?;
    let x = layer(scope, "up2", x, middle, KEEPING)?;
    let x = functional::interpolate_nearest(scope.graph, x, 2)?;
    let x = scope.graph.concat(&[x, at_full], 1)?;
    let pixels = layer(scope, "up1", x, fine, KEEPING)?;
    let stride = anatomy.side / 4 / PLACES;
    let whole = functional::avg_pool2d(scope.graph, at_quarter, stride, stride, 0)?;
    let whole = functional::flatten(scope.graph, whole, 1)?;
    let inner = scope.graph.shape(whole)[1];
    let mut outputs = Vec::new();
    for head in &anatomy.heads {
        outputs.push(match head.column {
            Column::Example(_) => {
                start(scope, &[head.classes(), fine, 1, 1])?;
                scope.conv2d(&head.key, pixels, head.classes(), Conv::square(1, 1, 0), true)?
            }
            Column::Class { .. } | Column::Numbers { .. } | Column::Words { .. } => {
                start(scope, &[head.outputs(), inner])?;
                scope.linear(&head.key, whole, head.outputs(), true)?
            }
        });
    }
    Ok(outputs)
}

/// A convolution with batch norm and ReLU.
fn layer(scope: &mut Scope, name: &str, x: Tensor, channels: usize, conv: Conv) -> Result<Tensor> {
    start(scope, &[channels, scope.graph.shape(x)[1], 3, 3])?;
    let x = scope.conv2d(&format!("{name}.conv"), x, channels, conv, false)?;
    let x = scope.batch_norm(&format!("{name}.norm"), x, 1)?;
    scope.relu(x)
}

/// The next layer's weight starts as He et al. (2015) have it: a step with ReLU keeps the variance.
fn start(scope: &mut Scope, shape: &[usize]) -> Result<()> {
    scope.weights = Weights::Plain { init: kaiming_normal(shape, 0.0, FanMode::In)? };
    Ok(())
}
