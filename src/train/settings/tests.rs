//! Settings from texts: what is taken, and what is said of what is not.

use super::*;

#[test]
fn nothing_said_is_the_first_preset() {
    let (settings, messages) = Settings::resolve([]);
    assert_eq!(settings, Settings::new(&PRESETS[0]));
    assert!(messages.is_empty());
}

/// Each setting takes every one of its choices, or both of its ends, and says it again.
#[test]
fn every_setting_survives_its_own_text() {
    for setting in SETTINGS.iter() {
        let values: Vec<String> = match setting.kind {
            Kind::Preset => PRESETS.iter().map(|preset| preset.key.to_string()).collect(),
            Kind::Choice(choices) => choices().into_iter().map(|(key, _)| key.to_string()).collect(),
            Kind::Switch => vec!["0".into(), "1".into()],
            Kind::Integer { min, max } => vec![min.to_string(), max.to_string()],
            Kind::Number { min, max, step } => vec![min.to_string(), max.to_string(), step.to_string()],
            Kind::Points => vec!["".into(), "1,2 -0.5,0.25".into()],
            Kind::Layers => vec!["".into(), "flatten linear-8 leaky_relu-0.2 linear-1".into()],
        };
        for value in values {
            let mut settings = Settings::new(&PRESETS[0]);
            settings.set(setting, &value).unwrap();
            assert_eq!(settings.text(setting.key), value, "{}", setting.key);
        }
    }
}

#[test]
fn what_a_preset_says_of_itself_is_that_preset() {
    for preset in PRESETS.iter() {
        let settings = Settings::new(preset);
        let texts: Vec<(&str, String)> =
            SETTINGS.iter().filter(|s| s.applies(preset.algorithm)).map(|s| (s.key, settings.text(s.key))).collect();
        let (again, messages) = Settings::resolve(texts.iter().map(|(key, text)| (*key, &text[..])));
        assert!(messages.is_empty(), "{}: {messages:?}", preset.key);
        assert_eq!(again, settings);
    }
}

#[test]
fn nonsense_gets_a_message_each_and_the_default() {
    let long = "x".repeat(500);
    let (settings, messages) = Settings::resolve([
        ("preset", "gan-mnits"),
        ("seed", "-1"),
        ("backend", "tpu"),
        ("batch_size", "1"),
        ("generator_learning_rate", "NaN"),
        ("colour", "red"),
        ("loss", long.as_str()),
        ("points", "1,2 3"),
    ]);
    assert_eq!(settings, Settings::new(&PRESETS[0]));
    assert_eq!(messages.len(), 8);
    assert!(messages[0].contains("gan-mnits") && messages[0].contains("did you mean gan-mnist"), "{}", messages[0]);
    assert!(messages.iter().all(|message| message.len() < 1_000));
}

#[test]
fn what_does_not_go_together_is_taken_back_with_a_reason() {
    let resolved = |raw: &[(&'static str, &'static str)]| Settings::resolve(raw.iter().copied());
    let (settings, messages) = resolved(&[("preset", "wgan-gp-mnist"), ("discriminator_norm", "batch")]);
    assert_eq!(settings, Settings::new(Preset::find("wgan-gp-mnist").unwrap()));
    assert!(messages.len() == 1 && messages[0].contains("penalty"), "{messages:?}");

    let (settings, messages) = resolved(&[("preset", "gan-ring8"), ("labels", "both")]);
    assert_eq!(settings, Settings::new(Preset::find("gan-ring8").unwrap()));
    assert!(messages.len() == 1 && messages[0].contains("no labels"), "{messages:?}");

    let (settings, messages) = resolved(&[("preset", "gan-ring8"), ("data", "mnist")]);
    assert_eq!(settings.data, "ring8");
    assert!(messages.len() == 1 && messages[0].contains("points"), "{messages:?}");

    let (settings, messages) = resolved(&[("preset", "dcgan-mnist"), ("examples", "20"), ("batch_size", "32")]);
    assert_eq!(settings, Settings::new(Preset::find("dcgan-mnist").unwrap()));
    assert!(messages.len() == 1 && messages[0].contains("20 examples"), "{messages:?}");

    for (key, value, word) in [
        ("classes", "1", "cannot be 1"),
        ("classes", "35", "40 would be"),
        ("decay_to", "0.5", "decay_until"),
        ("decay_from", "0.5", "decay_until"),
        ("discriminator_layers", "flatten linear-1 sigmoid", "linear-1 where the class is projected"),
    ] {
        let (settings, messages) = resolved(&[("preset", "quick-mnist"), (key, value)]);
        assert_eq!(settings, Settings::new(Preset::find("quick-mnist").unwrap()), "{key}");
        assert!(messages.len() == 1 && messages[0].contains(word), "{messages:?}");
    }
    let (_, messages) = resolved(&[("preset", "cgan-mnist"), ("within_labels", "1")]);
    assert!(messages.len() == 1 && messages[0].contains("number of groups"), "{messages:?}");
    let (_, messages) = resolved(&[("preset", "quick-mnist"), ("examples", "20"), ("batch_size", "16")]);
    assert!(messages.len() == 1 && messages[0].contains("groups of 20 images"), "{messages:?}");

    // A hinge loss and spectral norm are only settings.
    let (settings, messages) = resolved(&[("loss", "hinge"), ("discriminator_norm", "spectral")]);
    assert!(messages.is_empty(), "{messages:?}");
    assert!(settings.recipe.program(DataShape::digits(100)).is_ok());
}

#[test]
fn points_drawn_by_hand_are_a_world() {
    let raw = [("preset", "gan-ring8"), ("data", "drawn"), ("points", "1,1 -1,0.5")];
    let (settings, messages) = Settings::resolve(raw);
    assert!(messages.is_empty(), "{messages:?}");
    assert_eq!(settings.point_set().unwrap().unwrap().modes, 2);
    let (settings, messages) = Settings::resolve([("preset", "gan-ring8"), ("data", "drawn")]);
    assert_eq!(settings.data, "ring8");
    assert!(messages[0].contains("0 were given"), "{messages:?}");
}
