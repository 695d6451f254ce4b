//! Convolutions that are built of two-dimensional ones: with holes in the kernel, and over volumes. Being made of other
//! ops, they have derivatives of any order without rules of their own.

use crate::error::{Error, Result};
use crate::graph::{Conv, Graph, Tensor};
use crate::shape::Shape;

/// Geometry of a convolution over volumes, as in PyTorch's `conv3d`: `[depth, height, width]` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv3d {
    pub kernel_size: [usize; 3],
    pub stride: [usize; 3],
    pub padding: [usize; 3],
    pub dilation: [usize; 3],
}

impl Conv3d {
    /// The same along each axis, without holes.
    pub fn cube(kernel_size: usize, stride: usize, padding: usize) -> Self {
        Conv3d { kernel_size: [kernel_size; 3], stride: [stride; 3], padding: [padding; 3], dilation: [1; 3] }
    }

    /// What happens within a slice.
    fn plane(&self) -> (Conv, [usize; 2]) {
        let last = |all: [usize; 3]| [all[1], all[2]];
        let (kernel_size, stride, padding) = (last(self.kernel_size), last(self.stride), last(self.padding));
        (Conv { kernel_size, stride, padding }, last(self.dilation))
    }
}

impl Graph {
    /// [`Graph::conv2d`] whose kernel's elements lie `dilation` apart, as PyTorch's `conv2d(..., dilation=...)`:
    /// `conv.kernel_size` is that of w. The holes are multiplied as zeros.
    pub fn conv2d_dilated(&mut self, x: Tensor, w: Tensor, conv: Conv, dilation: [usize; 2]) -> Result<Tensor> {
        let (w, conv) = self.dilated("conv2d", w, conv, dilation)?;
        self.conv2d(x, w, conv)
    }

    /// [`Graph::conv_transpose2d_padded`] whose kernel's elements lie `dilation` apart; `output_padding` may be anything
    /// below stride or dilation.
    pub fn conv_transpose2d_dilated(
        &mut self,
        x: Tensor,
        w: Tensor,
        conv: Conv,
        output_padding: [usize; 2],
        dilation: [usize; 2],
    ) -> Result<Tensor> {
        let op = "conv_transpose2d";
        let below = |limits: [usize; 2]| (0..2).all(|axis| output_padding[axis] < limits[axis]);
        let either = [0, 1].map(|axis| conv.stride[axis].max(dilation[axis]));
        let (w, conv) = self.dilated(op, w, conv, dilation)?;
        if below(conv.stride) || !below(either) {
            return self.conv_transpose2d_padded(x, w, conv, output_padding);
        }
        // No convolution maps this size back to that of x: everything the kernel reaches, and zeros beyond it, is cut.
        let whole = self.conv_transpose2d(x, w, Conv { padding: [0, 0], ..conv })?;
        let mut y = self.pad(whole, &[[0; 3], [0; 3], [0, output_padding[0], 0], [0, output_padding[1], 0]], 0.0)?;
        for axis in 0..2 {
            let (shape, padding) = (self.shape(y).clone(), conv.padding[axis]);
            let Some(kept @ 1..) = shape[axis + 2].checked_sub(2 * padding) else {
                return Err(Error::shape(op, &[&shape], format!("padding {padding} removes the whole output")));
            };
            y = self.slice(y, axis + 2, padding, kept)?;
        }
        Ok(y)
    }

    /// A kernel with zeros between its elements, and the geometry that goes with it.
    fn dilated(&mut self, op: &'static str, w: Tensor, conv: Conv, dilation: [usize; 2]) -> Result<(Tensor, Conv)> {
        let shape = self.shape(w).clone();
        Self::check_geometry(op, &[&shape], &[&conv.kernel_size[..], &dilation].concat())?;
        if shape.rank() != 4 || shape[2..] != conv.kernel_size || dilation.contains(&0) {
            let message = format!("the weight must have kernel {:?}, and dilation be at least 1", conv.kernel_size);
            return Err(Error::shape(op, &[&shape], message));
        }
        if dilation == [1, 1] {
            return Ok((w, conv));
        }
        let w = self.pad(w, &[[0; 3], [0; 3], [0, 0, dilation[0] - 1], [0, 0, dilation[1] - 1]], 0.0)?;
        let spread = self.shape(w);
        Ok((w, Conv { kernel_size: [spread[2], spread[3]], ..conv }))
    }

    /// Convolution of x `[B, Ci, D, H, W]` with w `[Co, Ci, KD, KH, KW]`, as PyTorch's `conv3d` without bias:
    /// `[B, Co, OD, OH, OW]`. The slices that a kernel spans become channels of a convolution in two dimensions.
    ///
    /// # Errors
    /// [`Error::Shape`] when the shapes do not fit, or the kernel is larger than the padded input.
    pub fn conv3d(&mut self, x: Tensor, w: Tensor, conv: Conv3d) -> Result<Tensor> {
        let (input, weight) = self.check_volumes("conv3d", x, w, conv)?;
        if input[1] != weight[1] {
            let message = format!("the input has {} channels and the weight takes {}", input[1], weight[1]);
            return Err(Error::shape("conv3d", &[&input, &weight], message));
        }
        let (taps, step, hole) = (conv.kernel_size[0], conv.stride[0], conv.dilation[0]);
        let extent = |axis: usize| {
            let span = (conv.kernel_size[axis] - 1) * conv.dilation[axis] + 1;
            Some((input[axis + 2] + 2 * conv.padding[axis]).checked_sub(span)? / conv.stride[axis] + 1)
        };
        let (Some(depth), Some(height), Some(width)) = (extent(0), extent(1), extent(2)) else {
            let message = format!("the kernel is larger than the padded input (padding {:?})", conv.padding);
            return Err(Error::shape("conv3d", &[&input, &weight], message));
        };
        Self::check_result("conv3d", &[&input, &weight], &[input[0], weight[0], depth, height, width].into())?;
        let x = self.pad(x, &[[0; 3], [0; 3], [conv.padding[0], conv.padding[0], 0], [0; 3], [0; 3]], 0.0)?;
        let slices = (0..taps).map(|tap| self.slice_step(x, 2, tap * hole, depth, step));
        let slices = slices.collect::<Result<Vec<_>>>()?;
        let channels = self.concat(&slices, 1)?;
        let images = self.volumes_to_images(channels)?;
        let w = self.taps_as_channels(w)?;
        let (plane, dilation) = conv.plane();
        let y = self.conv2d_dilated(images, w, plane, dilation)?;
        self.images_to_volumes(y, input[0])
    }

