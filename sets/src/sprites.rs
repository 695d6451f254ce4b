//! Characters of a game in crisp pixels: `sprites`. Bitmaps of 16 x 16 pixels (`art.rs`), each drawn twice as large.

mod art;
#[cfg(test)]
mod tests;
mod things;

use crate::combination::held_out;
use crate::{Column, Random, Set, Split};
use art::Views;
use things::{HATS, ITEMS};

/// Side of the bitmaps.
const SIDE: usize = 16;

/// Who a character is.
pub const CLASSES: [&str; 6] = ["a knight", "a wizard", "a robot", "a cat", "a ghost", "a slime"];
/// The main colour of each palette.
pub const COLOURS: [&str; 8] = ["red", "orange", "yellow", "green", "turquoise", "blue", "violet", "pink"];
/// From where a character is seen, or where it looks.
pub const DIRECTIONS: [&str; 4] = ["from the front", "from behind", "to the left", "to the right"];

/// How many of each: class, palette, direction. Combinations of these are held out.
const COUNTS: [usize; 3] = [CLASSES.len(), COLOURS.len(), DIRECTIONS.len()];

pub const SPRITES: Set = Set {
    key: "sprites",
    name: "Sprites",
    about: "A knight, a wizard, a robot, a cat, a ghost and a slime, in eight palettes, seen from four sides.",
    columns: &[
        ("picture", Column::Picture { channels: 3, side: 2 * SIDE }),
        ("class", Column::Class { classes: COUNTS[0] }),
        ("palette", Column::Class { classes: COUNTS[1] }),
        ("direction", Column::Class { classes: COUNTS[2] }),
    ],
};

type Bytes = [u8; 3];

/// Colours that a character has of its palette.
struct Palette {
    main: Bytes,
    shade: Bytes,
    light: Bytes,
    accent: Bytes,
    accent_shade: Bytes,
    outline: Bytes,
}

const fn palette(
    main: Bytes,
    shade: Bytes,
    light: Bytes,
    accent: Bytes,
    accent_shade: Bytes,
    outline: Bytes,
) -> Palette {
    Palette { main, shade, light, accent, accent_shade, outline }
}

/// In the order of `COLOURS`.
const PALETTES: [Palette; COUNTS[1]] = [
    palette([208, 44, 54], [142, 24, 54], [255, 118, 104], [255, 216, 96], [218, 152, 44], [56, 14, 34]),
    palette([240, 132, 32], [186, 82, 20], [255, 190, 98], [74, 160, 206], [40, 106, 156], [66, 30, 14]),
    palette([250, 220, 66], [206, 158, 36], [255, 246, 170], [196, 62, 120], [140, 36, 90], [70, 50, 12]),
    palette([78, 170, 64], [38, 112, 60], [154, 220, 110], [255, 190, 196], [220, 120, 140], [16, 46, 34]),
    palette([40, 188, 184], [20, 122, 140], [150, 240, 224], [255, 144, 84], [206, 92, 52], [10, 46, 58]),
    palette([52, 92, 214], [32, 52, 148], [122, 166, 255], [255, 228, 112], [222, 166, 52], [14, 18, 62]),
    palette([144, 76, 200], [94, 42, 144], [200, 146, 242], [144, 238, 162], [72, 172, 112], [40, 14, 62]),
    palette([246, 134, 184], [200, 78, 136], [255, 202, 222], [110, 196, 240], [56, 138, 200], [74, 18, 50]),
];

/// A character: its bitmaps, where its hat's lowest row and its item's middle are in each view, and the letters that its
/// eyes are open and closed.
struct Body {
    views: &'static Views,
    hat: [[i32; 2]; 3],
    item: [[i32; 2]; 3],
    eye: u8,
    lid: u8,
}

