"""The file format of embed/static/static_table.h."""

import hashlib
import struct

import numpy

FORMAT_VERSION = 1
WORDS_VERSION = 1  # kWordsVersion of base/text/words.h


def quantise(weights):
    """int8 codes and a scale for each row."""
    scales = numpy.abs(weights).max(axis=1) / 127.0
    scales = numpy.maximum(scales, 1e-12).astype(numpy.float32)
    codes = numpy.clip(numpy.rint(weights / scales[:, None]), -127, 127).astype(numpy.int8)
    return codes, scales


def write(path, words, weights):
    """Words are sorted by their bytes; returns the revision."""
    encoded = [w.encode() for w in words]
    assert encoded == sorted(set(encoded)) and len(words) == len(weights)
    codes, scales = quantise(weights)
    ends = numpy.cumsum([len(w) for w in encoded]).astype("<u4")
    content = b"COPSTAT\n" + struct.pack("<IIIIQ", FORMAT_VERSION, WORDS_VERSION, weights.shape[1],
                                         len(words), int(ends[-1]))
    content += ends.tobytes() + b"".join(encoded) + scales.astype("<f4").tobytes() + codes.tobytes()
    content += hashlib.sha256(content).digest()
    with open(path, "wb") as out:
        out.write(content)
    return hashlib.sha256(content).hexdigest()
