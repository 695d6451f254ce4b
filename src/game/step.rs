//! What a turn or a gallery is written with: rows, draws, networks, losses, and what is recorded.

use super::draft::{Draft, LATENT_MEANING, Named, Network, class_meaning};
use super::{Curve, D_FAKE, D_LOSS, D_REAL, Drawn, INPUTS, Input, Knob, NumberInput, Pointed, Side, Slider};
use crate::data::{Column, Form};
use crate::error::{Error, Result};
use crate::graph::{Clock, Draw, Effect, Graph, Init, Role, Tensor};
use crate::nn::{self, AdversarialLoss, Mode, Scope};
use crate::shape::Shape;

/// What a detective minimises, and its mean outputs for real examples and for fakes.
pub type Verdict = (Tensor, [Tensor; 2]);

/// A turn or a gallery under construction.
pub struct Step<'b, 'a> {
    pub graph: Graph,
    pub(super) draft: &'b mut Draft<'a>,
    /// The side whose turn it is; None in a gallery.
    side: Option<Side>,
    trains: Vec<Network>,
    /// Of a lazy turn, whether it is the plan that comes every so many updates.
    pub(super) due: bool,
    /// Rows of a batch.
    count: usize,
    /// Row numbers that were drawn of sets, and how many.
    drawn: Vec<([usize; 2], Tensor)>,
    draws: u32,
    pub(super) effects: Vec<Effect>,
    pub(super) inputs: Vec<Input>,
    pub(super) numbers: Vec<NumberInput>,
    pub(super) pointed: Option<Pointed>,
    records: Vec<(Curve, Tensor)>,
    /// What stands for something from outside where the graph is used elsewhere.
    pub(super) named: Vec<Named>,
}

/// Streams of a side's draws begin here times its number, from 1; those of a pair are all smaller.
const STREAMS: u32 = 64;

impl<'b, 'a> Step<'b, 'a> {
    pub(super) fn turn(draft: &'b mut Draft<'a>, side: Side, trains: &[Network]) -> Self {
        let count = draft.ingredients.batch_size;
        Step::new(draft, Some(side), trains.to_vec(), count)
    }

    pub(super) fn gallery(draft: &'b mut Draft<'a>, count: usize) -> Self {
        Step::new(draft, None, Vec::new(), count)
    }