const BODIES: [Body; COUNTS[0]] = [
    body(&art::KNIGHT, [[8, 4], [8, 4], [8, 4]], [[13, 9], [2, 9], [2, 11]], b'w', b'k'),
    body(&art::WIZARD, [[8, 6], [8, 6], [8, 6]], [[14, 11], [1, 11], [2, 12]], b'k', b'f'),
    body(&art::ROBOT, [[8, 3], [8, 3], [8, 3]], [[14, 9], [1, 9], [3, 10]], b'a', b'k'),
    body(&art::CAT, [[8, 5], [8, 5], [5, 4]], [[3, 11], [13, 11], [2, 11]], b'k', b'm'),
    body(&art::GHOST, [[8, 2], [8, 2], [7, 2]], [[14, 9], [1, 9], [1, 10]], b'k', b'l'),
    body(&art::SLIME, [[8, 4], [8, 4], [9, 5]], [[14, 7], [1, 7], [2, 6]], b'k', b'm'),
];

const fn body(views: &'static Views, hat: [[i32; 2]; 3], item: [[i32; 2]; 3], eye: u8, lid: u8) -> Body {
    Body { views, hat, item, eye, lid }
}

/// Grounds: the colour, and that of the marks on it.
const GROUNDS: [[Bytes; 2]; 8] = [
    [[126, 160, 98], [104, 140, 82]],
    [[214, 194, 146], [194, 170, 122]],
    [[150, 154, 164], [128, 132, 146]],
    [[58, 60, 96], [78, 82, 124]],
    [[226, 234, 240], [200, 212, 226]],
    [[142, 110, 88], [122, 92, 74]],
    [[98, 146, 172], [120, 168, 190]],
    [[116, 94, 130], [96, 76, 112]],
];

/// A sprite: what its picture depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sprite {
    class: usize,
    palette: usize,
    /// The place in `DIRECTIONS`.
    direction: usize,
    ground: usize,
    /// Where marks are on the ground.
    marks: [[usize; 2]; 7],
    /// The place in `HATS`, or none beyond its end.
    hat: usize,
    /// The place in `ITEMS`, or none beyond its end.
    item: usize,
    /// Open, closed, with a glint.
    eyes: usize,
    /// To the right and down.
    shift: [i32; 2],
}

impl Sprite {
    /// A sprite whose combination may be in that split.
    fn choose(random: &mut Random, split: Split) -> Sprite {
        loop {
            let values = COUNTS.map(|count| random.below(count));
            if split.takes(held_out(&values, &COUNTS)) {
                let [class, palette, direction] = values;
                return Sprite {
                    class,
                    palette,
                    direction,
                    ground: random.below(GROUNDS.len()),
                    marks: std::array::from_fn(|_| [random.below(SIDE), random.below(SIDE)]),
                    hat: random.below(2 * HATS.len()),
                    item: random.below(2 * ITEMS.len() - 2),
                    eyes: random.below(3),
                    shift: [random.below(3) as i32 - 1, random.below(2) as i32],
                };
            }
        }
    }

    fn draw(&self) -> Screen {
        let [ground, mark] = GROUNDS[self.ground];
        let mut screen = Screen([[ground; SIDE]; SIDE]);
        for [x, y] in self.marks {
            screen.0[y][x] = mark;
            screen.0[y][(x + 1).min(SIDE - 1)] = mark;
        }
        let (body, view) = (&BODIES[self.class], self.direction.min(2));
        let pen = Pen { palette: &PALETTES[self.palette], body, eyes: self.eyes, mirror: self.direction == 3 };
        let rows = &body.views[view];
        let [right, down] = self.shift;
        // As far to the side as the bitmap has room.
        let room = |column: usize| rows.iter().all(|row| row.as_bytes()[column] == b'.');
        let edge = if (right < 0) != pen.mirror { 0 } else { SIDE - 1 };
        let right = if room(edge) { right } else { 0 };
        screen.shadow(7 + right);
        let item = |screen: &mut Screen| {
            if let Some(thing) = ITEMS.get(self.item) {
                let [x, y] = body.item[view];
                pen.stamp(screen, thing, [x - 1, y - 3], [0, down]);
            }
        };
        // What is held stays within the picture, and is in front, unless one looks at the back.
        if view == 1 {
            item(&mut screen);
        }
        pen.stamp(&mut screen, rows, [0, 0], [right, down]);
        if let Some(thing) = HATS.get(self.hat) {
            let [x, y] = body.hat[view];
            pen.stamp(&mut screen, thing, [x - thing[0].len() as i32 / 2, y - thing.len() as i32 + 1], [right, down]);
        }
        if view != 1 {
            item(&mut screen);
        }
        screen
    }
}

