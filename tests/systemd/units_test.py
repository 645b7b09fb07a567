"""systemd-analyze verify says nothing about the units; 77 where it is not installed."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["COPPICE_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["COPPICE_BIN_DIR"])


def verify(unit, text, user=False):
    """What systemd-analyze prints about `text` as a unit file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / unit
        path.write_text(text)
        command = ["systemd-analyze", "verify", "--man=no", *(["--user"] if user else []), os.fspath(path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False,
                                env={**os.environ, "XDG_RUNTIME_DIR": folder, "SYSTEMD_LOG_LEVEL": "warning"})
        return result.stdout + result.stderr


def unit_text(name):
    text = (SOURCE / "systemd" / name).read_text()
    # The programs are where they were built, not where a package would put them.
    return text.replace("/usr/bin/coppiced", os.fspath(BIN / "coppiced"))


class Units(unittest.TestCase):
    def test_the_system_unit_is_clean(self):
        self.assertEqual(verify("coppiced.service", unit_text("coppiced.service")), "")

    def test_the_user_unit_is_clean(self):
        self.assertEqual(verify("coppiced.service", unit_text("user/coppiced.service"), user=True), "")

    def test_a_misspelt_key_is_seen(self):
        broken = unit_text("coppiced.service").replace("RestartSec=", "RestartSecs=")
        self.assertIn("RestartSecs", verify("coppiced.service", broken))


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("SKIPPED: systemd-analyze is not installed")
        sys.exit(77)
    unittest.main()
