//! Work that engines are compared by, as programs: products, convolutions, and the training steps of four GANs, all in
//! f32 and, but for the smallest, at batch 64. Who runs a program does the timing (`bin/ganvas/bench.rs`); `benches/pytorch_bench.py` does the
//! same work in PyTorch.

mod growth;
mod numbers;
mod products;

use crate::catalogue::PRESETS;
use crate::data::{DataShape, Form};
use crate::error::Result;
use crate::gan::{self, GENERATOR, Labels, Preset, Recipe, plans};
use crate::graph::{NetworkId, Program};
use crate::rng;

pub use growth::{Size, growth};
pub use numbers::{Named, loss, results};

/// Images in a batch of all but W0.
pub const BATCH: usize = 64;
/// The preset whose step W0 is.
const SMALL: &str = "quick-mnist";
/// Latent dimensions of the convolutional GANs.
const LATENT: usize = 100;
/// Images in the table that the GANs' batches are gathered from.
const EXAMPLES: usize = 4_096;

/// One piece of work.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Name on the command line.
    pub key: &'static str,
    pub what: &'static str,
    /// Whether it is too long for a CPU to be measured many times.
    pub is_heavy: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Product(products::Product),
    Gan(Gan),
}

#[derive(Clone, Copy, Debug)]
enum Gan {
    /// So small that what each dispatch costs beside its arithmetic decides.
    Small,
    Convolutional,
    Mlp,
    Critic,
}

/// A task's program, and what it takes to run it.
pub struct Work {
    pub program: Program,
    /// The plans of one step.
    pub step: Vec<usize>,
    /// Bytes of the program's tables.
    pub tables: Vec<Vec<u8>>,
    /// Of each network.
    pub learning_rates: Vec<(NetworkId, f32)>,
    /// Whether the first column of each plan's ring is a loss.
    pub has_losses: bool,
}

use products::{ConvFace, Product};

const fn product(key: &'static str, what: &'static str, product: Product) -> Task {
    Task { key, what, is_heavy: false, kind: Kind::Product(product) }
}

const fn square(key: &'static str, what: &'static str, n: usize) -> Task {
    let kind = Kind::Product(Product::MatMul { m: n, n, k: n, transpose_a: false, transpose_b: false });
    Task { key, what, is_heavy: n > 1024, kind }
}

const fn conv(x: [usize; 3], out_channels: usize, face: ConvFace) -> Product {
    Product::Conv { batch: BATCH, x, out_channels, face }
}

const IMAGE: [usize; 3] = [1, 28, 28];
const INSIDE: [usize; 3] = [64, 14, 14];

/// The work that is compared between engines.
pub const TASKS: &[Task] = &[
    square("W1-256", "matmul 256", 256),
    square("W1-512", "matmul 512", 512),
    square("W1-1024", "matmul 1024", 1024),
    square("W1-2048", "matmul 2048", 2048),
    product("W2-conv1", "conv 28x28x1 to 14x14x64", conv(IMAGE, 64, ConvFace::Forward)),
    product("W2-conv1-grad", "the same with both gradients", conv(IMAGE, 64, ConvFace::All)),
    product("W2-conv2", "conv 14x14x64 to 7x7x128", conv(INSIDE, 128, ConvFace::Forward)),
    product("W2-conv2-grad", "the same with both gradients", conv(INSIDE, 128, ConvFace::All)),
    product("W2-convT1", "transposed conv 7x7x128 to 14x14x64", conv(INSIDE, 128, ConvFace::InputGrad)),
    product("W2-convT1-grad", "the same with both gradients", conv(INSIDE, 128, ConvFace::AllTransposed)),
    product("W2-convT2", "transposed conv 14x14x64 to 28x28x1", conv(IMAGE, 64, ConvFace::InputGrad)),
    product("W2-convT2-grad", "the same with both gradients", conv(IMAGE, 64, ConvFace::AllTransposed)),
    Task { key: "W0", what: "small GAN step (quick-mnist), batch 16", is_heavy: false, kind: Kind::Gan(Gan::Small) },
    Task { key: "W3", what: "DCGAN step, 64 and 128 channels", is_heavy: true, kind: Kind::Gan(Gan::Convolutional) },
    Task { key: "W4", what: "MLP-GAN step", is_heavy: false, kind: Kind::Gan(Gan::Mlp) },
    Task { key: "GP", what: "WGAN-GP critic step, 64 and 128 channels", is_heavy: true, kind: Kind::Gan(Gan::Critic) },
];

