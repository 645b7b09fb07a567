"""Starting, stopping, configuring: what an administrator and systemd see."""

import json
import os
import signal
import socket
import subprocess
import time
import unittest

from harness import BIN, PATIENCE, Daemon, DaemonTestCase, NotifySocket


def coppiced(*arguments, environment=None):
    return subprocess.run([os.fspath(BIN / "coppiced"), *arguments], capture_output=True, text=True,
                          check=False, timeout=60, env={**os.environ, **(environment or {})})


class Configuration(DaemonTestCase):
    def write(self, text):
        path = self.folder / "coppice.toml"
        path.write_text(text)
        return os.fspath(path)

    def test_a_good_file_passes(self):
        result = coppiced("--check-config", "--config", self.write("[server]\nworkers = 3\n"))
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_an_unknown_key_names_the_nearest_and_exits_78(self):
        result = coppiced("--check-config", "--config", self.write("[server]\nworker = 3\n"))
        self.assertEqual(result.returncode, 78)
        self.assertIn("coppice.toml:2", result.stderr)
        self.assertIn("server.workers", result.stderr)

    def test_an_unknown_ranking_weight_is_refused_too(self):
        result = coppiced("--check-config", "--config", self.write("[ranking.question]\nvectro = 1.0\n"))
        self.assertEqual(result.returncode, 78)
        self.assertIn("vector", result.stderr)

    def test_an_unknown_model_or_endpoint_is_refused(self):
        for text in ('[embedding]\nmodel = "static/none"\n', '[server]\nlisten = "tcp://0.0.0.0:1"\n'):
            result = coppiced("--check-config", "--config", self.write(text))
            self.assertEqual(result.returncode, 78, text)

    def test_a_memory_ceiling_below_what_must_run_is_refused(self):
        result = coppiced("--check-config", "--config", self.write("[memory]\nlimit_mib = 300\n"))
        self.assertEqual(result.returncode, 78)
        self.assertIn("memory.limit_mib = 300: with 2 parsers the least is 1152", result.stderr)

    def test_print_config_gives_origins_and_hides_secrets(self):
        result = coppiced("--print-config", "--config", self.write("[server]\nworkers = 3\n"),
                          environment={"COPPICE_DATABASE__URL": "postgresql://u:hunter2@h/d"})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("coppice.toml:2", result.stdout)
        self.assertNotIn("hunter2", result.stdout)

    def test_print_schema_keeps_the_extension_apart(self):
        schema = coppiced("--print-schema").stdout
        self.assertIn("CREATE TABLE", schema)
        self.assertLess(schema.index("CREATE EXTENSION"), schema.index("CREATE TABLE"))

    def test_a_usage_error_exits_64(self):
        self.assertEqual(coppiced("--no-such-flag").returncode, 64)


