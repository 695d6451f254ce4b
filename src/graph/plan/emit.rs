//! The planner's second half: where each kept node lies, the dispatches that compute them, and what the effects do.

use super::{ALIGN_ELEMENTS, ConvShape, Draft, Kernel, Place, Planner, Region, Storage};
use crate::error::{Error, Result};
use crate::graph::fuse::{Fused, Fuser, View, dense};
use crate::graph::{Conv, DType, Effect, NetworkId, Op, Role, Scalar, Table, Tensor, VariableId};

impl Planner<'_> {
    /// Finds memory for nodes that need no slot: variables, parts of concatenations, gradients and the output.
    pub(super) fn place(&mut self, effects: &[Effect]) -> Result<()> {
        for index in 0..self.graph.len() {
            let tensor = self.graph.tensor(index);
            if !self.live[index] {
                continue;
            }
            match &self.graph.node(tensor).op {
                Op::Variable(id) => {
                    let region = self.variable_region(*id);
                    self.placed.insert(tensor, region);
                }
                Op::Average(id) => {
                    let storage = Storage::Average(self.variables.get(*id).network);
                    let offset = self.variables.average_offset(*id);
                    self.placed.insert(tensor, Region { storage, offset, ..self.variable_region(*id) });
                }
                Op::Concat { axis } => {
                    let node = self.graph.node(tensor);
                    let contiguous = node.shape[..*axis].iter().all(|&extent| extent == 1);
                    let mut first = 0;
                    for &part in &node.inputs {
                        let base = self.graph.base(part);
                        let elements = self.graph.shape(part).elements();
                        if contiguous && self.can_write_elsewhere(base) && first % ALIGN_ELEMENTS == 0 {
                            self.inside.insert(base, (tensor, first));
                        }
                        first += elements;
                    }
                }
                _ => {}
            }
        }
        for effect in effects {
            match effect {
                Effect::Update { network, gradients, .. } => {
                    for &(variable, gradient) in gradients {
                        let base = self.graph.base(gradient);
                        // Others may read it there: nothing writes to it again before the next step.
                        let is_variable = matches!(self.graph.node(base).op, Op::Variable(_) | Op::Average(_));
                        let is_free = !self.placed.contains_key(&base) && !self.inside.contains_key(&base);
                        if self.is_kept(base) && !is_variable && is_free {
                            let region =
                                Region { storage: Storage::Gradients(*network), ..self.variable_region(variable) };
                            self.placed.insert(base, region);
                        }
                    }
                }
                Effect::Output { value } => {
                    let elements = self.graph.shape(*value).elements();
                    if std::mem::replace(&mut self.output_elements, elements) != 0 {
                        let message = "a plan has one output".to_string();
                        return Err(Error::Graph { op: "output", message });
                    }
                    let base = self.graph.base(*value);
                    if self.can_write_elsewhere(base) {
                        self.placed.insert(base, Region { storage: Storage::Output, offset: 0, elements });
                    }
                }
                Effect::Assign { .. } | Effect::Record { .. } => {}
            }
        }
        Ok(())
    }

    /// Whether a kept node's kernel can write straight to the place of its only reader.
    fn can_write_elsewhere(&self, base: Tensor) -> bool {
        let is_variable = matches!(self.graph.node(base).op, Op::Variable(_) | Op::Average(_));
        self.is_kept(base) && !is_variable && self.uses[base.index()].len() == 1
    }

    fn variable_region(&self, id: VariableId) -> Region {
        let variable = self.variables.get(id);
        let storage = match variable.role {
            Role::Parameter => Storage::Parameters(variable.network),
            Role::Buffer => Storage::Buffers(variable.network),
        };
        Region { storage, offset: variable.offset, elements: variable.shape.elements() }
    }

    /// A program that computes `root` (a base) into `output`; `repeat` computes it even though it is kept.
    fn map(&self, root: Tensor, view: View, repeat: bool) -> (Fused, Vec<Place>) {
        let kept = |tensor: Tensor| self.is_kept(tensor);
        let (fused, sources) = Fuser::new(self.graph, &kept).map(root, view, repeat);
        (fused, sources.into_iter().map(Place::Node).collect())
    }

    /// The kernel that sums, with the chain of ops that follow the sum in it.
    fn reduce(&self, sum: Tensor, chain: &[Tensor]) -> (Kernel, Vec<Place>) {
        let kept = |tensor: Tensor| self.is_kept(tensor);
        let (fused, sources) = Fuser::new(self.graph, &kept).reduce(sum, chain);
        (Kernel::Fused(fused), sources.into_iter().map(Place::Node).collect())
    }

    pub(super) fn emit_nodes(&mut self) {
        for index in 0..self.graph.len() {
            let tensor = self.graph.tensor(index);
            let node = self.graph.node(tensor);
            if !self.live[index] || !self.kept[index] || matches!(node.op, Op::Variable(_) | Op::Average(_)) {
                continue;
            }
            let inputs = || node.inputs.iter().map(|&input| Place::Node(self.graph.base(input))).collect();
            let shape = |input: usize| self.graph.shape(node.inputs[input]);
            let (kernel, inputs): (Kernel, Vec<Place>) = match &node.op {
                Op::Concat { axis } => {
                    self.emit_parts(tensor, *axis);
                    continue;
                }
                Op::Pad { padding, value } => {
                    self.emit_padded(tensor, padding, *value);
                    continue;
                }
                _ if self.chains.contains_key(&tensor) => {
                    let (sum, chain) = &self.chains[&tensor];
                    self.reduce(*sum, chain)
                }
                Op::Sum { .. } | Op::Max { .. } => self.reduce(tensor, &[]),
                Op::Constant(_)
                | Op::Uniform(_)
                | Op::Normal(_)
                | Op::Iota
                | Op::Ramp(_)
                | Op::Unary(_)
                | Op::Binary(_)
                | Op::Select
                | Op::Normalize { .. }
                | Op::Broadcast
                | Op::Permute { .. }
                | Op::Slice { .. } => {
                    let view = View { offset: 0, strides: dense(&node.shape) };
                    let (fused, sources) = self.map(tensor, view, true);
                    (Kernel::Fused(fused), sources)
                }
                &Op::MatMul { transpose_a, transpose_b } => {
                    let (&[m, n], outer) = last_two(&node.shape);
                    let (&[rows, columns], _) = last_two(shape(0));
                    let (batch, k) = (outer.iter().product(), if transpose_a { rows } else { columns });
                    (Kernel::MatMul { batch, m, n, k, transpose_a, transpose_b }, inputs())
                }
                Op::Conv2d(conv) => (Kernel::Conv2d(conv_shape(shape(0), &node.shape, *conv)), inputs()),
                Op::Conv2dInputGrad(conv) => {
                    (Kernel::Conv2dInputGrad(conv_shape(&node.shape, shape(0), *conv)), inputs())
                }
                Op::Conv2dWeightGrad(conv) => {
                    (Kernel::Conv2dWeightGrad(conv_shape(shape(0), shape(1), *conv)), inputs())
                }
                &Op::ShuffledIndex { stream, len, clock } => {
                    (Kernel::ShuffledIndex { stream, len, batch: node.shape[0], clock }, inputs())
                }
                Op::Gather(table) => {
                    let &Table { width, .. } = &self.variables.tables[table.0];
                    (Kernel::Gather { table: *table, rows: node.shape[0], width }, inputs())
                }
                Op::GatherRows | Op::ScatterAdd => {
                    let (rows, integers) = (shape(1)[0], self.graph.node(node.inputs[1]).dtype == DType::U32);
                    let is_gather = node.op == Op::GatherRows;
                    let table_rows = if is_gather { shape(0)[0] } else { node.shape[0] };
                    let width = node.shape.elements() / node.shape[0];
                    let kernel = match is_gather {
                        true => Kernel::GatherRows { table_rows, rows, width, integers },
                        false => Kernel::ScatterAdd { table_rows, rows, width, integers },
                    };
                    (kernel, inputs())
                }
                Op::Variable(_) | Op::Average(_) | Op::Reshape | Op::StopGradient => continue,
            };
            self.drafts.push(Draft { kernel, inputs, output: Place::Node(tensor) });
        }
    }

    /// Copies or computes the parts of a concatenation that did not write into it by themselves.
    fn emit_parts(&mut self, concat: Tensor, axis: usize) {
        let node = self.graph.node(concat);
        let strides = node.shape.strides();
        let mut start = 0;
        for &part in &node.inputs {
            let base = self.graph.base(part);
            let extent = self.graph.shape(part)[axis];
            if !self.inside.contains_key(&base) {
                // A reshaped part is kept (see `Use`), so its own shape and its base's describe the same memory.
                let shape = self.graph.shape(part);
                let strides =
                    strides.iter().zip(shape.iter()).map(|(&s, &extent)| if extent == 1 { 0 } else { s }).collect();
                let (fused, inputs) =
                    self.map(part, View { offset: start * node.shape.strides()[axis], strides }, false);
                self.drafts.push(Draft { kernel: Kernel::Fused(fused), inputs, output: Place::Node(concat) });
            }
            start += extent;
        }
    }

    /// Fills with the value and puts the input inside: two kernels, so that neither tests where it is.
    fn emit_padded(&mut self, padded: Tensor, padding: &[[usize; 3]], value: Scalar) {
        let node = self.graph.node(padded);
        let fill = Fused::fill(node.shape.elements(), value);
        self.drafts.push(Draft { kernel: Kernel::Fused(fill), inputs: Vec::new(), output: Place::Node(padded) });
        let mut view = View { offset: 0, strides: Vec::new() };
        let extents = self.graph.shape(node.inputs[0]).iter();
        for ((&extent, stride), &[before, _, interior]) in extents.zip(node.shape.strides()).zip(padding) {
            view.offset += before * stride;
            view.strides.push(if extent == 1 { 0 } else { (interior + 1) * stride });
        }
        let (fused, inputs) = self.map(node.inputs[0], view, false);
        self.drafts.push(Draft { kernel: Kernel::Fused(fused), inputs, output: Place::Node(padded) });
    }

    pub(super) fn emit_effects(&mut self, effects: &[Effect]) -> Result<()> {
        // First everything that reads variables, then what changes them.
        for effect in effects {
            match effect {
                Effect::Update { network, gradients, .. } => {
                    for &(variable, gradient) in gradients {
                        let region = Region { storage: Storage::Gradients(*network), ..self.variable_region(variable) };
                        self.emit_copy(gradient, region);
                    }
                }
                Effect::Output { value } => {
                    let region = Region { storage: Storage::Output, offset: 0, elements: self.output_elements };
                    self.emit_copy(*value, region);
                }
                Effect::Assign { .. } | Effect::Record { .. } => {}
            }
        }
        self.emit_before_changes(effects)?;
        for effect in effects {
            if let Effect::Assign { variable, value } = effect {
                let region = self.variable_region(*variable);
                self.emit_copy(*value, region);
            }
        }
        // Before the updates, so that clock and counts have this run when they ask for its number.
        for effect in effects {
            if let Effect::Record { columns } = effect {
                self.emit_record(columns)?;
            }
        }
        for effect in effects {
            let Effect::Update { network, rule, gradients } = effect else { continue };
            if let Some(message) = rule.problem() {
                return Err(Error::Graph { op: "update", message });
            }
            let elements = self.variables.networks[network.0].parameter_elements;
            self.check_all_parameters(*network, gradients)?;
            if self.columns == 0 {
                let message = "counts its runs by what it records: let the plan record its loss".into();
                return Err(Error::Graph { op: "update", message });
            }
            let arena = |storage| Region { storage, offset: 0, elements };
            self.drafts.push(Draft {
                kernel: Kernel::Update { network: *network, rule: *rule, clock: self.clock, elements },
                inputs: vec![Place::Region(arena(Storage::Gradients(*network)))],
                output: Place::Region(arena(Storage::Parameters(*network))),
            });
            let buffers = self.variables.networks[network.0].buffer_elements;
            if let Some(average) = rule.average.filter(|_| buffers > 0) {
                let region = |storage, offset| Place::Region(Region { storage, offset, elements: buffers });
                self.drafts.push(Draft {
                    kernel: Kernel::Average { network: *network, average },
                    inputs: vec![region(Storage::Buffers(*network), 0)],
                    output: region(Storage::Average(*network), elements),
                });
            }
        }
        Ok(())
    }

    /// Works out now what would otherwise be read after it has changed: the values of assignments that read what is
    /// assigned too (or other elements of it), and what is recorded.
    fn emit_before_changes(&mut self, effects: &[Effect]) -> Result<()> {
        let mut assigned = Vec::new();
        for effect in effects {
            let Effect::Assign { variable, .. } = effect else { continue };
            if assigned.contains(variable) {
                return Err(self.changed("assign", *variable, "is assigned twice in one step"));
            }
            assigned.push(*variable);
        }
        for effect in effects {
            match effect {
                Effect::Assign { variable, value } => {
                    let base = self.graph.base(*value);
                    match self.graph.node(base).op {
                        Op::Variable(other) if other != *variable && assigned.contains(&other) => {
                            return Err(self.changed("assign", other, "is assigned itself in the step that copies it"));
                        }
                        _ if !self.is_kept(base) && self.reads_changed(base, *variable, &assigned) => {
                            self.emit_kept(base)
                        }
                        _ => {}
                    }
                }
                Effect::Record { columns } => {
                    for base in columns.iter().map(|&column| self.graph.base(column)) {
                        match self.graph.node(base).op {
                            Op::Variable(id) if assigned.contains(&id) || self.is_updated(id, effects) => {
                                return Err(self.changed("record", id, "changes in the step that records it"));
                            }
                            _ if !self.is_kept(base) => self.emit_kept(base),
                            _ => {}
                        }
                    }
                }
                Effect::Update { .. } | Effect::Output { .. } => {}
            }
        }
        Ok(())
    }

    fn changed(&self, op: &'static str, id: VariableId, problem: &str) -> Error {
        Error::Graph { op, message: format!("`{}` {problem}", self.variables.get(id).name) }
    }

    fn is_updated(&self, id: VariableId, effects: &[Effect]) -> bool {
        let variable = self.variables.get(id);
        let updates =
            |effect: &Effect| matches!(effect, Effect::Update { network, .. } if *network == variable.network);
        variable.role == Role::Parameter && effects.iter().any(updates)
    }

    /// Whether the kernel that assigns `root` to a variable reads others that are assigned too, or this one at other
    /// places than it writes.
    fn reads_changed(&self, root: Tensor, variable: VariableId, assigned: &[VariableId]) -> bool {
        let (fused, inputs) = self.map(root, View { offset: 0, strides: dense(self.graph.shape(root)) }, false);
        fused.loads.iter().any(|load| match inputs[load.input] {
            Place::Node(source) => match self.graph.node(source).op {
                Op::Variable(id) if id == variable => load.view != fused.output,
                Op::Variable(id) => assigned.contains(&id),
                _ => false,
            },
            Place::Region(_) => false,
        })
    }

    /// Computes a node that was not kept into memory of its own.
    fn emit_kept(&mut self, base: Tensor) {
        let view = View { offset: 0, strides: dense(self.graph.shape(base)) };
        let (fused, inputs) = self.map(base, view, true);
        self.kept[base.index()] = true;
        self.drafts.push(Draft { kernel: Kernel::Fused(fused), inputs, output: Place::Node(base) });
    }

    fn check_all_parameters(&self, network: NetworkId, gradients: &[(VariableId, Tensor)]) -> Result<()> {
        for (id, variable) in self.variables.iter() {
            let trained = variable.network == network && variable.role == Role::Parameter;
            if trained && !gradients.iter().any(|(given, _)| *given == id) {
                let message = format!("no gradient was given for `{}`", variable.name);
                return Err(Error::Graph { op: "update", message });
            }
        }
        Ok(())
    }

    /// Writes a tensor to a region, unless its own kernel already does.
    fn emit_copy(&mut self, tensor: Tensor, region: Region) {
        let base = self.graph.base(tensor);
        if self.placed.get(&base) == Some(&region)
            && !matches!(self.graph.node(base).op, Op::Variable(_) | Op::Average(_))
        {
            return;
        }
        let view = View { offset: 0, strides: dense(self.graph.shape(base)) };
        let (fused, inputs) = self.map(base, view, false);
        self.drafts.push(Draft { kernel: Kernel::Fused(fused), inputs, output: Place::Region(region) });
    }
}

/// The extents of the matrices in a tensor, and those of the axes before.
fn last_two(shape: &[usize]) -> (&[usize; 2], &[usize]) {
    let (outer, last) = shape.split_last_chunk().expect("products are of matrices");
    (last, outer)
}

fn conv_shape(x: &[usize], y: &[usize], conv: Conv) -> ConvShape {
    ConvShape {
        batch: x[0],
        in_channels: x[1],
        height: x[2],
        width: x[3],
        out_channels: y[1],
        out_height: y[2],
        out_width: y[3],
        conv,
    }
}
