"""`cmake --install` into a folder: what lies where, and that the programs there work together."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.fspath(pathlib.Path(__file__).resolve().parent.parent / "functional"))
import harness  # noqa: E402

CMAKE, BUILD = sys.argv[1:3]


class InstallTestCase(harness.DaemonTestCase):
    def install(self, prefix, **environment):
        done = subprocess.run(
            [CMAKE, "--install", BUILD, "--prefix", os.fspath(prefix)],
            env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stderr)


class Layout(InstallTestCase):
    def test_everything_has_its_place(self):
        prefix = self.folder / "usr"
        self.install(prefix)
        for name in (
            "bin/coppiced", "bin/coppice", "bin/coppice-parser",
            "lib/systemd/system/coppiced.service", "lib/systemd/user/coppiced.service", "lib/sysusers.d/coppice.conf",
            "share/coppice/coppice.example.toml", "share/coppice/ranking.toml",
            "share/doc/Coppice/LICENSE", "share/doc/Coppice/docs/cli.md",
        ):
            self.assertTrue((prefix / name).is_file(), name)

    def test_the_units_start_what_was_installed_with_them(self):
        stage = self.folder / "stage"
        self.install("/usr", DESTDIR=os.fspath(stage))
        packaged = (stage / "usr/lib/systemd/system/coppiced.service").read_text()
        self.assertEqual(packaged, (harness.SOURCE / "systemd/coppiced.service").read_text())
        self.install("/opt/coppice", DESTDIR=os.fspath(stage))
        for folder in ("system", "user"):
            moved = (stage / f"opt/coppice/lib/systemd/{folder}/coppiced.service").read_text()
            self.assertIn("\nExecStart=/opt/coppice/bin/coppiced\n", moved)
            self.assertNotIn("/usr/bin/coppiced", moved)


class Programs(InstallTestCase):
    def test_the_example_is_accepted(self):
        self.install(self.folder / "usr")
        done = subprocess.run(
            [self.folder / "usr/bin/coppiced", "--check-config",
             "--config", self.folder / "usr/share/coppice/coppice.example.toml"],
            capture_output=True, text=True, check=False, timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_daemon_finds_its_parser(self):
        self.install(self.folder / "usr")
        self.addCleanup(setattr, harness, "BIN", harness.BIN)
        harness.BIN = self.folder / "usr/bin"
        repository = self.repository()
        repository.commit({"ferry.py": "def cross_the_river():\n    return 1\n"})
        daemon = self.daemon()
        daemon.add(repository)
        hits = daemon.json("search", "cross_the_river")["hits"]
        self.assertEqual([(hit["path"], hit["symbol"]) for hit in hits], [("ferry.py", "cross_the_river")])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
