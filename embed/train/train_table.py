"""Trains a static table from extracted pairs, measures it, writes it.

  train_table.py CACHE --cutter coppice_cut_words --out static-default.table
"""

import argparse
import collections
import json

import numpy

import bags
import evaluate
import frames
import manifest
import optimise
import rules
import table
import teacher


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("cache", help="where fetch.py and extract.py wrote")
    parser.add_argument("--cutter", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--report", help="write scores and counts here as JSON")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--words", type=int, default=24000)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--temperature", type=float, default=0.08)
    parser.add_argument("--grouped", type=float, default=0.5, help="share of batches of one language")
    parser.add_argument("--path-share", type=float, default=0.8)
    parser.add_argument("--rest-share", type=float, default=0.5)
    parser.add_argument("--frame-share", type=float, default=0.8, help="share of queries put as questions")
    parser.add_argument("--start", choices=("teacher", "random"), default="teacher")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    settings = arguments()
    pairs = manifest.usable(settings.cache, bags.read_pairs(settings.cache))
    held_out = [p for p in pairs if rules.is_held_out(p["kind"], p["package"]) and p["sort"] == "doc"]
    pairs = [p for p in pairs if not rules.is_held_out(p["kind"], p["package"])]
    words = bags.cut_fields(pairs, settings.cutter)
    packages = [f"{p['kind']} {p['package']}" for p in pairs]
    vocabulary = bags.vocabulary(words, packages, settings.words)
    index = {s: i for i, s in enumerate(vocabulary)}
    counts = {name: bags.matrix(texts, index) for name, texts in words.items()}
    print(len(pairs), "pairs,", len(set(packages)), "packages,", len(vocabulary), "words;",
          len(held_out), "pairs held out", dict(collections.Counter(p["language"] for p in pairs)),
          dict(collections.Counter(p["sort"] for p in pairs)), flush=True)
    evaluation = evaluate.Evaluation(bags.cut_fields(held_out, settings.cutter),
                                     [p["language"] for p in held_out], vocabulary)

    def report(line, weights):
        total = evaluation.run(weights)["all"]
        print(line, {s: round(total[s]["mrr"], 4) for s in ("bm25", "table", "fused")}, flush=True)

    if settings.start == "teacher":
        prose = [p[part] for p in pairs for part in ("first", "rest")]
        directions = teacher.directions(prose, vocabulary, settings.cutter, settings.dimensions)
    else:
        directions = optimise.random_directions(len(vocabulary), settings.dimensions, settings.seed)
    around = bags.matrix(bags.cut(frames.FRAMES, settings.cutter), index)
    weights = optimise.train(counts, around, directions, numpy.array([p["language"] for p in pairs]),
                             numpy.unique(packages, return_inverse=True)[1], settings, report)
    codes, scales = table.quantise(weights)
    results = evaluation.run(codes.astype(numpy.float32) * scales[:, None])
    revision = table.write(settings.out, vocabulary, weights)
    print(evaluate.as_text(results), flush=True)
    if settings.report:
        with open(settings.report, "w") as out:
            json.dump({"revision": revision, "training_pairs": len(pairs), "words": len(vocabulary),
                       "held_out_packages": sorted({f"{p['kind']} {p['package']}" for p in held_out}),
                       "scores": results}, out, indent=1)


if __name__ == "__main__":
    main()
