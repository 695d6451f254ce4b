//! Where elements lie: reshape, broadcast, permute, slice, pad, concat, and rows by number.

use crate::error::{Error, Result};
use crate::graph::{DType, Graph, Node, Op, Tensor};
use crate::shape::Shape;

/// No axis is longer than this, and no tensor has more elements: positions fit in a `u32` on every device.
const MAX_ELEMENTS: u64 = u32::MAX as u64;

impl Graph {
    /// The same elements with other extents.
    pub fn reshape(&mut self, x: Tensor, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        let known = self.shape(x).clone();
        if known.checked_elements() != shape.checked_elements() {
            let message = format!("{} elements cannot become {shape}", known.elements());
            return Err(Error::shape("reshape", &[&known], message));
        }
        if known == shape {
            return Ok(x);
        }
        if let Op::Constant(value) = self.node(x).op {
            return Ok(self.constant(value.value(), shape));
        }
        // Two reshapes are one.
        let (x, dtype) = match self.node(x) {
            Node { op: Op::Reshape, inputs, dtype, .. } => (inputs[0], *dtype),
            node => (x, node.dtype),
        };
        if *self.shape(x) == shape {
            return Ok(x);
        }
        Ok(self.push(Op::Reshape, vec![x], shape, dtype))
    }

    /// Repeats axes of extent one until the shape is `shape`.
    pub fn broadcast(&mut self, x: Tensor, shape: &Shape) -> Result<Tensor> {
        self.float("broadcast", x)?;
        let known = self.shape(x).clone();
        if known == *shape {
            return Ok(x);
        }
        if Shape::broadcast(&known, shape).as_ref() != Some(shape) {
            let message = "the first shape does not broadcast to the second";
            return Err(Error::shape("broadcast", &[&known, shape], message));
        }
        Self::check_extents("broadcast", shape)?;
        if let Op::Constant(value) = self.node(x).op {
            return Ok(self.constant(value.value(), shape.clone()));
        }
        let aligned: Vec<usize> =
            std::iter::repeat_n(1, shape.rank() - known.rank()).chain(known.iter().copied()).collect();
        let x = self.reshape(x, aligned)?;
        if self.shape(x) == shape {
            return Ok(x);
        }
        Ok(self.push(Op::Broadcast, vec![x], shape.clone(), DType::F32))
    }

    /// The axes in another order, as `torch.permute`: axis `axes[i]` of x becomes axis `i`.
    pub fn permute(&mut self, x: Tensor, axes: &[usize]) -> Result<Tensor> {
        self.float("permute", x)?;
        let shape = self.shape(x).clone();
        if !crate::order::ascending(axes).into_iter().eq(0..shape.rank()) {
            let message = format!("{axes:?} does not name each of its axes once");
            return Err(Error::shape("permute", &[&shape], message));
        }
        if axes.iter().copied().eq(0..shape.rank()) {
            return Ok(x);
        }
        let extents: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
        // Where only axes of extent one move, the elements stay where they are.
        let long = |axes: &mut dyn Iterator<Item = usize>| axes.filter(|&axis| shape[axis] > 1).collect::<Vec<_>>();
        if long(&mut axes.iter().copied()) == long(&mut (0..shape.rank())) {
            return self.reshape(x, extents);
        }
        // Two permutations are one.
        if let Node { op: Op::Permute { axes: first }, inputs, .. } = self.node(x) {
            let (inner, both): (_, Vec<usize>) = (inputs[0], axes.iter().map(|&axis| first[axis]).collect());
            return self.permute(inner, &both);
        }
        Ok(self.push(Op::Permute { axes: axes.to_vec() }, vec![x], extents.into(), DType::F32))
    }

    /// `extent` elements along `axis` from `start`.
    pub fn slice(&mut self, x: Tensor, axis: usize, start: usize, extent: usize) -> Result<Tensor> {
        self.slice_step(x, axis, start, extent, 1)
    }

    /// `extent` elements along `axis`: number `start`, and every `step`-th from there.
    pub fn slice_step(&mut self, x: Tensor, axis: usize, start: usize, extent: usize, step: usize) -> Result<Tensor> {
        self.float("slice", x)?;
        let shape = self.shape(x).clone();
        let last = extent.checked_sub(1).and_then(|steps| steps.checked_mul(step)?.checked_add(start));
        if axis >= shape.rank() || step == 0 || last.is_none_or(|last| last >= shape[axis]) {
            let message = format!("{extent} elements from {start} in steps of {step} along axis {axis} are not there");
            return Err(Error::shape("slice", &[&shape], message));
        }
        if extent == shape[axis] {
            return Ok(x);
        }
        let step = if extent == 1 { 1 } else { step };
        let mut extents = shape.to_vec();
        extents[axis] = extent;
        Ok(self.push(Op::Slice { axis, start, step }, vec![x], extents.into(), DType::F32))
    }

