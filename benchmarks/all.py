#!/usr/bin/python3
"""Question: what are all the figures of benchmarks/README.md today, on this machine?

Data:    the development corpora (scripts/corpora --dev).
Command: scripts/build ci && benchmarks/all.py [PART ...]        some 15 minutes; without PART: all

Prints commit, machine and a section for each part. What goes on beside it changes the figures; ratios within one run
count.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("COPPICE_BIN_DIR", ROOT / "build/ci/bin"))
os.environ.update(COPPICE_BIN_DIR=os.fspath(BIN), COPPICE_SOURCE_DIR=os.fspath(ROOT))

sys.path.insert(0, os.fspath(ROOT / "tests/functional"))

import questions  # noqa: E402


def text_of(path, key):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return "?"


def describe():
    git = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12"], check=False,
                         capture_output=True, text=True).stdout.strip()
    cores = len(os.sched_getaffinity(0))
    print(f"commit {git}; {text_of('/proc/cpuinfo', 'model name')}, {cores} cores, "
          f"{int(text_of('/proc/meminfo', 'MemTotal').split()[0]) // 1048576} GiB, "
          f"load {os.getloadavg()[0]:.2f}\n", flush=True)


def run(*command, **environment):
    print("    " + " ".join(os.fspath(word).replace(os.fspath(ROOT) + "/", "") for word in command) + "\n", flush=True)
    subprocess.run(command, check=True, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    print(flush=True)


def corpora():
    names = [corpus["corpus"] for corpus in questions.load("dev")]
    paths, why = questions.corpora_paths(names)
    if len(paths) < len(names):
        sys.exit(f"run scripts/corpora --dev first: {why}")
    return paths


def parsing():
    run(BIN / "parse_bench", *corpora().values())


def reading():
    for path in corpora().values():
        run(BIN / "git_bench", "read", path)


def cold_index():
    run(ROOT / "benchmarks/cold_index.py")


def writing():
    run(BIN / "write_bench")


def searching():
    with tempfile.TemporaryDirectory() as folder:
        vectors = pathlib.Path(folder) / "vectors.f32"
        run(ROOT / "benchmarks/search_load.py", "--clients", "1", "--vectors", vectors)
        run(BIN / "vector_index_bench", COPPICE_VECTORS=os.fspath(vectors))


def ranking():
    pairs = [word for name, path in corpora().items()
             for word in (path, ROOT / f"tests/questions/dev/{name}.json")]
    run(BIN / "rank_eval", *pairs)


PARTS = {"parsing": parsing, "reading": reading, "cold_index": cold_index, "writing": writing,
         "searching": searching, "ranking": ranking}


def main():
    parser = argparse.ArgumentParser(description="Prints the figures of benchmarks/README.md.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without one")
    arguments = parser.parse_args()
    for name in arguments.parts:
        if name not in PARTS:
            parser.error(f"no part is called {name}; there are {', '.join(PARTS)}")
    describe()
    for name in arguments.parts or PARTS:
        print(f"## {name}\n", flush=True)
        PARTS[name]()


if __name__ == "__main__":
    main()
