//! How well shapes are known without learning: `cargo run -p ganvas-sets --release --example nearest -- [SEED] [ROWS]` finds
//! for each of 500 held-out pictures of `shapes` the nearest among ROWS (10,000) that are trained on, pixel by pixel, and says
//! how much its volume overlaps with the true one, and how often it is of the same family.

use ganvas_sets::{Split, draw};

const HELD_OUT: u32 = 500;
/// Bytes of a volume and of a picture.
const VOLUME: usize = 16 * 16 * 16;
const PICTURE: usize = 3 * 32 * 32;

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u32| match arguments.next() {
        Some(text) => text.parse().map_err(|error| format!("{text}: {error}")),
        None => Ok(default),
    };
    let (seed, rows) = (number(1)?, number(10_000)?);
    let drawn = |split, count| draw("shapes", seed, split, 0..count).ok_or("there is no set shapes");
    let (known, asked) = (drawn(Split::Train, rows)?, drawn(Split::HeldOut, HELD_OUT)?);
    let (mut overlap, mut same) = (0.0, 0);
    for (row, picture) in asked[1].chunks_exact(PICTURE).enumerate() {
        let far =
            |other: &[u8]| -> u32 { picture.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum() };
        let nearest = (0..rows as usize).min_by_key(|at| far(&known[1][at * PICTURE..][..PICTURE]));
        let nearest = nearest.ok_or("there are no rows")?;
        let (mut both, mut either) = (0, 0);
        let pairs = asked[0][row * VOLUME..][..VOLUME].iter().zip(&known[0][nearest * VOLUME..][..VOLUME]);
        for (&a, &b) in pairs {
            both += u32::from(a > 127 && b > 127);
            either += u32::from(a > 127 || b > 127);
        }
        overlap += f64::from(both) / f64::from(either.max(1));
        same += u32::from(asked[3][row] == known[3][nearest]);
    }
    let [overlap, same] = [overlap, f64::from(same)].map(|sum| sum / f64::from(HELD_OUT));
    println!("nearest of {rows} pictures, seed {seed}: overlap {overlap:.4}, same family {same:.4}");
    Ok(())
}
