//! What a visitor may look at in the advanced algorithms, each held to what it promises: ends that are what they are called,
//! nothing truncated that has no bound, shares that add up to one, and questions that training does not notice.

use ganvas::backend::cpu::CpuBackend;
use ganvas::backend::{Arena, Backend};
use ganvas::catalogue::PRESETS;
use ganvas::data::Examples;
use ganvas::data::procedural::generated_digits;
use ganvas::game::{Game, INPUTS, Layout, Probe, Role};
use ganvas::gan::Preset;
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Settings, Trainer};
use pollster::block_on;

const PIXELS: usize = 784;
/// Steps of a walk, and examples of a row.
const STEPS: usize = 8;

fn trainer(key: &str, changes: &[(&str, &str)]) -> Trainer {
    trainer_with(key, changes, &|_| ())
}

fn trainer_with(key: &str, changes: &[(&str, &str)], change: &dyn Fn(&mut CpuBackend)) -> Trainer {
    let mut settings = Settings::new(Preset::find(key).unwrap());
    settings.recipe.batch_size = 8;
    for (key, value) in changes {
        settings.set(Setting::find(key).unwrap(), value).unwrap();
    }
    let Examples { shape, tables } = settings.training_data(generated_digits(100, 3)).unwrap();
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let mut backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    change(&mut backend);
    Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play)
}

fn run(trainer: &mut Trainer, steps: usize) {
    block_on(trainer.run(steps, Only::Both)).unwrap();
}

fn view(trainer: &Trainer, key: &str) -> Probe {
    trainer
        .play()
        .probes
        .iter()
        .find(|probe| probe.key == key)
        .unwrap_or_else(|| panic!("there is no view {key}"))
        .clone()
}

