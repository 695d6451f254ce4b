//! What would make a list fit: lists next to it, of which only those are offered that have been looked through and are
//! better.

use super::check::elements;
use super::{Check, Layer, LayerKind, LayerList, Misfit, Task};

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
        let fixes = self.fixes(list, check, *layer);
        Some(Problem { layer: *layer, message: format!("{subject} {message}."), blocks: true, fixes })
    }

    /// What can be built and is a mistake.
    fn unwise(&self, list: &LayerList) -> Option<Problem> {
        let last = list.iter().rposition(|layer| !layer.kind.is_form())?;
        let kind = list[last].kind;
        let hint = |layer: usize, message: &str, label: &str, layers: LayerList| {
            let fixes = vec![Fix { label: label.into(), layers }];
            Some(Problem { layer, message: message.into(), blocks: false, fixes })
        };
        if !self.is_generator && kind == LayerKind::Sigmoid {
            let message = "The losses take logits and have the sigmoid in them: with this layer there are two.";
            return hint(last, message, "Remove sigmoid", without(list, last));
        }
        if self.is_generator && self.output.rank() == 3 && kind != LayerKind::Tanh {
            let message = "Pixels are numbers from -1 to 1, which tanh at the end keeps to.";
            let layers = list.with_inserted(list.len(), Layer::new(LayerKind::Tanh))?;
            return hint(list.len(), message, "Add tanh at the end", layers);
        }
        None
    }

    fn fixes(&self, list: &LayerList, check: &Check, at: usize) -> Vec<Fix> {
        let candidates = if at < list.len() { self.at_layer(list, check, at) } else { self.at_end(list, check) };
        let mut found: Vec<(bool, Fix)> = Vec::new();
        for Fix { label, layers } in candidates {
            let misfit = self.check(&layers).misfit;
            let better = misfit.as_ref().is_none_or(|misfit| layers.len() - misfit.layer < list.len() - at);
            if better && found.iter().all(|(_, known)| known.layers != layers) {
                found.push((misfit.is_some(), Fix { label, layers }));
            }
        }
        found.sort_by_key(|(is_half, _)| *is_half);
        found.into_iter().map(|(_, fix)| fix).take(MOST_FIXES).collect()
    }

    fn at_layer(&self, list: &LayerList, check: &Check, at: usize) -> Vec<Fix> {
        use LayerKind::*;
        let (layer, mut found) = (list[at], Candidates { list, fixes: Vec::new() });
        let before = at.checked_sub(1).map_or(&self.input, |index| &check.rows[index].output);
        let numbers = elements(before);
        let place = [layer.argument(1) as u64, layer.argument(2) as u64];
        match layer.kind {
            Linear => found.insert(at, &[Layer::new(Flatten)]),
            Reshape => {
                let wanted = layer.argument(0) as u64 * place[0] * place[1];
                found.resize(at, wanted);
                found.replace(at, layer.with(0, numbers / (place[0] * place[1]).max(1)));
                let linear = Layer::new(Linear).with(0, wanted);
                found.insert_some(at, [linear]);
                found.insert_some(at, [Some(Layer::new(Flatten)), linear]);
            }
            InstanceNorm => found.replace(at, Some(Layer::new(LayerNorm))),
            BatchNorm => {
                found.replace(at, Some(Layer::new(LayerNorm)));
                found.replace(at, Some(Layer::new(InstanceNorm)));
            }
            Conv2d | ConvTranspose2d => {
                found.replace(at, layer.with(3, place[0] / 2));
                found.replace(at, layer.with(3, 0));
                found.replace(at, layer.with(1, 1).and_then(|layer| layer.with(3, 0)));
            }
            _ => {}
        }
        if before.rank() == 1 {
            // An image out of a vector, as large as it can be without becoming one channel.
            for side in [14, 7, 28, 4, 2, 1] {
                let image = |channels: u64| {
                    let image = Layer::new(Reshape).with(0, channels)?;
                    image.with(1, side)?.with(2, side)
                };
                if numbers.is_multiple_of(side * side) && (numbers > side * side || side == 28) {
                    found.insert_some(at, [image(numbers / (side * side))]);
                }
            }
        }
        // Too large: half as wide, or a quarter, and so on.
        for shift in 1..8 {
            found.replace(at, layer.with(0, layer.argument(0) as u64 >> shift).filter(|_| layer.kind.has_weight()));
        }
        found.fixes.push(Fix { label: format!("Remove {layer}"), layers: without(list, at) });
        found.fixes
    }

    fn at_end(&self, list: &LayerList, check: &Check) -> Vec<Fix> {
        use LayerKind::*;
        let mut found = Candidates { list, fixes: Vec::new() };
        let (got, wanted) = (check.rows.last().map_or(&self.input, |row| &row.output), elements(&self.output));
        // What is added comes before a last activation.
        let is_activated = list.last().is_some_and(|layer| matches!(layer.kind, Tanh | Sigmoid));
        let tail = list.len() - usize::from(is_activated);
        let (flatten, linear) = (Layer::new(Flatten), Layer::new(Linear).with(0, wanted));
        let image = match self.output[..] {
            [channels, height, width] => {
                let image = Layer::new(Reshape).with(0, channels as u64);
                image.and_then(|image| image.with(1, height as u64)?.with(2, width as u64))
            }
            _ => Some(flatten),
        };
        if elements(got) == wanted {
            found.insert_some(list.len(), [image]);
        }
        let channels = if self.output.rank() == 3 && got.rank() == 3 { self.output[0] as u64 } else { wanted };
        found.resize(list.len(), channels);
        if let (&[_, height, width], &[channels, full_height, full_width]) = (&got[..], &self.output[..]) {
            let one = |kind: LayerKind, kernel: u64, stride: u64, padding: u64| {
                let layer = Layer::new(kind).with(0, channels as u64)?.with(1, kernel)?;
                layer.with(2, stride)?.with(3, padding)
            };
            if 2 * height == full_height && 2 * width == full_width {
                found.insert_some(tail, [one(ConvTranspose2d, 4, 2, 1)]);
            }
            if height > 0 && full_height % height == 0 {
                let factor = Layer::new(Upsample).with(0, (full_height / height) as u64);
                found.insert_some(tail, [factor]);
                found.insert_some(tail, [factor, one(Conv2d, 3, 1, 1)]);
            }
            found.insert_some(tail, [one(Conv2d, 3, 1, 1)]);
        }
        if self.output.rank() == 3 {
            found.insert_some(list.len(), [linear, image]);
            found.insert_some(tail, [Some(flatten), linear, image]);
            // Where that would be too many weights.
            let one_channel = Layer::new(Conv2d).with(0, 1).and_then(|layer| layer.with(1, 1)?.with(2, 1)?.with(3, 0));
            found.insert_some(tail, [one_channel, Some(flatten), linear, image]);
        } else {
            found.insert_some(tail, [linear]);
            found.insert_some(tail, [Some(flatten), linear]);
        }
        found.fixes
    }
}

