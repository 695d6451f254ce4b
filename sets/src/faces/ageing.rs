//! Faces whose age one can tell: `ageing-faces`. Two hundred people are in held-out rows alone, each at any age; whoever else
//! is drawn is a stranger.

use super::{AGES, COUNTS, Column, Face, FaceStyle, HAIR_COLOURS, Random, SIDE, SKINS, Set, Split};
use crate::canvas::byte;

/// People who are known by a number, from 1 on.
pub const PEOPLE: usize = 200;

/// What each sixth of the ages is called, as Antipov et al. (2017) have them.
pub const AGE_NAMES: [&str; AGES] =
    ["under 20", "in their 20s", "in their 30s", "in their 40s", "in their 50s", "60 and over"];

/// How they wear their hair. Nobody is bald: that would hide how much hair there is, and how grey.
pub const HAIR_STYLES: [&str; 4] = ["short", "long", "curly", "a bun"];

/// What `traits` holds, each from 0 to 1: what age leaves as it is.
pub const TRAITS: [&str; 6] = ["eye spacing", "eye size", "brow angle", "mouth curve", "width", "jaw"];

/// What `signs` holds, each from 0 to 1: what grows with age.
pub const SIGNS: [&str; 2] = ["wrinkles", "grey"];

/// How many of each: skin, hair colour, hair style, glasses, beard.
const KINDS: [usize; 5] = [SKINS.len(), HAIR_COLOURS.len(), HAIR_STYLES.len(), COUNTS[3], COUNTS[4]];

/// The set.
pub const AGEING: Set = Set {
    key: "ageing-faces",
    name: "Faces at six ages",
    about: "Faces whose age one can tell: wrinkles, grey hair, lids that hang. Two hundred people are held out.",
    columns: &[
        ("picture", Column::Picture { channels: 3, side: SIDE }),
        ("age_bin", Column::Class { classes: AGES }),
        // 0 is a stranger.
        ("person", Column::Class { classes: PEOPLE + 1 }),
        ("skin", Column::Class { classes: KINDS[0] }),
        ("hair_colour", Column::Class { classes: KINDS[1] }),
        ("hair_style", Column::Class { classes: KINDS[2] }),
        ("glasses", Column::Class { classes: KINDS[3] }),
        ("beard", Column::Class { classes: KINDS[4] }),
        ("traits", Column::Numbers { names: &TRAITS }),
        ("signs", Column::Numbers { names: &SIGNS }),
    ],
};

/// Somebody with these values of `KINDS`, and traits of chance.
fn somebody([skin, colour, style, glasses, beard]: [usize; 5], random: &mut Random) -> Face {
    Face::of([skin, colour, style + 1, glasses, beard], random)
}

impl Face {
    /// The person of that number, from 1 to [`PEOPLE`], in a view of chance. No two have all attributes in common.
    pub fn ageing_person(number: usize, random: &mut Random) -> Face {
        // 480 and 187 have no factor in common.
        let mut place = (number * 187 + 11) % KINDS.iter().product::<usize>();
        let values = KINDS.map(|count| {
            let value = place % count;
            place /= count;
            value
        });
        somebody(values, &mut Random::of_row(0xa9e5, 0, number as u32)).at_an_age(random)
    }

    /// Anybody, in a view of chance.
    fn stranger(random: &mut Random) -> Face {
        let values = KINDS.map(|count| random.below(count));
        somebody(values, random).at_an_age(random)
    }

    /// The same person in another view, at about the middle of one of the sixths of the ages.
    fn at_an_age(self, random: &mut Random) -> Face {
        let seen = self.seen_anew(random);
        let age = (f32::from(seen.age_bin()) + random.between(0.4, 0.6)) / AGES as f32;
        Face { age, ..seen }
    }
}

