//! The structural similarity of two images: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error
//! visibility to structural similarity", IEEE Transactions on Image Processing 2004.

use super::rows;
use crate::{Error, Result};

/// Pixels along a side of the window.
pub const WINDOW: usize = 7;
/// The paper's constants, squared, for pixels from 0 to 1.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// Mean SSIM of images `a` and `b` `[n, height, width]` in [-1, 1], a channel being an image: 1 where they are alike, about 0
/// where they have nothing in common. Windows are squares of [`WINDOW`] pixels that lie within the image, with the variances of
/// samples, as in scikit-image's `structural_similarity`. NaN if a pixel is.
///
/// # Errors
/// [`Error::Metric`] for images smaller than a window, for none, and for `a` and `b` of different lengths.
pub fn ssim(a: &[f32], b: &[f32], [height, width]: [usize; 2]) -> Result<f64> {
    const METRIC: &str = "structural similarity";
    let count = rows(METRIC, a, height * width)?;
    if height < WINDOW || width < WINDOW || count == 0 || a.len() != b.len() {
        let message = format!(
            "takes as many images of each kind, of at least {WINDOW} by {WINDOW} pixels; there are {} and {} numbers, and \
             images are {height} by {width}",
            a.len(),
            b.len()
        );
        return Err(Error::metric(METRIC, message));
    }
    let mut sum = 0.0;
    for (a, b) in a.chunks_exact(height * width).zip(b.chunks_exact(height * width)) {
        for top in 0..=height - WINDOW {
            for left in 0..=width - WINDOW {
                sum += of_window(a, b, width, top * width + left);
            }
        }
    }
    Ok(sum / (count * (height - WINDOW + 1) * (width - WINDOW + 1)) as f64)
}

/// Of the window whose first pixel is at `start`.
fn of_window(a: &[f32], b: &[f32], width: usize, start: usize) -> f64 {
    let count = (WINDOW * WINDOW) as f64;
    let mut sums = [0.0; 5];
    for row in 0..WINDOW {
        for at in start + row * width..start + row * width + WINDOW {
            let [x, y] = [a[at], b[at]].map(|value| f64::from(value + 1.0) / 2.0);
            for (sum, term) in sums.iter_mut().zip([x, y, x * x, y * y, x * y]) {
                *sum += term;
            }
        }
    }
    let [mean_a, mean_b, ..] = sums.map(|sum| sum / count);
    let spread = |squares: f64, one: f64, other: f64| (squares - count * one * other) / (count - 1.0);
    let both = spread(sums[2], mean_a, mean_a) + spread(sums[3], mean_b, mean_b);
    let shared = spread(sums[4], mean_a, mean_b);
    (2.0 * mean_a * mean_b + C1) * (2.0 * shared + C2) / ((mean_a * mean_a + mean_b * mean_b + C1) * (both + C2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [usize; 2] = [WINDOW, WINDOW];

    #[test]
    fn it_is_what_is_worked_out_by_hand() {
        // Flat images: only the means count. Of pixels from 0 to 1 they are 0.25 and 0.75.
        let (dark, bright) = ([-0.5; 49], [0.5; 49]);
        let flat = (2.0 * 0.25 * 0.75 + C1) / (0.25 * 0.25 + 0.75 * 0.75 + C1);
        assert!((ssim(&dark, &bright, SIDES).unwrap() - flat).abs() < 1e-12);
        // One white pixel on black, and one elsewhere: means 1/49, variances 1/49, covariance -1/(48 49).
        let at = |place: usize| std::array::from_fn::<f32, 49, _>(|pixel| if pixel == place { 1.0 } else { -1.0 });
        let (variance, shared) = (1.0 / 49.0, -1.0 / (48.0 * 49.0));
        let apart = (2.0 * shared + C2) / (2.0 * variance + C2);
        assert!((ssim(&at(3), &at(40), SIDES).unwrap() - apart).abs() < 1e-12);
        assert!((ssim(&at(3), &at(3), SIDES).unwrap() - 1.0).abs() < 1e-12, "with itself");
        // Two images: the mean of both.
        let [pairs, others] = [[dark, at(3)].concat(), [bright, at(40)].concat()];
        assert!((ssim(&pairs, &others, SIDES).unwrap() - (flat + apart) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn all_windows_within_the_image_count_and_no_others() {
        // Eight by seven: two windows, the second without the white pixel of the first row.
        let (mut a, b) = ([-1.0; 56], [-1.0; 56]);
        a[0] = 1.0;
        let (mean, variance) = (1.0 / 49.0, 1.0 / 49.0);
        let first = C1 / (mean * mean + C1) * (C2 / (variance + C2));
        assert!((ssim(&a, &b, [8, 7]).unwrap() - (first + 1.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_window_is_an_error() {
        let few = [0.0; 48];
        assert!(ssim(&few, &few, [6, 8]).unwrap_err().to_string().contains("at least 7 by 7"));
        assert!(ssim(&[0.0; 98], &[0.0; 49], SIDES).unwrap_err().to_string().contains("98 and 49"));
        assert!(ssim(&[], &[], SIDES).is_err());
        assert!(ssim(&[f32::NAN; 49], &[0.0; 49], SIDES).unwrap().is_nan(), "NaN is not hidden");
    }
}
