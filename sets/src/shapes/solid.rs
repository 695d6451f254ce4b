//! Cells that are filled by solid parts.

use super::CELLS;

/// Cells, filled or not. Places are measured from the middle of the floor: to the right, up, and away.
pub(super) struct Solid {
    /// Depth, height from above, width.
    pub cells: Vec<u8>,
}

/// The middle of the floor is this far from the left and from the front.
const MIDDLE: f32 = CELLS as f32 / 2.0;

impl Solid {
    pub fn new() -> Solid {
        Solid { cells: vec![0; CELLS * CELLS * CELLS] }
    }

    /// Fills the cells whose middle is in a box, `[from, to]` to the right, up and away, and where `inside` holds.
    pub fn part(&mut self, right: [f32; 2], up: [f32; 2], away: [f32; 2], inside: &dyn Fn(f32, f32, f32) -> bool) {
        self.each(right, up, away, &mut |cell, x, h, z| {
            if inside(x, h, z) {
                *cell = 255;
            }
        });
    }

    /// Fills a box.
    pub fn block(&mut self, right: [f32; 2], up: [f32; 2], away: [f32; 2]) {
        self.part(right, up, away, &|_, _, _| true);
    }

    /// Fills boxes on both sides, from `right[0]` to `right[1]` to the left and to the right.
    pub fn pair(&mut self, right: [f32; 2], up: [f32; 2], away: [f32; 2]) {
        self.block(right, up, away);
        self.block([-right[1], -right[0]], up, away);
    }

    /// Four boxes, mirrored to the left and to the front.
    pub fn four(&mut self, right: [f32; 2], up: [f32; 2], away: [f32; 2]) {
        self.pair(right, up, away);
        self.pair(right, up, [-away[1], -away[0]]);
    }

    /// Fills an upright round part around the middle: its radius goes from one to the other, from its foot to its top.
    pub fn turned(&mut self, at: f32, up: [f32; 2], radii: [f32; 2]) {
        let most = radii[0].max(radii[1]);
        self.part([at - most, at + most], up, [-most, most], &|x, h, z| {
            let share = (h - up[0]) / (up[1] - up[0]);
            let radius = radii[0] + (radii[1] - radii[0]) * share;
            (x - at) * (x - at) + z * z < radius * radius
        });
    }

    /// Empties cells where `inside` holds.
    pub fn dig(&mut self, right: [f32; 2], up: [f32; 2], away: [f32; 2], inside: &dyn Fn(f32, f32, f32) -> bool) {
        self.each(right, up, away, &mut |cell, x, h, z| {
            if inside(x, h, z) {
                *cell = 0;
            }
        });
    }

    /// Empties an upright round part.
    pub fn hollow(&mut self, at: f32, up: [f32; 2], radii: [f32; 2]) {
        let most = radii[0].max(radii[1]);
        self.dig([at - most, at + most], up, [-most, most], &|x, h, z| {
            let radius = radii[0] + (radii[1] - radii[0]) * (h - up[0]) / (up[1] - up[0]);
            (x - at) * (x - at) + z * z < radius * radius
        });
    }

    fn each(&mut self, right: [f32; 2], up: [f32; 2], away: [f32; 2], visit: &mut dyn FnMut(&mut u8, f32, f32, f32)) {
        // The cells whose middle is between two places.
        let range = |from: f32, to: f32| {
            let cell = |place: f32| (place + 0.5).clamp(0.0, CELLS as f32) as usize;
            cell(from)..cell(to)
        };
        for z in range(away[0] + MIDDLE, away[1] + MIDDLE) {
            for y in range(CELLS as f32 - up[1], CELLS as f32 - up[0]) {
                for x in range(right[0] + MIDDLE, right[1] + MIDDLE) {
                    let [px, pz] = [x, z].map(|at| at as f32 + 0.5 - MIDDLE);
                    let height = CELLS as f32 - y as f32 - 0.5;
                    visit(&mut self.cells[(z * CELLS + y) * CELLS + x], px, height, pz);
                }
            }
        }
    }
}
