"""The architecture of Coppice as data and as checks over a source tree.

Each check takes the root of a tree and returns a list of complaints, one line each ("path:line: what is wrong").
"""

import json
import os
import re
from pathlib import Path

# What a folder may include, beside itself. The order is that of docs/architecture.md.
FOLDERS = {
    "base": set(),
    "config": {"base"},
    "protocol": {"base"},
    "store": {"base"},
    "embed": {"base"},
    "indexer": {"base", "store", "embed"},
    "daemon/retrieval": {"base", "store", "embed"},
    "daemon/generation": {"base", "store", "embed", "daemon/retrieval"},
    "daemon/server": {"base", "protocol", "store", "daemon/retrieval", "daemon/generation"},
    "daemon/app": {
        "base",
        "config",
        "protocol",
        "store",
        "embed",
        "indexer",
        "daemon/retrieval",
        "daemon/generation",
        "daemon/server",
    },
    "client": {"base", "protocol"},
}

# A third-party library is included from the folders named, and from their tests.
LIBRARIES = [
    ("spdlog", r"spdlog/", {"base"}),
    ("fmt", r"fmt/", {"base"}),
    ("nlohmann-json", r"nlohmann/", {"base"}),
    ("OpenSSL", r"openssl/", {"base"}),
    ("libstemmer", r"libstemmer\.h$", {"base"}),
    ("zstd", r"zstd(_errors)?\.h$", {"base"}),
    ("libcurl", r"curl/", {"base"}),
    ("llama.cpp", r"(llama|ggml)[a-z0-9_-]*\.h$|gguf\.h$", {"embed"}),
    ("Highway", r"hwy/", {"store", "embed"}),
    ("FAISS", r"faiss/", {"store"}),
    ("OpenMP", r"omp\.h$", {"store"}),
    ("libpqxx", r"pqxx/", {"store"}),
    ("libpq", r"(libpq-fe|postgres_ext|pg_config)\.h$", {"store"}),
    ("ZeroMQ", r"(zmq|zmq_addon|zmq_utils)\.(h|hpp)$", {"protocol"}),
    ("msgpack", r"msgpack(\.hpp$|/)", {"protocol"}),
    ("libgit2", r"git2(\.h$|/)", {"indexer"}),
    ("libseccomp", r"seccomp\.h$", {"indexer"}),
    ("zlib", r"zlib\.h$", {"indexer"}),
    ("tree-sitter", r"tree_sitter/", {"indexer"}),
    ("toml++", r"toml\+\+/", {"config"}),
    ("CLI11", r"CLI/", {"client", "daemon/app"}),
    ("libsystemd", r"systemd/", {"daemon/app"}),
    ("GoogleTest", r"(gtest|gmock)/", {"tests"}),
    ("Google Benchmark", r"benchmark/", {"benchmarks"}),
]

# The imported CMake targets of those libraries: what a folder links must be what it may include.
LIBRARY_TARGETS = {
    "spdlog": {"base"},
    "fmt": {"base"},
    "json": {"base"},
    "crypto": {"base"},
    "stemmer": {"base"},
    "zstd": {"base"},
    "curl": {"base"},
    "llama": {"embed"},
    "hwy": {"store", "embed"},
    "faiss": {"store"},
    "pqxx": {"store"},
    "pq": {"store"},
    "zmq": {"protocol"},
    "libzmq": {"protocol"},
    "msgpack": {"protocol"},
    "git2": {"indexer"},
    "seccomp": {"indexer"},
    "zlib": {"indexer"},
    "tree_sitter": {"indexer"},
    "grammars": {"indexer"},
    "tomlplusplus": {"config"},
    "cli11": {"client", "daemon/app"},
    "systemd": {"daemon/app"},
}

