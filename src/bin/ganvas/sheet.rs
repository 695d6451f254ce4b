//! `ganvas sheet`: two hundred outputs of a run, not picked, with what went in and what should have come out: for documents, and
//! for whoever judges by eye.

use crate::run::{Data, Shown};
use crate::terminal::say;
use ganvas::train::Trainer;
use ganvas::train::picture::{self, Picture, Style};
use ganvas::{Error, Result};
use jpeg_encoder::{ColorType, Encoder};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The preset, for instance spade-scenes
    preset: String,
    /// A saved run or weights [default: the preset's trained start]
    #[arg(long)]
    state: Option<PathBuf>,
    /// The gallery [default: the first]
    #[arg(long)]
    gallery: Option<String>,
    /// Examples on the sheet
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    count: u32,
    /// The same seed gives the same examples
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// The JPEG to write
    #[arg(long)]
    out: PathBuf,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
}

/// Examples side by side.
const COLUMNS: usize = 25;
const STYLE: Style = Style { gap: 2, side: 480, radius: 2.0 };
/// Of 100: strokes do not fray yet.
const QUALITY: u8 = 85;

pub fn run(arguments: Arguments) -> Result<()> {
    pollster::block_on(draw(&arguments))
}

async fn draw(arguments: &Arguments) -> Result<()> {
    let shown = Shown::read(&arguments.preset, arguments.seed, arguments.state.as_deref())?;
    let (examples, _) = Data::new(&arguments.data).examples(&shown.settings)?;
    let mut trainer = shown.open(examples).await?;
    let picture = sheet(&mut trainer, arguments.gallery.as_deref(), arguments.count as usize).await?;
    let refused = |message: String| Error::File { path: arguments.out.display().to_string(), message };
    let side = |pixels: usize| u16::try_from(pixels).map_err(|_| refused("has too many pixels: take fewer".into()));
    let colour = if picture.channels == 3 { ColorType::Rgb } else { ColorType::Luma };
    let encoder = Encoder::new_file(&arguments.out, QUALITY).map_err(|error| refused(error.to_string()))?;
    let encoded = encoder.encode(&picture.bytes, side(picture.width)?, side(picture.height)?, colour);
    encoded.map_err(|error| refused(error.to_string()))?;
    say!("wrote {}, step {}", arguments.out.display(), trainer.step());
    Ok(())
}

/// The first examples of a gallery: under each others of its parts that are drawn, rows of `COLUMNS` examples.
async fn sheet(trainer: &mut Trainer, key: Option<&str>, count: usize) -> Result<Picture> {
    let all = &trainer.play().galleries;
    let found = match key {
        None => all.first(),
        Some(key) => all.iter().find(|gallery| gallery.key == key),
    };
    let gallery = found.cloned().ok_or_else(|| {
        let known = all.iter().map(|gallery| gallery.key).collect::<Vec<_>>().join(", ");
        Error::Setting { key: "gallery".into(), message: format!("is none of this run's: it has {known}") }
    })?;
    let (page, form) = (gallery.layout.count(), gallery.form());
    let numbers = form.numbers();
    let mut parts: Vec<Vec<f32>> = vec![Vec::new(); gallery.drawn().count()];
    for at in 0..count.div_ceil(page) {
        let output = trainer.put_out(gallery.key, None, at as u32).await?;
        for (part, put_out) in parts.iter_mut().zip(output.chunks_exact(page * numbers)) {
            part.extend(put_out);
        }
    }
    let mut images = Vec::with_capacity(parts.len() * count * numbers);
    for from in (0..count).step_by(COLUMNS) {
        for part in &parts {
            let until = (from + COLUMNS).min(count);
            images.extend_from_slice(&part[from * numbers..until * numbers]);
            // The last row is filled up, so that parts stand below each other.
            images.resize(images.len() + (from + COLUMNS - until) * numbers, -1.0);
        }
    }
    Ok(picture::of(form, &images, COLUMNS, &STYLE))
}
