#!/usr/bin/env python3
"""The scripts' manners, and what scripts/setup does when a machine lacks something."""

import base64
import hashlib
import json
import os
import pathlib
import pty
import pwd
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["COPPICE_SOURCE_DIR"])
SCRIPTS = [SOURCE / "scripts" / name for name in ("setup", "build", "test", "run")]
SHELL_FILES = [*SCRIPTS, SOURCE / ".ci" / "run", *sorted((SOURCE / "scripts" / "lib").glob("*.sh"))]

# Sources the libraries, then runs a test's lines.
PRELUDE = f"""
set -euo pipefail
for part in common packages sources grammars; do source {SOURCE}/scripts/lib/$part.sh; done
"""


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **options)


def run_at_terminal(command, environment):
    """The same with a terminal as standard input and error; standard output is not looked at."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
        os.close(theirs)
        shown = b""
        try:
            while part := terminal.read(4096):
                shown += part
        except OSError:  # nobody has the other end open any more
            pass
        status = process.wait(timeout=60)
    return subprocess.CompletedProcess(command, status, "", shown.decode().replace("\r\n", "\n"))


def bash(lines, **options):
    return run(["bash", "-c", PRELUDE + lines], **options)


class Manners(unittest.TestCase):
    def test_help_says_what_it_does(self):
        for script in SCRIPTS:
            done = run([script, "--help"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.startswith(f"usage: scripts/{script.name}"), done.stdout)

    def test_an_unknown_argument_is_a_usage_error(self):
        for script in SCRIPTS:
            if script.name != "test":  # what it does not know goes to ctest
                self.assertEqual(run([script, "--no-such-argument"]).returncode, 64, script)

    def test_the_shell_parses_them(self):
        for file in SHELL_FILES:
            done = run(["bash", "-n", file])
            self.assertEqual((done.returncode, done.stderr), (0, ""), file)

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_has_nothing_to_say(self):
        done = run(["shellcheck", "-x", *SHELL_FILES], cwd=SOURCE)
        self.assertEqual(done.returncode, 0, done.stdout)


class PinnedSources(unittest.TestCase):
    """The fetch of pinned files, from a folder instead of a mirror."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.mirror = self.folder / "mirror"
        self.mirror.mkdir()

    def pin(self, *rows):
        """A list of pins in place of the project's, and a mirror that is a folder."""
        pins = self.folder / "pins.txt"
        pins.write_text("".join(f"demo {row}\n" for row in rows), encoding="utf-8")
        libraries = self.folder / "scripts" / "lib"
        shutil.copytree(SOURCE / "scripts" / "lib", libraries)
        (self.folder / "third_party").mkdir()
        pins.rename(self.folder / "third_party" / "debian-sources.txt")
        return f"""
set -euo pipefail
for part in common packages sources; do source {libraries}/$part.sh; done
debian_mirrors() {{ echo mirror:; }}
private_apt_helper() {{ cp "{self.mirror}/$(basename "$3")" "$4"; }}
unpack_first_pinned demo {self.folder}/work {self.folder}/log
"""

    def archive(self, version, text):
        top = self.folder / f"demo-{version}"
        top.mkdir()
        (top / "file").write_text(text, encoding="utf-8")
        name = f"demo_{version}.orig.tar.gz"
        subprocess.run(["tar", "-czf", self.mirror / name, "-C", self.folder, top.name], check=True)
        return name, hashlib.sha256((self.mirror / name).read_bytes()).hexdigest()

    def test_the_first_version_is_taken(self):
        name, digest = self.archive("2.0", "two")
        done = run(["bash", "-c", self.pin(f"2.0 {name} {digest}")])
        self.assertEqual(done.returncode, 0, done.stderr)
        version, folder = done.stdout.split()
        self.assertEqual(version, "2.0")
        self.assertEqual((pathlib.Path(folder) / "file").read_text(encoding="utf-8"), "two")

    def test_a_version_that_is_gone_gives_way_to_the_next(self):
        name, digest = self.archive("1.9", "older")
        done = run(["bash", "-c", self.pin("2.0 demo_2.0.orig.tar.gz 00", f"1.9 {name} {digest}")])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split()[0], "1.9")
        self.assertIn("demo 2.0: not on this machine's Debian mirror", done.stderr)

    def test_a_file_with_another_hash_ends_it(self):
        good, digest = self.archive("1.9", "older")
        bad, _ = self.archive("2.0", "two")
        done = run(["bash", "-c", self.pin(f"2.0 {bad} {digest}", f"1.9 {good} {digest}")])
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("its SHA-256 is not the pinned one", done.stderr)
        self.assertFalse((self.folder / "work" / "1.9").exists())
        self.assertFalse((self.folder / "work" / "2.0" / bad).exists())

    def test_the_projects_own_pins_are_whole(self):
        for package in ("libpqxx", "pgvector"):
            versions = bash(f"pinned_versions {package}").stdout.split()
            self.assertTrue(versions)
            for version in versions:
                rows = [row.split() for row in bash(f"pinned_files {package} {version}").stdout.splitlines()]
                self.assertTrue(any(name.endswith(".dsc") for name, _ in rows), version)
                self.assertTrue(any(".orig.tar." in name for name, _ in rows), version)
                self.assertTrue(all(len(digest) == 64 for _, digest in rows), version)


