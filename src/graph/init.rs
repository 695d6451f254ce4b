//! How a variable starts: the same numbers for a seed on every backend.

use crate::rng::{self, NormalTable};
use crate::shape::Shape;

/// How a variable starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    Constant(f32),
    /// Values that were given, by their place in [`Variables`](super::Variables); no random numbers.
    Given(usize),
    Normal {
        mean: f32,
        std: f32,
    },
    /// In [low, high).
    Uniform {
        low: f32,
        high: f32,
    },
    /// `gain` times a matrix `[rows, the rest]` whose rows (or columns, where there are fewer) are orthonormal (Saxe et
    /// al. 2014), as `torch.nn.init.orthogonal_`.
    Orthogonal {
        gain: f32,
    },
}

impl Init {
    /// The values of a variable of that shape, from the random stream `stream` of `seed`.
    pub(super) fn values(self, shape: &Shape, seed: u32, stream: u32) -> Vec<f32> {
        let elements = shape.elements();
        let bits = (0..elements as u32).map(|i| rng::bits(seed, stream, 0, i));
        match self {
            Init::Constant(value) => vec![value; elements],
            Init::Given(_) => unreachable!("the registry has them"),
            Init::Normal { mean, std } => {
                let table = NormalTable::shared();
                bits.map(|bits| mean + std * table.normal(bits)).collect()
            }
            Init::Uniform { low, high } => bits.map(|bits| low + (high - low) * rng::uniform(bits)).collect(),
            Init::Orthogonal { gain } => {
                let table = NormalTable::shared();
                let normals: Vec<f64> = bits.map(|bits| f64::from(table.normal(bits))).collect();
                let rows = shape.first().copied().unwrap_or(1);
                let matrix = orthonormal(&normals, rows, elements / rows.max(1));
                matrix.into_iter().map(|value| gain * value as f32).collect()
            }
        }
    }
}

/// Gram and Schmidt on the rows, or on the columns where there are fewer, each twice: once more for what rounding left.
/// Gaussian vectors give every orthogonal matrix with the same density.
fn orthonormal(normals: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = normals.chunks(length.max(1)).take(count).map(<[f64]>::to_vec).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for index in 0..count {
        let (done, rest) = vectors.split_at_mut(index);
        let vector = &mut rest[0];
        for earlier in done.iter().chain(done.iter()) {
            let part = dot(earlier, vector);
            vector.iter_mut().zip(earlier).for_each(|(value, earlier)| *value -= part * earlier);
        }
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
    }
    let element =
        |i: usize| if rows <= columns { vectors[i / columns][i % columns] } else { vectors[i % columns][i / columns] };
    (0..rows * columns).map(element).collect()
}
