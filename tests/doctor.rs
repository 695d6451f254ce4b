//! The doctor's rules: each is provoked, and silent where there is nothing to say.

use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::catalogue::PRESETS;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::rng;
use ganvas::train::doctor::{Doctor, FINDINGS, PULSE_EVERY, Severity, Watched};
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Pulse, Report, Row, Settings, Trainer};
use pollster::block_on;

/// A doctor who has watched 600 steps: what each row and each pulse was is up to the case.
fn watched(preset: &str, row: impl Fn(u32) -> [f64; 2], pulse: impl Fn(&mut Pulse)) -> Doctor {
    let mut doctor = Doctor::new(&Settings::new(Preset::find(preset).unwrap()));
    let rows: Vec<Row> = (1..=600)
        .map(|step| {
            let [real, fake] = row(step);
            vec![f64::from(step), 0.7, 1.4, real, fake, f64::NAN]
        })
        .collect();
    doctor.observe_rows(&rows, false);
    for step in (PULSE_EVERY..=600).step_by(PULSE_EVERY as usize) {
        let mut each = Pulse {
            step,
            generator_gradient: 8.0,
            discriminator_gradient: 12.0,
            diversity: Some(0.95),
            checkerboard: Some(1.2),
            d_train: 0.7,
            d_held_out: Some(0.68),
            ..Pulse::default()
        };
        pulse(&mut each);
        doctor.observe_pulse(each);
    }
    doctor
}

fn keys(doctor: &Doctor) -> Vec<&'static str> {
    doctor.findings().iter().map(|finding| finding.key).collect()
}

/// A verdict like that of a healthy run: a mean with the jumps of single batches.
fn healthy(step: u32) -> [f64; 2] {
    let jump = f64::from(rng::uniform(rng::bits(1, 1, 0, step))) - 0.5;
    [0.7 + 0.2 * jump, 0.3 - 0.2 * jump]
}

#[test]
fn nothing_is_said_too_early_and_nothing_of_a_healthy_run() {
    let doctor = Doctor::new(&Settings::new(&PRESETS[0]));
    assert_eq!(keys(&doctor), ["early"]);
    for preset in ["dcgan-mnist", "gan-mnist", "cgan-mnist", "wgan-gp-mnist"] {
        let doctor = watched(preset, healthy, |_| {});
        assert_eq!(keys(&doctor), ["healthy"], "{preset}");
        assert!(doctor.findings()[0].evidence.contains("95 %"), "{}", doctor.findings()[0].evidence);
    }
    let points = watched("gan-ring8", healthy, |pulse| {
        (pulse.modes, pulse.checkerboard, pulse.d_held_out) = (Some([8, 8]), None, None);
    });
    assert_eq!(keys(&points), ["healthy"]);
}

