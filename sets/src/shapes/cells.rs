//! The cells of a volume, and what light does around them.

use super::CELLS;

pub(super) type Vector = [f32; 3];

pub(super) fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn plus(a: Vector, b: Vector, share: f32) -> Vector {
    [a[0] + b[0] * share, a[1] + b[1] * share, a[2] + b[2] * share]
}

pub(super) fn unit(a: Vector) -> Vector {
    let length = dot(a, a).sqrt().max(1e-6);
    a.map(|part| part / length)
}

/// Cells around the volume in which its surroundings are known, too.
const RIM: usize = 4;
/// Cells along a side with those.
const WIDE: usize = CELLS + 2 * RIM;

/// The shadow on the floor is known farther out, where there is none any more.
const MARGIN: usize = 6;
const FLOOR: usize = CELLS + 2 * MARGIN;

/// Each axis in turn: width, height from above, depth.
const STRIDES: [usize; 3] = [1, WIDE, WIDE * WIDE];

pub(super) struct Cells {
    /// A bit for each cell of a line from left to right.
    lines: [u16; CELLS * CELLS],
    /// The box of all filled cells: on each axis the first, and the one after the last.
    pub bounds: [[i32; 2]; 3],
    /// Of each cell: which way it gets emptier, on each axis, and how full it is around it, near by and farther away.
    around: Vec<[f32; 5]>,
    /// Of each cell of the floor and of those around it, from 0 to 1.
    shadow: [f32; FLOOR * FLOOR],
}

/// Where a ray meets a cell.
pub(super) struct Hit {
    pub distance: f32,
    /// The axis that the cell is entered along.
    pub axis: usize,
}

/// What is around a place: which way it gets emptier, by how much over two cells; and how full it is, from 0 to 1.
pub(super) struct Around {
    pub slope: Vector,
    pub near: f32,
    pub far: f32,
}

impl Cells {
    pub fn new(volume: &[u8]) -> Cells {
        let mut lines = [0; CELLS * CELLS];
        let mut field = vec![0.0; WIDE * WIDE * WIDE];
        let mut bounds = [[CELLS as i32, 0]; 3];
        for (line, cells) in volume.chunks(CELLS).take(CELLS * CELLS).enumerate() {
            for (x, _) in cells.iter().enumerate().filter(|(_, cell)| **cell >= 128) {
                let place = [x, line % CELLS, line / CELLS];
                lines[line] |= 1 << x;
                field[place.iter().zip(STRIDES).map(|(at, stride)| (at + RIM) * stride).sum::<usize>()] = 1.0;
                for (bound, at) in bounds.iter_mut().zip(place) {
                    *bound = [bound[0].min(at as i32), bound[1].max(at as i32 + 1)];
                }
            }
        }
        if bounds[0][0] > bounds[0][1] {
            bounds = [[0; 2]; 3];
        }
        let near = blurred(&blurred(&field));
        let far = blurred(&blurred(&near));
        let mut around = vec![[0.0; 5]; near.len()];
        let last = STRIDES[2];
        for at in last..near.len() - last {
            let slope = STRIDES.map(|stride| near[at - stride] - near[at + stride]);
            around[at] = [slope[0], slope[1], slope[2], near[at], far[at]];
        }
        let shadow = shadow(&lines);
        Cells { lines, bounds, around, shadow }
    }

    /// The first filled cell along a ray.
    pub fn first(&self, from: Vector, into: Vector) -> Option<Hit> {
        // Where the ray is in the box of filled cells.
        let (mut enter, mut leave, mut axis) = (f32::MIN, f32::MAX, 0);
        // A ray along a wall meets the next one far away, on the side that it steps to.
        let step = into.map(|part| if part > 0.0 { 1 } else { -1 });
        let turned: Vector =
            std::array::from_fn(|at| if into[at].abs() < 1e-5 { 1e5 * step[at] as f32 } else { 1.0 / into[at] });
        for at in 0..3 {
            let [a, b] = self.bounds[at].map(|bound| (bound as f32 - from[at]) * turned[at]);
            if a.min(b) > enter {
                (enter, axis) = (a.min(b), at);
            }
            leave = leave.min(a.max(b));
        }
        if enter >= leave {
            return None;
        }
        let start = plus(from, into, enter);
        let mut cell: [i32; 3] =
            std::array::from_fn(|at| (start[at] as i32).clamp(self.bounds[at][0], self.bounds[at][1] - 1));
        // How far along the ray the next wall is, on each axis.
        let mut next: Vector = std::array::from_fn(|at| {
            let wall = cell[at] + i32::from(step[at] > 0);
            (wall as f32 - from[at]) * turned[at]
        });
        let across = turned.map(f32::abs);
        let end: [i32; 3] =
            std::array::from_fn(|at| if step[at] > 0 { self.bounds[at][1] } else { self.bounds[at][0] - 1 });
        let mut distance = enter;
        // Written out for each axis: an index that is not known beforehand costs half of the time.
        loop {
            if (self.lines[(cell[2] * CELLS as i32 + cell[1]) as usize] >> cell[0]) & 1 == 1 {
                return Some(Hit { distance, axis });
            }
            if next[0] < next[1] && next[0] < next[2] {
                (distance, axis) = (next[0], 0);
                cell[0] += step[0];
                if cell[0] == end[0] {
                    return None;
                }
                next[0] += across[0];
            } else if next[1] < next[2] {
                (distance, axis) = (next[1], 1);
                cell[1] += step[1];
                if cell[1] == end[1] {
                    return None;
                }
                next[1] += across[1];
            } else {
                (distance, axis) = (next[2], 2);
                cell[2] += step[2];
                if cell[2] == end[2] {
                    return None;
                }
                next[2] += across[2];
            }
        }
    }

