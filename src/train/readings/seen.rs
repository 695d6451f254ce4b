//! What the judge of a set sees in the parts of galleries, and how that is held against what should be there.

use crate::error::{Error, Result};
use crate::metrics::set_judge::{BATCH, Head, SetJudge};

/// A gallery and one of its parts.
type Place = [&'static str; 2];

/// How far a judge that is sound may be off in its numbers.
const LEEWAY: f32 = 1.0 / 32.0;

/// What was seen so far: each part is looked at once, whatever is measured of it.
#[derive(Default)]
pub struct Seen {
    heads: Vec<Head>,
    parts: Vec<(Place, Vec<Vec<f32>>)>,
}

impl Seen {
    /// Has the judge look at a few more of a part's pictures; true when it has looked at all of them.
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures that are not of the size that it judges.
    pub fn look(&mut self, judge: &mut SetJudge, place: Place, pictures: &[f32]) -> Result<bool> {
        if self.heads.is_empty() {
            self.heads = judge.heads().to_vec();
        }
        let known = self.parts.iter().position(|(known, _)| *known == place);
        let at = known.unwrap_or_else(|| {
            self.parts.push((place, vec![Vec::new(); self.heads.len()]));
            self.parts.len() - 1
        });
        let numbers = judge.about().anatomy.numbers();
        let seen = &mut self.parts[at].1;
        let done = numbers * seen[0].len() / self.heads[0].column.width();
        let piece = &pictures[done.min(pictures.len())..];
        for (seen, more) in seen.iter_mut().zip(judge.see(&piece[..piece.len().min(BATCH * numbers)])?) {
            seen.extend(more);
        }
        Ok(piece.len() <= BATCH * numbers)
    }

    /// The class that was seen in each pixel of a part, and how many classes there are; None without a judge.
    ///
    /// # Errors
    /// [`Error::Setting`] for a judge that sees no maps.
    pub fn map(&self, place: Place) -> Result<Option<(&[f32], usize)>> {
        let is_map = |head: &Head| head.classes() > 0 && head.column.width() > 1;
        let seen = self.by(place, "map", &is_map)?;
        Ok(seen.map(|(head, seen)| (seen, head.classes())))
    }

    /// What one head has seen in each picture of a part; None without a judge.
    ///
    /// # Errors
    /// [`Error::Setting`] for a judge without that head.
    pub fn class(&self, place: Place, key: &str) -> Result<Option<&[f32]>> {
        Ok(self.by(place, key, &|head| head.key == key)?.map(|(_, seen)| seen))
    }

    /// What one head has seen in each of some parts of a gallery; None without a judge.
    ///
    /// # Errors
    /// As [`Seen::class`].
    pub fn all(&self, gallery: &'static str, parts: &[&'static str], key: &str) -> Result<Option<Vec<&[f32]>>> {
        parts.iter().map(|part| self.class([gallery, part], key)).collect()
    }

    /// The mean over heads of the share of pictures of a part in which they see what `truth` has under their keys; None
    /// without a judge.
    ///
    /// # Errors
    /// [`Error::Setting`] for a judge without one of the heads, and those of `truth`.
    pub fn mean_agreement<'t>(
        &self,
        place: Place,
        heads: &[&str],
        truth: &dyn Fn(&str) -> Result<&'t [f32]>,
    ) -> Result<Option<f64>> {
        let mut sum = 0.0;
        for head in heads {
            let Some(seen) = self.class(place, head)? else { return Ok(None) };
            sum += agreement(seen, truth(head)?);
        }
        Ok((!heads.is_empty()).then(|| sum / heads.len() as f64))
    }

    fn by(&self, place: Place, key: &str, is: &dyn Fn(&Head) -> bool) -> Result<Option<(&Head, &[f32])>> {
        let Some((_, seen)) = self.parts.iter().find(|(known, _)| *known == place) else { return Ok(None) };
        let found = self.heads.iter().zip(seen).find(|(head, _)| is(head));
        let found = found.map(|(head, seen)| (head, &seen[..]));
        found.map(Some).ok_or_else(|| {
            let known = self.heads.iter().map(|head| &head.key[..]).collect::<Vec<_>>().join(", ");
            Error::Setting { key: "judge".into(), message: format!("does not see “{key}”; it sees {known}") }
        })
    }
}

