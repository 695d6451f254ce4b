//! Faces, as photographs and as emoji: `faces`, `emoji-faces`, `face-identities` and `ageing-faces`.
//!
//! - `ageing.rs`: faces whose age one can tell
//! - `plan.rs`: where the parts are and what colours they have
//! - `hair.rs`, `features.rs`: the parts
//! - `studio.rs`: the frame and the light that they are painted in

pub mod ageing;
mod features;
mod hair;
mod plan;
mod studio;
#[cfg(test)]
mod tests;

use crate::canvas::{Canvas, byte, mix};
use crate::combination::held_out;
use crate::{Column, Random, Set, Split};
use plan::Plan;
use studio::{Lamp, Studio, darker};

/// Side of a picture in pixels.
const SIDE: usize = 32;

/// Bins of age.
const AGES: usize = 6;

/// How many of each: skin, hair colour, hair style, glasses, beard. Combinations of these are held out.
const COUNTS: [usize; 5] = [5, 6, 5, 2, 2];

/// From light to dark.
pub const SKINS: [&str; COUNTS[0]] = ["fair", "light", "tan", "brown", "dark"];
pub const HAIR_COLOURS: [&str; COUNTS[1]] = ["black", "brown", "blond", "red", "blue", "pink"];
pub const HAIR_STYLES: [&str; COUNTS[2]] = ["bald", "short", "long", "curly", "a bun"];

/// Identities in `face-identities`.
const IDENTITIES: usize = 200;

/// What `numbers` holds, each from 0 to 1.
const NUMBERS: [&str; 12] = [
    "age",
    "eye spacing",
    "eye size",
    "brow angle",
    "mouth curve",
    "width",
    "jaw",
    "backdrop",
    "light",
    "right",
    "down",
    "size",
];

const COLUMNS: &[(&str, Column)] = &[
    ("picture", Column::Picture { channels: 3, side: SIDE }),
    ("skin", Column::Class { classes: COUNTS[0] }),
    ("hair_colour", Column::Class { classes: COUNTS[1] }),
    ("hair_style", Column::Class { classes: COUNTS[2] }),
    ("glasses", Column::Class { classes: 2 }),
    ("beard", Column::Class { classes: 2 }),
    ("smile", Column::Class { classes: 2 }),
    ("age_bin", Column::Class { classes: AGES }),
    ("numbers", Column::Numbers { names: &NUMBERS }),
];

/// Faces as in photographs.
pub const FACES: Set = Set {
    key: "faces",
    name: "Drawn faces",
    about: "Faces in the light of a lamp, with what they are made of: skin, hair, glasses, beard, smile, age.",
    columns: COLUMNS,
};

/// Faces as emoji, of the same distribution.
pub const EMOJI: Set = Set {
    key: "emoji-faces",
    name: "Emoji faces",
    about: "The faces of “Drawn faces” in flat colours; no face has its like in both sets.",
    columns: COLUMNS,
};

/// Faces with who they are.
pub const PEOPLE: Set = Set {
    key: "face-identities",
    name: "Faces of 200 people",
    about: "Two hundred people, each at many ages, in many lights and before many backdrops.",
    columns: &[
        ("picture", Column::Picture { channels: 3, side: SIDE }),
        ("identity", Column::Class { classes: IDENTITIES }),
        ("age_bin", Column::Class { classes: AGES }),
    ],
};

/// How a face is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceStyle {
    /// Light from one side, shade, sensor noise.
    Photo,
    /// Flat colours, bold shapes.
    Emoji,
    /// A photograph in which age is drawn more clearly.
    Aged,
}

/// All that a face's picture depends on, besides its style. Numbers go from 0 to 1.
///
/// Identity is what `age` and the fields after it leave as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// From light to dark, 0 to 4.
    pub skin: u8,
    /// Black, brown, blond, red, blue, pink.
    pub hair_colour: u8,
    /// Bald (but for the sides), short, long, curly, a bun.
    pub hair_style: u8,
    pub glasses: bool,
    pub beard: bool,
    pub eye_spacing: f32,
    pub eye_size: f32,
    /// 0 is worried, 1 is angry.
    pub brow_angle: f32,
    /// A smile above a half, below it the corners hang. None is between 0.35 and 0.65, so that one can tell.
    pub mouth_curve: f32,
    pub width: f32,
    /// From pointed to square.
    pub jaw: f32,
    /// Wrinkles, grey hair, a receding hairline, a heavier jaw, smaller eyes, paler skin.
    pub age: f32,
    /// The place on a circle of hues.
    pub backdrop: f32,
    /// Light from the left at 0, from the right at 1.
    pub light: f32,
    /// Where the head is.
    pub place: [f32; 2],
    pub size: f32,
    /// Which sensor noise.
    pub grain: u32,
}

