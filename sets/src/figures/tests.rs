use super::*;
use crate::draw;
use crate::hash::checksum;

/// The people of so many rows, and the bytes of their joints in both poses.
fn people(split: Split, rows: u32) -> Vec<(Person, [Joints; 2])> {
    let tables = draw("figures", 3, split, 0..rows).unwrap();
    let person = |row: usize| {
        let [shirt, trousers, hair, sleeve] = std::array::from_fn(|at| tables[4 + at][row]);
        let [skin, height, wall] = std::array::from_fn(|at| tables[8][row * 3 + at]);
        Person { shirt, trousers, hair, sleeve, skin, height, wall }
    };
    let joints = |row: usize, pose: usize| {
        let bytes = &tables[2 + pose][row * 26..][..26];
        from_bytes(&std::array::from_fn(|joint| [bytes[joint * 2], bytes[joint * 2 + 1]]))
    };
    (0..rows as usize).map(|row| (person(row), [0, 1].map(|pose| joints(row, pose)))).collect()
}

#[test]
fn what_is_held_out_is_in_no_row_that_is_trained_on() {
    let (train, seen, hidden) = (people(Split::Train, 3_000), people(Split::Seen, 500), people(Split::HeldOut, 500));
    assert!(train.iter().chain(&seen).all(|(person, _)| !held_out(person)));
    assert!(hidden.iter().all(|(person, _)| held_out(person)));
    for people in [&train, &hidden] {
        let all = |of: fn(&Person) -> u8, count: usize| {
            (0..count).all(|value| people.iter().any(|(person, _)| usize::from(of(person)) == value))
        };
        assert!(all(|person| person.shirt, SHIRTS.len()));
        assert!(all(|person| person.trousers, TROUSERS.len()));
        assert!(all(|person| person.hair, HAIR.len()));
        assert!(all(|person| person.sleeve, SLEEVES.len()));
    }
    let worn: std::collections::HashSet<_> =
        hidden.iter().map(|(person, _)| (person.shirt, person.trousers, person.hair)).collect();
    assert!((16..33).contains(&worn.len()), "{} of 240", worn.len());
}

/// How far apart two places are, in pixels.
fn apart(a: [f32; 2], b: [f32; 2]) -> f32 {
    let [u, v] = [0, 1].map(|axis| (a[axis] - b[axis]) * SIDE as f32);
    (u * u + v * v).sqrt()
}

#[test]
fn poses_are_within_the_limits_and_differ() {
    for (person, [a, b]) in people(Split::Train, 300) {
        for joints in [a, b] {
            assert!(joints.iter().flatten().all(|share| (0.02..0.98).contains(share)), "{joints:?}");
            let limited = limit(&joints, &person);
            for (joint, (&was, &is)) in joints.iter().zip(&limited).enumerate() {
                // Bytes are an eighth of a pixel apart.
                assert!(apart(was, is) < 0.5, "{} moved by {}", JOINTS[joint], apart(was, is));
            }
        }
        assert!(a.iter().zip(&b).any(|(&a, &b)| apart(a, b) > 1.0), "the same pose twice");
    }
}

#[test]
fn the_pose_to_begin_with_is_one_that_somebody_can_take() {
    let person = Person { shirt: 0, trousers: 0, hair: 0, sleeve: 0, skin: 0, height: 128, wall: 0 };
    for (&was, &is) in STANDING.iter().zip(&limit(&STANDING, &person)) {
        assert!(apart(was, is) < 0.1, "{was:?} became {is:?}");
    }
    // All hang from the body in the end, hands and feet by two joints.
    let body = [1, 2, 7, 8];
    for joint in 0..JOINTS.len() {
        let above = |joints: [usize; 2]| joints.map(|at| HANGS[at][0]);
        let top = above(above(HANGS[joint]));
        assert!(top.iter().all(|at| body.contains(at)), "{} hangs from {top:?}", JOINTS[joint]);
        assert_eq!(HANGS[joint] == [joint; 2], body.contains(&joint));
    }
}