/// Lists next to one.
struct Candidates<'l> {
    list: &'l LayerList,
    fixes: Vec<Fix>,
}

impl Candidates<'_> {
    fn insert(&mut self, at: usize, layers: &[Layer]) {
        let mut all = self.list.to_vec();
        all.splice(at..at, layers.iter().copied());
        let Some(list) = LayerList::from_layers(&all) else { return };
        let words: Vec<String> = layers.iter().map(Layer::to_string).collect();
        let place = match self.list.get(at) {
            Some(next) => format!("before {next}"),
            None => "at the end".into(),
        };
        self.fixes.push(Fix { label: format!("Insert {} {place}", words.join(" ")), layers: list });
    }

    /// The same, if all of the layers exist.
    fn insert_some<const N: usize>(&mut self, at: usize, layers: [Option<Layer>; N]) {
        let layers: Option<Vec<Layer>> = layers.into_iter().collect();
        if let Some(layers) = layers {
            self.insert(at, &layers);
        }
    }

    fn replace(&mut self, at: usize, layer: Option<Layer>) {
        if let Some(layer) = layer {
            let label = format!("Make layer {} {layer}", at + 1);
            self.fixes.push(Fix { label, layers: self.list.with_replaced(at, layer) });
        }
    }

    /// The last layer before `at` that decides the width gets another.
    fn resize(&mut self, at: usize, width: u64) {
        let decides = |layer: &Layer| layer.kind.has_weight() && layer.kind != LayerKind::SelfAttention;
        if let Some(index) = self.list[..at].iter().rposition(decides) {
            self.replace(index, self.list[index].with(0, width));
        }
    }
}

/// The list without a layer, and without the spectral norm that was the layer's.
fn without(list: &LayerList, at: usize) -> LayerList {
    let mut layers = list.to_vec();
    layers.remove(at);
    if at > 0 && layers[at - 1].kind == LayerKind::SpectralNorm {
        layers.remove(at - 1);
    }
    LayerList::from_layers(&layers).unwrap_or(*list)
}