impl Face {
    /// A face whose combination may be in that split. That of a row of `faces` comes from `Random::of_row(seed, split as u32, row)`.
    pub fn choose(random: &mut Random, split: Split) -> Face {
        loop {
            let values = COUNTS.map(|count| random.below(count));
            if split.takes(held_out(&values, &COUNTS)) {
                return Face::of(values, random).seen_anew(random);
            }
        }
    }

    /// The person of that number, below 200, in a view of chance. No two have all attributes in common.
    pub fn person(number: usize, random: &mut Random) -> Face {
        // 600 and 373 have no factor in common.
        let mut place = (number * 373 + 11) % COUNTS.iter().product::<usize>();
        let values = COUNTS.map(|count| {
            let value = place % count;
            place /= count;
            value
        });
        Face::of(values, &mut Random::of_row(0x9e07, 0, number as u32)).seen_anew(random)
    }

    fn of(values: [usize; 5], random: &mut Random) -> Face {
        let [skin, hair_colour, hair_style, glasses, beard] = values.map(|value| value as u8);
        let smile = random.chance(0.5);
        Face {
            skin,
            hair_colour,
            hair_style,
            glasses: glasses == 1,
            beard: beard == 1,
            eye_spacing: random.unit(),
            eye_size: random.unit(),
            brow_angle: random.unit(),
            mouth_curve: random.between(0.0, 0.35) + if smile { 0.65 } else { 0.0 },
            width: random.unit(),
            jaw: random.unit(),
            age: 0.5,
            backdrop: 0.0,
            light: 0.5,
            place: [0.5; 2],
            size: 0.5,
            grain: 0,
        }
    }

    /// The same person at another age, place and light. Ages keep away from the edges of their bins, so that one can tell.
    fn seen_anew(self, random: &mut Random) -> Face {
        let bin = random.below(AGES) as f32;
        Face {
            age: (bin + random.between(0.25, 0.75)) / AGES as f32,
            backdrop: random.unit(),
            light: random.unit(),
            place: [random.unit(), random.unit()],
            size: random.unit(),
            grain: random.below(1 << 24) as u32,
            ..self
        }
    }

    /// How much of its age shows in the style that draws it clearly, from 0 to 1: wrinkles, and grey hair.
    fn signs(&self) -> [f32; 2] {
        [(self.age - 0.1) / 0.8, (self.age - 0.3) / 0.6].map(|sign| sign.clamp(0.0, 1.0))
    }

    /// The picture, 32 x 32. Panics if skin, hair colour or hair style is none that there is.
    pub fn draw(&self, style: FaceStyle) -> Canvas {
        let (plan, flat) = (Plan::new(self, style), style == FaceStyle::Emoji);
        let [right, down] = self.place.map(|place| place - 0.5);
        let across = 1.5 * (self.light.clamp(0.0, 1.0) - 0.5);
        let lamp = Lamp { from: [across, -0.5, (0.75 - across * across).sqrt()], flat };
        let mut studio = Studio {
            canvas: Canvas::new(SIDE, plan.backdrop),
            centre: [16.0 + 2.4 * right, if flat { 18.4 } else { 18.0 } + 1.6 * down],
            size: if flat { 0.94 } else { 0.98 } + 0.1 * self.size,
            lamp,
        };
        if !flat {
            backdrop(&mut studio.canvas, lamp);
        }
        hair::behind(&mut studio, &plan, self.hair_style);
        body(&mut studio, &plan);
        if self.beard {
            features::beard(&mut studio, &plan);
        }
        features::wrinkles(&mut studio, &plan);
        features::nose(&mut studio, &plan);
        features::mouth(&mut studio, &plan, self.beard);
        if self.glasses {
            features::glass(&mut studio, &plan);
        }
        features::eyes(&mut studio, &plan);
        hair::before(&mut studio, &plan, self.hair_style);
        features::brows(&mut studio, &plan);
        if self.glasses {
            features::glasses(&mut studio, &plan);
        }
        if !flat {
            noise(&mut studio.canvas, self.grain);
        }
        studio.canvas
    }

    /// What may be held out, in the order of `COUNTS`.
    fn combination(&self) -> [usize; 5] {
        let [skin, colour, style] = [self.skin, self.hair_colour, self.hair_style].map(usize::from);
        [skin, colour, style, self.glasses.into(), self.beard.into()]
    }

    /// Which sixth of the ages.
    fn age_bin(&self) -> u8 {
        ((self.age * AGES as f32) as usize).min(AGES - 1) as u8
    }

