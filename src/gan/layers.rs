//! Networks as lists of layers: the kinds there are, and lists as text.
//!
//! A list is words with a space between two of them, each the name that PyTorch gives the layer and its arguments, with `-`
//! between: `linear-3136 reshape-64-7-7 batch_norm relu conv_transpose2d-1-4-2-1 tanh`. All of it stands in a link as it is.
//! Read are calls too, `conv2d(32, 4, 2, 1)`. What goes into a layer follows from the one before.
//!
//! - `layers/check.rs`: shapes, parameters and arithmetic of each layer, and the first that does not fit
//! - `layers/fixes.rs`: lists next to one that does not fit, and do
//! - `custom.rs`: networks from lists, and the lists of the architectures there are

mod check;
mod fixes;

pub(super) use check::has_bias;
pub use check::{Check, Extents, Row, Task, shape_text};
pub use fixes::{Fix, Problem};

use crate::decimal::Decimal;
use std::fmt;
use std::ops::Deref;

/// What a layer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    Linear,
    Conv2d,
    ConvTranspose2d,
    Upsample,
    ZeroPad2d,
    Reshape,
    Flatten,
    BatchNorm,
    InstanceNorm,
    LayerNorm,
    /// Of the weight of the layer behind it.
    SpectralNorm,
    Relu,
    LeakyRelu,
    Tanh,
    Sigmoid,
    SelfAttention,
}

/// An argument of a layer. Numbers are kept as `value * scale`.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    pub name: &'static str,
    /// Where the page starts.
    pub start: u16,
    /// Its value where the text leaves it out; None if it must be said.
    pub default: Option<u16>,
    pub min: u16,
    pub max: u16,
    pub scale: u16,
}

/// A kind of layer as text and page have it.
#[derive(Clone, Copy, Debug)]
pub struct KindRow {
    pub kind: LayerKind,
    pub name: &'static str,
    pub arguments: &'static [Argument],
    pub help: &'static str,
}

const fn count(name: &'static str, start: u16, min: u16, max: u16) -> Argument {
    Argument { name, start, default: None, min, max, scale: 1 }
}

const fn optional(name: &'static str, start: u16, default: u16, min: u16, max: u16) -> Argument {
    Argument { default: Some(default), ..count(name, start, min, max) }
}

const fn row(kind: LayerKind, name: &'static str, arguments: &'static [Argument], help: &'static str) -> KindRow {
    KindRow { kind, name, arguments, help }
}

const SLOPE: Argument = Argument { scale: 1000, ..optional("negative_slope", 200, 200, 0, 1000) };

/// All kinds, in the order of the page's menu.
pub const KINDS: [KindRow; 16] = [
    row(LayerKind::Linear, "linear", &[count("out_features", 128, 1, 16_384)], "Every number from every number."),
    row(
        LayerKind::Conv2d,
        "conv2d",
        &[
            count("out_channels", 32, 1, 1024),
            count("kernel_size", 4, 1, 11),
            optional("stride", 2, 1, 1, 4),
            optional("padding", 1, 0, 0, 10),
        ],
        "Convolution; stride 2 halves height and width.",
    ),
    row(
        LayerKind::ConvTranspose2d,
        "conv_transpose2d",
        &[
            count("out_channels", 32, 1, 1024),
            count("kernel_size", 4, 1, 11),
            optional("stride", 2, 1, 1, 4),
            optional("padding", 1, 0, 0, 10),
        ],
        "Transposed convolution; stride 2 doubles height and width.",
    ),
    row(LayerKind::Upsample, "upsample", &[optional("scale_factor", 2, 2, 2, 8)], "Repeats every pixel."),
    row(
        LayerKind::ZeroPad2d,
        "zero_pad2d",
        &[count("left", 0, 0, 16), count("right", 1, 0, 16), count("top", 0, 0, 16), count("bottom", 1, 0, 16)],
        "Zeros around the image.",
    ),
    row(
        LayerKind::Reshape,
        "reshape",
        &[count("channels", 1, 1, 16_384), count("height", 28, 1, 256), count("width", 28, 1, 256)],
        "The same numbers as an image.",
    ),
    row(LayerKind::Flatten, "flatten", &[], "The same numbers as one vector."),
    row(LayerKind::BatchNorm, "batch_norm", &[], "Mean 0 and deviation 1 for each channel over the batch."),
    row(LayerKind::InstanceNorm, "instance_norm", &[], "The same for each channel of each image."),
    row(LayerKind::LayerNorm, "layer_norm", &[], "The same over all numbers of each example."),
    row(LayerKind::SpectralNorm, "spectral_norm", &[], "The weight of the next layer over its largest singular value."),
    row(LayerKind::Relu, "relu", &[], "max(x, 0)."),
    row(LayerKind::LeakyRelu, "leaky_relu", &[SLOPE], "x, and a little of it below 0."),
    row(LayerKind::Tanh, "tanh", &[], "To numbers from -1 to 1, as pixels are."),
    row(LayerKind::Sigmoid, "sigmoid", &[], "To numbers from 0 to 1."),
    row(LayerKind::SelfAttention, "self_attention", &[], "Every pixel looks at all others (SAGAN)."),
];

/// The most arguments that a kind has.
const ARGUMENTS: usize = 4;

/// A layer with its arguments, as [`Argument`] keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    pub kind: LayerKind,
    arguments: [u16; ARGUMENTS],
}

/// A list of at most [`LayerList::MOST`] layers. It is a value like every other ingredient of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerList {
    layers: [Layer; LayerList::MOST],
    count: usize,
}