@unittest.skipUnless(shutil.which("apt-get"), "no apt on this system")
class Mirrors(unittest.TestCase):
    def test_both_formats_of_apts_lists_are_understood(self):
        with tempfile.TemporaryDirectory() as folder:
            etc = pathlib.Path(folder)
            (etc / "parts").mkdir()
            (etc / "state" / "lists" / "partial").mkdir(parents=True)
            (etc / "sources.list").write_text("deb http://one.example/debian/ bookworm main\n", encoding="utf-8")
            (etc / "parts" / "two.sources").write_text(
                "Types: deb\nURIs: http://two.example/debian\nSuites: bookworm\nComponents: main\n\n"
                "Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\n"
                "Components: main\n",
                encoding="utf-8",
            )
            (etc / "apt.conf").write_text(
                f'Dir::Etc::sourcelist "{etc}/sources.list";\nDir::Etc::sourceparts "{etc}/parts";\n'
                f'Dir::State "{etc}/state";\n',
                encoding="utf-8",
            )
            done = bash("debian_mirrors", env={**os.environ, "APT_CONFIG": f"{etc}/apt.conf"})
        self.assertEqual(done.stdout.split(), ["http://one.example/debian", "http://two.example/debian"], done.stderr)


@unittest.skipUnless(shutil.which("setpriv") or os.getuid(), "cannot become an ordinary user")
class OrdinaryUser(unittest.TestCase):
    """scripts/setup without privilege, on a machine whose dpkg lacks a package."""

    def setup(self, without, sudo=None, at_terminal=False):
        """`sudo`: what stands in for it, lines of a shell; without one there is none."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            tree = pathlib.Path(folder) / "tree"
            for part in ("scripts", "third_party"):
                shutil.copytree(SOURCE / part, tree / part)
            programs = pathlib.Path(folder) / "programs"
            programs.mkdir()
            shim = programs / "dpkg-query"
            real = shutil.which("dpkg-query")
            shim.write_text(f'#!/bin/sh\n{real} "$@" | grep -v -x "installed {without}"\n', encoding="utf-8")
            shim.chmod(0o755)
            if sudo:
                (programs / "sudo").write_text(f"#!/bin/sh\n{sudo}\n", encoding="utf-8")
                (programs / "sudo").chmod(0o755)
            # Every program but sudo.
            for place in ("/usr/bin", "/bin"):
                for program in pathlib.Path(place).iterdir():
                    link = programs / program.name
                    if program.name != "sudo" and not link.exists():
                        link.symlink_to(program)
            home = pathlib.Path(folder) / "home"
            home.mkdir()
            command = [tree / "scripts" / "setup"]
            if os.getuid() == 0:
                nobody = pwd.getpwnam("nobody")
                os.chown(home, nobody.pw_uid, nobody.pw_gid)
                command = ["setpriv", "--reuid=nobody", f"--regid={nobody.pw_gid}", "--clear-groups", *command]
            environment = {"HOME": str(home), "PATH": str(programs), "LC_ALL": "C.UTF-8"}
            if not at_terminal:
                return run(command, env=environment), tree
            return run_at_terminal(command, environment), tree

    def test_one_line_to_run_and_77(self):
        done, tree = self.setup(without="libzstd-dev")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("libzstd-dev", done.stderr)
        self.assertIn(f"    {tree}/scripts/setup --system\n", done.stderr)

    def test_the_line_also_where_sudo_says_no(self):
        refuses = 'test "$1" = -n || echo "nobody is not in the sudoers file." >&2; exit 1'
        done, tree = self.setup(without="libzstd-dev", sudo=refuses, at_terminal=True)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("not in the sudoers file", done.stderr)
        self.assertIn(f"    {tree}/scripts/setup --system\n", done.stderr)

    def test_no_password_is_asked_for_where_nobody_can_type_it(self):
        done, _ = self.setup(without="libzstd-dev", sudo='test "$1" = -n || echo "password:" >&2; exit 1')
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertNotIn("password:", done.stderr)

    def test_what_fails_under_sudo_is_a_failure(self):
        done, _ = self.setup(without="libzstd-dev", sudo='test "$*" = "-n true" || { echo "$@" >&2; exit 1; }')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("scripts/setup --system", done.stderr)
        self.assertNotIn("Run this line", done.stderr)


@unittest.skipUnless(shutil.which("node"), "Node.js is not installed")
class UnpackGrammars(unittest.TestCase):
    """What npm fetched is taken only if it is what the lock file names."""

    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.folder = pathlib.Path(folder)
        (self.folder / "package").mkdir()
        (self.folder / "package" / "parser.c").write_text("int parser;\n")
        self.tarball = self.folder / "grammars-tree-sitter-x-1.2.3.tgz"
        subprocess.run(["tar", "-czf", self.tarball, "-C", self.folder, "package"], check=True)
        integrity = base64.b64encode(hashlib.sha512(self.tarball.read_bytes()).digest()).decode()
        name = "@grammars/tree-sitter-x"
        self.write("package.json", {"dependencies": {name: "1.2.3"}})
        self.write("package-lock.json", {"packages": {
            f"node_modules/{name}": {"version": "1.2.3", "integrity": f"sha512-{integrity}"}}})

    def write(self, name, content):
        (self.folder / name).write_text(json.dumps(content))

    def unpack(self, *arguments):
        return run(["node", SOURCE / "scripts/lib/unpack_grammars.js", self.folder, *arguments])

    def test_it_says_what_to_fetch(self):
        self.assertEqual(self.unpack().stdout, "@grammars/tree-sitter-x@1.2.3\n")

    def test_what_the_lock_file_names_is_unpacked(self):
        done = self.unpack(self.folder, self.folder / "out")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "out/@grammars/tree-sitter-x/parser.c").is_file())

    def test_anything_else_is_refused_by_name(self):
        with open(self.tarball, "ab") as file:
            file.write(b"x")
        done = self.unpack(self.folder, self.folder / "out")
        self.assertEqual(done.returncode, 1)
        self.assertIn("@grammars/tree-sitter-x 1.2.3 is not what package-lock.json names", done.stderr)
        self.assertFalse((self.folder / "out").exists())


@unittest.skipUnless(shutil.which("setpriv") or os.getuid(), "cannot become an ordinary user")
class Run(unittest.TestCase):
    """scripts/run with a daemon that runs already, as an ordinary user; setting up and building do nothing."""

    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "home"
        self.state = self.home / ".local" / "state" / "coppice"
        self.state.mkdir(parents=True)
        programs = self.folder / "tree" / "build" / "release" / "bin"
        programs.mkdir(parents=True)
        shutil.copytree(SOURCE / "scripts", self.folder / "tree" / "scripts")
        for name in ("setup", "build"):
            self.program(self.folder / "tree" / "scripts" / name, "exit 0")
        # A shell under the daemon's name: scripts/run looks at the file that a process runs.
        self.daemon = programs / "coppiced"
        shutil.copy(shutil.which("bash"), self.daemon)
        self.calls = self.home / "calls"
        self.program(
            programs / "coppice",
            f"""printf '%s|' "$@" >>{self.calls}; echo >>{self.calls}
