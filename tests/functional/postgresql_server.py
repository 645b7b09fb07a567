"""A PostgreSQL server of an administrator's, for daemons that are given one by URL."""

import os
import pathlib
import pwd
import subprocess
import unittest


def newest_postgresql():
    """The folder with initdb and pg_ctl."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise unittest.SkipTest("no PostgreSQL server is installed")
    return found[-1].parent


class PostgreSql:
    """A server of the administrator's."""

    def __init__(self, folder):
        self.programs = newest_postgresql()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.account = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam("nobody")
            self.account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.url = f"postgresql://coppice@/postgres?host={self.folder}"
        self.run("initdb", "-D", self.folder / "data", "-U", "coppice", "--auth=trust", "--no-sync")
        self.start()

    def run(self, program, *arguments):
        result = subprocess.run([os.fspath(self.programs / program), *map(os.fspath, arguments)], check=False, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, **self.account)
        if result.returncode != 0:
            raise AssertionError(f"{program}: {result.stdout}")

    def start(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-o",
                 f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off", "start")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-m", mode, "stop")
