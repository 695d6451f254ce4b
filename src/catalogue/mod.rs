//! The tables of what can be run: algorithms, applications, and the presets that a run starts from.
//!
//! - `pairs.rs`, `exhibits.rs`, `shared.rs`: presets of the algorithms that are pairs, mixed from recipes
//! - `records.rs`: what the presets reached when they were measured; `landmarks.rs`: what they came past on the way
//! - `trained.rs`: those whose weights come with the page

mod exhibits;
mod landmarks;
mod pairs;
mod records;
mod shared;
mod trained;

pub use landmarks::{LANDMARKS, Landmark, landmarks_of};

use crate::apps;
use crate::gan::{self, Algorithm, Preset, Record, Trained};
use std::sync::LazyLock;

/// Games that are no pair, each with its presets.
const GAMES: &[(&Algorithm, &[Preset])] = &[
    (&gan::COGAN, gan::cogan::PRESETS),
    (&gan::CYCLEGAN, gan::cyclegan::PRESETS),
    (&gan::PROGAN, gan::progan::PRESETS),
    (&gan::SAGAN, gan::sagan::PRESETS),
    (&gan::BIGGAN, gan::biggan::PRESETS),
    (&gan::STYLEGAN, gan::stylegan::PRESETS),
    (&apps::PIX2PIX, apps::pix2pix::PRESETS),
    (&apps::PIX2PIX_BACK, apps::pix2pix::PRESETS_BACK),
    (&apps::SPADE, apps::spade::PRESETS),
    (&apps::SRGAN, apps::srgan::PRESETS),
    (&apps::INPAINTING, apps::inpainting::PRESETS),
    (&apps::POSED, apps::posed::PRESETS),
    (&apps::STACKGAN, apps::text::PRESETS),
    (&apps::CHARACTERS, apps::characters::PRESETS),
    (&apps::FACES, apps::faces::PRESETS),
    (&apps::DTN, apps::emoji::PRESETS),
    (&apps::ICGAN, apps::editing::PRESETS),
    (&apps::AGEING_FACES, apps::ageing::PRESETS),
    (&apps::SOLID, apps::solid::PRESETS),
];

/// All algorithms, in the order of the story, then the applications.
pub static ALGORITHMS: LazyLock<Vec<&'static Algorithm>> = LazyLock::new(|| {
    let pairs = [&gan::GAN, &gan::DCGAN, &gan::CGAN, &gan::WGAN, &gan::WGAN_GP, &gan::R3GAN];
    pairs.into_iter().chain(GAMES.iter().map(|(algorithm, _)| *algorithm)).collect()
});

/// All presets; the first is where the page starts.
pub static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    let games = GAMES.iter().flat_map(|(_, presets)| *presets);
    pairs::PAIRS.iter().chain(games).chain(exhibits::EXHIBITS).copied().collect()
});

impl Preset {
    /// What it reached when it was last measured, if it was.
    pub fn record(&self) -> Option<&'static Record> {
        records::RECORDS.iter().find(|record| record.preset == self.key)
    }

    /// The run of it that one can start from, if there is one.
    pub fn trained(&self) -> Option<&'static Trained> {
        trained::TRAINED.iter().find(|trained| trained.preset == self.key)
    }

    /// The preset of that key.
    pub fn find(key: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.key == key)
    }
}
