//! `nn::functional` and the losses against direct loops in f64 (and known answers of PyTorch), gradients of both orders
//! against central differences.

mod common;

use common::differences::{check_inputs, weighted};
use common::{Case, assert_close};
use ganvas::graph::{Clock, Draw, Tensor};
use ganvas::nn::functional as f;
use ganvas::nn::{AdversarialLoss, discriminator_loss, generator_loss, losses, penalties};

type Build = Box<dyn Fn(&mut Case) -> Tensor>;
type Direct = Box<dyn Fn(&[Vec<f64>]) -> Vec<f64>>;

/// A function under test: inputs are made in `build`; `direct` gives the same from the inputs' values.
struct Entry(&'static str, Build, Direct);

const B: usize = 2;
const C: usize = 4;
const H: usize = 4;
const W: usize = 6;

fn image(case: &mut Case) -> Tensor {
    case.input(&[B, C, H, W])
}

/// One value for each element of an output `[B, channels, height, width]`, from `x(b, c, y, x)` of the input image.
fn map_image(
    [channels, height, width]: [usize; 3],
    of: impl Fn(&dyn Fn(usize, usize, usize, usize) -> f64, [usize; 4]) -> f64 + 'static,
) -> Direct {
    Box::new(move |inputs| {
        let at = |b: usize, c: usize, y: usize, x: usize| inputs[0][((b * C + c) * H + y) * W + x];
        let mut result = Vec::new();
        for b in 0..B {
            for c in 0..channels {
                for y in 0..height {
                    for x in 0..width {
                        result.push(of(&at, [b, c, y, x]));
                    }
                }
            }
        }
        result
    })
}

fn each(function: impl Fn(f64) -> f64 + 'static) -> Direct {
    Box::new(move |inputs| inputs[0].iter().map(|&x| function(x)).collect())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn entry(name: &'static str, build: impl Fn(&mut Case) -> Tensor + 'static, direct: Direct) -> Entry {
    Entry(name, Box::new(build), direct)
}

/// What lies at a place of an image mirrored at its outermost pixels.
fn mirrored(position: isize, extent: usize) -> usize {
    let last = extent as isize - 1;
    (if position < 0 {
        -position
    } else if position > last {
        2 * last - position
    } else {
        position
    }) as usize
}

/// The two neighbours of output `i` and the weight of the second, by PyTorch's rule for align_corners=False.
fn neighbours(i: usize, scale: usize, extent: usize) -> (usize, usize, f64) {
    let position = ((i as f64 + 0.5) / scale as f64 - 0.5).max(0.0);
    let first = position.floor() as usize;
    (first, (first + 1).min(extent - 1), position - first as f64)
}

/// The kernel of cubic convolution as Keys (1981) has it, equation 4 with a = -1/2.
fn keys(s: f64) -> f64 {
    let a = -0.5;
    match s {
        s if s < 1.0 => (a + 2.0) * s.powi(3) - (a + 3.0) * s.powi(2) + 1.0,
        s if s < 2.0 => a * s.powi(3) - 5.0 * a * s.powi(2) + 8.0 * a * s - 4.0 * a,
        _ => 0.0,
    }
}

fn functions() -> Vec<Entry> {
    let mut entries = vec![
        entry(
            "relu",
            |c| {
                let x = image(c);
                f::relu(&mut c.graph, x).unwrap()
            },
            each(|x| x.max(0.0)),
        ),
        entry(
            "elu",
            |c| {
                let x = image(c);
                f::elu(&mut c.graph, x, 1.5).unwrap()
            },
            each(|x| if x > 0.0 { x } else { 1.5 * (x.exp() - 1.0) }),
        ),
        entry(
            "silu",
            |c| {
                let x = image(c);
                f::silu(&mut c.graph, x).unwrap()
            },
            each(|x| x / (1.0 + (-x).exp())),
        ),
        entry(
            "prelu",
            |c| {
                let (x, w) = (image(c), c.input(&[C]));
                f::prelu(&mut c.graph, x, w).unwrap()
            },
            Box::new(|i| {
                i[0].iter().enumerate().map(|(n, &x)| if x > 0.0 { x } else { x * i[1][n / (H * W) % C] }).collect()
            }),
        ),
        entry(
            "flatten",
            |c| {
                let x = image(c);
                f::flatten(&mut c.graph, x, 1).unwrap()
            },
            each(|x| x),
        ),
    ];
    for log in [false, true] {
        entries.push(entry(
            "softmax",
            move |c| {
                let x = c.input(&[3, 5]);
                if log { f::log_softmax(&mut c.graph, x, 1).unwrap() } else { f::softmax(&mut c.graph, x, 1).unwrap() }
            },
            Box::new(move |i| {
                i[0].chunks(5)
                    .flat_map(|row| {
                        let sum: f64 = row.iter().map(|x| x.exp()).sum();
                        row.iter().map(move |x| if log { x - sum.ln() } else { x.exp() / sum }).collect::<Vec<_>>()
                    })
                    .collect()
            }),
        ));
    }
    for (kernel, stride, padding) in [(2, 2, 0), (3, 1, 1), (3, 2, 1), (2, 1, 0)] {
        let size = |extent: usize| (extent + 2 * padding - kernel) / stride + 1;
        let window = move |at: &dyn Fn(usize, usize, usize, usize) -> f64, [b, c, y, x]: [usize; 4]| {
            let mut values = Vec::new();
            for dy in 0..kernel {
                for dx in 0..kernel {
                    let (row, column) =
                        ((y * stride + dy).wrapping_sub(padding), (x * stride + dx).wrapping_sub(padding));
                    values.push((row < H && column < W).then(|| at(b, c, row, column)));
                }
            }
            values
        };
        entries.push(entry(
            "avg_pool2d",
            move |c| {
                let x = image(c);
                f::avg_pool2d(&mut c.graph, x, kernel, stride, padding).unwrap()
            },
            map_image([C, size(H), size(W)], move |at, place| {
                mean(window(at, place).into_iter().map(|v| v.unwrap_or(0.0)))
            }),
        ));
        entries.push(entry(
            "max_pool2d",
            move |c| {
                let x = image(c);
                f::max_pool2d(&mut c.graph, x, kernel, stride, padding).unwrap()
            },
            map_image([C, size(H), size(W)], move |at, place| {
                window(at, place).into_iter().flatten().fold(f64::MIN, f64::max)
            }),
        ));
    }
    entries.push(entry(
        "global_sum_pool2d",
        |c| {
            let x = image(c);
            f::global_sum_pool2d(&mut c.graph, x).unwrap()
        },
        Box::new(|i| i[0].chunks(H * W).map(|p| p.iter().sum()).collect()),
    ));
    entries.push(entry(
        "global_avg_pool2d",
        |c| {
            let x = image(c);
            f::global_avg_pool2d(&mut c.graph, x).unwrap()
        },
        Box::new(|i| i[0].chunks(H * W).map(|p| mean(p.iter().copied())).collect()),
    ));
    for scale in [1, 2, 3, 4] {
        entries.push(entry(
            "nearest",
            move |c| {
                let x = image(c);
                f::interpolate_nearest(&mut c.graph, x, scale).unwrap()
            },
            map_image([C, H * scale, W * scale], move |at, [b, c, y, x]| at(b, c, y / scale, x / scale)),
        ));
        entries.push(entry(
            "bilinear",
            move |c| {
                let x = image(c);
                f::interpolate_bilinear(&mut c.graph, x, scale).unwrap()
            },
            map_image([C, H * scale, W * scale], move |at, [b, c, y, x]| {
                let ((y0, y1, v), (x0, x1, u)) = (neighbours(y, scale, H), neighbours(x, scale, W));
                let line = |row| (1.0 - u) * at(b, c, row, x0) + u * at(b, c, row, x1);
                (1.0 - v) * line(y0) + v * line(y1)
            }),
        ));
    }
    for scale in [1, 2, 3, 4] {
        entries.push(entry(
            "bicubic",
            move |c| {
                let x = image(c);
                f::interpolate_bicubic(&mut c.graph, x, scale).unwrap()
            },
            map_image([C, H * scale, W * scale], move |at, [b, c, y, x]| {
                // All pixels there are by their distance, those beyond the edge standing for the edge.
                let weights = |i: usize, extent: usize| {
                    let mut weights = vec![0.0; extent];
                    let position = (i as f64 + 0.5) / scale as f64 - 0.5;
                    for other in -3..extent as i64 + 3 {
                        weights[other.clamp(0, extent as i64 - 1) as usize] += keys((position - other as f64).abs());
                    }
                    weights
                };
                let (rows, columns) = (weights(y, H), weights(x, W));
                let line = |y: usize| (0..W).map(|x| columns[x] * at(b, c, y, x)).sum::<f64>();
                (0..H).map(|y| rows[y] * line(y)).sum()
            }),
        ));
    }
    entries.push(entry(
        "pixel_shuffle",
        |c| {
            let x = image(c);
            f::pixel_shuffle(&mut c.graph, x, 2).unwrap()
        },
        map_image([1, 2 * H, 2 * W], |at, [b, _, y, x]| at(b, y % 2 * 2 + x % 2, y / 2, x / 2)),
    ));
    entries.push(entry(
        "pixel_unshuffle",
        |c| {
            let x = image(c);
            f::pixel_unshuffle(&mut c.graph, x, 2).unwrap()
        },
        map_image([4 * C, H / 2, W / 2], |at, [b, c, y, x]| at(b, c / 4, 2 * y + c % 4 / 2, 2 * x + c % 2)),
    ));
    entries.push(entry(
        "reflection_pad2d",
        |c| {
            let x = image(c);
            f::reflection_pad2d(&mut c.graph, x, [1, 3, 2, 0]).unwrap()
        },
        map_image([C, H + 2, W + 4], |at, [b, c, y, x]| {
            at(b, c, mirrored(y as isize - 2, H), mirrored(x as isize - 1, W))
        }),
    ));
    entries.push(entry(
        "chunk and lerp",
        |c| {
            let x = image(c);
            let parts = f::chunk(&mut c.graph, x, 4, 3).unwrap();
            assert_eq!(parts.len(), 3);
            let weight = c.graph.constant(0.25, []);
            f::lerp(&mut c.graph, parts[0], parts[2], weight).unwrap()
        },
        map_image([C, H, 2], |at, [b, c, y, x]| 0.75 * at(b, c, y, x) + 0.25 * at(b, c, y, x + 4)),
    ));
    entries.push(entry(
        "embedding",
        |c| {
            let weight = c.input(&[4, 3]);
            let index = c.graph.iota(3).unwrap();
            let index = c.graph.clamp(index, 1.0, 2.0).unwrap();
            f::embedding(&mut c.graph, index, weight).unwrap()
        },
        Box::new(|i| [1, 1, 2].iter().flat_map(|&row: &usize| i[0][3 * row..3 * row + 3].to_vec()).collect()),
    ));
    entries
}

/// Losses of two inputs `[3, 4]`: the second positive, so it may stand for a target.
fn loss_entries() -> Vec<Entry> {
    fn two(
        name: &'static str,
        loss: impl Fn(&mut Case, Tensor, Tensor) -> Tensor + 'static,
        direct: impl Fn(&[f64], &[f64]) -> f64 + 'static,
    ) -> Entry {
        entry(
            name,
            move |c| {
                let (a, b) = (c.input(&[3, 4]), c.positive(&[3, 4]));
                loss(c, a, b)
            },
            Box::new(move |i| vec![direct(&i[0], &i[1])]),
        )
    }
    let zip = |term: fn(f64, f64) -> f64| move |a: &[f64], b: &[f64]| mean(a.iter().zip(b).map(|(&a, &b)| term(a, b)));
    let mut entries = vec![
        two("l1", |c, a, b| losses::l1_loss(&mut c.graph, a, b).unwrap(), zip(|a, b| (a - b).abs())),
        two("mse", |c, a, b| losses::mse_loss(&mut c.graph, a, b).unwrap(), zip(|a, b| (a - b).powi(2))),
        two(
            "bce",
            |c, a, b| losses::bce_with_logits(&mut c.graph, a, b).unwrap(),
            zip(|x, t| {
                let s = 1.0 / (1.0 + (-x).exp());
                -t * s.ln() - (1.0 - t) * (1.0 - s).ln()
            }),
        ),
        two(
            "cross_entropy",
            |c, a, b| losses::cross_entropy(&mut c.graph, a, b).unwrap(),
            |a, b| {
                mean(a.chunks(4).zip(b.chunks(4)).map(|(x, t)| {
                    let log = x.iter().map(|x| x.exp()).sum::<f64>().ln();
                    x.iter().zip(t).map(|(x, t)| -t * (x - log)).sum()
                }))
            },
        ),
        two(
            "kl_div",
            |c, a, b| losses::kl_div(&mut c.graph, a, b).unwrap(),
            |a, b| a.iter().zip(b).map(|(a, b)| b * (b.ln() - a)).sum::<f64>() / 3.0,
        ),
        two(
            "gaussian_kl",
            |c, a, b| losses::gaussian_kl(&mut c.graph, a, b).unwrap(),
            |a, b| a.iter().zip(b).map(|(m, l)| 0.5 * (m * m + l.exp() - l - 1.0)).sum::<f64>() / 3.0,
        ),
        two("drift", |c, a, _| penalties::drift(&mut c.graph, a).unwrap(), |a, _| mean(a.iter().map(|a| a * a))),
        two(
            "orthogonal",
            |c, a, _| penalties::orthogonal_regularization(&mut c.graph, a).unwrap(),
            |a, _| {
                let row = |r: usize| &a[4 * r..4 * r + 4];
                let dot = |r, s| row(r).iter().zip(row(s)).map(|(a, b)| a * b).sum::<f64>();
                2.0 * [(0, 1), (0, 2), (1, 2)].iter().map(|&(r, s)| dot(r, s).powi(2)).sum::<f64>()
            },
        ),
        entry(
            "total_variation",
            |c| {
                let x = image(c);
                penalties::total_variation(&mut c.graph, x).unwrap()
            },
            Box::new(|i| {
                let x = &i[0];
                let rows = mean((0..x.len()).filter(|n| n / W % H != H - 1).map(|n| (x[n + W] - x[n]).abs()));
                vec![rows + mean((0..x.len()).filter(|n| n % W != W - 1).map(|n| (x[n + 1] - x[n]).abs()))]
            }),
        ),
    ];
    use AdversarialLoss::*;
    for loss in [Minimax, NonSaturating, LeastSquares, Hinge, Wasserstein, Relativistic] {
        entries.push(two(
            "discriminator",
            move |c, a, b| discriminator_loss(&mut c.graph, a, b, loss).unwrap(),
            move |a, b| {
                if loss == Relativistic {
                    return mean(a.iter().zip(b).map(|(real, fake)| softplus(fake - real)));
                }
                let terms: [fn(f64) -> f64; 2] = match loss {
                    Minimax | NonSaturating => [|x| softplus(-x), softplus],
                    LeastSquares => [|x| (x - 1.0).powi(2) / 2.0, |x| x * x / 2.0],
                    Hinge => [|x| (1.0 - x).max(0.0), |x| (1.0 + x).max(0.0)],
                    Wasserstein | Relativistic => [|x| -x, |x| x],
                };
                mean(a.iter().map(|&x| terms[0](x))) + mean(b.iter().map(|&x| terms[1](x)))
            },
        ));
        entries.push(two(
            "generator",
            move |c, a, _| generator_loss(&mut c.graph, a, loss).unwrap(),
            move |a, _| {
                let term: fn(f64) -> f64 = match loss {
                    Minimax => |x| -softplus(x),
                    NonSaturating | Relativistic => |x| softplus(-x),
                    LeastSquares => |x| (x - 1.0).powi(2) / 2.0,
                    Hinge | Wasserstein => |x| -x,
                };
                mean(a.iter().map(|&x| term(x)))
            },
        ));
    }
    entries
}

const STEP: f64 = 1e-4;

#[test]
fn values_and_gradients_of_both_orders() {
    for Entry(name, build, direct) in functions().into_iter().chain(loss_entries()) {
        let mut case = Case::default();
        let value = build(&mut case);
        let inputs = case.inputs.len();
        // Constants such as 1 / 3 are f32 numbers in the graph.
        assert_close(name, &case.run::<f64>(value), &direct(&case.values), 1e-6);
        let loss = weighted(&mut case, value, 1);
        check_inputs(&format!("gradient of {name}"), &mut case, loss, inputs, STEP);
        let wrt: Vec<Tensor> = case.inputs[..inputs].iter().map(|(_, tensor)| *tensor).collect();
        let gradients = case.graph.gradients(loss, &wrt).unwrap();
        let flat = case.flat(&gradients);
        let second = weighted(&mut case, flat, 2);
        check_inputs(&format!("second order of {name}"), &mut case, second, inputs, STEP);
    }
}

#[test]
fn dropout_keeps_what_it_should_and_scales_it() {
    let mut case = Case::default();
    let x = case.input(&[4000]);
    let y = f::dropout(&mut case.graph, x, 0.25, Draw { stream: 3, clock: Clock::Sample }).unwrap();
    let dropped = case.run::<f64>(y);
    let kept = dropped.iter().zip(&case.values[0]).filter(|(y, _)| **y != 0.0);
    let (mut count, scale) = (0, 4.0 / 3.0);
    for (y, x) in kept {
        assert!((y / x - scale).abs() < 1e-6);
        count += 1;
    }
    // Five standard deviations of a binomial.
    assert!((count as f64 - 3000.0).abs() < 5.0 * (4000.0f64 * 0.25 * 0.75).sqrt(), "{count} of 4000 are kept");
}

/// Away from the edges, which are continued as they are.
#[test]
fn bicubic_keeps_greys_and_slopes() {
    let (scale, side) = (4, 7);
    let mut case = Case::default();
    let at = |i: usize| ((i % side) as f64, (i / side) as f64);
    let slope = (0..side * side).map(|i| 0.25 * at(i).0 - 0.125 * at(i).1).collect();
    let (grey, slope) =
        (case.input_of(&[1, 1, side, side], vec![0.375; side * side]), case.input_of(&[1, 1, side, side], slope));
    let large = [grey, slope].map(|x| f::interpolate_bicubic(&mut case.graph, x, scale).unwrap());
    assert_close("grey", &case.run::<f64>(large[0]), &vec![0.375; 28 * 28], 1e-7);
    let sloped = case.run::<f64>(large[1]);
    let position = |i: usize| (i as f64 + 0.5) / scale as f64 - 0.5;
    for (y, x) in (8..20).flat_map(|y| (8..20).map(move |x| (y, x))) {
        let (found, wanted) = (sloped[y * 28 + x], 0.25 * position(x) - 0.125 * position(y));
        assert!((found - wanted).abs() < 1e-7, "at {x}, {y}: {found} and not {wanted}");
    }
}

#[test]
fn one_hot_and_feature_matching() {
    let mut case = Case::default();
    let index = case.input_of(&[3], vec![2.0, 0.0, 7.0]);
    let hot = f::one_hot(&mut case.graph, index, 3).unwrap();
    assert_eq!(case.run::<f64>(hot), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let (real, fake) = (case.input(&[2, 3]), case.input(&[4, 3]));
    let loss = losses::feature_matching(&mut case.graph, &[real], &[fake]).unwrap();
    let column = |input: usize, rows: usize, c: usize| mean((0..rows).map(|r| case.values[input][3 * r + c]));
    let expected = mean((0..3).map(|c| (column(1, 2, c) - column(2, 4, c)).powi(2)));
    assert_close("feature matching", &case.run::<f64>(loss), &[expected], 1e-6);
}

#[test]
fn misfits_are_typed_errors_that_name_the_layer() {
    let mut case = Case::default();
    let (x, v) = (image(&mut case), case.input(&[3, 4]));
    let g = &mut case.graph;
    let errors = [
        f::avg_pool2d(g, x, 9, 1, 0),
        f::max_pool2d(g, x, 2, 0, 0),
        f::avg_pool2d(g, v, 2, 2, 0),
        f::pixel_shuffle(g, x, 3),
        f::reflection_pad2d(g, x, [6, 0, 0, 0]),
        f::interpolate_nearest(g, x, 0),
        f::interpolate_bicubic(g, x, 0),
        f::interpolate_bicubic(g, v, 2),
        f::one_hot(g, v, 3),
        f::flatten(g, v, 2),
        f::softmax(g, v, 2),
        f::prelu(g, x, v),
        losses::cross_entropy(g, x, v),
        losses::mse_loss(g, x, v),
        penalties::total_variation(g, v),
        f::dropout(g, v, 1.0, Draw { stream: 1, clock: Clock::Sample }),
    ];
    for (index, error) in errors.into_iter().enumerate() {
        let message = error.map(|_| ()).expect_err(&format!("case {index}")).to_string();
        assert!(message.contains(": "), "{message}");
    }
    assert!(f::split(g, x, &[2, 1], 1).is_err() && f::chunk(g, x, 0, 1).is_err());
    let message = f::pixel_shuffle(g, x, 3).unwrap_err().to_string();
    assert!(message.starts_with("pixel_shuffle: ") && message.contains("[2, 4, 4, 6]"), "{message}");
}
