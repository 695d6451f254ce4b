//! Whole numbers mixed to one that looks random: what is held out, and the grain of textures.

/// A number that depends on all of these and on their order.
pub(crate) fn hash(parts: &[u32]) -> u32 {
    // The finisher of MurmurHash3, after each part.
    parts.iter().fold(0x9e37_79b9, |state: u32, &part| {
        let mut z = state.rotate_left(13).wrapping_add(part.wrapping_mul(0x85eb_ca6b)) ^ part;
        z = (z ^ (z >> 16)).wrapping_mul(0x85eb_ca6b);
        z = (z ^ (z >> 13)).wrapping_mul(0xc2b2_ae35);
        z ^ (z >> 16)
    })
}

/// A number from 0 to 1 for each cell of a grid.
pub(crate) fn grain(x: i32, y: i32, seed: u32) -> f32 {
    let mut z =
        (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    z = (z ^ (z >> 15)).wrapping_mul(0x2c1b_3c6d);
    z = (z ^ (z >> 12)).wrapping_mul(0x297a_2d39);
    ((z ^ (z >> 15)) >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Grain that changes smoothly from cell to cell.
pub(crate) fn smooth_grain(x: f32, y: f32, seed: u32) -> f32 {
    // `floor`, which is a call on processors without an instruction for it.
    let below = |place: f32| place as i32 - i32::from(place < (place as i32) as f32);
    let (column, row) = (below(x), below(y));
    let ease = |share: f32| share * share * (3.0 - 2.0 * share);
    let (u, v) = (ease(x - column as f32), ease(y - row as f32));
    let across = |row| {
        let from = grain(column, row, seed);
        from + (grain(column + 1, row, seed) - from) * u
    };
    let above = across(row);
    above + (across(row + 1) - above) * v
}

/// FNV-1a of bytes: what tests hold a set's rows by.
#[cfg(test)]
pub(crate) fn checksum(tables: &[Vec<u8>]) -> u64 {
    let fold = |state: u64, &byte: &u8| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    tables.iter().flatten().fold(0xcbf2_9ce4_8422_2325, fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_spreads_and_smooth_grain_meets_the_grid() {
        let tenth = (0..10_000).filter(|&part| hash(&[3, part]).is_multiple_of(10)).count();
        assert!((900..1_100).contains(&tenth), "{tenth}");
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        let mean = (0..10_000).map(|at| grain(at % 100, at / 100, 5)).sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        assert_eq!(smooth_grain(-3.0, 7.0, 9), grain(-3, 7, 9));
    }
}
