// load.wgsl without branches, which cost much where they are written many times: what lies outside is read at 0 and
// left out.

fn load_a(row: Row, term: Term) -> f32 {
    let place = a_at(row, term);
    return select(0.0, read_a(select(0u, place.at, place.inside)), place.inside);
}

fn load_b(term: Term, column: Column) -> f32 {
    let place = b_at(term, column);
    return select(0.0, read_b(select(0u, place.at, place.inside)), place.inside);
}
