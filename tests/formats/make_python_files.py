"""Writes python_files.json: pickles and .npy files by Python and NumPy, in base64, for the tests beside it.

Run it as `python3 make_python_files.py` (NumPy 1.26 or 2) in this folder.
"""

import base64
import collections
import io
import json
import os
import pickle
import tarfile
import zipfile

import numpy as np

VALUE = {
    "none": None,
    "flags": [True, False],
    "small": (0, 255, 256, 65536, -1, -(2**31), 2**31, 2**53, 2**53 + 2, -(2**80)),
    "floats": [0.5, -1e300, float("inf")],
    "text": ["", "a", "naïve 漢字 \U0001f600 \\u0041 back\\slash\nline'\"", "x" * 300],
    "bytes": [b"", b"A", bytes(range(256)), b"y" * 300],
    "nested": [[[]], ({},), ()],
    7: "seven",
}
ARRAYS = {
    "f4": np.arange(6, dtype="f4").reshape(2, 3) / 4,
    "f4_fortran": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3) / 4),
    "f8_big": (np.arange(6) / 3).astype(">f8").reshape(3, 2, 1),
    "f2": np.array([1, -2.5, 65504, 6e-8, np.inf], dtype="f2"),
    "i8": np.array([-(2**63), 2**63 - 1]),
    "u1": np.arange(256, dtype="u1").reshape(16, 16),
    "i2_big": np.array([-2, 300], dtype=">i2"),
    "bool": np.array([[True], [False]]),
    "scalar": np.array(3, dtype="i4"),
    "empty": np.zeros((0, 4), dtype="u4"),
    "cube_fortran": np.asfortranarray(np.arange(24, dtype="i4").reshape(2, 3, 4)),
}


def base64_of(data):
    return base64.b64encode(data).decode()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return base64_of(file.getvalue())


class Shell:
    def __reduce__(self):
        return os.system, ("echo harm",)


def zip_of(*options, force_zip64=False):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", *options) as archive:
        archive.writestr(zipfile.ZipInfo("set/"), b"")
        for path, content in FILES.items():
            info = zipfile.ZipInfo(path)
            info.compress_type = options[0]
            with archive.open(info, "w", force_zip64=force_zip64) as out:
                out.write(content)
        for path in UNSAFE:
            archive.writestr(zipfile.ZipInfo(path), b"unsafe")
        link = zipfile.ZipInfo("set/link.jpg")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return base64_of(file.getvalue())


def tar_of(form):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        folder = tarfile.TarInfo("set")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for path, content in FILES.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for path in UNSAFE:
            info = tarfile.TarInfo(path)
            info.size = 6
            archive.addfile(info, io.BytesIO(b"unsafe"))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("set/kind" + kind.decode())
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
    return base64_of(file.getvalue())


FILES = {
    "set/p1/1.jpg": b"one",
    "./set/p1/2.jpg": b"two" * 1000,
    "set/" + "long/" * 30 + "3.jpg": b"",
    "set/naïve 漢字.png": bytes(range(256)) * 3,
}
UNSAFE = ["../out.jpg", "/abs.jpg", "set/../../out.jpg", "C:/x.jpg", "set\\..\\x.jpg"]

layers = {"conv1": {"weights": ARRAYS["f4_fortran"], "biases": ARRAYS["f2"]}, "n": np.float32(0.5)}
images = [b"\xff\xd8one", b"\xff\xd8two", b"", b"\x89PNG"]
arrays = [np.frombuffer(image, dtype="u1") for image in images]
same = [True, False]
files = {
    "pickles": [base64_of(pickle.dumps(VALUE, p)) for p in range(6)],
    "arrays": {
        name: [base64_of(pickle.dumps(array, p)) for p in range(6)] for name, array in ARRAYS.items()
    },
    "npy": {name: npy(array) for name, array in ARRAYS.items()},
    "object_npy": npy(np.array(layers, dtype=object)),
    "objects_npy": npy(np.array([[1, "a"], [None, b"b"]], dtype=object)),
    "record_npy": npy(np.zeros(2, dtype=[("a", "f4")])),
    "shell": [base64_of(pickle.dumps([Shell()], p)) for p in range(6)],
    "set": base64_of(pickle.dumps({1, "b"}, 4)),
    "ordered": base64_of(pickle.dumps(collections.OrderedDict(a=1))),
    "bins": [base64_of(pickle.dumps((images, same), p)) for p in range(6)],
    "array_bins": [base64_of(pickle.dumps((arrays, np.array(same)), p)) for p in range(6)],
    "zips": {
        "stored": zip_of(zipfile.ZIP_STORED),
        "deflated": zip_of(zipfile.ZIP_DEFLATED),
        "zip64": zip_of(zipfile.ZIP_DEFLATED, force_zip64=True),
        "bzip2": zip_of(zipfile.ZIP_BZIP2),
    },
    "tars": {
        "ustar": tar_of(tarfile.USTAR_FORMAT),
        "gnu": tar_of(tarfile.GNU_FORMAT),
        "pax": tar_of(tarfile.PAX_FORMAT),
    },
    "numpy_flags": base64_of(pickle.dumps([images, [np.bool_(True), 0]], 4)),
}
with open("python_files.json", "w") as out:
    json.dump(files, out, indent=2)
    out.write("\n")
