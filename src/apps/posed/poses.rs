//! What is asked of the networks, as tensors: somebody, two poses, and where the body is.

use crate::error::Result;
use crate::game::{Listed, Role, Step};
use crate::graph::{Tensor, Unary};
use crate::nn::functional;
use ganvas_sets::figures::{JOINTS, LINES, SIDE};

/// Standard deviation of a joint's heat map, and radii of limbs so that they cover a body and as they are shown, in pixels.
const SIGMA: f32 = 1.5;
pub(super) const BODY: f32 = 3.2;
const STICK: f32 = 0.6;

/// Somebody, how they stand, and how they shall: picture `[B, 3, 32, 32]` and heat maps `[B, 13, 32, 32]`.
pub(super) struct Asked {
    pub source: Tensor,
    pub poses: [Tensor; 2],
}

pub(super) fn asked(s: &mut Step, wanted: Tensor) -> Result<Asked> {
    let (source, joints) = (s.row("data", "source")?, s.row("data", "source_joints")?);
    let mut heat = |joints: Tensor| {
        let points = places(s, joints)?;
        functional::heat_maps(&mut s.graph, points, SIDE, SIGMA)
    };
    Ok(Asked { source, poses: [heat(joints)?, heat(wanted)?] })
}

/// Joints `[B, 26]` as points `[B, 13, 2]`.
fn places(s: &mut Step, joints: Tensor) -> Result<Tensor> {
    let batch = s.graph.shape(joints)[0];
    s.graph.reshape(joints, [batch, JOINTS.len(), 2])
}

/// The limbs of joints `[B, 26]`, `[B, 1, 32, 32]` from 0 to 1.
pub(super) fn limbs(s: &mut Step, joints: Tensor, radius: f32) -> Result<Tensor> {
    let points = places(s, joints)?;
    functional::lines(&mut s.graph, points, &LINES, SIDE, radius)
}

/// Mean of |a - b| (1 + M), where M is 1 on the body.
pub(super) fn distance(s: &mut Step, a: Tensor, b: Tensor, body: Tensor) -> Result<Tensor> {
    let difference = s.graph.sub(a, b)?;
    let difference = s.graph.unary(Unary::Abs, difference)?;
    let weight = s.graph.add_scalar(body, 1.0)?;
    let weighted = s.graph.mul(difference, weight)?;
    s.graph.mean_all(weighted)
}

/// Somebody and the wanted pose as a stick figure, which galleries begin with.
pub(super) fn shown(s: &mut Step, asked: &Asked, wanted: Tensor) -> Result<Vec<Listed>> {
    let cover = limbs(s, wanted, STICK)?;
    let doubled = s.graph.mul_scalar(cover, 2.0)?;
    let figure = s.graph.add_scalar(doubled, -1.0)?;
    Ok(vec![("source", "Somebody", Role::Input, asked.source), ("pose", "Wanted pose", Role::Input, figure)])
}
