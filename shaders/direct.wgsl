// A product without workgroup memory or barriers: each invocation owns a tile of up to 16 x 16 results, keeps its sums as
// 4 x 4 matrices, and reads its operands directly, four terms of the sum at a time. For adapters that compute on the CPU:
// there a barrier is a switch between stacks, a load from workgroup memory costs as much as any other load, about ten
// times what a multiply-add does, and sums need not fit registers; so what counts is multiply-adds for each load.
// Same operand files as gemm.wgsl. The lines at the marks are written in by src/kernel/direct.rs.
// Header: M, N, K, TILE_M, TILE_N (results of an invocation), TILES_N (tiles beside each other), TILES, ROW (invocations in
// one row of workgroups), WORKGROUP.

const FOURS_M = (TILE_M + 3u) / 4u;

var<private> layer: u32;

fn run(group: vec3<u32>, index: u32) {
    layer = group.z;
    let tile = group.x * WORKGROUP + index + group.y * ROW;
    if (tile >= TILES) {
        return;
    }
    let m = tile / TILES_N * TILE_M;
    let n = tile % TILES_N * TILE_N;
    //PLACES
    //SUMS
    var k = 0u;
    for (; k + 3u < K; k += 4u) {
        let at0 = term(k);
        let at1 = term(k + 1u);
        let at2 = term(k + 2u);
        let at3 = term(k + 3u);
        //FOUR
    }
    //REST
    // In a loop: what is done with a result is then compiled once, and not for each of up to 256.
    //ALL
    for (var row = 0u; row < TILE_M && (FULL_M || m + row < M); row += 1u) {
        for (var column = 0u; column < TILE_N && (FULL_N || n + column < N); column += 1u) {
            store(m + row, n + column, all[column * FOURS_M + row / 4u][row % 4u]);
        }
    }
}
