use super::*;
use crate::draw as rows;
use crate::hash::checksum;

fn sprite(class: usize, palette: usize, direction: usize) -> Sprite {
    let marks = [[0, 0]; 7];
    Sprite { class, palette, direction, ground: 0, marks, hat: HATS.len(), item: ITEMS.len(), eyes: 0, shift: [0, 0] }
}

/// In how many pixels two differ.
fn apart(one: &Sprite, other: &Sprite) -> usize {
    let [a, b] = [one, other].map(|sprite| sprite.draw().0);
    a.iter().flatten().zip(b.iter().flatten()).filter(|(a, b)| a != b).count()
}

#[test]
fn bitmaps_are_whole() {
    for body in &BODIES {
        let pen = Pen { palette: &PALETTES[0], body, eyes: 0, mirror: false };
        for (view, rows) in body.views.iter().enumerate() {
            for row in rows {
                assert_eq!(row.len(), SIDE, "{row}");
                assert!(row.bytes().all(|letter| letter == b'.' || pen.colour(letter).is_some()), "{row}");
            }
            let eyes = rows.iter().flat_map(|row| row.bytes()).filter(|&letter| letter == b'e').count();
            assert_eq!(eyes == 0, view == 1, "only the back has no eyes");
        }
    }
}

#[test]
fn combinations_are_in_the_splits_that_take_them_and_all_classes_are_trained_on() {
    for split in [Split::Train, Split::Seen, Split::HeldOut] {
        let tables = rows("sprites", 5, split, 0..2_000).unwrap();
        let classes = |row: usize| std::array::from_fn::<usize, 3, _>(|at| tables[at + 1][row].into());
        for values in (0..2_000).map(classes) {
            assert_eq!(held_out(&values, &COUNTS), split == Split::HeldOut, "{values:?}");
        }
        if split != Split::HeldOut {
            for (table, count) in tables[1..].iter().zip(COUNTS) {
                for class in 0..count as u8 {
                    let found = table.iter().filter(|&&value| value == class).count();
                    assert!(found > 1_400 / count, "{class} of {count} is there {found} times");
                }
            }
        }
    }
    let all = (0..192).map(|place| [place / 32, place / 4 % 8, place % 4]);
    let share = all.filter(|values| held_out(values, &COUNTS)).count();
    assert!((14..26).contains(&share), "{share} of 192 are held out");
}

#[test]
fn classes_palettes_and_directions_are_told_apart() {
    for class in 0..COUNTS[0] {
        for palette in 0..COUNTS[1] {
            let front = sprite(class, palette, 0);
            for other in 0..COUNTS[0] {
                assert_eq!(apart(&front, &sprite(other, palette, 0)) < 50, other == class);
            }
            for other in 0..COUNTS[1] {
                assert_eq!(apart(&front, &sprite(class, other, 0)) < 15, other == palette);
            }
            for one in 0..4 {
                for other in 0..4 {
                    let change = apart(&sprite(class, palette, one), &sprite(class, palette, other));
                    assert_eq!(change < 10, one == other, "class {class}, {one} and {other}: {change}");
                }
            }
        }
    }
}

#[test]
fn the_right_is_the_left_in_a_mirror() {
    for class in 0..COUNTS[0] {
        let [left, right] = [2, 3].map(|direction| {
            let Screen(pixels) = Sprite { item: 0, hat: 0, ..sprite(class, 1, direction) }.draw();
            pixels
        });
        // Above the shadow and the marks.
        for y in 1..SIDE - 2 {
            let mut mirrored = right[y];
            mirrored.reverse();
            assert_eq!(mirrored, left[y], "class {class}, row {y}");
        }
    }
}

#[test]
fn twenty_thousand_are_no_copies() {
    let tables = rows("sprites", 2, Split::Train, 0..4_000).unwrap();
    let kinds: std::collections::BTreeSet<&[u8]> = tables[0].chunks_exact(3 * 32 * 32).collect();
    assert_eq!(kinds.len(), 4_000);
    // Without the marks on the ground: what is varied besides class, palette and direction.
    assert!(GROUNDS.len() * (HATS.len() + 1) * (ITEMS.len() + 1) * 3 * 6 > 3_000);
    let one = sprite(0, 0, 0);
    for other in [
        Sprite { ground: 1, ..one.clone() },
        Sprite { hat: 0, ..one.clone() },
        Sprite { item: 0, ..one.clone() },
        Sprite { eyes: 1, ..one.clone() },
        Sprite { shift: [1, 0], ..one.clone() },
        Sprite { shift: [0, 1], ..one.clone() },
    ] {
        assert!(apart(&one, &other) >= 2, "{other:?}");
    }
}

#[test]
fn pixels_are_crisp_and_bytes_stay_the_same() {
    let tables = rows("sprites", 1, Split::Train, 0..50).unwrap();
    for picture in tables[0].chunks_exact(32 * 32) {
        for (at, byte) in picture.iter().enumerate() {
            assert_eq!(*byte, picture[at / 64 * 64 + at % 32 / 2 * 2], "in blocks of two by two");
        }
    }
    assert_eq!(checksum(&tables), 0x60e4_88ca_8e3f_d504, "{:#018x}", checksum(&tables));
}
