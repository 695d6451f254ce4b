"""Seconds that PyTorch takes for a step of dcgan-mnist on this machine: python benches/pytorch_dcgan.py [THREADS].

The networks, the batch of 64 and the updates are those of src/gan/dcgan.rs; the images are noise, which costs the same.
Beside it: cargo run --release -- train dcgan-mnist --steps 60 --out results
"""

import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

CHANNELS = 32
BATCH = 64


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 2 * CHANNELS * 49, bias=False)
        self.bn1 = nn.BatchNorm2d(2 * CHANNELS)
        self.conv1 = nn.ConvTranspose2d(2 * CHANNELS, CHANNELS, 4, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(CHANNELS)
        self.conv2 = nn.ConvTranspose2d(CHANNELS, 1, 4, 2, 1)

    def forward(self, z):
        x = F.relu(self.bn1(self.linear(z).view(-1, 2 * CHANNELS, 7, 7)))
        x = F.relu(self.bn2(self.conv1(x)))
        return torch.tanh(self.conv2(x))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, CHANNELS, 4, 2, 1)
        self.conv2 = nn.Conv2d(CHANNELS, 2 * CHANNELS, 4, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(2 * CHANNELS)
        self.linear = nn.Linear(2 * CHANNELS * 49, 1)

    def forward(self, x):
        x = F.leaky_relu(self.conv1(x), 0.2)
        x = F.leaky_relu(self.bn(self.conv2(x)), 0.2)
        return self.linear(x.flatten(1))


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    generator, discriminator = Generator(), Discriminator()
    g_adam = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
    d_adam = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
    real = torch.randn(BATCH, 1, 28, 28)

    def step():
        d_adam.zero_grad()
        fake = generator(torch.randn(BATCH, 64)).detach()
        (F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()).backward()
        d_adam.step()
        g_adam.zero_grad()
        F.softplus(-discriminator(generator(torch.randn(BATCH, 64)))).mean().backward()
        g_adam.step()

    for _ in range(5):
        step()
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(10):
            step()
        times.append((time.perf_counter() - begin) / 10)
    print(f"{1e3 * sorted(times)[2]:.1f} ms a step with {threads} threads, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
