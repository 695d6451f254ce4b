//! One product, done by each of its candidates.

use crate::backend::Program;
use crate::backend::gpu::{GpuBackend, GpuDevice};
use crate::error::{Error, Result};
use crate::graph::plan::Kernel;
use crate::graph::{Clock, Effect, Graph, Init, NetworkId, Plan, Role, Tensor, Variables};
use crate::kernel::{self, Launch, Tuning, Variant};
use crate::order::median;
use std::rc::Rc;

/// A timing lasts at least so long, where one run is shorter: the wait at its end takes some 0.1 ms, and clocks in browsers
/// are as coarse as 0.1 ms to 1 ms.
const WINDOW_MS: f64 = 4.0;
const MOST_TIMES: usize = 1_024;
/// Timings of each candidate, in turn.
const ROUNDS: usize = 3;
/// After the first round those that took this much longer than the best are out.
const FAR_BEHIND: f64 = 1.3;
/// Another kernel has to be this much faster than the choice by shape.
const WORTH_IT: f64 = 0.95;
/// Results may differ by this much of the largest one: sums in another order, as `tests/kernels.rs` allows them.
const TOLERANCE: f32 = 1e-4;
const SEED: u32 = 1;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Pick {
    /// The shape, as in a [`Tuning`].
    pub key: String,
    /// The usual one where that is the best.
    pub variant: Variant,
    /// Milliseconds of one run with the usual variant, and with this one.
    pub usual_ms: f64,
    pub ms: f64,
    /// Candidates that were tried, the usual one among them, and those whose results were wrong.
    pub tried: usize,
    pub wrong: usize,
}

pub(super) enum Turn {
    More,
    Picked(Pick),
    /// A candidate took so many milliseconds to make.
    TooSlow(f64),
}

/// A candidate that is made and right.
struct Rival {
    variant: Variant,
    /// The plan that is lowered with it.
    plan: usize,
    samples: Vec<f64>,
}

pub(super) struct Contest {
    key: String,
    /// The same plan for each candidate, on the same operands.
    backend: GpuBackend,
    /// Candidates that are not made yet, the next one last.
    waiting: Vec<(Variant, Vec<Launch>)>,
    rivals: Vec<Rival>,
    /// The usual result.
    expected: Vec<f32>,
    tried: usize,
    wrong: usize,
    /// Runs in one timing; 0 before that is found out.
    times: usize,
    compile_ms: f64,
}

impl Contest {
    /// Makes operands and the usual kernel. None where there is nothing to choose from.
    pub async fn begin(
        gpu: &Rc<GpuDevice>,
        kernel: &Kernel,
        usual: Variant,
        compile_ms: f64,
    ) -> Result<Option<Contest>> {
        let Some(shape) = kernel::product_shape(kernel) else { return Ok(None) };
        let candidates = kernel::candidates(kernel);
        let program = program(kernel, candidates.len() + 1)?;
        let plan = &program.plans[0];
        // What the builder makes something else of has no operands to be measured on.
        let own = |kernel: &Kernel| kernel::product_shape(kernel).is_some_and(|own| own.key == shape.key);
        if !plan.dispatches.iter().any(|dispatch| own(&dispatch.kernel)) {
            return Ok(None);
        }
        let mut waiting: Vec<(Variant, Vec<Launch>)> = Vec::new();
        for variant in [usual].into_iter().chain(candidates) {
            let launches = kernel::lower_with(plan, &program.variables, &Tuning::all(variant));
            // What comes to the same kernel is one candidate.
            if waiting.iter().all(|(_, known)| *known != launches) {
                waiting.push((variant, launches));
            }
        }
        if waiting.len() < 2 {
            return Ok(None);
        }
        waiting.reverse();
        let (variant, launches) = waiting.pop().expect("there are two at least");
        let launches = vec![launches; program.plans.len()];
        let mut backend = GpuBackend::with_launches(gpu.clone(), program, launches, &[], SEED, &mut |_, _| {}).await?;
        backend.run(&[0])?;
        let expected = backend.output(0).await?;
        let rivals = vec![Rival { variant, plan: 0, samples: Vec::new() }];
        let (tried, times) = (1, 0);
        Ok(Some(Contest { key: shape.key, backend, waiting, rivals, expected, tried, wrong: 0, times, compile_ms }))
    }

