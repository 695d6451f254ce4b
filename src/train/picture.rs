//! Samples as pictures: grids of images in [-1, 1] as bytes.

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

/// -1 is black, 1 is white; the same rounding as a canvas of unorm bytes. NaN is black.
fn byte(value: f32) -> u8 {
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
    fn a_nan_is_black_and_not_a_panic() {
        assert_eq!(grid(&[f32::NAN], 1, [1, 1], 0).grey, [0]);
    }
}
