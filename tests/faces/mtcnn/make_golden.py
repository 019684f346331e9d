"""Writes golden.json: what P-, R- and O-Net of MTCNN v1 answer, computed by PyTorch in float64.

    python3 tests/faces/mtcnn/make_golden.py FOLDER     (with det1.caffemodel to det3.caffemodel)

The nets are run as the authors run them: on transposed images, with the weights as their files have
them. The answers are turned upright. Inputs are not stored: they come from the hash of (name, element
index) of tests/golden/make_golden.py, so that the file holds nothing but small answers.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "golden"))
from make_golden import uniform  # noqa: E402


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """Numbers and values of a protocol buffer's fields."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            length, at = varint(data, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
            value, at = data[at : at + length], at + length
        yield key >> 3, value


def blob(data):
    shape, values = [], b""
    for number, value in fields(data):
        if number == 7:
            for _, extent in fields(value):
                if isinstance(extent, int):
                    shape.append(extent)
                else:
                    at = 0
                    while at < len(extent):
                        one, at = varint(extent, at)
                        shape.append(one)
        elif number == 5:
            values += value
    array = np.frombuffer(values, "<f4").astype(np.float64).reshape(shape)
    return torch.from_numpy(array)


def caffemodel(path):
    layers = {}
    for number, layer in fields(path.read_bytes()):
        if number == 100:
            parts = list(fields(layer))
            name = next(value for number, value in parts if number == 1).decode()
            layers[name] = [blob(value) for number, value in parts if number == 7]
    return layers


def conv(x, layers, index, slope):
    x = F.conv2d(x, *layers[f"conv{index}"])
    return F.prelu(x, layers[f"{slope}{index}"][0])


def pool(x, size):
    return F.max_pool2d(x, size, 2, ceil_mode=True)


def dense(x, layers, index, slope):
    x = F.linear(x.flatten(1), *layers[f"conv{index}"])
    return F.prelu(x, layers[f"{slope}{index}"][0])


def pnet(x, layers):
    x = pool(conv(x, layers, 1, "PReLU"), 2)
    x = conv(conv(x, layers, 2, "PReLU"), layers, 3, "PReLU")
    probability = F.softmax(F.conv2d(x, *layers["conv4-1"]), 1)[:, 1]
    regression = F.conv2d(x, *layers["conv4-2"])
    # [N, x, y] and [N, 4, x, y]
    return {"probability": probability.mT, "regression": regression.permute(0, 3, 2, 1)}


def rnet(x, layers):
    x = pool(conv(x, layers, 1, "prelu"), 3)
    x = pool(conv(x, layers, 2, "prelu"), 3)
    x = dense(conv(x, layers, 3, "prelu"), layers, 4, "prelu")
    return heads(x, layers, 5)


def onet(x, layers):
    x = pool(conv(x, layers, 1, "prelu"), 3)
    x = pool(conv(x, layers, 2, "prelu"), 3)
    x = pool(conv(x, layers, 3, "prelu"), 2)
    x = dense(conv(x, layers, 4, "prelu"), layers, 5, "prelu")
    return {**heads(x, layers, 6), "landmarks": F.linear(x, *layers["conv6-3"])}


def heads(x, layers, index):
    return {
        "probability": F.softmax(F.linear(x, *layers[f"conv{index}-1"]), 1)[:, 1],
        "regression": F.linear(x, *layers[f"conv{index}-2"]),
    }


CASES = [
    ("pnet", 1, pnet, [(1, 12, 12), (2, 17, 26), (1, 33, 21)]),
    ("rnet", 2, rnet, [(3, 24, 24)]),
    ("onet", 3, onet, [(2, 48, 48)]),
]


def main(folder):
    runs = []
    for name, number, net, shapes in CASES:
        layers = caffemodel(folder / f"det{number}.caffemodel")
        for shape in shapes:
            shape = [*shape, 3]
            values = uniform(f"mtcnn.{name}.{shape[1]}x{shape[2]}", int(np.prod(shape)))
            upright = torch.from_numpy(values.reshape(shape))
            answers = net(upright.permute(0, 3, 2, 1), layers)  # [N, C, x, y]
            runs.append({
                "net": name,
                "shape": shape,
                "answers": {
                    key: {
                        "shape": list(answer.shape),
                        "data": [float(f"{v:.7g}") for v in answer.flatten().tolist()],
                    }
                    for key, answer in answers.items()
                },
            })
    (HERE / "golden.json").write_text(json.dumps(runs) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
