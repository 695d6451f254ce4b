//! Poses: angles between bones, how far each may go, and where the joints are then.

use super::{Joints, Person, SIDE};
use crate::{Random, cosine, sine};

/// A direction, of length 1: right and down.
type Direction = [f32; 2];

/// From the smallest to the largest angle, in turns. Positive is outwards, or to the right for spine and head.
type Limits = [f32; 2];

/// The spine against the upright, and the head against the spine.
const SPINE: Limits = [-0.055, 0.055];
const HEAD: Limits = [-0.06, 0.06];
/// The upper arm against the spine: from a little across the body to straight up.
const SHOULDER: Limits = [-0.04, 0.47];
/// The forearm against the upper arm, the thigh against the upright, and the shin against the thigh.
const ELBOW: Limits = [-0.36, 0.36];
const HIP: Limits = [-0.02, 0.24];
const KNEE: Limits = [-0.28, 0.03];

const DOWN: Direction = [0.0, 1.0];

/// The row that the ankles of who stands are in.
pub(super) const FLOOR: f32 = 28.8;

/// Lengths in pixels, of the tallest.
const SPINE_LENGTH: f32 = 8.0;
const NECK: f32 = 3.9;
const UPPER_ARM: f32 = 4.4;
const FOREARM: f32 = 4.1;
const THIGH: f32 = 5.8;
const SHIN: f32 = 5.6;
/// Halves of the distances between shoulders and between hips.
const SHOULDERS: f32 = 3.1;
const HIPS: f32 = 1.55;

/// How large somebody is: 1 is the tallest.
pub(super) fn scale(person: &Person) -> f32 {
    0.84 + 0.16 * f32::from(person.height) / 255.0
}

/// Angles in turns, each with the side it is on: left, right.
pub(super) struct Pose {
    spine: f32,
    head: f32,
    shoulder: [f32; 2],
    elbow: [f32; 2],
    hip: [f32; 2],
    knee: [f32; 2],
}

/// Shoulder and elbow: hanging, akimbo, across the belly, waving, straight up, out, bent up, shrugging, over the head.
const ARMS: [[f32; 2]; 9] = [
    [0.035, 0.0],
    [0.14, -0.28],
    [0.05, -0.24],
    [0.30, 0.13],
    [0.44, 0.0],
    [0.25, 0.0],
    [0.23, 0.23],
    [0.09, 0.17],
    [0.37, 0.22],
];

/// Hip and knee of a leg that stands: straight, wide, bent.
const STANDING: [[f32; 2]; 4] = [[0.015, 0.0], [0.04, 0.0], [0.085, 0.0], [0.13, -0.13]];

/// Hip and knee of one that is lifted: bent, kicking, heel to the knee.
const LIFTED: [[f32; 2]; 3] = [[0.19, -0.20], [0.20, 0.0], [0.13, -0.26]];

impl Pose {
    /// A stance that somebody may take: of a few for each limb, with something of chance on top.
    pub fn choose(random: &mut Random) -> Pose {
        let mut arms = [ARMS[random.below(ARMS.len())]; 2];
        if random.chance(0.6) {
            arms[1] = ARMS[random.below(ARMS.len())];
        }
        let mut legs = [STANDING[random.below(STANDING.len())]; 2];
        if random.chance(0.35) {
            // Who lifts a leg stands on a straight one.
            let side = random.below(2);
            legs[side] = LIFTED[random.below(LIFTED.len())];
            legs[1 - side] = STANDING[0];
        }
        let spread = 0.022;
        let around = |random: &mut Random, angle: f32, [least, most]: Limits| {
            (angle + spread * random.bell()).clamp(least, most)
        };
        let mut both = |angles: [f32; 2], limits: Limits| angles.map(|angle| around(random, angle, limits));
        let shoulder = both(arms.map(|arm| arm[0]), SHOULDER);
        let elbow = both(arms.map(|arm| arm[1]), ELBOW);
        let hip = both(legs.map(|leg| leg[0]), HIP);
        let knee = both(legs.map(|leg| leg[1]), KNEE);
        let [spine, _] = both([0.0; 2], SPINE);
        let [head, _] = both([0.0; 2], HEAD);
        Pose { spine, head, shoulder, elbow, hip, knee }
    }

    /// Where the joints are of somebody who stands so: about in the middle, `aside` pixels to the right.
    pub fn joints(&self, person: &Person, aside: f32) -> Joints {
        let of = |angle: f32| [sine(angle), cosine(angle)];
        let sided = |angles: [f32; 2]| [of(-angles[0]), of(angles[1])];
        let after = |first: [f32; 2], then: [f32; 2]| [first[0] + then[0], first[1] + then[1]];
        // The spine's angle turns arms, each against its own side.
        let shoulder = after(self.shoulder, [-self.spine, self.spine]);
        let bones = Bones {
            spine: of(self.spine),
            head: of(self.spine + self.head),
            upper: sided(shoulder),
            fore: sided(after(shoulder, self.elbow)),
            thigh: sided(self.hip),
            shin: sided(after(self.hip, self.knee)),
        };
        bones.joints(scale(person), SIDE as f32 / 2.0 + aside)
    }
}