/// The share of classes that are those that they should be.
pub fn agreement(seen: &[f32], truth: &[f32]) -> f64 {
    super::share(seen.iter().zip(truth).map(|(seen, truth)| seen == truth))
}

/// The mean of the shares of examples in which these agree, each what was seen and what should be; None of none.
pub fn mean_agreement(pairs: &[[&[f32]; 2]]) -> Option<f64> {
    let sum: f64 = pairs.iter().map(|[seen, truth]| agreement(seen, truth)).sum();
    (!pairs.is_empty()).then(|| sum / pairs.len() as f64)
}

/// The share of classes, of all parts, that are at most `off` from the place of their part, counted from 0.
pub fn in_their_places(seen: &[&[f32]], off: u8) -> f64 {
    let near = |(place, seen): (usize, &&[f32])| {
        let near = seen.iter().filter(|&&class| (class - place as f32).abs() <= f32::from(off)).count();
        near as f64 / seen.len().max(1) as f64
    };
    seen.iter().enumerate().map(near).sum::<f64>() / seen.len().max(1) as f64
}

/// The share of `count` examples in which none of the numbers of an example falls, by more than [`LEEWAY`], from one part to
/// the next, and each is more by that in the last than in the first.
pub fn rising(seen: &[&[f32]], count: usize) -> f64 {
    let numbers = seen.first().map_or(0, |seen| seen.len()) / count.max(1);
    let grows = |at: usize| {
        let climbs = |pair: &[&[f32]]| pair[1][at] >= pair[0][at] - LEEWAY;
        let whole = [seen[0], seen[seen.len() - 1]];
        seen.windows(2).all(climbs) && whole[1][at] > whole[0][at] + LEEWAY
    };
    super::share((0..count).map(|example| (example * numbers..(example + 1) * numbers).all(grows)))
}

/// The share of examples in which all of these agree, each what was seen and what should be.
pub fn all_agree(pairs: &[[&[f32]; 2]]) -> f64 {
    let count = pairs.iter().map(|[seen, _]| seen.len()).min().unwrap_or(0);
    super::share((0..count).map(|row| pairs.iter().all(|[seen, truth]| seen[row] == truth[row])))
}

