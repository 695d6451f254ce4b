//! What a pixel's surroundings in the map do to it: its place in its patch, shadows, and light out of windows.

use super::{HOUSE, SIDE, TREE, WINDOW};

/// Pixels of the same class in a row, from a pixel outwards: it is not counted itself.
#[derive(Clone, Copy, Default)]
pub(super) struct Runs {
    pub up: u8,
    pub down: u8,
    pub left: u8,
    pub right: u8,
}

impl Runs {
    /// How far from the middle of its patch a pixel is, across and down: -1 to 1.
    pub fn place(&self) -> [f32; 2] {
        let of = |before: u8, after: u8| {
            (f32::from(before) - f32::from(after)) / (f32::from(before) + f32::from(after)).max(1.0)
        };
        [of(self.left, self.right), of(self.up, self.down)]
    }
}

/// Shadows on the ground, and light that falls out of windows: for each pixel, from 0 to 1.
pub(super) struct Lights {
    pub shade: [f32; SIDE * SIDE],
    pub glow: [f32; SIDE * SIDE],
}

impl Lights {
    /// `light`: where it comes from, below 0 the left; `lit`: how much of it falls out of windows.
    pub fn new(map: &[u8; SIDE * SIDE], runs: &[Runs; SIDE * SIDE], light: f32, lit: f32) -> Lights {
        let mut lights = Lights { shade: [0.0; SIDE * SIDE], glow: [0.0; SIDE * SIDE] };
        let away = if light < 0.0 { 1 } else { -1 };
        for at in 0..SIDE * SIDE {
            match map[at] {
                // Shadows start where a thing ends, and lie on the side that is turned away.
                TREE | HOUSE if runs[at].down == 0 => {
                    for (along, down) in (0..=3).flat_map(|along| (0..=1).map(move |down| (along, down))) {
                        if let Some(place) = beside(at, along * away, down) {
                            lights.shade[place] = lights.shade[place].max(1.0 - 0.25 * along as f32);
                        }
                    }
                }
                WINDOW if lit > 0.0 => {
                    for (dx, dy) in (-3..=3).flat_map(|dx| (-3..=3).map(move |dy| (dx, dy))) {
                        if let Some(place) = beside(at, dx, dy) {
                            lights.glow[place] += lit * 0.16 / (1.0 + (dx * dx + dy * dy) as f32 * 0.7);
                        }
                    }
                }
                _ => {}
            }
        }
        lights
    }
}

/// The pixel so far from another one, where there is one.
fn beside(at: usize, dx: i32, dy: i32) -> Option<usize> {
    let (x, y) = ((at % SIDE) as i32 + dx, (at / SIDE) as i32 + dy);
    let inside = |place: i32| (0..SIDE as i32).contains(&place);
    (inside(x) && inside(y)).then(|| y as usize * SIDE + x as usize)
}

/// The runs of every pixel of a map.
pub(super) fn runs(map: &[u8; SIDE * SIDE]) -> [Runs; SIDE * SIDE] {
    let mut runs = [Runs::default(); SIDE * SIDE];
    for at in 0..SIDE * SIDE {
        if at % SIDE > 0 && map[at] == map[at - 1] {
            runs[at].left = runs[at - 1].left + 1;
        }
        if at >= SIDE && map[at] == map[at - SIDE] {
            runs[at].up = runs[at - SIDE].up + 1;
        }
    }
    for at in (0..SIDE * SIDE).rev() {
        if at % SIDE + 1 < SIDE && map[at] == map[at + 1] {
            runs[at].right = runs[at + 1].right + 1;
        }
        if at + SIDE < SIDE * SIDE && map[at] == map[at + SIDE] {
            runs[at].down = runs[at + SIDE].down + 1;
        }
    }
    runs
}
