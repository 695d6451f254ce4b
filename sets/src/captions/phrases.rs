//! What captions are made of: words with numbers, and phrases that they stand in.

use super::{COLOURS, DIGITS, LENGTH, PLACES};
use crate::Random;

/// The words that captions are made of. The first has the number 1; 0 stands where there is no word any more.
pub const WORDS: [&str; 28] = [
    "the", "digit", "is", "at", "on", "in", "of", "image", "red", "green", "blue", "yellow", "white", "zero", "one",
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "top", "bottom", "left", "right", "middle",
];

/// The number of a word, from 1; None for one that no caption has.
pub fn number_of(word: &str) -> Option<u8> {
    let at = WORDS.iter().position(|known| *known == word)?;
    Some(at as u8 + 1)
}

/// Ways to say it. `C` is the colour, `D` the digit, `P` where it is: "at the top left", "on the right", "in the middle".
const PHRASES: [&str; 6] = [
    "the C digit D is P of the image",
    "the digit D is C P",
    "C D P",
    "P of the image is the C D",
    "the D P is C",
    "the image of the C digit D P",
];

/// A caption of one digit, colour and place: numbers of words, then zeros.
pub(super) fn caption([digit, colour, place]: [usize; 3], random: &mut Random) -> [u8; LENGTH] {
    let place = PLACES[place];
    let before = match place {
        "left" | "right" => "on the",
        "middle" => "in the",
        _ => "at the",
    };
    let phrase = PHRASES[random.below(PHRASES.len())].split(' ');
    let words = phrase.flat_map(|word| {
        let said = match word {
            "C" => [COLOURS[colour], ""],
            "D" => [DIGITS[digit], ""],
            "P" => [before, place],
            other => [other, ""],
        };
        said.into_iter().flat_map(|words| words.split(' ')).filter(|word| !word.is_empty())
    });
    let mut numbers = [0; LENGTH];
    for (place, number) in numbers.iter_mut().zip(words.filter_map(number_of)) {
        *place = number;
    }
    numbers
}
