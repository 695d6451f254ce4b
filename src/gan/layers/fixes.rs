//! What would make a list fit: lists next to it, of which only those are offered that have been looked through and are
//! better.

use super::check::elements;
use super::{Check, LayerKind, LayerList, Misfit, Task};

/// What is wrong with a list, and what would work.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The layer; the length of the list for its end.
    pub layer: usize,
    /// A sentence that names it.
    pub message: String,
    /// Whether it cannot be built so; otherwise it is only unwise.
    pub blocks: bool,
    /// The best first. Each makes the list fit, or brings the first misfit nearer to the list's end.
    pub fixes: Vec<Fix>,
}

/// A changed list, and what has changed in it.
#[derive(Clone, Debug)]
pub struct Fix {
    pub label: String,
    pub layers: LayerList,
}

/// Fixes that are offered for one problem.
const MOST_FIXES: usize = 4;

impl Task {
    /// The first problem of a list that was looked through: what does not fit, else what is unwise.
    pub fn problem(&self, list: &LayerList, check: &Check) -> Option<Problem> {
        let Some(Misfit { layer, message }) = &check.misfit else { return self.unwise(list) };
        let subject = match list.get(*layer) {
            Some(found) => format!("Layer {}, {found},", layer + 1),
            None if self.is_generator => "The generator".into(),
            None => "The discriminator".into(),
        };
        let mut search = Search { task: self, list, left: list.len() - layer, whole: Vec::new(), half: Vec::new() };
        if *layer < list.len() {
            search.at_layer(check, *layer);
        } else {
            search.at_end(check);
        }
        let mut fixes = search.whole;
        fixes.append(&mut search.half);
        fixes.truncate(MOST_FIXES);
        Some(Problem { layer: *layer, message: format!("{subject} {message}."), blocks: true, fixes })
    }

    /// What can be built and is a mistake.
    fn unwise(&self, list: &LayerList) -> Option<Problem> {
        let last = list.iter().rposition(|layer| !layer.kind.is_form())?;
        let kind = list[last].kind;
        let (layer, drop, text, message) = if !self.is_generator && kind == LayerKind::Sigmoid {
            (last, 1, "", "The losses take logits and have the sigmoid in them: with this layer there are two.")
        } else if self.is_generator && self.output[1] > 0 && kind != LayerKind::Tanh {
            (list.len(), 0, "tanh", "Pixels are numbers from -1 to 1, which tanh at the end keeps to.")
        } else {
            return None;
        };
        let fixes = changed(list, layer, drop, text).into_iter().collect();
        Some(Problem { layer, message: message.into(), blocks: false, fixes })
    }
}

/// The list with `drop` layers at `at` replaced by those of a text; None where the text is none or there is no room.
#[inline(never)]
fn changed(list: &LayerList, at: usize, drop: usize, text: &str) -> Option<Fix> {
    let before = list.get(at).map(ToString::to_string);
    let label = match (before, drop) {
        (Some(layer), 0) => format!("Insert {text} before {layer}"),
        (None, _) => format!("Insert {text} at the end"),
        (Some(layer), _) if text.is_empty() => format!("Remove {layer}"),
        _ => format!("Make layer {} {text}", at + 1),
    };
    let new = LayerList::parse(text).ok()?;
    // The spectral norm of a layer goes with it.
    let alone = at > 0 && new.is_empty() && list[at - 1].kind == LayerKind::SpectralNorm;
    let (front, back) = (&list[..at - usize::from(alone)], &list[at + drop..]);
    let layers = LayerList::from_layers(&[front, &new, back].concat())?;
    Some(Fix { label, layers })
}

/// Looks for lists that fit, or nearly.
struct Search<'l> {
    task: &'l Task,
    list: &'l LayerList,
    /// Layers from the misfit to the end.
    left: usize,
    whole: Vec<Fix>,
    /// Those with a misfit of their own, nearer to the end.
    half: Vec<Fix>,
}

