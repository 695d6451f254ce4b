//! Products: the matrix product and the three faces of the convolution.

use crate::error::{Error, Result};
use crate::graph::{Conv, DType, Graph, Op, Tensor};
use crate::shape::Shape;

impl Graph {
    /// `op(a) op(b)` of matrices `[..., M, K]` and `[..., K, N]`, as `torch.matmul`: `[..., M, N]`. The axes in front
    /// broadcast; a flag says that an input's last two axes come exchanged.
    ///
    /// # Errors
    /// [`Error::Shape`] when an input is no matrix, the inner extents differ, or the axes in front do not broadcast.
    pub fn matmul(&mut self, a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool) -> Result<Tensor> {
        self.float("matmul", a)?;
        self.float("matmul", b)?;
        let (left, right) = (self.shape(a).clone(), self.shape(b).clone());
        let fail = |message: String| Err(Error::shape("matmul", &[&left, &right], message));
        let (Some((&[a0, a1], outer_a)), Some((&[b0, b1], outer_b))) = (
            left.split_last_chunk::<2>().map(|(rest, last)| (last, rest)),
            right.split_last_chunk::<2>().map(|(rest, last)| (last, rest)),
        ) else {
            return fail("both inputs must be matrices".into());
        };
        let (m, k) = if transpose_a { (a1, a0) } else { (a0, a1) };
        let (inner, n) = if transpose_b { (b1, b0) } else { (b0, b1) };
        if k != inner {
            return fail(format!("the inner extents {k} and {inner} differ"));
        }
        let Some(outer) = Shape::broadcast(&outer_a.into(), &outer_b.into()) else {
            return fail("the axes before the matrices do not broadcast".into());
        };
        let extents = |last: [usize; 2]| Shape::from([&outer[..], &last].concat());
        Self::check_extents("matmul", &extents([m, n]))?;
        let op = Op::MatMul { transpose_a, transpose_b };
        let batch = outer.elements();
        if batch == 1 {
            let (a, b) = (self.reshape(a, [a0, a1])?, self.reshape(b, [b0, b1])?);
            let product = self.push(op, vec![a, b], [m, n].into(), DType::F32);
            return self.reshape(product, extents([m, n]));
        }
        if !transpose_a && outer_b.iter().all(|&extent| extent == 1) {
            // One matrix for all: their rows are those of one long matrix.
            let (a, b) = (self.reshape(a, [batch * m, k])?, self.reshape(b, [b0, b1])?);
            let product = self.push(op, vec![a, b], [batch * m, n].into(), DType::F32);
            return self.reshape(product, extents([m, n]));
        }
        let (a, b) = (self.broadcast(a, &extents([a0, a1]))?, self.broadcast(b, &extents([b0, b1]))?);
        let (a, b) = (self.reshape(a, [batch, a0, a1])?, self.reshape(b, [batch, b0, b1])?);
        let product = self.push(op, vec![a, b], [batch, m, n].into(), DType::F32);
        self.reshape(product, extents([m, n]))
    }

    /// Convolution of x `[B, Ci, H, W]` with w `[Co, Ci, KH, KW]` (cross-correlation, as in PyTorch).
    pub fn conv2d(&mut self, x: Tensor, w: Tensor, conv: Conv) -> Result<Tensor> {
        self.float("conv2d", x)?;
        self.float("conv2d", w)?;
        let (input, weight) = (self.shape(x).clone(), self.shape(w).clone());
        self.check_conv("conv2d", &input, &weight, &weight, conv)?;
        if input[1] != weight[1] {
            let message = format!("the input has {} channels and the weight takes {}", input[1], weight[1]);
            return Err(Error::shape("conv2d", &[&input, &weight], message));
        }
        let Some([height, width]) = conv.output([input[2], input[3]]) else {
            let message = format!(
                "the kernel is larger than the padded input ({:?} with padding {:?})",
                conv.kernel_size, conv.padding
            );
            return Err(Error::shape("conv2d", &[&input, &weight], message));
        };
        let shape = Shape::from([input[0], weight[0], height, width]);
        Self::check_result("conv2d", &[&input, &weight], &shape)?;
        Ok(self.push(Op::Conv2d(conv), vec![x, w], shape, DType::F32))
    }

    /// Gradient of a convolution for its input of size `[height, width]`: g `[B, Co, OH, OW]` and w `[Co, Ci, KH, KW]`
    /// give `[B, Ci, height, width]`.
    pub fn conv2d_input_grad(&mut self, g: Tensor, w: Tensor, conv: Conv, size: [usize; 2]) -> Result<Tensor> {
        self.input_grad("conv2d_input_grad", g, w, conv, size)
    }

    /// The input gradient, under the name of what was asked for.
    fn input_grad(&mut self, op: &'static str, g: Tensor, w: Tensor, conv: Conv, size: [usize; 2]) -> Result<Tensor> {
        self.float(op, g)?;
        self.float(op, w)?;
        let (grad, weight) = (self.shape(g).clone(), self.shape(w).clone());
        self.check_conv(op, &grad, &weight, &weight, conv)?;
        if grad[1] != weight[0] {
            let message = format!("the first has {} channels and the weight is for {}", grad[1], weight[0]);
            return Err(Error::shape(op, &[&grad, &weight], message));
        }
        if conv.output(size) != Some([grad[2], grad[3]]) {
            let message = format!("an input of {size:?} does not give an output of {:?}", &grad[2..]);
            return Err(Error::shape(op, &[&grad, &weight], message));
        }
        let shape = Shape::from([grad[0], weight[1], size[0], size[1]]);
        Self::check_result(op, &[&grad, &weight], &shape)?;
        Ok(self.push(Op::Conv2dInputGrad(conv), vec![g, w], shape, DType::F32))
    }

