//! How good generated images are: a classifier that no GAN ever sees judges them.

pub mod judge;
