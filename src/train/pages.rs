//! What a run shows: the pages of its galleries, samples and real examples.

use super::picture::{self, Picture, Style};
use crate::backend::Clocks;
use crate::error::{Error, Result};
use crate::game::Gallery;
use crate::gan::Labels;
use crate::graph::Program;
use crate::train::Trainer;

/// Samples or examples, and what D said of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// `[count, numbers]`
    pub examples: Vec<f32>,
    /// D's logits, `[count]`
    pub logits: Vec<f32>,
}

impl Trainer {
    /// Runs page 0 of a gallery with the run's own seed; its output is then on the device.
    pub fn start_page(&mut self, gallery: &str) -> Result<()> {
        let plan = self.gallery(gallery)?.plan;
        self.run_page(plan, None, 0)
    }

    fn run_page(&mut self, plan: usize, seed: Option<u32>, page: u32) -> Result<()> {
        let seed = seed.unwrap_or(self.settings.seed);
        let clocks = self.backend.clocks();
        let wanted = Clocks { sample_seed: seed, sample_page: page, ..clocks };
        if wanted != clocks {
            self.backend.set_clocks(wanted);
        }
        self.backend.run(&[plan])
    }

    fn gallery(&self, key: &str) -> Result<&Gallery> {
        self.play.gallery(key).ok_or_else(|| {
            let known = self.play.galleries.iter().map(|gallery| gallery.key).collect::<Vec<_>>().join(", ");
            Error::Setting { key: "gallery".into(), message: format!("is “{key}”, and this run has {known}") }
        })
    }

    /// Images in the picture of the first gallery, `[columns, rows]`.
    pub fn page(&self) -> [usize; 2] {
        self.play.galleries.first().map_or([0, 0], Gallery::page)
    }

    /// Whether samples are ordered by class: a column for each.
    pub fn orders_classes(&self) -> bool {
        let samples = self.play.gallery("samples");
        self.settings.recipe.labels != Labels::None || samples.is_some_and(|samples| samples.classes().is_some())
    }

    /// What one page of a gallery puts out: its parts, one after another.
    ///
    /// # Errors
    /// [`Error::Setting`] for a gallery that this run does not have.
    pub async fn put_out(&mut self, gallery: &str, seed: Option<u32>, page: u32) -> Result<Vec<f32>> {
        let plan = self.gallery(gallery)?.plan;
        self.run_page(plan, seed, page)?;
        self.backend.output(plan).await
    }

    /// The images (or points) that a gallery draws on page 0 of the run's own seed, and how many there are in a row.
    ///
    /// # Errors
    /// As [`Trainer::put_out`].
    pub async fn drawn(&mut self, gallery: &str) -> Result<(Vec<f32>, usize)> {
        let ([columns, rows], form) = (self.gallery(gallery)?.page(), self.gallery(gallery)?.form());
        let mut output = self.put_out(gallery, None, 0).await?;
        output.truncate(columns * rows * form.numbers());
        Ok((output, columns))
    }

    /// The same as a picture.
    ///
    /// # Errors
    /// As [`Trainer::put_out`].
    pub async fn picture(&mut self, gallery: &str, style: &Style) -> Result<Picture> {
        let (examples, columns) = self.drawn(gallery).await?;
        Ok(picture::of(self.gallery(gallery)?.form(), &examples, columns, style))
    }

    /// One page of the samples, the real or the held-out examples of a pair.
    pub async fn shown(&mut self, gallery: &str, seed: Option<u32>, page: u32) -> Result<Shown> {
        let mut examples = self.put_out(gallery, seed, page).await?;
        let [columns, rows] = self.page();
        let logits = examples.split_off(columns * rows * self.data.form.numbers());
        Ok(Shown { examples, logits })
    }

    /// `count` samples `[count, numbers]`: images in [-1, 1], or points. The first ones do not depend on how many. With a
    /// `label` they are of that class.
    ///
    /// # Errors
    /// [`Error::Setting`] for no or too many samples, and for a class that the run does not know.
    pub async fn samples(&mut self, count: usize, seed: Option<u32>, label: Option<u32>) -> Result<Vec<f32>> {
        let [columns, _] = self.page();
        if let Some(label) = label {
            let told = self.orders_classes();
            let labels = self.data.labels();
            if !told || label as usize >= labels {
                let message = match (told, labels) {
                    (false, _) => "needs a generator that is told the class, as that of quick-mnist is".into(),
                    (true, 0) => "cannot be ordered: the classes of this run are groups without a name".into(),
                    (true, _) => format!("takes a class from 0 to {}; it is {label}", labels - 1),
                };
                return Err(Error::Setting { key: "label".into(), message });
            }
        }
        let wanted = label.map(|label| (label as usize, columns));
        self.pages("samples", count, seed, wanted).await
    }

    /// `count` real examples, likewise.
    pub async fn real(&mut self, count: usize) -> Result<Vec<f32>> {
        self.pages("real", count, None, None).await
    }

    /// `of`: only every so manieth example, from which one on.
    async fn pages(
        &mut self,
        gallery: &str,
        count: usize,
        seed: Option<u32>,
        of: Option<(usize, usize)>,
    ) -> Result<Vec<f32>> {
        const MOST: usize = 65_536;
        if count == 0 || count > MOST {
            let message = format!("takes 1 to {MOST} samples; {count} were asked for");
            return Err(Error::Setting { key: "samples".into(), message });
        }
        let (first, stride) = of.unwrap_or((0, 1));
        let numbers = self.data.form.numbers();
        let mut samples = Vec::with_capacity(count * numbers);
        let mut page = 0;
        while samples.len() < count * numbers {
            let shown = self.shown(gallery, seed, page).await?;
            samples.extend(shown.examples.chunks_exact(numbers).skip(first).step_by(stride).flatten());
            page += 1;
        }
        samples.truncate(count * numbers);
        Ok(samples)
    }

    /// A program whose one plan yields a page of samples.
    ///
    /// # Errors
    /// [`Error::Setting`] for a game that has none.
    pub(super) fn sampler(&self) -> Result<Program> {
        if self.is_pair() {
            return self.settings.recipe.sampler(self.data);
        }
        let (program, plan) = (self.backend.program(), self.gallery("samples")?.plan);
        let Program { variables, plans } = program;
        // It gathers nothing, so it needs no tables.
        let mut variables = variables.clone();
        variables.tables.clear();
        Ok(Program { variables, plans: vec![plans[plan].clone()] })
    }
}
