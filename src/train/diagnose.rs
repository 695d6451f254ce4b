//! Finds where a run broke: from its last good state, on the CPU, dispatch by dispatch.

use crate::backend::Backend;
use crate::backend::cpu::NotFinite;
use crate::error::{Error, Result};
use crate::train::Trainer;
use crate::train::trainer::updates;
use std::fmt;

/// What a replay found.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The step in which the first number came that is not finite.
    pub step: u32,
    pub first: NotFinite,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotFinite { plan, op, tensor, element, elements, value } = &self.first;
        write!(f, "in step {}, in the {plan}\u{2019}s plan, `{op}` gave {value} ", self.step)?;
        write!(f, "for element {element} of {elements} of {tensor}; everything before it was a finite number")
    }
}

impl Trainer {
    /// Repeats up to `steps` steps of both networks from here, at the present learning rates, and answers with the first
    /// number that is not finite; None if all were. The state is then that of the end.
    ///
    /// None need not mean that rounding made the difference: the replay does not know whether the run trained one
    /// network alone or at other rates for a while.
    ///
    /// # Errors
    /// [`Error::Setting`] on the GPU: it does not stop between dispatches. A run there is repeated on the CPU from its
    /// last checkpoint, where the numbers are the same but for rounding.
    pub fn diagnose(&mut self, steps: u32) -> Result<Option<Diagnosis>> {
        let mut step = self.step();
        let end = step.saturating_add(steps);
        let Backend::Cpu(cpu) = &mut self.backend else {
            let message = "a run is taken apart on the CPU backend: load its checkpoint there".to_string();
            return Err(Error::Setting { key: "backend".into(), message });
        };
        let mut found = None;
        while found.is_none() && step < end {
            let updates = updates(&self.play, &self.settings, step);
            step += 1;
            for (turn, count) in self.play.turns.iter().zip(updates) {
                for _ in 0..count {
                    let clock = cpu.clocks().draw(turn.side.clock()).1;
                    let first = cpu.run_traced(turn.at(clock).0)?;
                    found = found.or(first.map(|first| Diagnosis { step, first }));
                }
            }
        }
        self.set_step(step);
        Ok(found)
    }
}
