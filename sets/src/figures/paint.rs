//! Somebody in a pose, painted: round limbs, lit from the upper left.

use super::pose::{FLOOR, scale};
use super::{HAIR, Joints, Person, SHIRTS, SIDE, TROUSERS};
use crate::{Canvas, Colour, mix};

const SHIRT_COLOURS: [Colour; SHIRTS.len()] = [
    [0.86, 0.17, 0.20],
    [0.97, 0.53, 0.12],
    [0.98, 0.83, 0.20],
    [0.24, 0.66, 0.28],
    [0.13, 0.70, 0.72],
    [0.19, 0.40, 0.88],
    [0.57, 0.30, 0.78],
    [0.96, 0.96, 0.95],
];

const TROUSER_COLOURS: [Colour; TROUSERS.len()] = [
    [0.15, 0.21, 0.45],
    [0.12, 0.12, 0.14],
    [0.50, 0.52, 0.56],
    [0.80, 0.69, 0.49],
    [0.42, 0.26, 0.16],
    [0.48, 0.09, 0.20],
];

const HAIR_COLOURS: [Colour; HAIR.len()] =
    [[0.09, 0.08, 0.10], [0.33, 0.17, 0.07], [0.93, 0.77, 0.38], [0.78, 0.34, 0.12], [0.68, 0.69, 0.72]];

const SKINS: [Colour; 4] = [[0.99, 0.85, 0.74], [0.93, 0.72, 0.56], [0.72, 0.50, 0.35], [0.50, 0.33, 0.23]];

/// Walls: blue, mint, cream, lilac; none is like a skin.
const WALLS: [Colour; 4] = [[0.68, 0.81, 0.93], [0.70, 0.87, 0.79], [0.91, 0.91, 0.70], [0.80, 0.75, 0.91]];

/// The colour so far along a row of them; `share` from 0 to 1.
fn along(colours: &[Colour], share: f32) -> Colour {
    let place = share * (colours.len() - 1) as f32;
    let from = (place as usize).min(colours.len() - 2);
    mix(colours[from], colours[from + 1], place - from as f32)
}

fn darker(colour: Colour, factor: f32) -> Colour {
    colour.map(|channel| channel * factor)
}

/// The picture of somebody with their joints at these places.
pub fn render(person: &Person, joints: &Joints) -> Canvas {
    let places = joints.map(|place| place.map(|share| share * SIDE as f32));
    let mut picture = Picture { canvas: room(person), scale: scale(person) };
    picture.shadow(&places);
    picture.person(person, &places);
    picture.canvas
}

