//! Runs a plan with a look at every number that it writes.

use super::CpuBackend;
use crate::error::Result;
use crate::graph::plan::{Dispatch, Kernel};
use ganvas_loops::Real;

/// Where a number appeared that is not finite.
#[derive(Clone, Debug, PartialEq)]
pub struct NotFinite {
    /// The plan's name.
    pub plan: &'static str,
    /// What was computed.
    pub op: String,
    /// What it was computed for: a parameter's gradient, a running value, or a part of the step.
    pub tensor: String,
    /// Which element, of how many.
    pub element: usize,
    pub elements: usize,
    pub value: f32,
}

impl<T: Real> CpuBackend<T> {
    /// Runs a plan once and looks at what each dispatch wrote: the first that is no finite number, if there is one.
    /// The plan is run to its end.
    pub fn run_traced(&mut self, plan: usize) -> Result<Option<NotFinite>> {
        let program = self.program.clone();
        let Some(dispatches) = program.plans.get(plan).map(|plan| &plan.dispatches) else { return Ok(None) };
        let mut found = None;
        for (position, dispatch) in dispatches.iter().enumerate() {
            self.run_dispatch(plan, position, dispatch);
            if found.is_none() {
                found = self.trace(plan, dispatch);
            }
        }
        Ok(found)
    }

    fn trace(&self, plan: usize, dispatch: &Dispatch) -> Option<NotFinite> {
        // The ring still holds rows of before.
        if matches!(dispatch.kernel, Kernel::Record { .. }) {
            return None;
        }
        let values = self.memory.region(plan, &dispatch.output);
        let element = values.iter().position(|value| !value.to_f32().is_finite())?;
        Some(NotFinite {
            plan: self.program.plans[plan].name,
            op: dispatch.kernel.describe(),
            tensor: self.program.variables.describe(&dispatch.output, element),
            element,
            elements: values.len(),
            value: values[element].to_f32(),
        })
    }
}
