//! People in two poses: the same clothes, hair and skin, another stance.

mod paint;
mod pose;
#[cfg(test)]
mod tests;

pub use paint::render;
pub use pose::limit;

use crate::hash::hash;
use crate::{Column, Random, Set, Split, byte};
use pose::Pose;

/// Pixels along a side.
pub const SIDE: usize = 32;

/// The joints, in the order of their numbers: left and right are the picture's, not the person's.
pub const JOINTS: [&str; 13] = [
    "head",
    "left shoulder",
    "right shoulder",
    "left elbow",
    "right elbow",
    "left wrist",
    "right wrist",
    "left hip",
    "right hip",
    "left knee",
    "right knee",
    "left ankle",
    "right ankle",
];

/// Pairs of joints with a limb between them.
pub const LIMBS: [[usize; 2]; 10] =
    [[1, 3], [3, 5], [2, 4], [4, 6], [7, 9], [9, 11], [8, 10], [10, 12], [1, 7], [2, 8]];

/// The lines of a stick figure: limbs, across shoulders and hips, and the head, which is a dot.
pub const LINES: [[usize; 2]; LIMBS.len() + 3] = [
    LIMBS[0],
    LIMBS[1],
    LIMBS[2],
    LIMBS[3],
    LIMBS[4],
    LIMBS[5],
    LIMBS[6],
    LIMBS[7],
    LIMBS[8],
    LIMBS[9],
    [1, 2],
    [7, 8],
    [0, 0],
];

/// The two joints from whose middle each one hangs. Shoulders and hips are the body and hang from nothing but themselves.
pub const HANGS: [[usize; 2]; JOINTS.len()] =
    [[1, 2], [1, 1], [2, 2], [1, 1], [2, 2], [3, 3], [4, 4], [7, 7], [8, 8], [7, 7], [8, 8], [9, 9], [10, 10]];

/// Somebody of middling height who stands with the arms a little out.
pub const STANDING: Joints = [
    [0.5, 0.236],
    [0.411, 0.348],
    [0.589, 0.348],
    [0.336, 0.45],
    [0.664, 0.45],
    [0.251, 0.531],
    [0.749, 0.531],
    [0.455, 0.578],
    [0.545, 0.578],
    [0.424, 0.742],
    [0.576, 0.742],
    [0.394, 0.9],
    [0.606, 0.9],
];

pub const SHIRTS: [&str; 8] = ["red", "orange", "yellow", "green", "turquoise", "blue", "violet", "white"];
pub const TROUSERS: [&str; 6] = ["navy", "black", "grey", "beige", "brown", "wine"];
pub const HAIR: [&str; 5] = ["black", "brown", "blond", "ginger", "grey"];
pub const SLEEVES: [&str; 2] = ["short", "long"];

/// Where the joints are: right and down from the upper left corner, 1 is the picture's side.
pub type Joints = [[f32; 2]; JOINTS.len()];

/// What somebody looks like, and before which wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which of `SHIRTS`, `TROUSERS`, `HAIR` and `SLEEVES`.
    pub shirt: u8,
    pub trousers: u8,
    pub hair: u8,
    pub sleeve: u8,
    /// From light to dark.
    pub skin: u8,
    /// From short to tall.
    pub height: u8,
    /// The hue of the wall.
    pub wall: u8,
}

const COORDINATES: &[&str] = &[
    "head x",
    "head y",
    "left shoulder x",
    "left shoulder y",
    "right shoulder x",
    "right shoulder y",
    "left elbow x",
    "left elbow y",
    "right elbow x",
    "right elbow y",
    "left wrist x",
    "left wrist y",
    "right wrist x",
    "right wrist y",
    "left hip x",
    "left hip y",
    "right hip x",
    "right hip y",
    "left knee x",
    "left knee y",
    "right knee x",
    "right knee y",
    "left ankle x",
    "left ankle y",
    "right ankle x",
    "right ankle y",
];

pub(crate) const FIGURES: Set = Set {
    key: "figures",
    name: "People",
    about: "People in two poses, with thirteen joints and the colours of what they wear.",
    columns: &[
        ("source", Column::Picture { channels: 3, side: SIDE }),
        ("target", Column::Picture { channels: 3, side: SIDE }),
        ("source_joints", Column::Numbers { names: COORDINATES }),
        ("target_joints", Column::Numbers { names: COORDINATES }),
        ("shirt", Column::Class { classes: SHIRTS.len() }),
        ("trousers", Column::Class { classes: TROUSERS.len() }),
        ("hair", Column::Class { classes: HAIR.len() }),
        ("sleeve", Column::Class { classes: SLEEVES.len() }),
        ("numbers", Column::Numbers { names: &["skin", "height", "wall"] }),
    ],
};

/// Whether nobody who is trained on wears this.
fn held_out(person: &Person) -> bool {
    hash(&[SALT, person.shirt.into(), person.trousers.into(), person.hair.into()]).is_multiple_of(10)
}

/// Chosen so that about as many combinations of each colour are held out.
const SALT: u32 = 77;

pub(crate) fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let person = loop {
        let person = Person {
            shirt: random.below(SHIRTS.len()) as u8,
            trousers: random.below(TROUSERS.len()) as u8,
            hair: random.below(HAIR.len()) as u8,
            sleeve: random.below(SLEEVES.len()) as u8,
            skin: random.below(256) as u8,
            height: random.below(256) as u8,
            wall: random.below(256) as u8,
        };
        if split.takes(held_out(&person)) {
            break person;
        }
    };
    for pose in 0..2 {
        // The picture is drawn from the bytes of the joints, so that they determine it.
        let bytes = Pose::choose(random).joints(&person, random.between(-1.0, 1.0)).map(|place| place.map(byte));
        render(&person, &from_bytes(&bytes)).write(&mut tables[pose]);
        tables[2 + pose].extend(bytes.as_flattened());
    }
    for (table, class) in tables[4..8].iter_mut().zip([person.shirt, person.trousers, person.hair, person.sleeve]) {
        table.push(class);
    }
    tables[8].extend([person.skin, person.height, person.wall]);
}

fn from_bytes(bytes: &[[u8; 2]; JOINTS.len()]) -> Joints {
    bytes.map(|place| place.map(|byte| f32::from(byte) / 255.0))
}
