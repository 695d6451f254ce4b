//! The CPU's matrix products and convolutions against direct loops, over shapes that are awkward on purpose.

mod common;

use common::{Case, SEED, assert_close};
use ganvas::backend::cpu::{CpuBackend, Real, as_with_threads};
use ganvas::graph::plan::Kernel;
use ganvas::graph::{Conv, Tensor};

#[test]
fn matrix_products_in_all_four_orders() {
    let extents =
        [[1, 1, 1], [1, 7, 5], [5, 1, 3], [3, 5, 1], [2, 3, 2], [17, 9, 33], [64, 100, 24], [33, 1, 200], [1, 40, 300]];
    for [m, n, k] in extents {
        for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut case = Case::default();
            let a = case.input(&if ta { [k, m] } else { [m, k] });
            let b = case.input(&if tb { [n, k] } else { [k, n] });
            let product = case.graph.matmul(a, b, ta, tb).unwrap();
            assert!(matches!(case.kernels(product)[..], [Kernel::MatMul { .. }]));
            case.check(&format!("matmul {m} {n} {k} {ta} {tb}"), product, 2e-6);
        }
    }
}

#[test]
fn products_of_many_matrices() {
    let shapes: [(&[usize], &[usize]); 6] =
        [(&[3], &[3]), (&[2, 3], &[3]), (&[], &[4]), (&[4], &[]), (&[2, 1], &[3]), (&[1, 1], &[1])];
    for (outer_a, outer_b) in shapes {
        for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut case = Case::default();
            let (m, n, k) = (5, 7, 6);
            let a = case.input(&[outer_a, &if ta { [k, m] } else { [m, k] }].concat());
            let b = case.input(&[outer_b, &if tb { [n, k] } else { [k, n] }].concat());
            let product = case.graph.matmul(a, b, ta, tb).unwrap();
            let outer = ganvas::shape::Shape::broadcast(&outer_a.into(), &outer_b.into()).unwrap();
            assert_eq!(case.graph.shape(product)[..], [&outer[..], &[m, n]].concat());
            case.check(&format!("matmul {outer_a:?} {outer_b:?} {ta} {tb}"), product, 2e-6);
        }
    }
}

/// batch, in_channels, out_channels, height, width, and the geometry.
type Shape = ([usize; 5], Conv);

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for kernel_size in 1..=5 {
        for stride in 1..=3 {
            for padding in 0..=3 {
                shapes.push(([2, 3, 2, 7, 6], Conv::square(kernel_size, stride, padding)));
            }
        }
    }
    let rectangle = Conv { kernel_size: [2, 3], stride: [2, 1], padding: [1, 0] };
    let wide = Conv { kernel_size: [1, 7], stride: [1, 2], padding: [0, 3] };
    shapes.extend([
        ([1, 1, 1, 5, 5], Conv::square(3, 1, 1)),
        ([1, 1, 8, 9, 9], Conv::square(4, 2, 1)),
        ([3, 8, 1, 9, 9], Conv::square(4, 2, 1)),
        ([2, 4, 5, 6, 7], rectangle),
        ([2, 3, 4, 5, 9], wide),
        // The whole image is one window.
        ([5, 6, 1, 7, 7], Conv::square(7, 1, 0)),
        ([70, 2, 3, 4, 4], Conv::square(4, 1, 0)),
        // Long patches, groups of images that do not divide the batch.
        ([7, 20, 9, 7, 7], Conv::square(3, 1, 1)),
        ([21, 8, 24, 14, 14], Conv::square(4, 2, 1)),
        // Bands of rows.
        ([2, 2, 3, 40, 41], Conv::square(3, 1, 1)),
        ([1, 8, 4, 44, 39], Conv::square(3, 1, 1)),
        ([1, 2, 2, 150, 50], Conv::square(1, 1, 0)),
        ([1, 1, 2, 150, 50], Conv::square(2, 1, 1)),
        // Padding on every side of the window, and more of it than image.
        ([1, 2, 2, 1, 1], Conv::square(5, 1, 3)),
        ([1, 2, 2, 2, 3], Conv::square(2, 3, 3)),
    ]);
    shapes.retain(|([_, _, _, height, width], conv)| conv.output([*height, *width]).is_some());
    shapes
}

