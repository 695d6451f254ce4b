//! CGAN: Mirza and Osindero, "Conditional generative adversarial nets", 2014.
//!
//! Both players are told what the image shall be: the generator draws a digit on demand, and the discriminator asks
//! whether this is a real example of that class. What it adds to the GAN before is the label y in both networks.
//!
//! The training step (in `pair.rs`):
//!
//! 1. sample noise z and real examples x with their labels y
//! 2. D ascends log D(x | y) + log(1 - D(G(z | y) | y))
//! 3. sample noise z and labels y
//! 4. G ascends log D(G(z | y) | y)
//!
//! The label is one-hot: beside z for the generator, as constant planes beside the image for a convolutional
//! discriminator, beside the pixels for a fully connected one. With `Labels::Shuffled` the labels that both are told have
//! nothing to do with the images, and then nothing can be drawn on demand: the control.

use crate::data::Groups;
use crate::data::groups::PAGE_ROWS;
use crate::error::Result;
use crate::graph::{Clock, Draw, Graph, TableId, Tensor, Variables};

/// The network, without parameters, that holds what pages of samples have to know of classes that are groups.
pub const CLASSES: &str = "classes";

/// The classes of a batch.
#[derive(Clone, Copy)]
pub(super) struct Label {
    /// `[B, classes]`
    pub one_hot: Tensor,
    /// The same as whole numbers `[B]`, where they are known.
    number: Option<Tensor>,
}

impl Label {
    /// Of whole numbers `[B, 1]`.
    pub fn of_numbers(graph: &mut Graph, numbers: Tensor, classes: usize) -> Result<Label> {
        let (batch, class) = (graph.shape(numbers)[0], graph.iota(classes)?);
        let one_hot = graph.equal(numbers, class)?;
        Ok(Label { one_hot, number: Some(graph.reshape(numbers, [batch])?) })
    }

    /// Whole numbers `[B]`.
    pub fn number(self, graph: &mut Graph) -> Result<Tensor> {
        if let Some(number) = self.number {
            return Ok(number);
        }
        let [batch, classes] = [0, 1].map(|axis| graph.shape(self.one_hot)[axis]);
        let numbers = graph.iota(classes)?;
        let marked = graph.mul(self.one_hot, numbers)?;
        let number = graph.sum(marked, &[1])?;
        graph.reshape(number, [batch])
    }

    /// For two halves of a batch that have the same classes.
    pub fn twice(self, graph: &mut Graph) -> Result<Label> {
        let one_hot = graph.concat(&[self.one_hot, self.one_hot], 0)?;
        let number = self.number.map(|number| graph.concat(&[number, number], 0)).transpose()?;
        Ok(Label { one_hot, number })
    }
}

impl From<Tensor> for Label {
    /// Of one-hot classes `[B, classes]`.
    fn from(one_hot: Tensor) -> Label {
        Label { one_hot, number: None }
    }
}

/// Labels of the examples with those row numbers.
pub(super) fn one_hot_labels(
    graph: &mut Graph,
    variables: &Variables,
    labels: TableId,
    index: Tensor,
    classes: usize,
) -> Result<Label> {
    let numbers = graph.gather(variables, labels, index)?;
    Label::of_numbers(graph, numbers, classes)
}

/// Labels, each class equally likely.
pub(super) fn random_labels(graph: &mut Graph, draw: Draw, batch: usize, classes: usize) -> Result<Label> {
    let chance = graph.uniform(draw, [batch, 1]);
    let scaled = graph.mul_scalar(chance, classes as f32)?;
    let from = graph.iota(classes)?;
    let to = graph.add_scalar(from, 1.0)?;
    let (above, below) = (graph.less_equal(from, scaled)?, graph.less(scaled, to)?);
    Ok(graph.mul(above, below)?.into())
}

/// `rows x columns` labels for a page of samples of classes that are groups, each as often as in the data: rows
/// of [`Groups::page`], in an order that the run's seed and the page's number decide.
pub(super) fn grouped_labels(
    graph: &mut Graph,
    variables: &mut Variables,
    groups: &Groups,
    rows: usize,
    classes: usize,
) -> Result<Label> {
    let (columns, network) = (groups.columns(), variables.network(CLASSES));
    let values = || groups.page().into_iter().map(f32::from).collect();
    let table = variables.given(network, "page", [PAGE_ROWS, columns].into(), values)?;
    let index = graph.shuffled_index(Clock::Sample, PAGE_ROWS, rows)?;
    let table = graph.variable(variables, table);
    let page = graph.gather_rows(table, index)?;
    let page = graph.reshape(page, [rows * columns, 1])?;
    Label::of_numbers(graph, page, classes)
}

/// `rows x classes` labels for a page of samples with a column for each class.
pub(super) fn label_columns(graph: &mut Graph, rows: usize, classes: usize) -> Result<Label> {
    let class = graph.iota(classes)?;
    let column = graph.reshape(class, [classes, 1])?;
    let identity = graph.equal(column, class)?;
    let page = graph.broadcast(identity, &[rows, classes, classes].into())?;
    Ok(graph.reshape(page, [rows * classes, classes])?.into())
}

/// Images `[B, C, H, W]` with labels `[B, classes]` as further channels that are constant over the pixels.
pub(super) fn with_label_planes(graph: &mut Graph, images: Tensor, label: Tensor) -> Result<Tensor> {
    let (shape, classes) = (graph.shape(images).clone(), graph.shape(label)[1]);
    let planes = graph.reshape(label, [shape[0], classes, 1, 1])?;
    let planes = graph.broadcast(planes, &[shape[0], classes, shape[2], shape[3]].into())?;
    graph.concat(&[images, planes], 1)
}
