//! The measures by hand, and with the shipped judge of digits.

use super::*;
use crate::data::procedural::generated_digits;

const fn measure(reading: Reading) -> Measure {
    Measure::new("measure", "Measure", "pairs", reading)
}

const fn pairs(by_chance: bool) -> [Measure; 3] {
    let (part, of) = ("a", "b");
    [
        measure(Reading::PixelAgreement { part, of, by_chance }),
        measure(Reading::InkOverlap { part, of, by_chance }),
        measure(Reading::SameClass { part, of, by_chance }),
    ]
}

static TOGETHER: [Measure; 3] = pairs(false);
static BY_CHANCE: [Measure; 3] = pairs(true);

/// What the measures make of images that a gallery put out; without a judge, what needs one is None.
fn taken(
    measures: &'static [Measure],
    domain: Option<Domain>,
    sides: [usize; 2],
    [a, b]: [&[f32]; 2],
    mut judge: Option<&mut Judge>,
) -> Vec<Option<f64>> {
    let shown = Shown { gallery: "pairs", rows: 0, parts: vec![("a", a.to_vec()), ("b", b.to_vec())] };
    let mut readings = Readings {
        measures,
        galleries: vec![shown],
        domain,
        sides,
        rows: 0,
        seen: Seen::default(),
        lacks_judge: false,
        values: Vec::new(),
    };
    while !readings.advance(judge.as_deref_mut(), None).unwrap() {}
    readings.values.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn pixels_and_ink_agree_as_counted_by_hand() {
    let (ink, paper) = (1.0, -1.0);
    // Two images of four pixels: ink in the first of one, in the last two of the other.
    let a = [ink, paper, paper, paper, paper, paper, ink, ink];
    // In the other domain ink is dark; one pixel of each is wrong.
    let b = [paper, paper, ink, ink, ink, ink, paper, ink];
    let of = |measures, domain| taken(measures, domain, [2, 2], [&a, &b], None);
    assert_eq!(of(&TOGETHER, Some(Domain::Inverse)), [Some(6.0 / 8.0), Some(2.0 / 4.0), None]);
    // The first beside the other's b: ink 1000 and 0010; the other beside the first's: 0011 and 1100.
    assert_eq!(of(&BY_CHANCE, Some(Domain::Inverse)), [Some(2.0 / 8.0), Some(0.0), None]);
    // Around ink in a corner of two by two lie all three others.
    let outline = [paper, 0.9, ink, paper];
    let values = taken(&TOGETHER, Some(Domain::Edges), [2, 2], [&a[..4], &outline], None);
    assert_eq!(values, [Some(3.0 / 4.0), Some(2.0 / 3.0), None]);
}

#[test]
fn what_cannot_be_compared_is_no_number() {
    let blank = [-1.0; 4];
    let values = taken(&TOGETHER, Some(Domain::Edges), [2, 2], [&blank, &blank], None);
    assert_eq!(values, [Some(1.0), None, None], "paper agrees with paper, and there is no ink");
    let alone = taken(&BY_CHANCE, Some(Domain::Inverse), [2, 2], [&blank, &blank], None);
    assert_eq!(alone, [None; 3], "there is no other to be alike by chance");
    let one_domain = taken(&TOGETHER, None, [2, 2], [&blank, &blank], None);
    assert_eq!(one_domain, [None; 3], "data without a second domain");
}

/// With a way back and without one: pairs show one class, and strangers do as often as their classes are one.
#[test]
fn partners_show_one_class_and_strangers_as_often_as_classes_meet() {
    let mut judge = Judge::load(&std::fs::read("www/judges/mnist.safetensors").unwrap()).unwrap();
    let count = 20;
    let digits = generated_digits(count, 5);
    let a = scaled(&digits.images);
    let classes: Vec<usize> = judge.judge(&a).unwrap().classes().collect();
    let meet = (0..count).filter(|&at| classes[at] == classes[(at + 1) % count]).count() as f64 / count as f64;
    for domain in [Domain::Inverse, Domain::Edges] {
        let made = digits.images.chunks(784).flat_map(|image| domain.of(image, [28, 28], 0));
        let b = scaled(&made.collect::<Vec<u8>>());
        let values = taken(&TOGETHER, Some(domain), [28, 28], [&a, &b], Some(&mut judge));
        assert_eq!(values, [Some(1.0); 3], "{domain:?}");
        let values = taken(&BY_CHANCE, Some(domain), [28, 28], [&a, &b], Some(&mut judge));
        assert_eq!(values[2], Some(meet), "{domain:?}");
        assert!(values[0] < Some(0.95) && values[1] < Some(0.5), "{domain:?}: {values:?}");
    }
}

#[test]
fn ten_decibels_are_a_tenth_of_the_squared_error() {
    static MEASURES: [Measure; 1] = [measure(Reading::Psnr { part: "a", of: "b" })];
    let of = |a: &[f32], b: &[f32]| taken(&MEASURES, None, [1, 2], [a, b], None)[0];
    // Of pixels from 0 to 1: black for white is an error of 1, and half of one in both is 6 decibels.
    assert_eq!(of(&[-1.0, 1.0], &[1.0, -1.0]), Some(0.0));
    assert!((of(&[-1.0, 1.0], &[0.0, 0.0]).unwrap() - 20.0 * 2f64.log10()).abs() < 1e-12);
    // All pixels together: a black image for a white one beside nine that are right.
    let (white, mut one) = ([1.0; 20], [1.0; 20]);
    one[..2].fill(-1.0);
    assert!((of(&one, &white).unwrap() - 10.0).abs() < 1e-9);
    assert_eq!(of(&white, &white), None, "nothing differs, and infinity is no number to draw");
}

#[test]
fn similar_is_what_has_room_for_a_window() {
    static MEASURES: [Measure; 1] = [measure(Reading::Similarity { part: "a", of: "b" })];
    let of = |sides| taken(&MEASURES, None, sides, [&[0.0; 56], &[0.0; 56]], None)[0];
    assert_eq!([of([8, 7]), of([4, 14])], [Some(1.0), None]);
}

#[test]
fn features_of_the_same_images_are_alike_and_of_few_nothing_is_said() {
    static MEASURES: [Measure; 1] = [measure(Reading::Frechet { part: "a", of: "b" })];
    let mut judge = Judge::load(&std::fs::read("www/judges/mnist.safetensors").unwrap()).unwrap();
    let digits = generated_digits(600, 5);
    let a = scaled(&digits.images);
    let mut of = |a: &[f32], b: &[f32]| taken(&MEASURES, None, [28, 28], [a, b], Some(&mut judge))[0];
    let same = of(&a, &a).unwrap();
    assert!(same < 1e-3, "{same}");
    let inverse: Vec<f32> = a.iter().map(|value| -value).collect();
    let far = of(&a, &inverse).unwrap();
    assert!(far > 1.0, "{far}");
    assert_eq!(of(&a[..499 * 784], &a), None);
    assert_eq!(taken(&MEASURES, None, [28, 28], [&a, &a], None), [None], "without a judge");
}

#[test]
fn distances_are_of_pixels_from_zero_to_one() {
    assert_eq!(distance(&[-1.0, 1.0], &[1.0, 1.0]), 0.5);
    assert_eq!(earth_movers(&[1.0, 0.0, 0.0], &[1.0, 0.0, 0.0]), 0.0);
    let mut far = vec![0.0; BINS];
    let near = [&[1.0][..], &vec![0.0; BINS - 1]].concat();
    far[BINS - 1] = 1.0;
    let most = std::f64::consts::SQRT_2 * (BINS - 1) as f64 / BINS as f64;
    assert!((earth_movers(&near, &far) - most).abs() < 1e-12, "all the earth over the whole way");
}
