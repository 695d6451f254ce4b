//! Combinations of attributes, and which of them are held out.

/// Whether no row with that combination is trained on: about one in ten, decided by a hash. `counts` is how many values each
/// attribute has.
pub fn held_out(values: &[usize], counts: &[usize]) -> bool {
    let place = values.iter().zip(counts).fold(0, |place, (value, count)| place * count + value) as u32;
    // The finish of MurmurHash3 (Appleby), whose upper bits depend on all of the lower ones.
    let mut mixed = (place + 1).wrapping_mul(0x9e37_79b1);
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    (mixed >> 16).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_combination_in_ten_is_held_out() {
        let of = |counts: [usize; 3]| {
            let all =
                (0..counts[0]).flat_map(|a| (0..counts[1]).flat_map(move |b| (0..counts[2]).map(move |c| [a, b, c])));
            all.filter(|values| held_out(values, &counts)).count() as f32 / counts.iter().product::<usize>() as f32
        };
        assert!((of([40, 50, 20]) - 0.1).abs() < 0.005, "{}", of([40, 50, 20]));
    }
}
