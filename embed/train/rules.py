"""What must not be trained on, what is held out, and which files of a package count as source."""

import hashlib
import re

# Repositories of public benchmarks, and those this project tests itself with.
RESERVED = """
swe-bench cosqa coclr coir codesearchnet semble locagent
sympy pytest requests django flask sphinx pylint xarray seaborn astropy matplotlib scikit-learn sklearn
abseil absl abseil-cpp aiohttp alamofire axum bash-it cats chi circe cobra commons-lang commons-lang3
curl libcurl ecto exposed express fastapi fmt fmtlib gin gson jackson-databind kotlinx-coroutines ktor
libuv messagepack-csharp model2vec nlohmann nlohmann-json nvim-lspconfig phoenix pydantic rack redis
rxswift serde sinatra tokio trpc vitest zod leveldb jq
mpd mitmproxy restic tmux electrum weechat i2pd qtox qutebrowser kitty syncthing freeplane bat
mosquitto zstd rocksdb scrapy borgbackup borg mercurial beets hugo caddy ripgrep""".split()

EXTENSIONS = {
    ".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hpp": "cpp", ".hh": "cpp",
    ".hxx": "cpp", ".py": "python", ".go": "go", ".rs": "rust", ".java": "java", ".js": "javascript",
    ".mjs": "javascript", ".cjs": "javascript", ".ts": "typescript",
}

# Copies of other projects, tests, generated and minified files.
_SKIPPED_DIRS = set("""
third_party thirdparty third-party 3rdparty 3rd_party vendor vendored _vendor _vendored external
externals extern ext_lib deps dependencies contrib_libs bundled node_modules subprojects submodules
libs_vendored generated gen __pycache__ site-packages debian .pc test tests testing testsuite
testdata __tests__ fixtures examples_data benchmarks locale locales i18n min""".split())
_SKIPPED_FILES = re.compile(
    r"(\.min\.|\.pb\.|_pb2|\.generated\.|_generated\.|zz_generated|\.d\.ts$|_test\.go$"
    r"|(^|/)test_[^/]*\.py$|\.test\.|\.spec\.|bundle\.js$|\.umd\.|\.iife\.|(^|/)jquery)")
# Signs of a reserved project's code inside a file of another.
_MARKS = re.compile(
    rb"Victor Zverovich|Niels Lohmann|The Abseil Authors|The LevelDB Authors|Joyent, Inc\."
    rb"|Salvatore Sanfilippo|Kenneth Reitz|Daniel Stenberg|Facebook, Inc\. and its affiliates.*rocksdb")


def tokens(name):
    return [t for t in re.split(r"[^a-z0-9]+", name.lower()) if t]


_RESERVED_TOKENS = [tokens(r) for r in RESERVED]


def is_reserved(name):
    """Whether a package or folder name holds the name of a reserved project as whole words."""
    own = tokens(name)
    for wanted in _RESERVED_TOKENS:
        n = len(wanted)
        if any(own[i:i + n] == wanted for i in range(len(own) - n + 1)):
            return True
    return False


def is_wanted_path(path, extensions):
    """Whether a path inside a package is source of the package's own."""
    parts = path.lower().split("/")
    if any(p in _SKIPPED_DIRS or p.startswith(".") for p in parts[:-1]):
        return False
    if any(p in RESERVED for p in parts[:-1]):
        return False
    if _SKIPPED_FILES.search(path.lower()):
        return False
    stem, dot, ext = parts[-1].rpartition(".")
    return dot + ext in extensions and stem not in RESERVED


def has_reserved_mark(content):
    return bool(_MARKS.search(content[:4000]))


def folder_name(package):
    """How fetch.py names the folder of a package, and pairs their package."""
    return package.replace("/", "__").replace(":", "__")


def is_held_out(kind, package):
    """One package in twenty-five, by its name alone, so that it stays so when packages are added."""
    return hashlib.sha1(f"{kind} {folder_name(package)}".encode()).digest()[0] < 10
