//! Maps: the classes of their pixels, and the colours in which they are shown and painted.

use super::Step;
use crate::error::{Error, Result};
use crate::graph::{Graph, Tensor};

/// The classes of a map: what each is called, and its colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    pub names: &'static [&'static str],
    /// Red, green, blue.
    pub colours: &'static [[u8; 3]],
    /// What a fresh map has from its top: a class, and the share of the height down to which it reaches.
    pub bands: &'static [(usize, f64)],
}

impl Palette {
    /// Of what is no map.
    pub const NONE: Palette = Palette { names: &[], colours: &[], bands: &[] };
}

/// The number of each pixel's class, `[B, H, W]`, from planes `[B, classes, H, W]` of zeros and ones.
pub(super) fn numbers(graph: &mut Graph, planes: Tensor) -> Result<Tensor> {
    let classes = graph.shape(planes)[1];
    let class = graph.iota(classes)?;
    let class = graph.reshape(class, [1, classes, 1, 1])?;
    let each = graph.mul(planes, class)?;
    graph.sum(each, &[1])
}

impl Step<'_, '_> {
    /// Planes `[B, classes, H, W]` of zeros and ones from the number of each pixel's class, `[B, H W]`.
    pub fn planes(&mut self, map: Tensor, classes: usize, [height, width]: [usize; 2]) -> Result<Tensor> {
        let count = self.graph.shape(map)[0];
        let map = self.graph.reshape(map, [count, 1, height, width])?;
        let class = self.graph.iota(classes)?;
        let class = self.graph.reshape(class, [1, classes, 1, 1])?;
        self.graph.equal(map, class)
    }

    /// A map as an image `[B, 3, H, W]` in [-1, 1], each class in its colour.
    ///
    /// # Errors
    /// [`Error::Shape`] for planes of another number of classes.
    pub fn coloured(&mut self, planes: Tensor, palette: &Palette) -> Result<Tensor> {
        let shape = self.graph.shape(planes).clone();
        if shape[1] != palette.colours.len() {
            return Err(Error::shape(
                "coloured",
                &[&shape],
                "has a plane for each class, as many as there are colours",
            ));
        }
        let mut channels = Vec::new();
        for channel in 0..3 {
            let mut sum = None;
            for (class, colour) in palette.colours.iter().enumerate() {
                let plane = self.graph.slice(planes, 1, class, 1)?;
                let value = f32::from(colour[channel]) / 127.5 - 1.0;
                let weighted = self.graph.mul_scalar(plane, value)?;
                sum = Some(match sum {
                    None => weighted,
                    Some(sum) => self.graph.add(sum, weighted)?,
                });
            }
            channels.extend(sum);
        }
        self.graph.concat(&channels, 1)
    }
}
