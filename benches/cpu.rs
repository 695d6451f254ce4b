//! Times the CPU backend's kernels on the layers of a DCGAN with 32 channels at batch size 64: `cargo bench --bench cpu`.

use ganvas::Result;
use ganvas::backend::Program;
use ganvas::backend::cpu::CpuBackend;
use ganvas::graph::{Clock, Conv, Draw, Effect, Graph, Init, Plan, Role, Tensor, Unary, Variables};
use std::time::Instant;

const BATCH: usize = 64;

/// One line of the table: what is timed, over which inputs, and how to count its work.
struct Line {
    name: &'static str,
    shapes: Vec<Vec<usize>>,
    work: Work,
    build: Build,
}

type Build = Box<dyn Fn(&mut Graph, &[Tensor]) -> Result<Tensor>>;

enum Work {
    /// Floating-point operations.
    Flop(usize),
    /// Bytes read and written.
    Bytes(usize),
}

fn conv_lines(name: [&'static str; 3], x: [usize; 4], out_channels: usize, lines: &mut Vec<Line>) {
    let conv = Conv::square(4, 2, 1);
    let [oh, ow] = conv.output([x[2], x[3]]).expect("the kernel fits");
    let (w, y) = ([out_channels, x[1], 4, 4], [x[0], out_channels, oh, ow]);
    let flop = 2 * y.iter().product::<usize>() * x[1] * 16;
    let mut line =
        |name, a: &[usize], b: &[usize], build: fn(&mut Graph, &[Tensor], Conv, [usize; 2]) -> Result<Tensor>| {
            let size = [x[2], x[3]];
            let build = Box::new(move |graph: &mut Graph, inputs: &[Tensor]| build(graph, inputs, conv, size));
            lines.push(Line { name, shapes: vec![a.to_vec(), b.to_vec()], work: Work::Flop(flop), build });
        };
    line(name[0], &x, &w, |graph, inputs, conv, _| graph.conv2d(inputs[0], inputs[1], conv));
    line(name[1], &y, &w, |graph, inputs, conv, size| graph.conv2d_input_grad(inputs[0], inputs[1], conv, size));
    line(name[2], &x, &y, |graph, inputs, conv, _| graph.conv2d_weight_grad(inputs[0], inputs[1], conv));
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    let flop = 2 * BATCH * 64 * 3136;
    for (name, a, b, transposes) in [
        ("linear 64 -> 3136, forward", [BATCH, 64], [3136, 64], (false, true)),
        ("linear 64 -> 3136, input grad", [BATCH, 3136], [3136, 64], (false, false)),
        ("linear 64 -> 3136, weight grad", [BATCH, 3136], [BATCH, 64], (true, false)),
    ] {
        let build =
            move |graph: &mut Graph, inputs: &[Tensor]| graph.matmul(inputs[0], inputs[1], transposes.0, transposes.1);
        let shapes = vec![a.to_vec(), b.to_vec()];
        lines.push(Line { name, shapes, work: Work::Flop(flop), build: Box::new(build) });
    }
    // A transposed convolution runs the faces of a convolution: its forward is the input gradient.
    let names = [
        "convT 64 -> 32, 7 -> 14, input grad",
        "convT 64 -> 32, 7 -> 14, forward",
        "convT 64 -> 32, 7 -> 14, weight grad",
    ];
    conv_lines(names, [BATCH, 32, 14, 14], 64, &mut lines);
    let names = [
        "convT 32 -> 1, 14 -> 28, input grad",
        "convT 32 -> 1, 14 -> 28, forward",
        "convT 32 -> 1, 14 -> 28, weight grad",
    ];
    conv_lines(names, [BATCH, 1, 28, 28], 32, &mut lines);
    let names = [
        "conv 1 -> 32, 28 -> 14, forward",
        "conv 1 -> 32, 28 -> 14, input grad",
        "conv 1 -> 32, 28 -> 14, weight grad",
    ];
    conv_lines(names, [BATCH, 1, 28, 28], 32, &mut lines);
    let names = [
        "conv 32 -> 64, 14 -> 7, forward",
        "conv 32 -> 64, 14 -> 7, input grad",
        "conv 32 -> 64, 14 -> 7, weight grad",
    ];
    conv_lines(names, [BATCH, 32, 14, 14], 64, &mut lines);
    for (names, shape) in [
        (
            ["mean over [64, 32, 14, 14]", "variance over [64, 32, 14, 14]", "normalise [64, 32, 14, 14]"],
            [BATCH, 32, 14, 14],
        ),
        (["mean over [64, 64, 7, 7]", "variance over [64, 64, 7, 7]", "normalise [64, 64, 7, 7]"], [BATCH, 64, 7, 7]),
    ] {
        let bytes = 4 * shape.iter().product::<usize>();
        let channels = vec![1, shape[1], 1, 1];
        lines.push(Line {
            name: names[0],
            shapes: vec![shape.to_vec()],
            work: Work::Bytes(bytes),
            build: Box::new(|graph, inputs| graph.mean(inputs[0], &[0, 2, 3])),
        });
        lines.push(Line {
            name: names[1],
            shapes: vec![shape.to_vec(), channels.clone()],
            work: Work::Bytes(bytes),
            build: Box::new(|graph, inputs| {
                let centered = graph.sub(inputs[0], inputs[1])?;
                let square = graph.unary(Unary::Square, centered)?;
                graph.mean(square, &[0, 2, 3])
            }),
        });
        lines.push(Line {
            name: names[2],
            shapes: vec![shape.to_vec(), channels.clone(), channels.clone(), channels.clone(), channels],
            work: Work::Bytes(2 * bytes),
            build: Box::new(|graph, inputs| {
                let centered = graph.sub(inputs[0], inputs[1])?;
                let eps = graph.add_scalar(inputs[2], 1e-5)?;
                let square = graph.unary(Unary::Square, eps)?;
                let rstd = graph.unary(Unary::Rsqrt, square)?;
                let normal = graph.mul(centered, rstd)?;
                let scaled = graph.mul(normal, inputs[3])?;
                let shifted = graph.add(scaled, inputs[4])?;
                graph.unary(Unary::LeakyRelu(0.2.into()), shifted)
            }),
        });
    }
    for (name, unary) in
        [("tanh", Unary::Tanh), ("sigmoid", Unary::Sigmoid), ("softplus", Unary::Softplus), ("exp", Unary::Exp)]
    {
        lines.push(Line {
            name,
            shapes: vec![vec![BATCH, 784]],
            work: Work::Bytes(8 * BATCH * 784),
            build: Box::new(move |graph, inputs| graph.unary(unary, inputs[0])),
        });
    }
    lines.push(Line {
        name: "column sums of [64, 3136]",
        shapes: vec![vec![BATCH, 3136]],
        work: Work::Bytes(4 * BATCH * 3136),
        build: Box::new(|graph, inputs| graph.sum(inputs[0], &[0])),
    });
    lines.push(Line {
        name: "normal [64, 64]",
        shapes: vec![],
        work: Work::Bytes(4 * BATCH * 64),
        build: Box::new(|graph, _| Ok(graph.normal(Draw { stream: 1, clock: Clock::Sample }, [BATCH, 64]))),
    });
    lines
}

fn backend(line: &Line) -> Result<CpuBackend> {
    let (mut graph, mut variables) = (Graph::new(), Variables::default());
    let network = variables.network("inputs");
    let mut inputs = Vec::new();
    for (index, shape) in line.shapes.iter().enumerate() {
        let init = Init::Normal { mean: 0.0, std: 1.0 };
        let id = variables.variable(network, &index.to_string(), shape.clone().into(), Role::Buffer, init)?;
        inputs.push(graph.variable(&variables, id));
    }
    let value = (line.build)(&mut graph, &inputs)?;
    let plan = Plan::new("bench", Clock::Sample, &graph, &variables, &[Effect::Output { value }])?;
    assert!(plan.dispatches.len() == 1, "{}: one kernel is timed at a time", line.name);
    CpuBackend::new(Program { variables, plans: vec![plan] }, vec![], 1)
}

/// The shortest of several timings, in seconds.
fn best(mut run: impl FnMut()) -> f64 {
    run();
    let start = Instant::now();
    run();
    let once = start.elapsed().as_secs_f64();
    let times = (0.005 / once).ceil().clamp(1.0, 10_000.0) as usize;
    let timing = |_| {
        let start = Instant::now();
        (0..times).for_each(|_| run());
        start.elapsed().as_secs_f64() / times as f64
    };
    (0..25).map(timing).fold(f64::MAX, f64::min)
}

fn main() -> Result<()> {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    println!("{:38} {:>12} {:>16}", "kernel", "time", "speed");
    for line in lines() {
        if only.as_ref().is_some_and(|only| !line.name.contains(only.as_str())) {
            continue;
        }
        let mut backend = backend(&line)?;
        let seconds = best(|| backend.run(0).expect("the plan exists"));
        let speed = match line.work {
            Work::Flop(flop) => format!("{:.1} GFLOP/s", flop as f64 / seconds / 1e9),
            Work::Bytes(bytes) => format!("{:.1} GB/s", bytes as f64 / seconds / 1e9),
        };
        println!("{:38} {:>9.1} us {:>16}", line.name, seconds * 1e6, speed);
    }
    Ok(())
}
