//! Where the parts of a face are and what colours they have: what identity, age and style come to, before anything is painted.

use super::{Face, FaceStyle};
use crate::canvas::{Colour, mix};

/// Skin from light to dark.
const SKINS: [Colour; 5] =
    [[0.98, 0.82, 0.72], [0.93, 0.70, 0.53], [0.78, 0.53, 0.34], [0.60, 0.38, 0.24], [0.40, 0.25, 0.18]];

/// Hair: black, brown, blond, red, blue, pink.
const HAIRS: [Colour; 6] = [
    [0.11, 0.10, 0.16],
    [0.42, 0.25, 0.14],
    [0.95, 0.77, 0.32],
    [0.88, 0.35, 0.07],
    [0.16, 0.42, 0.80],
    [0.90, 0.35, 0.62],
];

/// Backdrops, round a circle of hues.
const BACKDROPS: [Colour; 6] = [
    [0.62, 0.75, 0.72],
    [0.71, 0.75, 0.60],
    [0.82, 0.77, 0.70],
    [0.80, 0.66, 0.64],
    [0.69, 0.66, 0.78],
    [0.58, 0.70, 0.80],
];

/// Grey hair, in light and shade and in flat colours.
const GREYS: [Colour; 2] = [[0.82, 0.82, 0.84], [0.88, 0.88, 0.90]];

/// Measures in the head's frame (see `Studio`).
pub struct Plan {
    pub width: f32,
    pub top: f32,
    pub bottom: f32,
    /// How square the head is: 0 is an ellipse, below it is a pointed chin.
    pub square: f32,
    /// Height of the eyes; the other parts hang from it.
    pub eyes: f32,
    pub apart: f32,
    pub eye: [f32; 2],
    pub mouth: f32,
    /// How far the corners of the mouth are above its middle.
    pub bend: f32,
    /// How far the inner ends of the brows are below the outer ones.
    pub brow: f32,
    /// Lowest point of the hairline over the forehead.
    pub hairline: f32,
    /// How deep the temples have receded.
    pub temples: f32,
    /// From 0 to 1: how red the cheeks are.
    pub blush: f32,
    /// From 0 to 1: how dark wrinkles are.
    pub wrinkles: f32,
    /// How wide they are, and whether there is a third one on the forehead.
    pub furrows: (f32, bool),
    /// From 0 to 1: how much hair is grey.
    pub grey: f32,
    /// The least and the most of the hair that is grey in the end, at the crown and at the sides.
    pub greying: [f32; 2],
    /// From 0 to 1: how far the lids hang over the eyes.
    pub lids: f32,
    /// Without gradients.
    pub flat: bool,
    pub skin: Colour,
    pub hair: Colour,
    pub backdrop: Colour,
    pub shirt: Colour,
}

impl Plan {
    pub fn new(face: &Face, style: FaceStyle) -> Plan {
        let age = face.age;
        let emoji = style == FaceStyle::Emoji;
        let pick = |photo: f32, flat: f32| if emoji { flat } else { photo };
        let skin = SKINS[usize::from(face.skin)];
        let pale = (skin[0] + skin[1] + skin[2]) / 3.0;
        let eye = (1.6 + 0.6 * face.eye_size) * (1.2 - 0.42 * age);
        let plan = Plan {
            width: pick(8.0, 9.7) + pick(1.7, 1.5) * face.width,
            top: pick(9.6, 10.4),
            bottom: pick(10.6, 10.8),
            square: pick(-0.95, -0.4) + pick(1.3, 0.85) * face.jaw + pick(0.45, 0.3) * age,
            eyes: pick(1.6, 1.2) - 1.8 * age,
            apart: pick(3.3, 3.7) + pick(1.1, 1.2) * face.eye_spacing,
            eye: [eye, eye * 0.86],
            mouth: pick(6.6, 6.0),
            bend: (face.mouth_curve - 0.38) * if face.mouth_curve > 0.5 { pick(4.4, 5.8) } else { 3.4 },
            brow: (face.brow_angle - 0.45) * 2.6,
            hairline: pick(-5.0, -5.7) - 2.5 * age,
            temples: ((age - 0.25) / 0.75).max(0.0),
            blush: (1.0 - 1.7 * age).max(0.0),
            wrinkles: ((age - 0.1) / 0.9).max(0.0),
            furrows: (0.4, false),
            grey: ((age - 0.3) / 0.7).max(0.0),
            greying: if emoji { [0.55; 2] } else { [0.16, 0.84] },
            lids: 0.0,
            flat: emoji,
            skin: mix(skin, [pale; 3], 0.4 * age),
            hair: HAIRS[usize::from(face.hair_colour)],
            backdrop: vivid(around(face.backdrop), pick(1.0, 1.7)),
            shirt: mix(around(face.backdrop + 0.5), [0.22, 0.24, 0.34], 0.55),
        };
        if style == FaceStyle::Aged { plan.aged(face) } else { plan }
    }

    /// The same with an age that one can tell: large low eyes in children, in the old lids that hang, deep wrinkles, white
    /// hair, and little of it over the forehead.
    fn aged(self, face: &Face) -> Plan {
        let [wrinkles, grey] = face.signs();
        let (age, eye) = (face.age, (1.6 + 0.6 * face.eye_size) * (1.36 - 0.6 * face.age));
        Plan {
            eyes: 2.4 - 2.8 * age,
            eye: [eye, eye * (0.95 - 0.2 * age)],
            hairline: -4.4 - 3.9 * age,
            temples: ((age - 0.4) / 0.5).max(0.0),
            blush: (1.25 - 3.0 * age).clamp(0.0, 1.0),
            wrinkles,
            furrows: (0.5, age > 0.66),
            grey,
            greying: [0.3, 0.96],
            lids: ((age - 0.5) / 0.5).max(0.0),
            ..self
        }
    }

    /// About the distance to the head's outline.
    pub fn head(&self, x: f32, y: f32) -> f32 {
        let height = if y < 0.0 { self.top } else { self.bottom };
        let (u, v) = (x / self.width, y / height);
        let (u, v) = (u * u, v * v);
        let square = if y < 0.0 { 0.25 } else { self.square };
        ((u + v - square * u * v).max(0.0).sqrt() - 1.0) * self.width
    }

    /// The place on the ball that the head is, for its light.
    pub fn ball(&self, x: f32, y: f32) -> [f32; 2] {
        [x / (self.width * 1.12), y / (self.bottom * 1.12)]
    }

    /// The hair's colour: it greys from the sides, and the crown keeps its colour longest.
    pub fn hair_at(&self, y: f32) -> Colour {
        let [crown, sides] = self.greying;
        let share = ((y + 9.0) / 7.0).clamp(crown, sides);
        mix(self.hair, GREYS[usize::from(self.flat)], self.grey * share)
    }
}

/// The colour at that place of the circle of backdrops, where 1 is all the way round.
fn around(turns: f32) -> Colour {
    let place = (turns - turns.floor()) * BACKDROPS.len() as f32;
    let first = (place as usize).min(BACKDROPS.len() - 1);
    mix(BACKDROPS[first], BACKDROPS[(first + 1) % BACKDROPS.len()], place - first as f32)
}

/// A colour with that many times its distance from grey.
fn vivid(colour: Colour, times: f32) -> Colour {
    let grey = (colour[0] + colour[1] + colour[2]) / 3.0;
    colour.map(|value| grey + (value - grey) * times)
}