#[test]
fn each_rule_is_provoked_by_what_it_is_about() {
    let sure = |_| [0.995, 0.002];
    let cases: [(&str, Doctor); 9] = [
        ("discriminator_too_strong", watched("dcgan-mnist", sure, |_| {})),
        ("vanishing_gradient", watched("vanishing-mnist", sure, |pulse| pulse.generator_gradient = 0.03)),
        ("mode_collapse", watched("gan-mnist", healthy, |pulse| pulse.diversity = Some(0.2))),
        ("mode_collapse", watched("gan-ring8", healthy, |pulse| pulse.modes = Some([2, 8]))),
        ("exploding", watched("exploding-mnist", |step| [f64::from(step), -f64::from(step)], |_| {})),
        ("exploding", watched("dcgan-mnist", healthy, |pulse| pulse.generator_gradient = 1e4)),
        ("dead_critic", watched("dead-critic-mnist", |_| [2e-6, 1e-6], |pulse| pulse.generator_gradient = 1e-6)),
        ("memorising", watched("memorising-mnist", healthy, |pulse| pulse.d_held_out = Some(0.2))),
        ("checkerboard", watched("checkerboard-mnist", healthy, |pulse| pulse.checkerboard = Some(6.0))),
    ];
    for (expected, doctor) in &cases {
        let findings = doctor.findings();
        let found = findings.iter().find(|finding| finding.key == *expected);
        let found = found.unwrap_or_else(|| panic!("{expected} was not found, but {:?}", keys(doctor)));
        assert!(found.severity > Severity::Healthy && found.evidence.chars().any(|c| c.is_ascii_digit()));
        assert!(findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
        assert!(!found.watched.is_empty(), "{expected} has no picture");
        for watched in &found.watched {
            assert!(is_outside(watched, watched.points.last().unwrap()[1]), "{expected}: {watched:?}");
        }
    }
    let swinging = watched("dcgan-mnist", |step| [0.7, 0.3 + 0.1 * (f64::from(step) / 10.0).sin()], |_| {});
    assert_eq!(keys(&swinging), ["oscillation"]);
    let [picture] = &swinging.findings()[0].watched[..] else { panic!("a swing has one picture") };
    for side in [f64::gt, f64::lt] {
        assert!(
            picture.points.iter().any(|[_, value]| is_outside(picture, *value) && side(value, &0.3)),
            "{picture:?}"
        );
    }
    let fading = |step: u32| [0.7, 0.3 + 0.1 * (f64::from(step) / 10.0).sin() * (-f64::from(step) / 80.0).exp()];
    assert_eq!(keys(&watched("dcgan-mnist", fading, |_| {})), ["healthy"], "a swing that fades is none");
}

/// Whether the rule finds something in that value.
fn is_outside(watched: &Watched, value: f64) -> bool {
    value < watched.silent[0] || value > watched.silent[1]
}

/// The picture is of the number that the rule compares, and says the same in words.
#[test]
fn what_is_watched_is_what_was_measured() {
    let doctor = watched("vanishing-mnist", |_| [0.995, 0.002], |pulse| pulse.generator_gradient = 0.031);
    let finding = doctor.findings().into_iter().find(|finding| finding.key == "vanishing_gradient").unwrap();
    let [verdict, gradient] = &finding.watched[..] else { panic!("{:?}", finding.watched) };
    assert_eq!([&verdict.now[..], &verdict.finds], ["0.2 %", "below 5 %"]);
    assert_eq!([&gradient.now[..], &gradient.finds], ["0.03", "below 0.5"]);
    assert_eq!(gradient.points.len(), 24, "the pulses that are kept");
    assert_eq!(gradient.points[23], [600.0, 0.031]);
    assert!(verdict.points.len() <= 128 && verdict.points.last().unwrap()[0] == 600.0);

    // A verdict that has fallen in the last 50 steps: each point is a mean of 100.
    let fallen = watched("dcgan-mnist", |step| [0.9, if step > 550 { 0.0 } else { 0.4 }], |_| {});
    let finding = &fallen.findings()[0];
    assert_eq!(finding.key, "healthy");
    let points = &finding.watched[0].points;
    assert!((points.last().unwrap()[1] - 0.2).abs() < 1e-9, "{points:?}");
    assert!(points.is_sorted_by_key(|point| point[0]));
    for healthy in [watched("wgan-mnist", healthy, |_| {}), watched("gan-ring8", healthy, |_| {})] {
        for watched in &healthy.findings()[0].watched {
            assert!(!is_outside(watched, watched.points.last().unwrap()[1]), "{watched:?}");
        }
    }
    let swept = watched("wgan-mnist", |_| [f64::NAN, f64::NAN], |_| {});
    assert!(swept.findings()[0].watched[0].points.is_empty(), "what was not measured is no point");
}

#[test]
fn a_single_odd_page_is_no_illness() {
    let doctor = watched("gan-mnist", healthy, |pulse| {
        if pulse.step == 575 {
            pulse.diversity = Some(0.1);
        }
    });
    assert_eq!(keys(&doctor), ["healthy"]);
}

/// The WGAN's pages between steps 300 and 700 (seed 1): its critic has not smoothed the generator's strokes yet.
#[test]
fn a_pattern_that_comes_and_goes_is_not_one_of_the_layers() {
    let of_a_wgan = [4.3, 4.1, 5.0, 8.0, 5.0, 9.5, 3.5, 4.7, 7.2, 7.4, 8.1, 5.6, 3.7, 3.2, 4.3, 5.1];
    let unsettled = watched("wgan-mnist", healthy, |pulse| {
        pulse.checkerboard = Some(of_a_wgan[(pulse.step / PULSE_EVERY) as usize % of_a_wgan.len()]);
    });
    assert_eq!(keys(&unsettled), ["healthy"]);
    let steady = watched("wgan-mnist", healthy, |pulse| {
        pulse.checkerboard = Some(3.4 + 0.3 * f64::from(pulse.step).sin());
    });
    assert_eq!(keys(&steady), ["checkerboard"]);
}

#[test]
fn samples_of_one_class_are_a_collapse_even_if_they_differ() {
    let mut doctor = watched("gan-mnist", healthy, |_| {});
    let class_shares = vec![0.01, 0.93, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.0, 0.0];
    doctor.observe_report(&Report { step: 580, class_shares, ..Report::default() });
    assert_eq!(keys(&doctor), ["mode_collapse"]);
    assert!(doctor.findings()[0].evidence.contains("93 %"));
}

#[test]
fn a_number_that_is_not_finite_is_explained_and_forgotten_with_the_state() {
    let mut doctor = watched("dcgan-mnist", healthy, |_| {});
    doctor.observe_rows(&[vec![601.0, f64::INFINITY, 1.0, 0.5, 0.5, f64::NAN]], false);
    assert_eq!(keys(&doctor)[0], "exploding");
    assert!(doctor.findings()[0].evidence.contains("no finite number"));
    doctor.rewind(&Settings::new(&PRESETS[0]), 500);
    assert_eq!(keys(&doctor), ["healthy"]);
}

/// What is offered as a cure can be set, and does not conflict with the preset that it shall cure.
#[test]
fn every_cure_is_made_of_settings_that_go_together() {
    for preset in PRESETS.iter().filter(|preset| preset.provokes.is_some()) {
        let wanted = preset.provokes.unwrap();
        assert!(FINDINGS.iter().any(|(key, ..)| *key == wanted), "{}: {wanted}", preset.key);
        assert!(preset.look_for.ends_with('.'), "{}: what to look for", preset.key);
        let sure = |_| [0.995, 0.002];
        let doctor = watched(preset.key, sure, |pulse| {
            (pulse.generator_gradient, pulse.diversity, pulse.checkerboard) = (1e-6, Some(0.1), Some(9.0));
            pulse.modes = preset.data.contains("ring").then_some([1, 8]);
            pulse.d_held_out = Some(0.0);
        });
        for finding in doctor.findings() {
            let mut raw = vec![("preset", preset.key)];
            raw.extend(finding.change.iter().map(|(key, value)| (*key, &value[..])));
            let (settings, messages) = Settings::resolve(raw);
            assert!(messages.is_empty(), "{}, {}: {messages:?}", preset.key, finding.key);
            for (key, value) in &finding.change {
                assert!(Setting::find(key).is_some());
                assert_eq!(settings.text(key), *value, "{}", finding.key);
            }
        }
    }
}

fn said_of(preset: &str, steps: u32) -> Vec<&'static str> {
    let settings = Settings::new(Preset::find(preset).unwrap());
    let Examples { shape, tables } = settings.training_data(generated_digits(100, 1)).unwrap();
    let world = settings.point_set().transpose().unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings.clone(), shape, play);
    let mut doctor = Doctor::new(&settings);
    while trainer.step() < steps {
        block_on(trainer.run(PULSE_EVERY as usize, Only::Both)).unwrap();
        let measured = block_on(trainer.take_measurements()).unwrap();
        doctor.observe_rows(&measured.rows, measured.broken_update.is_some());
        doctor.observe_pulse(block_on(trainer.pulse(world.as_ref())).unwrap());
    }
    keys(&doctor)
}

