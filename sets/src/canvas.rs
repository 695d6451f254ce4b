//! A square picture in colour, and shapes with smooth edges on it.

/// Red, green, blue, each from 0 to 1.
pub type Colour = [f32; 3];

/// A square picture. Coordinates are pixels from the upper left corner: pixel (0, 0) has its middle at (0.5, 0.5).
#[derive(Clone, Debug)]
pub struct Canvas {
    pub side: usize,
    /// `[side, side]`, row by row.
    pub pixels: Vec<Colour>,
}

impl Canvas {
    /// All of one colour.
    pub fn new(side: usize, ground: Colour) -> Canvas {
        Canvas { side, pixels: vec![ground; side * side] }
    }

    /// Paints where `distance(x, y)` is below 0, in pixels to the shape's edge; the edge is one pixel soft. `colour(x, y)` is
    /// what is painted there, `alpha` how much it covers.
    ///
    /// Only the box `[left, top, right, bottom]` is looked at.
    pub fn paint_with(
        &mut self,
        [left, top, right, bottom]: [f32; 4],
        alpha: f32,
        distance: impl Fn(f32, f32) -> f32,
        colour: impl Fn(f32, f32) -> Colour,
    ) {
        let range = |from: f32, to: f32| {
            let last = self.side as f32;
            (from - 1.0).clamp(0.0, last) as usize..((to + 1.0).clamp(0.0, last).ceil() as usize)
        };
        let (rows, columns) = (range(top, bottom), range(left, right));
        for row in rows {
            for column in columns.clone() {
                let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
                let cover = (0.5 - distance(x, y)).clamp(0.0, 1.0) * alpha;
                if cover > 0.0 {
                    let pixel = &mut self.pixels[row * self.side + column];
                    let painted = colour(x, y);
                    for (old, new) in pixel.iter_mut().zip(painted) {
                        *old += (new - *old) * cover;
                    }
                }
            }
        }
    }

    /// An ellipse of one colour.
    pub fn ellipse(&mut self, [x, y]: [f32; 2], [rx, ry]: [f32; 2], colour: Colour) {
        let distance = move |px: f32, py: f32| {
            let (u, v) = ((px - x) / rx, (py - y) / ry);
            ((u * u + v * v).sqrt() - 1.0) * rx.min(ry)
        };
        self.paint_with([x - rx, y - ry, x + rx, y + ry], 1.0, distance, move |_, _| colour);
    }

    /// A line with round ends.
    pub fn line(&mut self, [ax, ay]: [f32; 2], [bx, by]: [f32; 2], radius: f32, colour: Colour) {
        let (dx, dy) = (bx - ax, by - ay);
        let length = (dx * dx + dy * dy).max(1e-9);
        let distance = move |x: f32, y: f32| {
            let along = (((x - ax) * dx + (y - ay) * dy) / length).clamp(0.0, 1.0);
            let (u, v) = (x - ax - along * dx, y - ay - along * dy);
            (u * u + v * v).sqrt() - radius
        };
        let bounds = [ax.min(bx) - radius, ay.min(by) - radius, ax.max(bx) + radius, ay.max(by) + radius];
        self.paint_with(bounds, 1.0, distance, move |_, _| colour);
    }

    /// A box with round corners.
    pub fn block(&mut self, [left, top, right, bottom]: [f32; 4], corner: f32, colour: Colour) {
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let (half_width, half_height) = ((right - left) / 2.0 - corner, (bottom - top) / 2.0 - corner);
        let distance = move |px: f32, py: f32| {
            let (u, v) = ((px - x).abs() - half_width, (py - y).abs() - half_height);
            let (a, b) = (u.max(0.0), v.max(0.0));
            (a * a + b * b).sqrt() + u.max(v).min(0.0) - corner
        };
        self.paint_with([left, top, right, bottom], 1.0, distance, move |_, _| colour);
    }

    /// Appends the picture's bytes `[3, side, side]`.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        for channel in 0..3 {
            bytes.extend(self.pixels.iter().map(|pixel| byte(pixel[channel])));
        }
    }
}

/// From 0 to 1 as a byte; NaN is 0.
pub fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// A colour between two, `share` of the way.
pub fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_cover_their_area() {
        let white = [1.0; 3];
        let area = |paint: &dyn Fn(&mut Canvas)| {
            let mut canvas = Canvas::new(32, [0.0; 3]);
            paint(&mut canvas);
            canvas.pixels.iter().map(|pixel| pixel[0]).sum::<f32>()
        };
        let disc = area(&|canvas| canvas.ellipse([16.0, 15.0], [6.0, 6.0], white));
        assert!((disc - 113.1).abs() < 1.5, "{disc}");
        let block = area(&|canvas| canvas.block([4.0, 5.0, 14.0, 11.0], 0.0, white));
        assert!((block - 60.0).abs() < 0.5, "{block}");
        let line = area(&|canvas| canvas.line([5.0, 5.0], [25.0, 5.0], 1.5, white));
        assert!((line - 67.1).abs() < 1.5, "{line}");
        assert_eq!(area(&|canvas| canvas.ellipse([-40.0, 90.0], [6.0, 6.0], white)), 0.0, "outside");
    }

    #[test]
    fn bytes_are_channel_by_channel() {
        let mut bytes = Vec::new();
        Canvas::new(2, [1.0, 0.5, f32::NAN]).write(&mut bytes);
        assert_eq!(bytes, [255, 255, 255, 255, 128, 128, 128, 128, 0, 0, 0, 0]);
        assert_eq!(mix([0.0; 3], [1.0; 3], 0.25), [0.25; 3]);
    }
}
