//! The judge as a safetensors file: weights under PyTorch's keys, the moments of the training images, and where it comes
//! from in the metadata.

use super::super::frechet::Moments;
use super::network::{self, FEATURES};
use super::{About, Classifier, Judge};
use crate::backend::Arena;
use crate::decimal::Decimal;
use crate::error::{Error, Result};
use crate::graph::Role;
use crate::tensor_file::{self, Numbers, TensorFile};

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
        let file =
            TensorFile::read(bytes).map_err(|error| broken("file", format!("is not a safetensors file ({error})")))?;
        let about = read_about(&file)?;
        let mut classifier = Classifier::new()?;
        let id = classifier.network(network::NAME);
        for (role, arena) in ARENAS {
            let program = classifier.backend.program();
            let mut values = vec![0.0; arena.elements(program, id)];
            for (_, variable) in program.variables.iter().filter(|(_, v)| v.network == id && v.role == role) {
                let data = tensor(&file, &variable.name, "F32", &variable.shape)?;
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
        let values = ARENAS.map(|(_, arena)| self.classifier.backend.read(id, arena));
        let counts = [&self.reference, &self.one_class_missing].map(|moments| [moments.count as f64]);
        let mut tensors: Vec<(String, Vec<usize>, Numbers)> = Vec::new();
        for ((role, _), values) in ARENAS.iter().zip(&values) {
            let variables = &self.classifier.backend.program().variables;
            for (_, variable) in variables.iter().filter(|(_, v)| v.network == id && v.role == *role) {
                let own = &values[variable.offset..][..variable.shape.elements()];
                tensors.push((variable.name.clone(), variable.shape.to_vec(), Numbers::F32(own)));
            }
        }
        let moments = [(REFERENCE, &self.reference), (ONE_CLASS_MISSING, &self.one_class_missing)];
        for ((name, moments), count) in moments.into_iter().zip(&counts) {
            tensors.extend([
                (format!("{name}.count"), vec![1], Numbers::F64(count)),
                (format!("{name}.mean"), vec![FEATURES], Numbers::F64(&moments.mean)),
                (format!("{name}.covariance"), vec![FEATURES, FEATURES], Numbers::F64(&moments.covariance)),
            ]);
        }
        Ok(tensor_file::write(&metadata(&self.about), &tensors))
    }
}

fn read_moments(file: &TensorFile, name: &str) -> Result<Moments> {
    let read = |key: String, shape: &[usize]| {
        let data = tensor(file, &key, "F64", shape)?;
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
pub(in crate::metrics) fn tensor<'a>(
    file: &TensorFile<'a>,
    key: &str,
    dtype: &str,
    shape: &[usize],
) -> Result<&'a [u8]> {
    let tensor = file.tensor(key).ok_or_else(|| broken("tensor", format!("`{key}` is missing")))?;
    if tensor.dtype != dtype || tensor.shape != shape {
        let message =
            format!("`{key}` has shape {:?} of {} where {shape:?} of {dtype} is expected", tensor.shape, tensor.dtype);
        return Err(broken("tensor", message));
    }
    Ok(tensor.data)
}

pub(in crate::metrics) fn check(key: &str, sound: bool) -> Result<()> {
    if sound {
        Ok(())
    } else {
        Err(broken("tensor", format!("`{key}` has a number that cannot be: NaN, infinite, or a variance below 0")))
    }
}

fn metadata(about: &About) -> [(&'static str, String); 7] {
    [
        ("format", FORMAT.to_string()),
        ("recipe", about.recipe.clone()),
        ("seed", about.seed.to_string()),
        ("epochs", about.epochs.to_string()),
        ("test_accuracy", about.test_accuracy.to_string()),
        ("data", about.data.clone()),
        ("data_sha256", about.data_sha256.clone()),
    ]
}

fn read_about(file: &TensorFile) -> Result<About> {
    let text = |key: &str| {
        let found = file.word(key).map(str::to_string);
        found.ok_or_else(|| broken("metadata", format!("`{key}` is missing")))
    };
    let format = text("format")?;
    if format != FORMAT {
        return Err(broken("metadata", format!("the format is “{format}” where “{FORMAT}” is expected")));
    }
    let number = |key: &str| -> Result<f64> {
        let text = text(key)?;
        let value = f64::read(&text).filter(|value| value.is_finite() && *value >= 0.0);
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

/// What is wrong with a judge's file.
pub(in crate::metrics) fn broken(field: &'static str, message: String) -> Error {
    Error::Data { file: "the judge".into(), field, message }
}
