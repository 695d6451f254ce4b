//! Applications: one file each, on the algorithms of `gan/`.

mod critic;
pub(crate) mod emoji;
pub mod holes;
pub(crate) mod inpainting;
pub(crate) mod pix2pix;
pub(crate) mod posed;
pub(crate) mod spade;
pub(crate) mod srgan;

pub use emoji::DTN;
pub use inpainting::INPAINTING;
pub use pix2pix::PIX2PIX;
pub use posed::POSED;
pub use spade::SPADE;
pub use srgan::SRGAN;
