//! The list of small programs that exercise every kernel: checked as text by `shaders.rs`, run by `kernels.rs`.

#![allow(dead_code)]

mod layers;
mod views;

pub use layers::layers;
pub use views::{maxima, rows, views};

use crate::common::ops;
use crate::common::{Case, SEED, numbers};
use ganvas::graph::{
    Adam, Clock, Conv, Conv3d, Draw, Effect, Graph, Init, NetworkId, Plan, Program, Role, Table, Tensor, Unary,
    Variables,
};
use ganvas::rng;

/// How far a result may be from the judge's, which computes in f64.
#[derive(Clone, Copy, Debug)]
pub enum Tolerance {
    /// Bit for bit what the CPU backend computes in f32: random numbers and copies.
    Exact,
    /// A sum of products. Rounding errors of n terms add up to at most n 2^-24 times the sum of the terms' magnitudes,
    /// and, since they are independent of each other, hardly ever to more than a few times sqrt(n) 2^-24 (Higham and
    /// Mary, "A new approach to probabilistic rounding error analysis", 2019). Allowed are 4 + sqrt(n) of these.
    Sum { terms: usize },
    /// `|error| <= relative |exact| + absolute`
    Near { relative: f64, absolute: f64 },
}

/// Half a unit in the last place of f32, relative.
pub const UNIT_ROUNDOFF: f64 = 1.0 / (1u64 << 24) as f64;

impl Tolerance {
    /// Allowed error of a result that is `exact`, with `magnitude` the same result on the inputs' absolute values.
    pub fn allowed(self, exact: f64, magnitude: f64) -> f64 {
        match self {
            Tolerance::Exact => 0.0,
            Tolerance::Sum { terms } => (4.0 + (terms as f64).sqrt()) * UNIT_ROUNDOFF * magnitude,
            Tolerance::Near { relative, absolute } => relative * exact.abs() + absolute,
        }
    }
}

const COPY: Tolerance = Tolerance::Exact;

fn near(relative: f64, absolute: f64) -> Tolerance {
    Tolerance::Near { relative, absolute }
}

/// Some results over the same inputs; each becomes a plan of its own.
pub struct Entry {
    pub name: String,
    pub case: Case,
    pub outputs: Vec<(Tensor, Tolerance)>,
}

impl Entry {
    fn new(name: impl Into<String>) -> Entry {
        Entry { name: name.into(), case: Case::default(), outputs: Vec::new() }
    }

    fn with(mut self, output: Tensor, tolerance: Tolerance) -> Entry {
        self.outputs.push((output, tolerance));
        self
    }

    /// An input whose numbers are exact in f32, so that all backends begin with the same.
    fn input_of(&mut self, shape: &[usize], values: impl IntoIterator<Item = f64>) -> Tensor {
        let values = values.into_iter().map(|value| f64::from(value as f32)).collect();
        self.case.input_of(shape, values)
    }

    /// An input with numbers of its own between -1 and 1.
    fn input(&mut self, shape: &[usize]) -> Tensor {
        let stream = 100 + self.case.inputs.len() as u32;
        self.input_of(shape, numbers(stream, shape.iter().product()))
    }

    /// A product with what follows it: once in the same launch, and once by way of a slot of scratch memory that a
    /// second kernel reads, so that `kernels.rs` can leave other numbers there before and see whether each element is
    /// written.
    fn product(&mut self, product: Tensor, terms: usize) {
        let negative = self.case.graph.unary(Unary::Neg, product).unwrap();
        self.outputs.push((negative, Tolerance::Sum { terms }));
        let rank = self.case.graph.shape(product).rank();
        let axes: Vec<usize> = (0..rank).rev().collect();
        let turned = self.case.graph.permute(product, &axes).unwrap();
        self.outputs.push((turned, Tolerance::Sum { terms }));
    }

