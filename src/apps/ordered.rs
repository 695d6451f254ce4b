//! What games that draw to order share: a generator that is told several attributes at once, a discriminator that judges how
//! well a picture fits each of them, and their turns.
//!
//! Attributes reach the generator one-hot beside the noise, at its beginning and in each of its norms. Each adds a projection
//! to the discriminator's logit (Miyato and Koyama 2018), which so has a row for each class of each attribute and none for
//! their combinations: what a combination looks like that was never seen has to come of its parts.

use crate::error::Result;
use crate::game::{Builder, G_LOSS, Network, Role, Side, Slider, Step};
use crate::gan::Recipe;
use crate::gan::conditional::CONDITIONAL;
use crate::graph::{Conv, Init, Tensor, Unary};
use crate::nn::{self, AdversarialLoss, Scope, Weights, functional, init};

/// Sides where the generator begins and the discriminator ends.
const LEAST: usize = 4;
const ORTHOGONAL: Init = Init::Orthogonal { gain: 1.0 };
const KEEPING: Conv = Conv { kernel_size: [3; 2], stride: [1; 2], padding: [1; 2] };
const DOUBLING: Conv = Conv { kernel_size: [4; 2], stride: [2; 2], padding: [1; 2] };

/// What these games are mixed from, as SAGAN is.
pub(super) const RECIPE: Recipe = Recipe { latent_dim: 64, ..CONDITIONAL };

/// What can be ordered, and what the networks are made of.
pub(super) struct Catalogue {
    /// Attributes: the key is that of the column, and each class has a name.
    pub attributes: &'static [Slider],
    /// The generator's channels, of 4x4, 8x8 and so on.
    pub generator: &'static [usize],
    /// The discriminator's, from the full size down to 4x4.
    pub discriminator: &'static [usize],
    /// Along a side, pixels of the data that are one pixel of the networks.
    pub pixel: usize,
}

/// The networks of a game that draws to order.
#[derive(Clone, Copy)]
pub(super) struct Players {
    pub catalogue: &'static Catalogue,
    pub generator: Network,
    pub discriminator: Network,
}

/// A slider for an attribute: what each of its classes is called.
pub(super) const fn attribute(
    key: &'static str,
    name: &'static str,
    names: &'static [&'static str],
    default: f32,
    help: &'static str,
) -> Slider {
    Slider { key, name, range: [0.0, (names.len() - 1) as f32, 1.0], default, names, help }
}

/// How many noises a visitor chooses from.
const NOISES: usize = 64;
const NOISE: Slider = Slider {
    key: "noise",
    name: "Which of them",
    range: [0.0, (NOISES - 1) as f32, 1.0],
    default: 0.0,
    names: &[],
    help: "The same order from other noise: what was not ordered becomes another.",
};

/// For each example of a batch the class of each attribute, `[B]`.
pub(super) type Order = Vec<Tensor>;

impl Players {
    /// Declares the networks.
    pub fn new(game: &mut Builder, catalogue: &'static Catalogue) -> Players {
        let [generator, discriminator] = ["generator", "discriminator"].map(|name| game.bare_network(name));
        Players { catalogue, generator, discriminator }
    }

    /// What the rows of a batch are, for pictures to be made like them.
    pub fn order_of_rows(&self, s: &mut Step) -> Result<Order> {
        let count = s.count();
        let mut order = Vec::new();
        for attribute in self.catalogue.attributes {
            let class = s.row("data", attribute.key)?;
            order.push(s.graph.reshape(class, [count])?);
        }
        Ok(order)
    }

    /// Pictures `[B, 3, side, side]` to order, of latents `[B, N]`, as large as those of the data.
    pub fn draw(&self, s: &mut Step, z: Tensor, order: &[Tensor]) -> Result<Tensor> {
        let drawn = s.within(self.generator, |scope| draw(scope, self.catalogue, z, order))?;
        match self.catalogue.pixel {
            1 => Ok(drawn),
            pixel => functional::interpolate_nearest(&mut s.graph, drawn, pixel),
        }
    }

