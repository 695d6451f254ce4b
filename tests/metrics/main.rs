//! The metrics of features and classes (those of images: `images.rs`) against numbers of numpy and scipy, and on inputs that have a known answer.
//!
//! Expected numbers come from `python tests/fixtures/metrics.py`; `uniform` and `features` are the twins of its own.
//! Where not said otherwise the tolerance is 1e-9 relative: both sides compute in f64 from the same f32 inputs, in
//! another order.

mod images;

use ganvas::Error;
use ganvas::metrics::frechet::{Accumulator, Moments, frechet_distance, nfd};
use ganvas::metrics::manifold::{Measurement, prdc};
use ganvas::metrics::{classes, eigen, statistics};

/// `count` numbers in [0, 1) with 24 bits.
fn uniform(seed: u32, count: usize) -> Vec<f32> {
    let one = |index: u32| {
        let mut h = index.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(2_246_822_519));
        h = (h ^ (h >> 15)).wrapping_mul(2_246_822_519);
        h = (h ^ (h >> 13)).wrapping_mul(3_266_489_917);
        ((h ^ (h >> 16)) >> 8) as f32 / 16_777_216.0
    };
    (0..count as u32).map(one).collect()
}

/// Rows whose features differ in spread and are correlated, shape `[n, d]`.
fn features(seed: u32, n: usize, d: usize, scale: f32, shift: f32) -> Vec<f32> {
    let mut x = uniform(seed, n * d);
    for row in x.chunks_exact_mut(d) {
        for (j, value) in row.iter_mut().enumerate() {
            *value = *value * (f64::from(scale) * (1.0 + j as f64 / d as f64)) as f32 + shift;
        }
        (1..d).rev().for_each(|j| row[j] += row[j - 1]);
    }
    x
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found} is not {expected}");
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, words: &str) {
    let error = result.expect_err("this should be refused");
    assert!(matches!(error, Error::Metric { .. }), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

fn moments(features: &[f32], d: usize) -> Moments {
    let mut accumulator = Accumulator::new(d);
    accumulator.add(features).unwrap();
    accumulator.moments().unwrap()
}

#[test]
fn a_symmetric_matrix_is_its_eigenvalues_and_vectors() {
    for d in [1, 2, 7, 64] {
        let mut a: Vec<f64> = uniform(20, d * d).into_iter().map(|x| f64::from(x) - 0.5).collect();
        (0..d * d).for_each(|i| a[i] = a[(i / d).min(i % d) * d + (i / d).max(i % d)]);
        let found = eigen::symmetric(&a, d).unwrap();
        for i in 0..d {
            for j in 0..d {
                let term = |k: usize| found.values[k] * found.vectors[k * d + i] * found.vectors[k * d + j];
                let length = |k: usize| found.vectors[i * d + k] * found.vectors[j * d + k];
                let (rebuilt, dot): (f64, f64) = ((0..d).map(term).sum(), (0..d).map(length).sum());
                assert!((rebuilt - a[i * d + j]).abs() < 1e-13 * d as f64, "A[{i}, {j}] at {d}");
                assert!((dot - if i == j { 1.0 } else { 0.0 }).abs() < 1e-13 * d as f64, "V^T V [{i}, {j}] at {d}");
            }
        }
    }
    assert!(eigen::symmetric(&[1.0, f64::NAN, f64::NAN, 1.0], 2).unwrap().values[0].is_nan());
    refused(eigen::symmetric(&[1.0; 5], 2), "5 numbers are no 2 x 2 matrix");
}

#[test]
fn the_covariance_is_numpys_however_the_rows_arrive() {
    let x = features(1, 200, 8, 1.0, 0.0);
    let whole = moments(&x, 8);
    close(whole.covariance[1], 0.07434779058130048, 1e-12);
    let mut parts = Accumulator::new(8);
    for part in [&x[..8 * 3], &[], &x[8 * 3..8 * 150], &x[8 * 150..]] {
        parts.add(part).unwrap();
    }
    assert_eq!(parts.moments().unwrap(), whole);
}

#[test]
fn the_frechet_distance_is_that_of_scipys_root() {
    for (d, n, m, expected) in [(8, 200, 150, 0.22908121125020464), (64, 300, 260, 3.4505748414170805)] {
        let (x, y) = (moments(&features(1, n, d, 1.0, 0.0), d), moments(&features(2, m, d, 0.8, 0.2), d));
        close(frechet_distance(&x, &y).unwrap(), expected, 1e-9);
        close(frechet_distance(&y, &x).unwrap(), expected, 1e-9);
        assert!(frechet_distance(&x, &x).unwrap() < 1e-9);
    }
}

#[test]
fn copied_and_constant_features_do_not_break_the_frechet_distance() {
    let deficient = |seed, n, scale, shift| {
        let mut x = features(seed, n, 8, scale, shift);
        x.chunks_exact_mut(8).for_each(|row| (row[6], row[7]) = (0.5, row[0]));
        moments(&x, 8)
    };
    let (x, y) = (deficient(1, 200, 1.0, 0.0), deficient(2, 150, 0.8, 0.2));
    // The root makes 1e-8 of a rounding of 1e-16.
    close(frechet_distance(&x, &y).unwrap(), 0.13851468564910693, 1e-6);
    assert!(frechet_distance(&x, &x).unwrap() < 1e-6);
}

#[test]
fn one_sample_repeated_is_as_far_as_its_place_and_the_spread_say() {
    let real = moments(&features(1, 200, 8, 1.0, 0.0), 8);
    let repeated = moments(&[0.5; 8 * 20], 8);
    assert!(repeated.covariance.iter().all(|&value| value == 0.0));
    let apart: f64 = real.mean.iter().map(|mean| (mean - 0.5).powi(2)).sum();
    let trace: f64 = (0..8).map(|i| real.covariance[i * 9]).sum();
    close(frechet_distance(&real, &repeated).unwrap(), apart + trace, 1e-9);
    assert_eq!(frechet_distance(&repeated, &repeated).unwrap(), 0.0);
}

#[test]
fn a_nan_among_the_features_makes_the_distance_nan() {
    let mut x = features(1, 20, 8, 1.0, 0.0);
    let clean = moments(&x, 8);
    x[13] = f32::NAN;
    assert!(frechet_distance(&clean, &moments(&x, 8)).unwrap().is_nan());
    x[13] = f32::INFINITY;
    assert!(frechet_distance(&moments(&x, 8), &clean).unwrap().is_nan());
}

#[test]
fn the_frechet_distance_says_how_many_samples_it_needs() {
    let enough = moments(&features(1, 9, 8, 1.0, 0.0), 8);
    frechet_distance(&enough, &enough).unwrap();
    let few = moments(&features(1, 8, 8, 1.0, 0.0), 8);
    refused(frechet_distance(&enough, &few), "8 samples are too few; at least 9 are needed");
    refused(frechet_distance(&enough, &moments(&[0.0; 20], 2)), "8 and 2 features");
    refused(Accumulator::new(8).moments(), "at least 2");
    refused(Accumulator::new(8).add(&[0.0; 9]), "9 numbers do not make whole rows of 8");
    refused(Accumulator::new(0).add(&[0.0; 9]), "rows of 0");
    assert_eq!(nfd(6.0, 3.0).unwrap(), 2.0);
    refused(nfd(6.0, 0.0), "above 0");
    refused(nfd(6.0, f64::NAN), "above 0");
}

#[test]
fn precision_recall_density_and_coverage_are_those_of_their_definitions() {
    let (real, fake) = (features(3, 120, 20, 1.0, 0.0), features(4, 100, 20, 0.8, 0.15));
    for (k, expected) in [
        (1, [0.8, 0.225, 1.78, 0.575]),
        (3, [1.0, 0.475, 2.1266666666666665, 0.9666666666666667]),
        (5, [1.0, 0.6416666666666667, 2.19, 1.0]),
    ] {
        let found = prdc(&real, &fake, 20, k).unwrap();
        for (found, expected) in
            [found.precision, found.recall, found.density, found.coverage].into_iter().zip(expected)
        {
            close(found, expected, 1e-12);
        }
        let mut parts = Measurement::new(&real, &fake, 20, k).unwrap();
        let mut calls = 1;
        while !parts.advance(7) {
            assert!(parts.finish().is_none() && parts.progress() < 1.0);
            calls += 1;
        }
        assert_eq!((parts.finish(), calls), (Some(found), (120usize + 200).div_ceil(7)));
    }
}

#[test]
fn neighbourhoods_of_equal_far_and_repeated_sets() {
    let real = features(3, 60, 20, 1.0, 0.0);
    let same = prdc(&real, &real, 20, 5).unwrap();
    assert_eq!((same.precision, same.recall, same.coverage), (1.0, 1.0, 1.0));
    let far: Vec<f32> = real.iter().map(|x| x + 100.0).collect();
    let far = prdc(&real, &far, 20, 5).unwrap();
    assert_eq!((far.precision, far.recall, far.density, far.coverage), (0.0, 0.0, 0.0, 0.0));
    let one = prdc(&real, &real[..20].repeat(60), 20, 5).unwrap();
    assert_eq!((one.precision, one.recall), (1.0, 0.0));
    assert!(one.coverage > 0.0 && one.coverage < 0.5);
}

#[test]
fn a_row_with_a_nan_has_no_neighbours() {
    let real = features(3, 40, 20, 1.0, 0.0);
    let mut fake = real.clone();
    (0..10).for_each(|row| fake[row * 20] = f32::NAN);
    let found = prdc(&real, &fake, 20, 3).unwrap();
    assert_eq!(found.precision, 0.75);
    let none = prdc(&real, &[f32::NAN; 20 * 40], 20, 3).unwrap();
    assert_eq!((none.precision, none.recall, none.density, none.coverage), (0.0, 0.0, 0.0, 0.0));
    let unknown = prdc(&[f32::NAN; 20 * 40], &real, 20, 3).unwrap();
    assert_eq!((unknown.precision, unknown.recall), (0.0, 0.0));
    refused(prdc(&real, &real[..60], 20, 3), "3 samples are too few; at least 4 are needed");
    refused(prdc(&real, &real, 20, 0), "k is 0");
    refused(prdc(&real, &real, 21, 3), "whole rows of 21");
}

/// The rows of class_cases.
fn probabilities() -> Vec<f32> {
    let logits: Vec<f64> = uniform(5, 4000).into_iter().map(|u| 6.0 * f64::from(u)).collect();
    let softmax = |row: &[f64]| {
        let sum: f64 = row.iter().map(|x| x.exp()).sum();
        row.iter().map(|x| (x.exp() / sum) as f32).collect::<Vec<_>>()
    };
    logits.chunks_exact(10).flat_map(softmax).collect()
}

#[test]
fn what_a_classifier_says_is_what_scipy_makes_of_it() {
    let p = probabilities();
    // scipy makes each row's sum 1 again, which rounding to f32 had moved.
    close(classes::classifier_score(&p, 10).unwrap(), 2.0809122395725264, 1e-8);
    close(classes::mean_confidence(&p, 10).unwrap(), 0.404545773640275, 1e-9);
    let histogram = classes::Histogram::of_probabilities(&p, 10).unwrap();
    assert_eq!(histogram.counts, [44, 41, 33, 40, 31, 37, 45, 38, 51, 40]);
    close(histogram.entropy().unwrap(), 0.9958602156160273, 1e-9);
    assert_eq!(histogram.smallest_share().unwrap(), 31.0 / 400.0);
    let labels: Vec<u8> = (0..400).map(|i| (i % 10) as u8).collect();
    let even = classes::Histogram::of_labels(&labels, 10).unwrap();
    close(histogram.total_variation(&even).unwrap(), 0.0525, 1e-9);
    close(classes::conditional_accuracy(&p, &labels, 10).unwrap(), 0.0975, 1e-12);
}

#[test]
fn sure_and_even_is_ten_and_one_class_is_one() {
    let row = |class: usize| (0..10).map(move |c| if c == class { 1.0 } else { 0.0 });
    let (all, one): (Vec<f32>, Vec<f32>) =
        ((0..10).flat_map(row).collect(), [3; 20].into_iter().flat_map(row).collect());
    close(classes::classifier_score(&all, 10).unwrap(), 10.0, 1e-12);
    assert_eq!(classes::classifier_score(&one, 10).unwrap(), 1.0);
    let [all, one] = [all, one].map(|p| classes::Histogram::of_probabilities(&p, 10).unwrap());
    close(all.entropy().unwrap(), 1.0, 1e-12);
    assert_eq!((one.entropy().unwrap(), one.smallest_share().unwrap()), (0.0, 0.0));
    close(one.total_variation(&all).unwrap(), 0.9, 1e-12);
}

#[test]
fn broken_rows_have_no_class_and_wrong_labels_are_named() {
    let mut p = [0.2, 0.8, 0.6, 0.4, 0.5, 0.5];
    assert_eq!(classes::conditional_accuracy(&p, &[1, 0, 0], 2).unwrap(), 1.0);
    p[2] = f32::NAN;
    let histogram = classes::Histogram::of_probabilities(&p, 2).unwrap();
    assert_eq!((&histogram.counts[..], histogram.unclassified), (&[1, 1][..], 1));
    assert!(classes::classifier_score(&p, 2).unwrap().is_nan());
    assert!(classes::mean_confidence(&p, 2).unwrap().is_nan());
    assert_eq!(classes::conditional_accuracy(&p, &[1, 0, 0], 2).unwrap(), 2.0 / 3.0);
    refused(classes::conditional_accuracy(&p, &[1, 0, 2], 2), "label 2 of sample 2 is not below the 2 classes");
    refused(classes::conditional_accuracy(&p, &[1, 0], 2), "2 labels do not belong to 3 samples");
    refused(classes::Histogram::of_labels(&[10], 10), "label 10");
    refused(classes::classifier_score(&p[..2], 2), "at least 2");
    refused(classes::Histogram::of_probabilities(&[], 2).unwrap().entropy(), "at least 1");
    refused(histogram.total_variation(&classes::Histogram::of_labels(&[0], 3).unwrap()), "2 and 3 classes");
}

#[test]
fn ranks_percentiles_and_spread_are_numpys() {
    let [a, b] = [10, 11].map(|seed| uniform(seed, 50).into_iter().map(f64::from).collect::<Vec<_>>());
    let (a, b): (Vec<f64>, Vec<f64>) =
        a.iter().zip(b).map(|(a, b)| ((8.0 * a).floor(), (5.0 * b).floor() + (8.0 * a).floor() / 2.0)).unzip();
    close(statistics::spearman(&a, &b).unwrap(), 0.6402935823016919, 1e-12);
    let values: Vec<f64> = uniform(12, 37).into_iter().map(f64::from).collect();
    for (percent, expected) in [
        (0.0, 0.002267003059387207),
        (5.0, 0.09076540470123291),
        (97.5, 0.9228771626949311),
        (100.0, 0.9670947194099426),
    ] {
        close(statistics::percentile(&values, percent).unwrap(), expected, 1e-12);
    }
    close(statistics::median(&values).unwrap(), 0.5102877020835876, 1e-12);
    close(statistics::standard_deviation(&values).unwrap(), 0.23936949173239436, 1e-12);
    assert_eq!(statistics::ranks(&[2.0, 0.0, 2.0, -0.0, 1.0]), [4.5, 1.5, 4.5, 1.5, 3.0]);
    close(statistics::spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]).unwrap(), -1.0, 1e-12);
}

#[test]
fn statistics_of_nan_and_of_nothing() {
    let broken = [1.0, f64::NAN, 2.0];
    assert!(statistics::median(&broken).unwrap().is_nan());
    assert!(statistics::mean(&broken).unwrap().is_nan());
    assert!(statistics::standard_deviation(&broken).unwrap().is_nan());
    assert!(statistics::spearman(&broken, &[1.0, 2.0, 3.0]).unwrap().is_nan());
    assert!(statistics::spearman(&[1.0; 3], &[1.0, 2.0, 3.0]).unwrap().is_nan());
    refused(statistics::mean(&[]), "at least 1");
    refused(statistics::median(&[]), "at least 1");
    refused(statistics::standard_deviation(&[1.0]), "at least 2");
    refused(statistics::spearman(&[1.0], &[1.0]), "at least 2");
    refused(statistics::spearman(&[1.0, 2.0], &[1.0]), "2 and 1 values");
    refused(statistics::percentile(&[1.0], 101.0), "between 0 and 100");
    refused(statistics::percentile(&[1.0], f64::NAN), "between 0 and 100");
}
