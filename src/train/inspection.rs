//! What the networks do with one example: activations layer by layer, D's verdict and which pixels it hangs on. From a copy
//! of the run's state, on the CPU, so that the run knows nothing of it.

use super::{Digits, Settings, Trainer};
use crate::backend::Arena;
use crate::backend::cpu::CpuBackend;
use crate::data::DataShape;
use crate::error::{Error, Result};
use crate::gan::{DISCRIMINATOR, GENERATOR, InspectionProgram, Labels, Part, inspection_plans as plans, one_hot};
use crate::graph::VariableId;
use crate::metrics::judge::{PIXELS, SIDE, scaled};
use crate::metrics::neighbours::NearestSearch;
use crate::rng;

/// Training images that are shown beside an example.
const NEIGHBOURS: usize = 3;

/// An example of one of the two pages, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
    /// Of the fixed latents.
    Sample(usize),
    Real(usize),
}

/// What to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// D's logits of both pages and the squared length of each parameter's last gradient.
    pub overview: bool,
    /// One example through all layers, and its nearest training images.
    pub tile: Option<Tile>,
    /// The page of fixed latents by raw and by averaged weights. Nothing where no average is kept.
    pub averages: bool,
}

/// What was seen: tensors with their names. Beside those of [`inspection_plans`](crate::gan::inspection_plans) these kinds
/// exist:
///
/// - `logits`, named `samples` and `real`, `[count]`
/// - `gradient_square`, the squared length of the last gradient of each parameter, `[1]`; 0 before the first step
/// - `neighbours` `[n, PIXELS]` in [-1, 1], the nearest first, `distances` `[n]`, `labels` `[n]`, `searched` `[1]`
/// - `label` `[1]` of a real example
/// - `averaged` `[count, numbers]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub parts: Vec<Part>,
    /// All of them, one after another.
    pub values: Vec<f32>,
}

impl Look {
    /// The first part of a kind, and its values.
    pub fn find(&self, kind: &str) -> Option<(&Part, &[f32])> {
        self.iter().find(|(part, _)| part.kind == kind)
    }

    /// All parts with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&Part, &[f32])> {
        let mut end = 0;
        self.parts.iter().map(move |part| {
            let start = end;
            end += part.shape.iter().product::<usize>();
            (part, &self.values[start..end])
        })
    }

    /// The squared length of each parameter's last gradient, as a pulse has it.
    pub fn of_gradients(squares: &[(String, f64)]) -> Look {
        let mut look = Look::default();
        for (parameter, square) in squares {
            look.push("gradient_square", parameter, &[*square as f32]);
        }
        look
    }

    fn push(&mut self, kind: &'static str, name: &str, values: &[f32]) {
        self.parts.push(Part { kind, name: name.into(), shape: vec![values.len()] });
        self.values.extend_from_slice(values);
    }
}

/// A copy of both networks that is fed one example at a time.
pub struct Inspection {
    backend: CpuBackend,
    parts: Vec<Vec<Part>>,
    input: VariableId,
    example: VariableId,
    label: VariableId,
    settings: Settings,
    data: DataShape,
}

impl Inspection {
    /// For runs with these settings.
    pub fn new(settings: &Settings, data: DataShape) -> Result<Inspection> {
        let InspectionProgram { program, parts, input, example, label } = settings.recipe.inspection(data)?;
        let backend = CpuBackend::new(program, Vec::new(), settings.seed)?;
        Ok(Inspection { backend, parts, input, example, label, settings: settings.clone(), data })
    }

    /// Looks at the run as it is now. `digits` are the training images that are searched, where the data are images.
    ///
    /// # Errors
    /// [`Error::Setting`] for a place that a page does not have.
    pub async fn look(&mut self, trainer: &mut Trainer, digits: Option<&Digits>, wish: Wish) -> Result<Look> {
        let mut look = Look::default();
        let mut pages = Vec::new();
        for plan in ["samples", "real"] {
            let is_needed = match plan {
                "samples" => wish.overview || wish.averages,
                _ => wish.overview || matches!(wish.tile, Some(Tile::Real(_))),
            };
            pages.push(if is_needed { Some(trainer.shown(plan, None, 0).await?) } else { None });
        }
        if wish.overview {
            for (page, name) in pages.iter().flatten().zip(["samples", "real"]) {
                look.push("logits", name, &page.logits);
            }
            for network in [GENERATOR, DISCRIMINATOR] {
                for (parameter, square) in trainer.squared_gradients(network).await? {
                    look.push("gradient_square", &parameter, &[square as f32]);
                }
            }
        }
        if wish.tile.is_some() || wish.averages {
            trainer.copy_networks(&mut self.backend).await?;
        }
        match wish.tile {
            Some(Tile::Sample(tile)) => self.sample(tile, digits, &mut look)?,
            Some(Tile::Real(tile)) => {
                let examples = pages[1].as_ref().map_or(&[][..], |page| &page.examples);
                let example = examples.chunks_exact(self.data.form.numbers()).nth(tile);
                self.real(example.unwrap_or_default(), tile, digits, &mut look)?;
            }
            None => {}
        }
        if let (true, Some(page), true) = (wish.averages, &pages[0], self.settings.recipe.average > 0.0) {
            self.run(plans::RAW, &mut look)?;
            look.push("averaged", "", &page.examples);
        }
        Ok(look)
    }