    /// Classes of chance, each attribute's by itself: any combination, also one that is held out.
    pub fn order_of_chance(&self, s: &mut Step) -> Result<Order> {
        let mut order = Vec::new();
        for attribute in self.catalogue.attributes {
            let (draw, count) = (s.draw(), s.count());
            let chance = s.graph.uniform(draw, [count]);
            let place = s.graph.mul_scalar(chance, attribute.names.len() as f32)?;
            order.push(s.graph.unary(Unary::Floor, place)?);
        }
        Ok(order)
    }

    /// A picture to the order of a visitor, who moves a slider for each attribute and one for the noise.
    pub fn probe(&self, game: &mut Builder, key: &'static str) -> Result<()> {
        game.probe(key, "Your order", |s| {
            let mut order = Vec::new();
            for attribute in self.catalogue.attributes {
                order.push(chosen(s, *attribute)?);
            }
            let z = chosen_noise(s, "noise")?;
            let output = self.draw(s, z, &order)?;
            Ok(vec![("output", "Drawn", Role::Output, output)])
        })
    }

    /// The turns of both.
    pub fn play(&self, game: &mut Builder) -> Result<()> {
        let loss = game.loss();
        game.turn("discriminator", Side::Detective, &[self.discriminator], |s| self.tells(s, loss))?;
        game.turn("generator", Side::Forger, &[self.generator], |s| self.fools(s, loss))
    }

    /// What the discriminator minimises. It compares fakes with real pictures of the same orders, so it never hears of a
    /// combination that is held out.
    pub fn tells(&self, s: &mut Step, loss: AdversarialLoss) -> Result<Tensor> {
        let Players { catalogue, discriminator, .. } = *self;
        let (mut real, order) = (s.row("data", "picture")?, self.order_of_rows(s)?);
        if catalogue.pixel > 1 {
            real = functional::avg_pool2d(&mut s.graph, real, catalogue.pixel, catalogue.pixel, 0)?;
        }
        // [explain: D
        let fake = self.fakes(s, &order)?;
        let fake = s.graph.stop_gradient(fake);
        // It has no batch norm: one pass over both is cheaper than two.
        let (pictures, count) = (s.graph.concat(&[real, fake], 0)?, s.count());
        let mut both = Vec::new();
        for class in order {
            both.push(s.graph.concat(&[class, class], 0)?);
        }
        let logits = s.within(discriminator, |scope| judge(scope, catalogue, pictures, &both))?;
        let (on_real, on_fake) = (s.graph.slice(logits, 0, 0, count)?, s.graph.slice(logits, 0, count, count)?);
        let verdict = s.verdict([on_real, on_fake], loss)?;
        // ]
        Ok(s.record_verdict(verdict))
    }

    /// What the generator minimises. It is asked for all combinations: a projection of attributes one by one has an opinion
    /// on those too of which there is no picture.
    pub fn fools(&self, s: &mut Step, loss: AdversarialLoss) -> Result<Tensor> {
        // [explain: G
        let order = self.order_of_chance(s)?;
        let fake = self.fakes(s, &order)?;
        let logits = s.within(self.discriminator, |scope| judge(scope, self.catalogue, fake, &order))?;
        let value = nn::generator_loss(&mut s.graph, logits, loss)?;
        // ]
        s.record(&G_LOSS, value);
        Ok(value)
    }

    /// As large as the networks' pictures.
    fn fakes(&self, s: &mut Step, order: &[Tensor]) -> Result<Tensor> {
        let z = s.latent();
        s.within(self.generator, |scope| draw(scope, self.catalogue, z, order))
    }
}

/// The class where a slider stands, for all examples, `[B]`.
pub(super) fn chosen(s: &mut Step, slider: Slider) -> Result<Tensor> {
    let (class, count) = (s.number(&slider)?, s.count());
    s.graph.broadcast(class, &[count].into())
}

