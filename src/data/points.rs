//! Worlds of points in the plane (and one on the line): small enough to see everything that happens in them.
//!
//! A world knows what it is made of: the centres of its density with their mode, and how far points lie around them. So
//! it can be said of any point whether it belongs to the world, and to which part.

use crate::error::{Error, Result};
use crate::rng::{self, NormalTable};
use std::f32::consts::{PI, TAU};

/// A world of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Eight Gaussians on a circle of radius 2 (Metz et al. 2017 have radius 1).
    Ring8,
    /// Twenty-five Gaussians on a grid (Dumoulin et al. 2017).
    Grid25,
    /// A slanted line.
    Line,
    /// Five Gaussians where chance put them.
    Blobs,
    /// An arm that winds out from the middle.
    Spiral,
    /// Two half circles that reach into each other.
    Moons,
    /// Points that the visitor has drawn.
    Drawn,
    /// All points at 0 on the line: the data of the Dirac-GAN (Mescheder et al. 2018).
    Origin,
}

/// All worlds with their keys and names, in the order in which they are offered.
pub const WORLDS: &[(World, &str, &str)] = &[
    (World::Ring8, "ring8", "Ring of 8"),
    (World::Grid25, "grid25", "Grid of 25"),
    (World::Line, "line", "Line"),
    (World::Blobs, "blobs", "Blobs"),
    (World::Spiral, "spiral", "Spiral"),
    (World::Moons, "moons", "Two moons"),
    (World::Drawn, "drawn", "Drawn by hand"),
    (World::Origin, "origin", "A single point"),
];

/// A place where a world is dense, and which of its modes that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Centre {
    pub at: [f32; 2],
    pub mode: usize,
}

/// Points drawn from a world.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSet {
    pub name: String,
    /// Coordinates of one point: 2, and 1 for [`World::Origin`].
    pub coordinates: usize,
    /// `[count, coordinates]`
    pub points: Vec<f32>,
    pub centres: Vec<Centre>,
    pub modes: usize,
    /// Standard deviation of the points around their centre.
    pub sigma: f32,
}

/// Points of a set: so many that none is seen twice in the first 256 batches of 256.
pub const POINT_COUNT: usize = 65_536;
/// Points that can be drawn by hand.
pub const MOST_DRAWN: usize = 500;
/// Random numbers of the worlds; the letters "wrld".
const STREAM: u32 = 0x7772_6c64;
/// Centres along a curve: closer together than the points scatter.
const CURVE_CENTRES: usize = 200;
/// Modes that a curve is cut into, so that it can be said which part is missing.
const CURVE_MODES: usize = 10;

impl World {
    /// The world of that key.
    pub fn find(key: &str) -> Option<World> {
        WORLDS.iter().find(|(_, known, _)| *known == key).map(|(world, ..)| *world)
    }

    /// Its key in links.
    pub fn key(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> &'static (World, &'static str, &'static str) {
        WORLDS.iter().find(|(world, ..)| *world == self).expect("the table has every world")
    }

    /// Coordinates of its points.
    pub fn coordinates(self) -> usize {
        if self == World::Origin { 1 } else { 2 }
    }

    /// `count` points, the same for a seed. `drawn` are the points of [`World::Drawn`], else they are not looked at.
    ///
    /// # Errors
    /// [`Error::Setting`] where points are to be drawn and there are none, or too many, or one outside [-4, 4).
    pub fn points(self, count: usize, seed: u32, drawn: &[[f32; 2]]) -> Result<PointSet> {
        let (centres, sigma) = self.centres(seed, drawn)?;
        let modes = centres.iter().map(|centre| centre.mode + 1).max().unwrap_or(0);
        let coordinates = self.coordinates();
        let table = NormalTable::shared();
        let mut points = Vec::with_capacity(count * coordinates);
        for index in 0..count as u32 {
            let bits = |draw: u32| rng::bits(seed, STREAM, draw, index);
            let at = centres[((u64::from(bits(0)) * centres.len() as u64) >> 32) as usize].at;
            let scattered = (0..coordinates).map(|axis| at[axis] + sigma * table.normal(bits(1 + axis as u32)));
            points.extend(scattered);
        }
        Ok(PointSet { name: self.row().2.into(), coordinates, points, centres, modes, sigma })
    }

