//! The networks of ProGAN: a block for each size, and layers from and to images.

use crate::error::Result;
use crate::game::{Builder, Network, Step};
use crate::graph::{Clock, Conv, Tensor, Unary};
use crate::nn::{Scope, Weights, functional};

/// Channels at 4x4, 8x8, 16x16 and 32x32.
const CHANNELS: [usize; 4] = [64, 32, 16, 8];
const FORGER: [[&str; 2]; 4] = [["g4", "to4"], ["g8", "to8"], ["g16", "to16"], ["g32", "to32"]];
const DETECTIVE: [[&str; 2]; 4] = [["d4", "from4"], ["d8", "from8"], ["d16", "from16"], ["d32", "from32"]];
const NAMES: [&str; 4] = ["4x4", "8x8", "16x16", "32x32"];
/// Examples among which the spread is taken.
const GROUP: usize = 8;

/// A gain for leaky ReLU behind it, and one for nothing behind it.
fn equalised(scope: &mut Scope, gain: f32) {
    scope.weights = Weights::Equalized { gain, lr_multiplier: 1.0 };
}

fn active(scope: &mut Scope, x: Tensor, norm: bool) -> Result<Tensor> {
    let x = scope.leaky_relu(x, 0.2)?;
    if norm { scope.pixel_norm(x) } else { Ok(x) }
}

/// The networks of one stage.
#[derive(Clone)]
pub(super) struct Grown {
    /// The largest size's number, from 0.
    level: usize,
    /// For each size the block, and the layer from or to images.
    forger: Vec<[Network; 2]>,
    detective: Vec<[Network; 2]>,
    /// The steps over which the largest size fades in.
    fade: Option<[u32; 2]>,
}

/// A block (`part` 0) of a size, or its layer to or from images.
fn layer(level: usize, part: usize, forges: bool) -> impl Fn(&mut Scope, Tensor) -> Result<Tensor> {
    let (channels, small, half) = (CHANNELS[level], Conv::square(3, 1, 1), Conv::square(4, 2, 1));
    move |scope, x| {
        equalised(scope, std::f32::consts::SQRT_2);
        let batch = scope.graph.shape(x)[0];
        match (part, level, forges) {
            (1, _, true) => {
                equalised(scope, 1.0);
                scope.conv2d("conv", x, 1, Conv::square(1, 1, 0), true)
            }
            (1, _, false) => {
                let x = scope.conv2d("conv", x, channels, Conv::square(1, 1, 0), true)?;
                active(scope, x, false)
            }
            (_, 0, true) => {
                let x = scope.pixel_norm(x)?;
                let x = scope.linear("linear", x, channels * 16, true)?;
                let x = scope.graph.reshape(x, [batch, channels, 4, 4])?;
                let x = active(scope, x, true)?;
                let x = scope.conv2d("conv", x, channels, small, true)?;
                active(scope, x, true)
            }
            (_, _, true) => {
                let x = functional::interpolate_nearest(scope.graph, x, 2)?;
                let x = scope.conv2d("conv", x, channels, small, true)?;
                active(scope, x, true)
            }
            // With the map of the spread as one more channel.
            (_, 0, false) => {
                let x = scope.conv2d("conv", x, channels, small, true)?;
                let x = active(scope, x, false)?;
                let x = scope.graph.reshape(x, [batch, channels * 16])?;
                let x = scope.linear("linear1", x, channels, true)?;
                let x = active(scope, x, false)?;
                equalised(scope, 1.0);
                scope.linear("linear2", x, 1, true)
            }
            (_, _, false) => {
                let x = scope.conv2d("conv", x, CHANNELS[level - 1], half, true)?;
                active(scope, x, false)
            }
        }
    }
}