/// The smallest exhibits, really trained; `ganvas doctor` has the others.
#[test]
fn real_runs_get_what_they_provoke() {
    assert_eq!(said_of("oscillation-dirac", 600), ["oscillation"]);
    assert_eq!(said_of("dirac-r1", 600), ["healthy"]);
}

/// The other rules read columns and networks that such a game does not have.
#[test]
fn of_a_game_that_is_no_pair_only_numbers_that_are_not_finite_are_found() {
    for preset in ["cyclegan-edges", "progan-mnist", "pix2pix-outlines"] {
        let mut doctor = watched(preset, |_| [0.99, 0.01], |pulse| pulse.diversity = Some(0.01));
        let found = doctor.findings();
        assert_eq!(keys(&doctor), ["healthy"], "{preset}");
        assert!(found[0].evidence.contains("another game") && found[0].watched.is_empty(), "{}", found[0].evidence);
        doctor.observe_rows(&[vec![601.0, f64::INFINITY, 1.0, 0.5, 0.5, 1.0]], false);
        let found = doctor.findings();
        assert_eq!((found.len(), found[0].key, found[0].severity), (1, "exploding", Severity::Alarm), "{preset}");
        let settings = Settings::new(Preset::find(preset).unwrap());
        for (key, _) in &found[0].change {
            assert!(Setting::find(key).unwrap().applies(settings.preset.algorithm), "{preset} has no {key}");
        }
    }
}
