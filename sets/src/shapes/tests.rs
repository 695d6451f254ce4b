use super::*;
use crate::draw;
use crate::hash::checksum;

/// Cells of a volume, and how many of them hang together with the first one, side by side.
fn pieces(volume: &[u8]) -> (usize, usize) {
    let mut filled: Vec<bool> = volume.iter().map(|&cell| cell >= 128).collect();
    let count = filled.iter().filter(|&&cell| cell).count();
    let mut open: Vec<usize> = filled.iter().position(|&cell| cell).into_iter().collect();
    let mut together = 0;
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut filled[at], false) {
            continue;
        }
        together += 1;
        for stride in [1, CELLS, CELLS * CELLS] {
            let place = at / stride % CELLS;
            if place > 0 {
                open.push(at - stride);
            }
            if place + 1 < CELLS {
                open.push(at + stride);
            }
        }
    }
    (count, together)
}

#[test]
fn each_volume_is_one_piece() {
    let mut random = Random::of_row(1, 0, 0);
    for family in 0..FAMILIES.len() as u8 {
        for at in 0..3_000 {
            // All corners of the parameters' range, then places in it.
            let corner = |bit: usize| if at >> bit & 1 == 1 { 255 } else { 0 };
            let parameters =
                if at < 64 { std::array::from_fn(corner) } else { std::array::from_fn(|_| random.below(256) as u8) };
            let volume = volume(family, &parameters);
            assert_eq!(volume.len(), CELLS * CELLS * CELLS);
            assert!(volume.iter().all(|&cell| cell == 0 || cell == 255));
            let (count, together) = pieces(&volume);
            let name = FAMILIES[usize::from(family)];
            assert_eq!(count, together, "{name} {parameters:?}");
            assert!((60..1_800).contains(&count), "{name} {parameters:?}: {count} cells");
        }
    }
}

#[test]
fn each_parameter_changes_each_family() {
    let mut random = Random::of_row(2, 0, 0);
    for family in 0..FAMILIES.len() as u8 {
        for parameter in 0..PARAMETERS.len() {
            let changed = (0..20).filter(|_| {
                let mut parameters = std::array::from_fn(|_| random.below(256) as u8);
                let [small, large] = [20, 235].map(|value| {
                    parameters[parameter] = value;
                    volume(family, &parameters)
                });
                small != large
            });
            let name = (FAMILIES[usize::from(family)], PARAMETERS[parameter]);
            assert_eq!(changed.count(), 20, "{name:?}");
        }
    }
}

#[test]
fn what_is_held_out_is_in_no_row_that_is_trained_on() {
    let rows = |split: Split, rows: u32| -> Vec<(u8, [u8; 6])> {
        let tables = draw("shapes", 3, split, 0..rows).unwrap();
        let parameters = |row: usize| std::array::from_fn(|at| tables[4][row * 8 + 2 + at]);
        tables[3].iter().enumerate().map(|(row, &family)| (family, parameters(row))).collect()
    };
    let (train, seen, hidden) = (rows(Split::Train, 1_500), rows(Split::Seen, 300), rows(Split::HeldOut, 500));
    assert!(train.iter().chain(&seen).all(|(family, parameters)| !held_out(*family, parameters)));
    assert!(hidden.iter().all(|(family, parameters)| held_out(*family, parameters)));
    for family in 0..FAMILIES.len() as u8 {
        let of = |rows: &[(u8, [u8; 6])]| rows.iter().filter(|row| row.0 == family).count();
        assert!(of(&train) > 150 && of(&hidden) > 20, "{}", FAMILIES[usize::from(family)]);
        for part in 0..4 {
            for (parameter, name) in PARAMETERS[..2].iter().enumerate() {
                let trained = train.iter().any(|row| row.0 == family && row.1[parameter] / 64 == part);
                assert!(trained, "{} with {name} {part}", FAMILIES[usize::from(family)]);
            }
        }
    }
    let all = (0..6).flat_map(|family| (0..16).map(move |part| (family, part)));
    let share = all.filter(|&(family, part)| held_out(family, &[part / 4 * 64, part % 4 * 64, 0, 0, 0, 0])).count();
    assert!((7..14).contains(&share), "{share} of 96");
}

