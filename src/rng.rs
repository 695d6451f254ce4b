//! Counter-based random numbers that are the same, bit for bit, on every backend.
//!
//! A number is a pure function of (seed, stream, counter, index): there is no state to keep in step, and any element
//! of any step can be computed alone. The bits come from threefry2x32 with 20 rounds (Salmon et al., "Parallel random
//! numbers: as easy as 1, 2, 3", SC 2011), which needs only add, rotate and xor, so WGSL has all of it.
//! Gaussians come from inverting the normal distribution by a table in fixed point: integer arithmetic is exact on
//! every device, while `log`, `sin` and fused multiply-adds are not. The shader twin is `shaders/shared/rng.wgsl`.

/// One block of threefry2x32-20: 64 random bits for a 64-bit key and a 64-bit counter.
pub fn threefry2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1BD1_1BDA];
    let mut x = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    for group in 0..5u32 {
        for rotation in ROTATIONS[(group % 2) as usize] {
            x[0] = x[0].wrapping_add(x[1]);
            x[1] = x[1].rotate_left(rotation) ^ x[0];
        }
        x[0] = x[0].wrapping_add(keys[((group + 1) % 3) as usize]);
        x[1] = x[1].wrapping_add(keys[((group + 2) % 3) as usize]).wrapping_add(group + 1);
    }
    x
}

/// The 32 random bits that belong to element `index` of draw `counter` from `stream`.
pub fn bits(seed: u32, stream: u32, counter: u32, index: u32) -> u32 {
    threefry2x32([seed, stream], [index, counter])[0]
}

/// Uniform in [0, 1) with 24 bits, exact in f32.
pub fn uniform(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Octaves of the tail that the table resolves: the smallest probability is 2^-32.
const OCTAVES: u32 = 31;
/// log2 of the table's cells per octave.
const CELL_BITS: u32 = 6;
/// log2 of the interpolation steps inside one cell.
const STEP_BITS: u32 = 10;
/// Binary digits after the point of a table entry.
const POINT_BITS: u32 = 20;

/// Inverse of the normal distribution's lower half, as entries with 20 binary digits after the point.
///
/// The probability p in (0, 1/2) is split into octaves [2^-(k+1), 2^-k), each of 64 equal cells; entry `64 k' + j` is
/// `-quantile(p)` at the left edge of cell `j`, where `k'` counts octaves from the tail. Linear interpolation between
/// neighbours is within 2e-4 of the exact quantile down to p = 2^-25 (tested).
pub struct NormalTable(Vec<u32>);

impl Default for NormalTable {
    fn default() -> Self {
        let cells = 1u32 << CELL_BITS;
        let mut entries = Vec::with_capacity((OCTAVES * cells + 1) as usize);
        for octave in 0..OCTAVES {
            for cell in 0..cells {
                // m in [2^octave, 2^(octave+1)) stands for p = (m + 0.5) / 2^32.
                let m = f64::from(1u32 << octave) * (1.0 + f64::from(cell) / f64::from(cells));
                entries.push(fixed(-quantile((m + 0.5) / 4_294_967_296.0)));
            }
        }
        entries.push(0);
        NormalTable(entries)
    }
}

fn fixed(value: f64) -> u32 {
    (value * f64::from(1u32 << POINT_BITS)).round() as u32
}

impl NormalTable {
    /// The one table, made on first use.
    pub fn shared() -> &'static NormalTable {
        static TABLE: std::sync::OnceLock<NormalTable> = std::sync::OnceLock::new();
        TABLE.get_or_init(NormalTable::default)
    }

    /// The entries as they are uploaded for the shaders.
    pub fn entries(&self) -> &[u32] {
        &self.0
    }

    /// A standard normal number from 32 random bits: one bit for the sign, 31 for the probability.
    pub fn normal(&self, bits: u32) -> f32 {
        let m = (bits & 0x7FFF_FFFF).max(1);
        let octave = 31 - m.leading_zeros();
        // The digits after the leading one, moved up so that the cell is in the top bits.
        let digits = (m << (31 - octave)) & 0x7FFF_FFFF;
        let cell = (octave << CELL_BITS) + (digits >> (31 - CELL_BITS));
        let step = (digits >> (31 - CELL_BITS - STEP_BITS)) & ((1 << STEP_BITS) - 1);
        let left = self.0[cell as usize];
        let right = self.0[cell as usize + 1];
        // Entries fall from the tail to the middle, and neighbours differ by less than 2^20, so this cannot overflow.
        let magnitude = left - (((left - right) * step) >> STEP_BITS);
        let value = magnitude as f32 * (1.0 / (1u32 << POINT_BITS) as f32);
        if bits >> 31 == 1 { -value } else { value }
    }
}