/// A layer by its position, and what is wrong with it: the rest of a sentence that begins with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub layer: usize,
    pub message: String,
}

impl Layer {
    /// A layer of that kind as the page adds it.
    pub fn new(kind: LayerKind) -> Layer {
        let mut layer = Layer { kind, arguments: [0; ARGUMENTS] };
        let row = layer.row();
        for (value, argument) in layer.arguments.iter_mut().zip(row.arguments) {
            *value = argument.start;
        }
        layer
    }

    /// Its row of [`KINDS`].
    pub fn row(&self) -> &'static KindRow {
        KINDS.iter().find(|row| row.kind == self.kind).unwrap_or(&KINDS[0])
    }

    /// An argument that is a count.
    pub fn argument(&self, index: usize) -> usize {
        usize::from(self.arguments[index])
    }

    /// An argument as the text has it.
    pub fn number(&self, index: usize) -> f64 {
        f64::from(self.arguments[index]) / f64::from(self.row().arguments[index].scale)
    }
}

impl Argument {
    fn parse(&self, text: &str) -> Option<u16> {
        let scaled = f32::read(text)? * f32::from(self.scale);
        let near = (scaled - scaled.round()).abs() < 1e-3;
        // A NaN and what is negative are in no range.
        let fits = near && scaled.round() >= f32::from(self.min) && scaled.round() <= f32::from(self.max);
        fits.then_some(scaled.round() as u16)
    }

    fn range(&self) -> String {
        let [min, max] = [self.min, self.max].map(|kept| f32::from(kept) / f32::from(self.scale));
        let what = if self.scale == 1 { "a whole number" } else { "a number" };
        format!("{what} from {min} to {max}")
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)?;
        (0..self.row().arguments.len()).try_for_each(|index| write!(f, "-{}", self.number(index)))
    }
}

impl LayerList {
    /// Layers in one list.
    pub const MOST: usize = 32;
    /// No layers.
    pub const EMPTY: LayerList =
        LayerList { layers: [Layer { kind: LayerKind::Linear, arguments: [0; ARGUMENTS] }; Self::MOST], count: 0 };

    /// A list from its text: a word that begins with a letter is a layer, and what follows are its arguments.
    ///
    /// # Errors
    /// The first layer that is none, and why.
    #[inline(never)]
    pub fn parse(text: &str) -> Result<LayerList, Misfit> {
        let (mut list, mut given) = (LayerList::EMPTY, 0);
        let separates = |c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | ',');
        for word in text.split(separates).filter(|word| !word.is_empty()) {
            let fails = |layer: usize, what: String| {
                let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
                Err(Misfit { layer, message: format!("“{shown}”{what}") })
            };
            let is_argument = !word.starts_with(|c: char| c.is_ascii_alphabetic());
            if is_argument && list.count > 0 {
                let layer = &mut list.layers[list.count - 1];
                let Some(argument) = layer.row().arguments.get(given) else {
                    return fails(list.count - 1, format!(" is one argument too many for {}", layer.row().name));
                };
                let Some(value) = argument.parse(word) else {
                    return fails(list.count - 1, format!(" cannot be {}: it is {}", argument.name, argument.range()));
                };
                layer.arguments[given] = value;
                given += 1;
                continue;
            }
            list.complete(given)?;
            let Some(row) = KINDS.iter().find(|row| row.name == word) else {
                let names = KINDS.map(|row| row.name).join(", ");
                return fails(list.count, format!(" is none of the layers there are: {names}"));
            };
            if list.count == Self::MOST {
                return fails(list.count, format!(" is one too many: a list has at most {}", Self::MOST));
            }
            list.layers[list.count] = Layer::new(row.kind);
            (list.count, given) = (list.count + 1, 0);
        }
        list.complete(given)?;
        Ok(list)
    }

    /// The last layer, of which so many arguments were given, gets its defaults for the others.
    fn complete(&mut self, given: usize) -> Result<(), Misfit> {
        let Some(index) = self.count.checked_sub(1) else { return Ok(()) };
        let row = self.layers[index].row();
        for (argument, kept) in row.arguments.iter().zip(&mut self.layers[index].arguments).skip(given) {
            let message = || format!("“{}” lacks its {}", row.name, argument.name);
            *kept = argument.default.ok_or_else(|| Misfit { layer: index, message: message() })?;
        }
        Ok(())
    }

    fn from_layers(layers: &[Layer]) -> Option<LayerList> {
        let mut list = LayerList::EMPTY;
        list.layers.get_mut(..layers.len())?.copy_from_slice(layers);
        list.count = layers.len();
        Some(list)
    }
}

impl Deref for LayerList {
    type Target = [Layer];

    fn deref(&self) -> &[Layer] {
        &self.layers[..self.count]
    }
}

impl fmt::Display for LayerList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, layer) in self.iter().enumerate() {
            write!(f, "{}{layer}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl LayerKind {
    /// Whether it has a weight that spectral norm can be of.
    pub(super) fn has_weight(self) -> bool {
        use LayerKind::*;
        matches!(self, Linear | Conv2d | ConvTranspose2d | SelfAttention)
    }

    /// A norm with a gain and a bias.
    pub(super) fn is_norm(self) -> bool {
        use LayerKind::*;
        matches!(self, BatchNorm | InstanceNorm | LayerNorm)
    }

    /// Only another view of the same numbers, or zeros more.
    pub(super) fn is_form(self) -> bool {
        use LayerKind::*;
        matches!(self, Reshape | Flatten | ZeroPad2d)
    }
}
