//! Random numbers of a row: a counter, mixed.

/// A source of random numbers that is made for one row.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The source that belongs to a row.
    pub fn of_row(seed: u32, split: u32, row: u32) -> Random {
        let mut random = Random((u64::from(seed) << 32) | u64::from(split));
        random.0 = random.bits().wrapping_add(u64::from(row));
        // Neighbours are far apart after one more round.
        random.0 = random.bits();
        random
    }

    /// splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), 24 bits.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in `[from, to)`.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }

    /// One of `0..count`, all equally often.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f32) as usize).min(count - 1)
    }

    /// True in that share of calls.
    pub fn chance(&mut self, share: f32) -> bool {
        self.unit() < share
    }

    /// About normal, mean 0 and standard deviation 1, within +-3: three uniform numbers.
    pub fn bell(&mut self) -> f32 {
        (self.unit() + self.unit() + self.unit() - 1.5) * 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_differ_and_numbers_are_spread() {
        let firsts: Vec<f32> = (0..4_000).map(|row| Random::of_row(1, 0, row).unit()).collect();
        let mean = firsts.iter().sum::<f32>() / 4_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        let mut random = Random::of_row(3, 0, 9);
        let bells: Vec<f32> = (0..4_000).map(|_| random.bell()).collect();
        let square = bells.iter().map(|x| x * x).sum::<f32>() / 4_000.0;
        assert!((square - 1.0).abs() < 0.06, "{square}");
        let mut counts = [0; 5];
        (0..4_000).for_each(|_| counts[random.below(5)] += 1);
        assert!(counts.iter().all(|count| (650..950).contains(count)), "{counts:?}");
    }
}