    /// The program: before all others a plan that fills the scratch memory with numbers, then one for each output.
    pub fn program(&self) -> Program {
        let plans: Vec<Plan> =
            self.outputs.iter().map(|(output, _)| self.case.program(*output).unwrap().plans.remove(0)).collect();
        // Small tensors begin in slot 0, a large one is in slot 1.
        let slot = |slot: usize| plans.iter().filter_map(|plan| plan.slots.get(slot)).max().copied().unwrap_or(0);
        let sizes = [slot(0).min(4096), if slot(1) > 4096 { slot(1) } else { 0 }];
        let mut graph = Graph::new();
        let noise: Vec<Tensor> = sizes
            .iter()
            .filter(|&&elements| elements > 0)
            .map(|&elements| {
                let noise = graph.normal(sample(9), [elements]);
                graph.unary(Unary::Neg, noise).unwrap()
            })
            .collect();
        let noise = match &noise[..] {
            [] => graph.normal(sample(9), [1]),
            parts => graph.concat(parts, 0).unwrap(),
        };
        let effects = [Effect::Output { value: noise }];
        let fill = Plan::new("fill", Clock::Sample, &graph, &self.case.variables, &effects).unwrap();
        for (slot, elements) in sizes.into_iter().enumerate().filter(|(_, elements)| *elements > 0) {
            assert!(fill.slots[slot] >= elements, "the numbers go to slot {slot}: {:?}", fill.slots);
        }
        let plans = std::iter::once(fill).chain(plans).collect();
        Program { variables: self.case.variables.clone(), plans }
    }
}

fn sample(stream: u32) -> Draw {
    Draw { stream, clock: Clock::Sample }
}

/// Every group, for tests that want all of them.
pub fn all() -> Vec<Entry> {
    let groups = [
        matrix_products(),
        convolutions(),
        elementwise(),
        layouts(),
        reductions(),
        normalizations(),
        sources(),
        views(),
        maxima(),
        rows(),
        layers(),
    ];
    groups.into_iter().flatten().chain((0..RANDOM_EXPRESSIONS).map(random_expression)).collect()
}

/// Matrix products in all four orders.
pub fn matrix_products() -> Vec<Entry> {
    let extents = [
        // Odd sizes, none a multiple of a tile.
        [1, 1, 1],
        [3, 17, 33],
        [65, 33, 17],
        [130, 65, 3],
        [17, 130, 65],
        [65, 130, 130],
        // One term, one column, one row.
        [33, 17, 1],
        [65, 1, 130],
        [1, 65, 17],
        [1, 130, 33],
        // Tiles of each size: 32 x 32, 32 x 64, 64 x 64, 128 x 128.
        [64, 64, 64],
        [40, 4200, 20],
        [300, 2100, 40],
        [1030, 1810, 20],
        // Long sums, with few results and with a tile of them.
        [3, 5, 4103],
        [1, 1, 3000],
        [9, 12, 5003],
        [40, 33, 1030],
        // Few rows of many results.
        [1, 4100, 9],
        [2, 4100, 7],
        [3, 4100, 5],
        [4, 4100, 3],
    ];
    let mut entries = Vec::new();
    for [m, n, k] in extents {
        let mut entry = Entry::new(format!("matmul [{m}, {k}] [{k}, {n}]"));
        for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
            let a = entry.input(&if ta { [k, m] } else { [m, k] });
            let b = entry.input(&if tb { [n, k] } else { [k, n] });
            let product = entry.case.graph.matmul(a, b, ta, tb).unwrap();
            entry.product(product, k);
        }
        entries.push(entry);
    }
    // Several products in one launch: with tiles, with one row, with one result each and long sums.
    for [batch, m, n, k] in [[3, 17, 33, 20], [5, 70, 9, 40], [2, 1, 4100, 5], [4, 1, 1, 300], [2, 3, 5, 2048]] {
        let mut entry = Entry::new(format!("{batch} matmul [{m}, {k}] [{k}, {n}]"));
        for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
            let a = entry.input(&if ta { [batch, k, m] } else { [batch, m, k] });
            let b = entry.input(&if tb { [batch, n, k] } else { [batch, k, n] });
            let product = entry.case.graph.matmul(a, b, ta, tb).unwrap();
            entry.product(product, k);
        }
        entries.push(entry);
    }
    // More products than there may be workgroups in one direction.
    let mut many = Entry::new("70000 matmul [2, 3] [3, 2]");
    let (a, b) = (many.input(&[70_000, 2, 3]), many.input(&[70_000, 3, 2]));
    let product = many.case.graph.matmul(a, b, false, false).unwrap();
    many.product(product, 3);
    entries.push(many);
    entries
}

