"""The work of `ganvas bench` in PyTorch, for comparison: python benches/pytorch_bench.py [--device cuda|cpu]
[--seconds S] [--only W1,W3] [--graph] [--tf32] [--out FILE.json]

Same shapes, f32, batch 64, but for W0 16 (src/bench/mod.rs). Eager by default; with --graph, on CUDA, a step is captured once and replayed.
Products are in plain f32 unless --tf32 is given. Images are noise that is on the device already, which costs the same.
"""

import argparse
import json
import platform
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH = 64
CHANNELS = 64
LATENT = 100
# Of W0, the step of quick-mnist: batch, latents, classes that both networks are told, decay of G's average.
SMALL_BATCH, SMALL_LATENT, SMALL_CLASSES, SMALL_AVERAGE = 16, 16, 30, 0.99


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(LATENT, 2 * CHANNELS * 49, bias=False)
        self.bn1 = nn.BatchNorm2d(2 * CHANNELS)
        self.conv1 = nn.ConvTranspose2d(2 * CHANNELS, CHANNELS, 4, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(CHANNELS)
        self.conv2 = nn.ConvTranspose2d(CHANNELS, 1, 4, 2, 1)

    def forward(self, z):
        x = F.relu(self.bn1(self.linear(z).view(-1, 2 * CHANNELS, 7, 7)))
        x = F.relu(self.bn2(self.conv1(x)))
        return torch.tanh(self.conv2(x))


class Discriminator(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(1, CHANNELS, 4, 2, 1)
        self.conv2 = nn.Conv2d(CHANNELS, 2 * CHANNELS, 4, 2, 1, bias=not norm)
        self.bn = nn.BatchNorm2d(2 * CHANNELS) if norm else nn.Identity()
        self.linear = nn.Linear(2 * CHANNELS * 49, 1)

    def forward(self, x):
        x = F.leaky_relu(self.conv1(x), 0.2)
        x = F.leaky_relu(self.bn(self.conv2(x)), 0.2)
        return self.linear(x.flatten(1))


def small_generator():
    return nn.Sequential(
        nn.Linear(SMALL_LATENT + SMALL_CLASSES, 32 * 49, bias=False), nn.Unflatten(1, (32, 7, 7)),
        nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Tanh(),
    )


class SmallDiscriminator(nn.Module):
    """With a projection of the class (Miyato and Koyama 2018)."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2), nn.Flatten(),
        )
        self.linear = nn.Linear(784, 1)
        self.projection = nn.Embedding(SMALL_CLASSES, 784)

    def forward(self, x, label):
        features = self.features(x)
        return self.linear(features) + (features * self.projection(label)).sum(1, keepdim=True)


def mlp_networks():
    generator = nn.Sequential(
        nn.Linear(64, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(),
        nn.Linear(256, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(),
        nn.Linear(512, 784), nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )
    return generator, discriminator


def start(network):
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network


def adam(network, device, beta2=0.999, rate=2e-4):
    cuda = device.type == "cuda"
    return torch.optim.Adam(network.parameters(), rate, (0.5, beta2), capturable=cuda, foreach=True)


def matmul(n):
    def make(device):
        a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)
        out = torch.empty(n, n, device=device)
        return (lambda: torch.mm(a, b, out=out)), 2 * n**3

    return make


def conv(channels, size, out_channels, transposed, gradients):
    def make(device):
        half = size // 2
        image = (BATCH, channels, size, size)
        inside = (BATCH, out_channels, half, half)
        x = torch.randn(inside if transposed else image, device=device, requires_grad=gradients)
        w = torch.randn(out_channels, channels, 4, 4, device=device, requires_grad=gradients)
        g = torch.randn(image if transposed else inside, device=device)
        call = F.conv_transpose2d if transposed else F.conv2d

        def step():
            y = call(x, w, stride=2, padding=1)
            if gradients:
                x.grad = w.grad = None
                y.backward(g)

        flop = 2 * BATCH * out_channels * half * half * channels * 16
        return step, flop * (3 if gradients else 1)

    return make


def gan_step(networks):
    def make(device):
        generator, discriminator = (start(network).to(device) for network in networks())
        image = (BATCH, 1, 28, 28) if isinstance(generator, Generator) else (BATCH, 784)
        latent = LATENT if isinstance(generator, Generator) else 64
        g_adam, d_adam = adam(generator, device), adam(discriminator, device)
        real = torch.rand(image, device=device) * 2 - 1
        losses = [torch.zeros((), device=device), torch.zeros((), device=device)]

        def step():
            d_adam.zero_grad(set_to_none=True)
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, latent, device=device))
            loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()
            loss.backward()
            d_adam.step()
            losses[0].copy_(loss.detach())
            g_adam.zero_grad(set_to_none=True)
            loss = F.softplus(-discriminator(generator(torch.randn(BATCH, latent, device=device)))).mean()
            loss.backward()
            g_adam.step()
            losses[1].copy_(loss.detach())

        step.losses = losses
        return step, None

    return make


def small_step(device):
    generator, discriminator = small_generator().to(device), SmallDiscriminator().to(device)
    g_adam, d_adam = adam(generator, device, 0.99, 8e-3), adam(discriminator, device, 0.99, 2e-3)
    weights = [parameter.detach() for parameter in generator.parameters()]
    average = [weight.clone() for weight in weights]
    real = torch.rand(SMALL_BATCH, 1, 28, 28, device=device) * 2 - 1
    losses = [torch.zeros((), device=device), torch.zeros((), device=device)]
    classes = lambda: torch.randint(SMALL_CLASSES, (SMALL_BATCH,), device=device)
    given = classes()

    def drawn():
        label = classes()
        z = torch.randn(SMALL_BATCH, SMALL_LATENT, device=device)
        return generator(torch.cat([z, F.one_hot(label, SMALL_CLASSES)], 1)), label

    def step():
        d_adam.zero_grad(set_to_none=True)
        with torch.no_grad():
            fake, label = drawn()
        loss = F.softplus(-discriminator(real, given)).mean() + F.softplus(discriminator(fake, label)).mean()
        loss.backward()
        d_adam.step()
        losses[0].copy_(loss.detach())
        g_adam.zero_grad(set_to_none=True)
        loss = F.softplus(-discriminator(*drawn())).mean()
        loss.backward()
        g_adam.step()
        torch._foreach_lerp_(average, weights, 1 - SMALL_AVERAGE)
        losses[1].copy_(loss.detach())

    step.losses = losses
    return step, None


def critic_step(device):
    generator, critic = start(Generator()).to(device), start(Discriminator(norm=False)).to(device)
    optimizer = adam(critic, device, 0.9)
    real = torch.rand(BATCH, 1, 28, 28, device=device) * 2 - 1
    losses = [torch.zeros((), device=device)]

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            fake = generator(torch.randn(BATCH, LATENT, device=device))
        share = torch.rand(BATCH, 1, 1, 1, device=device)
        between = (real + share * (fake - real)).requires_grad_()
        gradient = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0]
        norm = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
        loss = critic(fake).mean() - critic(real).mean()
        (loss + 10 * (norm - 1).square().mean()).backward()
        optimizer.step()
        losses[0].copy_(loss.detach())

    step.losses = losses
    return step, None


TASKS = {f"W1-{n}": matmul(n) for n in (256, 512, 1024, 2048)} | {
    "W2-conv1": conv(1, 28, 64, False, False),
    "W2-conv1-grad": conv(1, 28, 64, False, True),
    "W2-conv2": conv(64, 14, 128, False, False),
    "W2-conv2-grad": conv(64, 14, 128, False, True),
    "W2-convT1": conv(64, 14, 128, True, False),
    "W2-convT1-grad": conv(64, 14, 128, True, True),
    "W2-convT2": conv(1, 28, 64, True, False),
    "W2-convT2-grad": conv(1, 28, 64, True, True),
    "W0": small_step,
    "W3": gan_step(lambda: (Generator(), Discriminator(norm=True))),
    "W4": gan_step(mlp_networks),
    "GP": critic_step,
}


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def captured(step, device):
    """The step as a CUDA graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(4):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def measure(step, device, seconds):
    """Seconds of a step: median and quartiles of at most 100 samples, as src/bin/ganvas/bench/sample.rs takes them."""

    def sample(count):
        synchronize(device)
        begin = time.perf_counter()
        for _ in range(count):
            step()
        synchronize(device)
        return time.perf_counter() - begin

    count = 1
    while (taken := sample(count)) < 0.03 and count < 2048:
        count = min(2048, max(count + 1, min(16 * count, int(count * 0.036 / max(taken, 1e-6)) + 1)))
    times, begin = [], time.perf_counter()
    while len(times) < 3 or (time.perf_counter() - begin < seconds and len(times) < 100):
        times.append(sample(count) / count)
    times.sort()
    at = lambda share: times[round((len(times) - 1) * share)]
    return statistics.median(times), at(0.25), at(0.75), len(times), count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--graph", action="store_true")
    parser.add_argument("--tf32", action="store_true")
    parser.add_argument("--out")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    if arguments.graph and device.type != "cuda":
        parser.error("--graph captures CUDA graphs; it goes with --device cuda")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.tf32
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    mode = "CUDA graph" if arguments.graph else "eager"
    print(f"{name}, PyTorch {torch.__version__}, {mode}{', TF32' if arguments.tf32 else ''}")
    print(f"{'work':<15} {'ms':>9} {'quartiles':>17} {'GFLOP/s':>10}")
    work = []
    for key, make in TASKS.items():
        if arguments.only and not any(key.startswith(only) for only in arguments.only.split(",")):
            continue
        step, flop = make(device)
        step()
        synchronize(device)
        losses = [float(loss) for loss in getattr(step, "losses", [])]
        run = captured(step, device) if arguments.graph else step
        median, lower, upper, samples, count = measure(run, device, arguments.seconds)
        gflops = flop / median / 1e9 if flop else None
        spread = f"{lower * 1e3:.4f}-{upper * 1e3:.4f}"
        said = f"; first losses {[round(loss, 4) for loss in losses]}" if losses else ""
        print(f"{key:<15} {median * 1e3:>9.4f} {spread:>17} {f'{gflops:.1f}' if flop else '-':>10}{said}", flush=True)
        work.append({
            "key": key, "ms": median * 1e3, "ms_quartiles": [lower * 1e3, upper * 1e3], "samples": samples,
            "steps_per_sample": count, "gflops": gflops, "first_losses": losses,
        })
    if arguments.out:
        engine = f"PyTorch {torch.__version__}, {mode}{', TF32' if arguments.tf32 else ''}"
        result = {"engine": engine, "adapter": name, "backend": device.type, "driver": platform.platform(), "work": work}
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
