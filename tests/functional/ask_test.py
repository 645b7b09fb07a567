"""Answers without a text model: an extract of what search finds, with places that are there."""

import json
import unittest

from harness import DaemonTestCase

FILES = {"ferry.py": "# Carries people over the river.\ndef cross_river(people):\n    return len(people)\n",
         "evil.py": "# Carries \x1b[2J people over the river too.\ndef sink_river():\n    return 0\n"}


class Ask(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.repository()
        self.source.commit(FILES)
        self.coppice = self.daemon()

    def ask(self, *arguments):
        """The lines of --json."""
        result = self.coppice.run("--json", "ask", *arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_an_extract_streams_sources_text_and_what_was_checked(self):
        self.coppice.add(self.source)
        lines = self.ask("who carries people over the river")
        self.assertEqual(lines[0]["event"], "source")
        self.assertEqual(lines[0]["n"], 1)
        self.assertIn(lines[0]["path"], FILES)
        self.assertIn("token", [line["event"] for line in lines])
        final = lines[-1]
        self.assertTrue(final["final"])
        self.assertEqual(final["ending"], "extract")
        self.assertTrue(final["citations"])
        self.assertTrue(all(citation["verified"] for citation in final["citations"]), final)
        self.assertEqual(final["trace"], [])
        self.assertEqual(len(self.ask("river", "--trace")[-1]["trace"]), 1)

    def test_for_people_it_is_text_that_drives_no_terminal(self):
        self.coppice.add(self.source)
        result = self.coppice.run("ask", "who carries people over the river")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Sources", result.stdout)
        self.assertIn("ferry.py:1-3", result.stdout)
        self.assertNotIn("\x1b", result.stdout)
        self.assertIn("No text model is configured", result.stderr)

    def test_what_cannot_be_answered_says_so(self):
        self.coppice.add(self.source)
        self.assertEqual(self.ask("zzyzx quux")[-1]["ending"], "nothing_found")
        self.assertEqual(self.coppice.run("ask", " ").returncode, 64)
        result = self.coppice.run("--json", "ask", "river", "--model", "nowhere/none")
        self.assertEqual(json.loads(result.stdout)["error"]["code"], "not_found")
        result = self.coppice.run("--json", "ask", "river", "--repo", "nowhere")
        self.assertEqual(json.loads(result.stdout.splitlines()[-1])["error"]["code"], "not_found")


if __name__ == "__main__":
    unittest.main()
