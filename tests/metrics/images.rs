//! The metrics of images and of points in the plane.

use super::{close, refused, uniform};
use ganvas::data::pack;
use ganvas::metrics::diversity::{NEAR_DUPLICATE, birthday, mean_distance_within_classes, mean_pairwise_distance};
use ganvas::metrics::modes::{least_samples, modes};
use ganvas::metrics::neighbours::{MNIST_TEST, Memorisation, NearestSearch};
use ganvas::metrics::spectrum::{Spectrum, relative_checkerboard};

/// Values in [-1, 1).
fn noise(seed: u32, count: usize) -> Vec<f32> {
    uniform(seed, count).into_iter().map(|u| 2.0 * u - 1.0).collect()
}

fn search(mut search: NearestSearch, data: &[u8], budget: usize) -> NearestSearch {
    while !search.advance(data, budget).unwrap() {
        assert!(search.progress() < 1.0);
    }
    search
}

#[test]
fn the_nearest_training_image_is_that_of_a_full_table_of_distances() {
    let data: Vec<u8> = uniform(8, 500 * 63).into_iter().map(|u| (u * 256.0) as u8).collect();
    let samples = noise(9, 12 * 63);
    let expected = [158, 152, 39, 150, 430, 97, 195, 468, 204, 425, 152, 485];
    let found = search(NearestSearch::new(&samples, [9, 7], 500).unwrap(), &data, 33).nearest();
    assert_eq!(found.iter().map(|found| found.unwrap().index).collect::<Vec<_>>(), expected);
    close(found.iter().map(|found| found.unwrap().distance).sum(), 30.55409057909097, 1e-9);
    let at_once = search(NearestSearch::new(&samples, [9, 7], 500).unwrap(), &data, usize::MAX).nearest();
    assert_eq!(at_once, found);
}

#[test]
fn a_copy_is_found_and_the_first_of_two() {
    let data = [[0, 255, 0, 255], [9, 8, 7, 6], [9, 8, 7, 6]].concat();
    let samples: Vec<f32> =
        [9, 8, 7, 6, 0, 255, 0, 254].iter().map(|&byte| f32::from(byte as u8) / 127.5 - 1.0).collect();
    let found = search(NearestSearch::new(&samples, [2, 2], 3).unwrap(), &data, 1).nearest();
    assert_eq!(found[0].map(|found| (found.index, found.distance)), Some((1, 0.0)));
    assert_eq!(found[1].map(|found| (found.index, found.distance)), Some((0, 1.0 / 255.0)));
    let bytes = search(NearestSearch::of_bytes(&data, [2, 2], 3).unwrap(), &data, 1).nearest();
    assert!(bytes.iter().all(|found| found.unwrap().distance == 0.0), "every byte comes back as itself");
    let all: Vec<u8> = (0..=255).collect();
    let all = search(NearestSearch::of_bytes(&all, [16, 16], 1).unwrap(), &all, 1).nearest();
    assert_eq!(all[0].unwrap().distance, 0.0);
}

#[test]
fn a_sample_with_a_nan_has_no_nearest_image() {
    let mut samples = noise(9, 3 * 16);
    samples[20] = f32::NAN;
    samples[40] = f32::INFINITY;
    let data = [7; 64];
    let fresh = NearestSearch::new(&samples, [4, 4], 4).unwrap();
    assert_eq!(fresh.nearest(), [None; 3]);
    let found = search(fresh, &data, 3).nearest();
    assert_eq!(found.iter().map(|found| found.is_some()).collect::<Vec<_>>(), [true, false, true]);
    // The largest images that are taken, as far apart as can be: sums must not overflow.
    let far = search(NearestSearch::new(&[1.0; 4096], [64, 64], 1).unwrap(), &[0; 4096], 1).nearest();
    assert_eq!(far[0].unwrap().distance, 64.0);
    refused(NearestSearch::new(&samples, [4, 4], 0), "at least 1");
    refused(NearestSearch::new(&[], [4, 4], 4), "at least 1");
    refused(NearestSearch::new(&samples, [4, 5], 4), "whole rows of 20");
    refused(NearestSearch::new(&samples, [65, 64], 4), "at most");
    refused(NearestSearch::new(&samples, [0, 64], 4), "at least 1");
    refused(NearestSearch::new(&samples, [4, 4], 5).unwrap().advance(&data, 1), "4 training images");
}

