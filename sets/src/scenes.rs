//! Landscapes: a map of classes, and the picture that a season and a time of day make of it.

mod layout;
mod palette;
mod patches;
mod render;
#[cfg(test)]
mod tests;
mod things;

pub use render::render;

use crate::hash::hash;
use crate::{Column, Random, Set, Split};
use layout::Plan;

/// Pixels along a side of map and picture.
pub const SIDE: usize = 32;

/// What a pixel of a map shows, in the order of their numbers.
pub const CLASSES: [&str; 10] = ["sky", "hill", "grass", "road", "water", "tree", "house", "roof", "window", "sun"];

/// Seasons and times of day, in the order of their numbers.
pub const STYLES: [&str; 6] =
    ["spring morning", "summer noon", "summer evening", "autumn day", "winter day", "winter night"];

const SKY: u8 = 0;
const HILL: u8 = 1;
const GRASS: u8 = 2;
const ROAD: u8 = 3;
const WATER: u8 = 4;
const TREE: u8 = 5;
const HOUSE: u8 = 6;
const ROOF: u8 = 7;
const WINDOW: u8 = 8;
const SUN: u8 = 9;

/// What each number of a style means: tint, mist, where the light comes from (0 left, 1 right), clouds, the colour of walls,
/// and the grain of all textures.
const NUMBERS: &[&str] = &["warmth", "haze", "light", "clouds", "walls", "grain"];

pub(crate) const SCENES: Set = Set {
    key: "scenes",
    name: "Landscapes",
    about: "Landscapes with hills, roads, water, trees and houses at six times of the year, each with the map of what is where.",
    columns: &[
        ("map", Column::Map { classes: CLASSES.len(), side: SIDE }),
        ("picture", Column::Picture { channels: 3, side: SIDE }),
        ("style", Column::Class { classes: STYLES.len() }),
        ("numbers", Column::Numbers { names: NUMBERS }),
    ],
};

/// How a map is turned into a picture. Map and style determine every byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Which of `STYLES`.
    pub kind: u8,
    /// Warmth, haze, light, clouds, walls and grain, as the column `numbers` has them.
    pub numbers: [u8; NUMBERS.len()],
}

/// Chosen so that each style and each number of houses has combinations that are held out.
const SALT: u32 = 7;

/// Whether no row that is trained on has this style with these things in it.
fn held_out(plan: &Plan) -> bool {
    let Plan { style, houses, water, road, hills } = *plan;
    let parts = [style.into(), houses.into(), water.into(), road.into(), hills.into()];
    hash(&[SALT, hash(&parts)]).is_multiple_of(10)
}

pub(crate) fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let (plan, map) = loop {
        let plan = Plan::choose(random);
        if split.takes(held_out(&plan))
            && let Some(map) = layout::draw(&plan, random)
        {
            break (plan, map);
        }
    };
    let style = Style { kind: plan.style, numbers: std::array::from_fn(|_| random.below(256) as u8) };
    tables[0].extend(map);
    render(&map, &style).write(&mut tables[1]);
    tables[2].push(style.kind);
    tables[3].extend(style.numbers);
}
