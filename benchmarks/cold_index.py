#!/usr/bin/python3
"""Question: how long from nothing until a repository is searchable, beside the bare parse of its
          files on the same cores, and how much memory, processor time and disk does that take?

Data:    REPOSITORY, or 1,500 source files (25 MB) of the ten development corpora, drawn by seed.
Command: COPPICE_BIN_DIR=build/ci/bin COPPICE_SOURCE_DIR=. benchmarks/cold_index.py
                 [REPOSITORY] [--rounds N] [--limit-mib N] [--no-bare]

Starts a daemon of its own in a temporary folder. Memory is the sum of the proportional set sizes of
daemon, parsers and PostgreSQL, sampled while it works; the peak of each is its own. The bare parse is
`parse_bench --bare` with a thread a core, before and after the index.
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

FUNCTIONAL = pathlib.Path(__file__).resolve().parent.parent / "tests/functional"
sys.path.insert(0, str(FUNCTIONAL))

import questions  # noqa: E402
from harness import BIN, Daemon, Repository  # noqa: E402

CODE = {".c", ".cc", ".cpp", ".h", ".hpp", ".py", ".go", ".java", ".js", ".rs", ".ts"}
FILES = 1500
BYTES = 25_000_000
TICK = os.sysconf("SC_CLK_TCK")


def draw_repository(folder, seed):
    """Files of all sizes, and enough of the large ones that they come to 25 MB."""
    paths, why = questions.corpora_paths([corpus["corpus"] for corpus in questions.load("dev")])
    if not paths:
        sys.exit(f"run scripts/corpora --dev first: {why}")
    found = sorted(path for root in paths.values() for path in pathlib.Path(root).rglob("*")
                   if path.suffix in CODE and path.is_file() and not path.is_symlink())
    draw = random.Random(seed)
    draw.shuffle(found)
    sizes = {path: path.stat().st_size for path in found}
    chosen, rest = found[:FILES], found[FILES:]
    total = sum(sizes[path] for path in chosen)
    for path in rest:  # each takes the place of a smaller one
        at = draw.randrange(FILES)
        if total < BYTES and sizes[chosen[at]] < sizes[path] < 300_000:
            total += sizes[path] - sizes[chosen[at]]
            chosen[at] = path
    repository = Repository(folder)
    for number, path in enumerate(chosen):
        target = folder / f"{number % 40:02}" / f"{number:04}-{path.name}"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    repository.commit()
    return folder


def pss_kib(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", text, re.M)
    return int(found[1]) if found else 0


def processes():
    """{pid: (parent, name, seconds of CPU)}"""
    table = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        fields = stat[stat.rindex(")") + 2:].split()
        name = stat[stat.index("(") + 1:stat.rindex(")")]
        table[int(entry.name)] = (int(fields[1]), name, (int(fields[11]) + int(fields[12])) / TICK)
    return table


class Sampler:
    """Follows a process and those below it; by program: seconds of CPU, peak of PSS."""

    def __init__(self, pid, pause):
        self.pid, self.pause = pid, pause
        self.cpu = {}  # (program, pid): the last seen
        self.peak = {}
        self.peak_of_all = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def program(self, pid, name):
        if pid == self.pid:
            return "coppiced"
        return "parsers" if name.startswith("coppice-parse") else "PostgreSQL"

    def sample(self):
        table = processes()
        mine = {self.pid}
        while True:
            more = {pid for pid, (parent, _, _) in table.items() if parent in mine} - mine
            if not more:
                break
            mine |= more
        held = {}
        for pid in mine & set(table):
            program = self.program(pid, table[pid][1])
            self.cpu[program, pid] = table[pid][2]
            held[program] = held.get(program, 0) + pss_kib(pid)
        for program, kib in held.items():
            self.peak[program] = max(kib, self.peak.get(program, 0))
        self.peak_of_all = max(self.peak_of_all, sum(held.values()))

    def run(self):
        while not self.stop.wait(self.pause):
            self.sample()

    def end(self):
        self.sample()
        self.stop.set()
        self.thread.join()
        return self

    def cpu_of(self, program):
        return sum(seconds for (name, _), seconds in self.cpu.items() if name == program)


def bare_parse(repository):
    """(files, bytes, seconds) of what there is a grammar for, a thread a core."""
    cores = str(len(os.sched_getaffinity(0)))
    out = subprocess.run([BIN / "parse_bench", "--bare", cores, repository], check=True,
                         capture_output=True, text=True).stdout
    found = re.match(r"(\d+) files, (\d+) bytes, ([\d.]+) s", out)
    return int(found[1]), int(found[2]), float(found[3])


def folder_bytes(path):
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())


def seconds_to_answer(daemon):
    start = time.monotonic()
    while daemon.run("search", "read the configuration file").returncode != 0:  # "not yet" is 75
        time.sleep(0.05)
    return time.monotonic() - start


def one_round(repository, arguments, pause):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cpt-"))
    folder.chmod(0o755)
    try:
        config = folder / "coppice.toml"
        config.write_text(f"[memory]\nlimit_mib = {arguments.limit_mib}\n" if arguments.limit_mib else "")
        with Daemon(folder, arguments=["--config", os.fspath(config)]) as daemon:
            data = daemon.state / "postgresql" / "data"
            empty = folder_bytes(data / "base")
            sampler = Sampler(daemon.process.pid, pause)
            start = time.monotonic()
            daemon.json("--timeout", "3600", "add", os.fspath(repository), "--wait")
            wall = time.monotonic() - start
            sampler.end()
            for line in daemon.run("status").stdout.splitlines():
                print("   ", line)
            for line in daemon.log().splitlines():
                if "job_" in line:
                    print("   ", line)
            base = folder_bytes(data / "base") - empty
            wal = folder_bytes(data / "pg_wal")
        start = time.monotonic()
        with Daemon(folder) as daemon:
            restart = time.monotonic() - start + seconds_to_answer(daemon)
        return {"wall": wall, "sampler": sampler, "base": base, "wal": wal, "restart": restart}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(result, source_bytes):
    sampler = result["sampler"]
    print(f"searchable after {result['wall']:.2f} s; restart to the first answer {result['restart']:.2f} s")
    for program in ("coppiced", "parsers", "PostgreSQL"):
        print(f"  {program:<10} {sampler.cpu_of(program):8.2f} s of CPU, "
              f"peak {sampler.peak.get(program, 0) / 1024:8.0f} MiB")
    print(f"  all at once {'':10} peak {sampler.peak_of_all / 1024:8.0f} MiB")
    print(f"  database grown by {result['base'] / 1e6:.1f} MB = {result['base'] / source_bytes:.2f} x the source "
          f"({source_bytes / 1e6:.1f} MB); WAL {result['wal'] / 1e6:.1f} MB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("repository", nargs="?", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit-mib", type=int)
    parser.add_argument("--no-bare", action="store_true", help="not beside the bare parse")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two samples")
    arguments = parser.parse_args()
    drawn = None if arguments.repository else pathlib.Path(tempfile.mkdtemp(prefix="cpt-"))
    try:
        repository = arguments.repository or draw_repository(drawn / "repository", arguments.seed)
        listed = subprocess.run(["git", "-C", repository, "ls-tree", "-rl", "HEAD"], check=True,
                                capture_output=True, text=True).stdout.splitlines()
        sizes = [int(line.split()[3]) for line in listed if line.split()[1] == "blob"]
        print(f"{len(sizes)} files, {sum(sizes) / 1e6:.1f} MB")
        for _ in range(arguments.rounds):
            before = None if arguments.no_bare else bare_parse(repository)
            result = one_round(repository, arguments, arguments.pause)
            report(result, sum(sizes))
            if before:
                after = bare_parse(repository)
                bare = (before[2] + after[2]) / 2
                print(f"  bare parse of {before[0]} files, {before[1] / 1e6:.1f} MB: "
                      f"{before[2]:.2f} s before, {after[2]:.2f} s after: "
                      f"{result['wall'] / bare:.2f} x", flush=True)
    finally:
        if drawn:
            shutil.rmtree(drawn, ignore_errors=True)


if __name__ == "__main__":
    main()
