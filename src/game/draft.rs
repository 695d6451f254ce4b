//! A game under construction: what its builder, its turns and its galleries have in common.

use super::{Own, Role, Side};
use crate::data::{Column, Form, SetShape};
use crate::error::Result;
use crate::graph::{Table, TableId, Tensor, UpdateRule, Variables};
use crate::nn::{AdversarialLoss, Scope};
use std::rc::Rc;

/// What all games are mixed from.
#[derive(Clone, Debug)]
pub struct Ingredients {
    pub batch_size: usize,
    pub latent_dim: usize,
    pub loss: AdversarialLoss,
    /// How a side's networks are updated.
    pub detective: UpdateRule,
    pub forger: UpdateRule,
    /// The game's own numbers.
    pub own: Own,
}

impl Ingredients {
    /// How a side's networks are updated.
    pub fn rule(&self, side: Side) -> UpdateRule {
        match side {
            Side::Detective => self.detective,
            Side::Forger => self.forger,
        }
    }
}

/// A part of what is shown: its key, its name, what it is, and the tensor.
pub type Listed = (&'static str, &'static str, Role, Tensor);

/// A tensor with a name for those who use the graph elsewhere, and what its values are.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub name: String,
    pub meaning: String,
    pub tensor: Tensor,
}

impl Named {
    /// A column of a set, by its own name where there is only one set.
    pub(super) fn of_column(set: &str, key: &str, column: &Column, tensor: Tensor) -> Named {
        let name = if set == "data" { key.into() } else { format!("{set}_{key}") };
        Named { name, meaning: meaning(column), tensor }
    }
}

type Body = Rc<dyn Fn(&mut Scope, Tensor) -> Result<Tensor>>;

/// A network of the game that is being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub(super) usize);

pub(super) struct Declared {
    pub name: &'static str,
    pub body: Body,
    /// The side that trains it, once a turn does.
    pub side: Option<Side>,
    /// Whether it has been trained, and turns too use it as galleries do.
    pub is_done: bool,
}

/// A set with its tables: those of the rows to train on, and of the held-out ones.
pub(super) struct Source {
    pub shape: SetShape,
    pub tables: [Vec<TableId>; 2],
}

/// What the values of a column are.
fn meaning(column: &Column) -> String {
    match column {
        Column::Example(Form::Image { .. }) => "pixels from -1 to 1".into(),
        Column::Example(Form::Map { classes, .. }) => {
            format!("the class of each pixel, a whole number from 0 to {}", classes - 1)
        }
        Column::Example(Form::Volume { .. }) => "cells, 0 empty and 1 full".into(),
        Column::Example(Form::Point { .. }) => "coordinates".into(),
        Column::Class { classes } => class_meaning(*classes),
        Column::Numbers { .. } => "numbers from 0 to 1".into(),
        Column::Words { words, .. } => format!("numbers of words from 1 to {words}, 0 where there is none any more"),
    }
}

/// What a class is.
pub fn class_meaning(classes: usize) -> String {
    format!("class, a whole number from 0 to {}", classes.saturating_sub(1))
}

/// What a latent is.
pub const LATENT_MEANING: &str = "latent, standard normal";

/// What exists of a game before its plans do.
pub(super) struct Draft<'a> {
    pub ingredients: &'a Ingredients,
    pub sources: Vec<Source>,
    pub variables: Variables,
    pub networks: Vec<Declared>,
}

/// The table of a column with so many rows.
pub(crate) fn table_of(column: &Column, rows: usize) -> Table {
    let (scale, offset) = match column {
        // Bytes 0..255 become -1..1, the range of tanh.
        Column::Example(Form::Image { .. }) => (2.0 / 255.0, -1.0),
        Column::Numbers { .. } | Column::Example(Form::Volume { .. }) => (1.0 / 255.0, 0.0),
        Column::Example(Form::Point { .. } | Form::Map { .. }) | Column::Class { .. } | Column::Words { .. } => {
            (1.0, 0.0)
        }
    };
    Table { rows, width: column.width(), scale, offset }
}

impl Source {
    /// Declares its tables.
    pub fn declare(shape: SetShape, variables: &mut Variables) -> Source {
        let mut tables = |rows: usize| {
            let table = |(_, column): &(&str, Column)| variables.table(table_of(column, rows));
            if rows == 0 { Vec::new() } else { shape.columns.iter().map(table).collect() }
        };
        let tables = [tables(shape.rows), tables(shape.held_out)];
        Source { shape, tables }
    }

    /// Classes of its rows; 0 where they have no labels.
    pub fn classes(&self) -> usize {
        let of =
            |(_, column): &(&str, Column)| if let Column::Class { classes } = *column { Some(classes) } else { None };
        self.shape.columns.iter().find_map(of).unwrap_or(0)
    }
}
