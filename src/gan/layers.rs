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
pub use check::{Check, Row, Task, shape_text};
pub use fixes::{Fix, Problem};

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

/// A layer by its position, and what is wrong with it: the rest of a sentence that begins with the layer.
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

    /// The same layer with another argument; None where that is out of its range.
    fn with(mut self, index: usize, value: u64) -> Option<Layer> {
        let argument = self.row().arguments.get(index)?;
        let value = u16::try_from(value).ok().filter(|value| (argument.min..=argument.max).contains(value))?;
        self.arguments[index] = value;
        Some(self)
    }

    fn parse(word: &str) -> Result<Layer, String> {
        let mut parts = word.split('-');
        let name = parts.next().unwrap_or_default();
        let Some(row) = KINDS.iter().find(|row| row.name == name) else {
            let names: Vec<&str> = KINDS.iter().map(|row| row.name).collect();
            return Err(format!("is none of the layers there are: {}", names.join(", ")));
        };
        let mut layer = Layer::new(row.kind);
        for (kept, argument) in layer.arguments.iter_mut().zip(row.arguments) {
            *kept = match (parts.next(), argument.default) {
                (Some(text), _) => argument.parse(text).ok_or_else(|| argument.refusal())?,
                (None, Some(default)) => default,
                (None, None) => return Err(format!("lacks its {}", argument.name)),
            };
        }
        if parts.next().is_some() {
            let names: Vec<&str> = row.arguments.iter().map(|argument| argument.name).collect();
            return Err(match names.is_empty() {
                true => "takes no arguments".into(),
                false => format!("takes no more than {}", names.join(", ")),
            });
        }
        Ok(layer)
    }
}

impl Argument {
    fn parse(&self, text: &str) -> Option<u16> {
        let scaled = text.parse::<f32>().ok()? * f32::from(self.scale);
        let near = (scaled - scaled.round()).abs() < 1e-3;
        // A NaN and what is negative are in no range.
        let fits = near && scaled.round() >= f32::from(self.min) && scaled.round() <= f32::from(self.max);
        fits.then_some(scaled.round() as u16)
    }

    fn refusal(&self) -> String {
        let [min, max] = [self.min, self.max].map(|kept| f32::from(kept) / f32::from(self.scale));
        let what = if self.scale == 1 { "a whole number" } else { "a number" };
        format!("takes {what} from {min} to {max} as {}", self.name)
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

    /// A list from its text.
    ///
    /// # Errors
    /// The first word that is no layer, and why.
    pub fn parse(text: &str) -> Result<LayerList, Misfit> {
        let mut list = LayerList::EMPTY;
        for (index, word) in words(text).split_whitespace().enumerate() {
            let layer = Layer::parse(word).map_err(|message| {
                let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
                Misfit { layer: index, message: format!("“{shown}” {message}") }
            })?;
            list = list.with_inserted(index, layer).ok_or_else(|| Misfit {
                layer: index,
                message: format!("is one too many: a list has at most {}", Self::MOST),
            })?;
        }
        Ok(list)
    }

    fn from_layers(layers: &[Layer]) -> Option<LayerList> {
        let mut list = LayerList::EMPTY;
        list.layers.get_mut(..layers.len())?.copy_from_slice(layers);
        list.count = layers.len();
        Some(list)
    }

    /// None if there is no room.
    fn with_inserted(&self, index: usize, layer: Layer) -> Option<LayerList> {
        let mut layers = self.to_vec();
        layers.insert(index, layer);
        LayerList::from_layers(&layers)
    }

    fn with_replaced(&self, index: usize, layer: Layer) -> LayerList {
        let mut list = *self;
        list.layers[index] = layer;
        list
    }
}

/// Calls as words: `reshape(64, 7, 7)` becomes `reshape-64-7-7`.
fn words(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => {
                plain.truncate(plain.trim_end().len());
                plain.push('-');
            }
            ')' => {
                plain.truncate(plain.trim_end_matches('-').len());
                plain.push(' ');
            }
            ',' if !plain.ends_with(' ') => plain.push('-'),
            c if c == ',' || c.is_whitespace() => {
                if !plain.ends_with('-') {
                    plain.push(' ');
                }
            }
            c => plain.push(c),
        }
    }
    plain
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
