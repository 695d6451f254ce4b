//! Samples as pictures: grids of images in [-1, 1], and points of the plane, as bytes.

/// A grey picture, one byte a pixel, row-major.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub grey: Vec<u8>,
}

/// Lays images `[n, height, width]` with values in [-1, 1] out in a grid of `columns`, `gap` pixels apart.
/// The background is black, -1.
pub fn grid(images: &[f32], columns: usize, [height, width]: [usize; 2], gap: usize) -> Picture {
    let count = images.len() / (height * width);
    let columns = columns.min(count).max(1);
    let rows = count.div_ceil(columns).max(1);
    let (full_width, full_height) = (columns * (width + gap) - gap, rows * (height + gap) - gap);
    let mut grey = vec![0; full_width * full_height];
    for (index, image) in images.chunks_exact(height * width).enumerate() {
        let (left, top) = ((index % columns) * (width + gap), (index / columns) * (height + gap));
        for (y, row) in image.chunks_exact(width).enumerate() {
            for (x, &value) in row.iter().enumerate() {
                grey[(top + y) * full_width + left + x] = byte(value);
            }
        }
    }
    Picture { width: full_width, height: full_height, grey }
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
    Picture { width: side, height: side, grey: ink.into_iter().map(|ink| (ink * 255.0).round() as u8).collect() }
}

/// -1 is black, 1 is white; the same rounding as a canvas of unorm bytes. NaN is black.
pub(super) fn byte(value: f32) -> u8 {
    ((value * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
}

impl Picture {
    /// The picture as RGBA, as a canvas takes it.
    pub fn rgba(&self) -> Vec<u8> {
        self.grey.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_land_in_their_cells() {
        let images: Vec<f32> = (0..3).flat_map(|i| [i as f32 - 1.0; 4]).collect();
        let picture = grid(&images, 2, [2, 2], 1);
        assert_eq!((picture.width, picture.height), (5, 5));
        assert_eq!(&picture.grey[..5], &[0, 0, 0, 128, 128]);
        assert_eq!(&picture.grey[15..20], &[255, 255, 0, 0, 0]);
        assert_eq!(picture.rgba().len(), 100);
    }

    #[test]
    fn points_land_where_they_are() {
        let picture = scatter(&[-1.5, 1.5, f32::NAN, 0.0, f32::INFINITY, 0.0, 0.0, 1e30], 2, 40, 1.0);
        let brightest = (0..1600).max_by_key(|&place| picture.grey[place]).unwrap();
        assert!((9..=10).contains(&(brightest % 40)) && (9..=10).contains(&(brightest / 40)), "{brightest}");
        let lit = picture.grey.iter().filter(|&&grey| grey > 0).count();
        assert!((4..=16).contains(&lit), "{lit}");
        assert_eq!(scatter(&[0.0], 1, 9, 1.0).grey[4 * 9 + 4], 153);
    }

    #[test]
    fn a_nan_is_black_and_not_a_panic() {
        assert_eq!(grid(&[f32::NAN], 1, [1, 1], 0).grey, [0]);
    }
}
