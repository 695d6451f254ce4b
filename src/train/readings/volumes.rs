//! What is measured of volumes, each `[side, side, side]` of cells from -1, empty, to 1, filled.

/// Whether a cell is filled: from one half on, the middle of -1 and 1. What is no number is empty.
fn filled(cell: f32) -> bool {
    cell >= 0.0
}

/// The mean over `count` volumes of the cells that both fill among those that either fills; 1 where neither fills any.
pub fn overlap(one: &[f32], other: &[f32], count: usize) -> f64 {
    let cells = (one.len() / count.max(1)).max(1);
    let mut sum = 0.0;
    for (one, other) in one.chunks_exact(cells).zip(other.chunks_exact(cells)) {
        let (mut both, mut either) = (0.0, 0.0);
        for (&one, &other) in one.iter().zip(other) {
            both += f64::from(u8::from(filled(one) && filled(other)));
            either += f64::from(u8::from(filled(one) || filled(other)));
        }
        sum += if either > 0.0 { both / either } else { 1.0 };
    }
    sum / f64::from(count.max(1) as u32)
}

/// The share of `count` volumes whose filled cells are some and hang together, each with one that it shares a face with.
pub fn in_one_piece(volumes: &[f32], count: usize) -> f64 {
    let cells = (volumes.len() / count.max(1)).max(1);
    let side = (cells as f64).cbrt().round() as usize;
    super::share(volumes.chunks_exact(cells).map(|volume| is_one_piece(volume, side)))
}

fn is_one_piece(volume: &[f32], side: usize) -> bool {
    let mut left: Vec<bool> = volume.iter().map(|&cell| filled(cell)).collect();
    let Some(first) = left.iter().position(|&cell| cell) else { return false };
    let mut open = vec![first];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut left[at], false) {
            continue;
        }
        for stride in [1, side, side * side] {
            let place = at / stride % side;
            if place > 0 {
                open.push(at - stride);
            }
            if place + 1 < side {
                open.push(at + stride);
            }
        }
    }
    !left.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A volume of three cells a side with these filled, each by its depth, height and width.
    fn volume(cells: &[[usize; 3]]) -> Vec<f32> {
        let mut volume = vec![-1.0; 27];
        cells.iter().for_each(|[depth, height, width]| volume[9 * depth + 3 * height + width] = 1.0);
        volume
    }

    #[test]
    fn cells_are_counted_volume_by_volume() {
        let a = volume(&[[0, 0, 0], [1, 1, 1]]);
        let b = volume(&[[0, 0, 0], [2, 2, 2], [0, 1, 0]]);
        assert_eq!(overlap(&a, &b, 1), 0.25);
        // The mean of a quarter and one, however many cells the second has.
        let full = vec![1.0; 27];
        assert_eq!(overlap(&[a.clone(), full.clone()].concat(), &[b, full.clone()].concat(), 2), (0.25 + 1.0) / 2.0);
        let empty = vec![-1.0; 27];
        assert_eq!([overlap(&empty, &empty, 1), overlap(&empty, &a, 1)], [1.0, 0.0]);
        // From one half on.
        let faint: Vec<f32> = a.iter().map(|cell| if *cell > 0.0 { 0.0 } else { -0.01 }).collect();
        assert_eq!(overlap(&faint, &a, 1), 1.0);
        assert_eq!(overlap(&[f32::NAN; 27], &full, 1), 0.0);
    }

    #[test]
    fn a_piece_hangs_together_by_faces() {
        let one = volume(&[[0, 0, 2], [1, 0, 2], [1, 1, 2], [1, 1, 1]]);
        // By an edge only; and from the end of one row to the beginning of the next there is no way.
        let edge = volume(&[[0, 0, 0], [0, 1, 1]]);
        let rows = volume(&[[0, 0, 2], [0, 1, 0]]);
        let none = volume(&[]);
        assert_eq!([&one, &edge, &rows, &none].map(|volume| in_one_piece(volume, 1)), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(in_one_piece(&[one.clone(), edge, one.clone(), one].concat(), 4), 0.75);
    }
}