if [[ "$*" == *ping* ]]; then [[ "$*" == *"ipc://$(cat {self.home}/answers)"* ]]; fi""",
        )
        self.runner = []
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.runner = ["setpriv", "--reuid=nobody", f"--regid={nobody.pw_gid}", "--clear-groups"]
            for path in [self.home, *self.home.rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def program(self, path, lines):
        path.write_text(f"#!/bin/bash\n{lines}\n", encoding="utf-8")
        path.chmod(0o755)

    def start_daemon(self, socket, answers_at):
        (self.home / "answers").write_text(str(answers_at), encoding="utf-8")
        running = subprocess.Popen(
            [*self.runner, self.daemon, "-c", "read -r", "--listen", f"ipc://{socket}", "--foreground"],
            stdin=subprocess.PIPE,
        )
        self.addCleanup(running.wait)
        self.addCleanup(running.stdin.close)
        (self.state / "coppiced.pid").write_text(f"{running.pid}\n", encoding="utf-8")
        # setpriv becomes the daemon by exec.
        while pathlib.Path(f"/proc/{running.pid}/comm").read_text(encoding="utf-8") != "coppiced\n":
            self.assertIsNone(running.poll())
        return running

    def run_script(self, *arguments):
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return run([*self.runner, self.folder / "tree" / "scripts" / "run", *arguments], env=environment)

    def test_a_daemon_is_asked_where_it_listens(self):
        socket = self.folder / "runtime" / "coppice" / "coppice.sock"
        self.start_daemon(socket, answers_at=socket)
        done = self.run_script(self.home, "-n means what?")
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = self.calls.read_text(encoding="utf-8").splitlines()
        self.assertIn(f"--connect|ipc://{socket}|add|--wait|--|{self.home}|", calls)
        self.assertIn(f"--connect|ipc://{socket}|search|--repo|{self.home}|--|-n means what?|", calls)
        self.assertIn(f"it listens at {socket}", done.stderr)
        self.assertIn(f"coppice --connect ipc://{socket} search", done.stderr)


if __name__ == "__main__":
    unittest.main()
