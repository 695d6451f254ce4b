//! Products by windows agree with those by patches.

use super::super::conv::{self, Convolution};
use super::*;
use crate::graph::Conv;
use ganvas_loops::Number;

/// Numbers without a pattern, in [-1, 1).
fn numbers(count: usize, stream: u32) -> Vec<f32> {
    (0..count as u32).map(|index| crate::rng::uniform(crate::rng::bits(7, stream, 0, index)) * 2.0 - 1.0).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn check(what: &str, shape: ConvShape, found: &[f32], expected: &[f64], terms: usize) {
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(error <= 1e-7 * terms as f64 + 1e-6, "{what} of {shape:?} at {index}: {found}, not {expected}");
    }
}

/// Batches, channels and images of all kinds of remainders; f64 takes the way by patches.
#[test]
fn products_with_windows_are_those_with_patches() {
    if !f32::has_windows() {
        return;
    }
    let mut tried = 0;
    for (kernel, stride, padding) in [
        ([4, 4], [2, 2], [1, 1]),
        ([4, 4], [2, 2], [0, 0]),
        ([4, 4], [2, 2], [2, 3]),
        ([4, 4], [1, 1], [1, 2]),
        ([4, 4], [4, 4], [0, 0]),
        ([2, 4], [1, 2], [1, 1]),
        ([4, 4], [4, 1], [3, 0]),
    ] {
        for (batch, in_channels, out_channels, [height, width]) in
            [(1, 1, 1, [5, 4]), (3, 1, 9, [9, 12]), (2, 2, 5, [11, 7]), (5, 8, 16, [14, 14]), (2, 17, 20, [6, 9])]
        {
            let extent = |axis: usize, image: usize| (image + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
            let (out_height, out_width) = (extent(0, height), extent(1, width));
            let conv = Conv { kernel_size: kernel, stride, padding };
            let shape = ConvShape { batch, in_channels, height, width, out_channels, out_height, out_width, conv };
            let convolution = Convolution::new(shape);
            assert!(convolution.by_windows::<f32>().is_some() && convolution.by_windows::<f64>().is_none());
            tried += 1;
            let x = numbers(batch * in_channels * height * width, 1);
            let w = numbers(out_channels * in_channels * kernel[0] * kernel[1], 2);
            let g = numbers(batch * out_channels * out_height * out_width, 3);
            let (single, double) = (conv::Scratch::default(), conv::Scratch::default());
            let (x64, w64, g64) = (wide(&x), wide(&w), wide(&g));

            // What is written must be all there is.
            let (mut y, mut y64) = (vec![f32::NAN; g.len()], vec![0.0; g.len()]);
            convolution.forward(&x, &w, &mut y, &single);
            convolution.forward(&x64, &w64, &mut y64, &double);
            check("the convolution", shape, &y, &y64, w.len());
            let (mut gx, mut gx64) = (vec![f32::NAN; x.len()], vec![0.0; x.len()]);
            convolution.input_grad(&g, &w, &mut gx, &single);
            convolution.input_grad(&g64, &w64, &mut gx64, &double);
            check("the gradient for the input", shape, &gx, &gx64, w.len());
            let (mut gw, mut gw64) = (vec![f32::NAN; w.len()], vec![0.0; w.len()]);
            convolution.weight_grad(&x, &g, &mut gw, &single);
            convolution.weight_grad(&x64, &g64, &mut gw64, &double);
            check("the gradient for the weight", shape, &gw, &gw64, g.len());
        }
    }
    assert_eq!(tried, 35);
}
