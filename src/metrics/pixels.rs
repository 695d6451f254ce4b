//! Images as bytes, and squared distances between them in integers: exact, and quick to rule out.
//!
//! Sums over cells of 4 x 4 pixels bound a distance from below (Cauchy and Schwarz): the squared difference of two
//! sums of 16 numbers is at most 16 times the sum of their squared differences. The bound costs a fourteenth of the
//! distance and rules out six in seven of MNIST's digits.

use super::rows;
use crate::{Error, Result};
use ganvas_loops::distances::{square_of_bytes, square_of_cells};

/// Side of a cell in pixels.
const CELL: usize = 4;
/// Pixels in a whole cell.
const CELL_PIXELS: u32 = (CELL * CELL) as u32;
/// Sums of an image are padded to this multiple with zeros, which vector registers like and the bound does not mind.
const PAD: usize = 8;
/// Largest image in pixels: 16 times the squared distance must fit 32 bits.
const MAX_PIXELS: usize = (u32::MAX / (255 * 255 * CELL_PIXELS)) as usize;

/// The size of images and of their sums over cells.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    height: usize,
    width: usize,
}

impl Grid {
    pub fn new(metric: &'static str, [height, width]: [usize; 2]) -> Result<Self> {
        let pixels = height.saturating_mul(width);
        if pixels == 0 || pixels > MAX_PIXELS {
            let message =
                format!("images of {height} x {width} pixels; at least 1 and at most {MAX_PIXELS} are needed");
            return Err(Error::metric(metric, message));
        }
        Ok(Grid { height, width })
    }

    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers that `cells` writes.
    pub fn cells(self) -> usize {
        (self.height.div_ceil(CELL) * self.width.div_ceil(CELL)).next_multiple_of(PAD)
    }

    /// Sums of an image's bytes over its cells; cells at the edges may be smaller.
    pub fn sum_cells(self, image: &[u8], cells: &mut [i16]) {
        cells.fill(0);
        let across = self.width.div_ceil(CELL);
        for (y, row) in image.chunks_exact(self.width).enumerate() {
            let line = &mut cells[y / CELL * across..][..across];
            for (sum, run) in line.iter_mut().zip(row.chunks(CELL)) {
                *sum += run.iter().map(|&byte| i16::from(byte)).sum::<i16>();
            }
        }
    }
}

/// Images as bytes with their sums over cells.
#[derive(Debug, Clone)]
pub struct Images {
    pub grid: Grid,
    bytes: Vec<u8>,
    cells: Vec<i16>,
    /// True for images with a NaN.
    broken: Vec<bool>,
}

impl Images {
    /// From values in [-1, 1], shape `[n, height, width]`, rounded to the 256 greys that a screen shows; values outside
    /// are clamped. That moves the distance of two images of 28 x 28 by about 0.001, and never by more than 0.055.
    pub fn new(metric: &'static str, values: &[f32], size: [usize; 2]) -> Result<Self> {
        let grid = Grid::new(metric, size)?;
        rows(metric, values, grid.pixels())?;
        let bytes: Vec<u8> = values.iter().map(|value| ((value * 0.5 + 0.5) * 255.0).round() as u8).collect();
        let broken = values.chunks_exact(grid.pixels()).map(|image| image.iter().any(|v| v.is_nan())).collect();
        let mut cells = vec![0; bytes.len() / grid.pixels() * grid.cells()];
        for (image, cells) in bytes.chunks_exact(grid.pixels()).zip(cells.chunks_exact_mut(grid.cells())) {
            grid.sum_cells(image, cells);
        }
        Ok(Images { grid, bytes, cells, broken })
    }

    pub fn len(&self) -> usize {
        self.broken.len()
    }

    /// Whether an image has a NaN; its bytes are then not to be used.
    pub fn is_broken(&self, index: usize) -> bool {
        self.broken[index]
    }

    pub fn bytes(&self, index: usize) -> &[u8] {
        &self.bytes[index * self.grid.pixels()..][..self.grid.pixels()]
    }

    pub fn cells(&self, index: usize) -> &[i16] {
        &self.cells[index * self.grid.cells()..][..self.grid.cells()]
    }

    /// The squared distance in byte units of image `index` to another, if it is below `limit`.
    pub fn nearer(&self, index: usize, bytes: &[u8], cells: &[i16], limit: u32) -> Option<u32> {
        // Divided, as a limit that nothing has reached yet is too large to multiply; rounding down keeps it a bound.
        if square_of_cells(self.cells(index), cells) / CELL_PIXELS >= limit {
            return None;
        }
        // The middle rows hold most of the ink and rule out nearly all that the cells let pass.
        let (ours, middle) = (self.bytes(index), bytes.len() / 4..bytes.len() - bytes.len() / 4);
        let inner = square_of_bytes(&ours[middle.clone()], &bytes[middle.clone()]);
        if inner >= limit {
            return None;
        }
        let above = square_of_bytes(&ours[..middle.start], &bytes[..middle.start]);
        let below = square_of_bytes(&ours[middle.end..], &bytes[middle.end..]);
        Some(inner + above + below).filter(|&square| square < limit)
    }
}

/// A squared distance in byte units as a distance with pixels in [0, 1].
pub fn distance(square: u32) -> f64 {
    f64::from(square).sqrt() / 255.0
}
