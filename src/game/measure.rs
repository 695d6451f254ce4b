//! What is measured of galleries.

/// How a measure is taken of a gallery's parts. `by_chance`: each example's `part` is held against the `of` of the next
/// example, as a control that tells what is alike without belonging together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The share of examples in which the judge sees the class that is in the part `class`. The part is first brought back
    /// from the domain of the data where `undo` says so; where there is no way back, the class is that of the nearest true
    /// image of that domain.
    Labels { part: &'static str, undo: bool },
    /// Mean distance of two parts pixel by pixel, of images from 0 to 1.
    Distance { part: &'static str, of: &'static str },
    /// The peak signal-to-noise ratio of two parts in decibels, of all their pixels together, of images from 0 to 1: minus ten
    /// times the decimal logarithm of the mean squared difference. Of images that are alike there is none.
    Psnr { part: &'static str, of: &'static str },
    /// The mean structural similarity (SSIM) of two parts: 1 of images that are alike. Of images smaller than its window there
    /// is none.
    Similarity { part: &'static str, of: &'static str },
    /// The Frechet distance of the judge's features of two parts, in units of one missing class (nFD, but of these rows
    /// alone). Of fewer than 500 rows there is none.
    Frechet { part: &'static str, of: &'static str },
    /// How far the histogram of gradients is from that of another part: the earth mover's distance of the lengths of
    /// differences between neighbours, of images from 0 to 1.
    Sharpness { part: &'static str, of: &'static str },
    /// The share of pixels that are ink in both of two images or in neither (the pixel agreement ratio of Liu and Tuzel
    /// 2016): what the domain of the data makes of `part`, and `of`, which should be just that.
    PixelAgreement { part: &'static str, of: &'static str, by_chance: bool },
    /// Of the same images: ink that both have, among ink that either has, all images together. Paper, which most pixels are,
    /// does not count; without any ink there is none.
    InkOverlap { part: &'static str, of: &'static str, by_chance: bool },
    /// The share of examples in which the judge sees one class in `part` and in `of`, which is first brought back from the
    /// domain of the data. Where there is no way back, the class of `of` is that of the nearest image that the domain makes
    /// of any `part`.
    SameClass { part: &'static str, of: &'static str, by_chance: bool },
    /// The share of examples in which the judge sees one class in all of these parts.
    OneClass { parts: &'static [&'static str] },
    /// The share of pixels of `part` in which the set's judge sees the class that the map `of` has there.
    PixelAccuracy { part: &'static str, of: &'static str },
    /// The mean, over the classes that either has, of the pixels of the class that both the map `of` and the set's judge, of
    /// `part`, have, among those that either has; all examples together.
    MeanIou { part: &'static str, of: &'static str },
    /// The share of examples in which the set's judge sees, by one of its heads, in `part` the class that is in the part
    /// `class`.
    ClassOf { head: &'static str, part: &'static str, class: &'static str },
    /// The share of examples in which the set's judge is right by all of these heads at once: each sees in `part` the class
    /// that is in the part of `classes` in its place.
    ClassesOf { heads: &'static [&'static str], part: &'static str, classes: &'static [&'static str] },
    /// How far the shares of the classes that the set's judge sees in `part`, by one of its heads, are from those of the part
    /// `class`, whatever belongs to what: the total variation distance, half the sum of the differences.
    Marginal { head: &'static str, part: &'static str, class: &'static str },
    /// How different examples of `part` are that agree in all of the classes `alike`: the mean distance, pixel by pixel, of
    /// each and the next of its kind, of images from 0 to 1. Where no two are of a kind there is none.
    Variety { part: &'static str, alike: &'static [&'static str] },
    /// The mean of that share over several heads, each with the classes of the part that is called like it.
    MeanClassOf { heads: &'static [&'static str], part: &'static str },
    /// The mean, over several of these, of the share of examples in which the set's judge sees in a part the class that is in
    /// another part.
    MeanOfSights { of: &'static [Sight] },
    /// The share of pictures, of all these parts, in which the set's judge sees, by one of its heads, the class that is the
    /// part's place among them, from 0, or one that is at most `off` from it.
    ClassAtPlace { head: &'static str, parts: &'static [&'static str], off: u8 },
    /// The share of pictures, of all these parts, in which the set's judge sees, by one of its heads, the class that is in the
    /// part `class`.
    ClassOfAll { head: &'static str, parts: &'static [&'static str], class: &'static str },
    /// The share of examples in which no number that the set's judge sees, by one of its heads, falls from one of these parts
    /// to the next, and each is more in the last than in the first. How far a judge may be off (1/32) makes no difference.
    Rising { head: &'static str, parts: &'static [&'static str] },
    /// The mean over examples of the cells that both of two volumes fill among those that either fills (intersection over
    /// union); where neither fills any they are alike. A cell is filled from one half on.
    VolumeOverlap { part: &'static str, of: &'static str },
    /// The share of volumes whose filled cells, of which there are some, hang together side by side.
    OnePiece { part: &'static str },
}

/// What the set's judge should see: by one of its heads, in the part `part`, the class that is in the part `class`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    pub head: &'static str,
    pub part: &'static str,
    pub class: &'static str,
}

impl Reading {
    /// The parts that the set's judge has to look at, if it is asked.
    pub fn seen(&self) -> Vec<&'static str> {
        match *self {
            Reading::PixelAccuracy { part, .. }
            | Reading::MeanIou { part, .. }
            | Reading::ClassOf { part, .. }
            | Reading::ClassesOf { part, .. }
            | Reading::MeanClassOf { part, .. }
            | Reading::Marginal { part, .. } => vec![part],
            Reading::MeanOfSights { of } => of.iter().map(|sight| sight.part).collect(),
            Reading::ClassAtPlace { parts, .. } | Reading::ClassOfAll { parts, .. } | Reading::Rising { parts, .. } => {
                parts.to_vec()
            }
            _ => Vec::new(),
        }
    }
}

/// A number that says how well a game goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    pub key: &'static str,
    pub name: &'static str,
    /// The gallery that it is taken of.
    pub gallery: &'static str,
    pub reading: Reading,
}

impl Measure {
    /// A measure of that gallery.
    pub const fn new(key: &'static str, name: &'static str, gallery: &'static str, reading: Reading) -> Measure {
        Measure { key, name, gallery, reading }
    }
}