    /// A sample from its noise on.
    fn sample(&mut self, tile: usize, digits: Option<&Digits>, look: &mut Look) -> Result<()> {
        self.check_place(tile)?;
        let latent = self.settings.recipe.latent_dim;
        let input = InspectionProgram::input(self.settings.seed, tile, latent, self.classes(), &self.data);
        self.put(self.input, &input)?;
        self.put(self.label, &input[latent..])?;
        self.run(plans::GENERATOR, look)?;
        let example = look.values[look.values.len() - self.data.form.numbers()..].to_vec();
        self.judge(&example, digits, look)
    }

    /// A real example; with labels it is shown with its own, or with the one that the control has for this place.
    fn real(&mut self, example: &[f32], tile: usize, digits: Option<&Digits>, look: &mut Look) -> Result<()> {
        self.check_place(tile)?;
        let label = digits.map(|digits| digits.train_labels[self.real_row(tile)]);
        let told = match self.settings.recipe.labels {
            Labels::Shuffled => Some(InspectionProgram::shuffled(self.settings.seed, tile, self.classes())),
            Labels::None | Labels::Both | Labels::Projection => {
                digits.map(|digits| usize::from(digits.class_of_train(self.real_row(tile))))
            }
        };
        let told: Vec<f32> = one_hot(told, self.classes()).collect();
        self.put(self.label, &told)?;
        look.push("example", "", example);
        if let Some(label) = label {
            look.push("label", "", &[label.into()]);
        }
        self.judge(example, digits, look)
    }

    /// The row in the training set of a place in the page of real examples.
    pub fn real_row(&self, tile: usize) -> usize {
        let (tile, count) = (tile as u32, self.data.count as u32);
        rng::permuted(self.settings.seed, tile / count, tile % count, count) as usize
    }

    /// The discriminator's verdict on an example, with the label that was put in, and the example's neighbours.
    fn judge(&mut self, example: &[f32], digits: Option<&Digits>, look: &mut Look) -> Result<()> {
        self.put(self.example, example)?;
        self.run(plans::DISCRIMINATOR, look)?;
        let Some(digits) = digits else { return Ok(()) };
        let count = digits.train.len() / PIXELS;
        let mut search = NearestSearch::few(example, [SIDE, SIDE], count, NEIGHBOURS)?;
        search.advance(&digits.train, count)?;
        let (mut bytes, mut distances, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for found in search.nearest().into_iter().flatten() {
            bytes.extend_from_slice(&digits.train[found.index * PIXELS..][..PIXELS]);
            distances.push(found.distance as f32);
            labels.push(f32::from(digits.train_labels[found.index]));
        }
        look.push("neighbours", "", &scaled(&bytes));
        look.push("distances", "", &distances);
        look.push("labels", "", &labels);
        look.push("searched", "", &[count as f32]);
        Ok(())
    }

    /// D's logit for an example that comes from nowhere, with the label of the one that was looked at last, and the gradient
    /// of that logit by the example.
    pub fn verdict(&mut self, example: &[f32]) -> Result<Look> {
        let mut look = Look::default();
        self.judge(example, None, &mut look)?;
        Ok(look)
    }

    fn run(&mut self, plan: usize, look: &mut Look) -> Result<()> {
        self.backend.run(plan)?;
        look.parts.extend_from_slice(&self.parts[plan]);
        look.values.extend(self.backend.output(plan));
        Ok(())
    }

    fn classes(&self) -> usize {
        if self.settings.recipe.labels == Labels::None { 0 } else { self.data.classes }
    }

    fn check_place(&self, tile: usize) -> Result<()> {
        let count: usize = self.settings.recipe.page(self.data).iter().product();
        if tile < count {
            return Ok(());
        }
        let message = format!("takes a place on the page, from 0 to {}; it is {tile}", count - 1);
        Err(Error::Setting { key: "tile".into(), message })
    }

    /// Puts values into one of the buffers.
    fn put(&mut self, id: VariableId, values: &[f32]) -> Result<()> {
        let variable = self.backend.program().variables.get(id);
        let (network, offset) = (variable.network, variable.offset);
        let mut buffers = self.backend.read(network, Arena::Buffers);
        buffers[offset..].iter_mut().zip(values).for_each(|(place, &value)| *place = value);
        self.backend.write(network, Arena::Buffers, &buffers)
    }
}
