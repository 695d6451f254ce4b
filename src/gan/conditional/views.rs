//! What a visitor may look at in games that are told the class: ways from class to class and from noise to noise, truncation,
//! and where a place looks.

use crate::error::Result;
use crate::game::{Builder, Layout, Network, Role, Slider, Step, WALK_STEPS};
use crate::graph::{Init, Tensor};
use crate::nn::functional;

/// Places along a side of the maps with attention, and of those that they look at.
const SIDE: usize = 14;
const SEEN: usize = SIDE / 2;
/// Of the images.
const PIXELS: usize = 28;

const fn class(key: &'static str, name: &'static str, default: f32, help: &'static str) -> Slider {
    Slider { key, name, range: [0.0, 9.0, 1.0], default, names: &[], help }
}

const FROM: Slider = class("from_class", "From class", 4.0, "The digit at the left.");
const TO: Slider = class("to_class", "To class", 9.0, "The digit at the right.");
const FROM_NOISE: Slider = Slider::latent("from_noise", "From noise", 0.0, "Number of the noise at the left.");
const TO_NOISE: Slider = Slider::latent("to_noise", "To noise", 1.0, "Number of the noise at the right.");

const TRUNCATED: Slider = class("truncated_class", "Class", 5.0, "The digit that is drawn.");
/// The bounds behind the places of [`BOUND`]; the first is none.
const BOUNDS: [f32; 8] = [3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.3, 0.1];
const BOUND: Slider = Slider {
    key: "bound",
    name: "Bound of the noise",
    range: [0.0, (BOUNDS.len() - 1) as f32, 1.0],
    default: 3.0,
    names: &["none", "2", "1.5", "1", "0.7", "0.5", "0.3", "0.1"],
    help: "Noise beyond it counts as drawn again. The tighter, the clearer the digits, and the more alike.",
};

const ATTENDING: Slider = class("attending_class", "Class", 8.0, "The digit that is drawn.");
const NOISE: Slider = Slider::latent("attending_noise", "Noise", 0.0, "Another noise is another picture.");
const ROW: Slider = place("row", "Row of the place", "Counted from the top.");
const COLUMN: Slider = place("column", "Column of the place", "Counted from the left.");

const fn place(key: &'static str, name: &'static str, help: &'static str) -> Slider {
    Slider { key, name, range: [0.0, (SIDE - 1) as f32, 1.0], default: (SEEN - 1) as f32, names: &[], help }
}

/// Where each place looks, `[B, places, places seen]`; None without attention.
type Seen = Option<Tensor>;
/// Draws images of latents and of what stands for classes, with attention if it attends, and says where it looks.
type Draw<'a> = &'a dyn Fn(&mut Step, Tensor, Tensor, bool) -> Result<(Tensor, Seen)>;

/// The networks, as these views need them.
pub(super) struct Views<'a> {
    /// Those with a weight of attention, the generator first.
    pub gammas: [Network; 2],
    /// What stands for classes `[B]`: `[B, N]`.
    pub embed: &'a dyn Fn(&mut Step, Tensor) -> Result<Tensor>,
    pub draw: Draw<'a>,
    /// Where the discriminator looks in images of classes `[B]`.
    pub look: &'a dyn Fn(&mut Step, Tensor, Tensor) -> Result<Seen>,
}

