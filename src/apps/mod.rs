//! Applications: one file each, on the algorithms of `gan/`.

pub(crate) mod ageing;
pub(crate) mod characters;
pub mod corner;
mod critic;
pub(crate) mod editing;
pub(crate) mod emoji;
pub(crate) mod faces;
pub mod holes;
pub(crate) mod inpainting;
mod looking;
mod ordered;
pub(crate) mod pix2pix;
pub(crate) mod posed;
pub mod search;
pub(crate) mod solid;
pub(crate) mod spade;
pub(crate) mod srgan;
pub mod text;

pub use ageing::AGEING_FACES;
pub use characters::CHARACTERS;
pub use editing::ICGAN;
pub use emoji::DTN;
pub use faces::FACES;
pub use inpainting::INPAINTING;
pub use pix2pix::{PIX2PIX, PIX2PIX_BACK};
pub use posed::POSED;
pub use solid::SOLID;
pub use spade::SPADE;
pub use srgan::SRGAN;
pub use text::STACKGAN;