    /// x inside `value`: for each axis `[before, after, interior]`, how many go in front, behind, and between any two
    /// elements (`lax.pad` of JAX without negative numbers).
    pub fn pad(&mut self, x: Tensor, padding: &[[usize; 3]], value: f32) -> Result<Tensor> {
        self.float("pad", x)?;
        let shape = self.shape(x).clone();
        Self::no_empty("pad", &shape)?;
        if padding.len() != shape.rank() {
            let message = format!("padding is given for {} axes", padding.len());
            return Err(Error::shape("pad", &[&shape], message));
        }
        let padded = |(&extent, &[before, after, interior]): (&usize, &[usize; 3])| {
            (extent - 1).checked_mul(interior)?.checked_add(extent)?.checked_add(before)?.checked_add(after)
        };
        let Some(extents) = shape.iter().zip(padding).map(padded).collect::<Option<Vec<usize>>>() else {
            return Err(Error::shape("pad", &[&shape], format!("padding {padding:?} is too large")));
        };
        let extents = Shape::from(extents);
        Self::check_extents("pad", &extents)?;
        if extents == shape {
            return Ok(x);
        }
        let op = Op::Pad { padding: padding.to_vec(), value: value.into() };
        Ok(self.push(op, vec![x], extents, DType::F32))
    }

    /// The inputs one after another along `axis`.
    pub fn concat(&mut self, parts: &[Tensor], axis: usize) -> Result<Tensor> {
        let shapes: Vec<Shape> = parts.iter().map(|&part| self.shape(part).clone()).collect();
        let all: Vec<&[usize]> = shapes.iter().map(|shape| &shape[..]).collect();
        let Some(first) = shapes.first() else {
            return Err(Error::Graph { op: "concat", message: "needs at least one input".into() });
        };
        for &part in parts {
            self.float("concat", part)?;
        }
        let fits = |shape: &Shape| {
            shape.rank() == first.rank() && (0..shape.rank()).all(|other| other == axis || shape[other] == first[other])
        };
        if axis >= first.rank() || !shapes.iter().all(fits) {
            return Err(Error::shape("concat", &all, format!("the shapes must agree in every axis but axis {axis}")));
        }
        if parts.len() == 1 {
            return Ok(parts[0]);
        }
        let mut extents = first.to_vec();
        extents[axis] = shapes.iter().fold(0usize, |sum, shape| sum.saturating_add(shape[axis]));
        let extents = Shape::from(extents);
        Self::check_extents("concat", &extents)?;
        Ok(self.push(Op::Concat { axis }, parts.to_vec(), extents, DType::F32))
    }

    /// Rows of x `[N, ...]` by their numbers `[B]`, as `torch.index_select` along axis 0: `[B, ...]`.
    ///
    /// Row numbers are integers, or floats with whole numbers; they must lie in 0..N, and one beyond is taken as N - 1.
    pub fn gather_rows(&mut self, x: Tensor, index: Tensor) -> Result<Tensor> {
        let (shape, batch) = self.check_rows("gather_rows", x, index)?;
        let mut extents = shape.to_vec();
        extents[0] = batch;
        let extents = Shape::from(extents);
        Self::check_extents("gather_rows", &extents)?;
        Ok(self.push(Op::GatherRows, vec![x, index], extents, DType::F32))
    }

    /// Sums of the rows of g `[B, ...]` by their numbers `[B]`, as `torch.index_add` onto zeros: `[rows, ...]`.
    pub fn scatter_add(&mut self, g: Tensor, index: Tensor, rows: usize) -> Result<Tensor> {
        let (shape, batch) = self.check_rows("scatter_add", g, index)?;
        if rows == 0 || batch != shape[0] {
            let message = format!("{batch} row numbers for {} rows that go to {rows}", shape[0]);
            return Err(Error::shape("scatter_add", &[&shape, self.shape(index)], message));
        }
        let mut extents = shape.to_vec();
        extents[0] = rows;
        let extents = Shape::from(extents);
        Self::check_extents("scatter_add", &extents)?;
        Ok(self.push(Op::ScatterAdd, vec![g, index], extents, DType::F32))
    }

    fn check_rows(&self, op: &'static str, x: Tensor, index: Tensor) -> Result<(Shape, usize)> {
        self.float(op, x)?;
        let (shape, numbers) = (self.shape(x).clone(), self.shape(index));
        if shape.rank() == 0 || numbers.rank() != 1 {
            let message = "takes rows along the first axis, and one axis of row numbers";
            return Err(Error::shape(op, &[&shape, numbers], message));
        }
        Self::no_empty(op, &shape)?;
        Self::no_empty(op, numbers)?;
        Ok((shape, numbers[0]))
    }

    /// That there is an element, and not more than positions can be counted for.
    pub(super) fn check_extents(op: &'static str, shape: &Shape) -> Result<()> {
        Self::no_empty(op, shape)?;
        match shape.checked_elements() {
            Some(elements) if elements as u64 <= MAX_ELEMENTS => Ok(()),
            _ => Err(Error::shape(op, &[shape], format!("more than {MAX_ELEMENTS} elements"))),
        }
    }

    pub(super) fn no_empty(op: &'static str, shape: &Shape) -> Result<()> {
        match shape.iter().position(|&extent| extent == 0) {
            None => Ok(()),
            Some(axis) => Err(Error::shape(op, &[shape], format!("axis {axis} has extent zero"))),
        }
    }
}
