//! Fakes of earlier steps, so that a discriminator does not forget what it has learned to tell (Shrivastava et al. 2017; Zhu
//! et al. 2017 keep 50 of them).

use super::Step;
use crate::error::{Error, Result};
use crate::graph::{Init, Role, Tensor};

impl Step<'_, '_> {
    /// Half of the fakes `[B, ...]`, at random, changed for one of a pool of about `size` (0 for no pool), whose place they
    /// take; the other half as they are, which the pool does not see. The pool, buffers of a network called `name`, is first filled. It holds
    /// a whole number of batches, so that no place is drawn twice in a step.
    ///
    /// # Errors
    /// [`Error::Setting`] for a pool that holds no batch.
    pub fn pooled(&mut self, name: &'static str, fakes: Tensor, size: usize) -> Result<Tensor> {
        if size == 0 {
            return Ok(fakes);
        }
        let shape = self.graph.shape(fakes).clone();
        let (batch, width) = (shape[0], shape.elements() / shape[0]);
        let batches = (size as f32 / batch as f32).round() as usize;
        if batches == 0 {
            let message = format!("is {size}, which is less than half a batch of {batch}: choose at least that many.");
            return Err(Error::Setting { key: "pool_size".into(), message });
        }
        let size = batches * batch;
        let (clock, draw) = (self.clock(), self.draw());
        let network = self.draft.variables.network(name);
        let init = Init::Constant(0.0);
        let pool = self.draft.variables.variable(network, "images", [size, width].into(), Role::Buffer, init)?;
        let graph = &mut self.graph;
        let kept = graph.variable(&self.draft.variables, pool);
        let places = graph.shuffled_index_of(draw.stream, clock, size, batch)?;
        let new = graph.stop_gradient(fakes);
        let new = graph.reshape(new, [batch, width])?;
        let old = graph.gather_rows(kept, places)?;

        // The first `batches` runs visit each place once: until then everything is kept and shown as it is.
        let full = graph.ramp(clock, batches as u32 - 1, batches as u32)?;
        let full = graph.reshape(full, [1, 1])?;
        let chance = graph.uniform(draw, [batch, 1]);
        let half = graph.constant(0.5, [1, 1]);
        let heads = graph.less(chance, half)?;
        let changed = graph.mul(heads, full)?;
        let one = graph.constant(1.0, [1, 1]);
        let filling = graph.sub(one, full)?;
        let stored = graph.maximum(heads, filling)?;

        // What is stored takes the old one's place exactly: added differences would round.
        let marks = graph.scatter_add(stored, places, size)?;
        let staying = graph.sub(one, marks)?;
        let staying = graph.mul(kept, staying)?;
        let coming = graph.mul(new, stored)?;
        let coming = graph.scatter_add(coming, places, size)?;
        let next = graph.add(staying, coming)?;
        let shown = graph.select(changed, old, new)?;
        let shown = graph.reshape(shown, shape)?;
        self.effects.push(crate::graph::Effect::Assign { variable: pool, value: next });
        Ok(shown)
    }
}
