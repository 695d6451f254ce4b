//! Questions to the networks of a run, with inputs from outside.

use super::Trainer;
use crate::error::{Error, Result};
use crate::game::{INPUTS, Probe};
use crate::graph::Arena;

impl Trainer {
    /// What the networks make of these inputs: the probe's parts, one after another. Inputs are by their keys, images row by
    /// row in [-1, 1]; one that is not given is as it was asked last, at first blank.
    ///
    /// # Errors
    /// [`Error::Setting`] for a probe or an input that this run does not have, for one of another size, and for numbers
    /// outside [-1, 1].
    pub async fn ask(&mut self, probe: &str, inputs: &[(&str, &[f32])]) -> Result<Vec<f32>> {
        let known = |keys: Vec<&str>| if keys.is_empty() { "none".to_string() } else { keys.join(", ") };
        let refused = |key: &str, message: String| Err(Error::Setting { key: key.into(), message });
        let probes = &self.play().probes;
        let Some(Probe { inputs: wanted, plan, .. }) = probes.iter().find(|known| known.key == probe).cloned() else {
            let keys = probes.iter().map(|probe| probe.key).collect();
            return refused("probe", format!("is “{probe}”, and this run has {}", known(keys)));
        };
        if let Some(network) = self.network(INPUTS) {
            let mut buffers = self.read(network, Arena::Buffers).await?;
            for (key, values) in inputs {
                let Some(input) = wanted.iter().find(|input| input.key == *key) else {
                    let keys = wanted.iter().map(|input| input.key).collect();
                    return refused("input", format!("is “{key}”, and “{probe}” takes {}", known(keys)));
                };
                let numbers = input.form.numbers();
                if values.len() != numbers {
                    return refused(key, format!("takes {numbers} numbers; {} were given", values.len()));
                }
                if !values.iter().all(|value| (-1.0..=1.0).contains(value)) {
                    return refused(key, "takes numbers from -1 to 1".into());
                }
                let offset = self.backend.program().variables.get(input.variable).offset;
                buffers[offset..][..numbers].copy_from_slice(values);
            }
            self.backend.write(network, Arena::Buffers, &buffers)?;
        }
        self.backend.run(&[plan])?;
        self.backend.output(plan).await
    }
}
