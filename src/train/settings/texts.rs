//! What the texts of settings stand for.

use crate::data::SETS;
use crate::data::points::WORLDS;
use crate::decimal::Decimal;
use crate::gan::Choice;

/// The keys of a choice, and their names on the page.
pub(super) fn choices<C: Choice>() -> Vec<(&'static str, &'static str)> {
    C::CHOICES.iter().map(|&(_, key, name)| (key, name)).collect()
}

/// The choice of that key.
pub(super) fn find<C: Choice>(text: &str) -> Option<C> {
    C::CHOICES.iter().find(|(_, key, _)| *key == text).map(|(choice, ..)| *choice)
}

/// What 0 and 1 stand for.
pub(super) fn switch(text: &str) -> Option<bool> {
    ["0", "1"].iter().position(|known| *known == text).map(|on| on == 1)
}

/// The keys of sets and worlds, and their names on the page.
pub(super) fn data_sets() -> Vec<(&'static str, &'static str)> {
    SETS.iter().map(|row| (row.key, row.name)).chain(WORLDS.iter().map(|&(_, key, name)| (key, name))).collect()
}

/// Points as `x,y x,y`.
pub(super) fn points(text: &str) -> Option<Vec<[f32; 2]>> {
    let point = |pair: &str| {
        let (x, y) = pair.split_once(',')?;
        Some([f32::read(x)?, f32::read(y)?])
    };
    text.split_whitespace().map(point).collect()
}
