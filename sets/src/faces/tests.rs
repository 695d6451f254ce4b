use super::*;
use crate::hash::checksum;
use crate::{draw as rows, find};

const STYLES: [FaceStyle; 2] = [FaceStyle::Photo, FaceStyle::Emoji];

/// A face before the middle of everything: young, without glasses and beard.
fn plain() -> Face {
    let random = &mut Random::of_row(1, 0, 0);
    let face = Face::of([1, 1, 1, 0, 0], random);
    Face { eye_spacing: 0.5, eye_size: 0.5, brow_angle: 0.5, mouth_curve: 0.1, width: 0.5, jaw: 0.5, age: 0.1, ..face }
}

/// Mean of absolute differences over the box `[left, top, right, bottom]`.
fn apart(one: &Canvas, other: &Canvas, [left, top, right, bottom]: [usize; 4]) -> f32 {
    let mut sum = 0.0;
    for y in top..bottom {
        for x in left..right {
            let at = y * SIDE + x;
            sum += one.pixels[at].iter().zip(&other.pixels[at]).map(|(a, b)| (a - b).abs()).sum::<f32>() / 3.0;
        }
    }
    sum / ((right - left) * (bottom - top)) as f32
}

#[test]
fn combinations_are_in_the_splits_that_take_them_and_all_classes_are_trained_on() {
    for key in ["faces", "emoji-faces"] {
        for split in [Split::Train, Split::Seen, Split::HeldOut] {
            let tables = rows(key, 5, split, 0..1_200).unwrap();
            let classes = |row: usize| std::array::from_fn::<usize, 5, _>(|at| tables[at + 1][row].into());
            for values in (0..1_200).map(classes) {
                assert_eq!(held_out(&values, &COUNTS), split == Split::HeldOut, "{key}: {values:?}");
            }
            for (at, (name, column)) in find(key).unwrap().columns.iter().enumerate() {
                let Column::Class { classes } = column else { continue };
                for class in 0..*classes as u8 {
                    let count = tables[at].iter().filter(|&&value| value == class).count();
                    // 600 combinations, of which 60 are held out: a single value may be rare among these.
                    let least = if split == Split::HeldOut { 300 } else { 900 } / classes;
                    assert!(count >= least, "{key}, {split:?}: {name} is {class} {count} times");
                }
            }
        }
    }
}

