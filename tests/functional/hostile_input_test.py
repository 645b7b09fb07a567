"""Input made to hurt: each costs its file or its repository, says so, and the rest is indexed."""

import base64
import json
import os
import pathlib
import random
import shutil
import unittest
import zlib

from harness import BIN, DaemonTestCase, git

GOOD = {"good.py": "def alpha_beam():\n    return 1\n"}
MIB = 1 << 20


def wrapped(text, columns=100):
    """The text in lines: one enormous line would be skipped before any parser saw it."""
    return b"".join(text[at:at + columns] + b"\n" for at in range(0, len(text), columns))


class HostileTestCase(DaemonTestCase):
    def expect_up_and_rest_indexed(self, daemon, pid):
        """Still the same process, and it finds what is beside the hostile file."""
        self.assertEqual(daemon.process.pid, pid)
        self.assertIsNone(daemon.process.poll(), daemon.log())
        self.assertEqual(daemon.run("ping").returncode, 0)
        self.assertIn("good.py", daemon.search_paths("alpha_beam"))

    def states(self, daemon, repository="repo"):
        lines = daemon.run("--json", "files", repository).stdout.splitlines()
        return {row["path"]: (row["state"], row["reason"])
                for row in map(json.loads, lines) if "path" in row}


class Files(HostileTestCase):
    TIMEOUT_SECONDS = 2
    TOO_LARGE = ("skipped", "too_large")
    SKIPPED = {
        "parens10m.c": (b"(" * (10 * MIB), TOO_LARGE),
        "line100m.js": (b"x" * (100 * 1000 * 1000), TOO_LARGE),
        "line.js": (b"x" * (MIB - 10), ("skipped", "minified")),
        "zip.py": (b"PK\x03\x04\x14\x00" + zlib.compress(random.Random(1).randbytes(200_000)), ("skipped", "binary")),
        "bundle.min.js": (b"var a=function(b){return b+1};" * 20_000, ("skipped", "minified")),
    }
    # What a grammar makes of these is its own affair, in the time it has.
    PARSED = {
        "parens.c": wrapped(b"(" * (MIB - 20_000)),
        "nested.c": wrapped(b"int f(void) { return " + b"(" * 100_000 + b"1" + b")" * 100_000 + b"; }"),
        "nested.json": wrapped(b"[" * 100_000 + b"]" * 100_000),
        "nested.py": wrapped(b"x = " + b"[" * 100_000 + b"]" * 100_000),
        "nested.js": wrapped(b"x = " + b"{a:" * 100_000 + b"1" + b"}" * 100_000),
        "nested.md": wrapped(b">" * 100_000, 400),
        "ambiguous.cpp": wrapped(b"int x = " + b"a<b," * 100_000 + b"1;"),
        "ambiguous.ts": wrapped(b"let x = " + b"f<(a," * 100_000),
        "packed.py": wrapped(b"DATA = '''" + base64.b64encode(random.Random(2).randbytes(700_000)) + b"'''", 76),
    }

    def test_each_has_its_state_and_the_rest_is_found(self):
        source = self.repository()
        source.commit({**GOOD, **self.PARSED, **{name: body for name, (body, _) in self.SKIPPED.items()}})
        daemon = self.daemon(environment={"COPPICE_INDEX__PARSE_TIMEOUT_SECONDS": str(self.TIMEOUT_SECONDS)})
        pid = daemon.process.pid
        daemon.add(source)
        states = self.states(daemon)
        for name, (_, wanted) in self.SKIPPED.items():
            self.assertEqual(states[name], wanted, name)
        for name in self.PARSED:
            self.assertIn(states[name], (("indexed", ""), ("quarantined", "parser_timed_out"),
                                         ("quarantined", "parser_crashed")), name)
        self.assertEqual(states["good.py"], ("indexed", ""))
        self.expect_up_and_rest_indexed(daemon, pid)

    def test_a_blob_of_one_gibibyte_is_not_read(self):
        source = self.repository()
        source.commit(GOOD)
        with open(source.path / "huge.c", "wb") as stream:
            stream.truncate(1 << 30)
        git(source.path, "-c", "core.compression=1", "-c", "core.bigFileThreshold=1m", "add", "huge.c")
        git(source.path, "commit", "--quiet", "--message", "huge")
        daemon = self.daemon()
        pid = daemon.process.pid
        daemon.add(source)
        self.assertEqual(self.states(daemon)["huge.c"], self.TOO_LARGE)
        self.expect_up_and_rest_indexed(daemon, pid)
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        peak = int(status.partition("VmHWM:")[2].split()[0])
        if "ASAN_OPTIONS" not in os.environ and "TSAN_OPTIONS" not in os.environ:
            self.assertLess(peak, 512 * 1024, "KiB of memory")