    /// Gradient of a convolution for its weight: x `[B, Ci, H, W]` and g `[B, Co, OH, OW]` give `[Co, Ci, KH, KW]`.
    pub fn conv2d_weight_grad(&mut self, x: Tensor, g: Tensor, conv: Conv) -> Result<Tensor> {
        let op = "conv2d_weight_grad";
        self.float(op, x)?;
        self.float(op, g)?;
        let (input, grad) = (self.shape(x).clone(), self.shape(g).clone());
        let weight = Shape::from([1, 1, conv.kernel_size[0], conv.kernel_size[1]]);
        self.check_conv(op, &input, &weight, &grad, conv)?;
        if input[0] != grad[0] || conv.output([input[2], input[3]]) != Some([grad[2], grad[3]]) {
            return Err(Error::shape(
                op,
                &[&input, &grad],
                "the second is not an output of a convolution of the first",
            ));
        }
        let shape = Shape::from([grad[1], input[1], conv.kernel_size[0], conv.kernel_size[1]]);
        Self::check_result(op, &[&input, &grad], &shape)?;
        Ok(self.push(Op::Conv2dWeightGrad(conv), vec![x, g], shape, DType::F32))
    }

    /// Transposed convolution as PyTorch's `conv_transpose2d`: x `[B, Ci, H, W]`, w `[Ci, Co, KH, KW]`, output extent
    /// `(H - 1) stride - 2 padding + kernel_size`.
    pub fn conv_transpose2d(&mut self, x: Tensor, w: Tensor, conv: Conv) -> Result<Tensor> {
        self.conv_transpose2d_padded(x, w, conv, [0, 0])
    }

    /// [`Graph::conv_transpose2d`] with `output_padding` more rows and columns at the end: of the sizes that a
    /// convolution with a stride maps to one, it picks.
    pub fn conv_transpose2d_padded(
        &mut self,
        x: Tensor,
        w: Tensor,
        conv: Conv,
        output_padding: [usize; 2],
    ) -> Result<Tensor> {
        let op = "conv_transpose2d";
        let (input, weight) = (self.shape(x).clone(), self.shape(w).clone());
        self.check_conv(op, &input, &weight, &weight, conv)?;
        Self::check_geometry(op, &[&input, &weight], &output_padding)?;
        if (0..2).any(|axis| output_padding[axis] >= conv.stride[axis].max(1)) {
            let message = format!(
                "output_padding {output_padding:?} must be smaller than stride {:?}, or than the dilation",
                conv.stride
            );
            return Err(Error::shape(op, &[&input, &weight], message));
        }
        let extent = |axis: usize| {
            let reach = (input[axis + 2] - 1).saturating_mul(conv.stride[axis]).saturating_add(conv.kernel_size[axis]);
            reach.saturating_add(output_padding[axis]).checked_sub(2 * conv.padding[axis])
        };
        match (extent(0), extent(1)) {
            (Some(height @ 1..), Some(width @ 1..)) => self.input_grad(op, x, w, conv, [height, width]),
            _ => Err(Error::shape(op, &[&input, &weight], "the padding removes the whole output")),
        }
    }

    /// That the numbers of a geometry are such that sums and products of them are counted without overflow.
    pub(super) fn check_geometry(op: &'static str, shapes: &[&[usize]], numbers: &[usize]) -> Result<()> {
        const MOST: usize = 1 << 15;
        match numbers.iter().find(|&&number| number > MOST) {
            None => Ok(()),
            Some(number) => {
                Err(Error::shape(op, shapes, format!("{number} is more than a geometry may have ({MOST})")))
            }
        }
    }

    /// That what comes of inputs with `shapes` has elements, and not more than positions can be counted for.
    pub(super) fn check_result(op: &'static str, shapes: &[&[usize]], result: &Shape) -> Result<()> {
        Self::check_extents(op, result).map_err(|error| match error {
            Error::Shape { message, .. } => Error::shape(op, shapes, format!("the result, {result}: {message}")),
            other => other,
        })
    }

    fn check_conv(&self, op: &'static str, a: &Shape, weight: &Shape, b: &Shape, conv: Conv) -> Result<()> {
        if a.rank() != 4 || b.rank() != 4 || weight.rank() != 4 {
            return Err(Error::shape(op, &[a, b], "both inputs must have four axes"));
        }
        Self::no_empty(op, a)?;
        Self::no_empty(op, b)?;
        if weight[2..] != conv.kernel_size {
            let message = format!("the weight's kernel is not {:?}", conv.kernel_size);
            return Err(Error::shape(op, &[a, b], message));
        }
        Self::check_geometry(op, &[a, b], &[conv.kernel_size, conv.stride, conv.padding].concat())?;
        if conv.stride.contains(&0) || conv.kernel_size.contains(&0) {
            return Err(Error::shape(op, &[a, b], "stride and kernel_size must be at least 1"));
        }
        Ok(())
    }
}

impl Conv {
    /// Output extents for an input of `[height, width]`, or None when the kernel does not fit.
    pub fn output(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        let extent = |axis: usize| {
            let padded = self.padding[axis].checked_mul(2)?.checked_add(input[axis])?;
            padded.checked_sub(self.kernel_size[axis])?.checked_div(self.stride[axis])?.checked_add(1)
        };
        Some([extent(0)?, extent(1)?])
    }
}
