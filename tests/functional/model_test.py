"""The verbs of `coppice model` against a running daemon, on disks and files as they come."""

import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import unittest

from harness import BIN, SOURCE, DaemonTestCase

sys.path.insert(0, os.fspath(SOURCE / "tests/support"))
from file_server import FileServer  # noqa: E402

UNPRIVILEGED = "nobody"


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(fill=b"x", elements=1000, width=8):
    """A small sound GGUF file: one tensor of `elements` floats."""
    keys = [text("general.architecture") + struct.pack("<I", 8) + text("bert"),
            text("bert.embedding_length") + struct.pack("<II", 4, width),
            text("bert.context_length") + struct.pack("<II", 4, 512)]
    tensor = text("token_embd.weight") + struct.pack("<IQIQ", 1, elements, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys)) + b"".join(keys) + tensor
    return head + bytes(-len(head) % 32) + fill * (elements * 4)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class ModelTestCase(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.d = self.daemon()
        self.models = self.d.state / "models"

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return os.fspath(path)

    def add(self, path, *arguments, code=0):
        return self.d.json("model", "add", path, *arguments, code=code)

    def mine(self, path, *arguments, code=0):
        return self.add(path, "--name", "local/mine", "--use", "embed", *arguments, code=code)

    def model(self, name):
        by_name = {model["name"]: model for model in self.d.json("model", "list")["models"]}
        return by_name.get(name)

    def stored(self):
        return sorted(path.name for path in (self.models / "files").iterdir())

    def assert_nothing_on_its_way(self):
        self.assertEqual(list((self.models / "incoming").iterdir()), [])


class Models(ModelTestCase):
    def test_the_list_names_every_model_and_where_it_stands(self):
        models = self.d.json("model", "list")["models"]
        by_name = {model["name"]: model for model in models}
        default = by_name["static/default"]
        self.assertEqual((default["use"], default["dimensions"], default["state"], default["licence"]),
                         ("embed", 256, "default", "Apache-2.0"))
        self.assertEqual(len(default["sha256"]), 64)
        self.assertEqual(by_name["local/bge-m3"]["state"], "not_run_here")
        self.assertEqual(by_name["local/bge-m3"]["dimensions"], 1024)
        self.assertEqual(by_name["local/all-minilm-l6-v2"]["state"], "unverified")
        self.assertEqual(by_name["local/smollm2-135m-instruct"]["state"], "absent")
        self.assertEqual(by_name["local/llama-3.1-8b-instruct:q5_k_m"]["licence"],
                         "Llama 3.1 Community License")
        table = self.d.run("model", "list").stdout.splitlines()
        self.assertEqual(len(table), len(models) + 1)
        plain = self.d.run("model", "list", "--plain").stdout.splitlines()
        self.assertEqual({len(line.split("\t")) for line in plain}, {12})
        here = self.d.json("model", "list", "--here")["models"]
        self.assertEqual([model["name"] for model in here], ["static/default"])

    def test_from_a_file_to_a_model_and_away(self):
        content = gguf()
        path = self.file("mine.gguf", content)
        self.assertIn("--trust-first-use", self.mine(path, code=64)["error"]["remedy"])
        added = self.mine(path, "--trust-first-use")
        self.assertTrue(added["final"])
        self.assertIn(sha256(content), added["note"])
        self.assertEqual(added["model"]["state"], "present")
        self.assertEqual(self.stored(), [sha256(content) + ".gguf"])
        self.assertEqual((self.models / "files" / self.stored()[0]).read_bytes(), content)
        os.remove(path)
        self.assertEqual(self.d.json("model", "verify", "local/mine")["models"][0]["problem"], "")
        self.d.stop()
        self.d.start()
        self.assertEqual(self.model("local/mine")["state"], "present")
        self.assertEqual(self.d.json("model", "remove", "local/mine")["removed"], "local/mine")
        self.assertEqual(self.stored(), [])
        self.assertIsNone(self.model("local/mine"))

    def test_a_relative_path_and_a_link_lead_to_the_file(self):
        self.file("real.gguf", gguf())
        os.symlink("real.gguf", self.folder / "link.gguf")
        result = self.d.run("--json", "model", "add", "link.gguf", "--name", "local/mine", "--use", "embed",
                            "--trust-first-use", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.model("local/mine")["source"], os.fspath((self.folder / "real.gguf").resolve()))

    def test_progress_comes_as_json_lines_and_as_text(self):
        path = self.file("mine.gguf", gguf(elements=1 << 20))
        result = self.d.run("--json", "model", "add", path, "--name", "local/mine", "--use", "embed",
                            "--trust-first-use")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(lines[0]["event"], "progress")
        self.assertEqual(lines[0]["total"], os.path.getsize(path))
        self.assertEqual([line.get("final") for line in lines[:-1]], [None] * (len(lines) - 1))
        self.assertIn("verify 1.0 MiB of 4.0 MiB", self.d.run("model", "verify").stderr)

    def test_the_default_is_measured(self):
        bench = self.d.json("model", "bench", "static/default")
        self.assertGreater(bench["texts_per_second"], 0)
        self.assertGreater(bench["query_p50_ms"], 0)
        self.assertIn("/s", self.d.run("model", "bench", "static/default").stdout)
        self.assertEqual(self.d.json("model", "bench", "local/bge-m3", code=65)["error"]["code"], "not_found")

    def test_two_additions_of_one_content_at_once(self):
        path = self.file("mine.gguf", gguf(elements=1 << 21))
        commands = [[os.fspath(BIN / "coppice"), "--connect", self.d.endpoint, "model", "add", path, "--name",
                     f"local/m{i}", "--use", "embed", "--trust-first-use", "-q"] for i in range(4)]
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
        self.assertEqual([process.wait(120) for process in running], [0] * 4)
        self.assertEqual(len(self.stored()), 1)
        verified = self.d.json("model", "verify")["models"]
        self.assertEqual([model["problem"] for model in verified], [""] * 4)

    def test_long_calls_do_not_stand_in_the_way_of_others(self):
        benches = [subprocess.Popen([os.fspath(BIN / "coppice"), "--connect", self.d.endpoint, "-q", "model",
                                     "bench", "static/default"], stdout=subprocess.DEVNULL) for _ in range(4)]
        repository = self.repository()
        repository.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        self.d.json("add", os.fspath(repository.path))
        self.assertEqual([process.poll() for process in benches], [None] * 4, "each takes four seconds at least")
        self.assertEqual([process.wait(120) for process in benches], [0] * 4)


class BadInput(ModelTestCase):
    def refused(self, path, exit_code, code, *arguments):
        error = self.mine(path, "--trust-first-use", *arguments, code=exit_code)["error"]
        self.assertEqual(error["code"], code)
        self.assert_nothing_on_its_way()
        self.assertEqual(self.d.run("ping").returncode, 0)
        return error

    def test_what_is_no_file_is_named(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for path, what in ((self.folder, "a folder"), (pipe, "a pipe"), ("/dev/zero", "a device")):
            self.assertIn(what, self.refused(os.fspath(path), 64, "invalid_argument")["message"])
        missing = self.refused(os.fspath(self.folder / "missing"), 65, "not_found")
        self.assertIn("missing", missing["message"])
        self.assertIn("/tmp", missing["remedy"])

    def test_what_is_no_whole_gguf_file_is_refused(self):
        whole = gguf()
        hostile = b"GGUF" + struct.pack("<IQQ", 3, 2**64 - 1, 2**64 - 1) + bytes(100)
        for content in (b"", b"PK\x03\x04", whole[:200], whole[:-500], hostile,
                        b"GGUF" + os.urandom(4000)):
            result = self.d.run("--json", "model", "add", self.file("bad.gguf", content), "--name",
                                "local/mine", "--use", "embed", "--trust-first-use")
            error = json.loads(result.stdout.splitlines()[-1])["error"]
            self.assertIn(error["code"], ("corrupt", "unsupported_version"), content[:40])
            self.assertIn("bad.gguf", error["message"])
        self.assertEqual(self.stored(), [])

    def test_a_wrong_hash_is_refused_with_both_named(self):
        good = gguf(b"g")
        self.mine(self.file("good.gguf", good), "--sha256", sha256(good))
        bad = gguf(b"b")
        error = self.refused(self.file("bad.gguf", bad), 65, "corrupt")
        self.assertIn(sha256(good), error["message"])
        self.assertIn(sha256(bad), error["message"])
        self.assertIn("model remove local/mine", error["remedy"])
        self.assertEqual(self.model("local/mine")["state"], "present")
        self.assertEqual((self.models / "files" / self.stored()[0]).read_bytes(), good)

    def test_a_stranger_under_a_name_of_the_catalogue_is_refused(self):
        error = self.add(self.file("SmolLM2-135M-Instruct.Q4_1.gguf", gguf()), code=65)["error"]
        self.assertEqual(error["code"], "corrupt")
        self.assertIn("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", error["message"])
        self.assertEqual(self.model("local/smollm2-135m-instruct")["state"], "absent")

    def test_names_that_lead_elsewhere_or_mean_nothing(self):
        path = self.file("mine.gguf", gguf())
        for name in ("local/../../x", "local/", "local/a\n", "local/\x1b[31m", "../x", "vllm/x", "static/default"):
            error = self.add(path, "--name", name, "--use", "embed", "--trust-first-use", code=64)["error"]
            self.assertEqual(error["code"], "invalid_argument", name)
        error = self.d.json("model", "remove", "local/bge-m4", code=65)["error"]
        self.assertIn("local/bge-m3", error["remedy"])
        self.assertEqual(self.d.run("model", "remove", "local/\x1b[31m").stderr.count("\x1b"), 0)

    def test_a_stored_file_that_was_written_to_is_found_out(self):
        self.mine(self.file("mine.gguf", gguf()), "--trust-first-use")
        path = self.models / "files" / self.stored()[0]
        path.chmod(0o600)
        with open(path, "r+b") as stream:
            stream.seek(500)
            stream.write(b"damage")
        self.assertEqual(self.model("local/mine")["state"], "unverified")
        result = self.d.run("--json", "model", "verify")
        self.assertEqual(result.returncode, 65)
        problem = json.loads(result.stdout.splitlines()[-1])["models"][0]["problem"]
        self.assertIn(sha256(gguf()), problem)
        self.assertIn(sha256(path.read_bytes()), problem)
        self.mine(self.file("mine.gguf", gguf()), "--trust-first-use")
        self.assertEqual(self.d.run("model", "verify").returncode, 0)

    def test_a_damaged_record_costs_itself(self):
        self.mine(self.file("mine.gguf", gguf()), "--trust-first-use")
        (self.models / "records/local/mine.json").write_text("{")
        self.assertIn("damaged", self.model("local/mine")["problem"])
        self.d.stop()
        self.d.start()
        self.d.json("model", "remove", "local/mine")
        self.assertEqual(self.stored(), [])


class Accounts(DaemonTestCase):
    @unittest.skipUnless(os.geteuid() == 0, "SKIPPED: needs root to run the daemon as another account")
    def test_a_file_that_the_daemon_may_not_read(self):
        self.folder.chmod(0o777)
        daemon = self.daemon(account=UNPRIVILEGED, environment={"HOME": os.fspath(self.folder)})
        path = self.folder / "mine.gguf"
        path.write_bytes(gguf())
        path.chmod(0o600)
        error = daemon.json("model", "add", os.fspath(path), "--name", "local/mine", "--use", "embed",
                            "--trust-first-use", code=77)["error"]
        self.assertEqual(error["code"], "permission_denied")
        self.assertIn(UNPRIVILEGED, error["message"])
        path.chmod(0o644)
        daemon.json("model", "add", os.fspath(path), "--name", "local/mine", "--use", "embed",
                    "--trust-first-use")


class Adversity(ModelTestCase):
    def start_copy(self, name="local/mine"):
        """A copy that is on its way: of a file large enough to be caught in the middle."""
        path = self.folder / "large.gguf"
        if not path.exists():
            path.write_bytes(gguf(elements=64 << 20))
        process = subprocess.Popen(
            [os.fspath(BIN / "coppice"), "--connect", self.d.endpoint, "model", "add", os.fspath(path), "--name",
             name, "--use", "embed", "--trust-first-use"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        self.wait_until(lambda: any(file.stat().st_size > 1 << 20 for file in (self.models / "incoming").iterdir()),
                        what="a copy on its way")
        return process

    def test_a_daemon_that_is_killed_leaves_nothing_half(self):
        self.mine(self.file("mine.gguf", gguf()), "--trust-first-use")
        before = self.stored()
        process = self.start_copy("local/other")
        self.d.kill()
        process.kill()
        process.communicate()
        self.assertNotEqual(list((self.models / "incoming").iterdir()), [], "it was in the middle")
        self.d.start()
        self.assert_nothing_on_its_way()
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.model("local/mine")["state"], "present")
        self.assertIsNone(self.model("local/other"))

    def test_ctrl_c_gives_the_copy_up(self):
        process = self.start_copy()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.wait_until(lambda: not list((self.models / "incoming").iterdir()), what="an empty folder")
        self.assertIsNone(self.model("local/mine"))


class Pulls(ModelTestCase):
    NAME = "local/all-minilm-l6-v2"
    CONTENT = gguf(elements=1 << 20, width=384)

    def setUp(self):
        super().setUp()
        self.server = FileServer(self.CONTENT).start()
        self.addCleanup(self.server.stop)

    def pull(self, path, *arguments, code=0):
        return self.d.json("model", "pull", self.NAME, "--url", self.server.url(path), *arguments, code=code)

    def start_pull(self, path):
        process = subprocess.Popen(
            [os.fspath(BIN / "coppice"), "--connect", self.d.endpoint, "model", "pull", self.NAME, "--url",
             self.server.url(path), "--trust-first-use"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        self.wait_until(lambda: self.part_bytes() > 1 << 20, what="a download on its way")
        return process

    def part_bytes(self):
        return sum(part.stat().st_size for part in (self.models / "parts").glob("*.part"))

    def test_a_model_comes_over_a_connection_that_breaks(self):
        result = self.d.run("--json", "model", "pull", self.NAME, "--url", self.server.url("/cut/1500000"), "--sha256",
                            sha256(self.CONTENT))
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual((lines[0]["event"], lines[0]["phase"], lines[0]["total"]),
                         ("progress", "download", len(self.CONTENT)))
        self.assertEqual(lines[-1]["model"]["state"], "present")
        self.assertEqual(lines[-1]["model"]["trust"], "operator")
        self.assertEqual([asked[1] for asked in self.server.asked],
                         [None, "bytes=1500000-", "bytes=3000000-"])
        self.assertEqual((self.models / "files" / self.stored()[0]).read_bytes(), self.CONTENT)
        self.assertEqual(list((self.models / "parts").iterdir()), [])
        self.assertEqual(self.pull("/ok")["note"], "it was here already")

    def test_nothing_is_asked_for_where_nothing_is_trusted(self):
        error = self.pull("/ok", code=64)["error"]
        self.assertIn("--trust-first-use", error["remedy"])
        self.assertEqual(self.server.asked, [])
        self.assertIn(sha256(self.CONTENT), self.pull("/ok", "--trust-first-use")["note"])

    def test_a_wrong_hash_is_refused_with_both_named(self):
        error = self.pull("/ok", "--sha256", "0" * 64, code=65)["error"]
        self.assertEqual(error["code"], "corrupt")
        self.assertIn(sha256(self.CONTENT), error["message"])
        self.assertIn("0" * 64, error["message"])
        self.assertEqual((self.stored(), self.part_bytes()), ([], 0))

    def test_ctrl_c_keeps_what_came(self):
        process = self.start_pull("/slowly")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.wait_until(lambda: self.pull("/slowly", "--trust-first-use"), what="the rest")
        self.assertRegex(self.server.asked[-1][1], r"bytes=\d{7}-")
        self.assertEqual((self.models / "files" / self.stored()[0]).read_bytes(), self.CONTENT)

    def test_a_daemon_that_is_killed_goes_on_where_it_was(self):
        process = self.start_pull("/slowly")
        self.d.kill()
        process.kill()
        process.communicate()
        self.d.start()
        self.pull("/slowly", "--trust-first-use")
        self.assertRegex(self.server.asked[-1][1], r"bytes=\d{7}-")
        self.assertEqual((self.models / "files" / self.stored()[0]).read_bytes(), self.CONTENT)

    def test_one_model_is_pulled_once_at_a_time(self):
        process = self.start_pull("/slowly")
        self.assertEqual(self.pull("/ok", "--trust-first-use", code=65)["error"]["code"], "conflict")
        self.assertEqual(self.d.json("model", "remove", self.NAME, code=65)["error"]["code"], "conflict")
        process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0)

    def test_refusals_say_what_to_do(self):
        for path, exit_code, code, remedy in (("/status/404", 65, "not_found", "--url"),
                                              ("/status/403", 77, "permission_denied", "terms"),
                                              ("/redirect", 75, "unavailable", "https")):
            error = self.pull(path, "--trust-first-use", code=exit_code)["error"]
            self.assertEqual(error["code"], code)
            self.assertIn(remedy, error["remedy"])
            self.assertIn(self.NAME, error["message"])
        for url, remedy in (("http://models.invalid/x.gguf", "--allow-http"), ("file:///etc/passwd", "")):
            error = self.d.json("model", "pull", self.NAME, "--url", url, "--trust-first-use", code=64)["error"]
            self.assertEqual(error["code"], "invalid_argument")
            self.assertIn(remedy, error["remedy"])
        error = self.d.json("model", "pull", "local/e5-large-v2", "--trust-first-use", code=64)["error"]
        self.assertIn("model add FILE", error["remedy"])
        error = self.d.json("model", "pull", "local/bge-m4", code=65)["error"]
        self.assertIn("local/bge-m3", error["remedy"])


class FullDisk(DaemonTestCase):
    def test_what_does_not_fit_is_refused_before_it_is_copied(self):
        models = self.folder / "state/models"
        models.mkdir(parents=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=68m", "tmpfs", models], check=False,
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"SKIPPED: no small disk can be mounted: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", models], check=False)
        daemon = self.daemon()
        path = self.folder / "large.gguf"
        path.write_bytes(gguf(elements=2 << 20))
        arguments = ("--name", "local/mine", "--use", "embed", "--trust-first-use")
        error = daemon.json("model", "add", os.fspath(path), *arguments, code=75)["error"]
        self.assertEqual(error["code"], "resource_exhausted")
        self.assertFalse(error["retryable"])
        self.assertIn("8.0 MiB", error["message"])
        small = self.folder / "small.gguf"
        small.write_bytes(gguf())
        daemon.json("model", "add", os.fspath(small), *arguments)


if __name__ == "__main__":
    unittest.main()
