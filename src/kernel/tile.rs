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
    /// Steps along K that are in workgroup memory at a time.
    pub(super) steps: usize,
}

const fn tile(name: &'static str, threads: [usize; 2], each: [usize; 2], steps: usize) -> Tile {
    Tile { name, threads, each, steps }
}

/// Every tile, largest first; `w` are of few invocations that do much each.
pub const TILES: &[Tile] = &[
    tile("128x128", [16, 16], [8, 8], 8),
    tile("128x64", [16, 16], [8, 4], 16),
    tile("64x64w", [8, 8], [8, 8], 16),
    tile("64x64", [16, 16], [4, 4], 16),
    tile("64x32w", [8, 8], [8, 4], 16),
    tile("32x64", [8, 16], [4, 4], 16),
    tile("32x32", [8, 8], [4, 4], 16),
];

/// The tiles that are chosen by shape, widest first.
const LADDER: [&Tile; 4] = [&TILES[0], &TILES[3], &TILES[5], &TILES[6]];

/// Fewer workgroups than this leave a GPU idle: smaller tiles, then slices of the sum (ONNX Runtime found 128).
const ENOUGH_WORKGROUPS: usize = 128;
/// Sums are sliced only below this many workgroups and from this length on: slices cost a dispatch more.
const FEW_WORKGROUPS: usize = 64;
const LONG_SUM: usize = 1024;
/// A slice of a sum has at least this many terms.
const MIN_SLICE: usize = 256;
/// The fewest terms where somebody else chooses the slices.
const LEAST_SLICE: usize = 32;

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
        self.threads[0] * self.threads[1]
    }

    /// Rows and columns.
    fn extent(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.threads[axis] * self.each[axis])
    }

    /// Vectors of four in workgroup memory: those of a and of b, and one more each a step (see `gemm.wgsl`).
    pub(super) fn vectors(&self) -> usize {
        let [rows, columns] = self.extent();
        self.steps * (rows / 4 + 1 + columns / 4 + 1)
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
    /// The variant of that name: a tile, a tile and slices as in `64x64/4`, or slices alone as in `/4`; `auto` is none.
    ///
    /// # Errors
    /// [`Error::Setting`] that lists what there is.
    pub fn parse(name: &str) -> Result<Variant> {
        let (tile, slices) = name.split_once('/').map_or((name, None), |(tile, slices)| (tile, Some(slices)));
        let slices = slices.map(|slices| slices.parse().ok().filter(|slices| (1..=64).contains(slices)));
        let found = TILES.iter().find(|known| known.name == tile);
        match (found, tile, slices) {
            (_, _, Some(None)) => {}
            (None, "" | "auto", slices) => return Ok(Variant { tile: None, slices: slices.flatten() }),
            (Some(_), _, slices) => return Ok(Variant { tile: found, slices: slices.flatten() }),
            (None, ..) => {}
        }
        let names: Vec<&str> = TILES.iter().map(|tile| tile.name).collect();
        let message = format!(
            "is “{name}”, and takes auto or a tile of {}, with the number of slices behind it where it is to be set, as in \
             64x64/4",
            names.join(", ")
        );
        Err(Error::Setting { key: "variant".into(), message })
    }

    pub fn name(&self) -> String {
        let tile = self.tile.map_or("auto", |tile| tile.name);
        self.slices.map_or(tile.into(), |slices| format!("{tile}/{slices}"))
    }

    /// None, then every tile by itself, then each with the sum in 1, 2, 4, 8 and 16 slices.
    pub fn all() -> Vec<Variant> {
        let mut list = vec![Variant::default()];
        for tile in TILES {
            list.extend([1, 2, 4, 8, 16].map(|slices| Variant { tile: Some(tile), slices: Some(slices) }));
        }
        list
    }

    /// The kernel for a product. `size` is the size of workgroup it must have, if that is settled; `can_slice` says
    /// whether slices are worth it by themselves.
    pub(super) fn choose(&self, extents: Extents, size: Option<usize>, can_slice: bool) -> Chosen {
        let Extents { m, n, k, layers } = extents;
        // The widest tile that is not mostly empty and leaves enough workgroups.
        let fits = |tile: &&Tile| {
            let [rows, columns] = tile.extent();
            let full = (m * 4 >= rows * 3 || rows == 32) && (n * 4 >= columns * 3 || columns <= 64);
            let [_, columns, workgroups] = tile.workgroups(extents);
            full && workgroups >= ENOUGH_WORKGROUPS && columns <= MAX_WORKGROUPS
        };
        let allowed = |tile: &&'static Tile| size.is_none_or(|size| tile.size() == size);
        let wanted = self.tile.filter(allowed).filter(|tile| tile.workgroups(extents)[1] <= MAX_WORKGROUPS);
        let by_shape = || match size {
            Some(_) => LADDER.into_iter().filter(|tile| tile.each == [4, 4]).find(allowed),
            None => LADDER.into_iter().find(fits),
        };
        let smallest = &TILES[TILES.len() - 1];
        let tile = wanted.or_else(by_shape).unwrap_or(smallest);
        let [rows, columns, workgroups] = tile.workgroups(extents);
        let slices = match self.slices {
            Some(slices) => slices.min(k / LEAST_SLICE).min(MAX_WORKGROUPS / layers).max(1),
            None if can_slice && workgroups < FEW_WORKGROUPS && k >= LONG_SUM => {
                ENOUGH_WORKGROUPS.div_ceil(workgroups).min(k / MIN_SLICE).max(1)
            }
            None => 1,
        };
        // A multiple of the tile, so that slices begin at tiles.
        let chunk = k.div_ceil(slices).next_multiple_of(tile.steps);
        Chosen { tile, rows, columns, slices: k.div_ceil(chunk), chunk }
    }
}
