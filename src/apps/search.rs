//! The search for a latent: Adam, unrolled in the graph, with the networks held still.

use crate::error::Result;
use crate::game::Step;
use crate::graph::{Tensor, Unary};

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.99;
const EPS: f32 = 1e-8;

/// Latents `[B, N]` after `steps` steps from `z` down `loss`, a sum over examples none of which looks at another: so each is
/// searched for by itself. The steps are Adam's (Kingma and Ba 2015), but that both moments begin as the first gradient has
/// them in place of a correction: so no step has constants of its own, and all steps share their shaders.
pub fn search(
    s: &mut Step,
    mut z: Tensor,
    steps: usize,
    rate: f32,
    loss: &dyn Fn(&mut Step, Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let mut moments: Option<[Tensor; 2]> = None;
    for _ in 0..steps {
        let value = loss(s, z)?;
        let gradient = s.graph.gradients(value, &[z])?[0];
        let mut new = [gradient, s.graph.unary(Unary::Square, gradient)?];
        if let Some(old) = moments {
            for ((new, old), beta) in new.iter_mut().zip(old).zip([BETA1, BETA2]) {
                let (kept, more) = (s.graph.mul_scalar(old, beta)?, s.graph.mul_scalar(*new, 1.0 - beta)?);
                *new = s.graph.add(kept, more)?;
            }
        }
        let deviation = s.graph.unary(Unary::Sqrt, new[1])?;
        let deviation = s.graph.add_scalar(deviation, EPS)?;
        let by = s.graph.div(new[0], deviation)?;
        let by = s.graph.mul_scalar(by, rate)?;
        z = s.graph.sub(z, by)?;
        moments = Some(new);
    }
    Ok(z)
}