/// Batch, in_channels, out_channels, height, width, and the geometry.
type ConvCase = ([usize; 5], Conv);

fn conv_cases() -> Vec<ConvCase> {
    let mut cases: Vec<ConvCase> = Vec::new();
    // Every kernel with every stride, paddings in turn: strides beyond the kernel and phases with unequal numbers of
    // taps; and the geometries that GANs use with every padding. (`cpu_kernels.rs` has the whole product; on a software
    // adapter a shader takes a third of a second to compile.)
    let channels = [[3, 2], [5, 6], [1, 7], [4, 1]];
    for kernel_size in 1..=5 {
        for stride in 1..=3 {
            for padding in 0..=3 {
                if (kernel_size + stride + padding) % 4 == 0 || (stride == 2 && (3..=4).contains(&kernel_size)) {
                    let [ci, co] = channels[cases.len() % channels.len()];
                    cases.push(([2, ci, co, 7, 6], Conv::square(kernel_size, stride, padding)));
                }
            }
        }
    }
    let tall = Conv { kernel_size: [2, 3], stride: [2, 1], padding: [1, 0] };
    let wide = Conv { kernel_size: [1, 7], stride: [1, 2], padding: [0, 3] };
    cases.extend([
        // One channel, batch 1, one pixel.
        ([1, 1, 1, 5, 5], Conv::square(3, 1, 1)),
        ([1, 2, 3, 1, 1], Conv::square(5, 1, 3)),
        ([1, 2, 2, 2, 3], Conv::square(2, 3, 3)),
        // Not square.
        ([2, 4, 5, 6, 7], tall),
        ([2, 3, 4, 5, 9], wide),
        // The whole image is one window.
        ([5, 6, 1, 7, 7], Conv::square(7, 1, 0)),
        ([70, 6, 9, 4, 4], Conv::square(4, 1, 0)),
        // Beyond one tile each way, odd extents; the layers of the presets.
        ([7, 20, 70, 9, 11], Conv::square(3, 2, 1)),
        ([3, 70, 33, 13, 13], Conv::square(4, 2, 1)),
        ([64, 1, 32, 28, 28], Conv::square(4, 2, 1)),
        ([32, 32, 64, 14, 14], Conv::square(4, 2, 1)),
        // One to four channels of many pixels, in both directions.
        ([3, 5, 1, 41, 39], Conv::square(3, 1, 1)),
        ([3, 6, 2, 41, 39], Conv::square(2, 1, 0)),
        ([3, 3, 5, 41, 39], Conv::square(3, 1, 1)),
        ([9, 4, 8, 43, 45], Conv::square(3, 2, 1)),
        // A long sum for the weight.
        ([32, 3, 5, 28, 28], Conv::square(3, 1, 1)),
    ]);
    // More phases than there may be workgroups in one direction.
    cases.push(([1, 1, 2, 260, 262], Conv::square(2, 257, 0)));
    cases.retain(|([_, _, _, height, width], conv)| conv.output([*height, *width]).is_some());
    cases
}

