//! Applications: one file each, on the algorithms of `gan/`.

pub(crate) mod pix2pix;

pub use pix2pix::PIX2PIX;
