// Row numbers of the next batch: each epoch a new permutation of 0..LEN, every number once. Twin of rng::permuted and
// rng::permutation_seed.
// Header: LEN, BATCH, STREAM, HALF (bits of half a Feistel block), WORKGROUP; SEED and CLOCK stand for the
// members of Clocks that seed the permutation and count the batches, OUTPUT for a buffer and OUTPUT_AT for where in it.

fn mix(x: u32) -> u32 {
    var h = x;
    h ^= h >> 16u;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13u;
    h *= 0xC2B2AE35u;
    return h ^ (h >> 16u);
}

// One pass of the Feistel network over the next even power of two.
fn shuffled(seed: u32, epoch: u32, value: u32) -> u32 {
    const mask = (1u << HALF) - 1u;
    var left = value >> HALF;
    var right = value & mask;
    for (var round = 0u; round < 6u; round += 1u) {
        let mixed = mix(right ^ mix((seed + round) ^ mix(epoch)));
        let next = left ^ (mixed & mask);
        left = right;
        right = next;
    }
    return (left << HALF) | right;
}

fn permuted(seed: u32, epoch: u32, index: u32) -> u32 {
    var value = shuffled(seed, epoch, index);
    while (value >= LEN) {
        value = shuffled(seed, epoch, value);
    }
    return value;
}

fn run(group: vec3<u32>, index: u32) {
    let row = group.x * WORKGROUP + index;
    if (row >= BATCH) {
        return;
    }
    let position = clocks.CLOCK * BATCH + row;
    OUTPUT[OUTPUT_AT + row] = permuted(clocks.SEED ^ mix(STREAM), position / LEN, position % LEN);
}
