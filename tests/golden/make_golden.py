"""Writes the golden values that the tests of spheregrad compare with: spherenet4.json,
spherenet10.json, training.json and ops.json beside this file.

    python3 tests/golden/make_golden.py        (PyTorch and numpy, CPU, about a minute)

Everything is computed by PyTorch in float64 and stored as float32 (base64, little endian), single
numbers as float64. Nothing random is stored: inputs, labels and initial parameters come from a hash
of (tensor name, element index) that values.ts computes identically, see `uniform` below.

Layouts are spheregrad's: images NHWC, convolution weights [kh, kw, cin, cout], the first fully
connected weight [in, out] with its input flattened in (H, W, C) order, class weights [classes, 512].

A gradient is stored as its L2 norm, its projection (the dot product with
uniform("projection/" + name)) and a sample of at most 2,000 entries: the elements 0, s, 2s, ... of
the flattened tensor, where the stride s is the smallest number from ceil(size / 2000) upwards that
has no common divisor with the size (so that every channel is met), and 1 for small tensors.

The margin function is written here from its piecewise definition by angles, and the class weights
are normalised inside the graph, so the gradients owe nothing to the closed formulas under test.
The learning rules: PyTorch's is torch.optim.SGD itself; Caffe's is written out.
"""

import base64
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
HEIGHT, WIDTH, CLASSES, EMBEDDING = 28, 24, 10, 512
CHANNELS = (64, 128, 256, 512)
UNITS = {"spherenet4": (0, 0, 0, 0), "spherenet10": (0, 1, 2, 0)}
SAMPLE = 2000


