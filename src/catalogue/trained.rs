//! Runs that one can start from, written by `ganvas weights`; not by hand.

use crate::gan::Trained;

#[rustfmt::skip]
pub(super) const TRAINED: &[Trained] = &[
    Trained { preset: "spade-scenes", steps: 2000, size_bytes: 786890, figures: &[("pixel_accuracy ≥ 0.95", Some(0.9768505859375)), ("mean_iou ≥ 0.8", Some(0.9159482839368568)), ("style_seen ≥ 0.95", Some(1.0)), ("l1 ≤ 0.08", Some(0.050043015047564456))] },
    Trained { preset: "srgan-x4", steps: 2000, size_bytes: 340144, figures: &[("psnr ≥ 18.5", Some(20.59167878144573)), ("recognised ≥ 0.95", Some(0.965)), ("frechet ≤ 0.25", Some(0.1564612429266523))] },
    Trained { preset: "inpainting-mnist", steps: 5000, size_bytes: 1819968, figures: &[("hole_psnr ≥ 10.7", Some(11.16321783857684)), ("hole_l1 ≤ 0.17", Some(0.14235033768095784)), ("recognised ≥ 0.88", Some(0.885)), ("frechet ≤ 0.5", Some(0.24433534825807976))] },
    Trained { preset: "posed-figures", steps: 2000, size_bytes: 1287922, figures: &[("ssim ≥ 0.85", Some(0.9470694410728384))] },
];
