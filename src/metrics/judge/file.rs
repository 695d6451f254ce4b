//! The judge as a safetensors file: weights under PyTorch's keys, the moments of the training images, and where it comes
//! from in the metadata.

use super::super::frechet::Moments;
use super::network::{self, FEATURES};
use super::{About, Classifier, Judge};
use crate::backend::Arena;
use crate::error::{Error, Result};
use crate::graph::Role;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;

/// Marks our files, and says when their layout changes.
const FORMAT: &str = "ganvas-judge-1";
/// Keys of the moments: all training images, and those without class 0.
const REFERENCE: &str = "reference";
const ONE_CLASS_MISSING: &str = "missing0";

const ARENAS: [(Role, Arena); 2] = [(Role::Parameter, Arena::Parameters), (Role::Buffer, Arena::Buffers)];

impl Judge {
    /// The judge of a file.
    ///
    /// # Errors
    /// [`Error::Data`] with the field that is wrong: no such file, another version, a tensor that is missing, of another
    /// shape or not finite.
    pub fn load(bytes: &[u8]) -> Result<Judge> {
        let unreadable = |error| broken("file", format!("is not a safetensors file ({error})"));
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let about = read_about(header.metadata().as_ref())?;
        let mut classifier = Classifier::new()?;
        let id = classifier.network(network::NAME);
        for (role, arena) in ARENAS {
            let program = classifier.backend.program();
            let mut values = vec![0.0; arena.elements(program, id)];
            for (_, variable) in program.variables.iter().filter(|(_, v)| v.network == id && v.role == role) {
                let data = tensor(&file, &variable.name, Dtype::F32, &variable.shape)?;
                let own: Vec<f32> = data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
                let least = if variable.name.ends_with(".running_var") { 0.0 } else { f32::MIN };
                check(&variable.name, own.iter().all(|value| value.is_finite() && *value >= least))?;
                values[variable.offset..][..own.len()].copy_from_slice(&own);
            }
            classifier.backend.write(id, arena, &values)?;
        }
        let (reference, one_class_missing) = (read_moments(&file, REFERENCE)?, read_moments(&file, ONE_CLASS_MISSING)?);
        Ok(Judge { classifier, reference, one_class_missing, about })
    }

    /// The judge as a file, which [`Judge::load`] reads.
    pub fn save(&self) -> Result<Vec<u8>> {
        let id = self.classifier.network(network::NAME);
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        for (role, arena) in ARENAS {
            let values = self.classifier.backend.read(id, arena);
            let variables = &self.classifier.backend.program().variables;
            for (_, variable) in variables.iter().filter(|(_, v)| v.network == id && v.role == role) {
                let own = &values[variable.offset..][..variable.shape.elements()];
                let data = own.iter().flat_map(|value| value.to_le_bytes()).collect();
                tensors.push((variable.name.clone(), Dtype::F32, variable.shape.to_vec(), data));
            }
        }
        for (name, moments) in [(REFERENCE, &self.reference), (ONE_CLASS_MISSING, &self.one_class_missing)] {
            for (key, values, shape) in parts(name, moments, &[moments.count as f64]) {
                let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                tensors.push((key, Dtype::F64, shape, data));
            }
        }
        let failed = |error: safetensors::SafeTensorError| broken("file", format!("cannot be written ({error})"));
        let mut views = Vec::new();
        for (key, dtype, shape, data) in &tensors {
            views.push((key, TensorView::new(*dtype, shape.clone(), data).map_err(failed)?));
        }
        safetensors::serialize(views, Some(metadata(&self.about))).map_err(failed)
    }
}

/// The tensors of moments: key, values, shape.
fn parts<'a>(name: &str, moments: &'a Moments, count: &'a [f64]) -> [(String, &'a [f64], Vec<usize>); 3] {
    [
        (format!("{name}.count"), count, vec![1]),
        (format!("{name}.mean"), &moments.mean, vec![FEATURES]),
        (format!("{name}.covariance"), &moments.covariance, vec![FEATURES, FEATURES]),
    ]
}

fn read_moments(file: &SafeTensors, name: &str) -> Result<Moments> {
    let read = |key: String, shape: &[usize]| {
        let data = tensor(file, &key, Dtype::F64, shape)?;
        let values: Vec<f64> = data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        check(&key, values.iter().all(|value| value.is_finite()))?;
        Ok(values)
    };
    let mean = read(format!("{name}.mean"), &[FEATURES])?;
    let key = format!("{name}.covariance");
    let covariance: Vec<f64> = read(key.clone(), &[FEATURES, FEATURES])?;
    check(&key, (0..FEATURES).all(|i| covariance[i * FEATURES + i] >= 0.0))?;
    let key = format!("{name}.count");
    let count = read(key.clone(), &[1])?[0];
    check(&key, count > FEATURES as f64)?;
    Ok(Moments { count: count as usize, mean, covariance })
}

/// The bytes of a tensor that must be there, with this type and shape.
fn tensor<'a>(file: &SafeTensors<'a>, key: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8]> {
    let tensor = file.tensor(key).map_err(|_| broken("tensor", format!("`{key}` is missing")))?;
    if tensor.dtype() != dtype || tensor.shape() != shape {
        let found = (tensor.shape(), tensor.dtype());
        let message =
            format!("`{key}` has shape {:?} of {:?} where {shape:?} of {dtype:?} is expected", found.0, found.1);
        return Err(broken("tensor", message));
    }
    Ok(tensor.data())
}

fn check(key: &str, sound: bool) -> Result<()> {
    if sound {
        Ok(())
    } else {
        Err(broken("tensor", format!("`{key}` has a number that cannot be: NaN, infinite, or a variance below 0")))
    }
}

fn metadata(about: &About) -> HashMap<String, String> {
    [
        ("format", FORMAT.to_string()),
        ("recipe", about.recipe.clone()),
        ("seed", about.seed.to_string()),
        ("epochs", about.epochs.to_string()),
        ("test_accuracy", about.test_accuracy.to_string()),
        ("data", about.data.clone()),
        ("data_sha256", about.data_sha256.clone()),
    ]
    .map(|(key, value)| (key.to_string(), value))
    .into()
}

fn read_about(metadata: Option<&HashMap<String, String>>) -> Result<About> {
    let text = |key: &str| {
        let found = metadata.and_then(|metadata| metadata.get(key));
        found.cloned().ok_or_else(|| broken("metadata", format!("`{key}` is missing")))
    };
    let format = text("format")?;
    if format != FORMAT {
        return Err(broken("metadata", format!("the format is “{format}” where “{FORMAT}” is expected")));
    }
    let number = |key: &str| -> Result<f64> {
        let text = text(key)?;
        let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
        value.ok_or_else(|| broken("metadata", format!("`{key}` is “{text}”, which is no number")))
    };
    Ok(About {
        recipe: text("recipe")?,
        seed: number("seed")? as u32,
        epochs: number("epochs")? as u32,
        test_accuracy: number("test_accuracy")?,
        data: text("data")?,
        data_sha256: text("data_sha256")?,
    })
}

fn broken(field: &'static str, message: String) -> Error {
    Error::Data { file: "the judge".into(), field, message }
}