/// The directions of bones, each away from the body or, for spine and head, downwards.
struct Bones {
    spine: Direction,
    head: Direction,
    upper: [Direction; 2],
    fore: [Direction; 2],
    thigh: [Direction; 2],
    shin: [Direction; 2],
}

impl Bones {
    /// Joints of who stands on the floor, with `middle` halfway between the outermost ones, in pixels.
    fn joints(&self, scale: f32, middle: f32) -> Joints {
        let go = |from: [f32; 2], direction: Direction, length: f32| {
            [from[0] + direction[0] * length * scale, from[1] + direction[1] * length * scale]
        };
        let neck = go([0.0; 2], self.spine, -SPINE_LENGTH);
        // Across the shoulders: a quarter turn from the spine.
        let across = [self.spine[1], -self.spine[0]];
        let mut joints = [[0.0; 2]; 13];
        joints[0] = go(neck, self.head, -NECK);
        for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
            joints[1 + side] = go(neck, across, sign * SHOULDERS);
            joints[3 + side] = go(joints[1 + side], self.upper[side], UPPER_ARM);
            joints[5 + side] = go(joints[3 + side], self.fore[side], FOREARM);
            joints[7 + side] = go([0.0; 2], [1.0, 0.0], sign * HIPS);
            joints[9 + side] = go(joints[7 + side], self.thigh[side], THIGH);
            joints[11 + side] = go(joints[9 + side], self.shin[side], SHIN);
        }
        let ends = |axis: usize| {
            let places = joints.iter().map(|place| place[axis]);
            places.fold([f32::MAX, f32::MIN], |[least, most], place| [least.min(place), most.max(place)])
        };
        let ([left, right], [_, lowest]) = (ends(0), ends(1));
        let half = (right - left) / 2.0;
        // Hands and feet stay in the picture.
        let middle = middle.clamp((half + 1.5).min(16.0), (SIDE as f32 - half - 1.5).max(16.0));
        let [right_by, down_by] = [middle - (left + right) / 2.0, FLOOR - lowest];
        joints.map(|[x, y]| [(x + right_by) / SIDE as f32, (y + down_by) / SIDE as f32])
    }
}

/// The nearest pose that somebody can take, for joints that were dragged about: each bone keeps its length and turns no further
/// than it can; who takes it stands on the floor.
pub fn limit(joints: &Joints, person: &Person) -> Joints {
    let between = |a: usize, b: usize| [(joints[a][0] + joints[b][0]) / 2.0, (joints[a][1] + joints[b][1]) / 2.0];
    let (neck, pelvis) = (between(1, 2), between(7, 8));
    let spine = turned(neck, pelvis, DOWN, 1.0, SPINE);
    let head = turned(joints[0], neck, spine, 1.0, HEAD);
    let sides = [(0, -1.0), (1, 1.0)];
    let bone = |from: usize, to: usize, base: [Direction; 2], limits: Limits| {
        sides.map(|(side, sign)| turned(joints[from + side], joints[to + side], base[side], sign, limits))
    };
    let upper = bone(1, 3, [spine; 2], SHOULDER);
    let fore = bone(3, 5, upper, ELBOW);
    let thigh = bone(7, 9, [DOWN; 2], HIP);
    let shin = bone(9, 11, thigh, KNEE);
    let reach = |least: fn(f32, f32) -> f32| joints.iter().map(|place| place[0]).fold(0.5, least);
    let middle = (reach(f32::min) + reach(f32::max)) / 2.0 * SIDE as f32;
    Bones { spine, head, upper, fore, thigh, shin }.joints(scale(person), middle)
}

/// The direction from one place to another, turned until its angle from `base` is within the limits. `sign` is -1 where outwards
/// is to the left.
fn turned(from: [f32; 2], to: [f32; 2], base: Direction, sign: f32, [least, most]: Limits) -> Direction {
    let [x, y] = [to[0] - from[0], to[1] - from[1]];
    let length = (x * x + y * y).sqrt();
    if !(length > 1e-6 && length.is_finite()) {
        return base;
    }
    let [x, y] = [x / length, y / length];
    // Cosine and sine of the angle from the middle of what is allowed.
    let (along, aside) = (x * base[0] + y * base[1], sign * (x * base[1] - y * base[0]));
    let (middle, half) = ((least + most) / 2.0, (most - least) / 2.0);
    let (cos, sin) = (cosine(middle), sine(middle));
    if along * cos + aside * sin >= cosine(half) {
        return [x, y];
    }
    let angle = if aside * cos - along * sin > 0.0 { most } else { least };
    let (cos, sin) = (cosine(angle), sign * sine(angle));
    [base[0] * cos + base[1] * sin, base[1] * cos - base[0] * sin]
}