#[test]
fn both_sets_have_one_distribution_and_no_pairs() {
    let [photos, emoji] = ["faces", "emoji-faces"].map(|key| rows(key, 3, Split::Train, 0..3_000).unwrap());
    for (at, (name, column)) in COLUMNS.iter().enumerate() {
        match column {
            Column::Class { classes } => {
                let same = photos[at].iter().zip(&emoji[at]).filter(|(a, b)| a == b).count() as f32 / 3_000.0;
                assert!((same - 1.0 / *classes as f32).abs() < 0.05, "{name} agrees in {same} of the rows");
                for class in 0..*classes as u8 {
                    let [photo, flat] =
                        [&photos, &emoji].map(|t| t[at].iter().filter(|&&v| v == class).count() as f32 / 3_000.0);
                    assert!((photo - flat).abs() < 0.04, "{name} {class}: {photo} and {flat}");
                }
            }
            Column::Numbers { names } => {
                for (number, name) in names.iter().enumerate() {
                    let [photo, flat] = [&photos, &emoji].map(|t| {
                        t[at].iter().skip(number).step_by(names.len()).map(|&v| f32::from(v)).sum::<f32>() / 3_000.0
                    });
                    assert!((photo - flat).abs() < 8.0 && (115.0..140.0).contains(&photo), "{name}: {photo}, {flat}");
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_attribute_is_seen_where_it_belongs() {
    let (eyes, chin, crown, all) = ([6, 14, 26, 23], [9, 23, 23, 29], [6, 3, 26, 12], [0, 0, SIDE, SIDE]);
    for style in STYLES {
        let of = |face: &Face| face.draw(style);
        let face = plain();
        let ways: [(&str, Face, [usize; 4], f32); 12] = [
            ("glasses", Face { glasses: true, ..face }, eyes, 0.08),
            ("beard", Face { beard: true, ..face }, chin, 0.1),
            ("smile", Face { mouth_curve: 0.9, ..face }, chin, 0.045),
            ("skin", Face { skin: 2, ..face }, chin, 0.06),
            ("hair colour", Face { hair_colour: 2, ..face }, crown, 0.1),
            ("hair style", Face { hair_style: 0, ..face }, crown, 0.1),
            ("age", Face { age: 0.9, ..face }, all, 0.02),
            ("eye spacing", Face { eye_spacing: 1.0, ..face }, eyes, 0.02),
            ("eye size", Face { eye_size: 1.0, ..face }, eyes, 0.02),
            ("brow angle", Face { brow_angle: 1.0, ..face }, all, 0.002),
            ("width", Face { width: 1.0, ..face }, all, 0.005),
            ("jaw", Face { jaw: 1.0, ..face }, [5, 20, 27, 30], 0.006),
        ];
        for (name, other, place, least) in ways {
            let change = apart(&of(&face), &of(&other), place);
            assert!(change > least, "{style:?}: {name} changes the picture by {change}");
        }
        let with = of(&Face { glasses: true, ..face });
        assert_eq!(apart(&of(&face), &with, [0, 25, SIDE, SIDE]), 0.0, "{style:?}: glasses are not below the nose");
    }
}

#[test]
fn classes_are_told_apart_in_any_pair() {
    for style in STYLES {
        for (field, count) in COUNTS[..3].iter().enumerate() {
            for one in 0..*count {
                for other in 0..one {
                    let [a, b] = [one, other].map(|value| {
                        let mut face = plain();
                        *[&mut face.skin, &mut face.hair_colour, &mut face.hair_style][field] = value as u8;
                        (face.age, face.hair_style) = (0.95, if field == 2 { face.hair_style } else { 3 });
                        face.draw(style)
                    });
                    let change = apart(&a, &b, [4, 3, 28, 29]);
                    assert!(change > 0.015, "{style:?}: {one} and {other} of attribute {field} differ by {change}");
                }
            }
        }
    }
}

#[test]
fn age_greys_hair_and_wrinkles_the_forehead() {
    for style in STYLES {
        let ages = [0.0, 0.4, 0.6, 0.8, 1.0];
        let grey = ages.map(|age| {
            let canvas = Face { age, hair_colour: 4, hair_style: 2, ..plain() }.draw(style);
            // The hair beside the chin.
            let side = (20..26).flat_map(|y| (6..8).map(move |x| y * SIDE + x));
            side.map(|at| canvas.pixels[at][2] - canvas.pixels[at][0]).sum::<f32>() / 12.0
        });
        assert!(grey.windows(2).all(|pair| pair[1] < pair[0] - 0.01), "{style:?}: {grey:?}");
        let lines = ages.map(|age| {
            // At several heights, because a line between two rows of pixels is fainter.
            let heights = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9].map(|down| {
                let canvas = Face { age, hair_style: 0, place: [0.5, down], ..plain() }.draw(style);
                let sum = |y: usize| (13..19).map(|x| canvas.pixels[y * SIDE + x].iter().sum::<f32>()).sum::<f32>();
                // How much rows of the forehead differ from those above and below.
                (8..14).map(|y| (2.0 * sum(y) - sum(y - 1) - sum(y + 1)).abs() / 18.0).sum::<f32>()
            });
            heights.iter().sum::<f32>() / 7.0
        });
        assert!(lines.windows(2).all(|pair| pair[1] > pair[0]), "{style:?}: wrinkles {lines:?}");
    }
}

#[test]
fn the_face_of_a_row_can_be_had() {
    let tables = rows("faces", 5, Split::Seen, 9..10).unwrap();
    let face = Face::choose(&mut Random::of_row(5, Split::Seen as u32, 9), Split::Seen);
    let mut bytes = Vec::new();
    face.draw(FaceStyle::Photo).write(&mut bytes);
    assert_eq!(tables[0], bytes);
}

#[test]
fn people_stay_themselves() {
    let mut combinations = std::collections::BTreeSet::new();
    let mut kept = 0;
    for number in 0..IDENTITIES {
        let [one, other] = [7, 8].map(|seed| Face::person(number, &mut Random::of_row(seed, 0, 0)));
        assert_ne!(one, other, "another view");
        let Face { age, backdrop, light, place, size, grain, .. } = one;
        assert_eq!(Face { age, backdrop, light, place, size, grain, ..other }, one, "the same person");
        assert!(combinations.insert(one.combination()), "{number} has a double");
        kept += usize::from(!held_out(&one.combination(), &COUNTS));
    }
    for (at, count) in COUNTS.iter().enumerate() {
        for value in 0..*count {
            let found = combinations.iter().filter(|values| values[at] == value).count();
            assert!(found * count > IDENTITIES * 3 / 4, "attribute {at} is {value} in {found} people");
        }
    }
    assert!((165..195).contains(&kept), "{kept} of {IDENTITIES} are trained on");
    let numbers = |split| rows("face-identities", 1, split, 0..4_000).unwrap().swap_remove(1);
    let sets = [Split::Train, Split::HeldOut]
        .map(|split| numbers(split).into_iter().collect::<std::collections::BTreeSet<_>>());
    assert_eq!(sets[0].len(), kept);
    assert_eq!(sets[1].len(), IDENTITIES - kept);
    assert!(sets[0].is_disjoint(&sets[1]));
}

#[test]
fn bytes_stay_the_same() {
    let of = |key: &str| checksum(&rows(key, 1, Split::Train, 0..50).unwrap());
    let sums = ["faces", "emoji-faces", "face-identities"].map(of);
    assert_eq!(sums, [0xacf0_8696_6f27_4edb, 0x16a9_6224_dfdc_0586, 0xd238_b29b_8a39_4083], "{sums:#018x?}");
}
