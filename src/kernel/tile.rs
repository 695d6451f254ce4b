//! The kernels of tiled products, and which of them a product gets.

use super::MAX_WORKGROUPS;
use crate::error::{Error, Result};

/// What a workgroup of the tiled shells does at a time.
#[derive(Debug, PartialEq, Eq)]
pub struct Tile {
    /// Rows x columns.
    pub name: &'static str,
    /// Invocations along the rows (M) and along the columns (N).
    pub(super) threads: [usize; 2],
    /// Rows and columns of each invocation: 4 x 4, 8 x 4 or 8 x 8.
    pub(super) each: [usize; 2],
    /// Steps along K that are in workgroup memory at a time; no more than the invocations load at once.
    pub(super) steps: usize,
    /// How many times as many invocations there are, each part with terms of the sum of its own.
    pub(super) parts: usize,
}

const fn tile(name: &'static str, threads: [usize; 2], each: [usize; 2], steps: usize, parts: usize) -> Tile {
    Tile { name, threads, each, steps, parts }
}

static T128X128: Tile = tile("128x128", [16, 16], [8, 8], 8, 1);
static T128X64: Tile = tile("128x64", [16, 16], [8, 4], 8, 1);
static T64X64: Tile = tile("64x64", [16, 16], [4, 4], 16, 1);
static T32X64: Tile = tile("32x64", [8, 16], [4, 4], 8, 1);
static T32X64P2: Tile = tile("32x64p2", [8, 16], [4, 4], 8, 2);
static T32X32: Tile = tile("32x32", [8, 8], [4, 4], 8, 1);
static T32X32P4: Tile = tile("32x32p4", [8, 8], [4, 4], 8, 4);

/// Every tile, largest first; a `p` is followed by the number of parts.
pub static TILES: [&Tile; 7] = [&T128X128, &T128X64, &T64X64, &T32X64, &T32X64P2, &T32X32, &T32X32P4];

/// Fewer workgroups than this leave a GPU idle: smaller tiles, or slices of the sum (ONNX Runtime found 128).
const ENOUGH_WORKGROUPS: usize = 128;
/// Sums with fewer workgroups than enough are sliced from this length on (slices cost a dispatch more), into so many
/// workgroups. On an H200, with 132 processors, the weight gradient of a convolution from 14x14x64 to 7x7x128 ran at
/// 3.2 TFLOP/s with 32 workgroups, 11.8 with 128, 16.0 with 256, and 16.6 with 512.
const LONG_SUM: usize = 1024;
const SLICED_WORKGROUPS: usize = 256;
/// A slice of a sum has at least this many terms, so that what is written and read again is little beside them.
const MIN_SLICE: usize = 256;
/// The fewest terms where somebody else chooses the slices.
const LEAST_SLICE: usize = 32;
const MAX_SLICES: usize = 64;
/// Sums of this length are worth sharing among the parts of a workgroup.
const MIN_SHARED: usize = 128;

/// The extents of a product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    /// How many of them there are beside each other.
    pub layers: usize,
}

/// A choice of kernels that goes before the one by shape, where it can be had. [`Default`] has none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Variant {
    pub tile: Option<&'static Tile>,
    /// Pieces that each sum is cut into.
    pub slices: Option<usize>,
    /// For adapters that compute on the CPU, as SwiftShader and lavapipe do: products by the `direct` shell, whose tiles are
    /// no [`Tile`]s, and sums without parts or slices, which are there to keep many processors busy.
    pub serial: bool,
}

/// The kernel of one product.
pub(super) struct Chosen {
    pub tile: &'static Tile,
    /// Workgroups along M and along N.
    pub rows: usize,
    pub columns: usize,
    pub slices: usize,
    /// Terms of one slice.
    pub chunk: usize,
}

impl Tile {
    /// Invocations.
    pub(super) fn size(&self) -> usize {
        self.threads[0] * self.threads[1] * self.parts
    }

    /// Rows and columns.
    pub(super) fn extent(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.threads[axis] * self.each[axis])
    }

    /// Vectors of four in workgroup memory: those of a and of b, and one more each a step (see `gemm.wgsl`); or the sums
    /// of all parts but one.
    pub(super) fn vectors(&self) -> usize {
        let [rows, columns] = self.extent();
        let operands = self.parts * self.steps * (rows / 4 + 1 + columns / 4 + 1);
        operands.max((self.parts - 1) * rows * columns / 4)
    }

    /// The family of its shell.
    pub(super) fn family(&self) -> &'static str {
        if self.each[0] == 8 { "gemm_wide" } else { "gemm" }
    }

    fn workgroups(&self, Extents { m, n, layers, .. }: Extents) -> [usize; 3] {
        let [rows, columns] = self.extent();
        let (rows, columns) = (m.div_ceil(rows), n.div_ceil(columns));
        [rows, columns, rows * columns * layers]
    }
}

impl Variant {
    /// See [`Variant::serial`].
    pub const SERIAL: Variant = Variant { tile: None, slices: None, serial: true };