/// x, w and g of a convolution with its three faces.
fn faces(case: &mut Case, ([batch, ci, co, height, width], conv): Shape) -> [Tensor; 6] {
    let [kh, kw] = conv.kernel_size;
    let [oh, ow] = conv.output([height, width]).unwrap();
    let x = case.input(&[batch, ci, height, width]);
    let w = case.input(&[co, ci, kh, kw]);
    let g = case.input(&[batch, co, oh, ow]);
    let y = case.graph.conv2d(x, w, conv).unwrap();
    let gx = case.graph.conv2d_input_grad(g, w, conv, [height, width]).unwrap();
    let gw = case.graph.conv2d_weight_grad(x, g, conv).unwrap();
    [x, w, g, y, gx, gw]
}

#[test]
fn convolutions_and_both_gradients() {
    for shape in shapes() {
        let mut case = Case::default();
        let [.., y, gx, gw] = faces(&mut case, shape);
        case.check(&format!("conv2d {shape:?}"), y, 2e-6);
        case.check(&format!("conv2d_input_grad {shape:?}"), gx, 2e-6);
        case.check(&format!("conv2d_weight_grad {shape:?}"), gw, 5e-6);
    }
}

#[test]
fn the_three_faces_are_adjoint() {
    for shape in shapes() {
        let mut case = Case::default();
        let [x, w, g, y, gx, gw] = faces(&mut case, shape);
        let dots = [(y, g), (x, gx), (w, gw)].map(|(a, b)| {
            let product =
                |values: Vec<f64>, others: Vec<f64>| values.iter().zip(others).map(|(a, b)| a * b).sum::<f64>();
            product(case.run::<f64>(a), case.run::<f64>(b))
        });
        assert_close(&format!("{shape:?}"), &dots, &[dots[0]; 3], 1e-12);
    }
}

/// Everything in one program, large enough for threads.
fn run_all<T: Real>() -> Vec<Vec<f64>> {
    let mut case = Case::default();
    let mut outputs = Vec::new();
    for shape in [
        ([64, 16, 24, 14, 14], Conv::square(4, 2, 1)),
        ([64, 1, 8, 28, 28], Conv::square(4, 2, 1)),
        ([64, 12, 12, 8, 8], Conv::square(1, 1, 0)),
        ([1, 16, 16, 40, 40], Conv::square(3, 1, 1)),
    ] {
        let [.., y, gx, gw] = faces(&mut case, shape);
        outputs.extend([y, gx, gw]);
    }
    let (a, b) = (case.input(&[200, 150]), case.input(&[150, 300]));
    outputs.push(case.graph.matmul(a, b, false, false).unwrap());
    // Sizes at which a piece could be added up in another order than the whole.
    let shapes = [([300, 40], [40, 301]), ([33, 2000], [9, 2000]), ([1, 3000], [200, 3000]), ([100, 2000], [2000, 40])];
    for (shape, other) in shapes {
        let (a, b) = (case.input(&shape), case.input(&other));
        outputs.push(case.graph.matmul(a, b, false, shape[1] == other[1]).unwrap());
    }
    for axes in [&[0, 2, 3][..], &[0], &[2, 3], &[0, 1, 2, 3], &[1]] {
        let square = case.graph.mul(outputs[0], outputs[0]).unwrap();
        outputs.push(case.graph.sum(square, axes).unwrap());
    }
    let runs = outputs.iter().map(|&output| {
        let mut backend: CpuBackend<T> = case.backend(case.program(output).unwrap());
        backend.run(0).unwrap();
        let first = backend.output_f64(0);
        backend.run(0).unwrap();
        assert_eq!(first, backend.output_f64(0), "a second run differs (seed {SEED})");
        first
    });
    runs.collect()
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let one = as_with_threads(1, run_all::<f32>);
    for threads in [2, 5] {
        assert_eq!(one, as_with_threads(threads, run_all::<f32>));
    }
    assert_eq!(as_with_threads(1, run_all::<f64>), as_with_threads(3, run_all::<f64>));
}