    /// At a place between the middles of cells: which way it gets emptier there.
    pub fn around(&self, place: Vector) -> Around {
        let last = (WIDE - 2) as f32;
        let place = place.map(|at| (at + RIM as f32 - 0.5).clamp(0.0, last));
        let cell = place.map(|at| at as usize);
        let [u, v, w]: Vector = std::array::from_fn(|axis| place[axis] - cell[axis] as f32);
        let first = cell[0] + cell[1] * STRIDES[1] + cell[2] * STRIDES[2];
        let between = |a: [f32; 5], b: [f32; 5], share: f32| -> [f32; 5] {
            std::array::from_fn(|at| a[at] + (b[at] - a[at]) * share)
        };
        let line = |at: usize| between(self.around[at], self.around[at + 1], u);
        let sheet = |at: usize| between(line(at), line(at + STRIDES[1]), v);
        let [x, y, z, near, far] = between(sheet(first), sheet(first + STRIDES[2]), w);
        Around { slope: [x, y, z], near, far }
    }

    /// The shadow at a place of the floor.
    pub fn shadow(&self, x: f32, z: f32) -> f32 {
        let last = (FLOOR - 2) as f32;
        let [x, z] = [x, z].map(|place| (place + MARGIN as f32 - 0.5).clamp(0.0, last));
        let (column, row) = (x as usize, z as usize);
        let (u, v) = (x - column as f32, z - row as f32);
        let across = |at: usize| self.shadow[at] + (self.shadow[at + 1] - self.shadow[at]) * u;
        let (front, back) = (across(row * FLOOR + column), across((row + 1) * FLOOR + column));
        front + (back - front) * v
    }
}

/// Each cell mixed with its neighbours on each axis, a quarter each. The rim's own edge stays empty.
fn blurred(field: &[f32]) -> Vec<f32> {
    let mut field = field.to_vec();
    let mut out = vec![0.0; field.len()];
    for stride in STRIDES {
        let inner = stride..field.len() - stride;
        let (before, after) = (&field[..field.len() - 2 * stride], &field[2 * stride..]);
        let own = &field[inner.clone()];
        for (((out, a), b), c) in out[inner].iter_mut().zip(before).zip(own).zip(after) {
            *out = 0.25 * (a + c) + 0.5 * b;
        }
        std::mem::swap(&mut field, &mut out);
    }
    field
}

/// The shadow of a light from above: darker below low cells.
fn shadow(lines: &[u16; CELLS * CELLS]) -> [f32; FLOOR * FLOOR] {
    let mut shadow = [0.0f32; FLOOR * FLOOR];
    for z in 0..CELLS {
        for x in 0..CELLS {
            let lowest = (0..CELLS).rev().find(|y| (lines[z * CELLS + y] >> x) & 1 == 1);
            if let Some(y) = lowest {
                let high = (CELLS - 1 - y) as f32;
                shadow[(z + MARGIN) * FLOOR + x + MARGIN] = 0.75 / (1.0 + 0.14 * high);
            }
        }
    }
    // Two passes of a box in each direction.
    for stride in [1, FLOOR, 1, FLOOR] {
        let before = shadow;
        for (out, around) in shadow[2 * stride..].iter_mut().zip(before.windows(4 * stride + 1)) {
            *out = around.iter().step_by(stride).sum::<f32>() / 5.0;
        }
    }
    shadow
}
