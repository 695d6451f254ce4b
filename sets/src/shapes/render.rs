//! A volume seen from some side, in parallel rays, a little from above: lit from the upper left, darker in corners.

use super::cells::{Cells, Vector, dot, plus, unit};
use super::{CELLS, SIDE};
use crate::{Canvas, Colour, cosine, mix, sine};

/// What is seen from one side.
pub struct Shot {
    pub picture: Canvas,
    /// `[32, 32]`: how much of each pixel the thing covers, from 0 to 1.
    pub silhouette: Vec<f32>,
}

/// How far above the horizon the eye is, in turns.
const ELEVATION: f32 = 0.075;

/// Pixels to a cell.
const SCALE: f32 = 1.45;

/// What the eye looks at: the middle, a little lower, so that what stands on the floor is seen whole.
const AIM: Vector = [8.0, 8.8, 8.0];

/// Where rays go through a pixel.
const RAYS: [[f32; 2]; 4] = [[0.125, 0.375], [0.625, 0.125], [0.375, 0.875], [0.875, 0.625]];

/// How much a face's own direction counts.
const FACE: f32 = 0.13;

/// How full it is around where light falls: half of that at an even wall.
const BEFORE: f32 = 0.25;

/// The colours of a thing, from its foot to its top.
const CLAY: [Colour; 2] = [[0.84, 0.36, 0.36], [1.0, 0.74, 0.40]];

/// Light of the sun, and of the sky from below and from above.
const SUN: Colour = [0.86, 0.80, 0.70];
const SKY: [Colour; 2] = [[0.33, 0.25, 0.40], [0.46, 0.49, 0.62]];

/// The picture of a volume `[16, 16, 16]` (depth, height from above, width; from 128 on a cell is filled, cells that are missing
/// are not) from `azimuth` turns around it: 0 is the front, a quarter has what was on the left in front.
pub fn render(volume: &[u8], azimuth: f32) -> Shot {
    let cells = Cells::new(volume);
    let eye = Eye::new(azimuth);
    let [left, top, right, bottom] = eye.frame(&cells);
    let mut shot = Shot { picture: Canvas::new(SIDE, [0.0; 3]), silhouette: vec![0.0; SIDE * SIDE] };
    for (at, (pixel, covered)) in shot.picture.pixels.iter_mut().zip(&mut shot.silhouette).enumerate() {
        let [x, y] = [at % SIDE, at / SIDE].map(|place| place as f32);
        if x + 1.0 < left || x > right || y + 1.0 < top || y > bottom {
            *pixel = eye.ground(&cells, x + 0.5, y + 0.5);
            continue;
        }
        for [u, v] in RAYS {
            let hit = eye.surface(&cells, x + u, y + v);
            *covered += if hit.is_some() { 0.25 } else { 0.0 };
            let colour = hit.unwrap_or_else(|| eye.ground(&cells, x + u, y + v));
            *pixel = plus(*pixel, colour, 0.25);
        }
    }
    shot
}

/// Directions of the picture in the volume; each is width, height from above, depth.
struct Eye {
    right: Vector,
    down: Vector,
    into: Vector,
    light: Vector,
}

impl Eye {
    fn new(azimuth: f32) -> Eye {
        let (sin, cos) = (sine(azimuth), cosine(azimuth));
        let (rise, flat) = (sine(ELEVATION), cosine(ELEVATION));
        let right = [cos, 0.0, -sin];
        let down = [-sin * rise, flat, -cos * rise];
        let into = [sin * flat, rise, cos * flat];
        // The sun goes with the eye: from the upper left.
        let light = unit(plus(plus(plus([0.0; 3], right, -0.62), down, -0.70), into, -0.42));
        Eye { right, down, into, light }
    }

    /// The pixels that may show the thing: left, top, right, bottom.
    fn frame(&self, cells: &Cells) -> [f32; 4] {
        let mut frame = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for corner in 0..8 {
            let place: Vector = std::array::from_fn(|axis| cells.bounds[axis][corner >> axis & 1] as f32);
            let from = plus(place, AIM, -1.0);
            let [x, y] = [self.right, self.down].map(|axis| SIDE as f32 / 2.0 + dot(from, axis) * SCALE);
            frame = [frame[0].min(x), frame[1].min(y), frame[2].max(x), frame[3].max(y)];
        }
        frame
    }

    /// Where the ray through a place of the picture crosses the plane of the aim.
    fn from(&self, x: f32, y: f32) -> Vector {
        let [u, v] = [x, y].map(|place| (place - SIDE as f32 / 2.0) / SCALE);
        plus(plus(AIM, self.right, u), self.down, v)
    }

    /// The colour of the thing at a place of the picture, if it is there.
    fn surface(&self, cells: &Cells, x: f32, y: f32) -> Option<Colour> {
        let from = self.from(x, y);
        let hit = cells.first(from, self.into)?;
        let place = plus(from, self.into, hit.distance);
        let mut face = [0.0; 3];
        face[hit.axis] = if self.into[hit.axis] > 0.0 { -1.0 } else { 1.0 };
        // Steps of cells are smoothed: light falls on a surface just before them, on which it is equally full everywhere.
        let around = cells.around(place);
        let outwards = unit(plus(around.slope, face, 0.1));
        let steep = dot(around.slope, around.slope).sqrt().max(0.1) / 2.0;
        let around = cells.around(plus(place, outwards, ((around.near - BEFORE) / steep).clamp(-0.5, 1.6)));
        let normal = unit(plus(around.slope, face, FACE));
        let lit = dot(normal, self.light).max(0.0);
        // The floor hides the sky as well.
        let floor = (place[1] - CELLS as f32 + 2.5).clamp(0.0, 3.0) * 0.1;
        let open = (1.36 - 1.9 * around.far - floor).clamp(0.12, 1.0);
        let sky = mix(SKY[0], SKY[1], 0.5 - 0.5 * normal[1]);
        let clay = mix(CLAY[1], CLAY[0], place[1] / CELLS as f32);
        let light = |channel: usize| sky[channel] * open + SUN[channel] * lit * (0.4 + 0.6 * open);
        Some(std::array::from_fn(|channel| clay[channel] * light(channel)))
    }

    /// The wall and the floor, with the thing's shadow.
    fn ground(&self, cells: &Cells, x: f32, y: f32) -> Colour {
        let wall = mix([0.74, 0.84, 0.88], [0.93, 0.92, 0.88], y / SIDE as f32);
        let from = self.from(x, y);
        let place = plus(from, self.into, (CELLS as f32 - from[1]) / self.into[1]);
        mix(wall, [0.30, 0.34, 0.46], cells.shadow(place[0], place[2]))
    }
}
