"""Repositories of every shape: each works, or says by name what it lacks and what to do."""

import os
import shutil
import unittest

from harness import DaemonTestCase, git

FERRY = "def cross_the_river():\n    return 'ferry'\n"
LFS_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"


class Shapes(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()

    def states(self, name):
        """path -> (state, reason)"""
        lines = self.d.run("files", name, "--plain").stdout.splitlines()
        return {row[0]: (row[1], row[2]) for row in (line.split("\t") for line in lines)}

    def clone(self, source, name, *options):
        git(self.folder, "clone", "--quiet", *options, f"file://{source.path}", name)
        return self.folder / name


class Sha256(Shapes):
    def test_it_is_indexed_followed_and_shown(self):
        path = self.folder / "depot"
        git(self.folder, "init", "--quiet", "--object-format=sha256", "depot")
        source = self.repository("scratch")
        source.path = path
        first = source.commit({"src/ferry.py": FERRY})
        self.assertEqual(len(first), 64)
        self.d.add(source)
        reply = self.d.json("search", "cross the river")
        self.assertEqual(reply["hits"][0]["path"], "src/ferry.py")
        self.assertEqual(reply["views"][0]["commit"], first)
        self.assertEqual(len(reply["hits"][0]["blob"]), 64)
        self.assertIn("cross_the_river", self.d.run("show", "src/ferry.py:1-2").stdout)
        self.assertIn(first[:10], self.d.run("status").stdout)
        second = source.commit({"bridge.py": "def build_a_bridge():\n    return 1\n"})
        self.wait_until(lambda: self.d.json("search", "build a bridge")["views"][0]["commit"] == second,
                        what="the second commit")
        self.assertEqual(self.d.search_paths("build a bridge", "--at", second[:12])[0], "bridge.py")


class Clones(Shapes):
    def setUp(self):
        super().setUp()
        self.source = self.repository("source")
        self.source.commit({"src/ferry.py": FERRY, "plain.txt": "text\n"})
        self.source.commit({"later.py": "def later_on():\n    return 2\n"})
        git(self.source.path, "config", "uploadpack.allowFilter", "true")

    def test_a_shallow_clone_is_indexed_and_named(self):
        reply = self.d.add(self.clone(self.source, "shallow", "--depth=1"))
        self.assertIn("shallow", reply["note"])
        self.assertEqual(self.d.search_paths("cross the river")[0], "src/ferry.py")

    def test_a_partial_clone_lists_what_it_lacks_and_heals(self):
        partial = self.clone(self.source, "partial", "--filter=blob:none", "--no-checkout")
        reply = self.d.add(partial)
        self.assertIn("partial", reply["note"])
        self.assertEqual(self.states("partial")["src/ferry.py"], ("failed", "missing"))
        listed = self.d.run("files", "partial")
        self.assertIn("git fetch --refetch", listed.stderr)
        git(partial, "fetch", "--quiet", "--refetch", "--no-filter")
        self.d.json("sync", "--wait")
        self.assertEqual(self.states("partial")["src/ferry.py"], ("indexed", ""))
        self.assertEqual(self.d.search_paths("cross the river")[0], "src/ferry.py")

    def test_a_history_with_a_hole_is_indexed_and_named(self):
        lost = git(self.source.path, "rev-parse", "HEAD^")
        (self.source.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
        self.assertIn("first commit", self.d.add(self.source)["note"])
        self.assertEqual(self.d.search_paths("cross the river")[0], "src/ferry.py")

    def test_a_sparse_checkout_is_indexed_whole(self):
        git(self.source.path, "sparse-checkout", "set", "docs")
        self.assertFalse((self.source.path / "src").exists())
        self.d.add(self.source)
        self.assertEqual(self.d.search_paths("cross the river")[0], "src/ferry.py")

    def test_an_alternate_that_is_gone_is_named_until_it_is_back(self):
        git(self.folder, "clone", "--quiet", "--shared", os.fspath(self.source.path), "borrower")
        away = self.folder / "away"
        self.source.path.rename(away)
        error = self.d.json("add", os.fspath(self.folder / "borrower"), code=65)["error"]
        self.assertEqual(error["code"], "not_found")
        self.assertIn(os.fspath(self.source.path / ".git/objects"), error["message"])
        self.assertIn("alternate", error["remedy"])
        away.rename(self.source.path)
        self.d.add(self.folder / "borrower")
        self.assertEqual(self.d.search_paths("cross the river")[0], "src/ferry.py")

    def test_a_linked_worktree_and_a_bare_clone(self):
        git(self.source.path, "worktree", "add", "--quiet", "-b", "side", os.fspath(self.folder / "linked"))
        self.d.add(self.folder / "linked")
        self.d.add(self.clone(self.source, "bare.git", "--bare"))
        self.assertEqual({row["name"] for row in self.d.json("list")["repos"]}, {"linked", "bare"})
        self.assertEqual({row["state"] for row in self.d.json("list")["repos"]}, {"ready"})


class Trees(Shapes):
    def test_everything_in_a_tree_is_listed_with_its_state(self):
        source = self.repository("zoo")
        source.write({"README.py": "def upper_word():\n    pass\n", "readme.py": "def lower_word():\n    pass\n",
                      "model.bin": LFS_POINTER, "sub/file.py": FERRY})
        (source.path / "link.py").symlink_to("/etc/passwd")
        (source.path / "folder").symlink_to("sub")
        source.commit()
        git(source.path, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
        git(source.path, "commit", "--quiet", "-m", "a submodule")
        self.d.add(source)
        states = self.states("zoo")
        self.assertEqual(states["README.py"], ("indexed", ""))
        self.assertEqual(states["readme.py"], ("indexed", ""))
        self.assertEqual(states["model.bin"], ("skipped", "lfs_pointer"))
        self.assertEqual(states["link.py"], ("skipped", "symlink"))
        self.assertEqual(states["folder"], ("skipped", "symlink"))
        self.assertEqual(states["module"], ("skipped", "submodule"))
        self.assertNotIn("folder/file.py", states)
        self.assertEqual(self.d.search_paths("upper_word")[0], "README.py")
        self.assertEqual(self.d.search_paths("lower_word")[0], "readme.py")


class Formats(Shapes):
    def error_of_add(self, *config):
        source = self.repository("odd")
        source.commit({"a.py": "x = 1\n"})
        git(source.path, "config", "core.repositoryFormatVersion", "1")
        git(source.path, "config", *config)
        error = self.d.json("add", os.fspath(source.path), code=64)["error"]
        self.assertEqual(error["code"], "unsupported")
        self.assertIn(os.fspath(source.path), error["message"])
        return error

    def test_reftable_is_refused_by_name(self):
        error = self.error_of_add("extensions.refStorage", "reftable")
        self.assertIn("reftable", error["message"])
        self.assertIn("git refs migrate", error["remedy"])

    def test_an_unknown_extension_is_refused_by_name(self):
        error = self.error_of_add("extensions.timeTravel", "true")
        self.assertIn("timetravel", error["message"])
        self.assertTrue(error["remedy"])


@unittest.skipUnless(os.geteuid() == 0, "only root can give a repository away")
class Foreign(Shapes):
    def test_a_repository_of_somebody_else_is_read_and_runs_nothing(self):
        source = self.repository("foreign")
        source.commit({"ferry.py": FERRY})
        proof = self.folder / "executed"
        for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "alias.cat-file"):
            git(source.path, "config", key, f"touch {proof}")
        for root, folders, files in os.walk(source.path):
            for name in (root, *(os.path.join(root, n) for n in folders + files)):
                shutil.chown(name, 65534, 65534)
        self.d.add(source)
        self.assertEqual(self.d.search_paths("cross the river")[0], "ferry.py")
        self.assertFalse(proof.exists())


if __name__ == "__main__":
    unittest.main()
