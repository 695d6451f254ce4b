//! Applications: one file each, on the algorithms of `gan/`.

pub(crate) mod pix2pix;
pub(crate) mod posed;
pub(crate) mod spade;

pub use pix2pix::PIX2PIX;
pub use posed::POSED;
pub use spade::SPADE;
