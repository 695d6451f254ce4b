use super::*;
use crate::draw;
use crate::hash::checksum;
use std::collections::HashSet;

/// Of so many rows: pictures, captions in words, and digit, colour and place.
fn rows(split: Split, count: u32) -> Vec<(Vec<u8>, Vec<&'static str>, [usize; 3])> {
    let tables = draw("captioned-digits", 3, split, 0..count).unwrap();
    let row = |row: usize| {
        let caption = &tables[1][row * LENGTH..][..LENGTH];
        let words = caption.iter().take_while(|&&word| word > 0).map(|&word| WORDS[usize::from(word) - 1]);
        let picture = tables[0][row * 3 * SIDE * SIDE..][..3 * SIDE * SIDE].to_vec();
        (picture, words.collect(), [2, 3, 4].map(|at| usize::from(tables[at][row])))
    };
    (0..count as usize).map(row).collect()
}

#[test]
fn what_is_held_out_is_in_no_row_that_is_trained_on() {
    let of = |split, count| rows(split, count).into_iter().map(|(.., values)| values).collect::<Vec<_>>();
    let (train, seen, hidden) = (of(Split::Train, 4_000), of(Split::Seen, 400), of(Split::HeldOut, 1_000));
    assert!(train.iter().chain(&seen).all(|values| !held_out(values, &COUNTS)));
    assert!(hidden.iter().all(|values| held_out(values, &COUNTS)));
    for values in [&train, &hidden] {
        for (attribute, count) in COUNTS.into_iter().enumerate() {
            assert!((0..count).all(|value| values.iter().any(|values| values[attribute] == value)));
        }
    }
    let combinations: HashSet<_> = hidden.iter().collect();
    assert!((36..55).contains(&combinations.len()), "{} of 450", combinations.len());
}

#[test]
fn captions_say_digit_colour_and_place_and_nothing_else() {
    let mut said = HashSet::new();
    let mut lengths = HashSet::new();
    for (_, words, [digit, colour, place]) in rows(Split::Train, 2_000) {
        let of = |names: &[&'static str]| words.iter().copied().filter(|word| names.contains(word)).collect::<Vec<_>>();
        assert_eq!(of(&DIGITS), [DIGITS[digit]], "{words:?}");
        assert_eq!(of(&COLOURS), [COLOURS[colour]], "{words:?}");
        assert_eq!(of(&["top", "bottom", "left", "right", "middle"]).join(" "), PLACES[place], "{words:?}");
        lengths.insert(words.len());
        said.extend(words);
    }
    assert_eq!(said, HashSet::from(WORDS), "every word occurs");
    assert!(lengths.contains(&LENGTH) && lengths.len() > 4 && lengths.iter().all(|&length| length <= LENGTH));
    assert_eq!((number_of("the"), number_of("middle"), number_of("purple")), (Some(1), Some(28), None));
}

/// Pixels in which a picture is brighter than its ground could be, as columns and rows, and their mean colour.
fn ink(picture: &[u8]) -> (Vec<[usize; 2]>, Colour) {
    let pixels = SIDE * SIDE;
    let value = |at: usize, channel: usize| f32::from(picture[channel * pixels + at]) / 255.0;
    let bright: Vec<usize> = (0..pixels).filter(|&at| (0..3).any(|channel| value(at, channel) > 0.5)).collect();
    let mean = |channel| bright.iter().map(|&at| value(at, channel)).sum::<f32>() / bright.len() as f32;
    (bright.iter().map(|at| [at % SIDE, at / SIDE]).collect(), [0, 1, 2].map(mean))
}

#[test]
fn every_attribute_is_seen_in_the_picture() {
    let (mut inked, mut touching) = ([0.0; DIGITS.len()], 0);
    for (picture, _, [digit, colour, place]) in rows(Split::Train, 1_000) {
        let (pixels, mean) = ink(&picture);
        assert!((14..260).contains(&pixels.len()), "{} pixels of {}", pixels.len(), DIGITS[digit]);
        inked[digit] += pixels.len() as f32;
        let nearest = |inks: &[Colour]| {
            // Light varies, so what counts is the share of each channel.
            let share = |colour: Colour| colour.map(|value| value / colour.iter().sum::<f32>());
            let far = |ink: &Colour| share(*ink).iter().zip(share(mean)).map(|(a, b)| (a - b).abs()).sum::<f32>();
            (0..inks.len()).min_by(|&a, &b| far(&inks[a]).total_cmp(&far(&inks[b]))).unwrap()
        };
        assert_eq!(nearest(&INKS), colour, "{mean:?}");
        for (axis, step) in [place % 3, place / 3].into_iter().enumerate() {
            let (first, last) =
                pixels.iter().fold((SIDE, 0), |(first, last), at| (first.min(at[axis]), last.max(at[axis])));
            touching += usize::from(first == 0 || last == SIDE - 1);
            let off = (first + last + 1) as f32 / 2.0 - (SIDE as f32 / 2.0 + APART * (step as f32 - 1.0));
            assert!(off.abs() < APART / 2.0, "{} is {off} off", PLACES[place]);
        }
    }
    assert!(touching < 50, "{touching} of 1000 reach the border");
    assert!(inked[1] < inked[8] / 1.4, "an eight has more ink than a one: {inked:?}");
}

#[test]
fn the_first_rows_keep_their_bytes() {
    assert_eq!(checksum(&draw("captioned-digits", 1, Split::Train, 0..50).unwrap()), 8_216_084_089_035_311_514);
}
