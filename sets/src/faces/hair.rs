//! Hair in five styles: an outline, less the face's opening. Some of it hangs behind the head.

use super::plan::Plan;
use super::studio::{Distance, Studio, darker, oval};
use crate::angle::{cosine, sine};

const BALD: u8 = 0;
const SHORT: u8 = 1;
const LONG: u8 = 2;
const CURLY: u8 = 3;

/// What hair looks like from near.
#[derive(Clone, Copy, PartialEq)]
enum Grain {
    Strands,
    /// Strands in the shade of the head.
    Inside,
    Curls,
}

/// What is behind the head: long hair, the bun, half of the curls.
pub fn behind(studio: &mut Studio, plan: &Plan, style: u8) {
    match style {
        BALD | SHORT => {}
        LONG => {
            let (half, foot) = (plan.width + 1.5, 12.2);
            let distance: Distance = &|x, y| {
                // Wider the lower, with round corners.
                let half = half + 0.08 * y;
                let (u, v) = (x.abs() - half + 4.0, (y - 3.0).abs() - (foot + 6.0) / 2.0 + 4.0);
                let (a, b) = (u.max(0.0), v.max(0.0));
                let whole = (a * a + b * b).sqrt() + u.max(v).min(0.0) - 4.0;
                // Open below the chin.
                whole.max(-oval([x, y - 14.5], [5.2, 6.0]))
            };
            strands(studio, plan, [-13.0, -7.0, 13.0, 13.0], distance, Grain::Inside);
        }
        CURLY => {
            let middles = curls(plan);
            strands(studio, plan, [-14.5, -15.0, 14.5, 6.0], &|x, y| around(&middles, plan, x, y), Grain::Curls);
        }
        _ => {
            let y = -plan.top - 2.3;
            strands(
                studio,
                plan,
                [-4.0, y - 3.6, 4.0, y + 3.6],
                &|px, py| oval([px, py - y], [3.7, 3.2]),
                Grain::Strands,
            );
        }
    }
}

/// What lies on the head.
pub fn before(studio: &mut Studio, plan: &Plan, style: u8) {
    let (width, top) = (plan.width, plan.top);
    // What recedes: the opening's upper edge and two bays at the temples.
    let open = |x: f32, y: f32, half: f32, line: f32| {
        let bay = [x.abs() - 0.58 * half, y - line - 2.0];
        let face = oval([x, y - line - 9.0], [half, 9.0]);
        let deep = 3.6 * plan.temples;
        if deep > 0.3 { face.min(oval(bay, [3.0, deep])) } else { face }
    };
    match style {
        BALD => {
            for side in [-1.0, 1.0] {
                let x = side * (width - 0.2);
                let distance: Distance = &|px, py| oval([px - x + side * 0.12 * py, py + 0.9], [1.5, 3.8]);
                strands(studio, plan, [x - 2.6, -5.5, x + 2.6, 4.0], distance, Grain::Strands);
            }
        }
        SHORT => {
            let distance: Distance = &|x, y| {
                let whole = oval([x, y + 1.6], [width + 1.1, top + 0.7]).max(y - 0.4);
                // A parting at the side and a fringe in tufts.
                let tuft = x * 0.36 - (x * 0.36).floor();
                let line = plan.hairline - 0.3 - 0.16 * x + (tuft - 0.5).abs() * 2.2 * (1.0 - plan.temples);
                whole.max(-open(x, y, width - 1.0, line))
            };
            strands(studio, plan, [-13.0, -13.5, 13.0, 1.0], distance, Grain::Strands);
        }
        LONG => {
            let distance: Distance = &|x, y| {
                let whole = oval([x, y + 0.6], [width + 1.5, top + 1.4]);
                let sides = (x.abs() - width - 1.9).max(-y).max(y - 11.0);
                // Parted in the middle, where the opening is highest.
                let line = plan.hairline - 1.6 + 0.45 * x.abs();
                whole.min(sides).max(-open(x, y, width - 1.4, line))
            };
            strands(studio, plan, [-13.0, -13.0, 13.0, 12.0], distance, Grain::Strands);
        }
        CURLY => {
            let middles = curls(plan);
            let distance: Distance = &|x, y| {
                let line = plan.hairline + 0.4 + 0.5 * sine(x * 0.27);
                around(&middles, plan, x, y).max(y - 2.5).max(-open(x, y, width - 1.1, line))
            };
            strands(studio, plan, [-14.5, -15.0, 14.5, 3.0], distance, Grain::Curls);
        }
        _ => {
            let distance: Distance = &|x, y| {
                let whole = oval([x, y + 0.5], [width + 0.5, top + 0.6]).max(y - 0.2);
                whole.max(-open(x, y, width - 0.7, plan.hairline - 0.6))
            };
            strands(studio, plan, [-12.0, -12.0, 12.0, 1.0], distance, Grain::Strands);
            // A band holds the bun.
            let band = darker(plan.hair_at(-9.0), 0.45);
            studio.arc([0.0, -top - 0.5], 2.3, -0.5, 0.5, 0.9, band);
        }
    }
}

/// The middles of nine big curls round the skull.
fn curls(plan: &Plan) -> [[f32; 2]; 9] {
    std::array::from_fn(|step| {
        let turns = 0.5 + (step as f32 - 0.7) / 14.8;
        [(plan.width + 0.9) * cosine(turns), (plan.top + 0.6) * sine(turns) - 1.5]
    })
}

/// Distance to the skull with its curls.
fn around(curls: &[[f32; 2]; 9], plan: &Plan, x: f32, y: f32) -> f32 {
    let skull = oval([x, y + 1.5], [plan.width + 1.6, plan.top + 1.2]);
    curls.iter().fold(skull, |nearest, [u, v]| nearest.min(oval([x - u, y - v], [3.1, 3.1])))
}

/// A shape of hair: in the light, and with its grain unless colours are flat.
fn strands(studio: &mut Studio, plan: &Plan, bounds: [f32; 4], distance: Distance, grain: Grain) {
    let lamp = studio.lamp;
    let gloss = 0.34 - 0.12 * plan.hair[0];
    let shade = match grain {
        Grain::Strands => 0.07,
        Grain::Inside => 0.29,
        Grain::Curls => 0.12,
    };
    studio.paint(bounds, 1.0, distance, &|x, y| {
        let wave = if lamp.flat {
            0.0
        } else if grain == Grain::Curls {
            0.15 * sine(x * 0.21 + 0.2 * sine(y * 0.17)) * sine(y * 0.23 + 0.25 * sine(x * 0.13))
        } else {
            0.07 * sine(x * 0.31 + 0.05 * y)
        };
        let colour = darker(plan.hair_at(y), shade + wave);
        lamp.lit(colour, [x / (plan.width + 3.5), (y + 1.5) / (plan.top + 4.5)], gloss)
    });
}
