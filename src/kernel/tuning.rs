//! Which kernel each shape of product gets where somebody has measured: a table that goes before the choice by shape.
//!
//! `train/tuner.rs` fills it on the visitor's device. The same table gives the same shaders.

use super::operands::{self, Product};
use super::tile::{Extents, TILES, Tile, Variant};
use crate::graph::plan::Kernel;
use std::fmt::Write;

/// Shapes of products, each with its kernel; the empty table is the choice by shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tuning {
    /// Of the shapes that are not in the table.
    pub others: Variant,
    /// By the shape's key, see [`product_shape`]. The default variant says that the choice by shape is the best known.
    shapes: Vec<(String, Variant)>,
}

impl Tuning {
    /// What fits a device before anything is measured there.
    pub fn for_device(is_software: bool) -> Tuning {
        Tuning::all(if is_software { Variant::SERIAL } else { Variant::default() })
    }

    /// One variant for every product.
    pub fn all(variant: Variant) -> Tuning {
        Tuning { others: variant, shapes: Vec::new() }
    }

    /// Whether it is for an adapter that computes on the CPU.
    pub(super) fn is_serial(&self) -> bool {
        self.others.serial
    }

    pub(super) fn of(&self, key: &str) -> &Variant {
        self.get(key).unwrap_or(&self.others)
    }

    /// A shape's entry.
    pub fn get(&self, key: &str) -> Option<&Variant> {
        self.shapes.iter().find(|(known, _)| known == key).map(|(_, variant)| variant)
    }

    /// Makes a shape's entry, or changes it.
    pub fn set(&mut self, key: &str, variant: Variant) {
        match self.shapes.iter_mut().find(|(known, _)| known == key) {
            Some(entry) => entry.1 = variant,
            None => self.shapes.push((key.into(), variant)),
        }
    }

    /// All entries.
    pub fn shapes(&self) -> &[(String, Variant)] {
        &self.shapes
    }

    /// The table of shapes as text, for the next visit. It names the engine's version and the device that it was made on.
    pub fn to_text(&self, device: &str) -> String {
        let mut text = header(device);
        for (key, variant) in &self.shapes {
            _ = write!(text, "\n{key} = {}", variant.name());
        }
        text
    }

    /// Reads such a text.
    ///
    /// # Errors
    /// A sentence that says why the text is of no use here: of another version or device, or spoilt.
    pub fn from_text(text: &str, device: &str) -> std::result::Result<Tuning, String> {
        let mut lines = text.lines();
        let (found, own) = (lines.next().unwrap_or_default(), header(device));
        if found != own {
            return Err(format!(
                "What was kept is not of this engine and device: it begins with “{found:.80}”, not with “{own}”."
            ));
        }
        let mut tuning = Tuning::default();
        for line in lines {
            let entry = line.rsplit_once(" = ").and_then(|(key, name)| Some((key, Variant::parse(name).ok()?)));
            let (key, variant) = entry.ok_or_else(|| format!("What was kept is spoilt at “{line:.80}”."))?;
            tuning.set(key, variant);
        }
        Ok(tuning)
    }
}

fn header(device: &str) -> String {
    // A device's name is not ours, and a line is.
    let device: String = device.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("ganvas {} on {device}", env!("CARGO_PKG_VERSION"))
}

/// A tiled product as a [`Tuning`] knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductShape {
    /// Kind, extents and geometry.
    pub key: String,
    /// Multiply-adds count two.
    pub flops: u64,
}

fn tiled(kernel: &Kernel) -> Option<Product> {
    kernel.is_product().then(|| operands::describe(kernel)).filter(Product::is_tiled)
}

/// What a kernel is in a [`Tuning`]; None for those that are no tiled products.
pub fn product_shape(kernel: &Kernel) -> Option<ProductShape> {
    let product = tiled(kernel)?;
    let Extents { m, n, k, layers } = product.extents();
    Some(ProductShape { flops: 2 * (m * n * k * layers) as u64, key: product.label })
}