/// What a view puts out, by its parts.
struct Seen(Vec<(&'static str, Vec<f32>)>);

impl Seen {
    fn part(&self, key: &str) -> &[f32] {
        &self.0.iter().find(|(known, _)| *known == key).unwrap_or_else(|| panic!("there is no part {key}")).1
    }

    /// An example of a part, from 0.
    fn image(&self, key: &str, at: usize) -> &[f32] {
        &self.part(key)[at * PIXELS..][..PIXELS]
    }

    fn number(&self, key: &str) -> f32 {
        self.part(key)[0]
    }
}

fn ask(trainer: &mut Trainer, key: &str, places: &[(&str, f32)]) -> Seen {
    let probe = view(trainer, key);
    let places: Vec<(&str, [f32; 1])> = places.iter().map(|&(key, place)| (key, [place])).collect();
    let inputs: Vec<(&str, &[f32])> = places.iter().map(|(key, place)| (*key, &place[..])).collect();
    let all = block_on(trainer.ask(key, &inputs)).unwrap();
    let mut rest = &all[..];
    let parts = probe.parts.iter().map(|part| {
        let (own, others) = rest.split_at(probe.layout.count() * part.numbers());
        rest = others;
        (part.key, own.to_vec())
    });
    let parts = parts.collect();
    assert!(rest.is_empty());
    Seen(parts)
}

/// The largest difference.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A run in which every parameter that is 0 has a value, and averages too, so that all ingredients are at work before anything
/// is learned: weights of attention, gains of norms.
fn stirred(key: &str) -> Trainer {
    trainer_with(key, &[], &|backend| {
        let mut variables = backend.program().variables.clone();
        let names: Vec<String> = variables.networks.iter().map(|network| network.name.clone()).collect();
        for name in names.iter().filter(|name| *name != INPUTS) {
            let id = variables.network(name);
            let mut values = backend.read(id, Arena::Parameters);
            for (place, value) in values.iter_mut().enumerate().filter(|(_, value)| **value == 0.0) {
                *value = 0.5 * ((place * 37 + 11) as f32).sin();
            }
            backend.write(id, Arena::Parameters, &values).unwrap();
            let mut average = backend.read(id, Arena::Average);
            if !average.is_empty() {
                average[..values.len()].copy_from_slice(&values);
                backend.write(id, Arena::Average, &average).unwrap();
            }
        }
    })
}

#[test]
fn a_blend_begins_and_ends_with_what_it_is_called() {
    for key in ["sagan-mnist", "biggan-mnist"] {
        let mut trainer = stirred(key);
        let ends = [("from_class", 2.0), ("to_class", 7.0), ("from_noise", 5.0), ("to_noise", 63.0)];
        let blend = ask(&mut trainer, "blends", &ends);
        let alone = |trainer: &mut Trainer, class: f32, noise: f32| {
            let places = [("from_class", class), ("to_class", class), ("from_noise", noise), ("to_noise", noise)];
            let seen = ask(trainer, "blends", &places);
            // Nothing to change: all steps are one picture.
            for part in ["class", "noise", "both"] {
                for at in 0..STEPS {
                    assert!(apart(seen.image(part, at), seen.image("class", 0)) < 1e-5, "{key}, {part}, step {at}");
                }
            }
            seen.image("class", 0).to_vec()
        };
        let last = STEPS - 1;
        let corners =
            [("class", last, 7.0, 5.0), ("noise", last, 2.0, 63.0), ("both", last, 7.0, 63.0), ("both", 0, 2.0, 5.0)];
        for (part, at, class, noise) in corners {
            let wanted = alone(&mut trainer, class, noise);
            assert_eq!(apart(blend.image(part, at), &wanted), 0.0, "{key}: step {at} of {part}");
        }
        for part in ["class", "noise", "both"] {
            assert_eq!(apart(blend.image(part, 0), blend.image("both", 0)), 0.0, "{key}: all rows begin alike");
            let whole = apart(blend.image(part, 0), blend.image(part, last));
            assert!(whole > 0.01, "{key}, {part}: the ends differ by {whole}");
            for at in 1..STEPS {
                let step = apart(blend.image(part, at - 1), blend.image(part, at));
                assert!(step > 0.0, "{key}, {part}: step {at} changes something");
            }
        }
    }
}

#[test]
fn what_lies_between_two_classes_is_nearer_to_its_neighbours_than_the_ends_are() {
    let mut trainer = stirred("biggan-mnist");
    let seen = ask(&mut trainer, "blends", &[("from_class", 3.0), ("to_class", 8.0)]);
    let distance = |a: usize, b: usize| {
        let pixels = seen.image("class", a).iter().zip(seen.image("class", b));
        pixels.map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    };
    // Of one class after another each would be as far from the next as from any.
    let (far, steps) = (distance(0, STEPS - 1), (1..STEPS).map(|at| distance(at - 1, at)));
    for step in steps {
        assert!(step < 0.8 * far, "{step} of {far}");
    }
}

#[test]
fn without_a_bound_nothing_is_truncated_and_tighter_bounds_bring_samples_together() {
    let mut trainer = stirred("biggan-mnist");
    let free = ask(&mut trainer, "truncation", &[("bound", 0.0)]);
    assert!(free.part("drawn") == free.part("truncated"), "bit for bit");
    let spread = |seen: &Seen| {
        let mut sum = 0.0;
        for at in 1..STEPS {
            let pair = seen.image("truncated", at).iter().zip(seen.image("truncated", at - 1));
            sum += pair.map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        }
        sum
    };
    let mut before = spread(&free);
    for bound in 1..STEPS {
        let seen = ask(&mut trainer, "truncation", &[("bound", bound as f32)]);
        assert!(seen.part("drawn") == free.part("drawn"), "only one row is truncated");
        let now = spread(&seen);
        assert!(now < before, "bound {bound}: {now}, and {before} before");
        before = now;
    }
    let other = ask(&mut trainer, "truncation", &[("truncated_class", 1.0)]);
    assert!(other.part("drawn") != free.part("drawn"), "another class");
}

#[test]
fn shares_of_attention_add_up_to_one_and_at_weight_nothing_they_change_nothing() {
    for key in ["sagan-mnist", "biggan-mnist"] {
        let mut trainer = trainer(key, &[]);
        let untouched = ask(&mut trainer, "attention", &[]);
        assert_eq!(untouched.number("gamma_g").to_bits(), 0);
        assert_eq!(untouched.number("gamma_d").to_bits(), 0);
        assert!(untouched.part("picture") == untouched.part("without"), "{key}: at first attention adds nothing");

        let mut trainer = stirred(key);
        let mut maps = Vec::new();
        for place in [0.0, 6.0, 13.0] {
            let seen = ask(&mut trainer, "attention", &[("row", place), ("column", 13.0 - place)]);
            assert!(apart(seen.part("picture"), seen.part("without")) > 1e-3, "{key}: now it adds something");
            for (map, share) in [("generator", "share_g"), ("discriminator", "share_d")] {
                let (map, largest) = (seen.part(map), seen.number(share));
                assert!(largest > 0.0 && largest < 1.0, "{key}: {largest}");
                assert!(
                    (map.iter().fold(-1.0_f32, |most, value| most.max(*value)) - 1.0).abs() < 1e-6,
                    "white is the most"
                );
                // Each of the 7x7 places is four pixels wide and high.
                let places = (0..49).map(|at| map[(at / 7 * 4) * 28 + at % 7 * 4]);
                let total: f32 = places.map(|bright| (bright + 1.0) / 2.0 * largest).sum();
                assert!((total - 1.0).abs() < 1e-4, "{key}: shares add up to {total}");
            }
            maps.push(seen.part("generator").to_vec());
        }
        assert!(maps[0] != maps[1] && maps[1] != maps[2], "{key}: other places look elsewhere");
        let pointed = view(&trainer, "attention").pointed.expect("a click moves sliders");
        assert_eq!((pointed.row, pointed.column), ("row", "column"));
    }
}

#[test]
fn a_place_is_counted_row_by_row() {
    // Of trained networks, in which a place on the stroke looks elsewhere than one on the ground: those of a seven, that has a
    // bar on top and none at the left, are told apart where rows are rows.
    let mut trainer = trainer("sagan-mnist", &[]);
    let bytes = std::fs::read(format!("{}/www/trained/sagan-mnist.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
    block_on(trainer.open(&bytes)).unwrap();
    let (mut maps, mut picture) = (Vec::new(), Vec::new());
    for place in 0..14 * 14 {
        let (row, column) = ((place / 14) as f32, (place % 14) as f32);
        let places = [("attending_class", 7.0), ("row", row), ("column", column)];
        let seen = ask(&mut trainer, "attention", &places);
        picture = seen.part("picture").to_vec();
        maps.push(seen.part("generator").to_vec());
    }
    let has_ink = |row: usize, column: usize| {
        let corner = row * 2 * 28 + column * 2;
        [0, 1, 28, 29].iter().map(|pixel| picture[corner + pixel]).sum::<f32>() > 0.0
    };
    // How far the mean maps of both kinds of places are apart.
    let told_apart = |kind: &dyn Fn(usize) -> bool| {
        let mean = |wanted: bool| {
            let own: Vec<_> = maps.iter().enumerate().filter(|(place, _)| kind(*place) == wanted).collect();
            assert!(own.len() > 10, "there are {} such places", own.len());
            (0..PIXELS)
                .map(|pixel| own.iter().map(|(_, map)| map[pixel]).sum::<f32>() / own.len() as f32)
                .collect::<Vec<_>>()
        };
        mean(true).iter().zip(mean(false)).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    };
    let (rows, columns) = (told_apart(&|at| has_ink(at / 14, at % 14)), told_apart(&|at| has_ink(at % 14, at / 14)));
    assert!(rows > 1.3 * columns, "{rows} apart, and {columns} where columns are taken for rows");
}

#[test]
fn without_attention_there_is_no_view_of_it() {
    let trainer = trainer("sagan-no-attention-mnist", &[]);
    let keys: Vec<&str> = trainer.play().probes.iter().map(|probe| probe.key).collect();
    assert_eq!(keys, ["blends"]);
}

#[test]
fn both_ways_between_two_styles_have_the_same_ends() {
    let mut trainer = trainer("stylegan-mnist", &[]); // noise in pixels begins at nothing
    let seen = ask(&mut trainer, "ways", &[("from_noise", 3.0), ("to_noise", 60.0)]);
    let last = STEPS - 1;
    assert_eq!(apart(seen.image("style", 0), seen.image("noise", 0)), 0.0);
    assert_eq!(apart(seen.image("style", last), seen.image("noise", last)), 0.0);
    let alone = ask(&mut trainer, "ways", &[("from_noise", 60.0), ("to_noise", 60.0)]);
    assert_eq!(apart(seen.image("style", last), alone.image("style", 0)), 0.0);
    assert!(apart(seen.image("style", 0), seen.image("style", last)) > 1e-3);
    let between = apart(seen.image("style", last / 2), seen.image("noise", last / 2));
    assert!(between > 1e-4, "halfway the ways are {between} apart");
}

#[test]
fn a_walk_passes_the_noises_and_ends_with_the_last() {
    let mut trainer = trainer("cogan-inverse", &[]);
    run(&mut trainer, 2);
    let mut at = |place: f32| ask(&mut trainer, "walk", &[("place", place)]);
    let (third, after, before, fourth) = (at(3.0), at(3.001), at(2.999), at(4.0));
    for part in ["a", "b"] {
        let far = apart(third.part(part), fourth.part(part));
        assert!(far > 0.0 && apart(third.part(part), after.part(part)) < 0.05 * far, "it goes on from there");
        assert!(apart(third.part(part), before.part(part)) < 0.05 * far, "and comes there");
    }
    let (nearly, last) = (at(62.999), at(63.0));
    assert!(
        apart(nearly.part("a"), last.part("a")) < 0.05 * apart(last.part("a"), at(62.0).part("a")),
        "the last place is not the first of another way"
    );
    assert!(third.part("a") != third.part("b"), "two kinds of one noise");
}

#[test]
fn sizes_appear_with_their_stage_and_alpha_is_how_far_they_are() {
    // Stages of 10, 13 and 10 steps.
    let mut trainer = trainer("progan-mnist", &[("stage_length", "0.025")]);
    let blank = |seen: &Seen, part: &str| seen.part(part).iter().all(|value| *value == -1.0);
    let first = ask(&mut trainer, "sizes", &[]);
    assert!(!blank(&first, "4x4") && blank(&first, "8x8") && blank(&first, "32x32"));
    assert_eq!(first.number("alpha"), 1.0);
    // The smallest size in the grid of samples is the very same.
    let samples = block_on(trainer.put_out("samples", None, 0)).unwrap();
    assert!(apart(first.part("4x4"), &samples[..STEPS * PIXELS]) < 1e-5);
    let begins = |trainer: &Trainer, stage: usize| trainer.stages()[stage].1 as usize;
    let (one, two) = (begins(&trainer, 1), begins(&trainer, 2));
    run(&mut trainer, one + 4);
    block_on(trainer.follow_stage()).unwrap();
    run(&mut trainer, 4);
    assert_eq!(trainer.stage(), 1);
    let fading = ask(&mut trainer, "sizes", &[]);
    assert!(!blank(&fading, "8x8") && blank(&fading, "16x16"));
    let wanted = (trainer.step() as usize - one) as f32 / (two - one) as f32;
    assert!((fading.number("alpha") - wanted).abs() < 1e-5, "{} and not {wanted}", fading.number("alpha"));
}

#[test]
fn questions_leave_what_is_learned_alone_and_refuse_what_they_cannot_be() {
    let views = [
        ("sagan-mnist", "blends", "to_class", 9.0),
        ("sagan-mnist", "attention", "row", 13.0),
        ("biggan-mnist", "truncation", "bound", 7.0),
        ("stylegan-mnist", "ways", "to_noise", 63.0),
        ("cogan-inverse", "walk", "place", 63.0),
    ];
    for (preset, probe, slider, most) in views {
        let (mut asked, mut left) = (trainer(preset, &[]), trainer(preset, &[]));
        run(&mut asked, 1);
        run(&mut left, 1);
        ask(&mut asked, probe, &[(slider, most)]);
        run(&mut asked, 2);
        run(&mut left, 2);
        assert!(block_on(asked.save()).unwrap() == block_on(left.save()).unwrap(), "{preset}, {probe}");
        for value in [-0.1, most + 0.1, f32::NAN, f32::INFINITY] {
            let refused = block_on(asked.ask(probe, &[(slider, &[value])])).unwrap_err().to_string();
            assert!(refused.contains(slider) && refused.contains(&format!("from 0 to {most}")), "{refused}");
        }
        let refused = block_on(asked.ask(probe, &[("psi", &[0.5])])).unwrap_err().to_string();
        assert!(refused.contains("psi") && refused.contains(slider), "{refused}");
    }
}

/// The page hears of them once, when the run begins.
#[test]
fn probes_are_the_same_in_all_stages() {
    for preset in PRESETS.iter().filter(|preset| preset.algorithm.entry.is_some()) {
        let settings = Settings::new(preset);
        let stages = preset.algorithm.entry.unwrap().stages.len();
        let described = |stage: usize| {
            let probes = settings.game(settings.shape(), stage).unwrap().play.probes;
            let of = |probe: &Probe| {
                let parts: Vec<_> =
                    probe.parts.iter().map(|part| (part.key, part.name, part.role, part.form)).collect();
                let sliders: Vec<&str> = probe.numbers.iter().map(|input| input.slider.key).collect();
                (probe.key, probe.layout, parts, sliders, probe.pointed)
            };
            probes.iter().map(of).collect::<Vec<_>>()
        };
        let first = described(0);
        for stage in 1..stages {
            assert_eq!(described(stage), first, "{}, stage {stage}", preset.key);
        }
        for probe in settings.game(settings.shape(), 0).unwrap().play.probes {
            let mut keys: Vec<&str> = probe.parts.iter().map(|part| part.key).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), probe.parts.len(), "{}, {}: each part has a key of its own", preset.key, probe.key);
            let drawn = probe.parts.iter().filter(|part| part.is_drawn()).count();
            let columns = if let Layout::Rows(count) = probe.layout { count } else { drawn };
            assert_eq!(probe.columns(), columns, "{}, {}", preset.key, probe.key);
            assert!(probe.parts.iter().all(|part| part.role != Role::Number || part.form.is_none()));
        }
    }
}