#[test]
#[ignore = "10,000 x 60,000 images and needs target/data/mnist.ganvas: cargo test --release --test metrics -- --ignored"]
fn the_reference_is_that_of_mnist() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/data/mnist.ganvas");
    let data = pack::unpack(file, &std::fs::read(file).expect(file), &mut |_, _| ()).unwrap();
    let fresh = NearestSearch::of_bytes(&data.test_images, [data.height, data.width], data.count).unwrap();
    let found = search(fresh, &data.images, 1000).nearest();
    let found = Memorisation::of(&found.iter().map(|found| found.unwrap().distance).collect::<Vec<_>>()).unwrap();
    println!("{found:?}");
    for (found, expected) in [
        (found.median, MNIST_TEST.median),
        (found.mean, MNIST_TEST.mean),
        (found.fifth_percentile, MNIST_TEST.fifth_percentile),
        (found.minimum, MNIST_TEST.minimum),
    ] {
        assert!((found - expected).abs() < 0.005, "{found} is not {expected}");
    }
}

#[test]
fn distances_in_a_batch_are_numpys() {
    let images = noise(6, 30 * 63);
    close(mean_pairwise_distance(&images, 63).unwrap(), 3.186892723841607, 1e-9);
    let labels: Vec<u8> = (0..30).map(|i| i % 4).collect();
    close(mean_distance_within_classes(&images, 63, &labels, 4).unwrap().unwrap(), 3.202521050148756, 1e-9);
    assert_eq!(mean_pairwise_distance(&images[..63].repeat(5), 63).unwrap(), 0.0);
    assert_eq!(mean_distance_within_classes(&images[..126], 63, &[0, 1], 4).unwrap(), None);
    assert!(mean_pairwise_distance(&[0.0, f32::NAN], 1).unwrap().is_nan());
    refused(mean_pairwise_distance(&images[..63], 63), "1 samples are too few; at least 2 are needed");
    refused(mean_distance_within_classes(&images, 63, &labels, 3), "label 3 of sample 3");
    refused(mean_distance_within_classes(&images, 63, &[0], 3), "1 labels do not belong to 30 images");
}

#[test]
fn near_duplicates_are_found_and_counted() {
    // 40 different images of 8 x 8; rows 3 and 30 the same, 7 and 20 nearly so.
    let mut images = noise(13, 40 * 64);
    images.copy_within(3 * 64..4 * 64, 30 * 64);
    images.copy_within(7 * 64..8 * 64, 20 * 64);
    images[20 * 64] = -images[20 * 64];
    let found = birthday(&images, [8, 8], NEAR_DUPLICATE, 3).unwrap();
    let pairs: Vec<_> = found.closest.iter().map(|pair| (pair.first, pair.second)).collect();
    assert_eq!((&pairs[..2], found.duplicates, found.samples), (&[(3, 30), (7, 20)][..], 2, 40));
    assert_eq!((found.closest.len(), found.closest[0].distance), (3, 0.0));
    assert!(found.closest[2].distance > NEAR_DUPLICATE);
    assert_eq!(found.support(), Some(40.0 * 39.0 / 2.0 / 2.0));
    // The third is the nearest of the rest, and the count does not hang on how many pairs are kept.
    let all = birthday(&images, [8, 8], NEAR_DUPLICATE, 780).unwrap();
    assert!(all.closest.len() == 780 && all.closest.is_sorted_by(|a, b| a.distance <= b.distance));
    assert_eq!((&all.closest[..3], all.duplicates), (&found.closest[..], 2));
    assert_eq!(birthday(&images, [8, 8], NEAR_DUPLICATE, 0).unwrap().duplicates, 2);
}

#[test]
fn a_collapsed_batch_repeats_and_a_broken_one_says_so() {
    let one = birthday(&[0.25; 16 * 10], [4, 4], NEAR_DUPLICATE, 2).unwrap();
    assert_eq!((one.duplicates, one.support()), (45, Some(1.0)));
    assert_eq!(birthday(&[-1.0, 1.0], [1, 1], 0.5, 1).unwrap().support(), None);
    let broken = birthday(&[0.0, f32::NAN, 0.0], [1, 1], 0.5, 9).unwrap();
    assert_eq!((broken.samples, broken.duplicates, broken.closest[0].second), (2, 1, 2));
    refused(birthday(&[0.0, f32::NAN], [1, 1], 0.5, 9), "1 samples are too few");
}