/// Convolutions with both gradients.
pub fn convolutions() -> Vec<Entry> {
    let entry = |&([batch, ci, co, height, width], conv): &ConvCase| {
        let Conv { kernel_size: [kh, kw], stride, padding } = conv;
        let name = format!("{batch} x {ci}x{height}x{width} to {co} channels, k{kh}x{kw} s{stride:?} p{padding:?}");
        let mut entry = Entry::new(name);
        let [oh, ow] = conv.output([height, width]).unwrap();
        let x = entry.input(&[batch, ci, height, width]);
        let w = entry.input(&[co, ci, kh, kw]);
        let g = entry.input(&[batch, co, oh, ow]);
        let graph = &mut entry.case.graph;
        let y = graph.conv2d(x, w, conv).unwrap();
        let gx = graph.conv2d_input_grad(g, w, conv, [height, width]).unwrap();
        let gw = graph.conv2d_weight_grad(x, g, conv).unwrap();
        entry.product(y, ci * kh * kw);
        entry.product(gx, co * kh * kw);
        entry.product(gw, batch * oh * ow);
        entry
    };
    let mut entries: Vec<Entry> = conv_cases().iter().map(entry).collect();
    // Volumes, and kernels with holes.
    let mut entry = Entry::new("convolutions of volumes and with holes");
    let (x, w) = (entry.input(&[2, 3, 7, 6]), entry.input(&[5, 3, 3, 2]));
    let conv = Conv { kernel_size: [3, 2], stride: [1, 2], padding: [2, 1] };
    let y = entry.case.graph.conv2d_dilated(x, w, conv, [2, 3]).unwrap();
    entry.outputs.push((y, Tolerance::Sum { terms: 18 }));
    let (x, w) = (entry.input(&[2, 3, 5, 4, 6]), entry.input(&[3, 4, 2, 3, 3]));
    let kernel_size = [2, 3, 3];
    let geometry = Conv3d { kernel_size, stride: [1, 2, 1], padding: [1, 1, 0], dilation: [2, 1, 1] };
    let y = entry.case.graph.conv_transpose3d(x, w, geometry, [0, 1, 0]).unwrap();
    entry.outputs.push((y, Tolerance::Sum { terms: 54 }));
    let w = entry.input(&[4, 3, 2, 3, 3]);
    let y = entry.case.graph.conv3d(x, w, geometry).unwrap();
    entry.outputs.push((y, Tolerance::Sum { terms: 54 }));
    entries.push(entry);
    entries
}

/// Arguments and tolerance of an elementwise function. The tolerances are those of WGSL's accuracy table where it
/// gives one, rounded up; the functions of `shaders/shared/math.wgsl` are built from these.
fn arguments(unary: Unary) -> (Vec<f64>, Tolerance) {
    let spread =
        |from: f64, to: f64| (0..257).map(move |i| from + (to - from) * f64::from(i) / 256.0).collect::<Vec<_>>();
    let powers = || (-30..30).map(|power| 1.37 * f64::from(power).exp2()).collect::<Vec<_>>();
    let ulp = 2.0 * UNIT_ROUNDOFF;
    match unary {
        Unary::Neg | Unary::Abs | Unary::Sign | Unary::Floor | Unary::LeakyMask(_) | Unary::Clamp(..) => {
            (spread(-9.0, 9.0), near(0.0, 0.0))
        }
        Unary::AddScalar(_) | Unary::MulScalar(_) | Unary::Square | Unary::LeakyRelu(_) => {
            (spread(-9.0, 9.0), near(ulp, 0.0))
        }
        // 3 + 2 |x| units in the last place.
        Unary::Exp => (spread(-20.0, 20.0), near(43.0 * ulp, 0.0)),
        // 3 units, and between 0.5 and 2 an absolute error of 2^-21.
        Unary::Log => (powers().into_iter().chain(spread(0.25, 4.0)).collect(), near(3.0 * ulp, 0.5f64.powi(21))),
        // Inherited from 1 / inverseSqrt(x).
        Unary::Sqrt => (powers(), near(5.0 * ulp, 0.0)),
        Unary::Rsqrt => (powers(), near(2.0 * ulp, 0.0)),
        Unary::Recip => (powers().into_iter().chain(powers().into_iter().map(|x| -x)).collect(), near(2.5 * ulp, 0.0)),
        // Through exp on most drivers, so that near zero only the absolute error is small.
        Unary::Tanh => (spread(-20.0, 20.0).into_iter().chain(spread(-0.1, 0.1)).collect(), near(8.0 * ulp, 8.0 * ulp)),
        // Both from exp(-|x|) and a few operations more.
        Unary::Sigmoid | Unary::Softplus => (spread(-20.0, 20.0), near(50.0 * ulp, 0.0)),
    }
}

