"""Removes what a crash left behind in the folder of the store."""

import os
import time

STALE_SECONDS = 3600


def stale_locks(folder, now=None):
    """Lock files whose owner has been gone for an hour."""
    now = now or time.time()
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.endswith(".lock") and now - os.path.getmtime(path) > STALE_SECONDS:
            yield path


def sweep(folder):
    """Deletes half-written files and abandoned locks."""
    for path in stale_locks(folder):
        os.unlink(path)
    for name in os.listdir(folder):
        if name.endswith(".partial"):
            os.unlink(os.path.join(folder, name))
