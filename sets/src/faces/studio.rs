//! What a face is painted in: coordinates of its own, and light.

use crate::canvas::{Canvas, Colour, mix};

/// Distance to a shape's edge in the face's coordinates, below 0 inside.
pub type Distance<'a> = &'a dyn Fn(f32, f32) -> f32;

/// A picture with a frame in which the head stands: the origin is the head's middle, a unit is a pixel of a face of size 1.
pub struct Studio {
    pub canvas: Canvas,
    pub centre: [f32; 2],
    pub size: f32,
    pub lamp: Lamp,
}

/// What light does to colours.
#[derive(Clone, Copy)]
pub struct Lamp {
    /// Where light comes from, of length 1: right, down, towards the viewer.
    pub from: [f32; 3],
    /// Without light: flat colours.
    pub flat: bool,
}

impl Studio {
    /// Paints a shape within `[left, top, right, bottom]`. All painting goes through here, so that the loop is compiled once.
    pub fn paint(
        &mut self,
        [left, top, right, bottom]: [f32; 4],
        alpha: f32,
        distance: Distance,
        colour: &dyn Fn(f32, f32) -> Colour,
    ) {
        let ([x, y], size) = (self.centre, self.size);
        let bounds = [x + left * size, y + top * size, x + right * size, y + bottom * size];
        let distance: Distance = &|px, py| distance((px - x) / size, (py - y) / size) * size;
        let colour: &dyn Fn(f32, f32) -> Colour = &|px, py| colour((px - x) / size, (py - y) / size);
        self.canvas.paint_with(bounds, alpha, distance, colour);
    }

    /// A shape of one colour.
    pub fn fill(&mut self, bounds: [f32; 4], alpha: f32, distance: Distance, colour: Colour) {
        self.paint(bounds, alpha, distance, &|_, _| colour);
    }

    /// An ellipse of one colour.
    pub fn dot(&mut self, [x, y]: [f32; 2], [rx, ry]: [f32; 2], alpha: f32, colour: Colour) {
        self.fill([x - rx, y - ry, x + rx, y + ry], alpha, &|px, py| oval([px - x, py - y], [rx, ry]), colour);
    }

    /// The part of a parabola `y = middle + bend * (1 - (x / half)²)` between `-half` and `half`, moved right by `x`.
    pub fn arc(&mut self, [x, middle]: [f32; 2], half: f32, bend: f32, radius: f32, alpha: f32, colour: Colour) {
        let distance: Distance = &|px, py| {
            let along = (px - x) / half;
            let slope = 2.0 * bend * along / half;
            let off = (py - middle - bend * (1.0 - along * along)).abs() / (1.0 + slope * slope).sqrt();
            off.max((px - x).abs() - half) - radius
        };
        let reach = bend.abs() + radius;
        self.fill([x - half - radius, middle - reach, x + half + radius, middle + reach], alpha, distance, colour);
    }

    /// A line with round ends.
    pub fn line(&mut self, [ax, ay]: [f32; 2], [bx, by]: [f32; 2], radius: f32, alpha: f32, colour: Colour) {
        let (dx, dy) = (bx - ax, by - ay);
        let length = (dx * dx + dy * dy).max(1e-9);
        let distance: Distance = &|x, y| {
            let along = (((x - ax) * dx + (y - ay) * dy) / length).clamp(0.0, 1.0);
            let (u, v) = (x - ax - along * dx, y - ay - along * dy);
            (u * u + v * v).sqrt() - radius
        };
        let bounds = [ax.min(bx) - radius, ay.min(by) - radius, ax.max(bx) + radius, ay.max(by) + radius];
        self.fill(bounds, alpha, distance, colour);
    }
}

impl Lamp {
    /// A colour in the light, at the place `(u, v)` of a ball that fills the unit disc; `gloss` adds a highlight.
    pub fn lit(&self, colour: Colour, [u, v]: [f32; 2], gloss: f32) -> Colour {
        if self.flat {
            // One darker tone away from the light.
            let away = -0.8 * (u * self.from[0] + v * self.from[1]) + 0.25 * (u * u + v * v);
            return darker(colour, 0.13 * ((away - 0.42) * 7.0).clamp(0.0, 1.0));
        }
        let depth = (1.0 - u * u - v * v).max(0.04).sqrt();
        let towards = (u * self.from[0] + v * self.from[1] + depth * self.from[2]).max(0.0);
        let square = towards * towards;
        let shine = gloss * square * square * square * square;
        // Shade is a little blue, light a little yellow.
        let warm = [0.60 + 0.56 * towards, 0.61 + 0.52 * towards, 0.66 + 0.42 * towards];
        std::array::from_fn(|channel| colour[channel] * warm[channel] + shine)
    }
}

/// About the distance to an ellipse round the origin.
pub fn oval([x, y]: [f32; 2], [rx, ry]: [f32; 2]) -> f32 {
    let (u, v) = (x / rx, y / ry);
    ((u * u + v * v).sqrt() - 1.0) * rx.min(ry)
}

/// Darker by that share.
pub fn darker(colour: Colour, share: f32) -> Colour {
    mix(colour, [0.0; 3], share)
}
