// How the shells load an operand. Its file says where what is, as a Place.

fn load_a(row: Row, term: Term) -> f32 {
    let place = a_at(row, term);
    if (!place.inside) {
        return 0.0;
    }
    return read_a(place.at);
}

fn load_b(term: Term, column: Column) -> f32 {
    let place = b_at(term, column);
    if (!place.inside) {
        return 0.0;
    }
    return read_b(place.at);
}
