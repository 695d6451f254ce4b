//! Networks, turns and galleries become a program.

use super::draft::{Declared, Draft, Ingredients, Listed, Network, Source};
use super::trace::{Traced, Traces, traced};
use super::{
    Curve, Entry, First, Game, Input, Knob, Layout, Lazy, NumberInput, Part, Play, Pointed, Probe, Role, Side, Step,
    Turn, palette,
};
use crate::data::{DataShape, Form};
use crate::error::{Error, Result};
use crate::graph::{self, Clock, Effect, Graph, Init, Plan, Program, Tensor, Variables};
use crate::nn::{self, AdversarialLoss, Scope};
use std::rc::Rc;

/// What is shown: its plan, its parts, and what goes in from outside.
struct Shown {
    plan: usize,
    parts: Vec<Part>,
    inputs: Vec<Input>,
    numbers: Vec<NumberInput>,
    pointed: Option<Pointed>,
}

/// Builds a game. Declare networks, then the turns that train them, then the galleries.
pub struct Builder<'a> {
    draft: Draft<'a>,
    plans: Vec<Plan>,
    play: Play,
    steps: [u32; 2],
    /// Steps after which the learning rates begin to count theirs.
    rates_from: u32,
    /// The galleries as graphs, where they are asked for.
    traces: Option<Vec<Traced>>,
}

impl<'a> Builder<'a> {
    /// The game of an entry on these data, in one of its stages.
    ///
    /// # Errors
    /// Of whatever in the entry does not fit together, and [`Error::Setting`] for data that it cannot take.
    pub fn build(entry: &Entry, ingredients: &'a Ingredients, data: &DataShape, stage: usize) -> Result<Game> {
        let Builder { draft, plans, play, .. } = Builder::built(entry, ingredients, data, stage, None)?;
        Ok(Game { program: Program { variables: draft.variables, plans }, play })
    }