    /// The variant of that name: a tile, a tile and slices as in `64x64/4`, or slices alone as in `/4`; `auto` is none, and
    /// `serial` the choice for a software adapter.
    ///
    /// # Errors
    /// [`Error::Setting`] that lists what there is.
    pub fn parse(name: &str) -> Result<Variant> {
        if name == "serial" {
            return Ok(Variant::SERIAL);
        }
        let (tile, slices) = name.split_once('/').map_or((name, None), |(tile, slices)| (tile, Some(slices)));
        let slices = slices.map(|slices| slices.parse().ok().filter(|slices| (1..=64).contains(slices)));
        let found = TILES.into_iter().find(|known| known.name == tile);
        match (found, tile, slices) {
            (_, _, Some(None)) => {}
            (None, "" | "auto", slices) => return Ok(Variant { slices: slices.flatten(), ..Variant::default() }),
            (Some(_), _, slices) => return Ok(Variant { tile: found, slices: slices.flatten(), serial: false }),
            (None, ..) => {}
        }
        let names: Vec<&str> = TILES.iter().map(|tile| tile.name).collect();
        let message = format!(
            "is “{name}”, and takes auto, serial or a tile of {}, with the number of slices behind it where it is to be set, as in \
             64x64/4",
            names.join(", ")
        );
        Err(Error::Setting { key: "variant".into(), message })
    }

    pub fn name(&self) -> String {
        let tile = self.tile.map_or(if self.serial { "serial" } else { "auto" }, |tile| tile.name);
        self.slices.map_or(tile.into(), |slices| format!("{tile}/{slices}"))
    }

    /// None, each tile with the sum in 1, 2, 4, 8 and 16 slices, and the one for software adapters.
    pub fn all() -> Vec<Variant> {
        let mut list = vec![Variant::default()];
        for tile in TILES {
            let sliced = |slices| Variant { tile: Some(tile), slices: Some(slices), ..Variant::default() };
            list.extend([1, 2, 4, 8, 16].map(sliced));
        }
        list.push(Variant::SERIAL);
        list
    }

    /// The kernel for a product. `size` is the size of workgroup it must have, if that is settled; `can_slice` says
    /// whether slices are worth it by themselves.
    pub(super) fn choose(&self, extents: Extents, size: Option<usize>, can_slice: bool) -> Chosen {
        let Extents { m, n, k, layers } = extents;
        let count = |tile: &Tile| tile.workgroups(extents)[2];
        let allowed =
            |tile: &Tile| size.is_none_or(|size| tile.size() == size) && tile.workgroups(extents)[1] <= MAX_WORKGROUPS;
        let mostly_full = |tile: &Tile| {
            let [rows, columns] = tile.extent();
            m * 4 >= rows * 3 && (n * 4 >= columns * 3 || columns <= 64)
        };
        let is_long = can_slice && k >= LONG_SUM;
        // The first that can be had and is good for this shape.
        let ladder: [(&'static Tile, bool); 6] = [
            (&T128X128, mostly_full(&T128X128) && count(&T128X128) >= ENOUGH_WORKGROUPS),
            (&T64X64, mostly_full(&T64X64) && count(&T64X64) >= ENOUGH_WORKGROUPS),
            (&T64X64, mostly_full(&T64X64) && is_long && count(&T64X64) * (k / MIN_SLICE) >= ENOUGH_WORKGROUPS),
            (&T32X64, k < MIN_SHARED && count(&T32X64) >= ENOUGH_WORKGROUPS),
            (&T32X32P4, k >= MIN_SHARED && count(&T32X64) < 2 * ENOUGH_WORKGROUPS),
            (&T32X64, count(&T32X64) >= ENOUGH_WORKGROUPS),
        ];
        let by_shape = || ladder.into_iter().find(|(tile, is_good)| *is_good && allowed(tile)).map(|(tile, _)| tile);
        let any = || [&T32X32, &T32X64, &T64X64].into_iter().find(|tile| allowed(tile));
        let tile = self.tile.filter(|tile| allowed(tile)).or_else(by_shape).or_else(any).unwrap_or(&T32X32);
        let [rows, columns, workgroups] = tile.workgroups(extents);
        let slices = match self.slices {
            Some(slices) => slices.min(k / LEAST_SLICE).min(MAX_WORKGROUPS / layers).max(1),
            None if is_long && workgroups < ENOUGH_WORKGROUPS => {
                SLICED_WORKGROUPS.div_ceil(workgroups).min(k / MIN_SLICE).min(MAX_SLICES)
            }
            None => 1,
        };
        // A multiple of the tile, so that slices begin at tiles.
        let chunk = k.div_ceil(slices).next_multiple_of(tile.steps * tile.parts);
        Chosen { tile, rows, columns, slices: k.div_ceil(chunk), chunk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_products_share_their_sums_and_long_sums_are_cut() {
        let chosen = |m, n, k| {
            let Chosen { tile, slices, .. } = Variant::default().choose(Extents { m, n, k, layers: 1 }, None, true);
            (tile.name, slices)
        };
        assert_eq!(chosen(2048, 2048, 512), ("128x128", 1));
        assert_eq!(chosen(512, 512, 512), ("32x32p4", 1));
        assert!(chosen(128, 1024, 12544).1 > 1);
    }

    #[test]
    fn names_and_variants_are_the_same() {
        for variant in Variant::all() {
            assert_eq!(Variant::parse(&variant.name()), Ok(variant), "{}", variant.name());
        }
    }
}