/// Every elementwise function, broadcasts of every pattern, and more operands than a kernel has bindings.
pub fn elementwise() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut unaries = Entry::new("unary functions");
    for unary in ops::unaries(0.75, 0.2) {
        let (values, tolerance) = arguments(unary);
        let x = unaries.input_of(&[values.len()], values);
        let y = unaries.case.graph.unary(unary, x).unwrap();
        unaries.outputs.push((y, tolerance));
    }
    entries.push(unaries);

    for elements in [1, 63, 64, 65, 1000] {
        let mut entry = Entry::new(format!("binary functions of {elements}"));
        let (a, b) = (entry.input(&[elements]), entry.input(&[elements]));
        for binary in ops::BINARIES {
            let value = entry.case.graph.binary(binary, a, b).unwrap();
            entry.outputs.push((value, near(5.0 * UNIT_ROUNDOFF, 0.0)));
        }
        entries.push(entry);
    }

    for shape in [[2, 3, 5], [3, 1, 70], [1, 9, 1], [40, 8, 3]] {
        let mut entry = Entry::new(format!("broadcasts to {shape:?}"));
        let x = entry.input(&shape);
        for mask in 0..8 {
            let part: Vec<usize> = (0..3).map(|axis| if mask >> axis & 1 == 1 { shape[axis] } else { 1 }).collect();
            let small = entry.input(&part);
            let difference = entry.case.graph.sub(x, small).unwrap();
            let wide = entry.case.graph.broadcast(small, &shape.into()).unwrap();
            entry.outputs.push((difference, near(0.0, 2.0 * UNIT_ROUNDOFF)));
            entry.outputs.push((wide, COPY));
        }
        entries.push(entry);
    }

    let mut many = Entry::new("a sum of twenty products");
    let mut sum = many.input(&[5, 70]);
    for operand in 0..20 {
        let factors = [many.input(&[5, 70]), many.input(&if operand % 2 == 0 { [1, 70] } else { [5, 1] })];
        let product = many.case.graph.mul(factors[0], factors[1]).unwrap();
        sum = many.case.graph.add(sum, product).unwrap();
    }
    entries.push(many.with(sum, Tolerance::Sum { terms: 21 }));

    // More points than 65,535 workgroups of 64 have.
    let mut large = Entry::new("more points than a row of workgroups");
    let (rows, columns) = (large.input(&[2051, 1]), large.input(&[1, 2053]));
    let table = large.case.graph.mul(rows, columns).unwrap();
    entries.push(large.with(table, Tolerance::Sum { terms: 1 }));
    entries
}

/// Slices, concatenations and reshapes.
pub fn layouts() -> Vec<Entry> {
    let mut entries = Vec::new();
    for shape in [[4, 6, 9], [3, 130, 64], [70, 2, 5]] {
        for axis in 0..3 {
            let mut entry = Entry::new(format!("slices and concatenations of {shape:?} along axis {axis}"));
            let (x, y) = (entry.input(&shape), entry.input(&shape));
            let graph = &mut entry.case.graph;
            let half = shape[axis] / 2;
            let low = graph.slice(x, axis, 0, half).unwrap();
            let high = graph.slice(x, axis, half, shape[axis] - half).unwrap();
            let one = graph.slice(y, axis, 1, 1).unwrap();
            let swapped = graph.concat(&[high, one, low], axis).unwrap();
            let tanh = graph.unary(Unary::Tanh, y).unwrap();
            let joined = graph.concat(&[x, tanh, one, y], axis).unwrap();
            let window = graph.slice(joined, axis, 1, shape[axis]).unwrap();
            let window = graph.add(window, x).unwrap();
            let flat =
                graph.reshape(swapped, [shape.iter().product::<usize>() / shape[axis] * (shape[axis] + 1)]).unwrap();
            let squares = graph.unary(Unary::Square, flat).unwrap();
            // A gradient of a slice: zeros around it.
            let zero = graph.constant(0.0, shape);
            let padded = graph.concat(&[zero, low, zero], axis).unwrap();
            let numbers = near(10.0 * UNIT_ROUNDOFF, 20.0 * UNIT_ROUNDOFF);
            entry.outputs.extend([(low, COPY), (swapped, COPY), (padded, COPY)]);
            entry.outputs.extend([(joined, numbers), (window, numbers), (squares, numbers)]);
            entries.push(entry);
        }
    }
    entries
}

