//! Convolutions over volumes and with holes against direct loops, with their adjoints, and their typed errors.

mod common;

use common::{Case, assert_close};
use ganvas::Error;
use ganvas::graph::{Conv, Conv3d, Tensor};

/// Calls `visit(x, w, y)` with the flat positions of each product in `conv3d` of x `[B, Ci, ...]` with w `[Co, Ci, ...]`
/// to y `[B, Co, ...]`.
fn windows(conv: Conv3d, x: &[usize], w: &[usize], y: &[usize], mut visit: impl FnMut(usize, usize, usize)) {
    let flat = |at: &[usize], shape: &[usize]| at.iter().zip(shape).fold(0, |flat, (i, extent)| flat * extent + i);
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let point = |mut flat: usize, shape: &[usize]| {
        let mut at = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            (at[axis], flat) = (flat % shape[axis], flat / shape[axis]);
        }
        at
    };
    for to in 0..count(y) {
        let out = point(to, y);
        for from in 0..count(&w[1..]) {
            let tap = point(from, &w[1..]);
            let inside: Option<Vec<usize>> = (0..3)
                .map(|axis| {
                    let at = out[axis + 2] * conv.stride[axis] + tap[axis + 1] * conv.dilation[axis];
                    at.checked_sub(conv.padding[axis]).filter(|&at| at < x[axis + 2])
                })
                .collect();
            if let Some(inside) = inside {
                let source = [&[out[0], tap[0]], &inside[..]].concat();
                visit(flat(&source, x), out[1] * count(&w[1..]) + from, to);
            }
        }
    }
}

fn geometries() -> [Conv3d; 5] {
    [
        Conv3d::cube(4, 2, 1),
        Conv3d::cube(1, 1, 0),
        Conv3d { kernel_size: [2, 3, 1], stride: [1, 2, 3], padding: [0, 1, 2], dilation: [2, 1, 1] },
        Conv3d { kernel_size: [3, 2, 2], stride: [2, 1, 1], padding: [2, 0, 1], dilation: [1, 2, 3] },
        Conv3d { kernel_size: [2, 2, 2], stride: [3, 2, 2], padding: [1, 1, 1], dilation: [2, 3, 2] },
    ]
}

#[test]
fn conv3d_is_its_definition_and_conv_transpose3d_its_adjoint() {
    for conv in geometries() {
        let (x_shape, w_shape) =
            ([2, 3, 6, 5, 7], [4, 3, conv.kernel_size[0], conv.kernel_size[1], conv.kernel_size[2]]);
        let mut case = Case::default();
        let (x, w) = (case.input(&x_shape), case.input(&w_shape));
        let y = case.graph.conv3d(x, w, conv).unwrap();
        let y_shape = case.graph.shape(y).to_vec();
        let mut expected = vec![0.0; y_shape.iter().product()];
        windows(conv, &x_shape, &w_shape, &y_shape, |x, w, y| expected[y] += case.values[0][x] * case.values[1][w]);
        assert_close(&format!("{conv:?} in f64"), &case.run::<f64>(y), &expected, 1e-12);
        assert_close(&format!("{conv:?} in f32"), &case.run::<f32>(y), &expected, 1e-5);

        // What arrives at y goes back to where it came from; output_padding makes up for what the stride left over.
        let g = case.input(&y_shape);
        let rest: [usize; 3] = std::array::from_fn(|axis| {
            let kernel = conv.dilation[axis] * (conv.kernel_size[axis] - 1) + 1;
            (x_shape[axis + 2] + 2 * conv.padding[axis] - kernel) % conv.stride[axis]
        });
        let back = case.graph.conv_transpose3d(g, w, conv, rest).unwrap();
        assert_eq!(case.graph.shape(back)[..], x_shape);
        let mut expected = vec![0.0; x_shape.iter().product()];
        windows(conv, &x_shape, &w_shape, &y_shape, |x, w, y| expected[x] += case.values[2][y] * case.values[1][w]);
        assert_close(&format!("transposed {conv:?}"), &case.run::<f64>(back), &expected, 1e-12);

        // Both gradients of <g, y>, which the graph works out by its own rules.
        let product = case.graph.mul(g, y).unwrap();
        let loss = case.graph.sum(product, &[0, 1, 2, 3, 4]).unwrap();
        let loss = case.graph.reshape(loss, []).unwrap();
        let gradients = case.graph.gradients(loss, &[x, w]).unwrap();
        assert_close(&format!("{conv:?} for x"), &case.run::<f64>(gradients[0]), &expected, 1e-12);
        let mut expected = vec![0.0; w_shape.iter().product()];
        windows(conv, &x_shape, &w_shape, &y_shape, |x, w, y| expected[w] += case.values[2][y] * case.values[0][x]);
        assert_close(&format!("{conv:?} for w"), &case.run::<f64>(gradients[1]), &expected, 1e-12);
    }
}

