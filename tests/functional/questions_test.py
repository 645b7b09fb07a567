"""The figure that benchmarks/README.md publishes for the main question set holds over the wire.

The goal is 24 of thirty in the first five; docs/decisions/0008 says why the shipped table does not reach it.
"""

import re
import sys
import unittest

import questions
from harness import DaemonTestCase

SKIPPED = 77
PUBLISHED = re.compile(r"^\| main \| fused \| (\d+) \| \**(\d+) of (\d+)", re.MULTILINE)
CORPORA = questions.load("main")
PATHS, WHY = questions.corpora_paths([corpus["corpus"] for corpus in CORPORA], download=True)


class QuestionsTest(DaemonTestCase):
    def test_as_many_right_files_are_among_the_first_five_as_published(self):
        published = PUBLISHED.search((questions.SOURCE / "benchmarks/README.md").read_text())
        self.assertIsNotNone(published, "benchmarks/README.md has no row for the main set, fused")
        daemon = self.daemon()
        for name, path in PATHS.items():
            daemon.add(path, "--name", name)

        def ask(question, corpus):
            return daemon.json("search", question, "--repo", corpus, "--limit", str(questions.DEPTH))["hits"]

        answers = questions.ask_all(CORPORA, ask)
        top_1, top_5, mrr = questions.figures(answers)
        ranks = "\n".join(f"{answer.rank:3d}  {answer.id}  {answer.question}" for answer in answers)
        print(f"{ranks}\ntop 1: {top_1}  top 5: {top_5} of {len(answers)}  MRR {mrr:.3f}", file=sys.stderr)
        self.assertEqual(len(answers), int(published[3]))
        self.assertGreaterEqual(top_1, int(published[1]))
        self.assertGreaterEqual(top_5, int(published[2]))


if __name__ == "__main__":
    if len(PATHS) < len(CORPORA):
        print(f"SKIPPED: the corpora are not here and could not be fetched: {WHY}")
        sys.exit(SKIPPED)
    unittest.main()
