#!/usr/bin/env python3
"""What is asked about was not trained on: every corpus is reserved, and nothing reserved stands in the manifest."""

import configparser
import csv
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "embed/train"))
sys.dont_write_bytecode = True

import rules  # noqa: E402


class TrainingTest(unittest.TestCase):
    def setUp(self):
        self.lock = configparser.ConfigParser(interpolation=None)
        self.lock.read(ROOT / "tests/questions/corpora.lock")
        with open(ROOT / "embed/train/manifest.tsv", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    def test_every_corpus_is_reserved(self):
        for name in self.lock.sections():
            self.assertTrue(rules.is_reserved(name), name)
            self.assertTrue(rules.is_reserved(self.lock[name]["package"]), name)

    def test_the_manifest_names_nothing_reserved(self):
        self.assertGreater(len(self.rows), 1000)
        self.assertEqual([row["package"] for row in self.rows if rules.is_reserved(row["package"])], [])

    def test_a_package_is_held_out_or_trained_on_by_its_name(self):
        for row in self.rows:
            held_out = rules.is_held_out(row["kind"], row["package"])
            self.assertEqual(row["use"], "held out" if held_out else "training", row["package"])


if __name__ == "__main__":
    unittest.main()
