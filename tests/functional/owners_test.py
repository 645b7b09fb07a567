"""A daemon that runs as root reads a repository with the rights of its owner, not with its own."""

import os
import pwd
import unittest

from harness import DaemonTestCase

SECRET = {"secret.py": "def hidden_treasure():\n    return 1\n"}


@unittest.skipUnless(os.geteuid() == 0, "only root has the rights of others")
class Owners(DaemonTestCase):
    def setUp(self):
        super().setUp()
        self.owner = pwd.getpwnam("nobody")

    def give(self, path):
        """The path and all below it to its owner, for nobody else to read."""
        for folder, folders, files in os.walk(path):
            for name in (".", *folders, *files):
                os.chown(os.path.join(folder, name), self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)
        path.chmod(0o700)

    def secret(self, **options):
        """A repository that only root may read."""
        secret = self.repository("secret", **options)
        secret.commit(SECRET)
        secret.path.chmod(0o700)
        return secret

    def expect_unreachable(self, daemon):
        """It says so, and what was indexed before is what it knows."""
        self.wait_until(lambda: daemon.json("list")["repos"][0]["state"] == "unreachable",
                        what="the state unreachable")
        self.assertNotIn("secret.py", daemon.run("--json", "search", "hidden_treasure").stdout)
        self.assertEqual(daemon.search_paths("alpha_beam"), ["a.py"])

    def test_a_private_repository_of_somebody_is_indexed(self):
        source = self.repository()
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        self.give(source.path)
        daemon = self.daemon()
        daemon.add(source)
        self.assertEqual(daemon.search_paths("alpha_beam"), ["a.py"])

    def test_a_private_repository_that_only_the_git_program_reads_is_indexed(self):
        source = self.repository(sha256=True)
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        self.give(source.path)
        daemon = self.daemon()
        daemon.add(source)
        self.assertEqual(daemon.search_paths("alpha_beam"), ["a.py"])

    def test_alternates_do_not_lead_into_roots_folders(self):
        self.check_alternates(sha256=False)

    def test_nor_do_they_lead_the_git_program_there(self):
        self.check_alternates(sha256=True)

    def check_alternates(self, sha256):
        secret = self.secret(sha256=sha256)
        source = self.repository(sha256=sha256)
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        daemon = self.daemon()
        self.give(source.path)
        daemon.add(source)
        (source.path / ".git/objects/info/alternates").write_text(f"{secret.path}/.git/objects\n")
        (source.path / ".git/refs/heads/main").write_text(f"{secret.head()}\n")
        self.expect_unreachable(daemon)

    def test_a_link_does_not_lead_into_roots_folders(self):
        secret = self.secret()
        home = self.folder / "home"
        home.mkdir()
        source = self.repository("home/repository")
        source.commit({"a.py": "def alpha_beam():\n    return 1\n"})
        self.give(home)
        home.chmod(0o755)
        daemon = self.daemon()
        daemon.add(source)
        source.path.rename(home / "away")
        source.path.symlink_to(secret.path)
        os.chown(source.path, self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)
        self.expect_unreachable(daemon)


if __name__ == "__main__":
    unittest.main()