#[test]
fn holes_in_a_kernel_are_those_of_a_volume_of_one_slice() {
    for (conv, dilation) in
        [(Conv::square(3, 1, 2), [2, 2]), (Conv::square(2, 2, 1), [3, 1]), (Conv::square(3, 1, 0), [1, 1])]
    {
        let volume = Conv3d {
            kernel_size: [1, conv.kernel_size[0], conv.kernel_size[1]],
            stride: [1, conv.stride[0], conv.stride[1]],
            padding: [0, conv.padding[0], conv.padding[1]],
            dilation: [1, dilation[0], dilation[1]],
        };
        let mut case = Case::default();
        let (x, w) = (case.input(&[2, 3, 8, 7]), case.input(&[4, 3, conv.kernel_size[0], conv.kernel_size[1]]));
        let y = case.graph.conv2d_dilated(x, w, conv, dilation).unwrap();
        let shape = case.graph.shape(y).to_vec();
        let mut expected = vec![0.0; shape.iter().product()];
        let with_depth = |shape: &[usize]| [&shape[..2], &[1], &shape[2..]].concat();
        let w_shape = case.graph.shape(w).to_vec();
        windows(volume, &with_depth(&[2, 3, 8, 7]), &with_depth(&w_shape), &with_depth(&shape), |x, w, y| {
            expected[y] += case.values[0][x] * case.values[1][w];
        });
        case.check(&format!("{conv:?} {dilation:?}"), y, 1e-5);
        assert_close("direct loops", &case.run::<f64>(y), &expected, 1e-12);

        // Transposed, with the most rows at the end that there may be: with holes, more than the stride leaves over.
        let g = case.input(&shape);
        let extra = [conv.stride[0].max(dilation[0]) - 1, 0];
        let back = case.graph.conv_transpose2d_dilated(g, w, conv, extra, dilation).unwrap();
        let back_shape = case.graph.shape(back).to_vec();
        let span = dilation[0] * (conv.kernel_size[0] - 1) + 1;
        assert_eq!(back_shape[2] + 2 * conv.padding[0], (shape[2] - 1) * conv.stride[0] + span + extra[0]);
        let mut expected = vec![0.0; back_shape.iter().product()];
        windows(volume, &with_depth(&back_shape), &with_depth(&w_shape), &with_depth(&shape), |x, w, y| {
            expected[x] += case.values[2][y] * case.values[1][w];
        });
        assert_close("transposed", &case.run::<f64>(back), &expected, 1e-12);
        assert!(case.graph.conv_transpose2d_dilated(g, w, conv, [extra[0] + 1, 0], dilation).is_err());
    }
}

