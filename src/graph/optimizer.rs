//! Optimisers: what an update does to a network's parameters, as PyTorch computes it. The learning rate lives on the
//! device, one for each network, so that it can change while training runs; its decay follows the steps there, so that a
//! run is the same however many steps are submitted at once.

use super::Clock;

/// One update of all of a network's parameters, with what else is done to them on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateRule {
    pub optimizer: Optimizer,
    /// Afterwards each parameter is brought to within `[-clip, clip]` (the critic of Arjovsky et al. 2017).
    pub clip: Option<f32>,
    /// A moving average of the parameters is kept beside them.
    pub average: Option<Average>,
    /// The learning rate falls as training goes on.
    pub decay: Option<Decay>,
}

/// How a step follows from a gradient g, with the learning rate `lr` and the number of the network's update t, from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    Sgd(Sgd),
    Adam(Adam),
    RmsProp(RmsProp),
}

/// `torch.optim.SGD`: `p -= lr b`, with `b = momentum b + (1 - dampening) g`, which begins as g; with `nesterov` it is
/// `g + momentum b` that is followed. Weight decay adds `weight_decay p` to g.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sgd {
    pub momentum: f32,
    pub dampening: f32,
    pub weight_decay: f32,
    pub nesterov: bool,
}

/// `torch.optim.Adam` (Kingma and Ba 2015): `m` and `v` are decaying means of g and g^2, `p -= lr m' / (sqrt(v') + eps)`
/// with `m' = m / (1 - beta1^t)` and `v' = v / (1 - beta2^t)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
    pub weight_decay: f32,
}

/// `torch.optim.RMSprop`: `v` is a decaying mean of g^2 (less the square of that of g where `centered`),
/// `b = momentum b + g / (sqrt(v) + eps)`, `p -= lr b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    pub alpha: f32,
    pub eps: f32,
    pub weight_decay: f32,
    pub momentum: f32,
    pub centered: bool,
}

/// Moving average of parameters: `a += (1 - d) (p - a)` after each update, where `d = min(decay, (1 + t) / (10 + t))`, so
/// that it is not held back by where the parameters began (the warm-up of TensorFlow's `ExponentialMovingAverage`; with
/// t counted from 0, `1 - 1 / (1 + 0.1 t)` is the same but for one step). Here t counts the network's updates since the
/// average began, or began again (`Backend::restart_average`). Running statistics go along: weights of the last hundred
/// steps want the statistics of those steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    pub decay: f32,
}

/// The learning rate falls on a line: times 1 until `from`, times `to` at `until` and later. Both are counted in steps, runs
/// of the plan that `clock` belongs to, done before this update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    pub clock: Clock,
    pub from: u32,
    pub until: u32,
    pub to: f32,
}

impl Decay {
    /// What the learning rate is multiplied by after so many steps. In f32 on every backend.
    pub fn factor(&self, steps: u32) -> f32 {
        let past = steps.clamp(self.from, self.until) - self.from;
        1.0 - (1.0 - self.to) * (past as f32 / (self.until - self.from) as f32)
    }
}

impl Default for Adam {
    /// PyTorch's defaults.
    fn default() -> Self {
        Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }
    }
}

impl Default for RmsProp {
    /// PyTorch's defaults.
    fn default() -> Self {
        RmsProp { alpha: 0.99, eps: 1e-8, weight_decay: 0.0, momentum: 0.0, centered: false }
    }
}

impl Optimizer {
    /// What it keeps for each parameter, by the names in a PyTorch state dict.
    pub fn moments(&self) -> &'static [&'static str] {
        match self {
            Optimizer::Sgd(_) => &["momentum_buffer"],
            Optimizer::Adam(_) => &["exp_avg", "exp_avg_sq"],
            Optimizer::RmsProp(_) => &["momentum_buffer", "square_avg", "grad_avg"],
        }
    }

    /// Its name, for listings.
    pub fn name(&self) -> &'static str {
        match self {
            Optimizer::Sgd(_) => "sgd",
            Optimizer::Adam(_) => "adam",
            Optimizer::RmsProp(_) => "rmsprop",
        }
    }

    /// How much of a parameter is added to its gradient.
    pub fn weight_decay(&self) -> f32 {
        match self {
            Optimizer::Sgd(sgd) => sgd.weight_decay,
            Optimizer::Adam(adam) => adam.weight_decay,
            Optimizer::RmsProp(rms_prop) => rms_prop.weight_decay,
        }
    }
}

impl UpdateRule {
    /// What is wrong with its constants, in words; None where nothing is.
    pub(super) fn problem(&self) -> Option<String> {
        let share = |value: f32| (0.0..1.0).contains(&value);
        let positive = |value: f32| value >= 0.0 && value.is_finite();
        let wrong = match self.optimizer {
            Optimizer::Sgd(Sgd { momentum, dampening, nesterov, .. }) => (!positive(momentum)
                || !dampening.is_finite())
            .then(|| format!("momentum must be at least 0, and is {momentum} with dampening {dampening}"))
            .or((nesterov && (momentum <= 0.0 || dampening != 0.0))
                .then(|| "nesterov needs a momentum and no dampening".to_string())),
            Optimizer::Adam(Adam { beta1, beta2, eps, .. }) => {
                (!share(beta1) || !share(beta2) || !positive(eps)).then(|| {
                    format!("beta1 and beta2 must be in [0, 1) and eps at least 0; they are {beta1}, {beta2}, {eps}")
                })
            }
            Optimizer::RmsProp(RmsProp { alpha, eps, momentum, .. }) => {
                (!share(alpha) || !positive(eps) || !positive(momentum)).then(|| {
                    format!("alpha must be in [0, 1), eps and momentum at least 0; they are {alpha}, {eps}, {momentum}")
                })
            }
        };
        let decay = self.optimizer.weight_decay();
        wrong
            .or((!positive(decay)).then(|| format!("weight_decay must be at least 0 and is {decay}")))
            .or(self
                .clip
                .filter(|clip| clip.is_nan() || *clip <= 0.0)
                .map(|clip| format!("clip must be above 0 and is {clip}")))
            .or(self
                .average
                .filter(|average| !share(average.decay))
                .map(|average| format!("the average's decay must be in [0, 1) and is {}", average.decay)))
            .or(self.decay.filter(|decay| decay.until <= decay.from || !(0.0..=1.0).contains(&decay.to)).map(|decay| {
                let Decay { from, until, to, .. } = decay;
                format!("the learning rate's decay must end after it begins, at a share in [0, 1]; it is from {from} until {until}, to {to}")
            }))
    }
}

impl From<Optimizer> for UpdateRule {
    fn from(optimizer: Optimizer) -> Self {
        UpdateRule { optimizer, clip: None, average: None, decay: None }
    }
}

impl From<Adam> for UpdateRule {
    fn from(adam: Adam) -> Self {
        Optimizer::Adam(adam).into()
    }
}

impl From<Sgd> for UpdateRule {
    fn from(sgd: Sgd) -> Self {
        Optimizer::Sgd(sgd).into()
    }
}

impl From<RmsProp> for UpdateRule {
    fn from(rms_prop: RmsProp) -> Self {
        Optimizer::RmsProp(rms_prop).into()
    }
}
