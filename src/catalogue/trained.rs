//! Runs that one can start from, written by `ganvas weights`; not by hand.

use crate::gan::Trained;

#[rustfmt::skip]
pub(super) const TRAINED: &[Trained] = &[
    Trained { preset: "cogan-edges", steps: 8000, size_bytes: 499670, figures: &[("agreement ≥ 0.95", Some(0.943123724489796)), ("ink ≥ 0.6", Some(0.6391321237233544)), ("same_class ≥ 0.95", Some(1.0))] },
    Trained { preset: "sagan-mnist", steps: 4000, size_bytes: 913900, figures: &[("nfd ≤ 0.25", Some(0.1706470996387484)), ("conditional_accuracy ≥ 0.975", Some(0.9788))] },
    Trained { preset: "biggan-mnist", steps: 3128, size_bytes: 793764, figures: &[("nfd ≤ 0.5", Some(0.30667055990813014)), ("conditional_accuracy ≥ 0.99", Some(0.9898))] },
    Trained { preset: "stylegan-mnist", steps: 4000, size_bytes: 505082, figures: &[("nfd ≤ 1", Some(1.5841120138933722)), ("recall ≥ 0.75", Some(0.802)), ("mixing_kept ≥ 0.88", Some(0.879)), ("noise_kept ≥ 0.98", Some(0.994))] },
    Trained { preset: "pix2pix-outlines", steps: 2000, size_bytes: 796508, figures: &[("recognised ≥ 0.97", Some(0.985)), ("l1 ≤ 0.03", Some(0.02136128681909892))] },
    Trained { preset: "pix2pix-outlines-back", steps: 2000, size_bytes: 796516, figures: &[("overlap ≥ 0.9", Some(0.8751040568289028)), ("l1 ≤ 0.03", Some(0.023137098053736347))] },
    Trained { preset: "spade-scenes", steps: 2000, size_bytes: 786890, figures: &[("pixel_accuracy ≥ 0.95", Some(0.9768505859375)), ("mean_iou ≥ 0.8", Some(0.9159482839368568)), ("style_seen ≥ 0.95", Some(1.0)), ("l1 ≤ 0.08", Some(0.050043015047564456))] },
    Trained { preset: "srgan-x4", steps: 2000, size_bytes: 340144, figures: &[("psnr ≥ 18.5", Some(20.59167878144573)), ("recognised ≥ 0.95", Some(0.965)), ("frechet ≤ 0.25", Some(0.1564612429266523))] },
    Trained { preset: "inpainting-mnist", steps: 5000, size_bytes: 1819968, figures: &[("hole_psnr ≥ 10.7", Some(11.16321783857684)), ("hole_l1 ≤ 0.17", Some(0.14235033768095784)), ("recognised ≥ 0.88", Some(0.885)), ("frechet ≤ 0.5", Some(0.24433534825807976))] },
    Trained { preset: "posed-figures", steps: 2000, size_bytes: 1287922, figures: &[("ssim ≥ 0.85", Some(0.9470694410728384))] },
    Trained { preset: "text-to-digits", steps: 3500, size_bytes: 1994960, figures: &[("digit_seen ≥ 0.93", Some(0.974)), ("colour_seen ≥ 0.97", Some(1.0)), ("place_seen ≥ 0.95", Some(1.0)), ("all_seen ≥ 0.88", Some(0.974))] },
    Trained { preset: "cartoon-sprites", steps: 4000, size_bytes: 1249692, figures: &[("class_seen ≥ 0.97", Some(1.0)), ("palette_seen ≥ 0.97", Some(0.873)), ("direction_seen ≥ 0.97", Some(0.989)), ("variety ≥ 0.19", Some(0.12328672121182858))] },
    Trained { preset: "drawn-faces", steps: 3000, size_bytes: 1370772, figures: &[("skin_shares ≤ 0.1", Some(0.01200000000000001)), ("hair_colour_shares ≤ 0.1", Some(0.010000000000000007)), ("hair_style_shares ≤ 0.1", Some(0.0030000000000000027)), ("glasses_shares ≤ 0.1", Some(0.0020000000000000018)), ("beard_shares ≤ 0.1", Some(0.011999999999999955)), ("smile_shares ≤ 0.1", Some(0.030999999999999972)), ("variety ≥ 0.085", Some(0.08989233410856538))] },
    Trained { preset: "photo-to-emoji", steps: 4500, size_bytes: 1549004, figures: &[("kept ≥ 0.92", Some(0.8903333333333334)), ("skin_kept ≥ 0.85", Some(0.836)), ("hair_colour_kept ≥ 0.85", Some(0.938)), ("hair_style_kept ≥ 0.85", Some(0.98)), ("glasses_kept ≥ 0.85", Some(0.971)), ("beard_kept ≥ 0.85", Some(0.781)), ("smile_kept ≥ 0.85", Some(0.836)), ("emoji_seen ≥ 0.97", Some(1.0)), ("again_psnr ≥ 22", Some(19.505435224478397))] },
    Trained { preset: "edited-faces", steps: 6000, size_bytes: 1239330, figures: &[("edited ≥ 0.95", Some(0.9958333333333332)), ("skin_kept ≥ 0.92", Some(0.978)), ("hair_colour_kept ≥ 0.92", Some(0.994)), ("hair_style_kept ≥ 0.92", Some(0.9976)), ("glasses_kept ≥ 0.92", Some(0.9998)), ("beard_kept ≥ 0.92", Some(0.9738)), ("smile_kept ≥ 0.92", Some(0.9994)), ("again_psnr ≥ 20", Some(22.707188650476347))] },
    Trained { preset: "aged-faces", steps: 13500, size_bytes: 1489310, figures: &[("age_seen ≥ 0.9", Some(0.7903333333333333)), ("age_near ≥ 0.98", Some(0.9933333333333332)), ("person_kept ≥ 0.8", Some(0.47066666666666657)), ("ageing ≥ 0.9", Some(0.986))] },
    Trained { preset: "shapes-from-pictures", steps: 2400, size_bytes: 1088504, figures: &[("shape_iou ≥ 0.75", Some(0.7069337262507432)), ("family_seen ≥ 0.95", Some(0.984)), ("one_piece ≥ 0.9", Some(0.17137096774193547))] },
];
