//! The tuner: measures on the run's own device which kernel each of its products is fastest with, while the run trains.
//!
//! It is asked for one slice after another, between steps. First each shape of product, the heaviest first, is done by a
//! few candidates, on operands of its own, so nothing of the run is touched. A candidate whose result is not that of the
//! usual choice is out. Then the training plans are lowered with what was found, and some of the run's own steps go to
//! the new launches and some to the old in turn: the new ones stay if they are faster in whole steps too.

mod contest;

use super::{Only, Trainer};
use crate::backend::Backend;
use crate::backend::gpu::GpuDevice;
use crate::error::Result;
use crate::graph::Program;
use crate::graph::plan::Kernel;
use crate::kernel::{self, Launch, Tuning, Variant};
use crate::order::median;
use contest::{Contest, Turn};
use std::rc::Rc;

pub use contest::Pick;

/// A step has to be this much shorter for the new launches to stay.
const WORTH_IT: f64 = 0.98;
/// Samples of each kind of step.
const SAMPLES: usize = 8;
/// Shapes with less than this share of the arithmetic are left to the choice by shape.
const LEAST_SHARE: f64 = 0.02;

/// What the tuner may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Milliseconds of making, checking and timing candidates. The making of the plans' new launches may take half of it
    /// more; else they wait for the next visit.
    pub search_ms: f64,
    /// A device on which one candidate takes longer to make has more to lose than to gain.
    pub compile_ms: f64,
    /// Of the time that passes; training has the rest.
    pub share: f64,
}

impl Budget {
    /// While somebody waits for a GAN to learn.
    pub const BRIEF: Budget = Budget { search_ms: 1_000.0, compile_ms: 150.0, share: 0.2 };
    /// Somebody has asked for it, and trains meanwhile.
    pub const THOROUGH: Budget = Budget { share: 0.5, ..Budget::WHOLE };
    /// Nobody waits for anything else.
    pub const WHOLE: Budget = Budget { search_ms: f64::INFINITY, compile_ms: f64::INFINITY, share: 1.0 };
}

/// The tiled products of a program's training plans that a table does not have, the heaviest first.
pub fn open_shapes(program: &Program, known: &Tuning) -> Vec<Kernel> {
    let mut shapes: Vec<(String, u64, &Kernel)> = Vec::new();
    let mut all = 0;
    for dispatch in program.plans.iter().filter(|plan| plan.columns > 0).flat_map(|plan| &plan.dispatches) {
        let Some(shape) = kernel::product_shape(&dispatch.kernel) else { continue };
        all += shape.flops;
        match shapes.iter_mut().find(|(key, ..)| *key == shape.key) {
            Some(found) => found.1 += shape.flops,
            None => shapes.push((shape.key, shape.flops, &dispatch.kernel)),
        }
    }
    // Sorting a handful like this is less code for the page.
    let mut sorted: Vec<(u64, Kernel)> = Vec::new();
    for (key, flops, kernel) in shapes {
        if flops as f64 >= LEAST_SHARE * all as f64 && known.get(&key).is_none() {
            let place = sorted.iter().position(|(other, _)| *other < flops).unwrap_or(sorted.len());
            sorted.insert(place, (flops, kernel.clone()));
        }
    }
    sorted.into_iter().map(|(_, kernel)| kernel).collect()
}

/// Lets the candidates of one product compete with the usual kernel to the end. None where there is nothing to choose from.
///
/// # Errors
/// Those of the device.
pub async fn pick(
    gpu: &Rc<GpuDevice>,
    kernel: &Kernel,
    usual: Variant,
    budget: Budget,
    clock: fn() -> f64,
) -> Result<Option<Pick>> {
    let Some(mut contest) = Contest::begin(gpu, kernel, usual, budget.compile_ms).await? else { return Ok(None) };
    loop {
        match contest.advance(clock).await? {
            Turn::More => {}
            Turn::Picked(pick) => return Ok(Some(pick)),
            Turn::TooSlow(_) => return Ok(None),
        }
    }
}

/// The launches of each plan; none for those that stay.
type Set = Vec<Option<Vec<Launch>>>;

