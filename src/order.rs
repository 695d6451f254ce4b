//! Sorting. The standard library's sort is compiled anew for each type and each order, 3 KiB of the page every time; this
//! one only once.

use std::cmp::Ordering;

/// The indices below `count` as `compare` orders them; equal ones stay as they are.
pub fn by(count: usize, mut compare: impl FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    sorted(count, &mut compare)
}

fn sorted(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// A copy of the numbers, the least first.
pub fn ascending<T: Copy + Ord>(numbers: &[T]) -> Vec<T> {
    by(numbers.len(), |a, b| numbers[a].cmp(&numbers[b])).into_iter().map(|index| numbers[index]).collect()
}

/// The middle one of some timings, of an even number the longer of the two; not a number where there are none.
pub fn median(values: &[f64]) -> f64 {
    let order = by(values.len(), |a, b| values[a].total_cmp(&values[b]));
    order.get(values.len() / 2).map_or(f64::NAN, |&index| values[index])
}

#[cfg(test)]
mod tests {
    #[test]
    fn medians() {
        assert_eq!(super::median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(super::median(&[2.0, 2.0, 9.0, 1.0, 2.0]), 2.0);
        assert_eq!(super::median(&[4.0, 1.0]), 4.0);
        assert!(super::median(&[]).is_nan());
    }

    #[test]
    fn equal_ones_stay_in_their_order() {
        let keys = [2, 1, 2, 0, 1];
        assert_eq!(super::by(keys.len(), |a, b| keys[a].cmp(&keys[b])), [3, 1, 4, 0, 2]);
        assert_eq!(super::ascending(&keys), [0, 1, 1, 2, 2]);
    }
}