/// Sums through both shells: grouped axes, the innermost axis kept or summed, to a scalar, with and without epilogue.
pub fn reductions() -> Vec<Entry> {
    let mut entries = Vec::new();
    let shapes = [[2, 3, 4, 5], [64, 3, 7, 7], [3, 40, 1, 2], [1, 1, 30, 600], [2, 5, 33, 129], [70, 100, 1, 3]];
    for shape in shapes {
        let mut entry = Entry::new(format!("sums of {shape:?}"));
        let x = entry.input(&shape);
        for mask in 1..16usize {
            let axes: Vec<usize> = (0..4).filter(|axis| mask >> axis & 1 == 1).collect();
            let terms = axes.iter().map(|&axis| shape[axis]).product();
            let sum = entry.case.graph.sum(x, &axes).unwrap();
            entry.outputs.push((sum, Tolerance::Sum { terms }));
        }
        entries.push(entry);
    }
    for (rows, columns) in [(300, 7), (7, 300), (5000, 40), (40, 5000), (100, 64), (64, 100), (1, 100_003)] {
        let mut entry = Entry::new(format!("sums of [{rows}, {columns}] with an epilogue"));
        let x = entry.input(&[rows, columns]);
        for (axis, terms) in [(0, rows), (1, columns)] {
            let kept = entry.case.graph.shape(x).with_ones(&[axis]);
            let other = entry.input(&kept);
            let graph = &mut entry.case.graph;
            let square = graph.unary(Unary::Square, x).unwrap();
            let mean = graph.mean(square, &[axis]).unwrap();
            let shifted = graph.add_scalar(mean, 0.5).unwrap();
            let value = graph.mul(shifted, other).unwrap();
            entry.outputs.push((value, Tolerance::Sum { terms: terms + 8 }));
        }
        entries.push(entry);
    }
    // More results than 65,535 workgroups of 64 have.
    let mut large = Entry::new("more sums than a row of workgroups");
    let (rows, columns) = (large.input(&[2051, 1, 2]), large.input(&[1, 2053, 2]));
    let products = large.case.graph.mul(rows, columns).unwrap();
    let sums = large.case.graph.sum(products, &[2]).unwrap();
    entries.push(large.with(sums, Tolerance::Sum { terms: 2 }));
    entries
}

/// Normalisation with its statistics and its gradient.
pub fn normalizations() -> Vec<Entry> {
    let cases = [
        ([16, 3, 5, 4], &[0, 2, 3][..]),
        ([4, 3, 7, 7], &[1, 2, 3]),
        ([64, 4, 7, 7], &[2, 3]),
        ([2, 33, 6, 1], &[1, 3]),
    ];
    let entry = |(shape, axes): ([usize; 4], &[usize])| {
        let mut entry = Entry::new(format!("normalize {shape:?} over {axes:?}"));
        let (x, weight) = (entry.input(&shape), entry.input(&shape));
        let graph = &mut entry.case.graph;
        let (y, mean, variance) = graph.normalize(x, axes, 1e-5).unwrap();
        let relu = graph.unary(Unary::LeakyRelu(0.2.into()), y).unwrap();
        let weighted = graph.mul(relu, weight).unwrap();
        let axes: Vec<usize> = (0..4).collect();
        let loss = graph.sum(weighted, &axes).unwrap();
        let gradient = graph.gradients(loss, &[x]).unwrap()[0];
        let tolerance = near(2e-5, 2e-6);
        for output in [y, mean, variance, gradient] {
            entry.outputs.push((output, tolerance));
        }
        entry
    };
    cases.into_iter().map(entry).collect()
}

