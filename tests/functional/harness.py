"""Runs the real coppiced and coppice for tests: a daemon of its own in a temporary folder, git
repositories from a few lines of text, and the command line with its JSON."""

import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ["COPPICE_BIN_DIR"])
SOURCE = pathlib.Path(os.environ["COPPICE_SOURCE_DIR"])
START_SECONDS = 60
# Sanitizer builds are several times slower; tests state waits for an ordinary build.
PATIENCE = float(os.environ.get("COPPICE_TEST_PATIENCE", "4"))

GIT_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}


def git(directory, *arguments, **options):
    """Runs git in `directory`, isolated from the machine's configuration; gives its output."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment.update(GIT_ENVIRONMENT)
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always",
               "-C", os.fspath(directory), *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.stderr.decode(errors='replace')}")
    return result.stdout.decode(errors="replace").strip()


class Repository:
    """A git repository made for a test."""

    def __init__(self, path, bare=False, sha256=False):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True)
        git(self.path, "init", "--quiet", *(["--bare"] if bare else []),
            *(["--object-format=sha256"] if sha256 else []))

    def write(self, files):
        """Puts files (name -> text or bytes) into the working tree."""
        for name, content in files.items():
            path = os.path.join(os.fsencode(self.path), os.fsencode(name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(content if isinstance(content, bytes) else content.encode())
        return self

    def commit(self, files=None, message="change"):
        """Commits everything, after writing `files`; gives the commit id."""
        self.write(files or {})
        git(self.path, "add", "--all", "--force")
        git(self.path, "commit", "--quiet", "--allow-empty", "--message", message)
        return self.head()

    def head(self):
        return git(self.path, "rev-parse", "HEAD")


class Daemon:
    """One coppiced in a folder of its own. Use as a context manager."""

    def __init__(self, folder, name="state", account=None, environment=None, arguments=(),
                 before_start=None, programs=BIN):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / name
        self.endpoint = f"ipc://{self.folder}/{name}-run/coppice.sock"
        self.log_path = self.folder / f"{name}.log"
        self.account = account
        self.environment = environment or {}
        self.arguments = list(arguments)
        self.before_start = before_start  # called in the new process
        self.programs = programs  # where coppiced lies
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def _environment(self):
        keep = ("PATH", "LANG", "HOME", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
        environment = {key: os.environ[key] for key in keep if key in os.environ}
        environment.update(self.environment)
        return environment

    def _copied_programs(self):
        """For another account: the build may be in a home that it cannot enter."""
        copies = self.folder / "bin"
        copies.mkdir(exist_ok=True)
        for name in ("coppiced", "coppice-parser"):
            shutil.copy(self.programs / name, copies)
        return copies

    def spawn(self):
        """Starts the process without waiting until it answers."""
        programs = self.programs
        user = {}
        if self.account is not None:
            entry = pwd.getpwnam(self.account)
            user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            programs = self._copied_programs()
        command = [os.fspath(programs / "coppiced"), "--state-dir", os.fspath(self.state),
                   "--listen", self.endpoint, *self.arguments]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=self._environment(), preexec_fn=self.before_start, **user)
        return self.process

    def start(self):
        self.spawn()
        deadline = time.monotonic() + START_SECONDS * PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"coppiced ended with {self.process.returncode}:\n{self.log()}")
            if self.run("--timeout", "2", "ping").returncode == 0:
                return self
            time.sleep(0.05)
        raise AssertionError(f"coppiced did not answer:\n{self.log()}")

    def stop(self):
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"coppiced did not stop:\n{self.log()}") from None

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def run(self, *arguments, **options):
        """Runs coppice; gives the finished process with text output."""
        environment = self._environment()
        environment.update(options.pop("environment", {}))
        return subprocess.run([os.fspath(BIN / "coppice"), "--connect", self.endpoint, *arguments],
                              env=environment, capture_output=True, text=True, errors="replace",
                              check=False, timeout=300 * PATIENCE, **options)

    def json(self, *arguments, code=0):
        """Runs coppice --json; gives the last JSON line. Fails when the exit code differs."""
        result = self.run("--json", *arguments)
        if result.returncode != code:
            raise AssertionError(f"coppice {arguments}: exit {result.returncode}, not {code}\n"
                                 f"{result.stdout}\n{result.stderr}\n--- log\n{self.log()[-4000:]}")
        return json.loads(result.stdout.strip().splitlines()[-1])

    def add(self, repository, *arguments):
        """Adds and waits until everything is searchable."""
        path = getattr(repository, "path", repository)
        return self.json("--timeout", str(int(120 * PATIENCE)), "add", os.fspath(path), "--wait", *arguments)

    def search_paths(self, query, *arguments):
        return [hit["path"] for hit in self.json("search", query, *arguments)["hits"]]

    def postgres_pid(self):
        """The pid of the private cluster's server."""
        for path in self.state.glob("postgresql/**/postmaster.pid"):
            return int(path.read_text().split("\n", 1)[0])
        raise AssertionError("the private cluster has no postmaster.pid")


class DaemonTestCase(unittest.TestCase):
    """A test with a temporary folder that the cluster's account may pass through."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cpt-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def repository(self, name="repo", **options):
        return Repository(self.folder / name, **options)

    def daemon(self, **options):
        daemon = Daemon(self.folder, **options)
        self.addCleanup(daemon.__exit__)
        return daemon.start()

    def wait_until(self, condition, seconds=20, what="the condition"):
        """Polls `condition` until it gives something true; gives that."""
        deadline = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come about in {seconds * PATIENCE} s")


class NotifySocket:
    """Stands where systemd would: gathers what sd_notify sends."""

    def __init__(self, folder):
        self.path = os.fspath(pathlib.Path(folder) / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)  # also for the account of the cluster, which is to be silent
        self.socket.settimeout(0.2)
        self.messages = []

    def read(self):
        """Everything sent so far, as lines."""
        try:
            while True:
                data = self.socket.recv(65536)
                self.messages.extend(data.decode().splitlines())
        except TimeoutError:
            pass
        return self.messages

    def close(self):
        self.socket.close()
