//! The ingredients of an adversarial pair. They can be mixed where that makes sense; [`Recipe::conflict`] says where not.

use super::choices::{Architecture, Initialization, Labels, Norm, OptimizerKind, Penalty, Upsampling};
use super::layers::LayerList;
use crate::data::{DataShape, Form};
use crate::game::{Ingredients, Own};
use crate::graph::{Adam, Average, Clock, Decay, Optimizer, RmsProp, Sgd, UpdateRule};
use crate::nn::AdversarialLoss;

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
    /// Steps of an earlier run that this one goes on from with full rates: the decay is counted from there.
    pub begun: u32,
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
        begun: 0,
    };

    /// What all games are mixed from, for those that are no pair.
    pub fn ingredients(&self, own: Own) -> Ingredients {
        let Recipe { batch_size, latent_dim, loss, .. } = *self;
        Ingredients { batch_size, latent_dim, loss, detective: self.rule(true), forger: self.rule(false), own }
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
            from: self.begun.saturating_add(from),
            until: self.begun.saturating_add(self.decay_until),
            to: self.decay_to,
        })
    }

    /// Samples on one page, `[columns, rows]`: a picture of images (a column for each label where classes are told), or
    /// enough points to see a density.
    pub fn page(&self, data: DataShape) -> [usize; 2] {
        match data.form {
            Form::Image { .. } if self.labels != Labels::None => [data.columns(), 8],
            Form::Image { .. } | Form::Map { .. } | Form::Volume { .. } => [8, 8],
            Form::Point { .. } => [32, 32],
        }
    }
}
