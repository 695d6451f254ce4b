//! A map turned into a picture: each class has its colour and texture, shaded by where a pixel is in its patch.

use super::palette::{PALETTES, Palette};
use super::patches::{Lights, Runs, runs};
use super::{CLASSES, GRASS, HILL, HOUSE, ROAD, ROOF, SIDE, SKY, SUN, Style, TREE, WATER, WINDOW};
use crate::hash::{grain, smooth_grain};
use crate::{Canvas, Colour, mix, sine};

/// The picture of a map `[32, 32]` in a style, pixel by pixel: also of a map that somebody painted. Pixels that the map lacks,
/// and classes that there are not, are sky; a style that there is not is the last.
pub fn render(map: &[u8], style: &Style) -> Canvas {
    let view = View::new(map, style);
    let lights = Lights::new(&view.map, &view.runs, view.light, view.palette.lit);
    let mut plain = [[0.0; 3]; SIDE * SIDE];
    for (at, pixel) in plain.iter_mut().enumerate() {
        let (x, y) = (at % SIDE, at / SIDE);
        let class = view.map[at];
        let mut colour = view.surface(at, x, y);
        if !matches!(class, SKY | SUN | WINDOW) {
            let shade = if matches!(class, GRASS | ROAD) { lights.shade[at] } else { 0.0 };
            colour = mix(colour, view.palette.shadow, shade * view.palette.depth);
            colour = mix(colour, [1.0, 0.72, 0.30], lights.glow[at].min(0.6));
        }
        let warm = (view.warmth - 0.5) * 0.10;
        *pixel = [colour[0] * (1.0 + warm), colour[1], colour[2] * (1.0 - warm)];
    }
    let mut canvas = Canvas::new(SIDE, [0.0; 3]);
    for (at, pixel) in canvas.pixels.iter_mut().enumerate() {
        *pixel = view.soften(&plain, at);
    }
    canvas
}

struct View {
    map: [u8; SIDE * SIDE],
    runs: [Runs; SIDE * SIDE],
    palette: &'static Palette,
    warmth: f32,
    haze: f32,
    /// -1: from the left; 1: from the right.
    light: f32,
    clouds: f32,
    wall: Colour,
    seed: u32,
    /// The middle of the sun, and its radius.
    sun: Option<[f32; 3]>,
    /// The first row of the ground, about.
    horizon: f32,
}

impl View {
    fn new(map: &[u8], style: &Style) -> View {
        let class = |at: usize| map.get(at).copied().filter(|&class| usize::from(class) < CLASSES.len());
        let map: [u8; SIDE * SIDE] = std::array::from_fn(|at| class(at).unwrap_or(SKY));
        let palette = &PALETTES[usize::from(style.kind).min(PALETTES.len() - 1)];
        let [warmth, haze, light, clouds, walls, _] = style.numbers.map(|number| f32::from(number) / 255.0);
        let wall = mix(palette.walls[0], palette.walls[1], walls);
        let light = light * 2.0 - 1.0;
        let of_class = |wanted: u8| (0..SIDE * SIDE).filter(move |&at| map[at] == wanted);
        let (mut sun, count) = ([0.5f32; 2], of_class(SUN).count() as f32);
        of_class(SUN).for_each(|at| {
            sun[0] += (at % SIDE) as f32 / count;
            sun[1] += (at / SIDE) as f32 / count;
        });
        let sun = (count > 0.0).then(|| [sun[0], sun[1], (count / 3.2).sqrt()]);
        let ground = |row: usize| {
            let cells = &map[row * SIDE..][..SIDE];
            cells.iter().filter(|&&class| !matches!(class, SKY | SUN | HILL)).count() * 2 > SIDE
        };
        let horizon = (0..SIDE).find(|&row| ground(row)).unwrap_or(SIDE / 2) as f32;
        let seed = u32::from(style.numbers[5]);
        View { runs: runs(&map), map, palette, warmth, haze, light, clouds, wall, seed, sun, horizon }
    }

    /// How near a row of the ground is: 0 at the horizon, 1 at the lower edge.
    fn near(&self, y: usize) -> f32 {
        ((y as f32 - self.horizon) / (SIDE as f32 - self.horizon).max(1.0)).clamp(0.0, 1.0)
    }

