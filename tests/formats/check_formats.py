"""Reads a set that spheregrad wrote, by the formats' descriptions alone: NumPy, pickle, zipfile and tarfile.

    deno run --allow-write=DIR tests/formats/write_formats.ts DIR
    python3 tests/formats/check_formats.py DIR

Each image's bytes are made from its number, so that both sides know them; for files of another origin
(`--rec FILE.rec` and `--bin FILE.bin`) the structure alone is checked.
"""

import argparse
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np

MAGIC = struct.pack("<I", 0xCED7230A)
LABELS = [0, 0, 1, 1, 1, 4]


def image_of(number):
    """The same bytes as write_formats.ts: the third has the magic number within."""
    if number == 2:
        return b"\xff\xd8ab" + MAGIC + b"cd" + MAGIC + MAGIC
    return bytes((number * 31 + i * 7) % 256 for i in range(10 + 13 * number))


def read_record(file, offset):
    """One record of RecordIO: magic, 3 bits of kind and 29 of length, data, padding to 4 bytes."""
    file.seek(offset)
    parts = []
    while True:
        magic, word = struct.unpack("<4sI", file.read(8))
        assert magic == MAGIC, f"no record at byte {file.tell() - 8}"
        kind, length = word >> 29, word & (2**29 - 1)
        data = file.read(length)
        assert len(data) == length
        padding = file.read(-length % 4)
        assert padding == b"\0" * len(padding)
        assert kind in ((0, 1) if not parts else (2, 3))
        parts.append(data)
        if kind in (0, 3):
            return MAGIC.join(parts), file.tell()


def unpack(record):
    """IRHeader: flag, label, id, id2, then `flag` labels."""
    flag, label, number, number2 = struct.unpack("<IfQQ", record[:24])
    labels = np.frombuffer(record, "<f4", flag, 24) if flag else np.array([label], "f4")
    return flag, labels, number, number2, record[24 + 4 * flag :]


def check_rec(path):
    stem = path[:-4]
    with open(stem + ".idx") as lines:
        index = {int(key): int(at) for key, at in (line.split("\t") for line in lines)}
    with open(path, "rb") as file:
        walked, at, size = {}, 0, os.path.getsize(path)
        while at < size:
            record, end = read_record(file, at)
            walked[unpack(record)[2]] = at
            at = end
        assert walked == index, "the index and the records disagree"
        flag, ends, number, _, rest = unpack(read_record(file, index[0])[0])
        assert (flag, number, rest) == (2, 0, b"")
        images_end, identities_end = map(int, ends)
        assert sorted(index) == list(range(identities_end))
        images, labels, covered = [], [], []
        for key in range(1, images_end):
            flag, label, number, number2, image = unpack(read_record(file, index[key])[0])
            assert (number, number2, label[0] % 1) == (key, 0, 0) and image
            images.append(image)
            labels.append(int(label[0]))
        for key in range(images_end, identities_end):
            flag, (first, last), number, _, rest = unpack(read_record(file, index[key])[0])
            assert (flag, number, rest) == (2, key, b"") and first < last
            kinds = {labels[i - 1] for i in range(int(first), int(last))}
            assert len(kinds) == 1, "an identity has images of several classes"
            covered += range(int(first), int(last))
    assert covered == list(range(1, images_end)), "the identities do not cover the images"
    if os.path.exists(stem + ".lst"):
        with open(stem + ".lst") as lines:
            listed = [line.rstrip("\n").split("\t") for line in lines]
        assert [int(label) for _, _, label in listed] == labels
    folder = os.path.dirname(path)
    if os.path.exists(os.path.join(folder, "property")):
        with open(os.path.join(folder, "property")) as text:
            classes, height, width = map(int, text.read().split(","))
        assert classes == len(set(labels)) and height > 0 and width > 0
    print(f"{path}: {len(images)} images of {len(set(labels))} identities")
    return images, labels


def check_bin(path):
    with open(path, "rb") as file:
        images, same = pickle.load(file, encoding="bytes")
    with open(path, "rb") as file:
        assert pickle.load(file) == (images, same)
    assert len(images) == 2 * len(same)
    assert all(isinstance(image, bytes) for image in images)
    assert all(isinstance(flag, bool) for flag in same)
    print(f"{path}: {len(same)} pairs, {sum(same)} of one person")
    return images, same


def check_all(folder):
    here = lambda name: os.path.join(folder, name)
    expected = [image_of(i) for i in range(len(LABELS))]
    assert check_rec(here("train.rec")) == (expected, LABELS)
    assert check_bin(here("pairs.bin")) == (expected, [True, False, True])
    names = [f"p{label}/{i} ü.jpg" for i, label in enumerate(LABELS)] + ["d/" * 80 + "deep.jpg"]
    with zipfile.ZipFile(here("set.zip")) as archive:
        assert archive.testzip() is None and archive.namelist() == names
        assert [archive.read(name) for name in names[:-1]] == expected
    with tarfile.open(here("set.tar")) as archive:
        assert archive.getnames() == names
        assert [archive.extractfile(name).read() for name in names[:-1]] == expected
    floats = np.load(here("floats.npy"), allow_pickle=False)
    assert floats.dtype == "f4" and np.array_equal(floats, np.arange(6, dtype="f4").reshape(2, 3) / 4)
    assert np.load(here("bytes.npy")).dtype == "u1" and np.load(here("integers.npy")).dtype == "i4"
    with zipfile.ZipFile(here("many.zip")) as archive:
        assert len(archive.namelist()) == 65_600 and archive.read("65599") == bytes([65_599 % 256])
    print("zip, tar and npy files: as written")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--rec")
    parser.add_argument("--bin")
    arguments = parser.parse_args()
    if arguments.folder:
        check_all(arguments.folder)
    if arguments.rec:
        check_rec(arguments.rec)
    if arguments.bin:
        check_bin(arguments.bin)