/// The mean over classes of intersection over union, among the classes that occur in either; None where none does.
pub fn mean_iou(seen: &[f32], truth: &[f32], classes: usize) -> Option<f64> {
    let (mut sum, mut occurring) = (0.0, 0.0);
    for class in (0..classes).map(|class| class as f32) {
        let (mut both, mut either) = (0.0, 0.0);
        for (&seen, &truth) in seen.iter().zip(truth) {
            both += f64::from(u8::from(seen == class && truth == class));
            either += f64::from(u8::from(seen == class || truth == class));
        }
        if either > 0.0 {
            sum += both / either;
            occurring += 1.0;
        }
    }
    (occurring > 0.0).then(|| sum / occurring)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;

    #[test]
    fn agreement_of_several_heads_is_their_mean() {
        let head = |key: &str| Head { key: key.into(), column: Column::Class { classes: 4 } };
        let place = ["gallery", "output"];
        let seen = Seen {
            heads: vec![head("hair"), head("beard")],
            parts: vec![(place, vec![vec![0.0, 1.0, 2.0, 3.0], vec![1.0, 1.0, 0.0, 0.0]])],
        };
        let truth = |key: &str| Ok(if key == "hair" { &[0.0, 1.0, 2.0, 0.0][..] } else { &[0.0, 1.0, 1.0, 1.0] });
        assert_eq!(seen.mean_agreement(place, &["hair", "beard"], &truth).unwrap(), Some((0.75 + 0.25) / 2.0));
        assert_eq!(seen.mean_agreement(place, &["hair"], &truth).unwrap(), Some(0.75));
        assert_eq!(seen.mean_agreement(place, &[], &truth).unwrap(), None);
        assert_eq!(seen.mean_agreement(["gallery", "input"], &["hair"], &truth).unwrap(), None, "nobody looked");
        let error = seen.mean_agreement(place, &["hair", "age"], &truth).unwrap_err().to_string();
        assert!(error.contains("“age”") && error.contains("hair, beard"), "{error}");
    }

    #[test]
    fn parts_in_their_order_are_counted_by_hand() {
        // Three parts of two examples.
        let (first, second, third) = ([0.0, 1.0], [1.0, 3.0], [0.0, f32::NAN]);
        let seen = [&first[..], &second, &third];
        assert_eq!(in_their_places(&seen, 0), (0.5 + 0.5 + 0.0) / 3.0);
        assert_eq!(in_their_places(&seen, 1), (1.0 + 0.5 + 0.0) / 3.0);
        assert_eq!(in_their_places(&seen, 2), (1.0 + 1.0 + 0.5) / 3.0);
        assert_eq!((in_their_places(&[], 0), in_their_places(&[&[]], 0)), (0.0, 0.0));
    }

    #[test]
    fn rising_are_those_whose_numbers_all_rise() {
        // Two numbers of four examples: both rise; the second falls; neither moves; the first falls by less than matters.
        let parts: [[f32; 8]; 3] = [
            [0.1, 0.0, 0.1, 0.5, 0.3, 0.3, 0.10, 0.0],
            [0.2, 0.0, 0.2, 0.4, 0.3, 0.3, 0.09, 0.2],
            [0.9, 0.5, 0.3, 0.9, 0.3, 0.3, 0.50, 0.9],
        ];
        let all: Vec<&[f32]> = parts.iter().map(|part| &part[..]).collect();
        assert_eq!(rising(&all, 4), 0.5);
        let back: Vec<&[f32]> = all.iter().rev().copied().collect();
        assert_eq!(rising(&back, 4), 0.0);
        let broken = [f32::NAN; 8];
        assert_eq!(rising(&[all[0], &broken, all[2]], 4), 0.0, "what is no number does not rise");
    }

    #[test]
    fn pixels_and_classes_are_counted_by_hand() {
        // Two maps of two by two. Class 2 occurs in neither, class 3 in the truth alone.
        let truth = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 3.0, 1.0];
        let seen = [0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        assert_eq!(agreement(&seen, &truth), 6.0 / 8.0);
        // Class 0: both in two pixels, either in four; class 1: four of five; class 3: none of one.
        let expected = (2.0 / 4.0 + 4.0 / 5.0 + 0.0) / 3.0;
        assert!((mean_iou(&seen, &truth, 4).unwrap() - expected).abs() < 1e-12);
        assert_eq!(mean_iou(&truth, &truth, 4), Some(1.0));
        assert_eq!(mean_iou(&[], &[], 4), None);
        // Of four examples the first is right in both, the second in one, the third in the other, the last in none.
        let (digits, colours) = ([3.0, 4.0, 5.0, 6.0], [0.0, 1.0, 0.0, 1.0]);
        let (digits_seen, colours_seen) = ([3.0, 4.0, 0.0, 0.0], [0.0, 0.0, 0.0, f32::NAN]);
        assert_eq!(all_agree(&[[&digits_seen, &digits], [&colours_seen, &colours]]), 0.25);
        assert_eq!((all_agree(&[[&digits_seen, &digits]]), all_agree(&[])), (0.5, 0.0));
        // Half of one and all of another; where nothing should be seen there is no mean.
        let (halves, wholes) = ([&[1.0, 2.0][..], &[1.0, 1.0]], [&[5.0, 6.0][..], &[5.0, 6.0]]);
        assert_eq!((mean_agreement(&[halves, wholes]), mean_agreement(&[])), (Some(0.75), None));
        // What is no number is no class.
        let broken = [f32::NAN; 8];
        assert_eq!((agreement(&broken, &truth), mean_iou(&broken, &truth, 4)), (0.0, Some(0.0)));
    }
}
