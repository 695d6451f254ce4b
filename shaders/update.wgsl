// One update of a network's whole parameter arena; an optimiser file says how a step follows from a gradient.
// Header: ELEMENTS, NETWORK (whose controls and counts), ROW, WORKGROUP, WEIGHT_DECAY. Optimiser file: updated(i, p, g,
// rate, t). GRADIENTS and PARAMETERS stand for buffers; the DECAY of the rate and what comes AFTER (the clip, the moving
// average) are written in by src/kernel/batch.rs.

fn run(group: vec3<u32>, index: u32) {
    let i = group.x * WORKGROUP + index + group.y * ROW;
    if (i >= ELEMENTS) {
        return;
    }
    // The record before it in the plan has counted this update.
    let t = clocks.updates[NETWORK].x;
    let p = PARAMETERS[i];
    var g = GRADIENTS[i];
    // An infinity or a NaN has all bits of the exponent set. Asked of the bits, since compilers may take it that there
    // are none.
    if ((bitcast<u32>(g) & 0x7F800000u) == 0x7F800000u) {
        atomicMin(&controls[2u * NETWORK + 1u], t);
    }
    if (WEIGHT_DECAY > 0.0) {
        g += WEIGHT_DECAY * p;
    }
    var rate = bitcast<f32>(atomicLoad(&controls[2u * NETWORK]));
    //DECAY
    var value = updated(i, p, g, rate, t);
    //AFTER
}