enum Stage {
    Search(Option<Box<Contest>>),
    /// The new launches are being made: those before this one are there.
    Making {
        tuned: Set,
        next: usize,
    },
    /// The old set and the new one, milliseconds of steps with each, and which is in place.
    Proof {
        sets: [Set; 2],
        samples: [Vec<f64>; 2],
        current: usize,
    },
    Done,
}

/// See the module.
pub struct Tuner {
    gpu: Rc<GpuDevice>,
    /// Milliseconds, of any beginning.
    clock: fn() -> f64,
    budget: Budget,
    open: Vec<Kernel>,
    tuning: Tuning,
    picks: Vec<Pick>,
    spent_ms: f64,
    stage: Stage,
    /// What it has to say; empty before it is done.
    message: String,
}

impl Tuner {
    /// A tuner for a run that was lowered with what is `known`, and whose shaders took `compile_ms` each to make. None on
    /// the CPU.
    pub fn new(trainer: &Trainer, known: Tuning, compile_ms: f64, budget: Budget, clock: fn() -> f64) -> Option<Tuner> {
        let Backend::Gpu(gpu) = trainer.backend() else { return None };
        let mut open = open_shapes(gpu.program(), &known);
        open.reverse(); // they are taken from the end
        let mut tuner = Tuner {
            gpu: gpu.device().clone(),
            clock,
            budget,
            open,
            tuning: known,
            picks: Vec::new(),
            spent_ms: 0.0,
            stage: Stage::Search(None),
            message: String::new(),
        };
        if tuner.open.is_empty() {
            let known = tuner.in_words();
            tuner.end(format!("As measured on an earlier visit, {known}."));
        } else if compile_ms > budget.compile_ms {
            tuner.refuse(compile_ms);
        }
        Some(tuner)
    }

    fn end(&mut self, message: String) {
        self.stage = Stage::Done;
        self.message = message;
    }

    /// A kernel takes so many milliseconds to make.
    fn refuse(&mut self, ms: f64) {
        self.end(format!(
            "The kernels are the usual ones: each takes {ms:.0} ms to make here, so comparing them with others would cost \
             more than it could save."
        ));
    }

    /// What this device's products get where nothing is known.
    fn usual(&self) -> Variant {
        self.tuning.others
    }

    /// How many shapes have another kernel than the usual one.
    fn in_words(&self) -> String {
        let others = self.tuning.shapes().iter().filter(|(_, variant)| *variant != self.usual()).count();
        let all = self.tuning.shapes().len();
        format!("{others} of {all} products here have a faster kernel than the usual one")
    }

    /// What it picked, in a sentence or two, once it is done; else nothing.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether it is neither done nor waiting for steps to be observed.
    pub fn wants_time(&self) -> bool {
        matches!(self.stage, Stage::Search(_) | Stage::Making { .. })
    }

    /// Whether it wants to know how long steps take, each run by itself.
    pub fn wants_steps(&self) -> bool {
        matches!(self.stage, Stage::Proof { .. })
    }

