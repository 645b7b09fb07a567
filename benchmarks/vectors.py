"""The vectors of a running daemon's private cluster, as a file for vector_index_bench."""

import array
import os
import random
import struct
import subprocess
import sys

QUERIES = 32


def export(state, path, seed=1):
    """Writes float32 values, one distinct vector a row, shuffled; the last rows are the queries. Gives their number."""
    copy = "COPY (SELECT DISTINCT ON (space, text_no) v::real[] FROM coppice.text_vector) TO STDOUT (FORMAT binary)"
    psql = ["psql", "-X", "-q", "-h", os.fspath(state / "postgresql" / "run"), "-U", "coppice", "-d", "coppice",
            "-c", copy]
    raw = subprocess.run(psql, check=True, capture_output=True).stdout
    rows = set()
    at = 19  # signature, flags, length of the extension
    while struct.unpack_from(">h", raw, at)[0] == 1:
        size = struct.unpack_from(">i", raw, at + 2)[0]
        values = array.array("I", raw[at + 26:at + 6 + size])  # dimensions, flags, type, length, lower bound before
        if sys.byteorder == "little":
            values.byteswap()
        rows.add(values[1::2].tobytes())  # each value after its length
        at += 6 + size
    rows = sorted(rows)
    random.Random(seed).shuffle(rows)
    path.write_bytes(b"".join(rows))
    return len(rows) - QUERIES