impl Search<'_> {
    /// Keeps a change if it is a better list than the one there is.
    #[inline(never)]
    fn change(&mut self, at: usize, drop: usize, text: String) {
        let Some(fix) = changed(self.list, at, drop, &text) else { return };
        let found = match self.task.check(&fix.layers).misfit {
            None => &mut self.whole,
            Some(misfit) if fix.layers.len() - misfit.layer < self.left => &mut self.half,
            Some(_) => return,
        };
        if found.iter().all(|known| known.layers != fix.layers) {
            found.push(fix);
        }
    }

    fn insert(&mut self, at: usize, text: String) {
        self.change(at, 0, text);
    }

    /// The layer at `at` with another argument.
    #[inline(never)]
    fn set(&mut self, at: usize, argument: usize, value: u64) {
        let text = self.list[at].to_string();
        let mut words: Vec<String> = text.split('-').map(String::from).collect();
        words[argument + 1] = value.to_string();
        self.change(at, 1, words.join("-"));
    }

    /// The last layer before `at` that decides the width gets another.
    fn resize(&mut self, at: usize, width: u64) {
        use LayerKind::*;
        let decides = |kind| matches!(kind, Linear | Conv2d | ConvTranspose2d);
        if let Some(index) = self.list[..at].iter().rposition(|layer| decides(layer.kind)) {
            self.set(index, 0, width);
        }
    }

    fn at_layer(&mut self, check: &Check, at: usize) {
        use LayerKind::*;
        let layer = self.list[at];
        let before = if at == 0 { self.task.input } else { check.rows[at - 1].output };
        let numbers = elements(before);
        let [first, second, third] = [0, 1, 2].map(|index| layer.argument(index) as u64);
        match layer.kind {
            Linear => self.insert(at, "flatten".into()),
            Reshape => {
                let wanted = first * second * third;
                self.resize(at, wanted);
                self.set(at, 0, numbers / (second * third));
                self.insert(at, format!("linear-{wanted}"));
                self.insert(at, format!("flatten linear-{wanted}"));
            }
            BatchNorm | InstanceNorm => {
                self.change(at, 1, "layer_norm".into());
                self.change(at, 1, "instance_norm".into());
            }
            Conv2d | ConvTranspose2d => {
                self.set(at, 3, second / 2);
                self.set(at, 3, 0);
                self.set(at, 1, 1);
            }
            _ => {}
        }
        if before[1] == 0 {
            // An image out of a vector, of several channels where that can be.
            for side in [14, 7, 28, 4, 2, 1] {
                let area = side * side;
                if numbers.is_multiple_of(area) && (numbers > area || side == 28) {
                    self.insert(at, format!("reshape-{}-{side}-{side}", numbers / area));
                }
            }
        }
        // Too large: half as wide, or a quarter, and so on.
        if layer.kind.has_weight() && layer.kind != SelfAttention {
            for shift in 1..8 {
                self.set(at, 0, first >> shift);
            }
        }
        self.change(at, 1, String::new());
    }

    fn at_end(&mut self, check: &Check) {
        use LayerKind::*;
        let (end, wanted) = (self.list.len(), self.task.output);
        let got = check.rows.last().map_or(self.task.input, |row| row.output);
        let count = elements(wanted);
        // What is added comes before a last activation.
        let is_activated = self.list.last().is_some_and(|layer| matches!(layer.kind, Tanh | Sigmoid));
        let tail = end - usize::from(is_activated);
        let [channels, height, width] = wanted;
        let form = if height > 0 { format!("reshape-{channels}-{height}-{width}") } else { "flatten".into() };
        self.insert(end, form.clone());
        self.resize(end, if got[1] > 0 && height > 0 { channels } else { count });
        if got[1] > 0 && height > 0 {
            self.insert(tail, format!("conv_transpose2d-{channels}-4-2-1"));
            let conv = format!("conv2d-{channels}-3-1-1");
            let factor = height / got[1];
            self.insert(tail, format!("upsample-{factor}"));
            self.insert(tail, format!("upsample-{factor} {conv}"));
            self.insert(tail, conv);
        }
        let form = if height > 0 { format!(" {form}") } else { String::new() };
        self.insert(tail, format!("linear-{count}{form}"));
        self.insert(tail, format!("flatten linear-{count}{form}"));
        // Where that would be too many weights.
        self.insert(tail, format!("conv2d-1-1-1-0 flatten linear-{count}{form}"));
    }
}