impl Grown {
    /// The networks of a stage: sizes are added in the odd ones, over whose steps they fade in.
    pub fn new(game: &mut Builder, stage: usize) -> Grown {
        let level = stage.div_ceil(2);
        let fade = (stage % 2 == 1).then(|| game.steps());
        let mut networks = |names: [[&'static str; 2]; 4], forges: bool| {
            let of = |at: usize| [0, 1].map(|part| game.network(names[at][part], layer(at, part, forges)));
            (0..=level).map(of).collect::<Vec<_>>()
        };
        let (forger, detective) = (networks(FORGER, true), networks(DETECTIVE, false));
        Grown { level, forger, detective, fade }
    }

    /// The generator's networks in use.
    pub fn forgers(&self) -> Vec<Network> {
        self.used(&self.forger)
    }

    /// The discriminator's.
    pub fn detectives(&self) -> Vec<Network> {
        self.used(&self.detective)
    }

    /// The networks that are run: all blocks, and the layers from or to images of the largest size, and of the one before
    /// while it fades out.
    fn used(&self, networks: &[[Network; 2]]) -> Vec<Network> {
        let blocks = networks.iter().map(|[block, _]| *block);
        let seen = if self.fade.is_some() { self.level - 1..=self.level } else { self.level..=self.level };
        blocks.chain(seen.map(|at| networks[at][1])).collect()
    }

    /// From `before` to `after` as the largest size fades in.
    fn faded(&self, s: &mut Step, before: Tensor, after: Tensor) -> Result<Tensor> {
        if self.fade.is_none() {
            return Ok(after);
        }
        let alpha = self.alpha(s)?;
        functional::lerp(&mut s.graph, before, after, alpha)
    }

    /// The share of the largest size, `[]`: 1 but while it fades in.
    pub fn alpha(&self, s: &mut Step) -> Result<Tensor> {
        match self.fade {
            Some([from, until]) => s.graph.ramp(Clock::Generator, from, until),
            None => Ok(s.graph.constant(1.0, [])),
        }
    }

    /// Real images at the largest size, without its details while it fades in.
    pub fn real(&self, s: &mut Step) -> Result<Tensor> {
        let x = s.row("data", "example")?;
        let mut x = functional::pad2d(&mut s.graph, x, [2; 4], -1.0)?;
        for _ in self.level..CHANNELS.len() - 1 {
            x = functional::avg_pool2d(&mut s.graph, x, 2, 2, 0)?;
        }
        if self.fade.is_none() {
            return Ok(x);
        }
        let rough = functional::avg_pool2d(&mut s.graph, x, 2, 2, 0)?;
        let rough = functional::interpolate_nearest(&mut s.graph, rough, 2)?;
        self.faded(s, rough, x)
    }

    /// What the generator makes of latents.
    pub fn image(&self, s: &mut Step, z: Tensor) -> Result<Tensor> {
        let (mut x, mut before) = (z, z);
        for [block, _] in &self.forger {
            before = x;
            x = s.run(*block, x)?;
        }
        let mut image = s.run(self.forger[self.level][1], x)?;
        if self.fade.is_some() {
            let old = s.run(self.forger[self.level - 1][1], before)?;
            let old = functional::interpolate_nearest(&mut s.graph, old, 2)?;
            image = self.faded(s, old, image)?;
        }
        s.graph.unary(Unary::Tanh, image)
    }

    /// What each block makes of latents, from the smallest size on, as the 28x28 pixels of the data, and what the size is called.
    /// The largest is as it will be when it has faded in; sizes that are still to come are blank.
    pub fn sizes(&self, s: &mut Step, z: Tensor) -> Result<Vec<(&'static str, Tensor)>> {
        let (mut x, mut sizes) = (z, Vec::new());
        for (level, name) in NAMES.into_iter().enumerate() {
            let image = match self.forger.get(level) {
                Some([block, to_pixels]) => {
                    x = s.run(*block, x)?;
                    let image = s.run(*to_pixels, x)?;
                    let image = s.graph.unary(Unary::Tanh, image)?;
                    shown(s, image)?
                }
                None => s.graph.constant(-1.0, [s.count(), 1, 28, 28]),
            };
            sizes.push((name, image));
        }
        Ok(sizes)
    }

    /// The discriminator's logits; where its slope is looked at, the spread of the batch is `held`: it is no example's own.
    pub fn judge(&self, s: &mut Step, image: Tensor, held: bool) -> Result<Tensor> {
        let mut x = s.run(self.detective[self.level][1], image)?;
        for at in (1..=self.level).rev() {
            x = s.run(self.detective[at][0], x)?;
            if at == self.level && self.fade.is_some() {
                let small = functional::avg_pool2d(&mut s.graph, image, 2, 2, 0)?;
                let old = s.run(self.detective[at - 1][1], small)?;
                x = self.faded(s, old, x)?;
            }
        }
        let channels = s.graph.shape(x)[1];
        let group = GROUP.min(s.count());
        let both = s.within(self.detective[0][0], |scope| scope.minibatch_stddev(x, group))?;
        let mut spread = s.graph.slice(both, 1, channels, 1)?;
        if held {
            spread = s.graph.stop_gradient(spread);
        }
        let x = s.graph.concat(&[x, spread], 1)?;
        s.run(self.detective[0][0], x)
    }
}

/// Images of any size as the 28x28 pixels of the data.
pub(super) fn shown(s: &mut Step, image: Tensor) -> Result<Tensor> {
    let side = s.graph.shape(image)[2];
    let large = functional::interpolate_nearest(&mut s.graph, image, 32 / side)?;
    let rows = s.graph.slice(large, 2, 2, 28)?;
    s.graph.slice(rows, 3, 2, 28)
}