    /// Its galleries as graphs with named inputs: those that show what networks make.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn trace(entry: &Entry, ingredients: &'a Ingredients, data: &DataShape, stage: usize) -> Result<Traces> {
        let Builder { draft, traces, .. } = Builder::built(entry, ingredients, data, stage, Some(Vec::new()))?;
        Ok(Traces { variables: draft.variables, galleries: traces.unwrap_or_default() })
    }

    fn built(
        entry: &Entry,
        ingredients: &'a Ingredients,
        data: &DataShape,
        stage: usize,
        traces: Option<Vec<Traced>>,
    ) -> Result<Builder<'a>> {
        if stage >= entry.stages.len() {
            let message = format!("is {stage}, and this game has {}, counted from 0", entry.stages.len());
            return Err(Error::Setting { key: "stage".into(), message });
        }
        let Some(build) = entry.build else {
            let message = "is a game, and this engine was compiled with pairs only".into();
            return Err(Error::Setting { key: "preset".into(), message });
        };
        let mut variables = Variables::default();
        let sources = data.sets().into_iter().map(|shape| Source::declare(shape, &mut variables)).collect();
        let play = Play { turns: Vec::new(), galleries: Vec::new(), probes: Vec::new(), curves: Vec::new() };
        let steps = [stage, stage + 1].map(|stage| entry.begins(stage, ingredients.batch_size, &ingredients.own));
        let draft = Draft { ingredients, sources, variables, networks: Vec::new() };
        let mut builder = Builder { draft, plans: Vec::new(), play, steps, rates_from: 0, traces };
        build(&mut builder, stage)?;
        Ok(builder)
    }

    /// The loss that was chosen.
    pub fn loss(&self) -> AdversarialLoss {
        self.draft.ingredients.loss
    }

    /// The first step of this stage, and the first after it.
    pub fn steps(&self) -> [u32; 2] {
        self.steps
    }

    /// The value of one of the game's own settings.
    pub fn knob(&self, knob: &Knob) -> f32 {
        self.draft.ingredients.own.get(knob)
    }

    /// Declares a network: its name in checkpoints, and what it makes of its input.
    pub fn network(
        &mut self,
        name: &'static str,
        body: impl Fn(&mut Scope, Tensor) -> Result<Tensor> + 'static,
    ) -> Network {
        self.draft.networks.push(Declared { name, body: Rc::new(body), side: None, is_done: false });
        Network(self.draft.networks.len() - 1)
    }

    /// Declares a network that takes more than one input: what it does is built in its scope, by [`Step::within`].
    pub fn bare_network(&mut self, name: &'static str) -> Network {
        self.network(name, |_, x| Ok(x))
    }

    /// Says that `side` has trained a network in an earlier stage and is done with it: it holds still, and turns too use it as
    /// galleries do, in `Mode::Eval` and with the averages that the side keeps.
    pub fn hold(&mut self, network: Network, side: Side) {
        let declared = &mut self.draft.networks[network.0];
        (declared.side, declared.is_done) = (Some(side), true);
    }

    /// Has the learning rates of the turns that follow fall as if the run had begun with this stage.
    pub fn rates_begin_anew(&mut self) {
        self.rates_from = self.steps[0];
    }

    /// How many classes the rows of a set are of; 0 where they have no labels.
    pub fn classes(&self, set: &str) -> usize {
        let found = self.draft.sources.iter().find(|source| source.shape.key == set);
        found.map_or(0, |source| source.classes())
    }

    /// A turn that trains `networks`, which are in `Mode::Train` in it, all others being frozen. `body` answers with what
    /// they minimise.
    ///
    /// # Errors
    /// Of the body, and [`Error::Setting`] for a second turn of one side.
    pub fn turn(
        &mut self,
        key: &'static str,
        side: Side,
        networks: &[Network],
        body: impl Fn(&mut Step) -> Result<Tensor>,
    ) -> Result<()> {
        let (plan, columns) = self.turn_plan(key, side, networks, false, &body)?;
        self.push_turn(key, side, networks, plan, columns, None)
    }

    /// The same with another plan, which has a name of its own, for every so manieth update, the first one too: in it
    /// [`Step::is_due`]. (Regularisers that change slowly need not be in every update: Karras et al. 2020.)
    ///
    /// # Errors
    /// As [`Builder::turn`].
    pub fn lazy_turn(
        &mut self,
        [key, lazy_key]: [&'static str; 2],
        side: Side,
        networks: &[Network],
        every: u32,
        body: impl Fn(&mut Step) -> Result<Tensor>,
    ) -> Result<()> {
        let (plan, columns) = self.turn_plan(key, side, networks, false, &body)?;
        let (due_plan, due_columns) = self.turn_plan(lazy_key, side, networks, true, &body)?;
        let lazy = Lazy { every, plan: due_plan, columns: due_columns };
        self.push_turn(key, side, networks, plan, columns, Some(lazy))
    }

    fn push_turn(
        &mut self,
        key: &'static str,
        side: Side,
        networks: &[Network],
        plan: usize,
        columns: Vec<usize>,
        lazy: Option<Lazy>,
    ) -> Result<()> {
        if self.play.turns.iter().any(|turn| turn.side == side) {
            let message = "is the second of its side, and a clock counts the runs of one turn".into();
            return Err(Error::Setting { key: key.into(), message });
        }
        let networks =
            networks.iter().map(|network| self.draft.variables.network(self.draft.networks[network.0].name)).collect();
        self.play.turns.push(Turn { key, side, networks, plan, columns, lazy });
        Ok(())
    }

    /// A plan of a turn, and the curves of its columns.
    fn turn_plan(
        &mut self,
        key: &'static str,
        side: Side,
        networks: &[Network],
        due: bool,
        // Not a type of its own for each turn: the page carries this once.
        body: &dyn Fn(&mut Step) -> Result<Tensor>,
    ) -> Result<(usize, Vec<usize>)> {
        networks.iter().for_each(|network| self.draft.networks[network.0].side = Some(side));
        let mut step = Step::turn(&mut self.draft, side, networks);
        step.due = due;
        let loss = body(&mut step)?;
        let (mut graph, mut effects, records) = step.finish();
        let mut rule = self.draft.ingredients.rule(side);
        if let Some(decay) = &mut rule.decay {
            [decay.from, decay.until] = [decay.from, decay.until].map(|step| step.saturating_add(self.rates_from));
        }
        for network in networks {
            let id = self.draft.variables.network(self.draft.networks[network.0].name);
            effects.push(nn::update(&mut graph, &self.draft.variables, id, loss, rule)?);
        }
        let columns = records.iter().map(|(curve, _)| self.curve(*curve)).collect();
        effects.push(Effect::Record { columns: records.into_iter().map(|(_, value)| value).collect() });
        Ok((self.plan(key, side.clock(), &graph, &effects)?, columns))
    }

    /// Something to look at: `body` answers with its parts, key, name, role and tensor, each `[count, ...]` of as many
    /// examples as the layout shows; those that are not drawn stand last.
    ///
    /// # Errors
    /// Of the body, and [`Error::Shape`] for a part of another number of examples.
    pub fn gallery(
        &mut self,
        key: &'static str,
        name: &'static str,
        layout: Layout,
        body: impl Fn(&mut Step) -> Result<Vec<Listed>>,
    ) -> Result<()> {
        if let Some(traces) = &mut self.traces {
            traces.extend(traced(&mut self.draft, [key, name], layout.count(), &body)?);
        }
        let Shown { plan, parts, numbers: inputs, .. } = self.shown(key, layout.count(), &body)?;
        self.play.galleries.push(super::Gallery { key, name, plan, layout, parts, inputs });
        Ok(())
    }

    /// A question to the networks: like a gallery of one example, but what goes in comes from outside ([`Step::input`]).
    ///
    /// # Errors
    /// As [`Builder::gallery`].
    pub fn probe(
        &mut self,
        key: &'static str,
        name: &'static str,
        body: impl Fn(&mut Step) -> Result<Vec<Listed>>,
    ) -> Result<()> {
        self.view(key, [name, ""], Layout::Grid([1, 1]), &body)
    }

    /// A probe with its name and what to look for, that is answered with several examples: its parts are `[count, ...]`, as those
    /// of a gallery of that layout, but for numbers ([`Role::Number`]).
    ///
    /// # Errors
    /// As [`Builder::gallery`].
    pub fn view(
        &mut self,
        key: &'static str,
        [name, watch]: [&'static str; 2],
        layout: Layout,
        body: &dyn Fn(&mut Step) -> Result<Vec<Listed>>,
    ) -> Result<()> {
        let Shown { plan, parts, inputs, numbers, pointed } = self.shown(key, layout.count(), body)?;
        self.play.probes.push(Probe { key, name, watch, plan, inputs, numbers, layout, parts, pointed, first: None });
        Ok(())
    }

    /// A probe with sliders whose first half, a plan with a name of its own, takes long: the tensor that `first` answers with
    /// is kept until one of its own sliders moves or the networks change, and the rest is made of it.
    ///
    /// # Errors
    /// As [`Builder::gallery`].
    pub fn probe_of_two(
        &mut self,
        [first_key, key]: [&'static str; 2],
        name: &'static str,
        first: &dyn Fn(&mut Step) -> Result<Tensor>,
        rest: &dyn Fn(&mut Step, Tensor) -> Result<Vec<Listed>>,
    ) -> Result<()> {
        let mut step = Step::gallery(&mut self.draft, 1);
        let value = first(&mut step)?;
        let first_numbers = std::mem::take(&mut step.numbers);
        let (graph, ..) = step.finish();
        let variables = &mut self.draft.variables;
        let network = variables.network(super::INPUTS);
        let shape = graph.shape(value).clone();
        let variable = variables.variable(network, first_key, shape, graph::Role::Buffer, Init::Constant(0.0))?;
        let first_plan = self.plan(first_key, Clock::Sample, &graph, &[Effect::Assign { variable, value }])?;
        let body = |s: &mut Step| {
            let kept = s.graph.variable(&s.draft.variables, variable);
            rest(s, kept)
        };
        self.view(key, [name, ""], Layout::Grid([1, 1]), &body)?;
        let probe = self.play.probes.last_mut().expect("the view of the rest");
        let more = std::mem::replace(&mut probe.numbers, first_numbers.clone());
        probe.numbers.extend(more.into_iter().filter(|number| !first_numbers.contains(number)));
        probe.first = Some(First { plan: first_plan, numbers: first_numbers });
        Ok(())
    }

    /// A plan that puts out parts of `count` examples each, one part after another.
    fn shown(
        &mut self,
        key: &'static str,
        count: usize,
        body: &dyn Fn(&mut Step) -> Result<Vec<Listed>>,
    ) -> Result<Shown> {
        let mut step = Step::gallery(&mut self.draft, count);
        let listed = body(&mut step)?;
        let (inputs, numbers) = (std::mem::take(&mut step.inputs), std::mem::take(&mut step.numbers));
        let pointed = step.pointed;
        let (mut graph, ..) = step.finish();
        let (mut flat, mut parts) = (Vec::new(), Vec::new());
        // Where one part is in colour, grey ones are drawn in colour too.
        let drawn = listed.iter().filter(|(_, _, role, _)| *role != Role::Map);
        let channels = drawn.map(|(_, _, _, tensor)| graph.shape(*tensor)).filter(|shape| shape.len() == 4);
        let channels = channels.map(|shape| shape[1]).max().unwrap_or(1);
        for (key, name, role, mut tensor) in listed {
            let mut shape = graph.shape(tensor).clone();
            if shape.len() == 4 && shape[1] == 1 && channels == 3 {
                shape = [shape[0], 3, shape[2], shape[3]].into();
                tensor = graph.broadcast(tensor, &shape)?;
            }
            if role == Role::Number && shape.elements() == 1 {
                shape = [count].into();
                tensor = graph.broadcast(tensor, &shape)?;
            }
            let form = match (role, &shape[1..]) {
                _ if shape[0] != count => {
                    let message = "a gallery shows as many examples of each part as its layout has places";
                    return Err(Error::shape("gallery", &[&shape], message));
                }
                (Role::Map, &[classes, height, width]) => {
                    tensor = palette::numbers(&mut graph, tensor)?;
                    Some(Form::Map { classes, height, width })
                }
                (Role::Volume, &[1, side, height, width]) if [height, width] == [side; 2] => {
                    Some(Form::Volume { side })
                }
                (Role::Logit | Role::Class | Role::Number, _) if shape.elements() == shape[0] => None,
                (_, &[channels @ (1 | 3), height, width]) => Some(Form::Image { channels, height, width }),
                _ => {
                    return Err(Error::shape(
                        "gallery",
                        &[&shape],
                        "is no grey or coloured image, no volume, nor one number each",
                    ));
                }
            };
            let part = Part { key, name, role, form };
            let other = |other: &&Part| part.is_drawn() && other.is_drawn() && other.form != form;
            if let Some(other) = parts.iter().find(other) {
                let message = format!("is {key}, drawn beside {}, which is of another size", other.key);
                return Err(Error::shape("gallery", &[&shape], message));
            }
            flat.push(graph.reshape(tensor, [graph.shape(tensor).elements()])?);
            parts.push(part);
        }
        let value = graph.concat(&flat, 0)?;
        let plan = self.plan(key, Clock::Sample, &graph, &[Effect::Output { value }])?;
        Ok(Shown { plan, parts, inputs, numbers, pointed })
    }

    fn plan(&mut self, name: &'static str, clock: Clock, graph: &Graph, effects: &[Effect]) -> Result<usize> {
        self.plans.push(Plan::new(name, clock, graph, &self.draft.variables, effects)?);
        Ok(self.plans.len() - 1)
    }

    /// Says which curves there are before any turn does, in their order: those of all stages, where each records others.
    pub fn declare_curves(&mut self, curves: &[&Curve]) {
        curves.iter().for_each(|curve| _ = self.curve(**curve));
    }

    /// A curve's position; turns may share one.
    fn curve(&mut self, curve: Curve) -> usize {
        let known = self.play.curves.iter().position(|known| known.key == curve.key);
        known.unwrap_or_else(|| {
            self.play.curves.push(curve);
            self.play.curves.len() - 1
        })
    }
}
