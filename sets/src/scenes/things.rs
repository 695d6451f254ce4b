//! What stands on the ground: houses and trees.

use super::layout::Scene;
use super::{HOUSE, ROOF, SIDE, TREE, WINDOW};
use crate::Random;

/// A rectangle of pixels: left, top, right, bottom, the last two not in it.
pub(super) type Area = [i32; 4];

pub(super) fn overlap(a: Area, b: Area) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

pub(super) struct House {
    /// The wall's first column, and how many there are.
    pub left: i32,
    pub width: i32,
    /// Rows of the wall.
    height: i32,
    /// Rows of the roof, and how wide its uppermost is.
    roof: i32,
    ridge: i32,
    /// The column of the chimney.
    chimney: Option<i32>,
    /// The wall's lowest row.
    pub base: i32,
}

impl House {
    pub fn choose(scene: &Scene, random: &mut Random) -> House {
        let base = random.between(scene.horizon + 2.5, SIDE as f32 - 2.0) as i32;
        let near = scene.near(base as f32);
        let width = (random.between(4.0, 6.0) + near * random.between(3.0, 6.5)) as i32;
        let height = (random.between(3.0, 4.0) + near * random.between(1.0, 4.6)) as i32;
        let roof = (random.between(2.0, 3.0) + near * random.between(1.0, 3.0)) as i32;
        let left = 1 + random.below((SIDE as i32 - width - 2) as usize) as i32;
        let ridge = if random.chance(0.5) { 2 - width % 2 } else { (width - 2).max(2) };
        let chimney = random.chance(0.5).then(|| if random.chance(0.5) { left + 1 } else { left + width - 2 });
        House { left, width, height, roof, ridge, chimney, base }
    }

    /// The pixels it takes, and so many more on each side.
    pub fn area(&self, margin: i32) -> Area {
        let top = self.base - self.height - self.roof;
        [self.left - 1 - margin, top - margin, self.left + self.width + 1 + margin, self.base + 1 + margin]
    }

    pub fn paint(&self, scene: &mut Scene) {
        let eaves = self.base - self.height;
        let mut block = |[left, top, right, bottom]: Area, class: u8| {
            for y in top..bottom {
                (left..right).for_each(|x| scene.set(x, y, class));
            }
        };
        if let Some(x) = self.chimney {
            block([x, eaves - self.roof, x + 1, eaves], ROOF);
        }
        for row in 0..self.roof {
            // From the ridge to one pixel beyond the wall.
            let whole = self.width + 2;
            let out = (whole - self.ridge) * (self.roof - 1 - row) / (2 * (self.roof - 1).max(1));
            let y = eaves - self.roof + 1 + row;
            block([self.left - 1 + out, y, self.left - 1 + whole - out, y + 1], ROOF);
        }
        block([self.left, eaves + 1, self.left + self.width, self.base + 1], HOUSE);
        // Windows two pixels wide, as many as there is room for, evenly spaced; tall walls have two rows of them.
        let count = (self.width - 1) / 3;
        let spare = self.width - 2 * count;
        let (storeys, tall) = match self.height {
            ..3 => (1, 1),
            3..6 => (1, self.height - 2),
            _ => (2, (self.height - 3) / 2),
        };
        for (storey, window) in (0..storeys).flat_map(|storey| (0..count).map(move |window| (storey, window))) {
            let left = self.left + 2 * window + (spare * (2 * window + 1) + count) / (2 * count);
            let top = eaves + 2 + storey * (tall + 1);
            block([left, top, left + 2, top + tall], WINDOW);
        }
    }
}

pub(super) struct Tree {
    /// The column of the trunk, and its lowest row.
    pub x: i32,
    pub base: i32,
    trunk: i32,
    /// Half the crown's width, and half its height.
    radius: [f32; 2],
    conifer: bool,
}

impl Tree {
    pub fn choose(scene: &Scene, conifers: f32, random: &mut Random) -> Tree {
        let base = random.between(scene.horizon + 1.5, SIDE as f32 - 0.5) as i32;
        let near = scene.near(base as f32);
        let size = random.between(1.2, 1.8) + near * random.between(1.2, 3.2);
        let conifer = random.chance(conifers);
        let radius = if conifer { [size * 0.85, size * 1.5] } else { [size, size * random.between(0.9, 1.25)] };
        let trunk = 1 + (near * random.between(0.5, 2.6)) as i32;
        Tree { x: random.below(SIDE) as i32, base, trunk, radius, conifer }
    }

    pub fn area(&self) -> Area {
        let [wide, high] = self.radius;
        let (side, tall) = (wide.ceil() as i32, (2.0 * high).ceil() as i32);
        [self.x - side, self.base - self.trunk - tall, self.x + side + 1, self.base + 1]
    }

    pub fn paint(&self, scene: &mut Scene) {
        let [wide, high] = self.radius;
        let middle = self.x as f32 + 0.5;
        let crown = (self.base + 1 - self.trunk) as f32 - high;
        let [left, top, right, bottom] = self.area();
        for y in top..bottom {
            for x in left..right {
                let (u, v) = ((x as f32 + 0.5 - middle) / wide, (y as f32 + 0.5 - crown) / high);
                let leaves = if self.conifer {
                    // Three skirts, one over the other.
                    let down = (v + 1.0) / 2.0;
                    let skirt = down * 3.0 - (down * 3.0).floor();
                    (0.0..1.0).contains(&down) && u.abs() < 0.12 + 0.62 * down + 0.3 * skirt * down.max(0.3)
                } else {
                    u * u + v * v < 1.0
                };
                let trunk = x == self.x && y > self.base - self.trunk;
                if leaves || trunk {
                    scene.set(x, y, TREE);
                }
            }
        }
    }
}
