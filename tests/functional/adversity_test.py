"""When the machine fails the daemon: no database for a while, a full disk, no descriptors left. It says which, stays up,
and goes on by itself."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import unittest

from harness import DaemonTestCase
from postgresql_server import PostgreSql

FILES = {"a.py": "def alpha_beam():\n    return 1\n"}


class AdversityTestCase(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.repository()
        self.source.commit(FILES)

    def expect_found(self, daemon, word, path, seconds=60):
        """Found in the end, without anybody asking for it."""
        def found():
            result = daemon.run("--json", "search", word)
            self.assertIn(result.returncode, (0, 75), result.stdout)
            return result.returncode == 0 and path in result.stdout
        self.wait_until(found, seconds, f"{word} in {path}")
        self.assertIsNone(daemon.process.poll(), daemon.log())


class NoDatabase(AdversityTestCase):
    def test_it_says_so_and_goes_on_when_it_is_back(self):
        server = PostgreSql(self.folder / "server")
        self.addCleanup(server.stop)
        daemon = self.daemon(environment={"COPPICE_DATABASE__URL": server.url})
        daemon.add(self.source)
        server.stop()
        health = self.wait_until(lambda: self.degraded(daemon), what="the state degraded")
        self.assertIn("database", health["detail"])
        result = daemon.run("--json", "search", "alpha_beam")
        if result.returncode != 0:
            error = json.loads(result.stdout.splitlines()[-1])["error"]
            self.assertEqual((result.returncode, error["code"]), (75, "unavailable"), error)
        self.source.commit({"b.py": "def while_it_was_away():\n    return 2\n"})
        self.assertEqual(daemon.run("ping").returncode, 0)
        server.start()
        self.expect_found(daemon, "while_it_was_away", "b.py")
        self.expect_found(daemon, "alpha_beam", "a.py")
        self.assertEqual(daemon.json("ping")["state"], "ready")

    def degraded(self, daemon):
        health = daemon.json("ping")
        return health if health["state"] == "degraded" else None


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
class FullDisk(AdversityTestCase):
    def test_it_says_so_and_goes_on_when_there_is_room(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m,mode=0755", "coppice-test", os.fspath(disk)],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", os.fspath(disk)], check=True)
        daemon = self.daemon(name="disk/state")
        daemon.add(self.source)
        ballast = disk / "ballast"
        with open(ballast, "wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(b"x" * (1 << 20)):
                pass
        body = "".join(f"def many_{number}():\n    return {number * 7919}\n" for number in range(20_000))
        self.source.commit({"c.py": "def after_all():\n    return 3\n",
                            **{f"many/{part}.py": f"# {part}\n{body}" for part in range(8)}})
        self.wait_until(lambda: "No space left on device" in self.told(daemon), 60, "the word about the disk")
        self.assertEqual(daemon.run("ping").returncode, 0)
        ballast.unlink()
        self.expect_found(daemon, "after_all", "c.py", 120)

    def told(self, daemon):
        return daemon.run("--json", "jobs").stdout + daemon.run("--json", "ping").stdout


class NoDescriptors(AdversityTestCase):
    LIMIT = 128

    def test_clients_without_end_are_not_the_end(self):
        daemon = self.daemon(before_start=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (self.LIMIT, self.LIMIT)))
        daemon.add(self.source)
        path = daemon.endpoint.removeprefix("ipc://")
        with contextlib.ExitStack() as clients:
            for _ in range(self.LIMIT):
                client = clients.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                client.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    client.connect(path)
            self.wait_until(lambda: self.open_descriptors(daemon) >= self.LIMIT - 1, what="a daemon without descriptors")
            self.source.commit({"d.py": "def in_the_crowd():\n    return 4\n"})
            self.wait_until(lambda: "client_turned_away" in daemon.log(), what="the word about it")
        self.expect_found(daemon, "in_the_crowd", "d.py")

    def open_descriptors(self, daemon):
        self.assertIsNone(daemon.process.poll(), daemon.log())
        return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


if __name__ == "__main__":
    unittest.main()
