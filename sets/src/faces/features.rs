//! What is in a face: eyes, brows, nose, mouth, wrinkles, glasses, beard.

use super::plan::Plan;
use super::studio::{Distance, Studio, darker, oval};
use crate::canvas::{Colour, mix};

const INK: Colour = [0.13, 0.10, 0.12];
const LIPS: Colour = [0.72, 0.25, 0.27];
const TEETH: Colour = [0.98, 0.97, 0.94];

/// Eyes with white, iris and lid; in emoji tall dark eyes with a glint.
pub fn eyes(studio: &mut Studio, plan: &Plan) {
    let ([rx, ry], y) = (plan.eye, plan.eyes);
    for side in [-1.0, 1.0] {
        let x = side * plan.apart;
        if studio.lamp.flat {
            studio.dot([x, y], [rx * 1.0, rx * 1.25], 1.0, TEETH);
            studio.dot([x, y + 0.1], [rx * 0.64, rx * 0.9], 1.0, INK);
            studio.dot([x + 0.3, y - 0.35 * rx], [0.55, 0.55], 1.0, TEETH);
        } else {
            // The socket is in shade.
            studio.dot([x, y - 0.2], [rx + 0.9, ry + 0.9], 0.16, darker(plan.skin, 0.7));
            studio.dot([x, y], [rx, ry], 1.0, [0.96, 0.96, 0.95]);
            studio.dot([x, y + 0.1], [0.72 * rx, 0.72 * rx], 1.0, [0.20, 0.13, 0.10]);
            studio.dot([x + 0.35, y - 0.5], [0.4, 0.4], 0.9, TEETH);
            studio.arc([x, y - 0.2], rx, -ry, 0.38, 0.85, INK);
            if plan.lids > 0.0 {
                let (lid, edge) = (darker(plan.skin, 0.2), y - ry + 0.9 * plan.lids * ry);
                let bounds = [x - rx - 0.6, y - ry - 1.0, x + rx + 0.6, edge];
                studio.fill(bounds, 1.0, &|px, py| oval([px - x, py - y], [rx + 0.6, ry + 0.6]).max(py - edge), lid);
            }
        }
    }
}

/// Brows, in the hair's colour.
pub fn brows(studio: &mut Studio, plan: &Plan) {
    let colour = darker(plan.hair_at(-7.0), 0.22);
    let thick = if studio.lamp.flat { 0.75 } else { 0.62 };
    let y = plan.eyes - plan.eye[0] - if studio.lamp.flat { 2.3 } else { 1.8 };
    for side in [-1.0, 1.0] {
        let (inner, outer) = (side * (plan.apart - 1.7), side * (plan.apart + 1.9));
        studio.line([inner, y + plan.brow], [outer, y - 0.4 * plan.brow], thick, 1.0, colour);
    }
}

/// A nose: its shade away from the light, its tip in the light.
pub fn nose(studio: &mut Studio, plan: &Plan) {
    let (y, dark) = (plan.eyes + 3.3 + 0.9 * plan.wrinkles, darker(plan.skin, 0.34));
    if studio.lamp.flat {
        studio.arc([0.0, y - 0.5], 1.3, 0.9, 0.45, 0.9, dark);
        return;
    }
    let away = if studio.lamp.from[0] > 0.0 { -1.0 } else { 1.0 };
    studio.line([0.75 * away, plan.eyes], [1.0 * away, y], 0.5, 0.35, dark);
    studio.dot([0.0, y + 0.3], [1.6, 1.0], 0.75, darker(plan.skin, 0.28));
    studio.dot([-0.3 * away, y - 0.3], [1.1, 1.0], 0.9, mix(plan.skin, [1.0, 0.92, 0.86], 0.3));
}

/// A mouth: a curve, or an open smile with teeth.
pub fn mouth(studio: &mut Studio, plan: &Plan, bearded: bool) {
    let (y, bend) = (plan.mouth, plan.bend);
    let rosy = mix(LIPS, plan.skin, 0.25);
    let half = if bend > 0.6 { 3.1 + 0.35 * bend } else { 2.7 };
    let thick = 0.62 - 0.16 * plan.wrinkles;
    if bend > 0.6 {
        // Between the upper lip, which bends a little, and the lower one.
        let flat = studio.lamp.flat;
        let (upper, deep) = (y - 0.5 * bend, if flat { 1.05 * bend + 0.9 } else { 1.25 * bend });
        let sag = if flat { 0.12 } else { 0.25 } * bend;
        let between: Distance = &|px, py| {
            let share = 1.0 - (px / half) * (px / half);
            (upper + sag * share - py).max(py - upper - deep * share).max(px.abs() - half)
        };
        let bounds = [-half, upper - 1.0, half, upper + deep + 1.0];
        let (inside, lip) = if flat { ([0.45, 0.08, 0.12], 0.25) } else { (rosy, 0.55) };
        studio.fill(bounds, 1.0, &|px, py| between(px, py) - lip, inside);
        let (top, less) = if flat { (upper + 1.3, lip) } else { (upper + 0.5 + 0.4 * bend, -0.1) };
        studio.fill(bounds, 1.0, &|px, py| (between(px, py) - less).max(py - top), TEETH);
    } else {
        let lips = if bearded {
            mix(LIPS, [1.0; 3], 0.15)
        } else if studio.lamp.flat {
            darker(LIPS, 0.6)
        } else {
            darker(rosy, 0.25)
        };
        studio.arc([0.0, y - 0.5 * bend], half, bend, thick, 1.0, lips);
        if !studio.lamp.flat {
            studio.arc([0.0, y + 1.1], 0.45 * half, 0.2, 0.35, 0.4, rosy);
        }
    }
}

