//! Which ingredients do not go together, and which do not go with the data.

use super::choices::{Architecture, Labels, Norm, Penalty};
use super::layers::{LayerList, Task};
use super::recipe::Recipe;
use crate::data::groups::MAX_CLASSES;
use crate::data::{DataShape, Form};

impl Recipe {
    /// Which ingredient does not go with the others, as its setting's key, and why.
    pub fn conflict(&self) -> Option<(&'static str, String)> {
        let says = |key, message: &str| Some((key, message.to_string()));
        let points = matches!(self.architecture, Architecture::Plane | Architecture::Dirac);
        let own_discriminator = self.discriminator_layers.is_empty();
        if self.penalty != Penalty::None && self.discriminator_norm == Norm::Batch && own_discriminator {
            return says(
                "discriminator_norm",
                "cannot be batch norm beside a penalty: the penalty is on each example's own gradient, and batch norm \
                 mixes the examples (Gulrajani et al. 2017, section 4). None, layer and spectral norm work.",
            );
        }
        if self.architecture == Architecture::Dirac
            && (self.generator_norm, self.discriminator_norm) != (Norm::None, Norm::None)
        {
            return says(
                "discriminator_norm",
                "must be none, and so the generator's: two numbers have nothing to normalise.",
            );
        }
        if points && self.labels != Labels::None {
            return says("labels", "must be none: points have no labels.");
        }
        if self.classes == 1 {
            return says(
                "classes",
                "cannot be 1, which tells nothing: 0 stands for the data's labels, 50 is a good number of groups.",
            );
        }
        if self.within_labels && self.classes == 0 {
            return says(
                "within_labels",
                "needs a number of groups: set classes to 50, for five in each of ten labels.",
            );
        }
        for (key, value) in [("decay_from", self.decay_from), ("decay_to", self.decay_to)] {
            if self.decay_until == 0 && value != 0.0 {
                let message = "means nothing where the rates never fall: say with decay_until at which step they have.";
                return says(key, message);
            }
        }
        if self.n_critic == 0 || self.n_critic > 100 {
            return says("n_critic", "takes 1 to 100.");
        }
        if self.latent_dim == 0 || self.batch_size < 2 {
            return says("batch_size", "takes at least 2 examples, and the latent at least one number.");
        }
        None
    }

    /// Which ingredient does not go with the data, as its setting's key, and why.
    pub fn misfit(&self, data: DataShape) -> Option<(&'static str, String)> {
        let fits = matches!(
            (self.architecture, data.form),
            (Architecture::Mlp | Architecture::Dcgan, Form::Image { channels: 1, height: 28, width: 28 })
                | (Architecture::Plane, Form::Point { coordinates: 2 })
                | (Architecture::Dirac, Form::Point { coordinates: 1 })
        );
        if !fits {
            let message = match (self.architecture, data.form) {
                (_, Form::Image { height, width, .. } | Form::Map { height, width, .. })
                    if !matches!(self.architecture, Architecture::Mlp | Architecture::Dcgan) =>
                {
                    format!(
                        "is made for points, and the data are images of {height} by {width}: mlp and dcgan would work."
                    )
                }
                (_, Form::Image { channels, height, width }) => {
                    let colour = if channels == 1 { "grey" } else { "colour" };
                    format!("takes grey images of 28 by 28; these are {height} by {width}, in {colour}.")
                }
                (Architecture::Dirac, _) => "lives on the line: its data set is origin.".into(),
                (Architecture::Plane, _) => {
                    "takes points of the plane, and origin is a point of the line: choose another world, or dirac."
                        .into()
                }
                (_, Form::Map { .. } | Form::Volume { .. }) => "takes grey images of 28 by 28; these are none.".into(),
                (_, Form::Point { .. }) => "is made for images, and the data are points: plane would work.".into(),
            };
            return Some(("architecture", message));
        }
        if self.labels != Labels::None && data.classes == 0 {
            let message = "must be none: this data set has no labels. MNIST has; or set classes to 50, for groups of look-alikes.";
            return Some(("labels", message.into()));
        }
        let labels = data.groups.map_or(0, |groups| groups.labels);
        if labels > 0 && !self.classes.is_multiple_of(labels) {
            let (classes, near) =
                (self.classes, self.classes.next_multiple_of(labels).min(MAX_CLASSES / labels * labels));
            let message =
                format!("is {classes}, which is not as many groups in each of {labels} labels: {near} would be.");
            return Some(("classes", message));
        }
        if self.labels != Labels::None && self.classes > data.count {
            let message = format!("asks for {} groups of {} images: choose at most that.", self.classes, data.count);
            return Some(("classes", message));
        }
        if self.batch_size > data.count {
            let message =
                format!("is {} and the data set has {} examples: choose at most that.", self.batch_size, data.count);
            return Some(("batch_size", message));
        }
        let lists = [
            ("generator_layers", self.generator_layers, true),
            ("discriminator_layers", self.discriminator_layers, false),
        ];
        let unfit = |(key, list, is_generator): (&'static str, LayerList, bool)| {
            let task = Task::new(self, data, is_generator);
            let problem = task.problem(&list, &task.check(&list)).filter(|problem| problem.blocks)?;
            let fix = problem.fixes.first().map(|fix| format!(" {}: {}.", fix.label, fix.layers));
            Some((key, format!("do not fit. {}{}", problem.message, fix.unwrap_or_default())))
        };
        lists.into_iter().filter(|(_, list, _)| !list.is_empty()).find_map(unfit)
    }
}