#[test]
fn modes_are_counted_by_their_nearest_centre() {
    // Three modes, the last with two centres; sigma 0.1 reaches 0.3.
    let centers = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let mut samples = [0.1, 0.1].repeat(4);
    samples.extend([1.2, 0.0].repeat(4));
    samples.extend([[0.0, 1.1], [1.0, 0.9], [0.5, 0.5], [f32::NAN, 0.0]].concat());
    let found = modes(&samples, &centers, &[0, 1, 2, 2], 0.1, 3).unwrap();
    assert_eq!((&found.counts[..], found.covered), (&[4, 4, 2][..], 2));
    close(found.high_quality, 10.0 / 12.0, 1e-12);
    let expected = 2.0 * 0.4 * (0.4f64 * 3.0).ln() + 0.2 * (0.2f64 * 3.0).ln();
    close(found.divergence.unwrap(), expected, 1e-12);
    let even = modes(&[0.0, 0.0, 1.0, 0.0], &centers[..2], &[0, 1], 0.1, 1).unwrap();
    assert_eq!((even.covered, even.divergence), (2, Some(0.0)));
    let one = modes(&[0.0, 0.0, 0.1, 0.0], &centers[..2], &[0, 1], 0.1, 1).unwrap();
    close(one.divergence.unwrap(), 2f64.ln(), 1e-12);
    let none = modes(&[9.0, 9.0], &centers[..2], &[0, 1], 0.1, 1).unwrap();
    assert_eq!((none.covered, none.high_quality, none.divergence), (0, 0.0, None));
    assert_eq!([0, 100, 126, 2500].map(least_samples), [1, 1, 2, 20]);
    refused(modes(&[], &centers, &[0, 1, 2, 2], 0.1, 1), "at least 1");
    refused(modes(&[1.0], &centers, &[0, 1, 2, 2], 0.1, 1), "whole rows of 2");
    refused(modes(&samples, &centers, &[0, 1], 0.1, 1), "4 centres with the modes of 2");
    refused(modes(&samples, &centers, &[0, 1, 2, 9], 0.1, 1), "mode 9 among 4 centres");
    refused(modes(&samples, &centers, &[0, 1, 2, 2], f64::NAN, 1), "sigma is NaN");
    refused(modes(&samples, &[], &[], 0.1, 1), "0 centres");
}

#[test]
fn the_power_is_that_of_numpys_transform() {
    for (size, power, energy) in
        [([9, 7], 27.125067830428872, 0.5732378409439366), ([6, 8], 15.216466896166187, 0.34194137044078293)]
    {
        let [height, width] = size;
        let images = noise(7, 20 * height * width);
        let mut spectrum = Spectrum::new(size).unwrap();
        spectrum.add(&images[..5 * height * width]).unwrap();
        spectrum.add(&images[5 * height * width..]).unwrap();
        close(spectrum.mean_power().unwrap()[2 * width + 3], power, 1e-9);
        assert!(spectrum.mean_power().unwrap()[0] < 1e-20);
        close(spectrum.checkerboard_energy().unwrap(), energy, 1e-9);
    }
}

#[test]
fn a_checkerboard_is_all_nyquist_and_a_flat_image_nothing() {
    let energy = |image: &dyn Fn(usize, usize) -> f32| {
        let image: Vec<f32> = (0..28 * 28).map(|i| image(i / 28, i % 28)).collect();
        let mut spectrum = Spectrum::new([28, 28]).unwrap();
        spectrum.add(&image).unwrap();
        spectrum.checkerboard_energy().unwrap()
    };
    close(energy(&|y, x| if (x + y) % 2 == 0 { 0.9 } else { -0.3 }), 1.0, 1e-9);
    close(energy(&|_, x| if x % 2 == 0 { 0.9 } else { -0.3 }), 1.0, 1e-9);
    // A period of 3.5 pixels is high, but not Nyquist's.
    assert!(energy(&|_, x| (std::f32::consts::TAU * x as f32 / 3.5).sin()) < 1e-9);
    assert!(energy(&|_, _| 0.3).is_nan());
    assert!(energy(&|y, _| if y == 3 { f32::NAN } else { 0.0 }).is_nan());
    let images = noise(7, 4 * 64);
    assert_eq!(relative_checkerboard(&images, &images, [8, 8]).unwrap(), 1.0);
    refused(Spectrum::new([28, 3]), "28 x 3");
    refused(Spectrum::new([28, 28]).unwrap().add(&[0.0; 783]), "whole rows of 784");
    refused(Spectrum::new([28, 28]).unwrap().checkerboard_energy(), "at least 1");
}