/// One of some latents by the number of the slider of that key, for all examples, `[B, N]`.
pub(super) fn chosen_noise(s: &mut Step, key: &'static str) -> Result<Tensor> {
    let (number, draw, width) = (s.number(&Slider { key, ..NOISE })?, s.draw(), s.latent_dim());
    let latents = s.graph.normal(draw, [NOISES, width]);
    let number = s.graph.reshape(number, [1])?;
    let (chosen, count) = (s.graph.gather_rows(latents, number)?, s.count());
    s.graph.broadcast(chosen, &[count, width].into())
}

/// Columns and rows of a page as classes, `[B]`: 0, 1, 2 ... from left to right, and from top to bottom.
pub(super) fn places(s: &mut Step, columns: usize) -> Result<[Tensor; 2]> {
    let rows = s.count() / columns;
    let (across, down) = (s.graph.iota(columns)?, s.graph.iota(rows)?);
    let mut places = [s.graph.reshape(across, [1, columns])?, s.graph.reshape(down, [rows, 1])?];
    for place in &mut places {
        let whole = s.graph.broadcast(*place, &[rows, columns].into())?;
        *place = s.graph.reshape(whole, [rows * columns])?;
    }
    Ok(places)
}

/// Pictures of latents and an order: a linear to 4x4, a transposed convolution for each doubling, one more where they are
/// large, and one to colours.
pub(super) fn draw(scope: &mut Scope, catalogue: &Catalogue, z: Tensor, order: &[Tensor]) -> Result<Tensor> {
    let batch = scope.graph.shape(z)[0];
    let mut told = vec![z];
    for (attribute, &class) in catalogue.attributes.iter().zip(order) {
        told.push(functional::one_hot(scope.graph, class, attribute.names.len())?);
    }
    let told = scope.graph.concat(&told, 1)?;
    let weights = Weights::Plain { init: ORTHOGONAL };
    let norm = |scope: &mut Scope, name: &str, x: Tensor| {
        scope.weights = Weights::Plain { init: init::ZEROS };
        let x = scope.conditional_batch_norm(name, x, told, 1)?;
        scope.weights = weights;
        scope.relu(x)
    };
    scope.weights = weights;
    let [first, others @ ..] = catalogue.generator else { return Ok(z) };
    let x = scope.linear("linear", told, first * LEAST * LEAST, false)?;
    let mut x = scope.graph.reshape(x, [batch, *first, LEAST, LEAST])?;
    let mut side = LEAST;
    for &channels in others {
        x = norm(scope, &format!("norm{side}"), x)?;
        side *= 2;
        x = scope.conv_transpose2d(&format!("conv{side}"), x, channels, DOUBLING, false)?;
    }
    x = norm(scope, "norm_detail", x)?;
    let channels = scope.graph.shape(x)[1];
    x = scope.conv2d("detail", x, channels, KEEPING, false)?;
    x = norm(scope, "norm_picture", x)?;
    x = scope.conv2d("picture", x, 3, KEEPING, true)?;
    scope.tanh(x)
}

/// Logits `[B, 1]` of pictures with what was ordered.
pub(super) fn judge(scope: &mut Scope, catalogue: &Catalogue, x: Tensor, order: &[Tensor]) -> Result<Tensor> {
    scope.weights = Weights::Spectral { init: ORTHOGONAL };
    let mut x = x;
    for (at, &channels) in catalogue.discriminator.iter().enumerate() {
        let (name, conv) = (format!("conv{at}"), if at == 0 { KEEPING } else { DOUBLING });
        x = scope.conv2d(&name, x, channels, conv, true)?;
        x = scope.leaky_relu(x, 0.2)?;
    }
    let x = functional::flatten(scope.graph, x, 1)?;
    let mut logit = scope.linear("linear", x, 1, true)?;
    for (attribute, &class) in catalogue.attributes.iter().zip(order) {
        let fit = scope.projection(&format!("projection.{}", attribute.key), x, class, attribute.names.len())?;
        logit = scope.graph.add(logit, fit)?;
    }
    Ok(logit)
}
