#!/usr/bin/python3
"""Question: how long does a search of 100,000 chunks take over the socket, one client and eight?

Data:    the ten development corpora (scripts/corpora --dev) as the folders of one repository: 99,000
         chunks. Queries, drawn by seed: the hundred development questions; symbols that the index
         names; pairs of words of one line; issue texts of a title, a paragraph of documentation and
         some lines of code.
Command: COPPICE_BIN_DIR=build/ci/bin COPPICE_SOURCE_DIR=. benchmarks/search_load.py
                 [--seed N] [--clients 1,8] [--keep FOLDER] [--answers FILE] [--program PROGRAM]
                 [--vectors FILE]

Starts a daemon of its own. Every query is asked once in each run, first of a daemon that has answered
other queries only. --keep leaves repository, index and queries in FOLDER and takes them from there. --vectors
writes what vector_index_bench reads.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

FUNCTIONAL = pathlib.Path(__file__).resolve().parent.parent / "tests/functional"
sys.path.insert(0, str(FUNCTIONAL))

import questions  # noqa: E402
import vectors  # noqa: E402
from harness import BIN, Daemon, Repository  # noqa: E402
from protocol_client import Client  # noqa: E402

EACH = 100  # queries of a class
WARMING = 40
CODE = {".c", ".cpp", ".h", ".py", ".go", ".java", ".rs"}
PROSE = {".md", ".rst", ".asciidoc", ".adoc", ".txt"}


def make_repository(folder, paths):
    """One repository whose folders are the trees of the corpora."""
    repository = Repository(folder)
    for name, path in paths.items():
        shutil.copytree(path, folder / name, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    repository.commit()
    return repository


def files_of(root, suffixes):
    return sorted(path for path in root.rglob("*") if path.suffix in suffixes and path.is_file()
                  and not path.is_symlink() and path.stat().st_size < 200_000)


def text_of(path):
    return path.read_text(errors="replace")


def keyword_pairs(draw, files, count):
    """Two words that stand in one line."""
    pairs = []
    while len(pairs) < count:
        line = draw.choice(text_of(draw.choice(files)).splitlines() or [""])
        words = [word for word in re.findall(r"[A-Za-z]{4,14}", line) if not word.isupper()]
        if len(set(words)) >= 2:
            pairs.append(" ".join(draw.sample(sorted(set(words)), 2)))
    return pairs


def issues(draw, titles, code, prose, count):
    """A title, a paragraph of 60 to 200 words, and six lines of code."""
    texts = []
    while len(texts) < count:
        paragraphs = [" ".join(part.split()) for part in text_of(draw.choice(prose)).split("\n\n")]
        paragraphs = [part for part in paragraphs if 60 <= len(part.split()) <= 200]
        lines = text_of(draw.choice(code)).splitlines()
        if not paragraphs or len(lines) < 6:
            continue
        first = draw.randrange(len(lines) - 5)
        texts.append("\n".join([draw.choice(titles), "", draw.choice(paragraphs), "",
                                *lines[first:first + 6]]))
    return texts


def symbols(draw, client, words, count):
    """Names of symbols, out of the answers to other queries."""
    found = set()
    while len(found) < 4 * count:
        reply = client.call("search", {1: words.pop(), 4: 50})
        found.update(hit[9].decode() if isinstance(hit[9], bytes) else hit[9]
                     for hit in reply.get(3, []) if hit.get(9))
    short = sorted({name.split("::")[-1].split(".")[-1] + "()" for name in found})
    return draw.sample(short, min(count, len(short)))


def make_queries(seed, root, client):
    """(measured, warming) as rows for search_load, in an order that mixes the classes."""
    draw = random.Random(seed)
    asked = [item["question"] for corpus in questions.load("dev") for item in corpus["questions"]]
    code, prose = files_of(root, CODE), files_of(root, PROSE)
    pairs = keyword_pairs(draw, code, EACH + WARMING + 400)
    texts = issues(draw, asked, code, prose, EACH + WARMING)
    rows = [("question", text) for text in asked]
    rows += [("keywords", text) for text in pairs[:EACH]]
    rows += [("issue", text) for text in texts[:EACH]]
    rows += [("symbol", text) for text in symbols(draw, client, pairs[EACH + WARMING:], EACH)]
    draw.shuffle(rows)
    warming = [("keywords", text) for text in pairs[EACH:EACH + WARMING]]
    return rows, warming + [("issue", text) for text in texts[EACH:]]


def write_rows(path, rows):
    path.write_text("".join(json.dumps({"class": c, "query": q}) + "\n" for c, q in rows))


def measure(daemon, folder, arguments):
    program = os.fspath(arguments.program or BIN / "search_load")

    def ask(queries, clients, answers=None):
        subprocess.run([program, daemon.endpoint, os.fspath(folder / queries), str(clients),
                        *([answers] if answers else [])], check=True,
                       stdout=subprocess.DEVNULL if queries == "warming.jsonl" else None)

    ask("warming.jsonl", 1)
    for clients in arguments.clients.split(","):
        print(f"\n{clients} client(s)", flush=True)
        ask("queries.jsonl", int(clients), arguments.answers)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", default="1,8")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--answers")
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--vectors", type=pathlib.Path)
    arguments = parser.parse_args()
    names = [corpus["corpus"] for corpus in questions.load("dev")]
    paths, why = questions.corpora_paths(names)
    if len(paths) < len(names):
        sys.exit(f"run scripts/corpora --dev first: {why}")
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp(prefix="cpt-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    try:
        root = folder / "all"
        if not root.exists():
            make_repository(root, paths)
        with Daemon(folder) as daemon:
            daemon.add(root)
            for line in daemon.run("status").stdout.splitlines():
                print(line)
            client = Client(daemon.endpoint, timeout=60)
            rows, warming = make_queries(arguments.seed, root, client)
            client.close()
            write_rows(folder / "queries.jsonl", rows)
            write_rows(folder / "warming.jsonl", warming)
        with Daemon(folder) as daemon:  # anew: what the making of the queries has read is gone
            daemon.add(root)  # is there: waits until it is in memory
            measure(daemon, folder, arguments)
            if arguments.vectors:
                vectors.export(daemon.state, arguments.vectors)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