/// Random numbers, constants, and rows of a table.
pub fn sources() -> Vec<Entry> {
    let mut entry = Entry::new("sources");
    for shape in [&[1][..], &[63, 3], &[5, 7, 11, 2], &[65, 1000]] {
        let graph = &mut entry.case.graph;
        let (uniform, normal) = (graph.uniform(sample(1), shape), graph.normal(sample(2), shape));
        entry.outputs.extend([(uniform, COPY), (normal, COPY)]);
    }
    let normal = entry.case.graph.normal(sample(u32::MAX), [50, 64]);
    let part = entry.case.graph.slice(normal, 1, 10, 5).unwrap();
    let constant = entry.case.graph.constant(0.1, [70]);
    entry.outputs.extend([(part, COPY), (constant, COPY)]);
    let init = Init::Normal { mean: 0.5, std: 0.25 };
    let variables = &mut entry.case.variables;
    let id = variables.variable(entry.case.network, "weight", [5, 13].into(), Role::Parameter, init).unwrap();
    let average = entry.case.graph.average(variables, id);
    entry.outputs.push((average, COPY));
    let ramp = entry.case.graph.ramp(Clock::Sample, 0, 7).unwrap();
    let faded = entry.case.graph.mul(ramp, normal).unwrap();
    entry.outputs.extend([(ramp, COPY), (faded, COPY)]);
    for (rows, width, batch) in [(40, 12, 64), (1, 5, 3), (7, 1, 9), (9, 33, 1)] {
        let table = entry.case.table(rows, width);
        let index = entry.case.graph.shuffled_index(Clock::Sample, rows, batch).unwrap();
        let images = entry.case.graph.gather(&entry.case.variables, table, index).unwrap();
        // A driver may add and multiply with one rounding.
        entry.outputs.push((images, near(0.0, 4.0 * UNIT_ROUNDOFF)));
    }
    vec![entry]
}

/// How many of the random expressions are in the suite.
pub const RANDOM_EXPRESSIONS: u32 = 24;

/// A few dozen random ops of every elementwise and reducing kind, over tensors whose shapes broadcast to one: what
/// fusion and planning make of them has no pattern.
pub fn random_expression(seed: u32) -> Entry {
    let mut counter = 0;
    let mut pick = |below: usize| {
        counter += 1;
        rng::bits(SEED, seed, 77, counter) as usize % below
    };
    let mut entry = Entry::new(format!("random expression {seed}"));
    let full = [1 + pick(6), 1 + pick(20), 1 + pick(70)];
    let mut known: Vec<Tensor> = Vec::new();
    for _ in 0..5 {
        let shape: Vec<usize> = full.iter().map(|&extent| if pick(3) == 0 { 1 } else { extent }).collect();
        known.push(entry.input(&shape));
    }
    for round in 0..20 {
        let (a, b) = (known[pick(known.len())], known[pick(known.len())]);
        let graph = &mut entry.case.graph;
        let axis = pick(3);
        let extent = graph.shape(a)[axis];
        let next = match pick(8) {
            // Once: a matrix product of what is there with itself.
            _ if round == 8 => {
                let shape = graph.shape(a).clone();
                let rows = graph.reshape(a, [shape[0] * shape[1], shape[2]]).unwrap();
                let gram = graph.matmul(rows, rows, true, false).unwrap();
                let mixed = graph.matmul(rows, gram, false, false).unwrap();
                let mixed = graph.mul_scalar(mixed, 1.0 / (shape.elements() as f32)).unwrap();
                graph.reshape(mixed, shape)
            }
            0 => graph.unary(Unary::LeakyRelu(0.2.into()), a),
            1 => graph.unary(Unary::Sigmoid, a),
            2 | 3 => graph.mul(a, b),
            4 => graph.sub(a, b),
            5 => {
                let axes: Vec<usize> = (0..3).filter(|_| pick(2) == 0).collect();
                graph.mean(a, &axes)
            }
            6 => {
                let piece = graph.slice(a, axis, pick(extent), 1).unwrap();
                graph.add(piece, b)
            }
            _ => {
                let width = 1 + pick(extent);
                let piece = graph.slice(a, axis, extent - width, width).unwrap();
                let joined = graph.concat(&[piece, a], axis).unwrap();
                graph.slice(joined, axis, 0, extent)
            }
        };
        // Values stay near 1, so that errors do.
        known.push(entry.case.graph.unary(Unary::Tanh, next.unwrap()).unwrap());
    }
    let all = entry.case.flat(&known[known.len() - 10..]);
    entry.with(all, near(0.0, 1e-5))
}