/// Lines that come with age: on the forehead, beside the eyes, under them, and from the nose to the mouth.
pub fn wrinkles(studio: &mut Studio, plan: &Plan) {
    let alpha = 0.9 * plan.wrinkles;
    if alpha <= 0.0 {
        return;
    }
    let dark = darker(plan.skin, 0.45);
    let ((thick, third), eyes) = (plan.furrows, plan.eyes);
    for line in [0.0, 1.0, 2.0].into_iter().take(if third { 3 } else { 2 }) {
        let y = eyes - plan.eye[0] - 4.0 - 1.6 * line;
        studio.arc([0.0, y], 4.4 - line, -0.4, thick, alpha, dark);
    }
    for side in [-1.0, 1.0] {
        let (outside, under) = (side * (plan.apart + plan.eye[0] + 0.7), eyes + plan.eye[1] + 1.0);
        studio.line([outside, eyes + 0.2], [outside + side * 1.5, eyes - 0.7], 0.3, alpha, dark);
        studio.line([outside, eyes + 0.8], [outside + side * 1.4, eyes + 1.3], 0.3, alpha, dark);
        studio.arc([side * plan.apart, under], 1.7, 0.5, thick, alpha, dark);
        let [from, to] = [[side * 2.2, eyes + 4.0], [side * 4.2, plan.mouth + 0.3]];
        studio.line(from, to, thick, alpha, dark);
    }
}

/// Half the distance of a pair of glasses' lenses, and their radius.
fn lenses(studio: &Studio, plan: &Plan) -> (f32, f32) {
    let radius = if studio.lamp.flat { 3.6 } else { 3.2 };
    (plan.apart.max(radius + 0.6), radius)
}

/// The light on the lenses, which lies behind the eyes so that they stay clear.
pub fn glass(studio: &mut Studio, plan: &Plan) {
    let (apart, radius) = lenses(studio, plan);
    for side in [-1.0, 1.0] {
        studio.dot([side * apart, plan.eyes + 0.1], [radius, radius * 0.94], 0.3, [0.86, 0.95, 1.0]);
    }
}

/// Glasses: round, with a bridge and temples.
pub fn glasses(studio: &mut Studio, plan: &Plan) {
    let ((apart, radius), y) = (lenses(studio, plan), plan.eyes + 0.1);
    let frame = if studio.lamp.flat { 0.52 } else { 0.4 };
    let colour = [0.09, 0.09, 0.13];
    studio.line([1.0 - apart + radius, y - 0.6], [apart - radius - 1.0, y - 0.6], 0.45, 1.0, colour);
    for side in [-1.0, 1.0] {
        let (x, edge) = (side * apart, side * (apart + radius));
        studio.line([edge, y - 0.5], [side * (plan.width + 0.4), y - 0.9], 0.4, 1.0, colour);
        let bounds = [x - radius - 1.0, y - radius - 1.0, x + radius + 1.0, y + radius + 1.0];
        let round = [radius, radius * 0.94];
        studio.fill(bounds, 1.0, &|px, py| oval([px - x, py - y], round).abs() - frame, colour);
    }
}

/// A full beard with a moustache, below a line from ear to ear.
pub fn beard(studio: &mut Studio, plan: &Plan) {
    let lamp = studio.lamp;
    let edge = plan.mouth - 2.0;
    let distance: Distance = &|x, y| {
        // Up to the ears at the sides, and a bare patch at each cheek.
        let side = x / plan.width;
        let line = edge - 5.5 * side * side * side * side;
        let cheek = oval([x.abs() - 4.6, y - edge + 0.3], [2.4, 1.8]);
        (plan.head(x, y * 0.94) - 0.5).max(line - y).max(-cheek)
    };
    studio.paint([-12.0, edge - 6.5, 12.0, 14.0], 1.0, distance, &|x, y| {
        // The chin greys first.
        let colour = darker(plan.hair_at(y - 9.0 + 1.2 * (4.0 - x.abs()).max(0.0)), 0.2);
        lamp.lit(colour, plan.ball(x, y), 0.05)
    });
}