    fn surface(&self, at: usize, x: usize, y: usize) -> Colour {
        match self.map[at] {
            HILL => self.hill(at, x, y),
            GRASS => self.grass(x, y),
            ROAD => self.road(at, x, y),
            WATER => self.water(at, x, y),
            TREE => self.tree(at, x, y),
            HOUSE => self.house(at, x, y),
            ROOF => self.roof(at, x, y),
            WINDOW => self.window(at),
            SUN => self.disc(x, y),
            _ => self.sky(x, y),
        }
    }

    /// Lighter or darker by a random amount.
    fn rough(&self, colour: Colour, x: usize, y: usize, amount: f32) -> Colour {
        let factor = 1.0 + amount * (grain(x as i32, y as i32, self.seed) - 0.5);
        colour.map(|channel| channel * factor)
    }

    fn sky(&self, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        let (fx, fy) = (x as f32, y as f32);
        let down = (fy / self.horizon.max(4.0)).min(1.0);
        let mut colour = mix(palette.zenith, palette.skyline, down * (0.45 + 0.55 * down));
        // Clouds: large ones, frayed where there are any.
        let large = 0.65 * smooth_grain(fx / 6.5, fy / 2.6, self.seed) + 0.24 * self.clouds - 0.72;
        let mut cover = 0.0;
        if large > -0.35 {
            let puffs = large + 0.35 * smooth_grain(fx / 2.6, fy / 1.3, self.seed + 1);
            cover = (puffs * 4.0).clamp(0.0, 0.9);
            colour = mix(colour, palette.cloud, cover);
        }
        if palette.stars {
            let star = grain(x as i32, y as i32, self.seed + 2);
            let bright = ((star - 0.955) * 22.0).clamp(0.0, 0.9) * (1.0 - cover) * (1.0 - 0.6 * down);
            colour = mix(colour, [0.95, 0.96, 1.0], bright);
        }
        if let Some([sx, sy, radius]) = self.sun {
            let (u, v) = (fx - sx + 0.5, fy - sy + 0.5);
            let away = ((u * u + v * v).sqrt() - radius).max(0.0) / palette.glow;
            colour = mix(
                colour,
                palette.sun,
                0.62 / (1.0 + 2.0 * away + away * away * 1.5) * if palette.stars { 0.6 } else { 1.0 },
            );
        }
        colour
    }

    fn disc(&self, x: usize, y: usize) -> Colour {
        let Some([sx, sy, radius]) = self.sun else { return self.palette.sun };
        let (u, v) = ((x as f32 - sx + 0.5) / radius, (y as f32 - sy + 0.5) / radius);
        if self.palette.stars {
            // Seas of the moon.
            let sea = smooth_grain(x as f32 / 1.7, y as f32 / 1.7, self.seed + 3);
            mix(self.palette.sun, [0.72, 0.72, 0.70], ((sea - 0.5) * 2.0).clamp(0.0, 0.8))
        } else {
            mix([1.0, 1.0, 0.92], self.palette.sun, (u * u + v * v).min(1.0))
        }
    }

    fn hill(&self, at: usize, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        // How steep it is: how far below the crest the row is, to the left and to the right.
        let below = |column: usize| {
            let place = y * SIDE + column;
            if self.map[place] == HILL { f32::from(self.runs[place].up) } else { -1.0 }
        };
        let side = |reach: &dyn Fn(usize) -> usize| (1..=3).map(|step| below(reach(step))).sum::<f32>();
        let slope = side(&|step| (x + step).min(SIDE - 1)) - side(&|step| x.saturating_sub(step));
        let slope = (slope / 9.0).clamp(-1.0, 1.0);
        let deep = f32::from(self.runs[at].up);
        let high = (self.horizon - y as f32) / 9.0;
        let patch = smooth_grain(x as f32 / 2.4, y as f32 / 1.6, self.seed + 4);
        let mut colour = palette.hill;
        // Tops above the tree line, or under snow.
        let top = ((high - 0.55 - 0.06 * deep) * 3.0 + (patch - 0.5) * 0.9).clamp(0.0, 1.0);
        let capped = if palette.snow > 0.0 { ((1.6 - deep) * 0.5 + patch * 0.5 - 0.1).clamp(0.0, 0.8) } else { 0.0 };
        colour = mix(colour, palette.summit, top.max(capped));
        let lit = 1.0 + 0.22 * slope * if self.light < 0.0 { 1.0 } else { -1.0 } + 0.22 * (patch - 0.5);
        colour = colour.map(|channel| channel * lit);
        // Mist in the valley.
        mix(colour, palette.skyline, ((0.16 + 0.3 * self.haze) * (0.75 - high)).clamp(0.0, 0.4))
    }