/// The wall and the floor.
fn room(person: &Person) -> Canvas {
    let wall = along(&WALLS, f32::from(person.wall) / 255.0);
    let mut canvas = Canvas::new(SIDE, wall);
    let floor = mix(darker(wall, 0.80), [0.72, 0.60, 0.46], 0.35);
    for (at, pixel) in canvas.pixels.iter_mut().enumerate() {
        let (x, y) = ((at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5);
        let below = (y - FLOOR + 1.6).clamp(0.0, 1.0);
        let lit = 1.04 - 0.0016 * x - 0.0016 * y;
        *pixel = mix(darker(wall, lit), darker(floor, 0.96 + 0.02 * (y - FLOOR)), below);
    }
    canvas
}

struct Picture {
    canvas: Canvas,
    scale: f32,
}

impl Picture {
    fn shadow(&mut self, places: &Joints) {
        for [x, y] in [places[11], places[12]] {
            // Fainter below a foot that is lifted.
            let alpha = 0.34 / (1.0 + 0.35 * (FLOOR - y).max(0.0));
            let distance = move |px: f32, py: f32| {
                let (u, v) = ((px - x - 0.6) / 3.4, (py - FLOOR - 1.1) / 1.3);
                ((u * u + v * v).sqrt() - 0.75) * 2.0
            };
            let bounds = [x - 5.0, FLOOR - 2.0, x + 6.0, FLOOR + 4.0];
            self.canvas.paint_with(bounds, alpha, distance, |_, _| [0.20, 0.16, 0.20]);
        }
    }

    fn person(&mut self, person: &Person, places: &Joints) {
        let pick = |colours: &[Colour], at: u8| colours[usize::from(at).min(colours.len() - 1)];
        let shirt = pick(&SHIRT_COLOURS, person.shirt);
        let trousers = pick(&TROUSER_COLOURS, person.trousers);
        let hair = pick(&HAIR_COLOURS, person.hair);
        let skin = along(&SKINS, f32::from(person.skin) / 255.0);
        for side in 0..2 {
            let [hip, knee, ankle] = [places[7 + side], places[9 + side], places[11 + side]];
            self.shoe(knee, ankle, if side == 0 { -1.0 } else { 1.0 });
            self.limb(knee, ankle, [1.35, 1.05], trousers);
            self.limb(hip, knee, [1.65, 1.4], trousers);
        }
        self.pelvis(places, trousers);
        let neck = [(places[1][0] + places[2][0]) / 2.0, (places[1][1] + places[2][1]) / 2.0];
        self.limb(neck, places[0], [1.0, 1.0], darker(skin, 0.86));
        self.torso(places, shirt);
        self.head(places[0], neck, skin, hair);
        for side in 0..2 {
            let [shoulder, elbow, wrist] = [places[1 + side], places[3 + side], places[5 + side]];
            let part = |share: f32| [0, 1].map(|axis| shoulder[axis] + (elbow[axis] - shoulder[axis]) * share);
            let long = person.sleeve == 1;
            self.limb(elbow, wrist, [1.05, 0.9], if long { shirt } else { skin });
            self.limb(part(0.35), elbow, [1.15, 1.05], if long { shirt } else { skin });
            self.limb(shoulder, part(if long { 0.9 } else { 0.5 }), [1.45, 1.25], shirt);
            self.hand(elbow, wrist, skin);
        }
    }

    /// A limb that tapers from one radius to the other, with a faint dark seam around it.
    fn limb(&mut self, [ax, ay]: [f32; 2], [bx, by]: [f32; 2], radii: [f32; 2], colour: Colour) {
        let [from, to] = radii.map(|radius| radius * self.scale);
        let (dx, dy) = (bx - ax, by - ay);
        let square = (dx * dx + dy * dy).max(1e-6);
        // How far off the axis, right and down, and the radius there.
        let off = move |x: f32, y: f32| {
            let share = (((x - ax) * dx + (y - ay) * dy) / square).clamp(0.0, 1.0);
            [x - ax - share * dx, y - ay - share * dy, from + (to - from) * share]
        };
        let distance = move |x: f32, y: f32| {
            let [u, v, radius] = off(x, y);
            (u * u + v * v).sqrt() - radius
        };
        let reach = from.max(to) + 0.7;
        let bounds = [ax.min(bx) - reach, ay.min(by) - reach, ax.max(bx) + reach, ay.max(by) + reach];
        self.canvas.paint_with(bounds, 0.34, |x, y| distance(x, y) - 0.55, |_, _| darker(colour, 0.35));
        self.canvas.paint_with(bounds, 1.0, distance, |x, y| {
            let [u, v, radius] = off(x, y);
            darker(colour, round(u / radius, v / radius))
        });
    }

    fn pelvis(&mut self, places: &Joints, colour: Colour) {
        let [left, right] = [places[7], places[8]];
        self.limb([left[0], left[1] - 0.4], [right[0], right[1] - 0.4], [1.6, 1.6], colour);
    }

    /// The body between shoulders and hips.
    fn torso(&mut self, places: &Joints, colour: Colour) {
        let [a, b, c, d] = [places[1], places[2], places[8], places[7]];
        let corners = [a, b, c, d];
        let edges: [[f32; 3]; 4] = std::array::from_fn(|at| {
            let (from, to) = (corners[at], corners[(at + 1) % 4]);
            let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
            let length = (dx * dx + dy * dy).sqrt().max(1e-6);
            // Outwards is to the left of who walks around clockwise.
            let (nx, ny) = (dy / length, -dx / length);
            [nx, ny, nx * from[0] + ny * from[1]]
        });
        let grown = 0.95 * self.scale;
        let distance = move |x: f32, y: f32| {
            edges.iter().fold(f32::MIN, |most, [nx, ny, at]| most.max(nx * x + ny * y - at)) - grown
        };
        let ends = |axis: usize| {
            let of = |pick: fn(f32, f32) -> f32| corners.iter().map(|corner| corner[axis]).reduce(pick).unwrap_or(0.0);
            [of(f32::min) - 2.0, of(f32::max) + 2.0]
        };
        let ([left, right], [top, bottom]) = (ends(0), ends(1));
        let bounds = [left, top, right, bottom];
        self.canvas.paint_with(bounds, 0.3, |x, y| distance(x, y) - 0.55, |_, _| darker(colour, 0.35));
        let middle = [0, 1].map(|axis| (a[axis] + b[axis] + c[axis] + d[axis]) / 4.0);
        let half = (right - left) / 2.0;
        self.canvas.paint_with(bounds, 1.0, distance, |x, y| {
            darker(colour, round((x - middle[0]) / half, (y - middle[1]) / 11.0))
        });
    }

    fn head(&mut self, [x, y]: [f32; 2], neck: [f32; 2], skin: Colour, hair: Colour) {
        let scale = self.scale;
        // Upwards, and to the right of it.
        let (dx, dy) = (x - neck[0], y - neck[1]);
        let length = (dx * dx + dy * dy).sqrt().max(1e-6);
        let (up, across) = ([dx / length, dy / length], [-dy / length, dx / length]);
        let place = |right: f32, above: f32| {
            let at = |axis: usize| (right * across[axis] + above * up[axis]) * scale;
            [x + at(0), y + at(1)]
        };
        let mut ball = |centre: [f32; 2], radius: f32, colour: Colour| {
            let [cx, cy] = centre;
            let radius = radius * scale;
            let off = move |px: f32, py: f32| [(px - cx) / radius, (py - cy) / radius];
            let distance = move |px: f32, py: f32| {
                let [u, v] = off(px, py);
                ((u * u + v * v).sqrt() - 1.0) * radius
            };
            let bounds = [cx - radius, cy - radius, cx + radius, cy + radius];
            self.canvas.paint_with(bounds, 1.0, distance, |px, py| {
                let [u, v] = off(px, py);
                darker(colour, round(u, v))
            });
        };
        ball(place(0.0, 0.45), 2.95, hair);
        ball(place(0.0, -0.5), 2.5, skin);
        // The fringe, combed to one side.
        ball(place(-0.75, 2.1), 1.65, hair);
        ball(place(1.15, 2.0), 1.25, hair);
        for side in [-1.0, 1.0] {
            ball(place(side * 1.1, -0.3), 0.36, [0.10, 0.07, 0.08]);
        }
    }

    fn hand(&mut self, elbow: [f32; 2], wrist: [f32; 2], skin: Colour) {
        let (dx, dy) = (wrist[0] - elbow[0], wrist[1] - elbow[1]);
        let length = (dx * dx + dy * dy).sqrt().max(1e-6);
        let tip = [wrist[0] + dx / length * 0.7, wrist[1] + dy / length * 0.7];
        self.limb(wrist, tip, [1.05, 1.0], skin);
    }

    fn shoe(&mut self, knee: [f32; 2], ankle: [f32; 2], outwards: f32) {
        // Feet point outwards, and down where the leg is lifted.
        let lifted = ((FLOOR - ankle[1]) / 3.0).clamp(0.0, 1.0);
        let lean = (ankle[0] - knee[0]) * 0.1;
        let toe = [ankle[0] + (outwards * 1.3 + lean) * self.scale, ankle[1] + 0.75 + 0.5 * lifted];
        self.limb([ankle[0], ankle[1] + 0.7], toe, [1.05, 0.9], [0.20, 0.17, 0.18]);
    }
}

/// How bright a round thing is so far off its middle, right and down, in radii.
fn round(u: f32, v: f32) -> f32 {
    1.02 - 0.15 * u - 0.13 * v
}
