//! `ganvas timelapse`: records the page of samples of a preset's default run at some steps, for the page to show before
//! its own run has come anywhere.
//!
//! All frames of a preset stand one below the other in one picture, which the browser decodes by itself; a script beside
//! the pictures says which steps they are of. The same presets and steps give the same files.

use crate::keep;
use crate::run::{self, Data, file_error};
use crate::terminal::{self, say};
use ganvas::catalogue::PRESETS;
use ganvas::data::{Form, sha256};
use ganvas::gan::Preset;
use ganvas::train::settings::{DEFAULT_SEED, SETTINGS};
use ganvas::train::{Only, Settings, Trainer, picture};
use ganvas::{Error, Result};
use indicatif::ProgressBar;
use jpeg_encoder::{ColorType, Encoder};
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The preset; can be given several times: those that are named here are all that the page has recordings of
    #[arg(long, required = true)]
    preset: Vec<String>,
    /// Folder for the pictures and the script that lists them
    #[arg(long)]
    out: PathBuf,
    /// Steps of the last frame
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(100..))]
    end: u32,
    /// Frames, the untrained generator's among them
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(3..=32))]
    frames: u32,
    /// The packed data, as `cargo xtask data` writes it
    #[arg(long, default_value = "target/data/mnist.ganvas")]
    data: PathBuf,
}

/// Of the frame after the untrained generator's: before it there is nothing to see.
const FIRST_STEP: u32 = 20;
/// What a preset's picture may take: it comes before the engine, and must not delay it.
const MOST_BYTES: usize = 60_000;
/// Least and greatest quality of the pictures, of 100: below, strokes fray; above, nobody sees a difference.
const QUALITIES: [u8; 2] = [10, 60];
const SCRIPT: &str = "index.js";

/// What the page is told of a preset's recording.
struct Recording {
    preset: &'static Preset,
    /// Columns and rows of samples, and width and height of one of them.
    page: [usize; 2],
    image: [usize; 2],
    steps: Vec<u32>,
    settings: String,
}

pub fn run(arguments: Arguments) -> Result<()> {
    fs::create_dir_all(&arguments.out).map_err(|error| file_error(&arguments.out, error))?;
    let mut data = Data::new(&arguments.data);
    let mut recordings = Vec::new();
    for key in &arguments.preset {
        let preset = crate::preset(key)?;
        recordings.push(pollster::block_on(record(preset, &arguments, &mut data))?);
    }
    let path = arguments.out.join(SCRIPT);
    keep::write(&path, script(&recordings).as_bytes())?;
    say!("wrote {}", path.display());
    Ok(())
}

async fn record(preset: &'static Preset, arguments: &Arguments, data: &mut Data) -> Result<Recording> {
    let settings = run::settings(preset.key, DEFAULT_SEED, &[])?;
    let (examples, _) = data.examples(&settings)?;
    // On the CPU, which gives the same numbers every time.
    let (mut trainer, _) = run::open(run::Choice::Cpu, settings.clone(), examples).await?;
    let steps = steps(arguments.end, arguments.frames);
    let bar =
        terminal::bar("{prefix} {bar:24} {pos}/{len} steps, {eta} left", arguments.end.into()).with_prefix(preset.key);
    let (mut strip, mut size) = (Vec::new(), [0, 0]);
    for &step in &steps {
        advance(&mut trainer, step, &bar).await?;
        let frame = frame(&mut trainer).await?;
        size = [frame.width, frame.height];
        strip.extend(frame.bytes);
    }
    bar.finish_and_clear();
    let (quality, bytes) = smaller_than(MOST_BYTES, &strip, [size[0], size[1] * steps.len()])?;
    let path = arguments.out.join(format!("{}.jpg", preset.key));
    keep::write(&path, &bytes)?;
    say!("wrote {}: steps {steps:?}, quality {quality}, {} bytes", path.display(), bytes.len());
    let page = trainer.page();
    let image = [size[0] / page[0], size[1] / page[1]];
    Ok(Recording { preset, page, image, steps, settings: fingerprint(&settings) })
}

/// 0, then each so many times the one before, up to `end`.
fn steps(end: u32, frames: u32) -> Vec<u32> {
    let ratio = f64::from(end) / f64::from(FIRST_STEP);
    let later = (0..frames - 1).map(|frame| {
        let power = f64::from(frame) / f64::from(frames - 2);
        (f64::from(FIRST_STEP) * ratio.powf(power)).round() as u32
    });
    [0].into_iter().chain(later).collect()
}

async fn advance(trainer: &mut Trainer, step: u32, bar: &ProgressBar) -> Result<()> {
    while trainer.step() < step {
        trainer.run((step - trainer.step()).min(8) as usize, Only::Both).await?;
        trainer.take_measurements().await?;
        bar.set_position(trainer.step().into());
    }
    Ok(())
}

/// What the stage shows at this step, but for the gaps between the images: they would cost a sixth of the bytes.
async fn frame(trainer: &mut Trainer) -> Result<picture::Picture> {
    let [columns, rows] = trainer.page();
    let samples = trainer.samples(columns * rows, None, None).await?;
    let Form::Image { channels: 1, height, width } = trainer.data().form else {
        let message = "only grey images are recorded: worlds of points are learned within seconds".into();
        return Err(Error::Setting { key: "preset".into(), message });
    };
    Ok(picture::grid(&samples, columns, [1, height, width], 0))
}

