"""Daemons that share a database and divide the work: one reads git, one makes vectors, one answers."""

import unittest

from harness import Daemon, DaemonTestCase
from postgresql_server import PostgreSql

FILES = {"crossing.py": "# Where the river is crossed.\ndef ferry():\n    return 1\n",
         "mill.py": "# Grinds corn.\ndef mill():\n    return 2\n"}


class Roles(DaemonTestCase):
    def setUp(self):
        super().setUp()
        server = PostgreSql(self.folder / "server")
        self.addCleanup(server.stop)
        self.url = server.url
        self.source = self.repository()
        self.source.commit(FILES)

    def with_roles(self, roles, **environment):
        """A daemon with these roles on the shared database."""
        daemon = Daemon(self.folder, name=roles.replace(",", "-"),
                        environment={"COPPICE_DATABASE__URL": self.url, "COPPICE_DAEMON__ROLES": roles, **environment})
        self.addCleanup(daemon.__exit__)
        return daemon.start()

    @staticmethod
    def by_meaning(daemon):
        hits = daemon.json("search", "where is the river crossed")["hits"]
        return [hit["path"] for hit in hits if "vector" in [by["search"] for by in hit["found_by"]]]

    def test_each_does_its_part(self):
        indexer = self.with_roles("index")
        server = self.with_roles("serve")
        indexer.add(self.source)
        self.wait_until(lambda: "crossing.py" in self.search_ok(server, "ferry"), what="the words")
        self.assertEqual(self.by_meaning(server), [], "nobody has made vectors yet")
        self.with_roles("embed")
        self.wait_until(lambda: "crossing.py" in self.by_meaning(server), 60, "the vectors")
        self.source.commit({"bridge.py": "# Where the river is crossed on foot.\ndef bridge():\n    return 3\n"})
        self.wait_until(lambda: "bridge.py" in self.by_meaning(server), 60, "vectors of the next commit")

    def search_ok(self, daemon, query):
        result = daemon.run("--json", "search", query)
        return result.stdout if result.returncode == 0 else ""

    def test_what_a_daemon_does_not_do_it_says(self):
        embedder = self.with_roles("embed")
        error = embedder.json("search", "ferry", code=64)["error"]
        self.assertEqual(error["code"], "unsupported")
        self.assertIn("serve", error["remedy"])
        error = embedder.json("add", str(self.source.path), code=64)["error"]
        self.assertIn("index", error["remedy"])
        self.assertEqual(embedder.json("ping")["state"], "ready")

    def test_no_role_at_all_is_refused(self):
        daemon = Daemon(self.folder, environment={"COPPICE_DAEMON__ROLES": ""})
        self.addCleanup(daemon.__exit__)
        daemon.spawn()
        self.assertEqual(daemon.process.wait(60), 78, daemon.log())
        self.assertIn("daemon.roles", daemon.log())


if __name__ == "__main__":
    unittest.main()
