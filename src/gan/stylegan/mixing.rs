//! Styles mixed: in training, and as a table to look at.

use super::networks::{STYLES, image};
use crate::error::Result;
use crate::game::{Knob, Network, Step};
use crate::graph::Tensor;

/// Two lots of w, of noise of their own.
pub(super) fn two_w(s: &mut Step, generator: Network) -> Result<[Tensor; 2]> {
    let z = [s.latent(), s.latent()];
    s.run_both(generator, z)
}

/// Fakes for a turn: from a layer on that is drawn for each, they take the style of other noise.
pub(super) fn fakes(s: &mut Step, generator: Network, mixing: &Knob) -> Result<Tensor> {
    let [first, second] = two_w(s, generator)?;
    let (draw, count, mixing) = (s.draw(), s.count(), s.knob(mixing));
    let place = s.graph.uniform(draw, [count, 1]);
    let mut styles = [first; STYLES];
    for (at, style) in styles.iter_mut().enumerate().skip(1) {
        // The crossover is at each of the three places equally often.
        let until = s.graph.constant(mixing * at as f32 / (STYLES - 1) as f32, []);
        let crossed = s.graph.less(place, until)?;
        *style = s.graph.select(crossed, second, first)?;
    }
    image(s, generator, styles)
}

/// Columns and rows of the table of mixtures, the sources included.
pub(super) const SIDE: usize = 8;

/// A table `[64, 1, 28, 28]`: in the first row and the first column sources, and in each place what comes of the styles of
/// 7x7 and 14x14 of its column's source and the others of its row's. The corner is blank.
pub(super) fn mixtures(s: &mut Step, generator: Network) -> Result<Tensor> {
    let [columns, rows] = two_w(s, generator)?;
    let width = s.graph.shape(rows)[1];
    let sources = SIDE - 1;
    let first = |s: &mut Step, w: Tensor| s.graph.slice(w, 0, 0, sources);
    let (columns, rows) = (first(s, columns)?, first(s, rows)?);
    let across = s.graph.reshape(columns, [1, sources, width])?;
    let down = s.graph.reshape(rows, [sources, 1, width])?;
    let table = [sources, sources, width];
    let coarse_cells = s.graph.broadcast(across, &table.into())?;
    let fine_cells = s.graph.broadcast(down, &table.into())?;
    let mut styles = Vec::new();
    for cells in [coarse_cells, fine_cells] {
        // The column of the rows' sources, then the row of the columns' sources without the corner.
        let with_down = s.graph.concat(&[down, cells], 1)?;
        let below = s.graph.reshape(with_down, [sources * SIDE, width])?;
        styles.push(s.graph.concat(&[columns, below], 0)?);
    }
    let images = image(s, generator, [styles[0], styles[0], styles[1], styles[1]])?;
    s.graph.pad(images, &[[1, 0, 0], [0; 3], [0; 3], [0; 3]], -1.0)
}