    /// Transposed convolution of x `[B, Ci, D, H, W]` with w `[Ci, Co, KD, KH, KW]`, as PyTorch's `conv_transpose3d`
    /// without bias; an output extent is `(D - 1) stride - 2 padding + dilation (kernel_size - 1) + 1 + output_padding`.
    pub fn conv_transpose3d(
        &mut self,
        x: Tensor,
        w: Tensor,
        conv: Conv3d,
        output_padding: [usize; 3],
    ) -> Result<Tensor> {
        let op = "conv_transpose3d";
        let (input, weight) = self.check_volumes(op, x, w, conv)?;
        Self::check_geometry(op, &[&input, &weight], &output_padding)?;
        let (taps, step, hole) = (conv.kernel_size[0], conv.stride[0], conv.dilation[0]);
        let (batch, depth, channels) = (input[0], input[2], weight[1]);
        let reach = (depth - 1) * step + 1;
        let whole = reach + (taps - 1) * hole + output_padding[0];
        let (Some(kept @ 1..), true) = (whole.checked_sub(2 * conv.padding[0]), output_padding[0] < step.max(hole))
        else {
            let message = format!("padding {:?} and output_padding {output_padding:?} do not fit", conv.padding);
            return Err(Error::shape(op, &[&input, &weight], message));
        };
        if input[1] != weight[0] {
            let message = format!("the input has {} channels and the weight takes {}", input[1], weight[0]);
            return Err(Error::shape(op, &[&input, &weight], message));
        }
        let images = self.volumes_to_images(x)?;
        let w = self.taps_as_channels(w)?;
        let (plane, dilation) = conv.plane();
        let y = self.conv_transpose2d_dilated(images, w, plane, [output_padding[1], output_padding[2]], dilation)?;
        let [height, width] = [self.shape(y)[2], self.shape(y)[3]];
        let y = self.reshape(y, [batch, depth, taps, channels, height, width])?;
        // Each tap's slices go where it reaches from theirs.
        let mut sum: Option<Tensor> = None;
        for tap in 0..taps {
            let part = self.slice(y, 2, tap, 1)?;
            let part = self.reshape(part, [batch, depth, channels, height, width])?;
            let before = tap * hole;
            let spread = [before, whole - reach - before, step - 1];
            let part = self.pad(part, &[[0; 3], spread, [0; 3], [0; 3], [0; 3]], 0.0)?;
            sum = Some(match sum {
                Some(sum) => self.add(sum, part)?,
                None => part,
            });
        }
        let sum = sum.expect("a kernel has at least one tap");
        let y = self.slice(sum, 1, conv.padding[0], kept)?;
        self.permute(y, &[0, 2, 1, 3, 4])
    }

    fn check_volumes(&self, op: &'static str, x: Tensor, w: Tensor, conv: Conv3d) -> Result<(Shape, Shape)> {
        self.float(op, x)?;
        self.float(op, w)?;
        let (input, weight) = (self.shape(x).clone(), self.shape(w).clone());
        if input.rank() != 5 || weight.rank() != 5 || weight[2..] != conv.kernel_size {
            let message = format!("takes volumes [B, C, D, H, W] and a weight with kernel {:?}", conv.kernel_size);
            return Err(Error::shape(op, &[&input, &weight], message));
        }
        let Conv3d { kernel_size, stride, padding, dilation } = conv;
        Self::check_geometry(op, &[&input, &weight], &[kernel_size, stride, padding, dilation].concat())?;
        if conv.stride.contains(&0) || conv.dilation.contains(&0) {
            return Err(Error::shape(op, &[&input, &weight], "stride and dilation must be at least 1"));
        }
        Ok((input, weight))
    }

    /// `[B, C, D, H, W]` to `[B D, C, H, W]`.
    fn volumes_to_images(&mut self, x: Tensor) -> Result<Tensor> {
        let shape = self.shape(x).clone();
        let x = self.permute(x, &[0, 2, 1, 3, 4])?;
        self.reshape(x, [shape[0] * shape[2], shape[1], shape[3], shape[4]])
    }

    /// `[B D, C, H, W]` to `[B, C, D, H, W]`.
    fn images_to_volumes(&mut self, x: Tensor, batch: usize) -> Result<Tensor> {
        let shape = self.shape(x).clone();
        let x = self.reshape(x, [batch, shape[0] / batch, shape[1], shape[2], shape[3]])?;
        self.permute(x, &[0, 2, 1, 3, 4])
    }

    /// `[A, C, KD, KH, KW]` to `[A, KD C, KH, KW]`.
    fn taps_as_channels(&mut self, w: Tensor) -> Result<Tensor> {
        let shape = self.shape(w).clone();
        let w = self.permute(w, &[0, 2, 1, 3, 4])?;
        self.reshape(w, [shape[0], shape[2] * shape[1], shape[3], shape[4]])
    }
}