# What stands in the named files only, in the folders of the architecture: what, how it is spelled, where, what to do instead.
USES = [
    ("decoding msgpack", r"\bmsgpack::(unpack|parse)\b", {"protocol/codec.cpp"}, "protocol::Decode, which sets limits"),
    ("sleeping", r"\b(sleep_for|sleep_until|usleep|nanosleep)\b", set(), "a wait that takes a Deadline"),
    ("asking the clock on the wall", r"\bsystem_clock::now\b|\btime\((nullptr|NULL|0)\)", {"base/mutex.h", "indexer/git/ref_stamp.h"}, "a Deadline, or the database's now()"),
    ("a thread without a name", r"\bstd::(jthread|thread)\b|\.detach\(\)", {"base/thread.h", "base/thread.cpp"}, "NamedThread"),
]

# Headers of C, POSIX and Linux. A C++ standard header has no dot and no slash.
SYSTEM_HEADERS = re.compile(
    r"""(
        (sys|linux|netinet|arpa|net)/[a-z0-9_]+\.h |
        (dirent|dlfcn|errno|fcntl|fnmatch|grp|locale|netdb|poll|pthread|pwd|sched|signal|spawn|stdint|stdlib|string
         |syslog|termios|time|unistd|malloc|link|elf|endian|getopt|immintrin|cpuid|execinfo|features)\.h
    )$""",
    re.VERBOSE,
)
STANDARD_HEADER = re.compile(r"[a-z0-9_]+$")

SOURCE_SUFFIXES = {".cpp", ".cc", ".cxx", ".c"}
HEADER_SUFFIXES = {".h", ".hpp"}
# Trees that hold input for tests or measurements, not code of ours.
DATA = ("tests/golden/", "tests/questions/", "benchmarks/data/")