/// Quantile of the standard normal distribution: Wichura's AS 241 (PPND16, Applied Statistics 37, 1988), relative
/// error about 1e-16.
fn quantile(p: f64) -> f64 {
    fn ratio(r: f64, top: &[f64], bottom: &[f64]) -> f64 {
        let horner = |c: &[f64]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
        horner(top) / horner(bottom)
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(
            r,
            &[
                3.387_132_872_796_366_5,
                133.141_667_891_784_38,
                1_971.590_950_306_551_3,
                13_731.693_765_509_46,
                45_921.953_931_549_87,
                67_265.770_927_008_7,
                33_430.575_583_588_13,
                2_509.080_928_730_122_7,
            ],
            &[
                1.0,
                42.313_330_701_600_91,
                687.187_007_492_057_9,
                5_394.196_021_424_751,
                21_213.794_301_586_597,
                39_307.895_800_092_71,
                28_729.085_735_721_943,
                5_226.495_278_852_545,
            ],
        );
    }
    let r = (-(if q < 0.0 { p } else { 1.0 - p }).ln()).sqrt();
    let value = if r <= 5.0 {
        ratio(
            r - 1.6,
            &[
                1.423_437_110_749_683_5,
                4.630_337_846_156_546,
                5.769_497_221_460_691,
                3.647_848_324_763_204_5,
                1.270_458_252_452_368_4,
                0.241_780_725_177_450_6,
                0.022_723_844_989_269_184,
                7.745_450_142_783_414e-4,
            ],
            &[
                1.0,
                2.053_191_626_637_759,
                1.676_384_830_183_803_8,
                0.689_767_334_985_1,
                0.148_103_976_427_480_08,
                0.015_198_666_563_616_457,
                5.475_938_084_995_345e-4,
                1.050_750_071_644_416_9e-9,
            ],
        )
    } else {
        ratio(
            r - 5.0,
            &[
                6.657_904_643_501_103,
                5.463_784_911_164_114,
                1.784_826_539_917_291_3,
                0.296_560_571_828_504_87,
                0.026_532_189_526_576_124,
                0.001_242_660_947_388_078_4,
                2.711_555_568_743_487_6e-5,
                2.010_334_399_292_288e-7,
            ],
            &[
                1.0,
                0.599_832_206_555_888,
                0.136_929_880_922_735_8,
                0.014_875_361_290_850_615,
                7.868_691_311_456_133e-4,
                1.846_318_317_510_054_8e-5,
                1.421_511_758_316_446e-7,
                2.044_263_103_389_939_8e-15,
            ],
        )
    };
    if q < 0.0 { -value } else { value }
}

/// The seed of the permutations of one of several independent streams; that of stream 0 is the run's own.
pub fn permutation_seed(seed: u32, stream: u32) -> u32 {
    // 0 is mixed to 0.
    seed ^ mix(stream)
}