    /// The values of all columns but the picture.
    fn describe(&self, tables: &mut [Vec<u8>]) {
        let (glasses, beard, smile) = (self.glasses.into(), self.beard.into(), (self.mouth_curve > 0.5).into());
        let classes = [self.skin, self.hair_colour, self.hair_style, glasses, beard, smile, self.age_bin()];
        for (table, class) in tables.iter_mut().zip(classes) {
            table.push(class);
        }
        let [right, down] = self.place;
        let shape =
            [self.age, self.eye_spacing, self.eye_size, self.brow_angle, self.mouth_curve, self.width, self.jaw];
        let view = [self.backdrop, self.light, right, down, self.size];
        tables[classes.len()].extend(shape.iter().chain(&view).map(|&number| byte(number)));
    }
}

/// Brighter towards the light, darker in the corners.
fn backdrop(canvas: &mut Canvas, lamp: Lamp) {
    let half = canvas.side as f32 / 2.0;
    for at in 0..canvas.pixels.len() {
        let (x, y) = ((at % canvas.side) as f32 / half - 1.0, (at / canvas.side) as f32 / half - 1.0);
        let bright = 0.98 + 0.10 * (x * lamp.from[0] + y * lamp.from[1]) - 0.09 * (x * x + y * y);
        canvas.pixels[at] = canvas.pixels[at].map(|value| value * bright);
    }
}

/// Shoulders, neck, ears and the bare head.
fn body(studio: &mut Studio, plan: &Plan) {
    let (lamp, skin, width) = (studio.lamp, plan.skin, plan.width);
    if !lamp.flat {
        let shoulders: studio::Distance = &|x, y| studio::oval([x, y - 20.0], [14.5, 7.4]);
        studio.paint([-20.0, 12.0, 20.0, 20.0], 1.0, shoulders, &|x, y| {
            lamp.lit(plan.shirt, [x / 19.0, (y - 16.0) / 12.0], 0.0)
        });
        // The chin's shadow falls on the neck.
        let neck: studio::Distance = &|x, y| (x.abs() - 3.6).max(y - 14.2 + 0.16 * x * x).max(4.0 - y);
        studio.paint([-4.0, 4.0, 4.0, 15.0], 1.0, neck, &|x, y| {
            lamp.lit(darker(skin, (0.42 - 0.07 * (y - 10.0)).clamp(0.1, 0.42)), [x / 6.0, 0.0], 0.0)
        });
    }
    for side in [-1.0, 1.0] {
        let (x, y) = (side * (width + 0.1), plan.eyes + 1.0);
        let ear: studio::Distance = &|px, py| studio::oval([px - x, py - y], [1.5, 2.3]);
        studio.paint([x - 2.0, y - 3.0, x + 2.0, y + 3.0], 1.0, ear, &|px, py| {
            lamp.lit(darker(skin, 0.14), plan.ball(px * 0.9, py), 0.0)
        });
    }
    let head: studio::Distance = &|x, y| plan.head(x, y);
    studio.paint([-width - 2.0, -12.0, width + 2.0, 12.0], 1.0, head, &|x, y| lamp.lit(skin, plan.ball(x, y), 0.10));
    // Young cheeks are red.
    let blush = if lamp.flat { 0.6 } else { 0.45 } * plan.blush;
    for side in [-1.0, 1.0] {
        let red = mix(skin, [0.95, 0.30, 0.30], 0.6);
        studio.dot([side * (width - 3.2), plan.eyes + 4.0], [2.0, 1.4], blush, red);
    }
}

/// A sensor's noise: most of it in brightness.
fn noise(canvas: &mut Canvas, grain: u32) {
    let mut random = Random::of_row(grain, 0, 0);
    for pixel in &mut canvas.pixels {
        let (bright, warm) = (random.between(-0.02, 0.02), random.between(-0.009, 0.009));
        *pixel = [pixel[0] + bright + warm, pixel[1] + bright, pixel[2] + bright - warm];
    }
}

/// Draws a row of `faces`.
pub fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    row(Face::choose(random, split), FaceStyle::Photo, tables);
}

/// Draws a row of `emoji-faces`. It has a stream of its own: row 5 is another face than row 5 of `faces`.
pub fn draw_emoji(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let mut own = Random::of_row(random.below(1 << 24) as u32, 1, random.below(1 << 24) as u32);
    row(Face::choose(&mut own, split), FaceStyle::Emoji, tables);
}

fn row(face: Face, style: FaceStyle, tables: &mut [Vec<u8>]) {
    face.draw(style).write(&mut tables[0]);
    face.describe(&mut tables[1..]);
}

/// Draws a row of `face-identities`. People whose combination is held out are in no row that is trained on.
pub fn draw_person(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    loop {
        let number = random.below(IDENTITIES);
        let face = Face::person(number, random);
        if split.takes(held_out(&face.combination(), &COUNTS)) {
            face.draw(FaceStyle::Photo).write(&mut tables[0]);
            tables[1].push(number as u8);
            tables[2].push(face.age_bin());
            return;
        }
    }
}
