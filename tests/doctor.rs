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
    watched_until(600, Settings::new(Preset::find(preset).unwrap()), row, pulse)
}

fn watched_until(steps: u32, settings: Settings, row: impl Fn(u32) -> [f64; 2], pulse: impl Fn(&mut Pulse)) -> Doctor {
    let mut doctor = Doctor::new(&settings);
    for step in (PULSE_EVERY..=steps).step_by(PULSE_EVERY as usize) {
        let rows: Vec<Row> = (step - PULSE_EVERY + 1..=step)
            .map(|step| {
                let [real, fake] = row(step);
                vec![f64::from(step), 0.7, 1.4, real, fake, f64::NAN]
            })
            .collect();
        doctor.observe_rows(&rows, false);
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

/// The settings of a preset with others among them.
fn settings(raw: &[(&str, &str)]) -> Settings {
    let (settings, messages) = Settings::resolve(raw.to_vec());
    assert!(messages.is_empty(), "{messages:?}");
    settings
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
    assert_eq!(watched("gan-mnist", healthy, |_| {}).findings()[0].remedy, "Nothing to fix.");
    let points = watched("gan-ring8", healthy, |pulse| {
        (pulse.modes, pulse.checkerboard, pulse.d_held_out) = (Some([8, 8]), None, None);
    });
    assert_eq!(keys(&points), ["healthy"]);
}

#[test]
fn each_rule_is_provoked_by_what_it_is_about() {
    let sure = |_| [0.995, 0.002];
    let lost = |pulse: &mut Pulse| pulse.modes = Some([if pulse.step < 300 { 8 } else { 2 }, 8]);
    let cases: [(&str, Doctor); 9] = [
        ("discriminator_too_strong", watched("dcgan-mnist", sure, |_| {})),
        ("vanishing_gradient", watched("vanishing-mnist", sure, |pulse| pulse.generator_gradient = 0.03)),
        ("mode_collapse", watched("gan-mnist", healthy, |pulse| pulse.diversity = Some(0.2))),
        ("mode_collapse", watched("gan-ring8", healthy, lost)),
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

/// Whatever is drawn beyond its threshold is told, with how far it is, even where no rule speaks.
#[test]
fn nothing_is_healthy_while_a_number_is_beyond_its_threshold() {
    let low = watched("dcgan-mnist", |_| [0.9, 0.031], |_| {});
    let [finding] = &low.findings()[..] else { panic!("{:?}", keys(&low)) };
    assert_eq!((finding.key, finding.severity), ("watching", Severity::Watch));
    let expected = "D on fakes, mean of 100 steps: 3.1 %, 1.9 points below the threshold of 5 %";
    assert_eq!(finding.evidence, expected);
    assert!(finding.change.is_empty());

    let few = watched_until(300, Settings::new(Preset::find("gan-ring8").unwrap()), healthy, |pulse| {
        pulse.modes = Some([1, 8]);
    });
    let [finding] = &few.findings()[..] else { panic!("{:?}", keys(&few)) };
    assert_eq!(finding.key, "watching");
    let expected = "Modes covered: 1 of 8, 4.6 below the threshold of 5.6; \
                    the most so far: 1 of 8 modes covered at step 75, so it is not there yet";
    assert_eq!(finding.evidence, expected);
    assert_eq!(finding.watched[1].finds, "below 5.6 (70 % of 8)");

    for (preset, real, fake, modes) in
        [("gan-mnist", 0.99, 0.04, None), ("gan-ring8", 0.9, 0.01, Some([8, 8])), ("wgan-mnist", 90.0, 10.0, None)]
    {
        let doctor = watched(preset, |_| [real, fake], |pulse| pulse.modes = modes);
        for finding in doctor.findings().iter().filter(|finding| finding.key == "healthy") {
            assert!(finding.watched.iter().all(|watched| watched.beyond().is_none()), "{preset}: {finding:?}");
        }
    }
}

/// Modes that `wgan-gp-grid25` covers of 25 at every 25th step (seed 1), as measured.
const ON_ITS_WAY: [usize; 40] = [
    0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 3, 5, 7, 9, 7, 8, 11, 11, 14, 11, 11, 12, 13, 15, 13, 12, 14, 13, 14, 14, 14, 14,
    16, 17, 17, 16, 17, 18, 18,
];

/// The generator of `wgan-gp-grid25` has fewer than 70 % of the modes until step 900, and never had more.
#[test]
fn modes_that_are_not_reached_yet_are_no_collapse_and_modes_that_are_lost_are_one() {
    let preset = || Settings::new(Preset::find("wgan-gp-grid25").unwrap());
    let modes = |pulse: &mut Pulse| pulse.modes = Some([ON_ITS_WAY[(pulse.step / PULSE_EVERY) as usize - 1], 25]);
    for steps in (PULSE_EVERY..=1_000).step_by(PULSE_EVERY as usize) {
        let said = keys(&watched_until(steps, preset(), |_| [0.2, -0.3], modes));
        let expected = if steps < 100 { "early" } else { "watching" };
        assert!(said == [expected] || (steps > 850 && said == ["healthy"]), "step {steps}: {said:?}");
    }
    let lost = watched_until(
        1_200,
        preset(),
        |_| [0.2, -0.3],
        |pulse| {
            let reached = ON_ITS_WAY[((pulse.step / PULSE_EVERY) as usize - 1).min(39)];
            pulse.modes = Some([if pulse.step > 1_050 { 9 } else { reached }, 25]);
        },
    );
    assert_eq!(keys(&lost), ["mode_collapse"]);
    assert!(lost.findings()[0].evidence.starts_with("only 9 of 25 modes covered, after "), "{:?}", lost.findings());

    // Up and down on the way to the threshold, as `wgan-ring8` goes (seed 1).
    let wavering = watched_until(
        750,
        Settings::new(Preset::find("wgan-ring8").unwrap()),
        |_| [0.2, -0.3],
        |pulse| {
            pulse.modes =
                Some([if (300..=500).contains(&pulse.step) { 3 } else { 2 - pulse.step as usize / 50 % 2 }, 8]);
        },
    );
    assert_eq!(keys(&wavering), ["watching"]);

    // Spread out, but no further mode for a thousand steps; and in a huddle.
    let still = |steps| watched_until(steps, preset(), |_| [0.2, -0.3], |pulse| pulse.modes = Some([9, 25]));
    assert_eq!(keys(&still(1_000)), ["watching"]);
    assert_eq!(keys(&still(1_100)), ["mode_collapse"]);
    let huddled = watched_until(
        500,
        preset(),
        |_| [0.2, -0.3],
        |pulse| {
            (pulse.modes, pulse.diversity) = (Some([1, 25]), Some(0.05));
        },
    );
    assert_eq!(keys(&huddled), ["mode_collapse"]);
}

/// The same of images: samples that differ little, but more and more, are on their way.
#[test]
fn variety_that_grows_is_no_collapse() {
    let growing = watched("wgan-mnist", healthy, |pulse| pulse.diversity = Some(f64::from(pulse.step) / 2_000.0));
    assert_eq!(keys(&growing), ["watching"]);
    let lost = watched("wgan-mnist", healthy, |pulse| pulse.diversity = Some(if pulse.step < 400 { 0.8 } else { 0.2 }));
    assert_eq!(keys(&lost), ["mode_collapse"]);
}

/// D's output on fakes and the length of the generator's gradient in `vanishing-mnist` (seed 1), every 25 steps.
const STUMBLES: [[f64; 2]; 16] = [
    [0.00001, 0.0003],
    [0.0714, 1.084],
    [0.0074, 0.107],
    [0.0031, 0.057],
    [0.0014, 0.033],
    [0.0012, 0.039],
    [0.0014, 0.038],
    [0.0623, 0.642],
    [0.185, 7.217],
    [0.157, 1.820],
    [0.0019, 0.059],
    [0.0015, 0.069],
    [0.594, 6.327],
    [0.0529, 0.624],
    [0.0136, 0.168],
    [0.0022, 0.050],
];

/// Between steps 200 and 350 D stumbles twice; the gradient vanishes again each time.
#[test]
fn an_alarm_stays_as_long_as_its_cause() {
    let at = |step: u32| STUMBLES[((step - 1) / PULSE_EVERY) as usize];
    let run = |steps| {
        let settings = Settings::new(Preset::find("vanishing-mnist").unwrap());
        let gradient = |pulse: &mut Pulse| pulse.generator_gradient = at(pulse.step)[1];
        watched_until(steps, settings, |step| [0.99, at(step)[0]], gradient)
    };
    for steps in (175..=400).step_by(25) {
        assert!(keys(&run(steps)).contains(&"vanishing_gradient"), "step {steps}: {:?}", keys(&run(steps)));
    }
    let findings = run(325).findings();
    let found = findings.iter().find(|finding| finding.key == "vanishing_gradient").unwrap();
    assert!(found.evidence.contains("has length 6.327, but had 0.069 at step 300"), "{}", found.evidence);

    let over = watched(
        "vanishing-mnist",
        |_| [0.99, 0.01],
        |pulse| {
            pulse.generator_gradient = if pulse.step > 500 { 3.0 } else { 0.03 };
        },
    );
    assert!(!keys(&over).contains(&"vanishing_gradient"), "four good looks in a row end it: {:?}", keys(&over));
}

#[test]
fn a_cure_changes_something_and_is_written_as_a_person_would() {
    let exploding = watched("exploding-mnist", |step| [f64::from(step), -f64::from(step)], |_| {});
    let finding = &exploding.findings()[0];
    let rate = |key: &str| finding.change.iter().find(|(known, _)| *known == key).unwrap().1.clone();
    assert_eq!([rate("generator_learning_rate"), rate("discriminator_learning_rate")], ["0.0001", "0.0001"]);
    let swinging = watched("dcgan-mnist", |step| [0.7, 0.3 + 0.1 * (f64::from(step) / 10.0).sin()], |_| {});
    assert_eq!(swinging.findings()[0].takes, Some(300), "as measured");

    // Of all that calms a game the penalty is in force already.
    let raw = [("preset", "gan-ring8"), ("penalty", "r1"), ("penalty_weight", "1"), ("n_critic", "3")];
    let huddle = |pulse: &mut Pulse| (pulse.modes, pulse.diversity) = (Some([1, 8]), Some(0.05));
    let finding = watched_until(600, settings(&raw), healthy, huddle).findings().remove(0);
    assert_eq!((finding.key, finding.change), ("mode_collapse", vec![("n_critic", "1".to_string())]));
    let finding = watched_until(600, settings(&raw[..3]), healthy, huddle).findings().remove(0);
    assert_eq!((finding.key, finding.change, finding.takes), ("mode_collapse", Vec::new(), None));
}

#[test]
fn a_learning_rate_of_0_is_named_and_what_follows_from_it_is_not() {
    let still = settings(&[("preset", "gan-mnist"), ("generator_learning_rate", "0")]);
    let doctor = watched_until(600, still, |_| [0.999, 0.001], |pulse| pulse.diversity = Some(0.1));
    let [finding] = &doctor.findings()[..] else { panic!("{:?}", keys(&doctor)) };
    assert_eq!((finding.key, finding.severity), ("standstill", Severity::Alarm));
    assert_eq!(finding.evidence, "the learning rate of the generator is 0");
    assert_eq!(finding.change, [("generator_learning_rate", "0.0002".to_string())]);
}

/// What few images look like has another cause than where there are many, and another cure.
#[test]
fn few_images_are_memorised_and_not_a_collapse() {
    let alike = |examples| {
        move |pulse: &mut Pulse| {
            (pulse.diversity, pulse.examples, pulse.d_held_out) = (Some(0.2), examples, None);
        }
    };
    let sure = |_| [0.99, 0.01];
    assert!(keys(&watched("gan-mnist", sure, alike(60_000))).contains(&"mode_collapse"));
    let doctor = watched("gan-mnist", sure, alike(20));
    assert_eq!(keys(&doctor), ["memorising"]);
    assert_eq!(doctor.findings()[0].evidence, "there are only 20 images to train on, and D has seen each 1920 times");
    let few = watched("gan-mnist", healthy, |pulse| (pulse.examples, pulse.d_held_out) = (64, None));
    assert_eq!(keys(&few), ["memorising"], "with none to compare, by how often each was seen");
    let compared = watched("gan-mnist", healthy, |pulse| pulse.examples = 64);
    assert_eq!(keys(&compared), ["healthy"], "what was measured counts for more");
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
