//! The ingredients of an adversarial pair. They can be mixed where that makes sense; [`Recipe::conflict`] says where not.

use super::layers::{LayerList, Task};
use super::projection::Told;
use super::{InspectionProgram, dcgan, gan, inspect, pair, plane};
use crate::data::groups::MAX_CLASSES;
use crate::data::{DataShape, Form};
use crate::error::{Error, Result};
use crate::game::{Game, Ingredients, Own};
use crate::graph::{Adam, Average, Clock, Decay, Optimizer, Program, RmsProp, Sgd, Tensor, UpdateRule};
use crate::nn::{AdversarialLoss, Scope};

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

/// What shapes the plans of an adversarial pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    pub architecture: Architecture,
    /// Numbers that the generator starts from.
    pub latent_dim: usize,
    pub batch_size: usize,
    /// Discriminator updates in a step.
    pub n_critic: u32,
    /// 100 discriminator updates in each of the first 25 steps and in every 500th, as in the WGAN authors' code.
    pub critic_warmup: bool,
    pub loss: AdversarialLoss,
    pub penalty: Penalty,
    /// What the penalty is multiplied by.
    pub penalty_weight: f32,
    /// Each of D's parameters is brought to within `[-weight_clip, weight_clip]` after its update; 0 for no clip.
    pub weight_clip: f32,
    /// Samples are drawn with a moving average of the generator's parameters with this decay (Karras et al. 2018; Yazici et
    /// al. 2019 found it to help every GAN they tried); 0 for the parameters themselves. The game does not see it.
    pub average: f32,
    pub labels: Labels,
    /// Classes that are told: 0 for the data's labels, else that many groups of look-alikes.
    pub classes: usize,
    /// Whether these groups are made within each label, as many in each.
    pub within_labels: bool,
    pub generator_norm: Norm,
    pub discriminator_norm: Norm,
    pub upsampling: Upsampling,
    /// Channels of the convolutional networks next to the image; the layer inside has twice as many.
    pub generator_channels: usize,
    pub discriminator_channels: usize,
    /// In place of the architecture's generator, its norm and upsampling; empty for these.
    pub generator_layers: LayerList,
    /// In place of the architecture's discriminator and its norm; empty for these.
    pub discriminator_layers: LayerList,
    pub initialization: Initialization,
    pub optimizer: OptimizerKind,
    /// Adam's decay of the mean gradient; the other optimisers' momentum.
    pub beta1: f32,
    /// Adam's decay of the mean squared gradient; RMSprop's.
    pub beta2: f32,
    /// The step at which the learning rates have fallen to `decay_to` times what they were; 0 for rates that stay.
    pub decay_until: u32,
    /// The share of these steps after which they begin to fall.
    pub decay_from: f32,
    pub decay_to: f32,
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

/// A pair of networks. Examples are rows: `[B, pixels]` in [-1, 1], or `[B, coordinates]`.
pub(super) struct Networks {
    /// Latent `[B, latent_dim]`, with the class behind it where there is one, to examples.
    pub generator: fn(&mut Scope, &Recipe, Tensor) -> Result<Tensor>,
    /// Examples, `groups` batches one after another, and what is told of their classes, to logits `[B, 1]`.
    pub discriminator: fn(&mut Scope, &Recipe, Tensor, Told, usize) -> Result<Tensor>,
}

/// The generator's updates in which a critic with warm-up is trained 100 times.
const WARMUP_STEPS: u32 = 25;
const WARMUP_EVERY: u32 = 500;
const WARMUP_CRITIC: u32 = 100;

impl Recipe {
    /// What most recipes share, with DCGAN's Adam: a lower first decay than usual, for a game without momentum.
    pub const BASE: Recipe = Recipe {
        architecture: Architecture::Mlp,
        latent_dim: 64,
        batch_size: 64,
        n_critic: 1,
        critic_warmup: false,
        loss: AdversarialLoss::NonSaturating,
        penalty: Penalty::None,
        penalty_weight: 0.0,
        weight_clip: 0.0,
        average: 0.0,
        labels: Labels::None,
        classes: 0,
        within_labels: false,
        generator_norm: Norm::Batch,
        discriminator_norm: Norm::None,
        upsampling: Upsampling::Transposed,
        generator_channels: 32,
        discriminator_channels: 32,
        generator_layers: LayerList::EMPTY,
        discriminator_layers: LayerList::EMPTY,
        initialization: Initialization::Normal,
        optimizer: OptimizerKind::Adam,
        beta1: 0.5,
        beta2: 0.999,
        decay_until: 0,
        decay_from: 0.0,
        decay_to: 0.0,
    };

