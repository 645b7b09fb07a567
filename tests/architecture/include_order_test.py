#!/usr/bin/env python3
"""Checks the tree against the architecture, and the checks against trees that break it."""

import argparse
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import rules

ARGUMENTS = None


class Tree:
    """A small source tree in a temporary folder."""

    def __init__(self, contents):
        self._folder = tempfile.TemporaryDirectory()
        self.root = self._folder.name
        for path, text in contents.items():
            file = Path(self.root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def __enter__(self):
        return self.root

    def __exit__(self, *_):
        self._folder.cleanup()


class IncludeCheck(unittest.TestCase):
    """Each case is a tree with one fault, and what must be said about it."""

    def complaints(self, contents):
        with Tree({"base/a.h": "", "store/s.h": "", "indexer/i.h": "", "daemon/server/v.h": "", **contents}) as root:
            return rules.check_includes(root)

    def assert_one(self, contents, *words):
        found = self.complaints(contents)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_a_lawful_tree_passes(self):
        self.assertEqual(
            self.complaints(
                {
                    "store/x.cpp": '#include "store/s.h"\n#include <pqxx/pqxx>\n#include <vector>\n#include "base/a.h"\n',
                    "daemon/app/m.cpp": '#include "indexer/i.h"\n#include "daemon/server/v.h"\n#include <CLI/CLI.hpp>\n',
                    "tests/store/x_test.cpp": '#include "indexer/i.h"\n#include <gtest/gtest.h>\n#include <pqxx/pqxx>\n',
                    "tests/functional/y_test.cpp": "#include <zmq.hpp>\n",
                    "tests/golden/parse/sample.cpp": '#include "nowhere.h"\n#include <zmq.hpp>\n',
                }
            ),
            [],
        )

    def test_base_may_not_look_up(self):
        self.assert_one({"base/b.cpp": '\n#include "store/s.h"\n'}, "base/b.cpp:2", "may not include store/")

    def test_neighbours_do_not_see_each_other(self):
        self.assert_one({"protocol/p.h": '#include "store/s.h"'}, "protocol/ may not include store/")

    def test_the_read_path_does_not_see_the_write_path(self):
        self.assert_one({"daemon/retrieval/r.h": '#  include "indexer/i.h"'}, "may not include indexer/")

    def test_the_client_links_no_database(self):
        self.assert_one({"client/c.cpp": '#include "store/s.h"'}, "client/ may not include store/")

    def test_nobody_includes_app(self):
        self.assert_one(
            {"daemon/app/app.h": "", "daemon/server/w.cpp": '#include "daemon/app/app.h"'}, "may not include daemon/app/"
        )

    def test_includes_start_at_the_root(self):
        self.assert_one({"store/x.cpp": '#include "s.h"'}, "from the root")

    def test_a_library_outside_its_folder(self):
        self.assert_one({"indexer/x.cpp": "#include <pqxx/pqxx>"}, "libpqxx is included only from store")
        self.assert_one({"store/x.cpp": "#include <git2.h>"}, "libgit2 is included only from indexer")
        self.assert_one({"store/x.h": "#include <nlohmann/json.hpp>"}, "only from base")
        self.assert_one({"tests/base/x_test.cpp": "#include <pqxx/pqxx>"}, "only from store")

    def test_an_unknown_library(self):
        self.assert_one({"base/x.cpp": "#include <boost/asio.hpp>"}, "belongs to no library")

    def test_the_program_knows_no_test_framework(self):
        self.assert_one({"base/x.h": "#include <gtest/gtest.h>"}, "GoogleTest is included only from tests")


    def test_a_header_twice(self):
        self.assert_one({"base/x.cpp": '#include <string>\n#include "base/a.h"\n#include <string>\n'}, "base/x.cpp:3", "second time")


class UseCheck(unittest.TestCase):
    def test_each_only_where_it_belongs(self):
        with Tree(
            {
                "protocol/codec.cpp": "auto h = msgpack::unpack(zone, p, n, limit);\n",
                "protocol/frames.cpp": "msgpack::unpack_limit l;\n// msgpack::unpack(\nauto h = msgpack::unpack(p, n);\n",
                "daemon/server/x.cpp": "std::this_thread::sleep_for(x);\n",
                "store/x.cpp": "std::thread(f).detach();\nstd::this_thread::get_id();\n",
                "tests/store/x_test.cpp": "std::thread t(f);\n",
            }
        ) as root:
            found = rules.check_uses(root)
        self.assertEqual(
            [line.split(" is not")[0] for line in found],
            ["daemon/server/x.cpp:1: sleeping", "protocol/frames.cpp:3: decoding msgpack", "store/x.cpp:1: a thread without a name"],
        )


class LinkCheck(unittest.TestCase):
    BASE = {"base/CMakeLists.txt": "coppice_library(NAME base SRCS a.cpp DEPS coppice::fmt)"}

    def complaints(self, contents):
        with Tree({**self.BASE, **contents}) as root:
            return rules.check_links(root)

    def test_a_lawful_tree_passes(self):
        text = "coppice_library(\n  NAME store SRCS s.cpp DEPS coppice::base coppice::pqxx) # coppice::zmq\n"
        self.assertEqual(self.complaints({"store/CMakeLists.txt": text}), [])

    def test_order_libraries_and_unknown_names(self):
        found = self.complaints(
            {
                "indexer/CMakeLists.txt": "coppice_library(NAME indexer SRCS i.cpp DEPS coppice::base)",
                "store/CMakeLists.txt": "coppice_library(NAME store SRCS s.cpp DEPS coppice::indexer coppice::zmq coppice::no)",
            }
        )
        self.assertEqual(len(found), 3, found)
        self.assertIn("may not link coppice::indexer of indexer/", found[0])
        self.assertIn("may not link coppice::zmq", found[1])
        self.assertIn("no folder defines coppice::no", found[2])


class BuiltCheck(unittest.TestCase):
    TREE = {
        "base/a.cpp": "",
        "base/b.cpp": "",
        "benchmarks/m.cpp": "",
        "tests/golden/parse/sample.c": "",
        "tests/systemd/units_test.py": "",
    }

    def complaints(self, compiled, run, left_out=()):
        with Tree(self.TREE) as root:
            commands = [{"directory": root, "file": file} for file in compiled]
            return rules.check_built(root, commands, [["python3", f"{root}/{p}"] for p in run], left_out)

    def test_all_is_built(self):
        self.assertEqual(self.complaints(["base/a.cpp", "base/b.cpp"], ["tests/systemd/units_test.py"], ["benchmarks/"]), [])

    def test_what_is_left_out_is_named(self):
        found = self.complaints(["base/a.cpp"], [])
        self.assertEqual(
            [line.split(":")[0] for line in found], ["base/b.cpp", "benchmarks/m.cpp", "tests/systemd/units_test.py"]
        )


class NameCheck(unittest.TestCase):
    def test_registry_names_anywhere(self):
        name = rules.FORBIDDEN_NAMES[0]
        with Tree({"scripts/x": f"a\nget {name.upper()}\n", "docs/y.md": "nothing"}) as root:
            found = rules.check_names(root)
        self.assertEqual(len(found), 1, found)
        self.assertIn("scripts/x:2", found[0])

    def test_a_lock_file_without_hashes_or_with_addresses(self):
        lock = {
            "packages": {
                "": {},
                "node_modules/a": {"integrity": "sha512-x"},
                "node_modules/b": {"integrity": "sha512-x", "resolved": "somewhere"},
                "node_modules/c": {},
            }
        }
        with Tree({"third_party/grammars/package-lock.json": json.dumps(lock)}) as root:
            found = rules.check_names(root)
        self.assertEqual(len(found), 2, found)
        self.assertIn("node_modules/b", found[0])
        self.assertIn("node_modules/c", found[1])


class RealTree(unittest.TestCase):
    """The tree that is being built."""

    def assert_clean(self, complaints):
        self.assertEqual(complaints, [], "\n" + "\n".join(complaints))

    def test_it_is_the_whole_tree(self):
        found = [path for path in rules.files(ARGUMENTS.source) if rules.is_code(path)]
        for folder in rules.FOLDERS:
            self.assertTrue(any(rules.folder_of(path) == folder for path in found), f"no code in {folder}/")

    def test_includes(self):
        self.assert_clean(rules.check_includes(ARGUMENTS.source))

    def test_uses(self):
        self.assert_clean(rules.check_uses(ARGUMENTS.source))

    def test_links(self):
        self.assert_clean(rules.check_links(ARGUMENTS.source))

    def test_everything_is_built(self):
        build = Path(ARGUMENTS.build)
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        listed = subprocess.run(
            ["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True, text=True, timeout=60
        )
        tests = [test.get("command", []) for test in json.loads(listed.stdout)["tests"]]
        cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
        options = {"COPPICE_BUILD_BENCHMARKS": "benchmarks/", "COPPICE_BUILD_FUZZERS": "tests/fuzz/"}
        left_out = [folder for option, folder in options.items() if f"{option}:BOOL=ON" not in cache]
        self.assert_clean(rules.check_built(ARGUMENTS.source, commands, tests, left_out))

    def test_names(self):
        self.assert_clean(rules.check_names(ARGUMENTS.source))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
