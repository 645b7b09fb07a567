"""Contrastive training of a table of word vectors: symmetric softmax over in-batch negatives."""

import time

import numpy
import scipy.sparse

import bags


def start(words_matrix, directions):
    """The given directions, as long as the word is rare."""
    documents = words_matrix.shape[0]
    frequency = numpy.asarray((words_matrix > 0).sum(axis=0)).ravel() + 1.0
    idf = numpy.log1p(documents / frequency).astype(numpy.float32)
    return directions.astype(numpy.float32) * (idf / idf.mean())[:, None]


def random_directions(words, dimensions, seed):
    rows = numpy.random.default_rng(seed).standard_normal((words, dimensions))
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def normalise(rows):
    length = numpy.sqrt((rows * rows).sum(axis=1, keepdims=True)) + 1e-8
    return rows / length, length


def _back(unit, length, gradient):
    return (gradient - unit * (gradient * unit).sum(axis=1, keepdims=True)) / length


def loss_and_gradients(queries, documents, temperature):
    """Loss of a batch in which row i of one belongs to row i of the other, and its gradients."""
    q, q_length = normalise(queries)
    d, d_length = normalise(documents)
    scores = q @ d.T / temperature
    n = len(scores)
    scores -= scores.max()
    exponent = numpy.exp(scores)
    by_query = exponent / exponent.sum(axis=1, keepdims=True)
    by_document = exponent / exponent.sum(axis=0, keepdims=True)
    diagonal = numpy.arange(n)
    loss = -0.5 * float(numpy.mean(numpy.log(by_query[diagonal, diagonal] + 1e-12)
                                   + numpy.log(by_document[diagonal, diagonal] + 1e-12)))
    slope = 0.5 * (by_query + by_document)
    slope[diagonal, diagonal] -= 1.0
    slope /= n * temperature
    return loss, _back(q, q_length, slope @ d), _back(d, d_length, slope.T @ q)


def batches(languages, packages, size, random, grouped):
    """Every pair once. A share of the batches holds one language each, so that the language gives no
    answer away; within it, packages stay together half of the time."""
    order = random.permutation(len(languages))
    cut = int(len(order) * grouped)
    alone, mixed = order[:cut], order[cut:]
    found = [mixed[i:i + size] for i in range(0, len(mixed) - size // 2, size)]
    for language in numpy.unique(languages):
        own = alone[languages[alone] == language]
        by_package = own[numpy.argsort(packages[own], kind="stable")]
        blocks = [by_package[i:i + 32] for i in range(0, len(by_package), 32)]
        random.shuffle(blocks)
        own = numpy.concatenate(blocks) if blocks else own
        found += [own[i:i + size] for i in range(0, len(own) - size // 2, size)]
    random.shuffle(found)
    return found


class Queries:
    """The query side: the sentence, and now and then what a question puts around it."""

    def __init__(self, sentences, frames, share):
        self.sentences, self.frames, self.share = sentences, frames, share

    def take(self, rows, random):
        framed = random.random(len(rows)) < self.share
        picked = random.integers(self.frames.shape[0], size=len(rows))
        around = scipy.sparse.diags(framed * 1.0) @ self.frames[picked]
        return bags.weigh((self.sentences[rows] + around).tocsr())


class Documents:
    """The document side: path twice, signature, body, and now and then the rest of the comment. The
    name is left out at times, so that the body has to carry its share."""

    def __init__(self, counts):
        self.code = (counts["signature"] + counts["body"]).tocsr()
        self.path, self.rest = counts["path"], counts["rest"]

    def take(self, rows, random, settings):
        pick = lambda p, value=1.0: scipy.sparse.diags((random.random(len(rows)) < p) * value)
        bag = self.code[rows] + pick(settings.path_share, 2.0) @ self.path[rows]
        return bags.weigh((bag + pick(settings.rest_share) @ self.rest[rows]).tocsr())


def train(counts, frames, directions, languages, packages, settings, report):
    """The trained table, float32 [words, dimensions], from the directions its rows start in. `frames`: counts of
    the question frames."""
    random = numpy.random.default_rng(settings.seed)
    documents = Documents(counts)
    table = start(counts["body"] + counts["first"], directions)
    history = numpy.full((len(table), 1), 1e-6, numpy.float32)  # row-wise Adagrad
    queries = Queries(counts["first"].tocsr(), frames, settings.frame_share)
    began = time.monotonic()
    steps = 0
    total = settings.epochs * (len(languages) // settings.batch)
    for epoch in range(settings.epochs):
        losses = []
        for rows in batches(languages, packages, settings.batch, random, settings.grouped):
            q, d = queries.take(rows, random), documents.take(rows, random, settings)
            loss, q_slope, d_slope = loss_and_gradients(q @ table, d @ table, settings.temperature)
            slope = q.T @ q_slope + d.T @ d_slope
            history += (slope * slope).mean(axis=1, keepdims=True)
            rate = settings.rate * max(0.1, 1.0 - steps / total)
            table -= rate * slope / numpy.sqrt(history)
            losses.append(loss)
            steps += 1
        report(f"epoch {epoch + 1}: loss {numpy.mean(losses):.4f}, {time.monotonic() - began:.0f} s", table)
    return table
