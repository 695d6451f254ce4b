//! Where a case is built, and how a step reads its inputs and attributes there.

use super::file::{Case, Step};
use crate::error::Result;
use crate::graph::{Conv, Conv3d, Effect, Graph, Tensor, Variables};

/// Where steps are built.
pub(super) struct Place<'a> {
    pub graph: &'a mut Graph,
    pub variables: &'a mut Variables,
    pub case: &'a Case,
    /// Stands before the names of the case's networks, which share one registry with those of other cases.
    pub prefix: String,
    pub effects: Vec<Effect>,
}

impl Place<'_> {
    /// The inputs, which must be this many.
    pub fn take<const N: usize>(&self, step: &Step, inputs: &[Tensor]) -> Result<[Tensor; N]> {
        inputs
            .try_into()
            .map_err(|_| self.case.broken(format!("{} takes {N} inputs and was given {}", step.op, inputs.len())))
    }

    /// A list of numbers that must be this many; an empty one stands for `default` everywhere.
    pub fn list<const N: usize>(&self, step: &Step, what: &str, list: &[usize], default: usize) -> Result<[usize; N]> {
        if list.is_empty() {
            return Ok([default; N]);
        }
        list.try_into().map_err(|_| self.case.broken(format!("{}: {what} {list:?} must have {N} numbers", step.op)))
    }

    /// The kernel's extents: the attribute, or those of the weight.
    fn kernel(&self, step: &Step, weight: Option<Tensor>) -> Vec<usize> {
        match weight {
            Some(weight) if step.attributes.kernel_size.is_empty() => {
                self.graph.shape(weight).iter().skip(2).copied().collect()
            }
            _ => step.attributes.kernel_size.clone(),
        }
    }

    /// A convolution's geometry; the kernel's extents are those of `weight` unless they are given.
    pub fn conv(&self, step: &Step, weight: Option<Tensor>) -> Result<Conv> {
        let attributes = &step.attributes;
        let kernel = self.kernel(step, weight);
        Ok(Conv {
            kernel_size: self.list(step, "kernel_size", &kernel, 0)?,
            stride: self.list(step, "stride", &attributes.stride, 1)?,
            padding: self.list(step, "padding", &attributes.padding, 0)?,
        })
    }

    /// [`Place::conv`] over volumes.
    pub fn conv3d(&self, step: &Step, weight: Option<Tensor>) -> Result<Conv3d> {
        let attributes = &step.attributes;
        let kernel = self.kernel(step, weight);
        Ok(Conv3d {
            kernel_size: self.list(step, "kernel_size", &kernel, 0)?,
            stride: self.list(step, "stride", &attributes.stride, 1)?,
            padding: self.list(step, "padding", &attributes.padding, 0)?,
            dilation: self.list(step, "dilation", &attributes.dilation, 1)?,
        })
    }
}
