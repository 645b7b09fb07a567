#!/usr/bin/env python3
"""Tests scripts/corpora on a small tarball of its own; nothing is downloaded."""

import hashlib
import io
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts" / "corpora"
TARBALL = "tiny_1.0.orig.tar.gz"
# The id of the one commit of the tree below: it may depend on nothing but that tree.
COMMIT = "c6826f9b0368c38cfe3e324e9f095aeaadddca05"
CRLF = b"one\r\ntwo\r\n$Id$\r\n"


def make_tarball(path):
    with tarfile.open(path, "w:gz") as tar:

        def add(name, data=b"", mode=0o664, kind=tarfile.REGTYPE, link=""):
            info = tarfile.TarInfo(f"tiny-1.0/{name}")
            info.type, info.mode, info.linkname = kind, mode, link
            info.uid = info.gid = 4711
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        add("src", mode=0o775, kind=tarfile.DIRTYPE)
        add("src/crlf.txt", CRLF)
        add("src/run.sh", b"#!/bin/sh\n", mode=0o775)
        add("src/latin1-\u00e9.txt", b"\xe9\n")
        add("ignored.o", b"\0\1")
        add("link", kind=tarfile.SYMTYPE, link="src/run.sh")
        add(".gitignore", b"*.o\n")
        add(".gitattributes", b"* text=auto eol=lf ident\n*.sh filter=lfs\n")


