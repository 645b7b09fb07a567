#!/usr/bin/env python3
"""Makes repositories that are large in one way, in seconds: many files, many refs or many commits.

    large_repository.py files|refs|commits COUNT FOLDER
"""

import os
import pathlib
import subprocess
import sys

ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": os.environ["PATH"]}
WHO = "committer Ada <ada@example.org> {} +0000"
FIRST_TIME = 1700000000
FILES_A_FOLDER = 100


def _git(folder, *arguments, **options):
    return subprocess.run(["git", "-C", os.fspath(folder), *arguments], env=ENVIRONMENT, check=True,
                          stdout=subprocess.PIPE, **options).stdout.decode().strip()


def _commit(lines, mark, time, parent=None):
    lines.append(f"commit refs/heads/main\nmark :{mark}\n{WHO.format(FIRST_TIME + time)}\ndata 1\nc")
    if parent:
        lines.append(f"from :{parent}")


def _blob(lines, mark, text):
    lines.append(f"blob\nmark :{mark}\ndata {len(text)}\n{text}")


def _import(folder, lines):
    _git(folder, "fast-import", "--quiet", input=("\n".join(lines) + "\n").encode())


def _start(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    return folder


def many_files(folder, count, distinct=1000):
    """`count` files, a hundred a folder, of `distinct` contents."""
    folder = _start(folder)
    lines = []
    distinct = min(distinct, count)
    for number in range(distinct):
        _blob(lines, number + 1, f"def word_{number}():\n    return {number}\n")
    _commit(lines, distinct + 1, 0)
    for number in range(count):
        top, leaf = divmod(number // FILES_A_FOLDER, FILES_A_FOLDER)
        lines.append(f"M 100644 :{number % distinct + 1} d{top}/e{leaf}/f{number}.py")
    _import(folder, lines)
    return folder


def many_refs(folder, count):
    """`count` branches under topic/, all on main's commit, packed."""
    folder = _start(folder)
    lines = []
    _blob(lines, 1, "def cross_the_river():\n    return 'ferry'\n")
    _commit(lines, 2, 0)
    lines.append("M 100644 :1 ferry.py")
    _import(folder, lines)
    head = _git(folder, "rev-parse", "main")
    names = sorted(["refs/heads/main", *(f"refs/heads/topic/{n}" for n in range(count))])
    (folder / "refs/heads/main").unlink()
    with open(folder / "packed-refs", "w", encoding="ascii") as packed:
        packed.write("# pack-refs with: peeled fully-peeled sorted \n")
        packed.writelines(f"{head} {name}\n" for name in names)
    return folder


def many_commits(folder, count):
    """`count` commits in one line; each thousandth changes the one file."""
    folder = _start(folder)
    lines = []
    for number in range(count):
        text = f"def crossing_{number}():\n    return {number}\n"
        _commit(lines, number + 1, number, number or None)
        if number % 1000 == 0 or number == count - 1:
            lines.append(f"M 100644 inline ferry.py\ndata {len(text)}\n{text}")
    _import(folder, lines)
    return folder


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    KIND, COUNT, FOLDER = sys.argv[1:]
    {"files": many_files, "refs": many_refs, "commits": many_commits}[KIND](FOLDER, int(COUNT))