#[test]
fn joints_that_were_dragged_anywhere_end_within_the_limits() {
    let mut random = Random::of_row(1, 0, 0);
    let mut moved = 0;
    for (person, _) in people(Split::Train, 300) {
        let dragged: Joints = std::array::from_fn(|_| [random.unit(), random.unit()]);
        let once = limit(&dragged, &person);
        let twice = limit(&once, &person);
        for (&a, &b) in once.iter().zip(&twice) {
            assert!(a.iter().all(|share| (0.0..1.0).contains(share)), "{once:?}");
            assert!(apart(a, b) < 0.02, "{once:?} became {twice:?}");
        }
        moved += usize::from(dragged.iter().zip(&once).any(|(&a, &b)| apart(a, b) > 3.0));
        // An elbow never lies on the shoulder, nor a wrist on it.
        assert!(apart(once[1], once[3]) > 3.0 && apart(once[1], once[5]) > 1.0);
    }
    assert_eq!(moved, 300);
    let (person, _) = people(Split::Train, 1)[0];
    for nonsense in [f32::NAN, f32::INFINITY, 0.5, 1e30] {
        let joints = limit(&[[nonsense; 2]; JOINTS.len()], &person);
        assert!(joints.iter().flatten().all(|share| (0.0..1.0).contains(share)), "{nonsense}: {joints:?}");
    }
}

#[test]
fn joints_lie_on_what_is_drawn() {
    for (person, poses) in people(Split::Train, 100) {
        for joints in poses {
            // Somebody hides the wall: behind them its colour makes no difference.
            let [mint, lilac] = [85, 255].map(|wall| render(&Person { wall, ..person }, &joints));
            let shows = |[x, y]: [f32; 2]| {
                let at = (y * SIDE as f32) as usize * SIDE + (x * SIDE as f32) as usize;
                mint.pixels[at].iter().zip(&lilac.pixels[at]).map(|(a, b)| (a - b).abs()).sum::<f32>()
            };
            assert!(shows([0.02, 0.5]) > 0.3 && shows([0.98, 0.98]) > 0.15, "wall and floor are seen");
            let middle = |[a, b]: [usize; 2]| [0, 1].map(|axis| (joints[a][axis] + joints[b][axis]) / 2.0);
            for (joint, &place) in joints.iter().enumerate() {
                assert!(shows(place) < 0.1, "{} of {person:?}: {}", JOINTS[joint], shows(place));
            }
            for limb in LIMBS {
                assert!(shows(middle(limb)) < 0.1, "limb {limb:?} of {person:?}: {}", shows(middle(limb)));
            }
        }
    }
}

#[test]
fn pictures_are_determined_by_the_other_columns_and_show_each_of_them() {
    let tables = draw("figures", 3, Split::Train, 0..20).unwrap();
    let bytes = |person: &Person, joints: &Joints| {
        let mut bytes = Vec::new();
        render(person, joints).write(&mut bytes);
        bytes
    };
    for (row, (person, poses)) in people(Split::Train, 20).iter().enumerate() {
        for (pose, joints) in poses.iter().enumerate() {
            assert_eq!(bytes(person, joints), tables[pose][row * 3072..][..3072]);
        }
        let others = [
            Person { shirt: (person.shirt + 1) % 8, ..*person },
            Person { trousers: (person.trousers + 1) % 6, ..*person },
            Person { hair: (person.hair + 1) % 5, ..*person },
            Person { sleeve: 1 - person.sleeve, ..*person },
            Person { skin: person.skin ^ 128, ..*person },
            Person { wall: person.wall ^ 128, ..*person },
        ];
        for other in others {
            assert_ne!(bytes(person, &poses[0]), bytes(&other, &poses[0]), "{other:?}");
        }
    }
}

#[test]
fn the_first_rows_keep_their_bytes() {
    assert_eq!(checksum(&draw("figures", 1, Split::Train, 0..50).unwrap()), 15_777_158_237_166_973_244);
}