/// What the letters of a bitmap become.
struct Pen<'a> {
    palette: &'a Palette,
    body: &'a Body,
    eyes: usize,
    mirror: bool,
}

impl Pen<'_> {
    /// Draws a bitmap whose upper left corner is at `[x, y]`, all of it mirrored if the sprite is, then moved.
    fn stamp(&self, screen: &mut Screen, rows: &[&str], [x, y]: [i32; 2], [right, down]: [i32; 2]) {
        for (row, line) in rows.iter().enumerate() {
            for (column, &letter) in line.as_bytes().iter().enumerate() {
                let Some(colour) = self.colour(letter) else { continue };
                let across = x + column as i32;
                let across = if self.mirror { SIDE as i32 - 1 - across } else { across };
                screen.set(across + right, y + row as i32 + down, colour);
            }
        }
    }

    /// The colour of a letter; none for one that stands for nothing.
    fn colour(&self, letter: u8) -> Option<Bytes> {
        let palette = self.palette;
        Some(match letter {
            b'm' => palette.main,
            b's' => palette.shade,
            b'l' => palette.light,
            b'a' => palette.accent,
            b'b' => palette.accent_shade,
            b'o' => palette.outline,
            b'w' => [250, 248, 240],
            b'k' => [28, 24, 38],
            b'f' => [244, 200, 162],
            b'G' => [224, 230, 236],
            b'g' => [170, 180, 194],
            b'd' => [108, 118, 138],
            b'y' => [255, 212, 72],
            b'n' => [120, 78, 46],
            b'r' => [224, 58, 70],
            b'v' => [92, 190, 84],
            b'c' => [120, 210, 240],
            // Upper and lower half of an eye.
            b'e' => match self.eyes {
                0 => return self.colour(self.body.eye),
                1 => return self.colour(self.body.lid),
                _ => [255, 255, 255],
            },
            b'E' => return self.colour(self.body.eye),
            _ => return None,
        })
    }
}

struct Screen([[Bytes; SIDE]; SIDE]);

impl Screen {
    /// Sets a pixel, if there is one.
    fn set(&mut self, x: i32, y: i32, colour: Bytes) {
        let inside = |at: i32| usize::try_from(at).ok().filter(|&at| at < SIDE);
        if let (Some(x), Some(y)) = (inside(x), inside(y)) {
            self.0[y][x] = colour;
        }
    }

    /// Darkens the ground below a sprite.
    fn shadow(&mut self, middle: i32) {
        for (row, half) in [(SIDE - 2, 6), (SIDE - 1, 5)] {
            for column in (middle - half + 1).max(0)..=(middle + half).min(SIDE as i32 - 1) {
                let pixel = &mut self.0[row][column as usize];
                *pixel = pixel.map(|value| (u16::from(value) * 3 / 5) as u8);
            }
        }
    }

    /// Appends the picture `[3, 32, 32]`, each pixel four times.
    fn write(&self, bytes: &mut Vec<u8>) {
        for channel in 0..3 {
            for row in &self.0 {
                for _ in 0..2 {
                    bytes.extend(row.iter().flat_map(|pixel| [pixel[channel]; 2]));
                }
            }
        }
    }
}

/// Draws a row.
pub fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let sprite = Sprite::choose(random, split);
    sprite.draw().write(&mut tables[0]);
    for (table, class) in tables[1..].iter_mut().zip([sprite.class, sprite.palette, sprite.direction]) {
        table.push(class as u8);
    }
}