# Services whose address belongs into a machine's settings, never into this project. Put together from parts, so that
# this file passes its own check.
FORBIDDEN_NAMES = [
    ".".join(parts)
    for parts in [
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("snapshot", "debian", "org"),
        ("ftp", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("static", "crates", "io"),
        ("index", "crates", "io"),
        ("proxy", "golang", "org"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
    ]
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def files(root):
    """Every file of the tree as a path relative to it, without build output and hidden folders but .ci."""
    for folder, folders, names in os.walk(root):
        relative = os.path.relpath(folder, root)
        if relative == ".":
            folders[:] = [f for f in folders if f not in ("build", "out") and (f == ".ci" or not f.startswith("."))]
        folders[:] = sorted(f for f in folders if f not in ("node_modules", "__pycache__", ".git"))
        for name in sorted(names):
            yield name if relative == "." else f"{relative}/{name}"


def folder_of(path):
    """The folder of the architecture that a path lies in, or None."""
    for folder in sorted(FOLDERS, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def is_code(path):
    return Path(path).suffix in SOURCE_SUFFIXES | HEADER_SUFFIXES and not path.startswith(DATA)


def owner_of(path):
    """Whose third-party headers a file may include: its folder, "tests" or "benchmarks"."""
    return folder_of(path) or path.split("/")[0]


def tested_folders(path):
    """The folders that a test file belongs to. Helpers and whole-program tests belong to all of them."""
    parts = path.split("/")
    name = parts[1] if len(parts) > 2 else ""
    by_name = {f.split("/")[-1]: f for f in FOLDERS}
    return {by_name[name]} if name in by_name else set(FOLDERS)


def check_include(root, path, quoted, header):
    """What is wrong with one include, or None."""
    owner = owner_of(path)
    free = owner not in FOLDERS  # tests and benchmarks may include every folder
    if quoted:
        if not (Path(root) / header).is_file():
            return f'"{header}" is no file; includes are written from the root of the tree'
        target = folder_of(header)
        if free:
            return None
        if target is None:
            return f'"{header}" lies in no folder of the architecture'
        if target != owner and target not in FOLDERS[owner]:
            return f'{owner}/ may not include {target}/: "{header}"'
        return None
    for library, pattern, allowed in LIBRARIES:
        if re.match(pattern, header):
            if owner in allowed or owner == "benchmarks" or (owner == "tests" and tested_folders(path) & allowed):
                return None
            return f"<{header}>: {library} is included only from {', '.join(sorted(allowed))}"
    if STANDARD_HEADER.match(header) or SYSTEM_HEADERS.match(header):
        return None
    return f"<{header}> belongs to no library that tests/architecture/rules.py knows"


def check_includes(root):
    complaints = []
    for path in files(root):
        if not is_code(path):
            continue
        text = (Path(root) / path).read_text(encoding="utf-8")
        seen = set()
        for number, line in enumerate(text.split("\n"), 1):
            match = INCLUDE.match(line)
            if match:
                wrong = check_include(root, path, match[1] == '"', match[2])
                if match[2] in seen:
                    wrong = f"{match[2]} is included a second time"
                seen.add(match[2])
                if wrong:
                    complaints.append(f"{path}:{number}: {wrong}")
    return complaints


def check_uses(root):
    """What only one file may do is done in no other."""
    complaints = []
    for path in files(root):
        if not is_code(path) or folder_of(path) is None:
            continue
        text = (Path(root) / path).read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            code = line.split("//")[0]
            for what, pattern, allowed, instead in USES:
                if path not in allowed and re.search(pattern, code):
                    complaints.append(f"{path}:{number}: {what} is not done here: use {instead}")
    return complaints


def check_links(root):
    """The DEPS of a folder's CMake targets keep the same order as its includes."""
    texts = {}
    defined = {}
    for path in files(root):
        if Path(path).name != "CMakeLists.txt":
            continue
        text = re.sub(r"#.*", "", (Path(root) / path).read_text(encoding="utf-8"))
        texts[path] = text
        for name in re.findall(r"coppice_library\(\s*NAME\s+(\w+)", text):
            defined[name] = folder_of(path)
    complaints = []
    for path, text in texts.items():
        owner = folder_of(path)
        if owner is None:
            continue
        for name in re.findall(r"coppice::(\w+)", text):
            if name in LIBRARY_TARGETS:
                if owner not in LIBRARY_TARGETS[name]:
                    complaints.append(f"{path}: {owner}/ may not link coppice::{name}")
            elif name not in defined:
                complaints.append(f"{path}: no folder defines coppice::{name}")
            elif defined[name] not in FOLDERS[owner] | {owner}:
                complaints.append(f"{path}: {owner}/ may not link coppice::{name} of {defined[name]}/")
    return complaints


def check_built(root, compile_commands, test_commands, left_out=()):
    """Every source is compiled, and every test script is run: what is in the tree and does nothing is a mistake.

    left_out: folders that this build was told to leave out.
    """
    compiled = {os.path.realpath(os.path.join(c["directory"], c["file"])) for c in compile_commands}
    run = {os.path.realpath(word) for command in test_commands for word in command if word.endswith(".py")}
    complaints = []
    for path in files(root):
        full = os.path.realpath(os.path.join(root, path))
        if path.startswith(DATA) or path.startswith(tuple(left_out)):
            continue
        if Path(path).suffix in SOURCE_SUFFIXES and full not in compiled:
            complaints.append(f"{path}: no CMake target compiles it")
        if path.startswith("tests/") and path.endswith("_test.py") and full not in run:
            complaints.append(f"{path}: no ctest entry runs it")
    return complaints


def check_names(root):
    """No address of a package registry or mirror stands in the tree, and the lock file has none either."""
    complaints = []
    pattern = re.compile("|".join(re.escape(name) for name in FORBIDDEN_NAMES).encode(), re.IGNORECASE)
    for path in files(root):
        data = (Path(root) / path).read_bytes()
        for match in pattern.finditer(data):
            line = data.count(b"\n", 0, match.start()) + 1
            complaints.append(f"{path}:{line}: the name of a package registry: {match[0].decode()}")
        if Path(path).name == "package-lock.json":
            complaints += check_lock(path, json.loads(data))
    return complaints


def check_lock(path, lock):
    complaints = []
    for name, package in lock.get("packages", {}).items():
        if "resolved" in package:
            complaints.append(f"{path}: {name} says where it was downloaded (resolved)")
        if name and not package.get("integrity", "").startswith("sha512-"):
            complaints.append(f"{path}: {name} has no SHA-512 integrity hash")
    return complaints