#[test]
fn a_thing_is_seen_whole_from_all_sides_and_differs_from_side_to_side() {
    let tables = draw("shapes", 4, Split::Train, 0..60).unwrap();
    for volume in tables[0].chunks_exact(CELLS * CELLS * CELLS) {
        // Not half a turn apart: from there many tables look the same.
        let shots = [0.0, 0.12, 0.31, 0.43].map(|azimuth| render(volume, azimuth));
        for (at, shot) in shots.iter().enumerate() {
            let mut edge = (0..SIDE).flat_map(|at| [at, at + SIDE * (SIDE - 1), at * SIDE, at * SIDE + SIDE - 1]);
            assert!(edge.all(|at| shot.silhouette[at] == 0.0), "nothing is cut off");
            let covered = shot.silhouette.iter().sum::<f32>();
            assert!((25.0..700.0).contains(&covered), "{covered}");
            for other in &shots[..at] {
                let pairs = shot.picture.pixels.iter().zip(&other.picture.pixels);
                let apart = pairs.map(|(a, b)| (a[0] - b[0]).abs()).sum::<f32>();
                assert!(apart > 2.0, "{apart}");
            }
        }
    }
}

#[test]
fn the_front_of_a_volume_is_seen_from_the_front_and_its_left_from_a_quarter_on() {
    // A post in front on the left.
    let mut volume = vec![0; CELLS * CELLS * CELLS];
    (0..CELLS).for_each(|y| volume[y * CELLS] = 255);
    let middle = |azimuth: f32| {
        let silhouette = render(&volume, azimuth).silhouette;
        let weighed: f32 = silhouette.iter().enumerate().map(|(at, share)| (at % SIDE) as f32 * share).sum();
        weighed / silhouette.iter().sum::<f32>()
    };
    assert!(middle(0.0) < 7.0, "{}", middle(0.0));
    assert!(middle(0.25) > 24.0, "{}", middle(0.25));
    // Full to the right: lit less than what looks to the left, and darker below than on top.
    let block: Vec<u8> = vec![255; CELLS * CELLS * CELLS];
    let shot = render(&block, 0.125);
    let bright = |x: usize, y: usize| shot.picture.pixels[y * SIDE + x].iter().sum::<f32>();
    assert!(bright(16, 6) > bright(10, 18) && bright(10, 18) > bright(22, 18), "top, left, right");
}

#[test]
fn silhouette_and_volume_of_a_row_belong_together() {
    let tables = draw("shapes", 5, Split::Seen, 0..12).unwrap();
    for (row, volume) in tables[0].chunks_exact(CELLS * CELLS * CELLS).enumerate() {
        let [sin, cos] = [0, 1].map(|at| f32::from(tables[4][row * 8 + at]) / 127.5 - 1.0);
        // The angle that has this sine and cosine.
        let off = |step: &usize| {
            let angle = *step as f32 / 256.0;
            (sine(angle) - sin).abs() + (cosine(angle) - cos).abs()
        };
        let step = (0..256).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
        let shot = render(volume, step as f32 / 256.0);
        let silhouette: Vec<u8> = shot.silhouette.iter().copied().map(byte).collect();
        assert_eq!(silhouette, tables[2][row * SIDE * SIDE..][..SIDE * SIDE]);
        let mut picture = Vec::new();
        shot.picture.write(&mut picture);
        assert_eq!(picture, tables[1][row * 3 * SIDE * SIDE..][..3 * SIDE * SIDE]);
    }
}

#[test]
fn any_volume_can_be_rendered() {
    for volume in [&[][..], &[255; 3], &[200; 5_000], &[127; 4_096]] {
        for azimuth in [0.0, 0.25, -3.1, 0.5, 7.77] {
            let shot = render(volume, azimuth);
            assert!(shot.picture.pixels.iter().flatten().all(|value| value.is_finite()));
            assert_eq!(
                shot.silhouette.iter().any(|&share| share > 0.0),
                volume.first().is_some_and(|&cell| cell >= 128)
            );
        }
    }
}

#[test]
fn the_first_rows_keep_their_bytes() {
    assert_eq!(checksum(&draw("shapes", 1, Split::Train, 0..50).unwrap()), 6_304_356_443_975_440_720);
}