/// The picture at the greatest quality at which it has at most `most` bytes, with that quality.
fn smaller_than(most: usize, grey: &[u8], size: [usize; 2]) -> Result<(u8, Vec<u8>)> {
    let [least, greatest] = QUALITIES;
    for quality in (least..=greatest).rev() {
        let bytes = jpeg(grey, size, quality)?;
        if bytes.len() <= most {
            return Ok((quality, bytes));
        }
    }
    Err(unwritten(&format!("it has over {most} bytes even at quality {least}: record fewer frames")))
}

fn jpeg(grey: &[u8], [width, height]: [usize; 2], quality: u8) -> Result<Vec<u8>> {
    let side =
        |pixels: usize| u16::try_from(pixels).map_err(|_| unwritten("it has too many pixels: record fewer frames"));
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_optimized_huffman_tables(true);
    let encoded = encoder.encode(grey, side(width)?, side(height)?, ColorType::Luma);
    encoded.map_err(|error| unwritten(&error.to_string()))?;
    Ok(bytes)
}

fn unwritten(message: &str) -> Error {
    Error::File { path: "the picture of the frames".into(), message: message.into() }
}

/// Changes with every setting that shapes the run.
fn fingerprint(settings: &Settings) -> String {
    let algorithm = settings.preset.algorithm;
    let shaping = SETTINGS.iter().filter(|setting| setting.group != "run" && setting.applies(algorithm));
    let text: String = shaping.map(|setting| format!("{}={}\n", setting.key, settings.text(setting.key))).collect();
    sha256(text.as_bytes())
}

/// What the page imports, as the formatter of its scripts has it.
fn script(recordings: &[Recording]) -> String {
    let mut text = format!(
        "/** Recorded runs, written by `ganvas timelapse`; not by hand. */\n\n\
         /** The preset of a link that names none. */\nexport const FIRST = '{}';\n\n\
         /** The seed of all of them, and of a link that names none. */\nexport const SEED = {DEFAULT_SEED};\n\n\
         /**\n * By preset. page: columns and rows of samples, side by side without gaps; image: width and height of one;\n \
         * steps: of the frames, which stand one below the other; settings: SHA-256 of the preset's settings\n \
         * @type {{Record<string, {{ page: [number, number], image: [number, number], steps: number[], settings: string }}>}}\n */\n\
         export const RECORDED = {{\n",
        PRESETS[0].key
    );
    for Recording { preset, page, image, steps, settings } in recordings {
        text += &format!(
            "  '{}': {{\n    page: {page:?},\n    image: {image:?},\n    steps: {steps:?},\n    settings: '{settings}',\n  }},\n",
            preset.key
        );
    }
    text + "};\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn steps_grow_by_the_same_factor_and_end_where_they_should() {
        assert_eq!(steps(640, 7), [0, 20, 40, 80, 160, 320, 640]);
        let all = steps(600, 12);
        assert!(all.len() == 12 && all[11] == 600 && all.is_sorted_by(|a, b| a < b), "{all:?}");
    }

    #[test]
    fn a_picture_fits_or_is_refused() {
        // Noise: the worst there is for the format.
        let noise: Vec<u8> = (0..128 * 128u32).map(|i| ganvas::rng::bits(0, 0, 0, i) as u8).collect();
        let most = jpeg(&noise, [128, 128], QUALITIES[0] + 20).unwrap().len();
        let (quality, bytes) = smaller_than(most, &noise, [128, 128]).unwrap();
        assert!(bytes.len() <= most && bytes.starts_with(&[0xff, 0xd8]));
        assert!(quality < QUALITIES[1] && jpeg(&noise, [128, 128], quality + 1).unwrap().len() > most);
        assert!(smaller_than(100, &noise, [128, 128]).is_err());
    }

    /// The page must not show a recording of a run that is no longer the preset's.
    #[test]
    fn what_is_recorded_is_what_the_presets_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/recorded");
        let text = fs::read_to_string(folder.join(SCRIPT)).unwrap();
        assert!(text.contains(&format!("FIRST = '{}'", PRESETS[0].key)), "the first preset is another one now");
        assert!(text.contains(&format!("SEED = {DEFAULT_SEED};")), "the default seed is another one now");
        let mut recorded = 0;
        for preset in PRESETS.iter().filter(|preset| text.contains(&format!("'{}': {{", preset.key))) {
            recorded += 1;
            let settings = fingerprint(&Settings::new(preset));
            assert!(text.contains(&settings), "{} has changed: record it again with `ganvas timelapse`", preset.key);
            let size = fs::metadata(folder.join(format!("{}.jpg", preset.key))).unwrap().len();
            assert!(size <= MOST_BYTES as u64, "{} takes {size} bytes", preset.key);
        }
        assert_eq!(recorded, text.matches("settings: '").count(), "a recording is of no preset");
    }
}
