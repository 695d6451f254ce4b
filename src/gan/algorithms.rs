//! The algorithms that are pairs, with what is said about them wherever they are listed.

use super::preset::Algorithm;

pub const GAN: Algorithm = Algorithm {
    key: "gan",
    name: "GAN",
    year: 2014,
    paper: "Goodfellow et al.: Generative adversarial nets",
    summary: "Two networks play against each other: one forges examples, one detects forgeries.",
    adds: "The game itself: no likelihood and no Markov chain, only back-propagation.",
    watch: "Digits stay grainy: no layer knows that neighbouring pixels belong together.",
    entry: None,
};

pub const DCGAN: Algorithm = Algorithm {
    key: "dcgan",
    name: "DCGAN",
    year: 2016,
    paper: "Radford, Metz, Chintala: Unsupervised representation learning with deep convolutional generative adversarial networks",
    summary: "Convolutional networks with batch norm make the game train stably on images.",
    adds: "An architecture: strided and transposed convolutions, batch norm in both networks.",
    watch: "Strokes come first, then closed loops, then whole digits.",
    entry: None,
};

pub const CGAN: Algorithm = Algorithm {
    key: "cgan",
    name: "CGAN",
    year: 2014,
    paper: "Mirza, Osindero: Conditional generative adversarial nets",
    summary: "Both networks are told the class, so that a digit can be ordered.",
    adds: "The label, in both networks.",
    watch: "Each column is a class: the columns part before the digits are clean.",
    entry: None,
};

pub const WGAN: Algorithm = Algorithm {
    key: "wgan",
    name: "WGAN",
    year: 2017,
    paper: "Arjovsky, Chintala, Bottou: Wasserstein generative adversarial networks",
    summary: "A critic in place of a judge: it says how far apart fakes and real examples are.",
    adds: "The Wasserstein loss, and a clip of the critic\u{2019}s weights.",
    watch: "The difference of the scores falls as samples get better; the critic\u{2019}s weights pile up at the clip.",
    entry: None,
};

pub const WGAN_GP: Algorithm = Algorithm {
    key: "wgan-gp",
    name: "WGAN-GP",
    year: 2017,
    paper: "Gulrajani et al.: Improved training of Wasserstein GANs",
    summary: "A critic whose gradient is asked to have length 1 between real examples and fakes.",
    adds: "The gradient penalty in place of the clip.",
    watch: "The length of the critic\u{2019}s gradient stays near 1.",
    entry: None,
};

pub const R3GAN: Algorithm = Algorithm {
    key: "r3gan",
    name: "R3GAN",
    year: 2024,
    paper: "Huang et al.: The GAN is dead; long live the GAN! A modern baseline GAN",
    summary: "The discriminator sees a real example and a fake side by side, and says which is which.",
    adds: "Pairing in the loss, and a penalty on the slope at real examples and at fakes; norms become superfluous.",
    watch: "The scores of real examples and of fakes come together and stay together, and no mode is dropped for long.",
    entry: None,
};