def fnv1a(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return np.uint32(value)


def mix(h):
    """MurmurHash3's finaliser: a bijection of 32-bit words in which every bit depends on every bit."""
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(0x85EBCA6B)
    h = h ^ (h >> np.uint32(13))
    h = h * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def words(name, count):
    return mix(mix(np.arange(count, dtype=np.uint32)) ^ fnv1a(name))


def uniform(name, count):
    """Multiples of 2^-23 in [-1, 1): exact in float32, so both languages agree to the last bit."""
    return (words(name, count) >> np.uint32(8)).astype(np.float64) / 2.0**23 - 1.0


def tensor(values, shape):
    """Rounds to float32 (what a GPU starts from), then computes on in float64."""
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def inputs(number, batch):
    """Batch `number`: images uniform in [-1, 1), labels uniform over the classes."""
    x = tensor(uniform(f"input.{number}", batch * HEIGHT * WIDTH * 3), (batch, HEIGHT, WIDTH, 3))
    labels = (words(f"labels.{number}", batch) % np.uint32(CLASSES)).astype(np.int64)
    return x, torch.from_numpy(labels)


def convolutions(net):
    """(name, cin, cout, strided) in the order of the forward pass."""
    rows, cin = [], 3
    for stage, (cout, units) in enumerate(zip(CHANNELS, UNITS[net]), start=1):
        rows.append((f"conv{stage}_1", cin, cout, True))
        rows += [(f"conv{stage}_{i}", cout, cout, False) for i in range(2, 2 + 2 * units)]
        cin = cout
    return rows


def parameters(net):
    spread = 0.0 if net == "spherenet4" else 0.1
    values = {}

    def add(name, shape, offset, scale):
        size = math.prod(shape)
        values[name] = tensor(offset + scale * uniform(f"{net}/{name}", size), shape)

    for name, cin, cout, strided in convolutions(net):
        add(f"{name}.weight", (3, 3, cin, cout), 0.0, math.sqrt(3 / (9 * cin)))
        if strided:
            add(f"{name}.bias", (cout,), 0.0, 0.1)
        add(f"{name}.slope", (cout,), 0.25, spread)
    height, width = HEIGHT, WIDTH
    for _ in CHANNELS:
        height, width = (height + 1) // 2, (width + 1) // 2
    flat = height * width * CHANNELS[-1]
    add("fc1.weight", (flat, EMBEDDING), 0.0, math.sqrt(3 / flat))
    add("fc1.bias", (EMBEDDING,), 0.0, 0.1)
    add("head.weight", (CLASSES, EMBEDDING), 0.0, math.sqrt(3 / EMBEDDING))
    return {name: value.requires_grad_() for name, value in values.items()}


def convolve(h, p, name, stride):
    weight = p[f"{name}.weight"].permute(3, 2, 0, 1)
    a = F.conv2d(h, weight, p.get(f"{name}.bias"), stride=stride, padding=1)
    return F.prelu(a, p[f"{name}.slope"])


def embed(net, p, x):
    h = x.permute(0, 3, 1, 2)
    for stage, units in enumerate(UNITS[net], start=1):
        h = convolve(h, p, f"conv{stage}_1", 2)
        for unit in range(units):
            first, second = f"conv{stage}_{2 + 2 * unit}", f"conv{stage}_{3 + 2 * unit}"
            h = h + convolve(convolve(h, p, first, 1), p, second, 1)
    return h.permute(0, 2, 3, 1).flatten(1) @ p["fc1.weight"] + p["fc1.bias"]


def margin_logits(embeddings, v, labels, margin, lam):
    logits = embeddings @ (v / v.norm(dim=1, keepdim=True)).T
    if margin == 1:
        return logits
    r = embeddings.norm(dim=1)
    target = logits.gather(1, labels[:, None])[:, 0]
    theta = torch.acos(target / r)
    k = torch.clamp(torch.floor(margin * theta.detach() / math.pi), max=margin - 1)
    psi = torch.cos(math.pi * k) * torch.cos(margin * theta) - 2 * k
    blended = (lam * target + r * psi) / (1 + lam)
    return logits.scatter(1, labels[:, None], blended[:, None])


def annealed(iteration):
    return max(5.0, 1000.0 / (1 + 0.12 * iteration))


def packed(values):
    data = np.ascontiguousarray(values.detach().numpy().astype("<f4"))
    return {"shape": list(data.shape), "base64": base64.b64encode(data.tobytes()).decode()}


def sampled(name, gradient):
    flat = gradient.detach().reshape(-1)
    size = flat.numel()
    stride = -(-size // SAMPLE)
    while stride > 1 and math.gcd(stride, size) != 1:
        stride += 1
    projection = torch.from_numpy(uniform(f"projection/{name}", size))
    return {
        "shape": list(gradient.shape),
        "norm": flat.norm().item(),
        "projection": (flat @ projection).item(),
        "stride": stride,
        "sample": packed(flat[::stride])["base64"],
    }


def whole_net(net, batch, margin, lam):
    p = parameters(net)
    x, labels = inputs(0, batch)
    embeddings = embed(net, p, x)
    embeddings.retain_grad()
    logits = margin_logits(embeddings, p["head.weight"], labels, margin, lam)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return {
        "net": net,
        "batch": batch,
        "margin": margin,
        "lambda": lam,
        "labels": labels.tolist(),
        "loss": loss.item(),
        "embeddings": packed(embeddings),
        "logits": packed(logits),
        "embeddingsGradient": packed(embeddings.grad),
        "gradients": {name: sampled(name, value.grad) for name, value in p.items()},
    }


def caffe_step(p, momenta, lr, momentum, weight_decay):
    for name, w in p.items():
        lr_mult, decay_mult = (2, 0) if name.endswith(".bias") else (1, 1)
        g = w.grad + weight_decay * decay_mult * w.data
        v = momentum * momenta.get(name, 0) + lr * lr_mult * g
        momenta[name] = v
        w.data -= v


def train(rule, margin, drop_after=None, dtype=torch.float64, steps=10, batch=8):
    lr, momentum, weight_decay = 0.05, 0.9, 5e-4
    p = {k: v.detach().to(dtype).requires_grad_() for k, v in parameters("spherenet4").items()}
    biases = [v for k, v in p.items() if k.endswith(".bias")]
    others = [v for k, v in p.items() if not k.endswith(".bias")]
    sgd = torch.optim.SGD(
        [{"params": others}, {"params": biases, "lr": 2 * lr, "weight_decay": 0}],
        lr=lr, momentum=momentum, weight_decay=weight_decay)
    momenta, losses = {}, []
    for step in range(1, steps + 1):
        x, labels = inputs(step, batch)
        embeddings = embed("spherenet4", p, x.to(dtype))
        logits = margin_logits(embeddings, p["head.weight"], labels, margin, annealed(step))
        loss = F.cross_entropy(logits, labels)
        sgd.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if rule == "pytorch":
            sgd.step()
        else:
            rate = lr if drop_after is None or step <= drop_after else 0.1 * lr
            caffe_step(p, momenta, rate, momentum, weight_decay)
    return losses


def training_run(rule, margin, drop_after=None):
    losses = train(rule, margin, drop_after)
    single = train(rule, margin, drop_after, dtype=torch.float32)
    spread = max(abs(a - b) / a for a, b in zip(losses, single))
    print(f"{rule} m={margin} drop={drop_after}: {losses}  (float32 differs by {spread:.1e})")
    return {
        "net": "spherenet4", "rule": rule, "margin": margin, "batch": 8, "learningRate": 0.05,
        "dropAfter": drop_after, "dropFactor": 0.1, "momentum": 0.9, "weightDecay": 5e-4,
        "losses": losses,
    }


def leaf(name, shape):
    return tensor(uniform(name, math.prod(shape)), shape).requires_grad_()


def op_case(op, name, shapes, attributes, run):
    """Inputs are uniform(f"{name}.{input}"), the output's gradient uniform(f"{name}.dy")."""
    tensors = {key: leaf(f"{name}.{key}", shape) for key, shape in shapes.items()}
    y = run(**tensors)
    y.backward(leaf(f"{name}.dy", tuple(y.shape)).detach())
    return {
        "op": op, "name": name, "inputs": {k: list(s) for k, s in shapes.items()},
        "attributes": attributes, "y": packed(y),
        "gradients": {key: packed(value.grad) for key, value in tensors.items()},
    }


def conv_case(name, x, weight, stride, padding):
    def run(x, weight, bias):
        y = F.conv2d(x.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), bias, stride, padding)
        return y.permute(0, 2, 3, 1)

    shapes = {"x": x, "weight": weight, "bias": (weight[3],)}
    return op_case("conv2d", name, shapes, {"stride": stride, "padding": padding}, run)


def unit(x, weight1, slope1, weight2, slope2):
    h = x.permute(0, 3, 1, 2)
    z = F.prelu(F.conv2d(h, weight1.permute(3, 2, 0, 1), padding=1), slope1)
    z = F.prelu(F.conv2d(z, weight2.permute(3, 2, 0, 1), padding=1), slope2)
    return (h + z).permute(0, 2, 3, 1)


def op_cases():
    yield conv_case("conv3x3s2", (2, 9, 7, 3), (3, 3, 3, 5), 2, 1)
    yield conv_case("conv3x3s1", (2, 5, 6, 4), (3, 3, 4, 8), 1, 1)
    yield conv_case("conv5x4s3", (1, 13, 11, 2), (5, 4, 2, 3), 3, 2)
    yield conv_case("conv1x1", (3, 4, 3, 5), (1, 1, 5, 7), 1, 0)
    prelu = {"x": (2, 3, 5, 7), "slope": (7,)}
    yield op_case("prelu", "prelu", prelu, {},
                  lambda x, slope: F.prelu(x.permute(0, 3, 1, 2), slope).permute(0, 2, 3, 1))
    shapes = {"x": (2, 5, 4, 6), "weight1": (3, 3, 6, 6), "slope1": (6,),
              "weight2": (3, 3, 6, 6), "slope2": (6,)}
    yield op_case("residualUnit", "residualUnit", shapes, {}, unit)
    yield op_case("linear", "linear", {"x": (5, 11), "weight": (11, 7), "bias": (7,)}, {},
                  lambda x, weight, bias: x @ weight + bias)
    yield op_case("normalizeRows", "normalizeRows", {"x": (5, 7)}, {},
                  lambda x: F.normalize(x, dim=1, eps=1e-12))


def prng_case(name, count):
    values = words(name, count)
    return {"name": name, "count": count, "xor": int(np.bitwise_xor.reduce(values)),
            "first": [float(v) for v in uniform(name, 4)]}


def write(file, value):
    (HERE / file).write_text(json.dumps(value, indent=2) + "\n")


def main():
    write("spherenet4.json", whole_net("spherenet4", 4, 4, 5.0))
    write("spherenet10.json", whole_net("spherenet10", 2, 4, 5.0))
    write("ops.json", {
        "prng": [prng_case("spherenet4/conv3_1.weight", 9 * 128 * 256), prng_case("labels.0", 5)],
        "cases": list(op_cases()),
    })
    write("training.json", {
        "pytorch": training_run("pytorch", 4),
        "caffe": training_run("caffe", 4, drop_after=5),
        "modified": training_run("pytorch", 1),
    })


if __name__ == "__main__":
    main()