    fn grass(&self, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        let near = self.near(y);
        let mut colour = mix(palette.grass[0], palette.grass[1], near);
        // Swathes, flatter the farther away.
        let swathe = smooth_grain(x as f32 / (3.0 + 4.0 * near), y as f32 / (0.9 + 1.6 * near), self.seed + 5);
        // Blades: two pixels tall, each column shifted.
        let shift = (grain(x as i32, 0, self.seed + 6) * 2.0) as i32;
        let blade = grain(x as i32, (y as i32 + shift) / 2, self.seed + 7);
        let strength = if palette.snow > 0.0 { [0.10, 0.03] } else { [0.20, 0.10 + 0.16 * near] };
        let factor = 1.0 + strength[0] * (swathe - 0.5) + strength[1] * (blade - 0.5);
        colour = if palette.snow > 0.0 {
            mix(colour, palette.shadow, ((swathe - 0.45) * 0.7 + (blade - 0.5) * 0.05).clamp(0.0, 0.3))
        } else {
            colour.map(|channel| channel * factor)
        };
        if grain(x as i32, y as i32, self.seed + 8) < palette.strewing * (0.35 + near) {
            let kind = palette.strewn[usize::from(grain(x as i32, y as i32, self.seed + 13) < 0.5)];
            colour = mix(colour, kind, 0.75);
        }
        mix(colour, palette.skyline, 0.22 * self.haze * (1.0 - near) * (1.0 - near))
    }

    fn road(&self, at: usize, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        let runs = self.runs[at];
        let mut colour = self.rough(palette.road, x, y, 0.13);
        let width = runs.left + runs.right + 1;
        if width < 16 {
            let verge = runs.left.min(runs.right);
            if verge == 0 && width > 2 {
                colour = colour.map(|channel| channel * 0.84);
            }
            // Dashes along the middle, longer the nearer.
            let dash = if self.near(y) > 0.5 { y % 4 < 2 } else { y.is_multiple_of(2) };
            if width >= 5 && dash && (runs.left == runs.right || runs.left + 1 == runs.right) {
                let paint = if palette.snow > 0.0 || palette.lit > 0.0 { 0.5 } else { 0.8 };
                colour = mix(colour, [0.97, 0.95, 0.88], paint);
            }
        }
        colour
    }

    fn water(&self, at: usize, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        let up = usize::from(self.runs[at].up);
        let near = self.near(y);
        let (fx, fy) = (x as f32, y as f32);
        let mut colour = palette.water.map(|channel| channel * (1.08 - 0.16 * near));
        // What stands on the far shore, upside down.
        let shore = y - up;
        if let Some(mirrored) = shore.checked_sub(up + 1) {
            let place = mirrored * SIDE + x;
            let strength = if matches!(self.map[place], SKY | GRASS) { 0.12 } else { 0.3 };
            if self.map[place] != WATER {
                colour = mix(colour, self.surface(place, x, mirrored), strength);
            }
        }
        // Ripples, longer and wider apart the nearer.
        let stretch = 2.2 + 3.2 * near;
        let wave = smooth_grain(fx / stretch + sine(fy * 0.23), fy * (1.1 - 0.3 * near), self.seed + 9);
        colour = mix(colour, palette.glitter, ((wave - 0.58) * 1.5).clamp(0.0, 0.42));
        colour = colour.map(|channel| channel * (1.0 - 0.22 * (0.42 - wave).clamp(0.0, 0.4) * 2.0));
        if let Some([sx, _, radius]) = self.sun {
            let off = (fx + 0.5 - sx).abs() - radius * (0.6 + 0.5 * near);
            if off < 0.0 && grain(x as i32, y as i32, self.seed + 10) < 0.6 && y.is_multiple_of(2) {
                colour = mix(colour, palette.sun, 0.55);
            }
        }
        if up == 0 { colour.map(|channel| channel * 0.84) } else { colour }
    }

