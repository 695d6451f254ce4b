// Where an element of an operand is, and whether there is one: what lies outside counts as 0.

struct Place {
    inside: bool,
    at: u32,
}
