//! Judges of sets as safetensors files: weights of half precision, and in the metadata what they are.

use super::super::judge::file::{broken, check, tensor};
use super::network::{self, Anatomy, Head};
use super::{ARENAS, About, SetJudge, network_of};
use crate::data::{Column, Form};
use crate::decimal::Decimal;
use crate::error::Result;
use crate::tensor_file::{self, Numbers, TensorFile, of_half};

/// Marks our files, and says when their layout changes.
const FORMAT: &str = "ganvas-set-judge-1";
/// A layer of more channels, a head of more classes or a longer side is not believed.
const MOST: usize = 512;
/// Sides are halved twice and then brought to four places.
const SIDES: usize = 16;

impl SetJudge {
    /// The judge of the set `key` from the bytes of its file.
    ///
    /// # Errors
    /// [`crate::Error::Data`] with the field that is wrong: no such file, another version, a judge of another set, a tensor
    /// that is missing, of another shape or not finite.
    pub fn load(bytes: &[u8], key: &str) -> Result<SetJudge> {
        let file =
            TensorFile::read(bytes).map_err(|error| broken("file", format!("is not a safetensors file ({error})")))?;
        let about = read_about(&file)?;
        if about.anatomy.set != key {
            let message = format!("it judges the set “{}” where one of “{key}” is needed", about.anatomy.set);
            return Err(broken("metadata", message));
        }
        let mut judge = SetJudge::new(about)?;
        let id = network_of(judge.backend.program(), network::NAME);
        for (role, arena) in ARENAS {
            let program = judge.backend.program();
            let mut values = vec![0.0; arena.elements(program, id)];
            for (_, variable) in program.variables.iter().filter(|(_, v)| v.network == id && v.role == role) {
                let data = tensor(&file, &variable.name, "F16", &variable.shape)?;
                let own: Vec<f32> =
                    data.as_chunks().0.iter().map(|&bytes| of_half(u16::from_le_bytes(bytes))).collect();
                let least = if variable.name.ends_with(".running_var") { 0.0 } else { f32::MIN };
                check(&variable.name, own.iter().all(|value| value.is_finite() && *value >= least))?;
                values[variable.offset..][..own.len()].copy_from_slice(&own);
            }
            judge.write(arena, values)?;
        }
        Ok(judge)
    }

    /// The judge as a file, which [`SetJudge::load`] reads.
    pub fn save(&self) -> Vec<u8> {
        let program = self.backend.program();
        let id = network_of(program, network::NAME);
        let values = ARENAS.map(|(_, arena)| self.backend.read(id, arena));
        let mut tensors: Vec<(String, Vec<usize>, Numbers)> = Vec::new();
        for ((role, _), values) in ARENAS.iter().zip(&values) {
            for (_, variable) in program.variables.iter().filter(|(_, v)| v.network == id && v.role == *role) {
                let own = &values[variable.offset..][..variable.shape.elements()];
                tensors.push((variable.name.clone(), variable.shape.to_vec(), Numbers::F16(own)));
            }
        }
        tensor_file::write(&metadata(&self.about), &tensors)
    }
}

fn metadata(about: &About) -> Vec<(&'static str, String)> {
    let Anatomy { set, picture, channels, side, widths, heads } = &about.anatomy;
    let [fine, middle, coarse] = widths;
    let heads: Vec<String> = heads.iter().map(|head| format!("{} {}", head.key, column_words(&head.column))).collect();
    let figures: Vec<String> = about.figures.iter().map(f64::to_string).collect();
    vec![
        ("format", FORMAT.into()),
        ("set", set.clone()),
        ("picture", format!("{picture} {channels} {side}")),
        ("widths", format!("{fine} {middle} {coarse}")),
        ("heads", heads.join("; ")),
        ("held_out", figures.join("; ")),
        ("recipe", about.recipe.clone()),
        ("seed", about.seed.to_string()),
        ("rows", about.rows.to_string()),
        ("steps", about.steps.to_string()),
    ]
}

/// What a column is, in a word and its sizes.
fn column_words(column: &Column) -> String {
    match column {
        Column::Example(Form::Map { classes, .. }) => format!("map {classes}"),
        Column::Class { classes } => format!("class {classes}"),
        Column::Example(_) | Column::Numbers { .. } | Column::Words { .. } => format!("numbers {}", column.width()),
    }
}

fn read_about(file: &TensorFile) -> Result<About> {
    let text = |key: &str| file.word(key).ok_or_else(|| broken("metadata", format!("`{key}` is missing")));
    let format = text("format")?;
    if format != FORMAT {
        return Err(broken("metadata", format!("the format is “{format}” where “{FORMAT}” is expected")));
    }
    let wrong = |key: &str, text: &str| broken("metadata", format!("`{key}` is “{text}”, which cannot be understood"));
    let number = |key: &str| -> Result<u32> {
        let text = text(key)?;
        u32::read(text).ok_or_else(|| wrong(key, text))
    };
    let size = |word: &str| u32::read(word).map(|size| size as usize).filter(|size| (1..=MOST).contains(size));
    let picture = text("picture")?;
    let words: Vec<&str> = picture.split(' ').collect();
    let (name, channels, side) = match words[..] {
        [name, channels, side] => (name, size(channels), size(side).filter(|side| side.is_multiple_of(SIDES))),
        _ => ("", None, None),
    };
    let (channels, side) = channels.zip(side).ok_or_else(|| wrong("picture", picture))?;
    let all = text("widths")?;
    let widths: Vec<usize> = all.split(' ').filter_map(size).collect();
    let widths = <[usize; 3]>::try_from(widths).map_err(|_| wrong("widths", all))?;
    let all = text("heads")?;
    let mut heads = Vec::new();
    for head in all.split("; ") {
        let words: Vec<&str> = head.split(' ').collect();
        let known = match words[..] {
            [key, kind, count] => size(count).and_then(|count| Some((key, column(kind, count, side)?))),
            _ => None,
        };
        let (key, column) = known.ok_or_else(|| wrong("heads", head))?;
        heads.push(Head { key: key.into(), column });
    }
    let all = text("held_out")?;
    let figures: Vec<f64> =
        all.split("; ").filter_map(f64::read).filter(|figure| (0.0..=1.0).contains(figure)).collect();
    if figures.len() != heads.len() {
        return Err(wrong("held_out", all));
    }
    let anatomy = Anatomy { set: text("set")?.into(), picture: name.into(), channels, side, widths, heads };
    let (recipe, seed, rows) = (text("recipe")?.into(), number("seed")?, number("rows")?);
    Ok(About { anatomy, recipe, seed, rows, steps: number("steps")?, figures })
}

/// A column from what [`column_words`] says of it.
fn column(kind: &str, count: usize, side: usize) -> Option<Column> {
    match kind {
        "map" => Some(Column::Example(Form::Map { classes: count, height: side, width: side })),
        "class" => Some(Column::Class { classes: count }),
        "numbers" => Some(Column::Numbers { count }),
        _ => None,
    }
}
