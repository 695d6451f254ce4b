//! Sine and cosine that are the same bits everywhere.

/// Sine of an angle in turns (1 is all the way round), within 2e-6.
pub fn sine(turns: f32) -> f32 {
    // To [-1/4, 1/4] turn, where the series is short.
    let turns = turns - turns.floor();
    let folded = if turns < 0.25 {
        turns
    } else if turns < 0.75 {
        0.5 - turns
    } else {
        turns - 1.0
    };
    let x = folded * std::f32::consts::TAU;
    let square = x * x;
    // Taylor's series to the eleventh power.
    let series = 1.0 / 362_880.0 - square / 39_916_800.0;
    let series = 1.0 / 120.0 - square * (1.0 / 5_040.0 - square * series);
    x * (1.0 - square * (1.0 / 6.0 - square * series))
}

/// Cosine of an angle in turns.
pub fn cosine(turns: f32) -> f32 {
    sine(turns + 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_sine_and_cosine() {
        for step in -200..=200 {
            let turns = step as f32 / 80.0;
            let angle = f64::from(turns) * std::f64::consts::TAU;
            assert!((f64::from(sine(turns)) - angle.sin()).abs() < 2e-6, "sine of {turns} turns: {}", sine(turns));
            assert!((f64::from(cosine(turns)) - angle.cos()).abs() < 2e-6, "cosine of {turns} turns");
        }
    }
}
