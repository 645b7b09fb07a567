"""How parsers are confined, seen from outside, and what an administrator sees where they cannot be."""

import ctypes
import os
import pathlib
import platform
import struct
import unittest

from harness import PATIENCE, Daemon, DaemonTestCase

# Numbers of the calls seccomp() and prctl().
CALLS = {"x86_64": (317, 157), "aarch64": (277, 167)}
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38


def refuse_seccomp():
    """From here on the kernel refuses this process and its children a filter, as some containers do."""
    seccomp, prctl = CALLS[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06  # BPF: a word of the call's data, a jump, the verdict
    allow, refuse = 0x7FFF0000, 0x00050001  # EPERM
    program = [(load, 0, 0, 0), (equal, 4, 0, seccomp), (equal, 0, 2, prctl), (load, 0, 0, 16),
               (equal, 1, 0, PR_SET_SECCOMP), (give, 0, 0, allow), (give, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or library.prctl(PR_SET_SECCOMP, 2, head, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def status_of_parsers(daemon):
    """/proc/PID/status of the daemon's parsers, as mappings."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            lines = (folder / "status").read_text().splitlines()
        except OSError:
            continue  # it has ended meanwhile
        status = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
        if status["Name"] == "coppice-parser" and status["PPid"] == str(daemon.process.pid):
            found.append(status)
    return found


class Confined(DaemonTestCase):
    def test_parsers_are_and_nobody_has_to_be_told(self):
        source = self.repository()
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        daemon = self.daemon()
        daemon.add(source)
        parsers = status_of_parsers(daemon)
        self.assertTrue(parsers)
        for status in parsers:
            self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
            self.assertEqual(int(status["CapEff"], 16), 0)
            if os.geteuid() == 0:
                self.assertEqual(set(status["Uid"].split()), {"65534"})
        self.assertEqual(daemon.json("ping").get("detail", ""), "")
        self.assertNotIn("parsers_not_confined", daemon.log())


@unittest.skipUnless(platform.machine() in CALLS, "the numbers of the system calls are not known for this machine")
class NotConfined(DaemonTestCase):
    def test_by_default_it_goes_on_and_says_so(self):
        source = self.repository()
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        daemon = self.daemon(before_start=refuse_seccomp)
        daemon.add(source)
        self.assertEqual(daemon.search_paths("alpha_beam"), ["a.py"])
        health = daemon.json("ping")
        self.assertEqual(health["state"], "ready")
        self.assertIn("not confined", health["detail"])
        self.assertIn("parsers_not_confined", daemon.log())
        self.assertIn("seccomp", daemon.log())

    def test_it_does_not_start_where_the_sandbox_is_required(self):
        daemon = Daemon(self.folder, before_start=refuse_seccomp,
                        environment={"COPPICE_INDEX__SANDBOX": "require"})
        self.addCleanup(daemon.__exit__)
        daemon.spawn()
        self.assertEqual(daemon.process.wait(60 * PATIENCE), 64, daemon.log())
        self.assertIn("parsers cannot be confined", daemon.log())
        self.assertIn("index.sandbox", daemon.log())

    def test_switched_off_is_said_too(self):
        daemon = self.daemon(environment={"COPPICE_INDEX__SANDBOX": "off"})
        health = self.wait_until(lambda: self.ready(daemon), what="the state ready")
        self.assertIn("index.sandbox = off", health["detail"])

    @staticmethod
    def ready(daemon):
        health = daemon.json("ping")
        return health if health["state"] == "ready" else None


if __name__ == "__main__":
    unittest.main()
