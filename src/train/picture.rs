//! Samples as pictures: grids of images in [-1, 1], and points of the plane, as bytes.

use crate::data::Form;

/// A picture, row-major: a byte a pixel where it is grey, red, green and blue where it is in colour.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    pub bytes: Vec<u8>,
}

/// How examples are drawn.
pub struct Style {
    /// Pixels between two images.
    pub gap: usize,
    /// Of the square that points are drawn on, in pixels.
    pub side: usize,
    /// Of a point, in pixels.
    pub radius: f32,
}

/// Examples of a form, `[n, numbers]`: images in a grid of `columns`, points as a cloud. Nothing to see of maps and
/// volumes, of which games make images (volumes: `apps/corner.rs`).
pub fn of(form: Form, examples: &[f32], columns: usize, style: &Style) -> Picture {
    match form {
        Form::Image { channels, height, width } => grid(examples, columns, [channels, height, width], style.gap),
        Form::Map { height: side, .. } | Form::Volume { side } => grid(&[], columns, [1, side, side], style.gap),
        Form::Point { coordinates } => scatter(examples, coordinates, style.side, style.radius),
    }
}

/// Lays images `[n, channels, height, width]` with values in [-1, 1] out in a grid of `columns`, `gap` pixels apart.
/// The background is black, -1.
pub fn grid(images: &[f32], columns: usize, [channels, height, width]: [usize; 3], gap: usize) -> Picture {
    let numbers = channels * height * width;
    let count = images.len() / numbers;
    let columns = columns.min(count).max(1);
    let rows = count.div_ceil(columns).max(1);
    let (full_width, full_height) = (columns * (width + gap) - gap, rows * (height + gap) - gap);
    let mut bytes = vec![0; full_width * full_height * channels];
    for (index, image) in images.chunks_exact(numbers).enumerate() {
        let (left, top) = ((index % columns) * (width + gap), (index / columns) * (height + gap));
        for (at, &value) in image.iter().enumerate() {
            let (channel, y, x) = (at / (height * width), at / width % height, at % width);
            bytes[((top + y) * full_width + left + x) * channels + channel] = byte(value);
        }
    }
    Picture { width: full_width, height: full_height, channels, bytes }
}

/// The part of the plane that a picture of points shows: [-EXTENT, EXTENT] in both directions.
pub const EXTENT: f32 = 3.0;

/// Points `[n, coordinates]` as discs of `radius` pixels on a square of `side` pixels, y upwards. What lies outside is not
/// seen. Points on the line lie on its horizontal axis.
pub fn scatter(points: &[f32], coordinates: usize, side: usize, radius: f32) -> Picture {
    let mut ink = vec![0.0f32; side * side];
    let pixel = |value: f32| (value / EXTENT * 0.5 + 0.5) * side as f32 - 0.5;
    for point in points.chunks_exact(coordinates) {
        let (x, y) = (pixel(point[0]), pixel(-point.get(1).copied().unwrap_or(0.0)));
        let around = |centre: f32| {
            let first = (centre - radius - 1.0).ceil().max(0.0) as usize;
            let last = (centre + radius + 1.0).floor().min(side as f32 - 1.0);
            first..if last < 0.0 { 0 } else { last as usize + 1 }
        };
        // NaN is in no range, and infinity in an empty one.
        for row in around(y) {
            for column in around(x) {
                let distance = (column as f32 - x).hypot(row as f32 - y);
                let cover = (radius + 0.5 - distance).clamp(0.0, 1.0) * 0.6;
                let place = &mut ink[row * side + column];
                // Points that lie on one another shine through.
                *place += (1.0 - *place) * cover;
            }
        }
    }
    let bytes = ink.into_iter().map(|ink| (ink * 255.0).round() as u8).collect();
    Picture { width: side, height: side, channels: 1, bytes }
}

/// -1 is black, 1 is white; the same rounding as a canvas of unorm bytes. NaN is black.
pub fn byte(value: f32) -> u8 {
    ((value * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
}

impl Picture {
    /// The picture as RGBA, as a canvas takes it.
    pub fn rgba(&self) -> Vec<u8> {
        let last = self.channels - 1;
        self.bytes.chunks_exact(self.channels).flat_map(|p| [p[0], p[last.min(1)], p[last], 255]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_land_in_their_cells() {
        let images: Vec<f32> = (0..3).flat_map(|i| [i as f32 - 1.0; 4]).collect();
        let picture = grid(&images, 2, [1, 2, 2], 1);
        assert_eq!((picture.width, picture.height), (5, 5));
        assert_eq!(&picture.bytes[..5], &[0, 0, 0, 128, 128]);
        assert_eq!(&picture.bytes[15..20], &[255, 255, 0, 0, 0]);
        assert_eq!(picture.rgba().len(), 100);
    }

    #[test]
    fn colours_lie_channel_by_channel_in_images_and_pixel_by_pixel_in_pictures() {
        // Two images of one row of two pixels: red and black; green and blue.
        let images = [1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, 1.0];
        let picture = grid(&images, 2, [3, 1, 2], 1);
        assert_eq!((picture.width, picture.height), (5, 1));
        assert_eq!(picture.bytes, [255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255]);
        assert_eq!(picture.rgba()[..8], [255, 0, 0, 255, 0, 0, 0, 255]);
    }

    #[test]
    fn points_land_where_they_are() {
        let picture = scatter(&[-1.5, 1.5, f32::NAN, 0.0, f32::INFINITY, 0.0, 0.0, 1e30], 2, 40, 1.0);
        let brightest = (0..1600).max_by_key(|&place| picture.bytes[place]).unwrap();
        assert!((9..=10).contains(&(brightest % 40)) && (9..=10).contains(&(brightest / 40)), "{brightest}");
        let lit = picture.bytes.iter().filter(|&&grey| grey > 0).count();
        assert!((4..=16).contains(&lit), "{lit}");
        assert_eq!(scatter(&[0.0], 1, 9, 1.0).bytes[4 * 9 + 4], 153);
    }

    #[test]
    fn a_nan_is_black_and_not_a_panic() {
        assert_eq!(grid(&[f32::NAN], 1, [1, 1, 1], 0).bytes, [0]);
    }
}
