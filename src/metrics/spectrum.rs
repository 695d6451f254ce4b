//! Mean power spectrum of images, and the checkerboard energy in it.
//!
//! Transposed convolutions and pixel shuffles write pixels of different phases with different weights, which shows as a
//! pattern that repeats every two pixels (Odena et al., "Deconvolution and checkerboard artifacts", 2016): power at the
//! highest frequency that the grid can hold, Nyquist's.

use super::{enough, rows};
use crate::{Error, Result};
use std::f64::consts::TAU;

const METRIC: &str = "spectrum";

/// High-frequency power per pixel below which an image is flat: far below the rounding of f32 pixels, above that of our
/// sums.
const FLAT: f64 = 1e-18;

/// Gathers the mean power of the discrete Fourier transform of images. Image by image; how they are cut into calls makes
/// no difference.
///
/// The transform is by its definition, rows first: about `h w (h + w) / 2` complex products an image, 0.2 ms at 28 x 28.
#[derive(Debug, Clone)]
pub struct Spectrum {
    height: usize,
    width: usize,
    count: usize,
    /// Sums of squared magnitudes, shape `[height, width]`, frequency (0, 0) first.
    power: Vec<f64>,
    down: Waves,
    across: Waves,
}

/// Cosines and sines of `n` points: entry `i` belongs to the angle `2 pi i / n`.
type Waves = Vec<(f64, f64)>;

fn waves(n: usize) -> Waves {
    (0..n).map(|i| (TAU * i as f64 / n as f64).sin_cos()).map(|(sin, cos)| (cos, sin)).collect()
}

impl Spectrum {
    /// For images of `height` x `width`, both at least 4 (smaller ones have no low frequencies to compare with).
    pub fn new([height, width]: [usize; 2]) -> Result<Self> {
        if height < 4 || width < 4 {
            return Err(Error::metric(METRIC, format!("images of {height} x {width}; at least 4 x 4 is needed")));
        }
        let (power, down, across) = (vec![0.0; height * width], waves(height), waves(width));
        Ok(Spectrum { height, width, count: 0, power, down, across })
    }

    /// Adds images of shape `[n, height, width]`. Of an image with channels each channel is an image.
    pub fn add(&mut self, images: &[f32]) -> Result<()> {
        let (h, w) = (self.height, self.width);
        rows(METRIC, images, h * w)?;
        let mut rows = vec![(0.0, 0.0); h * w];
        for image in images.chunks_exact(h * w) {
            self.count += 1;
            // The image's own mean is frequency (0, 0) and nothing else, so taking it off is enough to remove it.
            let mean = image.iter().map(|&value| f64::from(value)).sum::<f64>() / (h * w) as f64;
            for (line, out) in image.chunks_exact(w).zip(rows.chunks_exact_mut(w)) {
                for (kx, out) in out.iter_mut().enumerate().take(w / 2 + 1) {
                    let mut sum = (0.0, 0.0);
                    let mut phase = 0;
                    for &value in line {
                        let (cos, sin) = self.across[phase];
                        let value = f64::from(value) - mean;
                        sum = (sum.0 + value * cos, sum.1 - value * sin);
                        phase = (phase + kx) % w;
                    }
                    *out = sum;
                }
            }
            for ky in 0..h {
                for kx in 0..=w / 2 {
                    let mut sum = (0.0, 0.0);
                    let mut phase = 0;
                    for y in 0..h {
                        let ((re, im), (cos, sin)) = (rows[y * w + kx], self.down[phase]);
                        sum = (sum.0 + re * cos + im * sin, sum.1 + im * cos - re * sin);
                        phase = (phase + ky) % h;
                    }
                    let power = sum.0 * sum.0 + sum.1 * sum.1;
                    self.power[ky * w + kx] += power;
                    // Of real numbers, the opposite frequency has the same power.
                    let (opposite_y, opposite_x) = ((h - ky) % h, (w - kx) % w);
                    if opposite_x > w / 2 {
                        self.power[opposite_y * w + opposite_x] += power;
                    }
                }
            }
        }
        Ok(())
    }

    /// Mean power of each frequency, shape `[height, width]`, frequency (0, 0) first; the power of the mean is 0.
    pub fn mean_power(&self) -> Result<Vec<f64>> {
        enough(METRIC, self.count, 1)?;
        Ok(self.power.iter().map(|power| power / self.count as f64).collect())
    }

    /// The checkerboard energy: the power at Nyquist's frequency as a share of all power at high frequencies.
    ///
    /// `E = sum of P where |kx| = w/2 or |ky| = h/2, over sum of P where |kx| >= w/4 or |ky| >= h/4`, with P the mean
    /// power and kx, ky signed frequencies (from -w/2 to w/2). An odd size has no frequency of exactly n/2; there both
    /// of (n - 1)/2 count. MNIST's digits have 0.031. Between 0 and 1; NaN if there is no power at all at high frequencies (flat images) or a NaN
    /// in the images.
    pub fn checkerboard_energy(&self) -> Result<f64> {
        let power = self.mean_power()?;
        let signed = |k: usize, n: usize| k.min(n - k);
        let (mut nyquist, mut high) = (0.0, 0.0);
        for (index, power) in power.into_iter().enumerate() {
            let (ky, kx) = (signed(index / self.width, self.height), signed(index % self.width, self.width));
            if ky == self.height / 2 || kx == self.width / 2 {
                nyquist += power;
            }
            if 4 * ky >= self.height || 4 * kx >= self.width {
                high += power;
            }
        }
        let noise = FLAT * (self.height * self.width) as f64;
        Ok(if high < noise { f64::NAN } else { nyquist / high })
    }
}

/// Checkerboard energy of samples relative to that of real images: 1 is as real images have it, and a generator of
/// transposed convolutions starts near 15. Both are `[n, height, width]`.
pub fn relative_checkerboard(samples: &[f32], real: &[f32], size: [usize; 2]) -> Result<f64> {
    let energy = |images: &[f32]| {
        let mut spectrum = Spectrum::new(size)?;
        spectrum.add(images)?;
        spectrum.checkerboard_energy()
    };
    Ok(energy(samples)? / energy(real)?)
}