/// The variants of a tiled product that are worth a measurement: the choice by shape, then the other tiles that it does not
/// leave mostly empty, then other numbers of slices. Empty for all other kernels.
pub fn candidates(kernel: &Kernel) -> Vec<Variant> {
    let Some(product) = tiled(kernel) else { return Vec::new() };
    let (extents, can_slice) = (product.extents(), product.can_slice);
    let chosen = |variant: &Variant| variant.choose(extents, None, can_slice);
    let mut list = vec![Variant::default()];
    let by_shape = chosen(&list[0]);
    let fits = |tile: &Tile| {
        let [rows, columns] = tile.extent();
        rows < 2 * extents.m.max(32) && columns < 2 * extents.n.max(32)
    };
    let tiles = TILES.into_iter().filter(|tile| fits(tile));
    list.extend(tiles.map(|tile| Variant { tile: Some(tile), ..Variant::default() }));
    if can_slice {
        let other = [by_shape.slices * 2, by_shape.slices.div_ceil(2)];
        list.extend(other.map(|slices| Variant {
            tile: Some(by_shape.tile),
            slices: Some(slices),
            ..Variant::default()
        }));
    }
    // Variants that come to the same kernel are one.
    let mut known = Vec::new();
    list.retain(|variant| {
        let kernel = chosen(variant);
        let same = (kernel.tile.name, kernel.slices, kernel.chunk);
        let is_new = !known.contains(&same);
        known.push(same);
        is_new
    });
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Tuning {
        let shapes = [("matmul_nn [64, 3] [3, 64]", "auto"), ("conv2d 64 x 1x28x28 to 32x14x14, k4 s2 p1", "64x64/4")];
        let shapes = shapes.map(|(key, name)| (key.to_string(), Variant::parse(name).unwrap()));
        Tuning { shapes: shapes.into(), ..Tuning::default() }
    }

    #[test]
    fn a_table_survives_its_own_text() {
        let device = "A device = with\nsigns";
        let text = table().to_text(device);
        assert_eq!(Tuning::from_text(&text, device).unwrap(), table(), "{text}");
        let empty = Tuning::default();
        assert_eq!(Tuning::from_text(&empty.to_text(""), "").unwrap(), empty);
    }

    #[test]
    fn a_foreign_or_spoilt_table_is_refused_with_a_reason() {
        let text = table().to_text("mine");
        let refusal = |text: &str| Tuning::from_text(text, "mine").unwrap_err();
        assert!(refusal(&table().to_text("yours")).contains("on yours"));
        assert!(refusal(&text.replace(env!("CARGO_PKG_VERSION"), "0.0.0")).contains("0.0.0"));
        assert!(refusal(&text.replace("64x64/4", "64x48")).contains("64x48"));
        assert!(refusal(&text.replace(" = auto", "")).contains("matmul_nn"));
        assert!(refusal("").contains("not of this engine"));
        // Cut in the middle of a sign, and longer than is shown.
        assert!(refusal(&"é".repeat(500)).chars().count() < 300);
    }

    /// The table brings other kernels about; those by shape change nothing.
    #[test]
    fn lowering_obeys_the_table() {
        use crate::catalogue::PRESETS;
        use crate::gan::plans;
        let preset = PRESETS.iter().find(|preset| preset.key == "dcgan-mnist").unwrap();
        let program = preset.recipe.program(crate::data::DataShape::digits(1000)).unwrap();
        let plan = &program.plans[plans::DISCRIMINATOR];
        let lower = |tuning: &Tuning| crate::kernel::lower_with(plan, &program.variables, tuning);
        let usual = lower(&Tuning::default());
        let kernels = plan.dispatches.iter().map(|dispatch| &dispatch.kernel);
        let mut changed = 0;
        for kernel in kernels.filter(|kernel| candidates(kernel).len() > 1) {
            let (key, others) = (product_shape(kernel).unwrap().key, candidates(kernel));
            let table = |variant| Tuning { shapes: vec![(key.clone(), variant)], ..Tuning::default() };
            assert!(lower(&table(others[0])) == usual, "{key}: by shape");
            for &variant in &others[1..] {
                let tuned = lower(&table(variant));
                assert!(tuned == lower(&table(variant)), "{key}: the same table gives the same shaders");
                changed += usize::from(tuned != usual);
            }
        }
        assert!(changed > 20, "only {changed} tables made a difference");
    }
}