    fn new(draft: &'b mut Draft<'a>, side: Option<Side>, trains: Vec<Network>, count: usize) -> Self {
        let graph = Graph::new();
        let (drawn, effects, records) = (Vec::new(), Vec::new(), Vec::new());
        Step {
            graph,
            draft,
            side,
            trains,
            due: false,
            count,
            drawn,
            draws: 0,
            effects,
            inputs: Vec::new(),
            numbers: Vec::new(),
            pointed: None,
            records,
            named: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Graph, Vec<Effect>, Vec<(Curve, Tensor)>) {
        (self.graph, self.effects, self.records)
    }

    /// The clock that draws and ramps follow.
    pub fn clock(&self) -> Clock {
        self.side.map_or(Clock::Sample, Side::clock)
    }

    /// Examples in a batch.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The value of one of the game's own settings.
    pub fn knob(&self, knob: &Knob) -> f32 {
        self.draft.ingredients.own.get(knob)
    }

    /// Numbers of a latent.
    pub fn latent_dim(&self) -> usize {
        self.draft.ingredients.latent_dim
    }

    /// A source of random numbers of its own.
    pub fn draw(&mut self) -> Draw {
        let side = match self.side {
            Some(Side::Detective) => 1,
            Some(Side::Forger) => 2,
            None => 3,
        };
        self.draws += 1;
        Draw { stream: STREAMS * side + self.draws, clock: self.clock() }
    }

    /// Latents `[count, latent_dim]`, standard normal.
    pub fn latent(&mut self) -> Tensor {
        let draw = self.draw();
        let z = self.graph.normal(draw, [self.count, self.draft.ingredients.latent_dim]);
        self.named.push(Named { name: "z".into(), meaning: LATENT_MEANING.into(), tensor: z });
        z
    }

    /// A column of a batch of rows of a set: images `[count, channels, height, width]` in [-1, 1], maps as planes `[count,
    /// classes, height, width]` and volumes `[count, 1, side, side, side]` of zeros and ones, numbers `[count, n]` from 0 to 1, classes `[count, 1]`,
    /// or the numbers of words `[count, length]`, which are 0 where there is no word any more. Columns of one set are of the
    /// same rows; galleries show held-out rows where there are any.
    ///
    /// # Errors
    /// [`Error::Setting`] for a set or a column that the data lack; it says which there are.
    pub fn row(&mut self, set: &str, column: &str) -> Result<Tensor> {
        self.rows(set, column, self.count)
    }

    /// A column `[1, ...]` of one of the first rows of a gallery: of `among` of them the one with that number, `[]`, from 0. A
    /// visitor chooses by it.
    ///
    /// # Errors
    /// As [`Step::row`].
    pub fn row_among(&mut self, set: &str, column: &str, among: usize, number: Tensor) -> Result<Tensor> {
        let rows = self.rows(set, column, among)?;
        let number = self.graph.reshape(number, [1])?;
        self.graph.gather_rows(rows, number)
    }

    fn rows(&mut self, set: &str, column: &str, count: usize) -> Result<Tensor> {
        let [position, found] = self.column(set, column)?;
        let source = &self.draft.sources[position];
        let held_out = usize::from(self.side.is_none() && source.shape.held_out > 0);
        let rows = [source.shape.rows, source.shape.held_out][held_out];
        let (table, form) = (source.tables[held_out][found], source.shape.columns[found].1);
        // What is only shown may be shown twice.
        if self.side.is_some() && rows < count {
            return Err(lacks(format!("have {rows} rows in the set “{set}”, and a batch takes {count}")));
        }
        let known = self.drawn.iter().find(|(of, _)| *of == [position, count]).map(|&(_, index)| index);
        let index = match known {
            Some(index) => index,
            None => {
                // A permutation of its own for each set, or unpaired sets of one size would be pairs.
                let stream = position as u32;
                let index = self.graph.shuffled_index_of(stream, self.clock(), rows, count)?;
                self.drawn.push(([position, count], index));
                index
            }
        };
        let values = self.graph.gather(&self.draft.variables, table, index)?;
        let tensor = match form {
            Column::Example(Form::Image { channels, height, width }) => {
                self.graph.reshape(values, [count, channels, height, width])?
            }
            Column::Example(Form::Volume { side }) => self.graph.reshape(values, [count, 1, side, side, side])?,
            Column::Example(Form::Map { height, width, .. }) => {
                self.graph.reshape(values, [count, 1, height, width])?
            }
            Column::Example(Form::Point { .. }) => {
                return Err(lacks("are points, and this game needs images".into()));
            }
            Column::Class { .. } | Column::Numbers { .. } | Column::Words { .. } => values,
        };
        self.named.push(Named::of_column(set, column, &form, tensor));
        match form {
            Column::Example(Form::Map { classes, height, width }) => self.planes(tensor, classes, [height, width]),
            _ => Ok(tensor),
        }
    }

    /// Classes `[count, 1]` to make fakes of: in a turn those of random rows of a set, so that each is asked for as often as it
    /// occurs; in a gallery 0, 1, 2 ... and again, so that a grid with a column for each class has them in order.
    ///
    /// # Errors
    /// As [`Step::row`], and [`Error::Setting`] for a gallery that does not show each class equally often.
    pub fn classes(&mut self, set: &str) -> Result<Tensor> {
        let [position, found] = self.column(set, "class")?;
        let source = &self.draft.sources[position];
        if self.side.is_some() {
            let (table, rows) = (source.tables[0][found], source.shape.rows);
            // In an order of their own: the classes of a batch of real rows are others.
            let Draw { stream, clock } = self.draw();
            let index = self.graph.shuffled_index_of(stream, clock, rows, self.count)?;
            return self.graph.gather(&self.draft.variables, table, index);
        }
        let (count, classes) = (self.count, source.classes());
        if !count.is_multiple_of(classes) {
            return Err(lacks(format!(
                "have {classes} classes, and a page of {count} does not show each equally often"
            )));
        }
        let class = self.graph.iota(classes)?;
        let rows = self.graph.broadcast(class, &[count / classes, classes].into())?;
        let label = self.graph.reshape(rows, [count, 1])?;
        self.named.push(Named { name: "label".into(), meaning: class_meaning(classes), tensor: label });
        Ok(label)
    }

    /// Positions of a set among the data's and of a column among its own.
    fn column(&self, set: &str, column: &str) -> Result<[usize; 2]> {
        let sources = &self.draft.sources;
        let position = sources.iter().position(|source| source.shape.key == set).ok_or_else(|| {
            let known = sources.iter().map(|source| source.shape.key).collect::<Vec<_>>().join(", ");
            lacks(format!("have no set “{set}”, which this game needs: they have {known}"))
        })?;
        let shape = &sources[position].shape;
        let found = shape.columns.iter().position(|(key, _)| *key == column).ok_or_else(|| {
            let known = shape.column_keys();
            lacks(format!("have no column “{column}” in the set “{set}”, which this game needs: it has {known}"))
        })?;
        Ok([position, found])
    }

    /// What the host writes to a probe: an image `[1, 1, height, width]` in [-1, 1], blank at first.
    /// A map comes as planes `[1, classes, height, width]` of zeros and ones, at first all of its first class. Joints come as
    /// `[1, 2 n]`, right and down of each, from 0 to 1, at first all in the middle; the sides are how many there are, and 2. A
    /// caption comes as numbers of words `[1, length]`, at first none; the sides are 1 and the length.
    pub fn input(
        &mut self,
        key: &'static str,
        name: &'static str,
        drawn: Drawn,
        sides @ [height, width]: [usize; 2],
    ) -> Result<Tensor> {
        let (form, blank) = match drawn {
            Drawn::Map(palette) => (Form::Map { classes: palette.names.len(), height, width }, 0.0),
            Drawn::Joints(_) => (Form::Point { coordinates: height * width }, 0.5),
            Drawn::Words(lexicon) => (Form::Map { classes: lexicon.words.len() + 1, height, width }, 0.0),
            Drawn::Outline | Drawn::Ink | Drawn::Hole => (Form::grey(height, width), -1.0),
        };
        let variables = &mut self.draft.variables;
        let network = variables.network(INPUTS);
        let shape = match drawn {
            Drawn::Joints(_) | Drawn::Words(_) => Shape::from([1, height * width]),
            Drawn::Outline | Drawn::Ink | Drawn::Hole | Drawn::Map(_) => [1, 1, height, width].into(),
        };
        let variable = variables.variable(network, key, shape, Role::Buffer, Init::Constant(blank))?;
        self.inputs.push(Input { key, name, drawn, form, variable });
        let input = self.graph.variable(&self.draft.variables, variable);
        match drawn {
            Drawn::Map(palette) => self.planes(input, palette.names.len(), sides),
            _ => Ok(input),
        }
    }

    /// Where a slider stands, a scalar `[]`: the host writes it while the run goes on.
    ///
    /// # Errors
    /// [`Error::Setting`] in a turn: what is only looked at must not change what is learned.
    pub fn number(&mut self, slider: &Slider) -> Result<Tensor> {
        if self.side.is_some() {
            let message = "is a slider, for galleries and probes; what changes training is a knob".into();
            return Err(Error::Setting { key: slider.key.into(), message });
        }
        let variables = &mut self.draft.variables;
        let network = variables.network(INPUTS);
        let init = Init::Constant(slider.default);
        let variable = variables.variable(network, slider.key, [].into(), Role::Buffer, init)?;
        let input = NumberInput { slider: *slider, variable };
        if !self.numbers.contains(&input) {
            self.numbers.push(input);
        }
        Ok(self.graph.variable(&self.draft.variables, variable))
    }

    /// Where two sliders point in a picture, row and column, `[]` each: a visitor may click instead.
    ///
    /// # Errors
    /// As [`Step::number`].
    pub fn pointed(&mut self, [row, column]: [&Slider; 2]) -> Result<[Tensor; 2]> {
        self.pointed = Some(Pointed { row: row.key, column: column.key });
        Ok([self.number(row)?, self.number(column)?])
    }

    /// Whether this is the plan of a lazy turn that comes every so many updates.
    pub fn is_due(&self) -> bool {
        self.due
    }

    /// What a network makes of its input.
    pub fn run(&mut self, network: Network, x: Tensor) -> Result<Tensor> {
        let body = self.draft.networks[network.0].body.clone();
        self.within(network, |scope| body(scope, x))
    }

    /// Builds in a network's scope, with its variables and its mode.
    pub fn within(&mut self, network: Network, body: impl FnOnce(&mut Scope) -> Result<Tensor>) -> Result<Tensor> {
        let declared = &self.draft.networks[network.0];
        let (mode, averaged) = match self.side {
            Some(_) if self.trains.contains(&network) => (Mode::Train, false),
            Some(_) if !declared.is_done => (Mode::Frozen, false),
            _ => {
                let rule = declared.side.map(|side| self.draft.ingredients.rule(side));
                (Mode::Eval, rule.is_some_and(|rule| rule.average.is_some()))
            }
        };
        let mut scope = Scope::new(&mut self.graph, &mut self.draft.variables, declared.name, mode);
        scope.averaged = averaged;
        let y = body(&mut scope)?;
        let effects = scope.effects;
        self.effects.extend(effects);
        Ok(y)
    }

    /// What a network that looks at each example alone makes of two batches of one shape: one pass over both is cheaper than
    /// two.
    pub fn run_both(&mut self, network: Network, batches: [Tensor; 2]) -> Result<[Tensor; 2]> {
        let [first, second] = batches.map(|batch| self.graph.shape(batch)[0]);
        let both = self.graph.concat(&batches, 0)?;
        let made = self.run(network, both)?;
        Ok([self.graph.slice(made, 0, 0, first)?, self.graph.slice(made, 0, first, second)?])
    }

    /// What the forger minimises so that `critic` takes `fake` for real.
    pub fn fools(&mut self, critic: Network, fake: Tensor, loss: AdversarialLoss) -> Result<Tensor> {
        let logits = self.run(critic, fake)?;
        nn::generator_loss(&mut self.graph, logits, loss)
    }

    /// What the forger minimises, from D's logits for its fakes. Where the loss judges a fake beside a real example, `real`
    /// gives D's logits for as many real ones; it is not asked otherwise.
    pub fn fooled(
        &mut self,
        fake: Tensor,
        loss: AdversarialLoss,
        real: &dyn Fn(&mut Step) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let mut judged = fake;
        if loss.is_relative() {
            let beside = real(self)?;
            judged = self.graph.sub(fake, beside)?;
        }
        nn::generator_loss(&mut self.graph, judged, loss)
    }

    /// What the detective minimises so that `critic`, which looks at each example alone, tells `real` from `fake`, and its mean
    /// outputs for both.
    pub fn tells(&mut self, critic: Network, [real, fake]: [Tensor; 2], loss: AdversarialLoss) -> Result<Verdict> {
        let fake = self.graph.stop_gradient(fake);
        let logits = self.run_both(critic, [real, fake])?;
        self.verdict(logits, loss)
    }

    /// What the detective minimises, from its logits for real examples and for fakes, and its mean outputs for both.
    pub fn verdict(&mut self, logits: [Tensor; 2], loss: AdversarialLoss) -> Result<Verdict> {
        let value = nn::discriminator_loss(&mut self.graph, logits[0], logits[1], loss)?;
        let [real, fake] = logits.map(|logits| nn::mean_output(&mut self.graph, logits, loss));
        Ok((value, [real?, fake?]))
    }

    /// Records two verdicts as one, the losses added up and the mean outputs averaged; answers with the loss.
    pub fn record_verdicts(&mut self, [(one, on_one), (other, on_other)]: [Verdict; 2]) -> Result<Tensor> {
        let loss = self.sum(&[(1.0, one), (1.0, other)])?;
        let mut mean = |side: usize| self.sum(&[(0.5, on_one[side]), (0.5, on_other[side])]);
        let means = [mean(0)?, mean(1)?];
        Ok(self.record_verdict((loss, means)))
    }

    /// Records the loss and the mean outputs of a verdict; answers with the loss.
    pub fn record_verdict(&mut self, (value, [real, fake]): Verdict) -> Tensor {
        for (curve, value) in [(&D_LOSS, value), (&D_REAL, real), (&D_FAKE, fake)] {
            self.record(curve, value);
        }
        value
    }

    /// Mean of the distances of two tensors of one shape.
    pub fn l1(&mut self, a: Tensor, b: Tensor) -> Result<Tensor> {
        nn::losses::l1_loss(&mut self.graph, a, b)
    }

    /// Scalars, each times its weight, added up.
    pub fn sum(&mut self, terms: &[(f32, Tensor)]) -> Result<Tensor> {
        let mut total = None;
        for &(weight, term) in terms {
            let term = if weight == 1.0 { term } else { self.graph.mul_scalar(term, weight)? };
            total = Some(match total {
                None => term,
                Some(total) => self.graph.add(total, term)?,
            });
        }
        Ok(total.unwrap_or_else(|| self.graph.constant(0.0, [])))
    }

    /// Records a scalar of this turn.
    pub fn record(&mut self, curve: &Curve, value: Tensor) {
        self.records.push((*curve, value));
    }
}

fn lacks(message: String) -> Error {
    Error::Setting { key: "data".into(), message }
}