    /// Builds the program: the networks' variables and the plans of [`super::plans`].
    ///
    /// # Errors
    /// [`Error::Setting`] where ingredients do not go together or not with the data.
    pub fn program(&self, data: DataShape) -> Result<Program> {
        let refused = |(key, message): (&str, String)| Err(Error::Setting { key: key.into(), message });
        if let Some(conflict) = self.conflict().or_else(|| self.misfit(data)) {
            return refused(conflict);
        }
        pair::program(self, &self.networks(), data)
    }

    /// The same, with what a trainer follows.
    ///
    /// # Errors
    /// As [`Recipe::program`].
    pub fn game(&self, data: DataShape) -> Result<Game> {
        let program = self.program(data)?;
        let play = pair::play(self, data, &program);
        Ok(Game { program, play })
    }

    /// What all games are mixed from, for those that are no pair.
    pub fn ingredients(&self, own: Own) -> Ingredients {
        let Recipe { batch_size, latent_dim, loss, .. } = *self;
        Ingredients { batch_size, latent_dim, loss, detective: self.rule(true), forger: self.rule(false), own }
    }

    /// A program whose one plan yields a page of samples and whose one network is the generator, with the same variables in
    /// the same places as in [`Recipe::program`].
    pub fn sampler(&self, data: DataShape) -> Result<Program> {
        pair::sampler(self, &self.networks(), data)
    }

    /// A program that runs one example through the generator and the discriminator and puts out what their layers do.
    pub fn inspection(&self, data: DataShape) -> Result<InspectionProgram> {
        pair::inspection(self, &self.networks(), data)
    }

    /// A program that looks at the networks with what the host writes to [`super::INPUTS`]: `latents` of them, and `points`;
    /// of the samples it takes the first `fakes`. Its plans are [`super::inspector_plans`].
    pub fn inspector(&self, data: DataShape, latents: usize, points: usize, fakes: usize) -> Result<Program> {
        inspect::inspector(&pair::Pair { recipe: self, networks: &self.networks(), data }, [latents, points, fakes])
    }

    fn networks(&self) -> Networks {
        match self.architecture {
            Architecture::Mlp => gan::NETWORKS,
            Architecture::Dcgan => dcgan::NETWORKS,
            Architecture::Plane => plane::NETWORKS,
            Architecture::Dirac => plane::DIRAC,
        }
    }

    /// Discriminator updates in the step after `step`.
    pub fn critic_updates(&self, step: u32) -> u32 {
        let warm = self.critic_warmup && (step < WARMUP_STEPS || step.is_multiple_of(WARMUP_EVERY));
        if warm { WARMUP_CRITIC } else { self.n_critic }
    }

    /// The rule by which D (or G) is updated.
    pub(super) fn rule(&self, discriminator: bool) -> UpdateRule {
        let (momentum, weight_decay) = (self.beta1, 0.0);
        let optimizer = match self.optimizer {
            OptimizerKind::Adam => {
                Optimizer::Adam(Adam { beta1: self.beta1, beta2: self.beta2, eps: 1e-8, weight_decay })
            }
            OptimizerKind::RmsProp => Optimizer::RmsProp(RmsProp { alpha: self.beta2, momentum, ..RmsProp::default() }),
            OptimizerKind::Sgd => Optimizer::Sgd(Sgd { momentum, ..Sgd::default() }),
        };
        let clip = (discriminator && self.weight_clip > 0.0).then_some(self.weight_clip);
        let average = (!discriminator && self.average > 0.0).then_some(Average { decay: self.average });
        UpdateRule { optimizer, clip, average, decay: self.decay() }
    }

    /// How both networks' rates fall, in steps, whatever `n_critic`.
    fn decay(&self) -> Option<Decay> {
        // At least one step, however short the run.
        let from = ((self.decay_from * self.decay_until as f32) as u32).min(self.decay_until.saturating_sub(1));
        (self.decay_until > 0).then_some(Decay {
            clock: Clock::Generator,
            from,
            until: self.decay_until,
            to: self.decay_to,
        })
    }

    /// Samples on one page, `[columns, rows]`: a picture of images (a column for each label where classes are told), or
    /// enough points to see a density.
    pub fn page(&self, data: DataShape) -> [usize; 2] {
        match data.form {
            Form::Image { .. } if self.labels != Labels::None => [data.columns(), 8],
            Form::Image { .. } => [8, 8],
            Form::Point { .. } => [32, 32],
        }
    }

