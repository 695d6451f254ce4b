//! Solid things of six families, cut into cells, each with a picture and a silhouette from some side.

mod cells;
mod families;
mod render;
mod solid;
#[cfg(test)]
mod tests;

pub use families::volume;
pub use render::{Shot, render};

use crate::hash::hash;
use crate::{Column, Random, Set, Split, byte, cosine, sine};

/// Cells along a side of a volume.
pub const CELLS: usize = 16;

/// Pixels along a side of a picture.
pub const SIDE: usize = 32;

/// The families, in the order of their numbers.
pub const FAMILIES: [&str; 6] = ["chair", "table", "lamp", "car", "plane", "mug"];

/// What a shape's form depends on. Each family has its own use for them: `families.rs`.
pub const PARAMETERS: [&str; 6] = ["height", "width", "depth", "thickness", "feature", "style"];

pub(crate) const SHAPES: Set = Set {
    key: "shapes",
    name: "Solids",
    about: "Chairs, tables, lamps, cars, planes and mugs of sixteen cells a side, each seen from some side.",
    columns: &[
        ("volume", Column::Volume { side: CELLS }),
        ("picture", Column::Picture { channels: 3, side: SIDE }),
        ("silhouette", Column::Picture { channels: 1, side: SIDE }),
        ("family", Column::Class { classes: FAMILIES.len() }),
        (
            "numbers",
            Column::Numbers {
                names: &["azimuth sine", "azimuth cosine", "height", "width", "depth", "thickness", "feature", "style"],
            },
        ),
    ],
};

/// Chosen so that each family has a combination that is held out, and each height and width others that are not.
const SALT: u32 = 683;

/// Whether no row that is trained on is of this family with about this height and width: a quarter of the range each.
fn held_out(family: u8, parameters: &[u8; PARAMETERS.len()]) -> bool {
    hash(&[SALT, family.into(), u32::from(parameters[0] / 64), u32::from(parameters[1] / 64)]).is_multiple_of(10)
}

pub(crate) fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let (family, parameters) = loop {
        let family = random.below(FAMILIES.len()) as u8;
        let parameters = std::array::from_fn(|_| random.below(256) as u8);
        if split.takes(held_out(family, &parameters)) {
            break (family, parameters);
        }
    };
    let azimuth = random.below(256) as f32 / 256.0;
    let volume = volume(family, &parameters);
    let shot = render(&volume, azimuth);
    shot.picture.write(&mut tables[1]);
    tables[2].extend(shot.silhouette.iter().copied().map(byte));
    tables[0].extend(volume);
    tables[3].push(family);
    tables[4].extend([sine(azimuth), cosine(azimuth)].map(|share| byte(0.5 + share / 2.0)));
    tables[4].extend(parameters);
}
