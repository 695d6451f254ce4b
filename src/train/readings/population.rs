//! What the examples of a part are all together, whatever each was made of.

/// Half the sum of the differences of two histograms of classes, from 0 to 1. What is no class (NaN) is missing in its
/// histogram, and so makes them differ.
pub fn total_variation(seen: &[f32], truth: &[f32]) -> f64 {
    let classes = seen.iter().chain(truth).fold(0.0f32, |most, &class| most.max(class)) as usize + 1;
    let shares = |values: &[f32]| {
        let mut shares = vec![0.0; classes];
        for &value in values.iter().filter(|value| value.is_finite()) {
            shares[value as usize] += 1.0 / values.len() as f64;
        }
        shares
    };
    shares(seen).iter().zip(shares(truth)).map(|(seen, truth)| (seen - truth).abs()).sum::<f64>() / 2.0
}

/// The mean distance, pixel by pixel, of each of the `pictures` and the next that is of the same class in all `kinds`, of
/// pixels from 0 to 1; None where no two are of a kind.
pub fn variety(pictures: &[f32], kinds: &[&[f32]]) -> Option<f64> {
    let count = kinds.first()?.len();
    let size = pictures.len() / count.max(1);
    let picture = |at: usize| &pictures[at * size..][..size];
    let (mut sum, mut pairs) = (0.0, 0);
    for one in 0..count {
        let next = (one + 1..count).find(|&other| kinds.iter().all(|classes| classes[one] == classes[other]));
        if let Some(other) = next {
            sum += super::distance(picture(one), picture(other));
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum / f64::from(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_classes_are_compared_whatever_belongs_to_what() {
        // Of four: 2, 1, 1 and 1, 1, 2.
        assert_eq!(total_variation(&[0.0, 0.0, 1.0, 2.0], &[2.0, 2.0, 0.0, 1.0]), 0.25);
        assert_eq!(total_variation(&[0.0, 1.0], &[1.0, 0.0]), 0.0);
        assert_eq!(total_variation(&[3.0], &[0.0]), 1.0);
        // Half of what was seen is no class.
        assert_eq!(total_variation(&[0.0, f32::NAN], &[0.0, 0.0]), 0.25);
    }

    #[test]
    fn only_what_is_of_a_kind_is_compared() {
        // Pictures of two pixels. The first and the fourth are of a kind, and the fourth and the fifth.
        let pictures = [-1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 0.0];
        let (who, colour) = ([0.0, 1.0, 0.0, 0.0, 0.0], [5.0, 5.0, 4.0, 5.0, 5.0]);
        // One of two pixels is white for black, then half of that.
        assert_eq!(variety(&pictures, &[&who, &colour]), Some((0.5 + 0.25) / 2.0));
        assert_eq!(variety(&pictures, &[&[0.0, 1.0, 2.0, 3.0, 4.0]]), None);
        // All the same picture: what a generator does that has collapsed.
        assert_eq!(variety(&[0.5; 10], &[&who, &colour]), Some(0.0));
    }
}
