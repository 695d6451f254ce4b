//! Where things are: a landscape in perspective, painted from far to near.

use super::things::{House, Tree, overlap};
use super::{GRASS, HILL, ROAD, SIDE, SKY, STYLES, SUN, WATER};
use crate::{Random, sine};

/// A class for each pixel.
pub(super) type Map = [u8; SIDE * SIDE];

/// What a scene has: combinations of these are held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub style: u8,
    /// 0 to 3.
    pub houses: u8,
    pub water: bool,
    pub road: bool,
    pub hills: bool,
}

impl Plan {
    pub(super) fn choose(random: &mut Random) -> Plan {
        Plan {
            style: random.below(STYLES.len()) as u8,
            houses: random.below(4) as u8,
            water: random.chance(0.5),
            road: random.chance(0.55),
            hills: random.chance(0.65),
        }
    }
}

/// The map of a scene; None where chance has hidden something that the plan asks for, or found no room for it.
pub(super) fn draw(plan: &Plan, random: &mut Random) -> Option<Map> {
    let mut scene = Scene { map: [SKY; SIDE * SIDE], horizon: random.between(10.0, 17.0) };
    scene.sun(plan, random);
    if plan.hills {
        scene.hills(random);
    }
    scene.meadow(random);
    let sides = if plan.water { scene.water(random) } else { [false; 2] };
    if plan.road {
        scene.road(random, sides)?;
    }
    scene.things(plan, random)?;
    let enough = |class, least| scene.map.iter().filter(|&&other| other == class).count() >= least;
    let shown =
        (!plan.hills || enough(HILL, 12)) && (!plan.water || enough(WATER, 24)) && (!plan.road || enough(ROAD, 24));
    (shown && enough(GRASS, 60)).then_some(scene.map)
}

pub(super) struct Scene {
    map: Map,
    /// The row at which the ground ends.
    pub horizon: f32,
}

impl Scene {
    pub fn at(&self, x: i32, y: i32) -> Option<u8> {
        let inside = |place: i32| (0..SIDE as i32).contains(&place);
        (inside(x) && inside(y)).then(|| self.map[y as usize * SIDE + x as usize])
    }

    pub fn set(&mut self, x: i32, y: i32, class: u8) {
        if self.at(x, y).is_some() {
            self.map[y as usize * SIDE + x as usize] = class;
        }
    }

