use super::*;
use crate::hash::checksum;
use crate::{Split, draw};

/// What is in a map, counted: the plan it was drawn from.
fn counted(map: &[u8], style: u8) -> Plan {
    let has = |class: u8| map.contains(&class);
    let mut roofs: Vec<bool> = map.iter().map(|&class| class == ROOF).collect();
    let mut houses = 0;
    while let Some(first) = roofs.iter().position(|&roof| roof) {
        houses += 1;
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut roofs[at], false) {
                let (x, y) = (at % SIDE, at / SIDE);
                let beside = [(x > 0, -1), (x + 1 < SIDE, 1), (y > 0, -(SIDE as isize)), (y + 1 < SIDE, SIDE as isize)];
                let beside = beside.iter().filter(|(inside, _)| *inside);
                open.extend(beside.map(|(_, step)| at.wrapping_add_signed(*step)).filter(|&other| roofs[other]));
            }
        }
    }
    Plan { style, houses, water: has(WATER), road: has(ROAD), hills: has(HILL) }
}

fn plans(split: Split, rows: u32) -> Vec<Plan> {
    let tables = draw("scenes", 5, split, 0..rows).unwrap();
    let maps = tables[0].chunks_exact(SIDE * SIDE);
    maps.zip(&tables[2]).map(|(map, &style)| counted(map, style)).collect()
}

#[test]
fn what_is_held_out_is_in_no_row_that_is_trained_on() {
    let (train, seen) = (plans(Split::Train, 3_000), plans(Split::Seen, 500));
    assert!(train.iter().chain(&seen).all(|plan| !held_out(plan)));
    let hidden = plans(Split::HeldOut, 500);
    assert!(hidden.iter().all(held_out));
    for plans in [&train, &hidden] {
        assert!((0..STYLES.len() as u8).all(|style| plans.iter().any(|plan| plan.style == style)));
        assert!((0..4).all(|houses| plans.iter().any(|plan| plan.houses == houses)));
    }
    for of in [|plan: &Plan| plan.water, |plan: &Plan| plan.road, |plan: &Plan| plan.hills] {
        assert!(train.iter().any(of) && !train.iter().all(of));
    }
    // One in ten of all combinations, about.
    let plan = |at: u32| Plan {
        style: (at / 32) as u8,
        houses: (at / 8 % 4) as u8,
        water: at & 1 > 0,
        road: at & 2 > 0,
        hills: at & 4 > 0,
    };
    let share = (0..192).filter(|&at| held_out(&plan(at))).count();
    assert!((10..30).contains(&share), "{share} of 192");
}

/// A class's mean colour in pictures of one style, and how many pixels it has.
fn means(style: u8, tables: &[Vec<u8>]) -> [([f32; 3], f32); CLASSES.len()] {
    let mut sums = [([0.0f32; 3], 0.0f32); CLASSES.len()];
    let area = SIDE * SIDE;
    for row in (0..tables[2].len()).filter(|&row| tables[2][row] == style) {
        for at in 0..area {
            let (sum, count) = &mut sums[usize::from(tables[0][row * area + at])];
            *count += 1.0;
            for (channel, sum) in sum.iter_mut().enumerate() {
                *sum += f32::from(tables[1][(row * 3 + channel) * area + at]);
            }
        }
    }
    sums.map(|(sum, count)| (sum.map(|channel| channel / count), count))
}

#[test]
fn classes_can_be_told_apart_in_each_style() {
    let tables = draw("scenes", 5, Split::Train, 0..1_500).unwrap();
    for style in 0..STYLES.len() as u8 {
        let means = means(style, &tables);
        for (class, (a, count)) in means.iter().enumerate() {
            assert!(*count > 200.0, "{} in {}: {count} pixels", CLASSES[class], STYLES[usize::from(style)]);
            for (other, (b, _)) in means.iter().enumerate().take(class) {
                let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>();
                let names = (CLASSES[class], CLASSES[other], STYLES[usize::from(style)]);
                assert!(apart > 36.0, "{names:?} are {apart} apart");
            }
        }
    }
}

#[test]
fn a_picture_is_its_map_in_its_style() {
    let tables = draw("scenes", 2, Split::Train, 0..20).unwrap();
    for row in 0..20 {
        let map = &tables[0][row * SIDE * SIDE..][..SIDE * SIDE];
        let numbers = std::array::from_fn(|at| tables[3][row * NUMBERS.len() + at]);
        let picture = |style: &Style| {
            let mut bytes = Vec::new();
            render(map, style).write(&mut bytes);
            bytes
        };
        let style = Style { kind: tables[2][row], numbers };
        assert_eq!(picture(&style), tables[1][row * 3 * SIDE * SIDE..][..3 * SIDE * SIDE]);
        assert_ne!(picture(&style), picture(&Style { kind: (style.kind + 1) % 6, numbers }));
    }
}

#[test]
fn any_map_can_be_rendered() {
    let styles = (0..=255).step_by(5).map(|kind| Style { kind, numbers: [kind; 6] });
    for style in styles {
        for map in [&[][..], &[WATER; SIDE * SIDE], &[255; 9], &[SUN; 3000], &[TREE; 700], &[HILL; 1024]] {
            let canvas = render(map, &style);
            assert!(canvas.pixels.iter().flatten().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn the_first_rows_keep_their_bytes() {
    assert_eq!(checksum(&draw("scenes", 1, Split::Train, 0..50).unwrap()), 15_585_798_264_380_807_515);
}