/// A training step of everything that changes state: a batch of `BATCH` rows out of `ROWS`, an optimiser, running
/// statistics, and a row in the ring. The plan's output is the batch.
pub struct Step {
    pub program: Program,
    pub table: Vec<u8>,
    pub network: NetworkId,
}

impl Step {
    pub const ROWS: usize = 23;
    pub const WIDTH: usize = 7;
    pub const BATCH: usize = 5;
    pub const ADAM: Adam = Adam { beta1: 0.5, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

    pub fn new() -> Step {
        let (rows, width, batch, clock) = (Self::ROWS, Self::WIDTH, Self::BATCH, Clock::Discriminator);
        let (mut graph, mut variables) = (Graph::new(), Variables::default());
        let network = variables.network("net");
        let table = variables.table(Table { rows, width, scale: 1.0, offset: 0.0 });
        let normal = Init::Normal { mean: 0.5, std: 0.2 };
        // Neither is a multiple of the arena's alignment.
        let weight = variables.variable(network, "weight", [3, width].into(), Role::Parameter, normal).unwrap();
        let bias = variables.variable(network, "bias", [1000].into(), Role::Parameter, normal).unwrap();
        let first = variables.variable(network, "mean", [1, width].into(), Role::Buffer, Init::Constant(1.0)).unwrap();
        let second = variables.variable(network, "other", [9].into(), Role::Buffer, Init::Constant(-2.0)).unwrap();

        let index = graph.shuffled_index(clock, rows, batch).unwrap();
        let images = graph.gather(&variables, table, index).unwrap();
        let [w, b, running, other] = [weight, bias, first, second].map(|id| graph.variable(&variables, id));
        let scaled = graph.mul_scalar(images, 1.0 / 255.0).unwrap();
        let product = graph.matmul(scaled, w, false, true).unwrap();
        let noise = graph.normal(Draw { stream: 4, clock }, [1000]);
        let distance = graph.sub(b, noise).unwrap();
        let losses = [product, distance].map(|x| {
            let square = graph.unary(Unary::Square, x).unwrap();
            graph.mean_all(square).unwrap()
        });
        let loss = graph.add(losses[0], losses[1]).unwrap();
        let gradients = graph.gradients(loss, &[w, b]).unwrap();
        let mean = graph.mean(scaled, &[0]).unwrap();
        let old = graph.mul_scalar(running, 0.9).unwrap();
        let new = graph.mul_scalar(mean, 0.1).unwrap();
        let running = graph.add(old, new).unwrap();
        let other = graph.mul_scalar(other, -0.5).unwrap();
        let draw = graph.uniform(Draw { stream: 5, clock }, [1]);
        let effects = [
            Effect::Update {
                network,
                rule: Self::ADAM.into(),
                gradients: vec![(weight, gradients[0]), (bias, gradients[1])],
            },
            Effect::Assign { variable: first, value: running },
            Effect::Assign { variable: second, value: other },
            Effect::Output { value: images },
            Effect::Record { columns: vec![loss, draw] },
        ];
        let plan = Plan::new("step", clock, &graph, &variables, &effects).unwrap();
        let bytes = (0..rows * width).map(|i| if i % width == 0 { i / width } else { i * 37 % 256 } as u8).collect();
        Step { program: Program { variables, plans: vec![plan] }, table: bytes, network }
    }
}
