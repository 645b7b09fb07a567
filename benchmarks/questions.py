#!/usr/bin/python3
"""Question: how often is the right file among the first, fused and by each search alone?

Data:    tests/questions (main), tests/questions/dev (dev), fetched by scripts/corpora [--dev]
Command: COPPICE_BIN_DIR=build/release/bin COPPICE_SOURCE_DIR=. benchmarks/questions.py [main|dev]

Starts a daemon of its own, indexes the corpora, asks over the wire.
"""

import pathlib
import shutil
import sys
import tempfile

FUNCTIONAL = pathlib.Path(__file__).resolve().parent.parent / "tests/functional"
sys.path.insert(0, str(FUNCTIONAL))

import questions  # noqa: E402
from harness import Daemon  # noqa: E402
from protocol_client import Client  # noqa: E402

SEARCHES = {"fused": [], "lexical alone": ["lexical"], "vector alone": ["vector"],
            "symbol alone": ["symbol"]}


def ask(client, question, corpus, searches):
    """Hits of one search request, with the keys of docs/protocol.md turned into names."""
    reply = client.call("search", {1: question, 2: {1: [corpus]}, 4: questions.DEPTH, 8: searches})
    return [{"path": hit[6].decode(errors="replace")} for hit in reply.get(3, [])]


def main():
    which = sys.argv[1] if len(sys.argv) > 1 else "main"
    corpora = questions.load(which)
    paths, why = questions.corpora_paths([corpus["corpus"] for corpus in corpora])
    if len(paths) < len(corpora):
        sys.exit(f"run scripts/corpora first: {why}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cpt-"))
    folder.chmod(0o755)
    try:
        with Daemon(folder) as daemon:
            for name, path in paths.items():
                daemon.add(path, "--name", name)
            client = Client(daemon.endpoint)
            print("| search | top 1 | top 5 | MRR |\n|---|---|---|---|")
            for label, searches in SEARCHES.items():
                answers = questions.ask_all(corpora, lambda q, c, s=searches: ask(client, q, c, s))
                top_1, top_5, mrr = questions.figures(answers)
                print(f"| {label} | {top_1} | {top_5} of {len(answers)} | {mrr:.3f} |")
            client.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
