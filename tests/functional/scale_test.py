"""Repositories that are large in one way: indexed whole, in bounded memory, and polled at no cost.
COPPICE_SCALE=1 takes a million files, a hundred thousand refs, a million commits."""

import os
import pathlib
import unittest

import large_repository
from harness import DaemonTestCase, git

FULL = os.environ.get("COPPICE_SCALE") == "1"
FILES, REFS, COMMITS = (1_000_000, 100_000, 1_000_000) if FULL else (20_000, 5_000, 20_000)
ADD_SECONDS = "3600" if FULL else "600"


class Scale(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def add(self, path, *options):
        return self.d.json("--timeout", ADD_SECONDS, "add", os.fspath(path), "--wait", *options)

    def peak_mebibytes(self):
        for line in pathlib.Path(f"/proc/{self.d.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        raise AssertionError("no VmHWM")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.d.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_many_files(self):
        path = large_repository.many_files(self.folder / "files", FILES)
        self.add(path)
        coverage = self.d.json("list")["repos"][0]["views"][0]["coverage"]
        self.assertEqual(coverage["indexed"], FILES)
        self.assertTrue(self.d.search_paths("word_7"))
        print(f"{FILES} files: {self.cpu_seconds():.1f} s of CPU, peak {self.peak_mebibytes()} MiB")

    def test_many_refs(self):
        path = large_repository.many_refs(self.folder / "refs", REFS)
        self.add(path, "--ref", "HEAD", "--ref", "topic/7")
        self.assertEqual(self.d.search_paths("cross the river"), ["ferry.py"])
        git(path, "update-ref", "refs/heads/topic/7", git(path, "commit-tree", "main^{tree}", "-m", "m"))
        head = git(path, "rev-parse", "refs/heads/topic/7")
        self.wait_until(lambda: [view for view in self.d.json("list")["repos"][0]["views"]
                                 if view["ref"] == "refs/heads/topic/7" and view["commit"] == head],
                        what="the moved branch")
        print(f"{REFS} refs: {self.cpu_seconds():.1f} s of CPU, peak {self.peak_mebibytes()} MiB")

    def test_many_commits(self):
        path = large_repository.many_commits(self.folder / "commits", COMMITS)
        self.add(path)
        self.assertEqual(self.d.search_paths(f"crossing_{COMMITS - 1}"), ["ferry.py"])
        # A clone is recognised by its first commit: it shares what is indexed.
        git(self.folder, "clone", "--quiet", "--bare", "--shared", os.fspath(path), "clone.git")
        self.add(self.folder / "clone.git")
        self.assertEqual({row["state"] for row in self.d.json("list")["repos"]}, {"ready"})
        print(f"{COMMITS} commits: {self.cpu_seconds():.1f} s of CPU, peak {self.peak_mebibytes()} MiB")


if __name__ == "__main__":
    unittest.main()
