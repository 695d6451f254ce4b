//! What comes from outside while a run goes on: where sliders stand, and questions to the networks.

use super::Trainer;
use super::trainer::Prepared;
use crate::backend::cpu::CpuBackend;
use crate::data::Form;
use crate::error::{Error, Result};
use crate::game::{Drawn, First, INPUTS, Lexicon, NumberInput, Play, Probe};
use crate::graph::{Arena, NetworkId, Variables};

/// The values of these sliders in the buffers of [`INPUTS`].
///
/// # Errors
/// [`Error::Setting`] for a slider that there is not, and for a number outside its range.
fn place(play: &Play, variables: &Variables, buffers: &mut [f32], values: &[(&str, f32)]) -> Result<()> {
    let numbers = play.numbers();
    for &(key, value) in values {
        let Some(input) = numbers.iter().find(|input| input.slider.key == key) else {
            let known: Vec<String> = numbers
                .iter()
                .map(|NumberInput { slider, .. }| {
                    format!("{} from {} to {}", slider.key, slider.range[0], slider.range[1])
                })
                .collect();
            let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
            return Err(Error::Setting {
                key: "input".into(),
                message: format!("is “{key}”, and this run has {known}"),
            });
        };
        input.slider.check(value)?;
        buffers[variables.get(input.variable).offset] = value;
    }
    Ok(())
}

/// Where all sliders stand at first, but these.
fn defaults<'a>(play: &Play, values: &[(&'a str, f32)]) -> Vec<(&'a str, f32)> {
    let defaults = play.numbers().into_iter().map(|input| (input.slider.key, input.slider.default));
    defaults.chain(values.iter().copied()).collect()
}

impl Trainer {
    /// Moves a slider: galleries and probes show it from now on. It is no part of the saved run, and another stage or state
    /// leaves it where it is.
    ///
    /// # Errors
    /// [`Error::Setting`] for a slider that this run does not have, and for a number outside its range.
    pub async fn set_input(&mut self, key: &str, value: f32) -> Result<()> {
        self.set_inputs(&[(key, value)]).await.map(|_| ())
    }

    /// All sliders where they stand at first, but these; what the inputs were before, for [`Trainer::restore_inputs`].
    pub(super) async fn default_inputs(&mut self, values: &[(&str, f32)]) -> Result<Option<Vec<f32>>> {
        let all = defaults(&self.play, values);
        self.set_inputs(&all).await
    }

    async fn set_inputs(&mut self, values: &[(&str, f32)]) -> Result<Option<Vec<f32>>> {
        let Some(network) = self.network(INPUTS) else {
            place(&self.play, &self.backend.program().variables, &mut [], values)?;
            return Ok(None);
        };
        let before = self.read(network, Arena::Buffers).await?;
        let mut buffers = before.clone();
        place(&self.play, &self.backend.program().variables, &mut buffers, values)?;
        self.backend.write(network, Arena::Buffers, &buffers)?;
        Ok(Some(before))
    }

    /// Puts back what was there.
    pub(super) fn restore_inputs(&mut self, before: Option<Vec<f32>>) -> Result<()> {
        match (self.network(INPUTS), before) {
            (Some(network), Some(before)) => self.backend.write(network, Arena::Buffers, &before),
            _ => Ok(()),
        }
    }

    /// In a copy of the networks: all sliders where they stand at first, but these.
    pub(super) fn default_inputs_in(&self, copy: &mut CpuBackend, values: &[(&str, f32)]) -> Result<()> {
        let variables = copy.program().variables.clone();
        let Some(network) = variables.networks.iter().position(|network| network.name == INPUTS).map(NetworkId) else {
            return Ok(());
        };
        let mut buffers = copy.read(network, Arena::Buffers);
        place(&self.play, &variables, &mut buffers, &defaults(&self.play, values))?;
        copy.write(network, Arena::Buffers, &buffers)
    }

