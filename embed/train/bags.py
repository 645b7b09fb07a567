"""Words of pairs, cut by the product's own cutter, as sparse count matrices."""

import collections
import json
import pathlib
import subprocess

import numpy
import scipy.sparse

FIELDS = ("first", "path", "signature", "rest", "body")


def read_pairs(cache):
    """Every pair that extract.py wrote, each body once, in the order of the packages' names."""
    seen, pairs = set(), []
    for path in sorted(pathlib.Path(cache, "pairs").glob("*/*.jsonl")):
        for line in path.read_text().splitlines():
            pair = json.loads(line)
            body = hash("".join(pair["body"].split()))
            if body not in seen:
                seen.add(body)
                pairs.append(pair)
    return pairs


def field(pair, name):
    return f"{pair['scope']} {pair['name']}" if name == "path" else pair[name]


def cut(texts, cutter):
    """The stems of each text, by coppice_cut_words."""
    records = b"".join(b"%d\n%b" % (len(t), t) for t in (s.encode("utf-8", "replace") for s in texts))
    done = subprocess.run([cutter], input=records, capture_output=True, check=True)
    lines = done.stdout.decode("utf-8", "replace").split("\n")[:-1]
    assert len(lines) == len(texts), (len(lines), len(texts))
    return [line.split() for line in lines]


def cut_fields(pairs, cutter):
    return {name: cut([field(p, name) for p in pairs], cutter) for name in FIELDS}


def vocabulary(words, packages, size):
    """The stems that most packages use: a stem of one package says nothing about another."""
    seen = collections.defaultdict(set)
    uses = collections.Counter()
    for texts in words.values():
        for text, package in zip(texts, packages):
            for stem in text:
                uses[stem] += 1
                if len(seen[stem]) < 40:
                    seen[stem].add(package)
    usable = [s for s in seen if len(seen[s]) >= 3 and len(s) <= 24 and not (s.isdigit() and len(s) > 2)
              and s.isprintable()]
    usable.sort(key=lambda s: (-len(seen[s]), -uses[s], s))
    return sorted(usable[:size], key=lambda s: s.encode())


def matrix(texts, index):
    """Counts, one row a text."""
    indptr, indices = [0], []
    for text in texts:
        indices.extend(index[s] for s in text if s in index)
        indptr.append(len(indices))
    counts = scipy.sparse.csr_matrix(
        (numpy.ones(len(indices), numpy.float32), numpy.array(indices, numpy.int32), indptr),
        shape=(len(texts), len(index)))
    counts.sum_duplicates()
    return counts


def weigh(counts):
    """log(1 + tf), as the embedder does."""
    weighed = counts.copy()
    numpy.log1p(weighed.data, out=weighed.data)
    return weighed.tocsr()