    /// One slice.
    pub async fn advance(&mut self, clock: fn() -> f64) -> Result<Turn> {
        if let Some((variant, launches)) = self.waiting.pop() {
            let ms = self.admit(variant, launches, clock).await?;
            return Ok(if ms > self.compile_ms { Turn::TooSlow(ms) } else { Turn::More });
        }
        if self.times == 0 {
            self.times = self.find_times(clock).await?;
            return Ok(Turn::More);
        }
        for rival in 0..self.rivals.len() {
            let ms = self.time(self.rivals[rival].plan, self.times, clock).await? / self.times as f64;
            self.rivals[rival].samples.push(ms);
        }
        let ms = |rival: &Rival| median(&rival.samples);
        let best = self.rivals.iter().map(ms).fold(f64::INFINITY, f64::min);
        if self.rivals[0].samples.len() < ROUNDS {
            self.rivals.retain(|rival| rival.plan == 0 || ms(rival) <= FAR_BEHIND * best);
            if self.rivals.len() > 1 {
                return Ok(Turn::More);
            }
        }
        let usual_ms = ms(&self.rivals[0]);
        let winner = self.rivals.iter().min_by(|a, b| ms(a).total_cmp(&ms(b))).expect("the usual one is among them");
        let winner = if ms(winner) < WORTH_IT * usual_ms { winner } else { &self.rivals[0] };
        Ok(Turn::Picked(Pick {
            key: self.key.clone(),
            variant: winner.variant,
            usual_ms,
            ms: ms(winner),
            tried: self.tried,
            wrong: self.wrong,
        }))
    }

    /// Makes a candidate, and lets it take part if its result is right. Answers with the milliseconds that making it took.
    async fn admit(&mut self, variant: Variant, launches: Vec<Launch>, clock: fn() -> f64) -> Result<f64> {
        let (plan, begun) = (self.tried, clock());
        self.tried += 1;
        for launch in &launches {
            match self.backend.compile(launch).await {
                // A driver that does not take it is no reason to stop.
                Err(Error::Pipeline { .. }) => {
                    self.wrong += 1;
                    return Ok(0.0);
                }
                other => other?,
            }
        }
        self.backend.replace(plan, launches)?;
        self.backend.run(&[plan])?;
        let found = self.backend.output(plan).await?;
        match agree(&self.expected, &found) {
            true => self.rivals.push(Rival { variant, plan, samples: Vec::new() }),
            false => self.wrong += 1,
        }
        Ok(clock() - begun)
    }

    /// Milliseconds of so many runs in one submission.
    async fn time(&mut self, plan: usize, times: usize, clock: fn() -> f64) -> Result<f64> {
        let begun = clock();
        self.backend.run(&vec![plan; times])?;
        self.backend.finish().await?;
        Ok(clock() - begun)
    }

    async fn find_times(&mut self, clock: fn() -> f64) -> Result<usize> {
        let mut times = 1;
        while times < MOST_TIMES && self.time(0, times, clock).await? < WINDOW_MS {
            times *= 2;
        }
        Ok(times)
    }
}

/// Whether two results are the same up to rounding.
fn agree(expected: &[f32], found: &[f32]) -> bool {
    let largest = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    // Written so that what is no number does not agree.
    expected.iter().zip(found).all(|(expected, found)| (expected - found).abs() <= TOLERANCE * largest)
}

