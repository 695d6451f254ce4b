//! The ingredients of a recipe that are one of a few, with their keys in links and their names on the page.

use crate::nn::AdversarialLoss;

/// An ingredient that is one of a few.
pub trait Choice: Copy + PartialEq + Sized + 'static {
    /// Each with its key in links and its name on the page.
    const CHOICES: &'static [(Self, &'static str, &'static str)];
}

/// The key of a choice.
pub fn choice_key<C: Choice>(choice: C) -> &'static str {
    C::CHOICES.iter().find(|(known, ..)| *known == choice).map_or("", |(_, key, _)| key)
}

/// The two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Fully connected, for images: 64-256-512-784 and 784-512-256-1.
    Mlp,
    /// Convolutional, for images: two layers in each, with the channels of the recipe.
    Dcgan,
    /// Fully connected, three hidden layers of 128, for points.
    Plane,
    /// Two numbers: where the fake is, and the slope of a straight discriminator. For points on the line.
    Dirac,
}

/// What is kept in bounds in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    None,
    /// Each channel over the batch (Ioffe and Szegedy 2015).
    Batch,
    /// Each example over its channels (Ba et al. 2016).
    Layer,
    /// The weights, by their largest singular value (Miyato et al. 2018).
    Spectral,
}

/// What D's gradient by its input is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    None,
    /// Length 1 between real and fake (Gulrajani et al. 2017).
    Gradient,
    /// Length 0 at real examples (Mescheder et al. 2018).
    R1,
    /// Length 0 at real examples and at fakes (Mescheder et al. 2018; Huang et al. 2024).
    R1R2,
}

/// Whether the networks are told the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    None,
    /// Both are told (Mirza and Osindero 2014).
    Both,
    /// Both are told a class that has nothing to do with the image: the control that must fail.
    Shuffled,
    /// G is told, and D's logit has a part for the class (Miyato and Koyama 2018).
    Projection,
}

/// How a convolutional generator doubles its extents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upsampling {
    /// Transposed convolution, kernel 4, stride 2: every output pixel is reached equally often.
    Transposed,
    /// Transposed convolution, kernel 3, stride 2: pixels are reached once, twice or four times, in a checkerboard (Odena
    /// et al. 2016).
    Uneven,
    /// Repeated pixels, then a convolution.
    Nearest,
}

/// How weights start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialization {
    /// N(0, 0.02), biases 0 (Radford et al. 2016).
    Normal,
    /// U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), PyTorch's default.
    FanIn,
}

/// How a step follows from a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptimizerKind {
    Adam,
    RmsProp,
    Sgd,
}

impl Choice for Architecture {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Architecture::Mlp, "mlp", "Fully connected"),
        (Architecture::Dcgan, "dcgan", "Convolutional"),
        (Architecture::Plane, "plane", "Fully connected, for points"),
        (Architecture::Dirac, "dirac", "Two numbers"),
    ];
}

impl Choice for AdversarialLoss {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (AdversarialLoss::NonSaturating, "non_saturating", "Non-saturating"),
        (AdversarialLoss::Minimax, "minimax", "Minimax"),
        (AdversarialLoss::LeastSquares, "least_squares", "Least squares"),
        (AdversarialLoss::Hinge, "hinge", "Hinge"),
        (AdversarialLoss::Wasserstein, "wasserstein", "Wasserstein"),
        (AdversarialLoss::Relativistic, "relativistic", "Relativistic pairing"),
    ];
}

impl Choice for Norm {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Norm::None, "none", "None"),
        (Norm::Batch, "batch", "Batch norm"),
        (Norm::Layer, "layer", "Layer norm"),
        (Norm::Spectral, "spectral", "Spectral norm"),
    ];
}

impl Choice for Penalty {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Penalty::None, "none", "None"),
        (Penalty::Gradient, "gradient_penalty", "Gradient penalty"),
        (Penalty::R1, "r1", "R1"),
        (Penalty::R1R2, "r1_r2", "R1 and R2"),
    ];
}

impl Choice for Labels {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Labels::None, "none", "Not told"),
        (Labels::Both, "both", "Told to both"),
        (Labels::Projection, "projection", "Told to the generator, projected in the discriminator"),
        (Labels::Shuffled, "shuffled", "Shuffled (control)"),
    ];
}

impl Choice for Upsampling {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Upsampling::Transposed, "transposed", "Transposed convolution"),
        (Upsampling::Uneven, "uneven", "Transposed, kernel 3"),
        (Upsampling::Nearest, "nearest", "Nearest, then convolution"),
    ];
}

impl Choice for Initialization {
    const CHOICES: &'static [(Self, &'static str, &'static str)] =
        &[(Initialization::Normal, "normal", "N(0, 0.02)"), (Initialization::FanIn, "fan_in", "Uniform by fan-in")];
}

impl Choice for OptimizerKind {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (OptimizerKind::Adam, "adam", "Adam"),
        (OptimizerKind::RmsProp, "rmsprop", "RMSprop"),
        (OptimizerKind::Sgd, "sgd", "SGD"),
    ];
}
