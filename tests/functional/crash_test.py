"""kill -9 of the daemon and of PostgreSQL while it indexes: it resumes, nothing twice, nothing lost."""

import json
import os
import random
import signal
import subprocess
import unittest

from harness import Daemon, DaemonTestCase

FILES = 4000  # some seconds of work: enough to be caught in the middle of it


def many_files(count, seed):
    """Python files whose functions have names of their own."""
    words = random.Random(seed)
    files = {}
    for number in range(count):
        functions = [f"def f{number}_{i}_{words.randrange(10**9)}(a, b):\n"
                     f"    \"\"\"Adds number {words.randrange(10**6)} to both.\"\"\"\n"
                     f"    return a + b + {words.randrange(10**6)}\n" for i in range(12)]
        files[f"pkg{number % 20}/module{number}.py"] = "\n\n".join(functions) + f"\n\nMARK_{number} = 1\n"
    return files


class Crashes(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.repository("big")
        self.commit = self.source.commit(many_files(FILES, 1))
        self.d = self.daemon()

    def start_indexing(self):
        self.d.json("add", os.fspath(self.source.path))
        self.wait_until(lambda: [job for job in self.d.json("jobs")["jobs"]
                                 if job["state"] == "running" and job["done"] > 0],
                        what="a running job")

    def expect_whole_index(self):
        """The index equals that of a daemon which was never disturbed."""
        def ready():
            # While PostgreSQL recovers the daemon says "unavailable" and stays up.
            listed = self.d.run("--json", "list")
            self.assertIn(listed.returncode, (0, 75), listed.stdout)
            return listed.returncode == 0 and json.loads(listed.stdout)["repos"][0]["state"] == "ready"

        self.wait_until(ready, 60, "the whole index")
        self.assertEqual(self.d.json("list")["repos"][0]["views"][0]["commit"], self.commit)
        fresh = Daemon(self.folder, name="fresh")
        self.addCleanup(fresh.__exit__)
        fresh.start()
        fresh.add(self.source)
        left, right = (daemon.json("list")["repos"][0] for daemon in (self.d, fresh))
        for key in ("chunks", "views"):
            self.assertEqual(left[key], right[key])
        self.assertEqual(self.d.search_paths(f"MARK_{FILES - 7}")[0],
                         fresh.search_paths(f"MARK_{FILES - 7}")[0])
        self.assertEqual(self.counts(self.d), self.counts(fresh), "rows in the database")

    def counts(self, daemon):
        """Rows of each table that holds content, read with psql from the private cluster."""
        tables = ("git_commit", "git_tree", "git_object", "blob", "blob_body", "blob_fact", "text",
                  "text_vector")
        query = " union all ".join(f"select '{t}', count(*) from coppice.{t}" for t in tables)
        sockets = list(daemon.state.glob("postgresql/**/.s.PGSQL.*[0-9]"))
        owner = os.stat(sockets[0]).st_uid
        result = subprocess.run(
            ["psql", "--no-psqlrc", "-At", "-h", os.fspath(sockets[0].parent), "-U", "coppice", "-d", "coppice",
             "-c", query],
            capture_output=True, text=True, check=False, user=owner if os.geteuid() == 0 else None)
        self.assertEqual(result.returncode, 0, result.stderr)
        return dict(line.split("|") for line in result.stdout.split())

    def test_kill_9_of_the_daemon_mid_index(self):
        self.start_indexing()
        self.d.kill()
        self.d.start()
        self.expect_whole_index()

    def test_kill_9_of_postgres_mid_index(self):
        self.start_indexing()
        os.kill(self.d.postgres_pid(), signal.SIGKILL)
        self.expect_whole_index()
        self.assertIsNone(self.d.process.poll(), "the daemon ended")

    def test_an_accepted_job_survives(self):
        self.d.json("add", os.fspath(self.source.path))
        self.d.kill()
        self.d.start()
        self.expect_whole_index()


if __name__ == "__main__":
    unittest.main()
