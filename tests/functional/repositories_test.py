"""What happens to repositories over time: added again, named by path, removed, purged, indexed by
another model."""

import unittest

from harness import SOURCE, DaemonTestCase, git

FILES = {"src/ferry.py": "def cross_the_river():\n    return 'ferry'\n",
         "lib/bridge.py": "def build_a_bridge():\n    return 'bridge'\n"}


class AddedAgain(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.repo = self.repository("depot")
        self.repo.commit(FILES)
        git(self.repo.path, "branch", "release/1")
        self.coppice = self.daemon()

    def test_what_is_not_said_stays(self):
        self.coppice.add(self.repo, "--name", "depot-one", "--ref", "release/*", "--subtree", "src")
        before = self.coppice.json("list")["repos"]
        reply = self.coppice.add(self.repo)
        self.assertEqual(self.coppice.json("list")["repos"], before)
        self.assertEqual(reply.get("note", ""), "")

    def test_another_subtree_is_indexed_and_told(self):
        self.coppice.add(self.repo)
        reply = self.coppice.add(self.repo, "--subtree", "src/")
        self.assertIn("subtree changed from / to /src", reply["note"])
        self.assertEqual(self.coppice.search_paths("build a bridge ferry"), ["src/ferry.py"])
        reply = self.coppice.add(self.repo, "--subtree", "/")
        self.assertIn("subtree changed from /src to /", reply["note"])
        self.assertIn("lib/bridge.py", self.coppice.search_paths("build a bridge"))

    def test_a_folder_that_is_not_there_is_refused(self):
        self.coppice.add(self.repo)
        error = self.coppice.json("add", str(self.repo.path), "--subtree", "sorce", code=65)["error"]
        self.assertEqual(error["code"], "not_found")
        self.assertIn("sorce", error["message"])
        self.assertIn("lib/bridge.py", self.coppice.search_paths("build a bridge"))

    def test_another_name_is_taken_and_told(self):
        self.coppice.add(self.repo)
        self.assertIn("renamed from depot to harbour", self.coppice.add(self.repo, "--name", "harbour")["note"])
        self.assertEqual([row["name"] for row in self.coppice.json("list")["repos"]], ["harbour"])


class NamedByPath(DaemonTestCase):
    def test_every_verb_takes_a_path(self):
        repo = self.repository("depot")
        repo.commit(FILES)
        coppice = self.daemon()
        coppice.add(repo)
        path = str(repo.path)
        self.assertEqual(coppice.json("status", path)["repos"][0]["name"], "depot")
        head = repo.commit({"new.py": "def a_new_one():\n    pass\n"})
        self.assertEqual(coppice.json("sync", path, "--wait")["repos"][0]["name"], "depot")
        self.assertEqual(coppice.json("search", "a new one")["views"][0]["commit"], head)
        coppice.json("remove", path)
        self.assertEqual(coppice.json("list")["repos"], [])


class Purged(DaemonTestCase):
    def test_a_removed_repository_can_be_purged_with_its_mirror(self):
        repo = self.repository("depot")
        repo.commit(FILES)
        coppice = self.daemon()
        coppice.add("file://" + str(repo.path))
        mirrors = coppice.state / "mirrors"
        self.assertEqual(len(list(mirrors.iterdir())), 1)
        coppice.json("remove", "depot")
        self.assertEqual(len(list(mirrors.iterdir())), 1)
        coppice.json("remove", "depot", "--purge")
        self.assertEqual(list(mirrors.iterdir()), [])
        error = coppice.json("remove", "depot", "--purge", code=65)["error"]
        self.assertEqual(error["code"], "not_found")

    def test_a_url_that_would_run_a_command_is_refused(self):
        error = self.daemon().json("add", "ext::sh -c id", code=64)["error"]
        self.assertEqual(error["code"], "invalid_argument")


class AnotherModel(DaemonTestCase):
    def test_everything_has_vectors_again_without_a_commit(self):
        repo = self.repository("depot")
        repo.commit(FILES)
        coppice = self.daemon()
        coppice.add(repo)

        def vector_hits():
            hits = coppice.json("search", "where is the river crossed")["hits"]
            return [hit for hit in hits if "vector" in [by["search"] for by in hit["found_by"]]]

        self.assertTrue(vector_hits())
        self.assertEqual(coppice.stop(), 0)
        table = self.folder / "other.table"
        table.write_bytes(next((SOURCE / "embed/models/static-default").glob("*.table")).read_bytes())
        coppice.environment = {"COPPICE_MODELS__EMBEDDING": f"static/{table}"}
        coppice.start()
        self.wait_until(vector_hits, what="a hit by the other model")


if __name__ == "__main__":
    unittest.main()
