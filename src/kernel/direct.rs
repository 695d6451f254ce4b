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

    /// The shell with its lines. `full_m`, `full_n`, `full_k` say whether tiles, and steps of four terms, fit without a rest.
    pub fn text(&self, shell: &str, [full_m, full_n, full_k]: [bool; 3]) -> String {
        let rest = if full_k { String::new() } else { self.rest() };
        shell
            .replace("//PLACES\n", &self.places())
            .replace("//SUMS\n", &self.sums())
            .replace("//FOUR\n", &self.four())
            .replace("//REST\n", &rest)
            .replace("//STORES\n", &self.stores(full_m, full_n))
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

    /// Four terms: 4 x 4 blocks of a and of b, and their products.
    fn four(&self) -> String {
        let mut text = String::new();
        for i in 0..self.fours_m() {
            // A column of the matrix is a term.
            let (kind, rows) = if self.rows == 1 { ("vec4<f32>", 1) } else { ("mat4x4<f32>", 4) };
            let loads: Vec<String> =
                (0..4 * rows).map(|at| format!("load_a(row{}, at{})", i * 4 + at % rows, at / rows)).collect();
            _ = writeln!(text, "let a{i} = {kind}({});", loads.join(", "));
        }
        for j in 0..self.fours_n() {
            // A column of the matrix is a column of b.
            let loads: Vec<String> =
                (0..16).map(|at| format!("load_b(at{}, column{})", at % 4, j * 4 + at / 4)).collect();
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

    fn stores(&self, full_m: bool, full_n: bool) -> String {
        let mut text = String::new();
        for row in 0..self.rows {
            if !full_m {
                _ = writeln!(text, "if (m + {row}u < M) {{");
            }
            for column in 0..self.columns {
                let sum = format!("sum{}_{}[{}]", row / 4, column / 4, column % 4);
                let value = if self.rows == 1 { sum } else { format!("{sum}[{}]", row % 4) };
                let store = format!("store(m + {row}u, n + {column}u, {value});");
                match full_n {
                    true => _ = writeln!(text, "{store}"),
                    false => _ = writeln!(text, "if (n + {column}u < N) {{ {store} }}"),
                }
            }
            if !full_m {
                text += "}\n";
            }
        }
        text
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
