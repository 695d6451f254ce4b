// Standard normal numbers by inverting the distribution with a table in fixed point; twin of NormalTable in src/rng.rs.

fn random_normal(bits: u32) -> f32 {
    let m = max(bits & 0x7FFFFFFFu, 1u);
    let octave = 31u - countLeadingZeros(m);
    let digits = (m << (31u - octave)) & 0x7FFFFFFFu;
    let cell = (octave << 6u) + (digits >> 25u);
    let step = (digits >> 15u) & 1023u;
    let left = normal_table[cell];
    let right = normal_table[cell + 1u];
    let magnitude = left - (((left - right) * step) >> 10u);
    let value = f32(magnitude) * (1.0 / 1048576.0);
    return select(value, -value, (bits >> 31u) == 1u);
}
