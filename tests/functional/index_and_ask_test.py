"""From a repository to a ranked answer, through the real daemon and the real command."""

import json
import os
import unittest

from harness import DaemonTestCase, Repository, git

PARCEL = '''"""Parcels and what they cost."""


class Parcel:
    """One parcel on its way."""

    def weigh(self):
        """Gives the mass in kilograms."""
        return self.mass

    def postage(self, tariff):
        """What the sender has to pay for this parcel under a tariff."""
        return tariff.price(self.weigh())
'''
QUEUE = '''#include "queue.h"

namespace depot {

// Takes the oldest letter off the belt; waits until one arrives.
Letter Belt::TakeOldest() {
  while (letters_.empty()) Wait();
  Letter letter = letters_.front();
  letters_.pop_front();
  return letter;
}

}  // namespace depot
'''
GUIDE = "# Depot\n\n## Opening hours\n\nThe counter is open from nine to five.\n"


class OneRepository(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.repository("depot")
        self.commit = self.source.commit(
            {"src/parcel.py": PARCEL, "src/queue.cpp": QUEUE, "GUIDE.md": GUIDE,
             "tests/test_parcel.py": "def test_postage():\n    assert postage(parcel, tariff) == 3\n"})
        self.d = self.daemon()
        self.d.add(self.source)

    def test_a_question_finds_the_function_and_says_where_it_was_read(self):
        answer = self.d.json("search", "how much does the sender pay")
        hit = answer["hits"][0]
        self.assertEqual(hit["path"], "src/parcel.py")
        self.assertEqual(hit["commit"], self.commit)
        self.assertIn("def postage", hit["text"])
        self.assertTrue(hit["found_by"])
        view = answer["views"][0]
        self.assertEqual((view["commit"], view["stale"]), (self.commit, False))
        self.assertEqual(view["coverage"], {"indexed": 4, "skipped": 0, "quarantined": 0, "pending": 0})

    def test_a_symbol_is_found_by_its_path(self):
        hit = self.d.json("search", "depot::Belt::TakeOldest")["hits"][0]
        self.assertEqual((hit["path"], hit["symbol"]), ("src/queue.cpp", "depot::Belt::TakeOldest"))
        self.assertIn("symbol", [found["search"] for found in hit["found_by"]])

    def test_lines_are_those_of_the_file(self):
        hit = self.d.json("search", "TakeOldest")["hits"][0]
        lines = QUEUE.splitlines()[hit["start_line"] - 1:hit["end_line"]]
        self.assertEqual(hit["text"].splitlines(), lines)

    def test_documentation_is_found_with_its_heading(self):
        hit = self.d.json("search", "opening hours of the counter")["hits"][0]
        self.assertEqual((hit["path"], hit["content"]), ("GUIDE.md", "doc"))
        self.assertIn("Opening hours", hit["text"])
        self.assertEqual(hit["symbol"], "Depot")

    def test_filters_act_inside_the_search(self):
        self.assertEqual(set(self.d.search_paths("parcel letter", "--lang", "cpp")), {"src/queue.cpp"})
        self.assertEqual(set(self.d.search_paths("parcel postage", "--path", "tests/**")),
                         {"tests/test_parcel.py"})
        self.assertEqual(set(self.d.search_paths("parcel lang:cpp letter")), {"src/queue.cpp"})
        self.assertEqual(self.d.search_paths("parcel", "--content", "doc"), [])

    def test_the_implementation_stands_before_its_test(self):
        paths = self.d.search_paths("postage of a parcel under a tariff")
        self.assertLess(paths.index("src/parcel.py"), paths.index("tests/test_parcel.py"))

    def test_no_hits_is_no_failure(self):
        self.assertEqual(self.d.json("search", "xylophone", "--path", "nowhere/**")["hits"], [])

    def test_show_by_id_and_by_path(self):
        hit = self.d.json("search", "TakeOldest")["hits"][0]
        self.assertEqual(self.d.json("show", hit["id"])["hit"]["text"], hit["text"])
        shown = self.d.json("show", "src/queue.cpp:6-7")
        self.assertEqual(shown["hit"]["text"].splitlines(), QUEUE.splitlines()[5:7])
        self.assertEqual(shown["line_count"], len(QUEUE.splitlines()))
        missing = self.d.json("show", "src/queu.cpp", code=65)
        self.assertIn("src/queue.cpp", json.dumps(missing))

    def test_list_status_files_jobs(self):
        self.assertEqual([repo["name"] for repo in self.d.json("list")["repos"]], ["depot"])
        status = self.d.json("status")
        self.assertEqual(status["repos"][0]["state"], "ready")
        self.assertEqual(status["models"][0]["state"], "default")
        self.assertEqual(status["vector_index"], "memory")
        held = {part["name"]: part["bytes"] for part in status["memory"]["parts"]}
        self.assertGreater(held["words"], 1000)
        self.assertGreater(held["vectors"], 1000)
        self.assertLess(sum(held.values()), status["memory"]["limit_bytes"])
        self.assertEqual(self.d.json("jobs")["jobs"][0]["state"], "done")
        lines = self.d.run("--json", "files", "depot", "--state", "skipped").stdout
        self.assertNotIn("parcel", lines)

    def test_human_output_has_place_symbol_reason_and_commit(self):
        text = self.d.run("search", "TakeOldest").stdout
        for part in ("src/queue.cpp:", "depot::Belt::TakeOldest", self.commit[:7], "lexical"):
            self.assertIn(part, text)
        self.assertNotIn("\x1b", text, "a pipe gets no colour")
        plain = self.d.run("--plain", "search", "TakeOldest").stdout.splitlines()[0]
        self.assertIn("src/queue.cpp", plain)

    def test_a_new_commit_is_found_and_the_old_is_gone(self):
        new = self.source.commit({"src/parcel.py": PARCEL.replace("postage", "stamp_duty")}, "rename")
        self.d.json("sync", "depot", "--wait")
        hit = self.d.json("search", "stamp_duty")["hits"][0]
        self.assertEqual((hit["path"], hit["commit"]), ("src/parcel.py", new))
        self.assertNotIn("def postage", json.dumps(self.d.json("search", "postage")["hits"]))

    def test_a_commit_is_noticed_without_being_told(self):
        new = self.source.commit({"src/crate.py": "def nail_crate():\n    return 'nailed'\n"}, "crate")
        self.wait_until(lambda: self.d.json("list")["repos"][0]["views"][0]["commit"] == new,
                        what="the new commit")
        self.wait_until(lambda: self.d.search_paths("nail_crate")[0] == "src/crate.py",
                        what="the new file among the hits")

    def test_remove_forgets_and_purge_deletes(self):
        self.d.json("remove", "depot", "--purge")
        self.assertEqual(self.d.json("list")["repos"], [])
        self.wait_until(lambda: "no repository" in self.d.run("--json", "search", "parcel").stdout,
                        what="the empty index")
        self.d.add(self.source)
        self.assertEqual(self.d.search_paths("TakeOldest")[0], "src/queue.cpp")

    def test_unknown_names_are_told_with_what_there_is(self):
        for arguments in (("search", "belt", "--repo", "dept"), ("search", "belt", "--ref", "develop"),
                          ("files", "dept"), ("sync", "dept"), ("remove", "dept")):
            error = self.d.json(*arguments, code=65)["error"]
            self.assertEqual(error["code"], "not_found", arguments)
            self.assertTrue("depot" in json.dumps(error) or "HEAD" in json.dumps(error), error)


class OtherShapes(DaemonTestCase):
    def test_bare_repositories_and_linked_worktrees(self):
        source = self.repository("source")
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        git(source.path, "clone", "--quiet", "--bare", ".", self.folder / "bare.git")
        git(source.path, "worktree", "add", "--quiet", "-b", "side", self.folder / "linked")
        (self.folder / "linked" / "b.py").write_text("def beta_beam():\n    return 2\n")
        git(self.folder / "linked", "add", ".")
        git(self.folder / "linked", "commit", "--quiet", "-m", "b")
        daemon = self.daemon()
        daemon.add(self.folder / "bare.git")
        daemon.add(self.folder / "linked")
        self.assertEqual(daemon.search_paths("alpha_beam", "--repo", "bare"), ["a.py"])
        self.assertIn("b.py", daemon.search_paths("beta_beam", "--repo", "linked"))

    def test_a_url_is_cloned(self):
        source = self.repository("source")
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        daemon = self.daemon()
        daemon.json("add", f"file://{source.path}", "--wait")
        self.assertEqual(daemon.search_paths("alpha_beam"), ["a.py"])

    def test_a_tracked_branch_beside_head(self):
        source = self.repository("source")
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        git(source.path, "checkout", "--quiet", "-b", "topic")
        source.commit({"b.py": "def beta_beam():\n    return 2\n"})
        git(source.path, "checkout", "--quiet", "main")
        daemon = self.daemon()
        daemon.add(source, "--ref", "HEAD", "--ref", "topic")
        self.assertEqual(daemon.search_paths("beta_beam", "--ref", "topic")[0], "b.py")
        self.assertNotIn("b.py", daemon.search_paths("beta_beam"))

    def test_attributes_of_the_commit_are_honoured(self):
        source = self.repository("source")
        source.commit({".gitattributes": "gen/* linguist-generated\n*.dat binary\nlib/* linguist-vendored\n",
                       "gen/parser.c": "int generated_parser(void) { return 1; }\n",
                       "table.dat": "plain words\n", "lib/copy.c": "int widget_size(void) { return 1; }\n",
                       "own.c": "int widget_size(void) { return 2; }\n"})
        daemon = self.daemon()
        daemon.add(source)
        rows = [json.loads(line) for line in
                daemon.run("--json", "files", "source", "--state", "skipped").stdout.splitlines()]
        reasons = {row["path"]: row["reason"] for row in rows if "path" in row}
        self.assertEqual(reasons, {"gen/parser.c": "generated_attribute", "table.dat": "binary_attribute"})
        self.assertEqual(daemon.search_paths("widget_size"), ["own.c", "lib/copy.c"])


class VectorsInTheDatabase(DaemonTestCase):
    def test_they_are_searched_there_and_the_daemon_says_so(self):
        settings = self.folder / "coppice.toml"
        settings.write_text('[vector]\nindex = "database"\n')
        source = self.repository("depot")
        source.commit({"src/parcel.py": PARCEL, "src/queue.cpp": QUEUE})
        d = self.daemon(arguments=["--config", str(settings)])
        d.add(source)
        status = d.json("status")
        self.assertEqual(status["vector_index"], "database")
        held = {part["name"]: part["bytes"] for part in status["memory"]["parts"]}
        self.assertEqual(held.get("vectors", 0), 0, "nothing of them is in memory")
        answer = d.json("search", "--explain", "how much does the sender pay")
        self.assertEqual(answer["hits"][0]["path"], "src/parcel.py")
        self.assertIn("vector", [found["search"] for found in answer["hits"][0]["found_by"]])
        self.assertIn("database exact", answer["plan"])


if __name__ == "__main__":
    unittest.main()