    /// How much of the time it may have, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.budget.share
    }

    /// What it has measured in this run.
    pub fn picks(&self) -> &[Pick] {
        &self.picks
    }

    /// What is known of the device.
    pub fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// Does one slice of the work: makes a shader, or times some. The device must be at rest.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn advance(&mut self, trainer: &mut Trainer) -> Result<()> {
        let begin = (self.clock)();
        match &mut self.stage {
            Stage::Search(None) => match self.open.pop() {
                Some(_) if self.spent_ms >= self.budget.search_ms => self.make(trainer),
                Some(kernel) => match Contest::begin(&self.gpu, &kernel, self.usual(), self.budget.compile_ms).await? {
                    Some(contest) => self.stage = Stage::Search(Some(Box::new(contest))),
                    None => {
                        let shape = kernel::product_shape(&kernel).expect("those that are open have one");
                        self.tuning.set(&shape.key, self.usual());
                    }
                },
                None => self.make(trainer),
            },
            Stage::Search(Some(contest)) => match contest.advance(self.clock).await? {
                Turn::More => {}
                Turn::TooSlow(ms) => self.refuse(ms),
                Turn::Picked(pick) => {
                    self.tuning.set(&pick.key, pick.variant);
                    self.picks.push(pick);
                    self.stage = Stage::Search(None);
                }
            },
            Stage::Making { tuned, next } => {
                let Backend::Gpu(gpu) = &mut trainer.backend else { return Ok(()) };
                let before = gpu.pipeline_count();
                let launches: Vec<&Launch> = tuned.iter().flatten().flatten().collect();
                while *next < launches.len() && gpu.pipeline_count() == before {
                    gpu.compile(launches[*next]).await?;
                    *next += 1;
                }
                if *next == launches.len() {
                    let old =
                        tuned.iter().enumerate().map(|(plan, set)| set.as_ref().map(|_| gpu.launches(plan).to_vec()));
                    let sets = [old.collect(), std::mem::take(tuned)];
                    self.stage = Stage::Proof { sets, samples: [Vec::new(), Vec::new()], current: 0 };
                } else if self.spent_ms > 1.5 * self.budget.search_ms {
                    let words = self.in_words();
                    self.end(format!("By themselves {words}; they are used from the next visit on."));
                }
            }
            Stage::Proof { .. } | Stage::Done => {}
        }
        self.spent_ms += (self.clock)() - begin;
        Ok(())
    }

    /// Lowers the training plans with what was found, if that makes a difference.
    fn make(&mut self, trainer: &Trainer) {
        let Backend::Gpu(gpu) = trainer.backend() else { return };
        let new = kernel::lower_plans(gpu.program(), &self.tuning).into_iter().enumerate();
        let tuned: Set = new.map(|(plan, set)| differ(&set, gpu.launches(plan)).then_some(set)).collect();
        if tuned.iter().all(Option::is_none) {
            let count = self.picks.len();
            self.end(format!(
                "The kernels are the usual ones, and the fastest of those measured here ({count} products)."
            ));
        } else {
            self.stage = Stage::Making { tuned, next: 0 };
        }
    }

    /// So many steps took `ms`, from a device at rest to a device at rest. Puts the other launches in place for the next
    /// ones, or those that are to stay.
    ///
    /// # Errors
    /// Those of the device.
    pub fn observe(&mut self, trainer: &mut Trainer, steps: usize, only: Only, ms: f64) -> Result<()> {
        let (Stage::Proof { sets, samples, current }, Backend::Gpu(gpu)) = (&mut self.stage, &mut trainer.backend)
        else {
            return Ok(());
        };
        if only != Only::Both || steps == 0 {
            return Ok(());
        }
        samples[*current].push(ms / steps as f64);
        let is_over = samples.iter().all(|samples| samples.len() >= SAMPLES);
        let medians = [0, 1].map(|set| median(&samples[set]));
        let is_faster = medians[1] < WORTH_IT * medians[0];
        let wanted = if is_over { usize::from(is_faster) } else { 1 - *current };
        if wanted != *current {
            for (plan, launches) in sets[wanted].iter().enumerate() {
                if let Some(launches) = launches {
                    gpu.replace(plan, launches.clone())?;
                }
            }
            *current = wanted;
        }
        if is_over {
            let [usual, tuned] = medians;
            if !is_faster {
                // They are not to be tried again.
                let usual = self.usual();
                self.picks.iter().for_each(|pick| self.tuning.set(&pick.key, usual));
            }
            let words = match is_faster {
                true => format!(
                    "Measured here: {}. A step takes {tuned:.2} ms with them, {usual:.2} ms without.",
                    self.in_words()
                ),
                false => format!(
                    "The kernels are the usual ones: with those that were faster by themselves a step takes {tuned:.2} ms, \
                     without {usual:.2} ms."
                ),
            };
            self.end(words);
        }
        Ok(())
    }
}

fn differ(one: &[Launch], other: &[Launch]) -> bool {
    one.len() != other.len() || one.iter().zip(other).any(|(one, other)| one.source != other.source)
}
