//! Names that a mistyped one may have meant.

use crate::order;

/// Names that are offered at most.
const MOST: usize = 3;
/// Beyond that many signs nobody has mistyped a name.
const LONGEST: usize = 64;

/// The names that are spelt nearly like it, the nearest first; none where none is near.
pub fn near<'n>(wanted: &str, names: &[&'n str]) -> Vec<&'n str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let wanted = wanted.to_ascii_lowercase();
    let mut found: Vec<(usize, &str)> = Vec::new();
    for &name in names {
        let distance = distance(wanted.as_bytes(), name.as_bytes());
        // A third of the signs may be wrong; a beginning or another part of a name is near too, but less.
        if distance <= (wanted.len() / 3).max(1) {
            found.push((distance, name));
        } else if wanted.len() >= 3 && name.contains(&wanted) {
            found.push((LONGEST + name.len(), name));
        }
    }
    let order = order::by(found.len(), |a, b| found[a].0.cmp(&found[b].0));
    order.into_iter().take(MOST).map(|index| found[index].1).collect()
}

/// The end of a sentence that says that there is no such name.
pub fn hint(wanted: &str, names: &[&str]) -> String {
    match &near(wanted, names)[..] {
        [] => ".".into(),
        [one] => format!(": did you mean {one}?"),
        [others @ .., last] => format!(": did you mean {} or {last}?", others.join(", ")),
    }
}

/// Signs to insert, leave out, replace or exchange with the next one until both are the same (optimal string alignment).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let (mut before, mut last) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["gan-mnist", "dcgan-mnist", "cgan-mnist", "wgan-gp-mnist", "gan-ring8", "batch_size"];

    #[test]
    fn mistyped_names_are_found() {
        assert_eq!(near("dcgan-mnits", &NAMES)[0], "dcgan-mnist");
        assert_eq!(near("GAN-RING8", &NAMES), ["gan-ring8"]);
        assert_eq!(near("gan-ring", &NAMES), ["gan-ring8"]);
        assert_eq!(near("batchsize", &NAMES), ["batch_size"]);
        assert_eq!(near("ring8", &NAMES), ["gan-ring8"], "a part of a name");
        assert_eq!(near("mnist", &NAMES).len(), MOST);
        assert!(
            near("colour", &NAMES).is_empty()
                && near("", &NAMES).is_empty()
                && near(&"x".repeat(500), &NAMES).is_empty()
        );
    }

    #[test]
    fn distances_are_those_of_the_definition() {
        for (a, b, expected) in
            [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }

    #[test]
    fn hints_are_sentences() {
        assert_eq!(hint("gan-rimg8", &NAMES), ": did you mean gan-ring8?");
        assert_eq!(hint("nothing-like-it", &NAMES), ".");
        assert!(hint("cgan-mnits", &NAMES).contains(" or "));
    }
}