    fn centres(self, seed: u32, drawn: &[[f32; 2]]) -> Result<(Vec<Centre>, f32)> {
        let curve = |at: &dyn Fn(f32) -> [f32; 2]| -> Vec<Centre> {
            let place = |index: usize| (index as f32 + 0.5) / CURVE_CENTRES as f32;
            let mode = |index: usize| index * CURVE_MODES / CURVE_CENTRES;
            (0..CURVE_CENTRES).map(|index| Centre { at: at(place(index)), mode: mode(index) }).collect()
        };
        let each = |places: Vec<[f32; 2]>| -> Vec<Centre> {
            places.into_iter().enumerate().map(|(mode, at)| Centre { at, mode }).collect()
        };
        Ok(match self {
            World::Ring8 => {
                let place = |index: usize| {
                    let (sin, cos) = (TAU * index as f32 / 8.0).sin_cos();
                    [2.0 * cos, 2.0 * sin]
                };
                (each((0..8).map(place).collect()), 0.04)
            }
            World::Grid25 => {
                let place = |index: usize| [(index % 5) as f32 - 2.0, (index / 5) as f32 - 2.0];
                (each((0..25).map(place).collect()), 0.05)
            }
            World::Line => (curve(&|t| [4.0 * t - 2.0, 2.0 * t - 1.0]), 0.03),
            World::Blobs => {
                let number = |draw: u32, index: u32| rng::uniform(rng::bits(seed, STREAM, 16 + draw, index));
                let place = |index: u32| [4.0 * number(0, index) - 2.0, 4.0 * number(1, index) - 2.0];
                (each((0..5).map(place).collect()), 0.15)
            }
            World::Spiral => {
                let place = |t: f32| {
                    // The square root spreads the centres evenly along the arm.
                    let t = t.sqrt();
                    let (sin, cos) = (3.0 * PI * t).sin_cos();
                    [2.2 * t * cos, 2.2 * t * sin]
                };
                (curve(&place), 0.04)
            }
            World::Moons => {
                let place = |t: f32| {
                    let (sin, cos) = (TAU * t).sin_cos();
                    // The second half turn is the other moon, upside down and to the side.
                    if t < 0.5 { [1.2 * cos - 0.6, 1.2 * sin - 0.3] } else { [1.2 * cos + 0.6, 1.2 * sin + 0.3] }
                };
                (curve(&place), 0.05)
            }
            World::Drawn => {
                let inside = |point: &[f32; 2]| point.iter().all(|value| (-4.0..4.0).contains(value));
                if drawn.is_empty() || drawn.len() > MOST_DRAWN || !drawn.iter().all(inside) {
                    let message = format!(
                        "takes 1 to {MOST_DRAWN} points with both coordinates from -4 to below 4; {} were given{}",
                        drawn.len(),
                        if drawn.iter().all(inside) { "" } else { ", some of them outside" }
                    );
                    return Err(Error::Setting { key: "points".into(), message });
                }
                (each(drawn.to_vec()), 0.05)
            }
            World::Origin => (each(vec![[0.0, 0.0]]), 0.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every point lies near a centre, every mode has its share, and nothing leaves what the tables can hold.
    #[test]
    fn points_are_where_their_world_says() {
        for &(world, key, _) in WORLDS {
            let drawn = [[1.0, 1.0], [-1.5, 0.5]];
            let set = world.points(4_000, 3, &drawn).unwrap();
            assert_eq!(World::find(key), Some(world));
            let mut seen = vec![0; set.modes];
            for point in set.points.chunks(set.coordinates) {
                let at = [point[0], point.get(1).copied().unwrap_or(0.0)];
                let distance = |centre: &Centre| (at[0] - centre.at[0]).hypot(at[1] - centre.at[1]);
                let nearest = set.centres.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
                assert!(distance(nearest) <= 5.0 * set.sigma, "{key}: {at:?}");
                assert!(at.iter().all(|value| value.abs() < 3.5), "{key}: {at:?}");
                seen[nearest.mode] += 1;
            }
            let least = 4_000 / set.modes / 2;
            assert!(seen.iter().all(|&count| count > least), "{key}: {seen:?}");
        }
    }

    #[test]
    fn a_seed_is_a_world() {
        let points = |seed| World::Blobs.points(50, seed, &[]).unwrap().points;
        assert_eq!(points(1), points(1));
        assert_ne!(points(1), points(2));
    }

    #[test]
    fn drawing_takes_points_that_are_there() {
        let refused = |drawn: &[[f32; 2]]| World::Drawn.points(10, 1, drawn).unwrap_err().to_string();
        assert!(refused(&[]).contains("0 were given"));
        assert!(refused(&[[0.0, 9.0]]).contains("outside"));
        assert!(refused(&[[f32::NAN, 0.0]]).contains("outside"));
        assert!(refused(&vec![[0.0, 0.0]; 501]).contains("501"));
    }
}
