//! The lines of the `direct` shell: what its loops do for one size of tile, written out.

use std::fmt::Write as _;

/// Rows and columns of the largest tile. On SwiftShader a product of 512 took 87 ms with tiles of 4 x 4, 58 of 8 x 8, and 51
/// of 16 x 16.
const LARGEST: usize = 16;
/// With fewer tiles than this, smaller ones keep more cores busy.
const ENOUGH_TILES: usize = 32;

/// What an invocation computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DirectTile {
    /// One, or a multiple of four.
    pub rows: usize,
    /// A multiple of four.
    pub columns: usize,
}

impl DirectTile {
    /// The tile for a product of `m` rows, `n` columns and so many `layers`.
    pub fn choose(m: usize, n: usize, layers: usize) -> DirectTile {
        let fitting = |extent: usize| extent.next_multiple_of(4).min(LARGEST);
        let mut tile = DirectTile { rows: if m == 1 { 1 } else { fitting(m) }, columns: fitting(n) };
        while tile.count(m, n) * layers < ENOUGH_TILES && tile.rows.max(tile.columns) > 4 {
            let larger = if tile.rows > tile.columns { &mut tile.rows } else { &mut tile.columns };
            *larger = (*larger / 2).next_multiple_of(4);
        }
        tile
    }

    /// How many of them cover a product.
    pub fn count(&self, m: usize, n: usize) -> usize {
        m.div_ceil(self.rows) * n.div_ceil(self.columns)
    }

    /// The shell with its lines, for sums of `k` terms. `made` says which of a and b are made by maps.
    pub fn text(&self, shell: &str, k: usize, made: [bool; 2]) -> String {
        let four = if k < 4 { String::new() } else { self.four(made) };
        let rest = if k.is_multiple_of(4) { String::new() } else { self.rest() };
        shell
            .replace("//PLACES\n", &self.places())
            .replace("//SUMS\n", &self.sums())
            .replace("//FOUR\n", &four)
            .replace("//REST\n", &rest)
            .replace("//ALL\n", &self.all())
    }

    /// Fours of rows; a row alone is one.
    fn fours_m(&self) -> usize {
        self.rows.div_ceil(4)
    }

    fn fours_n(&self) -> usize {
        self.columns / 4
    }

    fn places(&self) -> String {
        let mut text = String::new();
        (0..self.rows).for_each(|row| _ = writeln!(text, "let row{row} = row(m + {row}u);"));
        (0..self.columns).for_each(|column| _ = writeln!(text, "let column{column} = column(n + {column}u);"));
        text
    }

    /// `sum<i>_<j>` has the results of the i-th four of rows and the j-th four of columns, a column each of the matrix; of
    /// one row it is a vector.
    fn sums(&self) -> String {
        let kind = if self.rows == 1 { "vec4<f32>" } else { "mat4x4<f32>" };
        let mut text = String::new();
        for (i, j) in self.pairs() {
            _ = writeln!(text, "var sum{i}_{j} = {kind}();");
        }
        text
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let [fours_m, fours_n] = [self.fours_m(), self.fours_n()];
        (0..fours_n).flat_map(move |j| (0..fours_m).map(move |i| (i, j)))
    }

    /// Four terms: 4 x 4 blocks of a and of b, and their products. What a map makes is made in a loop, since a copy of the
    /// map in every place would take the driver seconds to compile.
    fn four(&self, [a_made, b_made]: [bool; 2]) -> String {
        let mut text = String::new();
        let [rows, columns] = [self.rows, self.columns];
        let made = |name: &str, count: usize, load: &str| {
            let elements = 4 * count;
            format!(
                "var made_{name} = array<f32, {elements}>();\nfor (var i = 0u; i < {elements}u; i += 1u) {{\n\
                 made_{name}[i] = {load};\n}}\n"
            )
        };
        if a_made {
            text += &made("a", rows, &format!("load_a(row(m + i % {rows}u), term(k + i / {rows}u))"));
        }
        if b_made {
            text += &made("b", columns, &format!("load_b(term(k + i / {columns}u), column(n + i % {columns}u))"));
        }
        let a = |row: usize, term: usize| match a_made {
            true => format!("made_a[{}]", term * rows + row),
            false => format!("load_a(row{row}, at{term})"),
        };
        let b = |term: usize, column: usize| match b_made {
            true => format!("made_b[{}]", term * columns + column),
            false => format!("load_b(at{term}, column{column})"),
        };
        for i in 0..self.fours_m() {
            // A column of the matrix is a term.
            let (kind, height) = if rows == 1 { ("vec4<f32>", 1) } else { ("mat4x4<f32>", 4) };
            let loads: Vec<String> = (0..4 * height).map(|at| a(i * 4 + at % height, at / height)).collect();
            _ = writeln!(text, "let a{i} = {kind}({});", loads.join(", "));
        }
        for j in 0..self.fours_n() {
            // A column of the matrix is a column of b.
            let loads: Vec<String> = (0..16).map(|at| b(at % 4, j * 4 + at / 4)).collect();
            _ = writeln!(text, "let b{j} = mat4x4<f32>({});", loads.join(", "));
            (0..self.fours_m()).for_each(|i| _ = writeln!(text, "sum{i}_{j} += a{i} * b{j};"));
        }
        text
    }

    /// The terms behind the last four, one by one.
    fn rest(&self) -> String {
        let mut text = "for (; k < K; k += 1u) {\nlet at = term(k);\n".to_string();
        for i in 0..self.fours_m() {
            let loads: Vec<String> =
                (i * 4..self.rows.min(i * 4 + 4)).map(|row| format!("load_a(row{row}, at)")).collect();
            match loads.len() {
                1 => _ = writeln!(text, "let a{i} = {};", loads[0]),
                _ => _ = writeln!(text, "let a{i} = vec4<f32>({});", loads.join(", ")),
            }
        }
        for column in 0..self.columns {
            _ = writeln!(text, "let b{column} = load_b(at, column{column});");
            let (j, at) = (column / 4, column % 4);
            (0..self.fours_m()).for_each(|i| _ = writeln!(text, "sum{i}_{j}[{at}] += a{i} * b{column};"));
        }
        text + "}\n"
    }

    /// The sums as an array, column by column, of vectors of four rows.
    fn all(&self) -> String {
        let fours_m = self.fours_m();
        let sum = |at: usize| {
            let (column, i) = (at / fours_m, at % fours_m);
            let sum = format!("sum{i}_{}[{}]", column / 4, column % 4);
            if self.rows == 1 { format!("vec4<f32>({sum})") } else { sum }
        };
        let sums: Vec<String> = (0..self.columns * fours_m).map(sum).collect();
        format!("var all = array<vec4<f32>, {}>({});\n", sums.len(), sums.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::DirectTile;

    #[test]
    fn tiles_are_as_large_as_leaves_enough_of_them() {
        for (m, n, layers, rows, columns) in [
            (512, 512, 1, 16, 16),
            (64, 784, 1, 16, 16),
            (1, 12544, 4, 1, 16),
            (64, 16, 1, 8, 4),
            (5, 7, 1, 4, 4),
            (10, 100, 64, 12, 16),
        ] {
            let expected = DirectTile { rows, columns };
            assert_eq!(DirectTile::choose(m, n, layers), expected, "{m} x {n}, {layers} layers");
        }
    }
}