class Lifecycle(DaemonTestCase):
    def test_sigterm_drains_and_exits_0(self):
        daemon = self.daemon()
        cluster = daemon.postgres_pid()
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertFalse(os.path.exists(f"/proc/{cluster}"), "the private cluster is still there")

    def test_it_keeps_what_it_knew(self):
        repository = self.repository()
        repository.commit({"src/parcel.py": "def weigh_parcel(parcel):\n    return parcel.mass\n"})
        daemon = self.daemon()
        daemon.add(repository)
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        early = daemon.run("--json", "search", "weigh parcel")
        self.assertIn(early.returncode, (0, 75), "reading the index takes a moment, and it says so")
        self.wait_until(lambda: "src/parcel.py" in daemon.run("--json", "search", "weigh parcel").stdout,
                        what="the index after a restart")

    def test_a_second_daemon_on_the_same_state_is_refused(self):
        first = self.daemon()
        second = Daemon(self.folder)
        second.endpoint += ".other"
        second.spawn()
        self.assertEqual(second.process.wait(60 * PATIENCE), 65)
        self.assertIn(f"pid {first.process.pid}", second.log())
        self.assertEqual(first.run("ping").returncode, 0)

    def test_a_second_daemon_on_the_same_socket_is_refused(self):
        first = self.daemon()
        second = Daemon(self.folder, name="other")
        second.endpoint = first.endpoint
        second.spawn()
        self.assertEqual(second.process.wait(60 * PATIENCE), 65)
        self.assertIn("coppice.sock", second.log())
        self.assertEqual(first.run("ping").returncode, 0)

    def test_a_start_that_fails_exits_by_its_error(self):
        away = {"COPPICE_DATABASE__URL": f"postgresql:///coppice?host={self.folder}"}
        missing = {"COPPICE_DATABASE__PRIVATE_BIN_DIRECTORY": os.fspath(self.folder)}
        for environment, code in ((away, 75), (missing, 64)):
            daemon = Daemon(self.folder, name=f"state{code}", environment=environment)
            daemon.spawn()
            self.assertEqual(daemon.process.wait(60 * PATIENCE), code, daemon.log())

    def test_sigterm_ends_a_start_that_waits_for_the_database(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.settimeout(60)
            url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/coppice"
            daemon = Daemon(self.folder, environment={"COPPICE_DATABASE__URL": url})
            daemon.spawn()
            connection, _ = silent.accept()
            with connection:
                self.assertEqual(daemon.stop(), 0, daemon.log())

    def test_the_socket_has_mode_0660(self):
        daemon = self.daemon()
        mode = os.stat(daemon.endpoint.removeprefix("ipc://")).st_mode & 0o7777
        self.assertEqual(mode, 0o660)

    def test_ping_says_that_the_database_does_not_answer(self):
        daemon = self.daemon()
        state = lambda: daemon.json("ping")["state"]
        self.wait_until(lambda: state() == "ready", what="the first load of the index")
        os.kill(daemon.postgres_pid(), signal.SIGSTOP)
        try:
            self.wait_until(lambda: state() == "degraded", what="degraded")
            self.assertIn("PostgreSQL", daemon.json("ping")["detail"])
        finally:
            os.kill(daemon.postgres_pid(), signal.SIGCONT)
        self.wait_until(lambda: state() == "ready", what="ready again")

    def test_sighup_reloads_and_a_bad_file_keeps_the_old(self):
        config = self.folder / "coppice.toml"
        config.write_text('[log]\nlevel = "info"\n')
        daemon = self.daemon(arguments=["--config", os.fspath(config)])
        config.write_text('[log]\nlevel = "debug"\n')
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "config_reloaded" in daemon.log(), what="the reload")
        config.write_text('[log]\nlevle = "debug"\n')
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "config_refused" in daemon.log(), what="the refusal")
        self.assertEqual(daemon.run("ping").returncode, 0)

    def test_sighup_takes_new_ranking_weights_and_names_what_waits(self):
        config = self.folder / "coppice.toml"
        config.write_text("")
        repository = self.repository()
        repository.commit({"tests/parcel.py": "def weigh_parcel(parcel):\n    return parcel.mass\n"})
        daemon = self.daemon(arguments=["--config", os.fspath(config)])
        daemon.add(repository)
        score = lambda: daemon.json("search", "parcel mass")["hits"][0]["score"]
        before = score()
        config.write_text("[server]\nworkers = 3\n[ranking]\ntest = 1.0\n")
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "needs_restart=server.workers" in daemon.log(), what="the reload")
        self.assertGreater(score(), before)

    def notify_socket(self):
        notify = NotifySocket(self.folder)
        self.addCleanup(notify.close)
        return notify

    def test_systemd_hears_ready_only_after_schema_and_bind(self):
        notify = self.notify_socket()
        environment = {"NOTIFY_SOCKET": notify.path}
        unmigrated = Daemon(self.folder, environment={**environment, "COPPICE_DATABASE__MIGRATE": "false"})
        unmigrated.spawn()
        self.assertEqual(unmigrated.process.wait(60 * PATIENCE), 65, unmigrated.log())
        self.assertIn("lacks migration", unmigrated.log())
        first = self.daemon(name="first")
        unbound = Daemon(self.folder, environment=environment)
        unbound.endpoint = first.endpoint
        unbound.spawn()
        self.assertEqual(unbound.process.wait(60 * PATIENCE), 65, unbound.log())
        self.assertTrue(any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in notify.read()))
        self.assertNotIn("READY=1", notify.read())

    def test_systemd_hears_what_is_being_indexed(self):
        notify = self.notify_socket()
        daemon = self.daemon(environment={"NOTIFY_SOCKET": notify.path,
                                          "COPPICE_INDEX__PARSER_WORKERS": "1",
                                          "COPPICE_INDEX__PARSE_TIMEOUT_SECONDS": "600"})
        first = self.repository("first")
        first.commit({"a.py": "def alpha():\n    return 1\n"})
        daemon.add(first)
        parsers = subprocess.run(["pgrep", "-P", str(daemon.process.pid), "-f", "coppice-parser"],
                                 capture_output=True, text=True, check=True).stdout.split()
        second = self.repository("second")
        second.commit({"b.py": "def beta():\n    return 2\n"})
        for parser in parsers:
            os.kill(int(parser), signal.SIGSTOP)
        try:
            daemon.json("add", os.fspath(second.path))
            self.wait_until(lambda: any(line.startswith("STATUS=") and "indexing second" in line
                                        for line in notify.read()), what="a STATUS while indexing")
        finally:
            for parser in parsers:
                os.kill(int(parser), signal.SIGCONT)
        self.wait_until(lambda: notify.read()[-1] == "STATUS=2 repositories", what="a STATUS after it")

    def test_systemd_hears_reloading_with_its_time(self):
        notify = self.notify_socket()
        daemon = self.daemon(environment={"NOTIFY_SOCKET": notify.path})
        self.wait_until(lambda: "READY=1" in notify.read(), what="READY=1")
        before = time.monotonic_ns() // 1000
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: notify.read().count("READY=1") == 2, what="READY=1 after the reload")
        lines = notify.read()
        at = lines.index("RELOADING=1")
        self.assertRegex(lines[at + 1], r"^MONOTONIC_USEC=\d+$")
        usec = int(lines[at + 1].split("=")[1])
        self.assertTrue(before <= usec <= time.monotonic_ns() // 1000, (before, usec))
        self.assertGreater(len(lines) - lines[::-1].index("READY=1"), at)

    def test_systemd_hears_ready_status_and_stopping(self):
        notify = self.notify_socket()
        repository = self.repository()
        repository.commit({"a.py": "def alpha():\n    return 1\n"})
        daemon = self.daemon(environment={"NOTIFY_SOCKET": notify.path})
        self.wait_until(lambda: "READY=1" in notify.read(), what="READY=1")
        daemon.add(repository)
        self.wait_until(lambda: any("1 repositories" in line for line in notify.read()),
                        what="a STATUS that counts repositories")
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("STOPPING=1", notify.read())

    def test_no_code_and_no_query_in_the_log(self):
        repository = self.repository()
        repository.commit({"a.py": "def zebra_secret_token():\n    return 'giraffe_value'\n"})
        daemon = self.daemon()
        daemon.add(repository)
        daemon.json("search", "zebra giraffe okapi")
        for word in ("zebra", "giraffe", "okapi"):
            self.assertNotIn(word, daemon.log())

    def test_no_daemon_exits_69(self):
        daemon = Daemon(self.folder)
        result = daemon.run("--json", "ping")
        self.assertEqual(result.returncode, 69)
        self.assertEqual(json.loads(result.stdout)["error"]["code"], "unavailable")


if __name__ == "__main__":
    unittest.main()
