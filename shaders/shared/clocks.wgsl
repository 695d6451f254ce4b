// The counters on the device: struct Clocks in src/backend/mod.rs, in the order of Clocks::words, and behind them struct
// Updates of each network.
struct Clocks {
    seed: u32,
    discriminator: u32,
    generator: u32,
    sample_seed: u32,
    sample_page: u32,
    updates: array<vec2<u32>>,
}