    fn tree(&self, at: usize, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        let runs = self.runs[at];
        // A crown is wide just above its trunk.
        let crown = |rows: usize| {
            y >= rows && self.map[at - rows * SIDE] == TREE && {
                let above = self.runs[at - rows * SIDE];
                above.left + above.right >= 2
            }
        };
        if runs.left + runs.right == 0 && (1..=4).any(crown) {
            return palette.trunk.map(|channel| channel * (1.0 + 0.2 * self.light.abs()));
        }
        let [across, down] = runs.place();
        let clump = smooth_grain(x as f32 / 1.5, y as f32 / 1.5, self.seed + 11);
        let lit = 0.5 + 0.42 * across * self.light - 0.34 * down + 0.75 * (clump - 0.5);
        let mut colour = mix(palette.leaves[1], palette.leaves[0], lit.clamp(0.0, 1.0));
        colour = colour.map(|channel| channel * (1.0 + 0.35 * (lit - 0.75).max(0.0)));
        colour = self.rough(colour, x, y, 0.16);
        if palette.snow > 0.0 {
            let lying = (0.85 - 0.35 * f32::from(runs.up)).max(2.4 * (clump - 0.55)).clamp(0.0, 0.7) * palette.snow;
            colour = mix(colour, palette.grass[1], lying);
        }
        colour
    }

    fn house(&self, at: usize, x: usize, y: usize) -> Colour {
        let [across, _] = self.runs[at].place();
        let runs = self.runs[at];
        let plank = if y.is_multiple_of(2) { 1.02 } else { 0.95 };
        let mut factor = plank * (1.0 + 0.07 * across * self.light);
        // Under the eaves, and where the wall meets the ground.
        if runs.up == 0 && y > 0 && self.map[at - SIDE] == ROOF {
            factor *= 0.80;
        }
        if runs.down == 0 && y + 1 < SIDE && self.map[at + SIDE] == GRASS {
            factor *= 0.92;
        }
        self.rough(self.wall, x, y, 0.05).map(|channel| channel * factor)
    }

    fn roof(&self, at: usize, x: usize, y: usize) -> Colour {
        let palette = self.palette;
        let runs = self.runs[at];
        // Rows of tiles, each shifted by half a tile.
        let tile = if (x + y).is_multiple_of(2) { 1.10 } else { 0.90 };
        let row = 1.0 + 0.05 * f32::from(runs.down.min(3)) - if runs.down == 0 { 0.10 } else { 0.0 };
        let [across, _] = runs.place();
        let colour = self
            .rough(palette.roof, x, y, 0.1)
            .map(|channel| channel * tile * row * (1.0 + 0.12 * across * self.light));
        if palette.snow > 0.0 {
            let lying = 0.85 - 0.45 * f32::from(runs.up) + 0.3 * (grain(x as i32, y as i32, self.seed + 12) - 0.5);
            return mix(colour, palette.grass[1], lying.clamp(0.0, 0.8) * palette.snow);
        }
        if runs.up == 0 { mix(colour, palette.skyline, 0.18) } else { colour }
    }

    fn window(&self, at: usize) -> Colour {
        let palette = self.palette;
        let runs = self.runs[at];
        if palette.lit > 0.0 {
            let low = f32::from(runs.down) * 0.08;
            return mix(palette.window, [1.0, 0.97, 0.76], (low + if runs.left == 0 { 0.25 } else { 0.0 }).min(0.6));
        }
        // The sky in one corner of the pane.
        let corner = runs.up == 0 && (runs.left == 0) == (self.light < 0.0);
        mix(palette.window, palette.zenith, if corner { 0.45 } else { 0.1 })
    }

    /// Each edge between classes half a pixel soft.
    fn soften(&self, plain: &[Colour; SIDE * SIDE], at: usize) -> Colour {
        let (x, y) = (at % SIDE, at / SIDE);
        let beside = [
            (x > 0, at.wrapping_sub(1)),
            (x + 1 < SIDE, at + 1),
            (y > 0, at.wrapping_sub(SIDE)),
            (y + 1 < SIDE, at + SIDE),
        ];
        let mut colour = plain[at];
        for (inside, other) in beside {
            if inside && self.map[other] != self.map[at] {
                colour = mix(colour, plain[other], 0.11);
            }
        }
        colour
    }
}
