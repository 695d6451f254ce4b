//! Captions that a visitor writes: the words that there are.

/// The words of a caption.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lexicon {
    /// The first has the number 1; 0 stands where there is no word.
    pub words: &'static [&'static str],
    /// A caption to begin with.
    pub example: &'static str,
}