#[test]
fn what_does_not_fit_is_an_error_with_both_shapes() {
    let mut case = Case::default();
    let x = case.input(&[1, 2, 3, 3, 3]);
    let (w, small) = (case.input(&[4, 2, 5, 1, 1]), case.input(&[4, 3, 1, 1, 1]));
    let wide = case.input(&[4, 2, 1, 1, 5]);
    let conv = |depth: usize| Conv3d { kernel_size: [depth, 1, 1], ..Conv3d::cube(1, 1, 0) };
    let mut fails = |what: &str, w: Tensor, conv: Conv3d, words: &[&str]| {
        let message = case.graph.conv3d(x, w, conv).unwrap_err().to_string();
        for word in words.iter().chain(&["conv3d", "[1, 2, 3, 3, 3]"]) {
            assert!(message.contains(word), "{what}: `{word}` is not in: {message}");
        }
    };
    fails("a kernel that is too large", w, conv(5), &["larger than the padded input", "[4, 2, 5, 1, 1]"]);
    fails("channels", small, conv(1), &["2 channels", "takes 3", "[4, 3, 1, 1, 1]"]);
    fails("another kernel", w, conv(4), &["kernel [4, 1, 1]"]);
    fails("stride 0", w, Conv3d { stride: [0, 1, 1], ..conv(5) }, &["at least 1"]);
    fails("dilation 0", w, Conv3d { dilation: [1, 0, 1], ..conv(5) }, &["at least 1"]);

    fails(
        "a kernel that is too wide",
        wide,
        Conv3d { kernel_size: [1, 1, 5], ..conv(1) },
        &["larger than the padded input", "[4, 2, 1, 1, 5]"],
    );

    let (a, b) = (case.input(&[2, 3, 4]), case.input(&[3, 4, 5]));
    let message = case.graph.matmul(a, b, false, false).unwrap_err().to_string();
    assert!(
        message.contains("[2, 3, 4]") && message.contains("[3, 4, 5]") && message.contains("broadcast"),
        "{message}"
    );
    let vector = case.input(&[4]);
    assert!(case.graph.matmul(a, vector, false, false).unwrap_err().to_string().contains("matrices"));
    let (image, kernel) = (case.input(&[1, 2, 3, 3]), case.input(&[2, 1, 2, 2]));
    let message =
        case.graph.conv_transpose2d_padded(image, kernel, Conv::square(2, 2, 0), [2, 0]).unwrap_err().to_string();
    assert!(message.contains("output_padding"), "{message}");
    let other = case.input(&[3, 1, 2, 2]);
    let message = case.graph.conv_transpose2d(image, other, Conv::square(2, 2, 0)).unwrap_err().to_string();
    assert!(message.starts_with("conv_transpose2d: ") && message.contains("[3, 1, 2, 2]"), "{message}");
}

#[test]
fn a_result_that_nothing_can_hold_is_an_error_with_both_shapes() {
    let mut case = Case::default();
    let (x, w) = (case.input(&[1, 2, 3, 3]), case.input(&[2, 2, 1, 1]));
    let (volume, cube) = (case.input(&[1, 2, 3, 3, 3]), case.input(&[2, 2, 1, 1, 1]));
    let most = 1 << 15;
    let graph = &mut case.graph;
    let results = [
        ("conv2d", graph.conv2d(x, w, Conv::square(1, 1, most))),
        ("conv_transpose2d", graph.conv_transpose2d(x, w, Conv::square(1, most, 0))),
        ("conv3d", graph.conv3d(volume, cube, Conv3d::cube(1, 1, most))),
        ("conv2d_input_grad", graph.conv2d_input_grad(w, w, Conv::square(1, most, 0), [usize::MAX; 2])),
        ("conv2d_input_grad", graph.conv2d_input_grad(w, w, Conv::square(1, 1, 1), [0; 2])),
    ];
    for (op, result) in results {
        let Err(Error::Shape { op: named, shapes, .. }) = result else { panic!("{op}: {result:?}") };
        assert_eq!((named, shapes.len()), (op, 2));
    }
    // No step at all is no output, not a division by zero.
    assert_eq!(Conv::square(1, 0, 0).output([3, 3]), None);
}