    /// What the networks make of these inputs: the probe's parts, one after another. Inputs are by their keys, images row by
    /// row in [-1, 1], joints as places from 0 to 1, captions as numbers of words; one that is not given is as it was asked last, at first blank.
    ///
    /// # Errors
    /// [`Error::Setting`] for a probe or an input that this run does not have, for one of another size, and for numbers
    /// outside their range.
    pub async fn ask(&mut self, probe: &str, inputs: &[(&str, &[f32])]) -> Result<Vec<f32>> {
        let known = |keys: Vec<&str>| if keys.is_empty() { "none".to_string() } else { keys.join(", ") };
        let refused = |key: &str, message: String| Err(Error::Setting { key: key.into(), message });
        let probes = &self.play().probes;
        let Some(Probe { inputs: wanted, numbers: sliders, plan, first, .. }) =
            probes.iter().find(|known| known.key == probe).cloned()
        else {
            let keys = probes.iter().map(|probe| probe.key).collect();
            return refused("probe", format!("is “{probe}”, and this run has {}", known(keys)));
        };
        if let Some(network) = self.network(INPUTS) {
            let mut buffers = self.read(network, Arena::Buffers).await?;
            for (key, values) in inputs {
                let slider = sliders.iter().find(|input| input.slider.key == *key);
                let input = wanted.iter().find(|input| input.key == *key);
                let (numbers, variable) = match (input, slider) {
                    (Some(input), _) => (input.form.numbers(), input.variable),
                    (None, Some(input)) => (1, input.variable),
                    (None, None) => {
                        let sliders = sliders.iter().map(|input| input.slider.key);
                        let keys = wanted.iter().map(|input| input.key).chain(sliders).collect();
                        return refused("input", format!("is “{key}”, and “{probe}” takes {}", known(keys)));
                    }
                };
                if values.len() != numbers {
                    return refused(key, format!("takes {numbers} numbers; {} were given", values.len()));
                }
                if let Some(Drawn::Words(Lexicon { words, .. })) = input.map(|input| input.drawn) {
                    let is_word = |value: &f32| value.fract() == 0.0 && (0.0..=words.len() as f32).contains(value);
                    if !values.iter().all(is_word) {
                        let message =
                            format!("takes numbers of words, whole ones from 1 to {}, and 0 for none", words.len());
                        return refused(key, message);
                    }
                }
                match (input.map(|input| input.form), slider) {
                    (Some(Form::Point { .. }), _) => {
                        if !values.iter().all(|value| (0.0..=1.0).contains(value)) {
                            return refused(key, "takes places, numbers from 0 to 1".into());
                        }
                    }
                    (Some(Form::Map { classes, .. }), _) => {
                        let is_class = |value: &f32| value.fract() == 0.0 && (0.0..classes as f32).contains(value);
                        if !values.iter().all(is_class) {
                            return refused(key, format!("takes classes, whole numbers from 0 to {}", classes - 1));
                        }
                    }
                    (None, Some(input)) => input.slider.check(values[0])?,
                    _ if values.iter().all(|value| (-1.0..=1.0).contains(value)) => {}
                    _ => return refused(key, "takes numbers from -1 to 1".into()),
                }
                let offset = self.backend.program().variables.get(variable).offset;
                buffers[offset..][..numbers].copy_from_slice(values);
            }
            self.backend.write(network, Arena::Buffers, &buffers)?;
            if let Some(First { plan, numbers }) = first {
                let variables = &self.backend.program().variables;
                let numbers = numbers.iter().map(|input| buffers[variables.get(input.variable).offset]).collect();
                let now = Prepared { plan, step: self.step(), clocks: self.backend.clocks(), numbers };
                if self.prepared.as_ref() != Some(&now) {
                    self.backend.run(&[plan])?;
                    self.prepared = Some(now);
                }
            }
        }
        self.backend.run(&[plan])?;
        self.backend.output(plan).await
    }
}
