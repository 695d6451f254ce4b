//! What is asked for in words: captions, and attributes by their names.

use ganvas::game::{Lexicon, Slider};
use ganvas::{Error, Result};

/// Where sliders stand, each given as `key=value`: the name of one of its places, or a number.
///
/// # Errors
/// [`Error::Setting`] for what is no such pair, a slider that there is not, and a value that it does not have; it says which
/// there are.
pub fn places(sliders: &[Slider], given: &[String]) -> Result<Vec<(&'static str, f32)>> {
    let refused = |message: String| Error::Setting { key: "set".into(), message };
    let mut places = Vec::new();
    for pair in given {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| refused(format!("takes key=value, for instance hair_style=curly; “{pair}” is not that")))?;
        let slider = sliders.iter().find(|slider| slider.key == key.trim()).ok_or_else(|| {
            let known: Vec<&str> = sliders.iter().map(|slider| slider.key).collect();
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            refused(format!("has no “{key}”; this application has {known}"))
        })?;
        places.push((slider.key, place(slider, value.trim())?));
    }
    Ok(places)
}

fn place(slider: &Slider, value: &str) -> Result<f32> {
    let [min, _, step] = slider.range;
    let named = slider.names.iter().position(|name| name.eq_ignore_ascii_case(value));
    let number = named.map(|at| min + at as f32 * step).or_else(|| value.parse().ok());
    let number = number.ok_or_else(|| {
        let message = match slider.names {
            [] => format!("takes a number; it is “{value}”"),
            names => format!("is one of {}; it is “{value}”", names.join(", ")),
        };
        Error::Setting { key: slider.key.into(), message }
    })?;
    slider.check(number)?;
    Ok(number)
}

/// The numbers of a caption's words, and zeros behind them.
///
/// # Errors
/// [`Error::Setting`] for a word that is not in the list, and for too many of them.
pub fn caption(lexicon: &Lexicon, length: usize, text: &str) -> Result<Vec<f32>> {
    let refused = |message: String| Error::Setting { key: "words".into(), message };
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(refused(format!("takes a caption, for instance “{}”", lexicon.example)));
    }
    if words.len() > length {
        return Err(refused(format!("takes {length} words at most; “{text}” has {}", words.len())));
    }
    let mut numbers = vec![0.0; length];
    for (number, word) in numbers.iter_mut().zip(words) {
        let known = lexicon.words.iter().position(|known| *known == word).ok_or_else(|| {
            refused(format!("has “{word}”, which the run never saw: it knows {}", lexicon.words.join(", ")))
        })?;
        *number = (known + 1) as f32;
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAIR: Slider = Slider {
        key: "hair",
        name: "Hair",
        range: [0.0, 2.0, 1.0],
        default: 0.0,
        names: &["none", "short", "curly"],
        help: "",
    };
    const LEXICON: Lexicon = Lexicon { words: &["red", "three"], example: "red three" };

    #[test]
    fn a_place_is_named_or_numbered() {
        let set = |text: &str| places(&[HAIR], &[text.to_string()]);
        assert_eq!(set("hair=Curly").unwrap(), [("hair", 2.0)]);
        assert_eq!(set("hair = 1").unwrap(), [("hair", 1.0)]);
        let said = |text: &str| set(text).unwrap_err().to_string();
        assert!(said("hair=green").contains("none, short, curly"), "{}", said("hair=green"));
        assert!(said("hair=3").contains("from 0 to 2"));
        assert!(said("beard=none").contains("has hair"));
        assert!(said("curly").contains("key=value"));
    }

    #[test]
    fn captions_are_words_of_the_list() {
        assert_eq!(caption(&LEXICON, 3, "Red, three!").unwrap(), [1.0, 2.0, 0.0]);
        let said = |text: &str| caption(&LEXICON, 3, text).unwrap_err().to_string();
        assert!(said("blue three").contains("it knows red, three"));
        assert!(said("red red red red").contains("3 words at most"));
        assert!(said(" ").contains("red three"));
    }
}
