//! What the presets reached, written by `ganvas measure --record`; not by hand.

use super::Record;

#[rustfmt::skip]
pub(super) const RECORDS: &[Record] = &[
    Record { preset: "dcgan-mnist", seed: 1, steps: 15628, images: 1000192, seconds: 1047.4, backend: "cpu", adapter: "the CPU", nfd: Some(1.8216164866325435), figures: &[("nfd ≤ 1", Some(1.8216164866325435)), ("entropy ≥ 0.98", Some(0.974165175701548)), ("recall ≥ 0.7", Some(0.8535)), ("checkerboard ≤ 1.5", Some(1.1876310891395536))], landmarks: &[] },
    Record { preset: "gan-mnist", seed: 1, steps: 7816, images: 500224, seconds: 65.4, backend: "cpu", adapter: "the CPU", nfd: Some(3.226735545275253), figures: &[("nfd ≤ 4", Some(3.226735545275253)), ("smallest_share ≥ 0.02", Some(0.0532))], landmarks: &[] },
    Record { preset: "cgan-mnist", seed: 1, steps: 15628, images: 1000192, seconds: 1351.7, backend: "cpu", adapter: "the CPU", nfd: Some(0.2851297663307468), figures: &[("conditional_accuracy ≥ 0.95", Some(0.9768)), ("conditional_accuracy ≥ 0.97", Some(0.9914)), ("nfd ≤ 0.5", Some(0.2851297663307468))], landmarks: &[] },
    Record { preset: "wgan-mnist", seed: 1, steps: 2556, images: 1000320, seconds: 426.5, backend: "cpu", adapter: "the CPU", nfd: Some(4.461008657088929), figures: &[("spearman ≥ 0.8", Some(0.8285714285714286)), ("clipped ≥ 0.6", Some(0.03346753211185057))], landmarks: &[] },
    Record { preset: "wgan-gp-mnist", seed: 1, steps: 3128, images: 1000960, seconds: 749.8, backend: "cpu", adapter: "the CPU", nfd: Some(1.2744710695543464), figures: &[("nfd ≤ 1", Some(1.2744710695543464)), ("gradient_norm ≥ 0.85", Some(1.0439440321922302)), ("gradient_norm ≤ 1.15", Some(1.0439440321922302))], landmarks: &[] },
    Record { preset: "gan-ring8", seed: 1, steps: 3908, images: 1000448, seconds: 45.8, backend: "cpu", adapter: "the CPU", nfd: None, figures: &[("modes ≥ 8", Some(8.0)), ("high_quality ≥ 0.9", Some(0.914))], landmarks: &[] },
    Record { preset: "gan-r1-ring8", seed: 1, steps: 252, images: 64512, seconds: 1.4, backend: "cpu", adapter: "the CPU", nfd: None, figures: &[("modes ≥ 8", Some(8.0))], landmarks: &[] },
    Record { preset: "wgan-gp-ring8", seed: 1, steps: 4000, images: 5120000, seconds: 79.1, backend: "cpu", adapter: "the CPU", nfd: None, figures: &[("modes ≥ 8", Some(8.0)), ("high_quality ≥ 0.85", Some(0.7076))], landmarks: &[] },
    Record { preset: "wgan-gp-grid25", seed: 1, steps: 4000, images: 5120000, seconds: 76.7, backend: "cpu", adapter: "the CPU", nfd: None, figures: &[("modes ≥ 24", Some(25.0)), ("high_quality ≥ 0.85", Some(0.7844))], landmarks: &[] },
    Record { preset: "dirac-r1", seed: 1, steps: 500, images: 1000, seconds: 0.1, backend: "cpu", adapter: "the CPU", nfd: None, figures: &[("mean_radius ≤ 0.01", Some(4.097428618621279e-9))], landmarks: &[] },
    Record { preset: "cgan-shuffled-mnist", seed: 1, steps: 7816, images: 500224, seconds: 487.2, backend: "cpu", adapter: "the CPU", nfd: Some(2.182152753493386), figures: &[("conditional_accuracy ≤ 0.15", Some(0.1042))], landmarks: &[] },
];