class CorporaTest(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="corpora_test-"))
        self.addCleanup(shutil.rmtree, self.base)
        self.lock = self.base / "lock"
        self.place(self.base / "a")
        self.write_lock()

    def place(self, directory):
        (directory / "downloads").mkdir(parents=True)
        make_tarball(directory / "downloads" / TARBALL)
        self.sum = hashlib.sha256((directory / "downloads" / TARBALL).read_bytes()).hexdigest()

    def write_lock(self, **changes):
        entry = dict(set="main", language="C", package="tiny", suite="bookworm", tarball=TARBALL,
                     sha256=self.sum, licence="MIT", commit=COMMIT)
        entry.update(changes)
        lines = [f"{key} = {value}" for key, value in entry.items() if value is not None]
        self.lock.write_text("[tiny]\n" + "\n".join(lines) + "\n")

    def corpora(self, *arguments, directory="a", environment=None, umask=0o022):
        command = [sys.executable, str(SCRIPT), "--offline", "--lock", str(self.lock)]
        command += ["--dir", str(self.base / directory), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, **(environment or {})}, umask=umask)

    def git(self, *arguments, directory="a"):
        command = ["git", f"--git-dir={self.base / directory / 'tiny' / '.git'}", *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout

    def assert_fails(self, done, *words):
        self.assertEqual(done.returncode, 1, done)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(done.stdout, "")
        left = [path.name for path in (self.base / "a").iterdir()]
        self.assertFalse([name for name in left if name.startswith(".tmp-")], left)

    def test_prints_name_path_and_commit(self):
        done = self.corpora()
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(done.stdout, f"tiny\t{self.base / 'a' / 'tiny'}\t{COMMIT}\n")

    def test_the_commit_holds_the_tarballs_bytes(self):
        self.assertEqual(self.corpora().returncode, 0)
        self.assertEqual(self.git("rev-list", "--count", "--all"), b"1\n")
        self.assertEqual(self.git("cat-file", "blob", "HEAD:src/crlf.txt"), CRLF)
        self.assertEqual(self.git("cat-file", "blob", "HEAD:ignored.o"), b"\0\1")
        listing = self.git("-c", "core.quotePath=false", "ls-tree", "-r", "HEAD").decode()
        modes = {line.split("\t")[1]: line.split()[0] for line in listing.splitlines()}
        self.assertEqual(modes["src/run.sh"], "100755")
        self.assertEqual(modes["src/crlf.txt"], "100644")
        self.assertEqual(modes["link"], "120000")
        self.assertIn("src/latin1-\u00e9.txt", modes)

    def test_neither_git_settings_nor_zone_nor_umask_change_the_commit(self):
        home = self.base / "home"
        home.mkdir()
        (home / ".gitconfig").write_text(
            "[core]\n\tautocrlf = true\n\tfileMode = false\n[commit]\n\tgpgSign = true\n"
            "[init]\n\tdefaultBranch = other\n\tdefaultObjectFormat = sha256\n"
            "[user]\n\tname = Somebody\n\temail = s@example.org\n"
        )
        self.place(self.base / "b")
        self.write_lock()
        environment = {"HOME": str(home), "TZ": "Asia/Tokyo", "GIT_AUTHOR_NAME": "Somebody",
                       "GIT_DIR": "/nowhere", "LC_ALL": "C"}
        done = self.corpora(directory="b", environment=environment, umask=0o077)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.git("rev-parse", "HEAD", directory="b").decode().strip(), COMMIT)

    def test_a_second_run_touches_nothing_and_takes_less_than_a_second(self):
        self.corpora()
        before = os.stat(self.base / "a" / "tiny" / ".git")
        (self.base / "a" / "downloads" / TARBALL).unlink()
        start = time.monotonic()
        done = self.corpora()
        self.assertLess(time.monotonic() - start, 1.0)
        self.assertEqual(done.returncode, 0, done)
        after = os.stat(self.base / "a" / "tiny" / ".git")
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))

    def test_a_damaged_repository_is_built_again(self):
        self.corpora()
        (self.base / "a" / "tiny" / ".git" / "HEAD").unlink()
        self.assertEqual(self.corpora().returncode, 0)
        self.assertEqual(self.git("rev-parse", "HEAD").decode().strip(), COMMIT)

    def test_a_wrong_sum_is_refused(self):
        self.write_lock(sha256="0" * 64)
        self.assert_fails(self.corpora(), "SHA-256", "0" * 64, self.sum)
        self.assertFalse((self.base / "a" / "tiny").exists())

    def test_another_commit_than_the_pinned_one_is_refused(self):
        self.write_lock(commit="1" * 40)
        self.assert_fails(self.corpora(), COMMIT, "1" * 40)
        self.assertFalse((self.base / "a" / "tiny").exists())

    def test_a_cut_tarball_is_refused(self):
        path = self.base / "a" / "downloads" / TARBALL
        path.write_bytes(path.read_bytes()[:200])
        self.write_lock(sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        self.assert_fails(self.corpora(), "cannot unpack", TARBALL)
        self.assertFalse((self.base / "a" / "tiny").exists())

    def test_offline_names_what_is_missing(self):
        (self.base / "a" / "downloads" / TARBALL).unlink()
        self.assert_fails(self.corpora(), "--offline", TARBALL, self.sum)

    def test_bad_names_and_locks_are_clear_errors(self):
        self.assert_fails(self.corpora("nosuch"), "unknown corpus nosuch", "tiny")
        self.write_lock(sha256=None)
        self.assert_fails(self.corpora(), "lacks sha256")
        self.lock.write_text("no section\n")
        self.assert_fails(self.corpora(), "malformed")
        self.lock.unlink()
        self.assert_fails(self.corpora(), "cannot read")

    def test_the_dev_set_comes_only_when_asked_for(self):
        self.write_lock(set="dev")
        self.assertEqual(self.corpora().stdout, "")
        self.assertIn(COMMIT, self.corpora("--dev").stdout)
        self.assertIn(COMMIT, self.corpora("tiny").stdout)

    def test_help_and_wrong_options(self):
        self.assertEqual(self.corpora("--help").returncode, 0)
        self.assertIn("--dev", self.corpora("--help").stdout)
        self.assertEqual(self.corpora("--nosuch").returncode, 2)

    def test_the_script_is_executable(self):
        self.assertTrue(SCRIPT.stat().st_mode & stat.S_IXUSR)


if __name__ == "__main__":
    unittest.main()