    /// Which ingredient does not go with the others, as its setting's key, and why.
    pub fn conflict(&self) -> Option<(&'static str, String)> {
        let says = |key, message: &str| Some((key, message.to_string()));
        let points = matches!(self.architecture, Architecture::Plane | Architecture::Dirac);
        let own_discriminator = self.discriminator_layers.is_empty();
        if self.penalty != Penalty::None && self.discriminator_norm == Norm::Batch && own_discriminator {
            return says(
                "discriminator_norm",
                "cannot be batch norm beside a penalty: the penalty is on each example's own gradient, and batch norm \
                 mixes the examples (Gulrajani et al. 2017, section 4). None, layer and spectral norm work.",
            );
        }
        if self.architecture == Architecture::Dirac
            && (self.generator_norm, self.discriminator_norm) != (Norm::None, Norm::None)
        {
            return says(
                "discriminator_norm",
                "must be none, and so the generator's: two numbers have nothing to normalise.",
            );
        }
        if points && self.labels != Labels::None {
            return says("labels", "must be none: points have no labels.");
        }
        if self.classes == 1 {
            return says(
                "classes",
                "cannot be 1, which tells nothing: 0 stands for the data's labels, 50 is a good number of groups.",
            );
        }
        if self.within_labels && self.classes == 0 {
            return says(
                "within_labels",
                "needs a number of groups: set classes to 50, for five in each of ten labels.",
            );
        }
        for (key, value) in [("decay_from", self.decay_from), ("decay_to", self.decay_to)] {
            if self.decay_until == 0 && value != 0.0 {
                let message = "means nothing where the rates never fall: say with decay_until at which step they have.";
                return says(key, message);
            }
        }
        if self.n_critic == 0 || self.n_critic > 100 {
            return says("n_critic", "takes 1 to 100.");
        }
        if self.latent_dim == 0 || self.batch_size < 2 {
            return says("batch_size", "takes at least 2 examples, and the latent at least one number.");
        }
        None
    }

    /// Which ingredient does not go with the data, as its setting's key, and why.
    pub fn misfit(&self, data: DataShape) -> Option<(&'static str, String)> {
        let fits = matches!(
            (self.architecture, data.form),
            (Architecture::Mlp | Architecture::Dcgan, Form::Image { height: 28, width: 28 })
                | (Architecture::Plane, Form::Point { coordinates: 2 })
                | (Architecture::Dirac, Form::Point { coordinates: 1 })
        );
        if !fits {
            let message = match (self.architecture, data.form) {
                (_, Form::Image { height, width })
                    if !matches!(self.architecture, Architecture::Mlp | Architecture::Dcgan) =>
                {
                    format!(
                        "is made for points, and the data are images of {height} by {width}: mlp and dcgan would work."
                    )
                }
                (_, Form::Image { height, width }) => {
                    format!("takes images of 28 by 28; these are {height} by {width}.")
                }
                (Architecture::Dirac, _) => "lives on the line: its data set is origin.".into(),
                (Architecture::Plane, _) => {
                    "takes points of the plane, and origin is a point of the line: choose another world, or dirac."
                        .into()
                }
                (_, Form::Point { .. }) => "is made for images, and the data are points: plane would work.".into(),
            };
            return Some(("architecture", message));
        }
        if self.labels != Labels::None && data.classes == 0 {
            let message = "must be none: this data set has no labels. MNIST has; or set classes to 50, for groups of look-alikes.";
            return Some(("labels", message.into()));
        }
        let labels = data.groups.map_or(0, |groups| groups.labels);
        if labels > 0 && !self.classes.is_multiple_of(labels) {
            let (classes, near) =
                (self.classes, self.classes.next_multiple_of(labels).min(MAX_CLASSES / labels * labels));
            let message =
                format!("is {classes}, which is not as many groups in each of {labels} labels: {near} would be.");
            return Some(("classes", message));
        }
        if self.labels != Labels::None && self.classes > data.count {
            let message = format!("asks for {} groups of {} images: choose at most that.", self.classes, data.count);
            return Some(("classes", message));
        }
        if self.batch_size > data.count {
            let message =
                format!("is {} and the data set has {} examples: choose at most that.", self.batch_size, data.count);
            return Some(("batch_size", message));
        }
        let lists = [
            ("generator_layers", self.generator_layers, true),
            ("discriminator_layers", self.discriminator_layers, false),
        ];
        let unfit = |(key, list, is_generator): (&'static str, LayerList, bool)| {
            let task = Task::new(self, data, is_generator);
            let problem = task.problem(&list, &task.check(&list)).filter(|problem| problem.blocks)?;
            let fix = problem.fixes.first().map(|fix| format!(" {}: {}.", fix.label, fix.layers));
            Some((key, format!("do not fit. {}{}", problem.message, fix.unwrap_or_default())))
        };
        lists.into_iter().filter(|(_, list, _)| !list.is_empty()).find_map(unfit)
    }
}
