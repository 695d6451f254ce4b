//! Applications: one file each, on the algorithms of `gan/`.

pub mod corner;
mod critic;
pub mod holes;
pub(crate) mod inpainting;
pub(crate) mod pix2pix;
pub(crate) mod posed;
pub(crate) mod solid;
pub(crate) mod spade;
pub(crate) mod srgan;

pub use inpainting::INPAINTING;
pub use pix2pix::PIX2PIX;
pub use posed::POSED;
pub use solid::SOLID;
pub use spade::SPADE;
pub use srgan::SRGAN;