/// A program that does a product, in as many plans.
fn program(kernel: &Kernel, plans: usize) -> Result<Program> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("operands");
    let operands = &mut Operands { graph: &mut graph, variables: &mut variables, network };
    let value = match kernel {
        &Kernel::MatMul { batch, m, n, k, transpose_a, transpose_b } => {
            let matrix = |rows: usize, columns: usize, transposed: bool| {
                let mut shape = if batch > 1 { vec![batch] } else { Vec::new() };
                shape.extend(if transposed { [columns, rows] } else { [rows, columns] });
                shape
            };
            let a = operands.make("a", &matrix(m, k, transpose_a))?;
            let b = operands.make("b", &matrix(k, n, transpose_b))?;
            graph.matmul(a, b, transpose_a, transpose_b)?
        }
        Kernel::Conv2d(shape) | Kernel::Conv2dInputGrad(shape) | Kernel::Conv2dWeightGrad(shape) => {
            let [kernel_height, kernel_width] = shape.conv.kernel_size;
            let x = [shape.batch, shape.in_channels, shape.height, shape.width];
            let y = [shape.batch, shape.out_channels, shape.out_height, shape.out_width];
            let w = [shape.out_channels, shape.in_channels, kernel_height, kernel_width];
            match kernel {
                Kernel::Conv2d(_) => {
                    let (x, w) = (operands.make("x", &x)?, operands.make("w", &w)?);
                    graph.conv2d(x, w, shape.conv)?
                }
                Kernel::Conv2dInputGrad(_) => {
                    let (g, w) = (operands.make("g", &y)?, operands.make("w", &w)?);
                    graph.conv2d_input_grad(g, w, shape.conv, [shape.height, shape.width])?
                }
                _ => {
                    let (x, g) = (operands.make("x", &x)?, operands.make("g", &y)?);
                    graph.conv2d_weight_grad(x, g, shape.conv)?
                }
            }
        }
        _ => unreachable!("only products have shapes"),
    };
    let plan = Plan::new("product", Clock::Sample, &graph, &variables, &[Effect::Output { value }])?;
    Ok(Program { variables, plans: vec![plan; plans] })
}

struct Operands<'g> {
    graph: &'g mut Graph,
    variables: &'g mut Variables,
    network: NetworkId,
}

impl Operands<'_> {
    fn make(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let init = Init::Uniform { low: -1.0, high: 1.0 };
        let id = self.variables.variable(self.network, name, shape.to_vec().into(), Role::Buffer, init)?;
        Ok(self.graph.variable(self.variables, id))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::graph::Conv;
    use crate::graph::plan::ConvShape;
    use pollster::block_on;

    fn clock() -> f64 {
        static BEGIN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        BEGIN.elapsed().as_secs_f64() * 1e3
    }

    fn finish(mut contest: Contest) -> Pick {
        loop {
            match block_on(contest.advance(clock)).unwrap() {
                Turn::More => {}
                Turn::Picked(pick) => return pick,
                Turn::TooSlow(ms) => panic!("{ms} ms"),
            }
        }
    }

    fn kernels() -> [Kernel; 3] {
        let shape = ConvShape {
            batch: 4,
            in_channels: 16,
            height: 14,
            width: 14,
            out_channels: 32,
            out_height: 7,
            out_width: 7,
            conv: Conv::square(4, 2, 1),
        };
        let matmul = Kernel::MatMul { batch: 1, m: 65, n: 130, k: 70, transpose_a: false, transpose_b: true };
        [matmul, Kernel::Conv2dInputGrad(shape), Kernel::Conv2dWeightGrad(shape)]
    }

    /// Every candidate is made and gives the right result; one that is spoilt is found out.
    #[test]
    fn a_wrong_variant_never_wins() {
        if std::env::var("GANVAS_NO_GPU").is_ok_and(|value| value == "1") {
            return;
        }
        let gpu = Rc::new(block_on(GpuDevice::open()).unwrap());
        for kernel in kernels() {
            let begin = || block_on(Contest::begin(&gpu, &kernel, Variant::default(), f64::INFINITY)).unwrap().unwrap();
            let right = finish(begin());
            assert_eq!((right.tried, right.wrong), (kernel::candidates(&kernel).len(), 0), "{right:?}");
            assert!(right.ms > 0.0 && right.ms <= right.usual_ms, "{right:?}");

            let mut contest = begin();
            let others = contest.waiting.len();
            let sources = contest.waiting.iter().map(|(_, launches)| launches[0].source.clone());
            assert_eq!(sources.collect::<std::collections::HashSet<_>>().len(), others, "each is another kernel");
            for (_, launches) in &mut contest.waiting {
                let source = &mut launches.last_mut().unwrap().source;
                // As a driver might, in one result of many.
                let spoilt = source.replace("] = value;", "] = select(value, value + 1.0, at == 77u);");
                assert_ne!(*source, spoilt);
                *source = spoilt;
            }
            // And one is refused.
            contest.waiting[0].1[0].source.push_str("fn spoilt() -> u32 { return 1.5; }\n");
            let pick = finish(contest);
            assert_eq!(pick.wrong, others, "{pick:?}");
            assert_eq!(pick.variant, Variant::default());
        }
    }
}
