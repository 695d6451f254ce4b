//! Applications: one file each, on the algorithms of `gan/`.

pub(crate) mod pix2pix;
pub(crate) mod spade;

pub use pix2pix::PIX2PIX;
pub use spade::SPADE;
