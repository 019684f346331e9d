"""Writes python_files.json: pickles and .npy files by Python and NumPy, in base64, for the tests beside it.

Run it as `python3 make_python_files.py` (NumPy 1.26 or 2) in this folder.
"""

import base64
import collections
import io
import json
import os
import pickle

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
    "numpy_flags": base64_of(pickle.dumps([images, [np.bool_(True), 0]], 4)),
}
with open("python_files.json", "w") as out:
    json.dump(files, out, indent=1)
    out.write("\n")
