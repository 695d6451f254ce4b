//! An order of functions in which those that are alike are near each other.
//!
//! gzip replaces what has stood in the last 32 KiB by a reference to it, and knows nothing of what lies further back. The
//! compiler's order is that of the source; in this one the page's module is 3 % smaller, gzipped.

use std::collections::HashMap;

/// How many bytes in a row have to be the same. With 5 and 8 the module is larger, by 1 and 2 KiB.
const ROW: usize = 6;
/// How far back what has been placed still counts, in bytes: less than gzip looks back, since the next function needs room too.
const WINDOW: usize = 24_000;
/// What more functions than these have in common is near everywhere, and takes the most time to follow.
const MOST_SHARERS: usize = 400;
/// A long function shares more than a short one, but less than its length says: scores are divided by this power of it.
const LENGTH_POWER: f64 = 0.6;

/// The functions in their new order, given the bytes of each: again and again the one that shares most with those that were
/// placed last. The same bytes give the same order.
pub fn order(functions: &[&[u8]]) -> Vec<usize> {
    let rows = rows(functions);
    let mut sharers = vec![Vec::new(); rows.iter().flatten().max().map_or(0, |most| most + 1)];
    for (function, rows) in rows.iter().enumerate() {
        rows.iter().for_each(|&row| sharers[row].push(function));
    }
    let mut near = vec![0_u32; sharers.len()];
    let mut scores = vec![0.0; functions.len()];
    let lengths: Vec<f64> = rows.iter().map(|rows| (rows.len() as f64).max(1.0).powf(LENGTH_POWER)).collect();
    let change = |scores: &mut [f64], row: usize, by: f64| {
        if (2..=MOST_SHARERS).contains(&sharers[row].len()) {
            sharers[row].iter().for_each(|&function| scores[function] += by);
        }
    };
    let mut left: Vec<usize> = (0..functions.len()).collect();
    let mut placed: Vec<usize> = Vec::new();
    let (mut window_start, mut window_bytes) = (0, 0);
    let share = |scores: &[f64], function: usize| scores[function] / lengths[function];
    // Of equals the first stays first.
    while let Some(at) = (0..left.len())
        .max_by(|&a, &b| share(&scores, left[a]).total_cmp(&share(&scores, left[b])).then(left[b].cmp(&left[a])))
    {
        let next = left.swap_remove(at);
        placed.push(next);
        window_bytes += functions[next].len();
        for &row in &rows[next] {
            near[row] += 1;
            if near[row] == 1 {
                change(&mut scores, row, 1.0);
            }
        }
        while window_bytes > WINDOW && window_start + 1 < placed.len() {
            let gone = placed[window_start];
            window_start += 1;
            window_bytes -= functions[gone].len();
            for &row in &rows[gone] {
                near[row] -= 1;
                if near[row] == 0 {
                    change(&mut scores, row, -1.0);
                }
            }
        }
    }
    placed
}

/// The rows of bytes that each function has, each once, as numbers.
fn rows<'a>(functions: &[&'a [u8]]) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<&'a [u8], usize> = HashMap::new();
    let mut all = Vec::new();
    for &function in functions {
        let mut rows = Vec::new();
        for row in function.windows(ROW) {
            let next = numbers.len();
            rows.push(*numbers.entry(row).or_insert(next));
        }
        rows.sort_unstable();
        rows.dedup();
        all.push(rows);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn what_is_alike_comes_together() {
        let functions: [&[u8]; 5] = [b"abcdefghijk", b"0123456789", b"abcdefghijz", b"0123456780", b"-"];
        assert_eq!(order(&functions), [0, 2, 1, 3, 4]);
        assert_eq!(order(&[]), [0_usize; 0]);
    }

    #[test]
    fn every_function_is_placed_once() {
        let functions: Vec<Vec<u8>> = (0..300_u32).map(|i| vec![(i * i % 7) as u8; (i % 50) as usize * 40]).collect();
        let views: Vec<&[u8]> = functions.iter().map(Vec::as_slice).collect();
        let mut placed = order(&views);
        placed.sort_unstable();
        assert_eq!(placed, (0..300).collect::<Vec<_>>());
    }
}