class AGrammarThatFails(HostileTestCase):
    """A stand-in for coppice-parser, in the same sandbox, that does what a blob tells it to."""

    def test_its_files_are_in_quarantine_and_searchable_as_lines(self):
        programs = self.folder / "programs"
        programs.mkdir()
        for program in ("coppiced", "coppice"):
            shutil.copy(BIN / program, programs)
        shutil.copy(BIN.parent / "tests" / "coppice-test-parser", programs / "coppice-parser")
        source = self.repository()
        source.commit({**GOOD, "crash.c": "abort\nvoid crash_word(void);\n", "hang.c": "hang\nvoid hang_word(void);\n",
                       "socket.c": "socket\nvoid socket_word(void);\n"})
        daemon = self.daemon(programs=programs, environment={"COPPICE_INDEX__PARSE_TIMEOUT_SECONDS": "1"})
        daemon.add(source)
        self.assertEqual(self.states(daemon), {
            "good.py": ("indexed", ""), "crash.c": ("quarantined", "parser_crashed"),
            "hang.c": ("quarantined", "parser_timed_out"), "socket.c": ("quarantined", "parser_crashed")})
        listed = daemon.run("files", "repo", "--state", "quarantined").stdout
        self.assertEqual([name in listed for name in ("crash.c", "hang.c", "socket.c", "good.py")],
                         [True, True, True, False], listed)
        for word, path in (("crash_word", "crash.c"), ("hang_word", "hang.c"), ("socket_word", "socket.c")):
            self.assertEqual(daemon.search_paths(word)[0], path)
        self.assertIn("a system call that the sandbox forbids", daemon.log())


class Trees(HostileTestCase):
    def test_a_tree_bomb_is_refused_with_what_to_do(self):
        source = self.repository()
        source.commit(GOOD)
        blob = git(source.path, "rev-parse", "HEAD:good.py")
        tree = self.make_tree(source, [("100644", "blob", blob, f"f{i}") for i in range(10)])
        for _ in range(9):
            tree = self.make_tree(source, [("040000", "tree", tree, f"d{i}") for i in range(10)])
        top = self.make_tree(source, [("040000", "tree", tree, "bomb"), ("100644", "blob", blob, "good.py"),
                                      ("040000", "tree", self.make_tree(source, [("100644", "blob", blob, "good.py")]),
                                       "src")])
        git(source.path, "update-ref", "HEAD", git(source.path, "commit-tree", top, "-m", "bomb"))
        daemon = self.daemon()
        pid = daemon.process.pid
        daemon.json("add", os.fspath(source.path))

        def failed():
            return [job for job in daemon.json("jobs")["jobs"] if job["state"] == "failed"]

        job = self.wait_until(failed, 60, "the end of the job")[0]
        self.assertIn("more than 1000000", job["error"])
        self.assertIn("--subtree", job["error"])
        daemon.add(source, "--subtree", "src")
        self.expect_up_and_rest_indexed_below(daemon, pid)

    def expect_up_and_rest_indexed_below(self, daemon, pid):
        self.assertEqual(daemon.process.pid, pid)
        self.assertEqual(daemon.search_paths("alpha_beam"), ["src/good.py"])

    def make_tree(self, source, entries):
        lines = "".join(f"{mode} {kind} {name}\t{path}\n" for mode, kind, name, path in entries)
        return git(source.path, "mktree", input=lines.encode())


if __name__ == "__main__":
    unittest.main()