/// Position `index` of epoch `epoch`'s permutation of 0..`len`: a bijection, so an epoch shows every example once.
///
/// A Feistel network of six rounds on the next even power of two, walked until it lands inside (Black and Rogaway,
/// "Ciphers with arbitrary finite domains", 2002): a permutation without an array to shuffle, store or upload.
/// The shader twin is `shaders/shuffled_index.wgsl`.
pub fn permuted(seed: u32, epoch: u32, index: u32, len: u32) -> u32 {
    let half = half_bits(len);
    let mask = (1u32 << half) - 1;
    let mut value = index;
    loop {
        let (mut left, mut right) = (value >> half, value & mask);
        for round in 0..6 {
            let mixed = mix(right ^ mix(seed.wrapping_add(round) ^ mix(epoch)));
            (left, right) = (right, left ^ (mixed & mask));
        }
        value = (left << half) | right;
        if value < len {
            return value;
        }
    }
}

/// Bits in one half of the Feistel network for `len` examples.
pub fn half_bits(len: u32) -> u32 {
    let bits = 32 - len.saturating_sub(1).leading_zeros();
    bits.div_ceil(2).max(1)
}

/// A 32-bit mixing function (the finaliser of MurmurHash3, Appleby, public domain).
fn mix(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x85EB_CA6B);
    h ^= h >> 13;
    h = h.wrapping_mul(0xC2B2_AE35);
    h ^ (h >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threefry_matches_the_known_answers_of_random123() {
        assert_eq!(threefry2x32([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry2x32([!0, !0], [!0, !0]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(threefry2x32([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]), [0xc492_3a9c, 0x483d_f7a0]);
    }

    #[test]
    fn the_quantile_is_right_at_known_points() {
        for (p, z) in
            [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (1e-6, -4.753_424_308_822_899), (0.2, -0.841_621_233_572_914)]
        {
            assert!((quantile(p) - z).abs() < 1e-12, "{p}");
        }
    }

    #[test]
    fn the_table_follows_the_quantile() {
        let table = NormalTable::default();
        let mut m = 128u32;
        while m < 0x7FFF_FF00 {
            let exact = -quantile((f64::from(m) + 0.5) / 4_294_967_296.0);
            assert!((f64::from(table.normal(m)) - exact).abs() < 2e-4, "{m}");
            assert_eq!(table.normal(m | 0x8000_0000), -table.normal(m));
            m += 1 + m / 37;
        }
        assert!(table.normal(0).is_finite());
    }

    #[test]
    fn normals_have_the_moments_of_a_gaussian() {
        let table = NormalTable::default();
        let n = 200_000u32;
        let mut moments = [0.0f64; 4];
        for i in 0..n {
            let x = f64::from(table.normal(bits(7, 1, 0, i)));
            for (power, moment) in moments.iter_mut().enumerate() {
                *moment += x.powi(power as i32 + 1) / f64::from(n);
            }
        }
        let expected = [0.0, 1.0, 0.0, 3.0];
        for (moment, expected) in moments.iter().zip(expected) {
            assert!((moment - expected).abs() < 0.04, "{moments:?}");
        }
    }

    #[test]
    fn every_epoch_is_another_permutation_that_shows_every_example_once() {
        for len in [1u32, 2, 5, 64, 1000, 60_000] {
            let order = |epoch| (0..len).map(|i| permuted(3, epoch, i, len)).collect::<Vec<_>>();
            let (first, second) = (order(0), order(1));
            for epoch in [&first, &second] {
                let mut seen = vec![false; len as usize];
                epoch.iter().for_each(|&i| seen[i as usize] = true);
                assert!(seen.iter().all(|&s| s), "an example is missing at {len}");
            }
            assert!(len < 64 || first != second);
            assert!(len < 64 || first != (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn streams_have_permutations_of_their_own_and_the_first_is_the_seeds() {
        assert_eq!(permutation_seed(3, 0), 3);
        let order = |stream| (0..1000).map(|i| permuted(permutation_seed(3, stream), 0, i, 1000)).collect::<Vec<_>>();
        // Of two permutations about one position is the same.
        for stream in 1..20 {
            let same = order(0).iter().zip(order(stream)).filter(|(a, b)| **a == *b).count();
            assert!(same < 8, "stream {stream} has {same} of 1000 where stream 0 has them");
        }
    }
}
