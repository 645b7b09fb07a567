"""Held-out packages: first sentence -> its definition among all of the same language."""

import numpy
import scipy.sparse

import bags

STOP_WORDS = set("""a an the of to in on for and or if is are be it its this that with by from as at
not into which when where how what do does""".split())


def document_counts(counts):
    return (2 * counts["path"] + counts["signature"] + counts["rest"] + counts["body"]).tocsr()


def bm25(query_counts, documents, k1=1.2, b=0.75):
    """Scores [queries, documents]; statistics are those of the documents."""
    n = documents.shape[0]
    frequency = numpy.asarray((documents > 0).sum(axis=0)).ravel()
    idf = numpy.log(1 + (n - frequency + 0.5) / (frequency + 0.5))
    length = numpy.asarray(documents.sum(axis=1)).ravel()
    weighed = documents.tocoo()
    norm = k1 * (1 - b + b * length[weighed.row] / length.mean())
    values = weighed.data * (k1 + 1) / (weighed.data + norm) * idf[weighed.col]
    matrix = scipy.sparse.csr_matrix((values, (weighed.row, weighed.col)), documents.shape)
    present = query_counts.copy()
    present.data[:] = 1
    return (present @ matrix.T).toarray()


def measures(scores):
    """MRR and NDCG@10 where document i answers query i; ties count against."""
    own = scores[numpy.arange(len(scores)), numpy.arange(len(scores))][:, None]
    rank = (scores >= own).sum(axis=1)
    return {"mrr": float((1 / rank).mean()), "ndcg": float(numpy.where(rank <= 10, 1 / numpy.log2(rank + 1), 0).mean())}


def scaled(scores):
    return scores / numpy.maximum(scores.max(axis=1, keepdims=True), 1e-9)


class Evaluation:
    """Everything that does not depend on the table is computed once."""

    def __init__(self, words, languages, vocabulary):
        whole = sorted({s for texts in words.values() for t in texts for s in t})
        every = {s: i for i, s in enumerate(whole)}
        known = {s: i for i, s in enumerate(vocabulary)}
        asked = [[s for s in text if s not in STOP_WORDS] for text in words["first"]]
        full = {n: bags.matrix(t, every) for n, t in words.items()}
        part = {n: bags.matrix(t, known) for n, t in words.items()}
        self.sets = {}
        for language in sorted(set(languages)):
            rows = numpy.flatnonzero(numpy.array(languages) == language)
            lexical = bm25(bags.matrix([asked[i] for i in rows], every), document_counts(full)[rows])
            self.sets[language] = (lexical, part["first"][rows], document_counts(part)[rows])

    def run(self, table):
        """{language: {search: {measure: value}}}, with the mean over languages as "all"."""
        results = {}
        for language, (lexical, queries, documents) in self.sets.items():
            q, d = bags.weigh(queries) @ table, bags.weigh(documents) @ table
            q /= numpy.linalg.norm(q, axis=1, keepdims=True) + 1e-8
            d /= numpy.linalg.norm(d, axis=1, keepdims=True) + 1e-8
            dense = q @ d.T
            results[language] = {"pairs": len(lexical), "bm25": measures(lexical), "table": measures(dense),
                                 "fused": measures(scaled(lexical) + scaled(dense))}
        results["all"] = {
            search: {m: float(numpy.mean([r[search][m] for r in results.values()])) for m in ("mrr", "ndcg")}
            for search in ("bm25", "table", "fused")}
        results["all"]["pairs"] = sum(r["pairs"] for k, r in results.items() if k != "all")
        return results


def as_text(results):
    lines = ["| language | pairs | BM25 MRR | NDCG@10 | table MRR | NDCG@10 | fused MRR | NDCG@10 |",
             "|---|---|---|---|---|---|---|---|"]
    for language, r in results.items():
        cells = [f"{r[s][m]:.3f}" for s in ("bm25", "table", "fused") for m in ("mrr", "ndcg")]
        lines.append(f"| {language} | {r['pairs']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
