//! Layers, normalisation and losses: functions that build graph. Names and defaults are PyTorch's.

pub mod functional;
pub mod init;
mod layers;
pub mod losses;
mod normalization;
pub mod penalties;
mod style;
mod weights;

pub use losses::{AdversarialLoss, discriminator_loss, generator_loss, mean_output};
pub use weights::Weights;

use crate::error::Result;
use crate::graph::{Effect, Graph, Init, NetworkId, Role, Tensor, UpdateRule, VariableId, Variables};
use crate::shape::Shape;

/// How a network is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch norm uses the batch's statistics and folds them into its running ones.
    Train,
    /// Batch norm uses the batch's statistics and leaves the running ones alone: for a network that is only passed
    /// through while the other one learns.
    Frozen,
    /// Batch norm uses the running statistics, so a sample does not depend on the others of its batch.
    Eval,
}

/// Where a network's layers are built: the graph, the network whose variables they use, and how it is run.
pub struct Scope<'a> {
    pub graph: &'a mut Graph,
    pub variables: &'a mut Variables,
    pub network: NetworkId,
    pub mode: Mode,
    /// Whether layers use the moving average of each parameter in place of the parameter, and batch norm those of its
    /// running statistics.
    pub averaged: bool,
    /// Assignments of running statistics, collected for the plan.
    pub effects: Vec<Effect>,
    /// What each layer with weights puts out, behind its norm and activation, in the order in which they are built.
    pub layers: Vec<(String, Tensor)>,
    /// Where each pixel of a self-attention layer looks: its weights `[B, H W, (H / 2) (W / 2)]`, and H and W.
    pub attention: Vec<(String, Tensor, [usize; 2])>,
    /// How the layers built from here on start and treat their weights.
    pub weights: Weights,
}

impl<'a> Scope<'a> {
    /// A scope for the network called `name`.
    pub fn new(graph: &'a mut Graph, variables: &'a mut Variables, name: &str, mode: Mode) -> Self {
        let network = variables.network(name);
        let (effects, layers, attention) = (Vec::new(), Vec::new(), Vec::new());
        let weights = Weights::default();
        Scope { graph, variables, network, mode, averaged: false, effects, layers, attention, weights }
    }

    /// A trainable variable, made on first use.
    pub fn parameter(&mut self, name: &str, shape: impl Into<Shape>, init: Init) -> Result<Tensor> {
        let id = self.variables.variable(self.network, name, shape.into(), Role::Parameter, init)?;
        Ok(self.read(id))
    }

    /// A variable, or its moving average where the scope is averaged.
    pub(crate) fn read(&mut self, id: VariableId) -> Tensor {
        match self.averaged {
            true => self.graph.average(self.variables, id),
            false => self.graph.variable(self.variables, id),
        }
    }

    /// The scope for sampling with the moving averages of the parameters (Karras et al. 2018 sample so).
    pub fn averaged(mut self) -> Self {
        self.averaged = true;
        self
    }

    /// A variable that steps assign, made on first use.
    pub fn buffer(&mut self, name: &str, shape: impl Into<Shape>, init: Init) -> Result<(VariableId, Tensor)> {
        let id = self.variables.variable(self.network, name, shape.into(), Role::Buffer, init)?;
        Ok((id, self.graph.variable(self.variables, id)))
    }

    /// Leaves `value` in a buffer for the next step; a layer that is used twice in a step leaves it once.
    pub(crate) fn assign(&mut self, variable: VariableId, value: Tensor) {
        let same = |effect: &Effect| matches!(effect, Effect::Assign { variable: known, .. } if *known == variable);
        self.effects.retain(|effect| !same(effect));
        self.effects.push(Effect::Assign { variable, value });
    }
}

/// The effect that updates all of a network's parameters along the gradient of `loss`. `rule` may be an optimiser alone.
pub fn update(
    graph: &mut Graph,
    variables: &Variables,
    network: NetworkId,
    loss: Tensor,
    rule: impl Into<UpdateRule>,
) -> Result<Effect> {
    let trained =
        variables.iter().filter(|(_, variable)| variable.network == network && variable.role == Role::Parameter);
    let ids: Vec<VariableId> = trained.map(|(id, _)| id).collect();
    let parameters: Vec<Tensor> = ids.iter().map(|&id| graph.variable(variables, id)).collect();
    let gradients = graph.gradients(loss, &parameters)?;
    Ok(Effect::Update { network, rule: rule.into(), gradients: ids.into_iter().zip(gradients).collect() })
}