impl Views<'_> {
    pub fn declare(&self, game: &mut Builder, truncates: bool, attends: bool) -> Result<()> {
        if truncates {
            self.truncation(game, attends)?;
        }
        self.blends(game, attends)?;
        if attends { self.attention(game) } else { Ok(()) }
    }

    fn blends(&self, game: &mut Builder, attends: bool) -> Result<()> {
        let words = [
            "From one digit to another",
            "Only the class changes in the first row, only the noise in the second, both in the third. Look for strokes that \
             move instead of fading.",
        ];
        game.view("blends", words, Layout::Rows(WALK_STEPS), &|s| {
            let classes = numbers(s, [&FROM, &TO])?;
            let (latents, way) = (numbers(s, [&FROM_NOISE, &TO_NOISE])?, s.way()?);
            let classes = joined(s, &classes)?;
            let (classes, latents) = ((self.embed)(s, classes)?, s.latents_at(&latents)?);
            let classes = (s.graph.slice(classes, 0, 0, 1)?, s.blended(classes, way)?);
            let latents = (s.graph.slice(latents, 0, 0, 1)?, s.walked(latents, way)?);
            let (still_class, still_latent) = (repeated(s, classes.0)?, repeated(s, latents.0)?);
            let class = s.graph.concat(&[classes.1, still_class, classes.1], 0)?;
            let z = s.graph.concat(&[still_latent, latents.1, latents.1], 0)?;
            let (images, _) = (self.draw)(s, z, class, attends)?;
            let mut listed = Vec::new();
            for (at, (key, name)) in [("class", "Class"), ("noise", "Noise"), ("both", "Both")].into_iter().enumerate()
            {
                listed.push((key, name, Role::Output, s.graph.slice(images, 0, at * WALK_STEPS, WALK_STEPS)?));
            }
            Ok(listed)
        })
    }

    fn truncation(&self, game: &mut Builder, attends: bool) -> Result<()> {
        let words = [
            "Truncation",
            "The same noise twice: as it is drawn, and without its tails. Look for what becomes clear, and for what all come \
             to have in common.",
        ];
        game.view("truncation", words, Layout::Rows(WALK_STEPS), &|s| {
            let ([class, bound], z) = (numbers(s, [&TRUNCATED, &BOUND])?, s.latent());
            let class = s.graph.reshape(class, [1])?;
            let class = (self.embed)(s, class)?;
            let class = repeated(s, class)?;
            let bounded = bounded(s, z, bound)?;
            let (z, class) = (s.graph.concat(&[z, bounded], 0)?, s.graph.concat(&[class, class], 0)?);
            let (images, _) = (self.draw)(s, z, class, attends)?;
            let (drawn, truncated) =
                (s.graph.slice(images, 0, 0, WALK_STEPS)?, s.graph.slice(images, 0, WALK_STEPS, WALK_STEPS)?);
            Ok(vec![("drawn", "Drawn", Role::Input, drawn), ("truncated", "Truncated", Role::Output, truncated)])
        })
    }

    fn attention(&self, game: &mut Builder) -> Result<()> {
        let words = [
            "Where a place looks",
            "The marked place looks at what is bright; an even look is 0.02 everywhere. Click on a picture to compare a place on \
             the stroke with one on the ground. What attention adds counts as much as its weight says: at 0 the first two \
             pictures are one.",
        ];
        game.view("attention", words, Layout::Grid([1, 1]), &|s| {
            let place = s.pointed([&ROW, &COLUMN])?;
            let [class, noise] = numbers(s, [&ATTENDING, &NOISE])?;
            let z = s.latents_at(&[noise])?;
            let class = s.graph.reshape(class, [1])?;
            let told = (self.embed)(s, class)?;
            let (image, seen) = (self.draw)(s, z, told, true)?;
            let (without, _) = (self.draw)(s, z, told, false)?;
            let looked = (self.look)(s, image, class)?;
            let mut listed = vec![
                ("picture", "Drawn", Role::Output, image),
                ("without", "Without attention", Role::Output, without),
            ];
            let mut shares = Vec::new();
            let kinds = [
                (seen, ["generator", "share_g"], "Where the generator looks", "Largest share, generator"),
                (looked, ["discriminator", "share_d"], "Where the discriminator looks", "Largest share, discriminator"),
            ];
            for (seen, [key, share_key], name, share) in kinds {
                let Some(seen) = seen else { continue };
                let (map, largest) = map_of(s, seen, place)?;
                listed.push((key, name, Role::Output, map));
                shares.push((share_key, share, Role::Number, largest));
            }
            let weights = [("gamma_g", "Weight in the generator"), ("gamma_d", "Weight in the discriminator")];
            for (network, (key, name)) in self.gammas.into_iter().zip(weights) {
                let gamma = s.within(network, |scope| scope.parameter("attention.gamma", [], Init::Constant(0.0)))?;
                listed.push((key, name, Role::Number, gamma));
            }
            listed.extend(shares);
            Ok(listed)
        })
    }
}

/// Where these sliders stand.
fn numbers(s: &mut Step, [one, other]: [&Slider; 2]) -> Result<[Tensor; 2]> {
    Ok([s.number(one)?, s.number(other)?])
}

/// Scalars as a vector.
fn joined(s: &mut Step, scalars: &[Tensor]) -> Result<Tensor> {
    let mut rows = Vec::new();
    for &scalar in scalars {
        rows.push(s.graph.reshape(scalar, [1])?);
    }
    s.graph.concat(&rows, 0)
}

/// A row `[1, N]` for each step of a walk.
fn repeated(s: &mut Step, row: Tensor) -> Result<Tensor> {
    let width = s.graph.shape(row)[1];
    s.graph.broadcast(row, &[WALK_STEPS, width].into())
}

/// Latents `[B, N]` within the bound of a place of [`BOUND`], `[]`; without one they stay as they are, bit for bit.
fn bounded(s: &mut Step, z: Tensor, place: Tensor) -> Result<Tensor> {
    let bounds = BOUNDS.map(|bound| s.graph.constant(bound, [1, 1]));
    let bounds = s.graph.concat(&bounds, 0)?;
    let index = s.graph.reshape(place, [1])?;
    let bound = s.graph.gather_rows(bounds, index)?;
    let truncated = functional::truncated(&mut s.graph, z, bound)?;
    let first = s.graph.constant(1.0, []);
    let is_none = s.graph.less(place, first)?;
    s.graph.select(is_none, z, truncated)
}

/// Where a place looks, as an image `[1, 1, 28, 28]` from black, nowhere, to white, where it looks most; and the largest share,
/// `[1]`.
fn map_of(s: &mut Step, seen: Tensor, [row, column]: [Tensor; 2]) -> Result<(Tensor, Tensor)> {
    let index = s.graph.mul_scalar(row, SIDE as f32)?;
    let index = s.graph.add(index, column)?;
    let index = s.graph.reshape(index, [1])?;
    let rows = s.graph.reshape(seen, [SIDE * SIDE, SEEN * SEEN])?;
    let own = s.graph.gather_rows(rows, index)?;
    let largest = s.graph.max(own, &[1])?;
    let bright = s.graph.div(own, largest)?;
    let bright = s.graph.mul_scalar(bright, 2.0)?;
    let bright = s.graph.add_scalar(bright, -1.0)?;
    let map = s.graph.reshape(bright, [1, 1, SEEN, SEEN])?;
    let map = functional::interpolate_nearest(&mut s.graph, map, PIXELS / SEEN)?;
    Ok((map, s.graph.reshape(largest, [1])?))
}