    /// Gives the pixels whose middle is inside the class.
    fn fill(&mut self, class: u8, inside: &dyn Fn(f32, f32) -> bool) {
        for (at, pixel) in self.map.iter_mut().enumerate() {
            if inside((at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5) {
                *pixel = class;
            }
        }
    }

    /// How near a row of the ground is: 0 at the horizon, 1 at the lower edge.
    pub fn near(&self, y: f32) -> f32 {
        ((y - self.horizon) / (SIDE as f32 - self.horizon)).clamp(0.0, 1.0)
    }

    fn sun(&mut self, plan: &Plan, random: &mut Random) {
        if random.chance(0.3) {
            return;
        }
        let radius = random.between(1.9, 3.1);
        // The evening's sun is low, all others are high.
        let highest = if plan.style == 2 { self.horizon - 6.0 } else { radius + 0.5 };
        let lowest = if plan.style == 2 { self.horizon - 1.5 } else { self.horizon - radius - 3.0 };
        let (sx, sy) = (random.between(3.5, 28.5), random.between(highest, lowest.max(highest + 0.5)));
        self.fill(SUN, &|x, y| (x - sx) * (x - sx) + (y - sy) * (y - sy) < radius * radius);
    }

    /// Gives the pixels from `top(x)` down to the row `bottom(x)` the class.
    fn band(&mut self, class: u8, top: &dyn Fn(f32) -> f32, bottom: &dyn Fn(f32) -> f32) {
        for column in 0..SIDE {
            let x = column as f32 + 0.5;
            let (top, bottom) = (top(x), bottom(x));
            for row in (0..SIDE).filter(|&row| (top..bottom).contains(&(row as f32 + 0.5))) {
                self.map[row * SIDE + column] = class;
            }
        }
    }

    fn hills(&mut self, random: &mut Random) {
        let horizon = self.horizon;
        let foot = |_| horizon + 2.0;
        if random.chance(0.4) {
            // Mountains: two or three peaks.
            let peaks: [[f32; 3]; 3] = std::array::from_fn(|_| {
                let height = random.between(3.5, (horizon - 2.5).min(9.5));
                [random.between(0.0, 32.0), height, random.between(0.55, 1.1)]
            });
            let peaks = &peaks[..2 + random.below(2)];
            let height = |[at, height, slope]: [f32; 3], x: f32| height - slope * (x - at).abs();
            let crest = |x: f32| peaks.iter().fold(0.0f32, |highest, &peak| highest.max(height(peak, x)));
            self.band(HILL, &|x| horizon - crest(x), &foot);
        } else {
            let heights = [random.between(1.0, 4.0), random.between(0.4, 2.2)];
            let [slow, quick] = [random.between(0.012, 0.03), random.between(0.04, 0.075)];
            let [a, b] = [random.unit(), random.unit()];
            let crest = |x: f32| heights[0] * (1.0 + sine(x * slow + a)) + heights[1] * (0.8 + sine(x * quick + b));
            self.band(HILL, &|x| horizon - crest(x), &foot);
        }
    }

    fn meadow(&mut self, random: &mut Random) {
        let (horizon, swell) = (self.horizon, random.between(0.0, 1.1));
        let [wave, phase] = [random.between(0.015, 0.04), random.unit()];
        self.band(GRASS, &|x| horizon + swell * sine(x * wave + phase), &|_| SIDE as f32);
    }

    /// The sea, a lake or a river. Gives the sides (left, right) on which a road would run into a lake.
    fn water(&mut self, random: &mut Random) -> [bool; 2] {
        let ground = SIDE as f32 - self.horizon;
        match random.below(3) {
            0 => {
                let (depth, swell) = (random.between(0.18, 0.38) * ground, random.between(0.4, 1.6));
                let (slant, phase, top) = (random.between(-0.08, 0.08), random.unit(), self.horizon);
                let shore = |x: f32| top + depth + slant * (x - 16.0) + swell * sine(x * 0.04 + phase);
                self.band(WATER, &|_| top, &shore);
                [false; 2]
            }
            1 => {
                let cx = if random.chance(0.5) { random.between(5.0, 11.0) } else { random.between(21.0, 27.0) };
                let cy = self.horizon + ground * random.between(0.4, 0.72);
                let (rx, ry) = (random.between(5.5, 9.0), random.between(0.15, 0.25) * ground);
                let (swell, phase) = (random.between(0.05, 0.22), random.unit());
                self.fill(WATER, &|x, y| {
                    let (u, v) = ((x - cx) / rx, (y - cy) / ry);
                    let round = u * u + v * v - 1.0;
                    round < swell && round < swell * sine(x * 0.09 + y * 0.13 + phase)
                });
                [cx < 16.0, cx > 16.0]
            }
            _ => {
                let ends = [random.between(3.0, 29.0), random.between(3.0, 29.0)];
                let widths = [0.8, random.between(3.0, 4.8)];
                self.winding(WATER, random, ends, widths);
                [false; 2]
            }
        }
    }

    /// A road from the lower edge to the horizon, beside a lake; None where it would have to go through one.
    fn road(&mut self, random: &mut Random, lake: [bool; 2]) -> Option<()> {
        let before = self.map;
        let side = |random: &mut Random| match lake {
            [true, _] => random.between(18.0, 29.0),
            [_, true] => random.between(3.0, 14.0),
            _ => random.between(4.0, 28.0),
        };
        let ends = [side(random), side(random)];
        let widths = [0.55, random.between(2.3, 3.8)];
        self.winding(ROAD, random, ends, widths);
        let wet = before.iter().zip(&self.map).any(|(&old, &new)| old == WATER && new == ROAD);
        (!wet || lake == [false; 2]).then_some(())
    }

    /// A band that winds from the horizon to the lower edge. `ends`: where it is there; `widths`: half of its width there.
    fn winding(&mut self, class: u8, random: &mut Random, ends: [f32; 2], widths: [f32; 2]) {
        let (bend, turns, phase) = (random.between(1.5, 5.0), random.between(0.5, 1.25), random.unit());
        // A road ends at the shore of the sea; a river is crossed.
        let mut start = self.horizon;
        if class == ROAD {
            let sea = |row: usize| {
                self.map[row * SIDE..][..SIDE].iter().filter(|&&other| other == WATER).count() > SIDE * 3 / 4
            };
            start = (0..SIDE).rev().find(|&row| sea(row)).map_or(start, |row| row as f32 + 1.0);
        }
        let ground = SIDE as f32 - start;
        for row in 0..SIDE {
            let near = (row as f32 + 0.5 - start) / ground;
            // Perspective: bends are closer together the farther away they are.
            let far = 1.0 - near;
            let middle = ends[0] * far + ends[1] * near + bend * (0.15 + near) * sine(phase + turns * far * far);
            let half = widths[0] + (widths[1] - widths[0]) * near;
            for column in (0..SIDE).filter(|&column| near > 0.0 && (column as f32 + 0.5 - middle).abs() < half) {
                self.map[row * SIDE + column] = class;
            }
        }
        if class == ROAD {
            // Where the meadow is low, nothing hangs in the air.
            for at in 0..SIDE * (SIDE - 1) {
                if self.map[at] == ROAD && matches!(self.map[at + SIDE], HILL | SKY) {
                    self.map[at] = self.map[at + SIDE];
                }
            }
        }
    }

    /// Houses, then trees: far ones first.
    fn things(&mut self, plan: &Plan, random: &mut Random) -> Option<()> {
        let mut houses: Vec<House> = Vec::new();
        for _ in 0..plan.houses {
            let found = (0..12).find_map(|_| {
                let house = House::choose(self, random);
                let free = houses.iter().all(|other| !overlap(house.area(2), other.area(2)));
                (free && self.carries(house.left - 1, house.left + house.width, house.base)).then_some(house)
            })?;
            houses.push(found);
        }
        // A bare scene has a tree or two at least.
        let bare = plan.houses == 0 && !plan.water && !plan.road;
        let count = random.below(7).max(if bare { 2 } else { 0 });
        // Crowns keep the season's colour; few conifers where that is no green.
        let conifers = [0.08, 0.35, 0.35, 0.15, 0.75, 0.75][usize::from(plan.style)];
        let mut trees: Vec<Tree> = Vec::new();
        for _ in 0..count * 3 {
            let tree = Tree::choose(self, conifers, random);
            let clear = houses.iter().all(|house| !overlap(tree.area(), house.area(0)) || tree.base < house.base - 1);
            let apart = trees.iter().all(|other| (tree.x - other.x).abs() + 2 * (tree.base - other.base).abs() > 4);
            if clear && apart && trees.len() < count && self.carries(tree.x - 1, tree.x + 1, tree.base) {
                trees.push(tree);
            }
        }
        // No tree stands before a house.
        houses.sort_by_key(|house| house.base);
        trees.sort_by_key(|tree| tree.base);
        trees.iter().for_each(|tree| tree.paint(self));
        houses.iter().for_each(|house| house.paint(self));
        Some(())
    }

    /// Whether there is grass below all of these columns.
    fn carries(&self, left: i32, right: i32, base: i32) -> bool {
        (left..=right).all(|x| self.at(x, base) == Some(GRASS) && self.at(x, base - 1) == Some(GRASS))
    }
}
