// The moving average of a network's running statistics, one invocation each, after an update of its parameters.
// Header: ELEMENTS, NETWORK (whose counts), DECAY, ROW, WORKGROUP, BUFFERS_AT, AVERAGE_AT. BUFFERS and AVERAGE
// stand for buffers.

fn run(group: vec3<u32>, index: u32) {
    let i = group.x * WORKGROUP + index + group.y * ROW;
    if (i >= ELEMENTS) {
        return;
    }
    // The record before it in the plan has counted this update.
    let updates = clocks.updates[NETWORK];
    let t = f32(updates.x - updates.y);
    let warm = (1.0 + t) / (10.0 + t);
    let decay = select(DECAY, warm, warm < DECAY);
    let before = AVERAGE[AVERAGE_AT + i];
    AVERAGE[AVERAGE_AT + i] = before + (1.0 - decay) * (BUFFERS[BUFFERS_AT + i] - before);
}