const fn matmul(mnk: [usize; 3], transpose_a: bool, transpose_b: bool) -> Product {
    Product::MatMul { m: mnk[0], n: mnk[1], k: mnk[2], transpose_a, transpose_b }
}

/// Single products, for comparing kernels: those of W1 to W4, each direction by itself.
pub const PRODUCTS: &[Task] = &[
    square("mm-256", "matmul 256", 256),
    square("mm-512", "matmul 512", 512),
    square("mm-1024", "matmul 1024", 1024),
    square("mm-2048", "matmul 2048", 2048),
    product("mlp-forward", "matmul_nt 64x784 by 784x512", matmul([64, 512, 784], false, true)),
    product("mlp-input", "matmul_nn 64x512 by 512x784", matmul([64, 784, 512], false, false)),
    product("mlp-weight", "matmul_tn 512x64 by 64x784", matmul([512, 784, 64], true, false)),
    product("dense-forward", "matmul_nt 64x100 by 100x6272", matmul([64, 6272, 100], false, true)),
    product("dense-weight", "matmul_tn 6272x64 by 64x100", matmul([6272, 100, 64], true, false)),
    product("conv1-forward", "conv 28x28x1 to 14x14x64", conv(IMAGE, 64, ConvFace::Forward)),
    product("conv1-input", "its input gradient", conv(IMAGE, 64, ConvFace::InputGrad)),
    product("conv1-weight", "its weight gradient", conv(IMAGE, 64, ConvFace::WeightGrad)),
    product("conv2-forward", "conv 14x14x64 to 7x7x128", conv(INSIDE, 128, ConvFace::Forward)),
    product("conv2-input", "its input gradient", conv(INSIDE, 128, ConvFace::InputGrad)),
    product("conv2-weight", "its weight gradient", conv(INSIDE, 128, ConvFace::WeightGrad)),
];

impl Task {
    /// Builds the program.
    pub fn work(&self) -> Result<Work> {
        match self.kind {
            Kind::Product(product) => {
                let program = product.program()?;
                Ok(Work { program, step: vec![0], tables: Vec::new(), learning_rates: Vec::new(), has_losses: false })
            }
            Kind::Gan(gan) => gan.work(),
        }
    }
}

fn preset(key: &str) -> &'static Preset {
    PRESETS.iter().find(|preset| preset.key == key).expect("a preset of the table")
}

impl Gan {
    fn recipe(self) -> Recipe {
        let wide = |key: &str| Recipe { latent_dim: LATENT, batch_size: BATCH, average: 0.0, ..preset(key).recipe };
        match self {
            Gan::Small => preset(SMALL).recipe,
            Gan::Convolutional => wide("dcgan-mnist"),
            Gan::Critic => wide("wgan-gp-mnist"),
            Gan::Mlp => Recipe { batch_size: BATCH, average: 0.0, ..preset("gan-mnist").recipe },
        }
    }

    /// Of G and of D.
    fn learning_rates(self) -> [f32; 2] {
        let Gan::Small = self else { return [2e-4; 2] };
        let Preset { generator_learning_rate, discriminator_learning_rate, .. } = preset(SMALL);
        [*generator_learning_rate, *discriminator_learning_rate]
    }

    fn work(self) -> Result<Work> {
        let recipe = self.recipe();
        let classes = if recipe.labels == Labels::None { 0 } else { recipe.classes };
        let form = Form::grey(28, 28);
        let data = DataShape { form, classes, held_out: 0, ..DataShape::digits(EXAMPLES) };
        let program = match self {
            Gan::Convolutional | Gan::Critic => gan::wide_dcgan(&recipe, data)?,
            Gan::Small | Gan::Mlp => recipe.program(data)?,
        };
        let step = match self {
            Gan::Critic => vec![plans::DISCRIMINATOR],
            _ => vec![plans::DISCRIMINATOR, plans::GENERATOR],
        };
        let [of_generator, of_discriminator] = self.learning_rates();
        let rate = |name| if name == GENERATOR { of_generator } else { of_discriminator };
        let learning_rates = program.variables.networks().map(|(id, name)| (id, rate(name))).collect();
        let mut tables = vec![noise(EXAMPLES * form.numbers())];
        if classes > 0 {
            tables.push((0..EXAMPLES).map(|example| (example % classes) as u8).collect());
        }
        Ok(Work { program, step, tables, learning_rates, has_losses: true })
    }
}

/// Bytes without a pattern: what the images show costs nothing.
fn noise(count: usize) -> Vec<u8> {
    (0..count as u32 / 4).flat_map(|index| rng::bits(1, 0, 0, index).to_le_bytes()).collect()
}