/// Draws a row of `ageing-faces`: of the held-out ones a person who is known, of all others a stranger.
pub fn draw(random: &mut Random, split: Split, tables: &mut [Vec<u8>]) {
    let number = if split == Split::HeldOut { 1 + random.below(PEOPLE) } else { 0 };
    let face = if number > 0 { Face::ageing_person(number, random) } else { Face::stranger(random) };
    face.draw(FaceStyle::Aged).write(&mut tables[0]);
    let [skin, colour, style, glasses, beard] = face.combination();
    for (table, class) in
        tables[1..].iter_mut().zip([face.age_bin().into(), number, skin, colour, style - 1, glasses, beard])
    {
        table.push(class as u8);
    }
    let traits = [face.eye_spacing, face.eye_size, face.brow_angle, face.mouth_curve, face.width, face.jaw];
    tables[8].extend(traits.map(byte));
    tables[9].extend(face.signs().map(byte));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw as rows;
    use crate::hash::checksum;
    use std::collections::BTreeSet;

    #[test]
    fn people_who_are_known_are_in_held_out_rows_alone() {
        for split in [Split::Train, Split::Seen, Split::HeldOut] {
            let tables = rows(AGEING.key, 5, split, 0..2_000).unwrap();
            let people: BTreeSet<u8> = tables[2].iter().copied().collect();
            let expected: BTreeSet<u8> = if split == Split::HeldOut { (1..=200).collect() } else { [0].into() };
            assert_eq!(people, expected, "{split:?}");
            for (at, (name, column)) in AGEING.columns.iter().enumerate() {
                let Column::Class { classes } = column else { continue };
                if *name == "person" {
                    continue;
                }
                for class in 0..*classes as u8 {
                    let count = tables[at].iter().filter(|&&value| value == class).count();
                    assert!(count * classes > 1_400, "{split:?}: {name} is {class} {count} times");
                }
            }
        }
    }

    #[test]
    fn people_stay_themselves_at_any_age() {
        let mut combinations = BTreeSet::new();
        for number in 1..=PEOPLE {
            let [one, other] = [7, 8].map(|seed| Face::ageing_person(number, &mut Random::of_row(seed, 0, 0)));
            let Face { age, backdrop, light, place, size, grain, .. } = one;
            assert_ne!(one, other, "another view");
            assert_eq!(Face { age, backdrop, light, place, size, grain, ..other }, one, "the same person");
            assert!(combinations.insert(one.combination()), "{number} has a double");
            assert_ne!(one.hair_style, 0, "{number} is bald");
        }
    }

    /// Wrinkles and grey hair grow from each age to the next, and what changes is seen; the photographs of `faces` are others.
    #[test]
    fn ages_are_seen() {
        for number in 1..=40 {
            let face = Face::ageing_person(number, &mut Random::of_row(3, 0, 0));
            let at = |bin: usize| Face { age: (bin as f32 + 0.5) / AGES as f32, ..face };
            assert!((0..AGES).all(|bin| usize::from(at(bin).age_bin()) == bin));
            let signs: Vec<[f32; 2]> = (0..AGES).map(|bin| at(bin).signs()).collect();
            assert!(signs.windows(2).all(|pair| pair[1][0] > pair[0][0] && pair[1][1] >= pair[0][1]), "{signs:?}");
            let apart = |one: &Face, style: FaceStyle, other: &Face| {
                let [a, b] = [one.draw(style), other.draw(FaceStyle::Aged)];
                let sums = a
                    .pixels
                    .iter()
                    .zip(&b.pixels)
                    .map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>());
                sums.sum::<f32>() / 3_072.0
            };
            for bin in 1..AGES {
                let change = apart(&at(bin - 1), FaceStyle::Aged, &at(bin));
                assert!(change > 0.006, "{number}: from age {} to {bin} pixels change by {change}", bin - 1);
            }
            assert!(apart(&at(5), FaceStyle::Photo, &at(5)) > 0.01);
        }
    }

    #[test]
    fn bytes_stay_the_same() {
        let sums = [Split::Train, Split::HeldOut].map(|split| checksum(&rows(AGEING.key, 1, split, 0..50).unwrap()));
        assert_eq!(sums, [0x68be_2713_7f68_9ac7, 0xb8f6_cf06_69c0_03da], "{sums:#018x?}");
    }
}
