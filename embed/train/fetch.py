"""Fetches package sources with the ordinary client of each registry and keeps their source files.

  fetch.py KIND LIST CACHE [--resolve]

LIST has one package a line: name, tab, version ("-": newest). --resolve also keeps the
dependencies that the client brings along. Sources end in CACHE/src/KIND/NAME/, one line per
package (kind, name, version, licence) in CACHE/KIND.tsv.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import licences
import rules

LANGUAGES = {"pypi": {".py"}, "npm": {".js", ".mjs", ".cjs", ".ts"}, "crate": {".rs"}, "go": {".go"},
             "maven": {".java"},
             "debian": {".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx"}}
MAX_FILE_BYTES = 400_000
MAX_PACKAGE_FILES = 2_500
MAX_ARCHIVE_BYTES = 150_000_000


def run(args, **kw):
    return subprocess.run(args, capture_output=True, text=True, timeout=1500, **kw)


class Sink:
    """Writes the wanted files of one package."""

    def __init__(self, cache, kind, name):
        self.root = cache / "src" / kind / rules.folder_name(name)
        self.kind, self.count = kind, 0

    def offer(self, path, read, size):
        if size > MAX_FILE_BYTES or size < 200 or self.count >= MAX_PACKAGE_FILES:
            return
        if not rules.is_wanted_path(path, LANGUAGES[self.kind]):
            return
        data = read()
        if rules.has_reserved_mark(data):
            return
        target = self.root / path.lstrip("/").replace("..", "_")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError:
            return
        self.count += 1

    def folder(self, folder):
        for base, _, names in os.walk(folder):
            for n in sorted(names):
                full = os.path.join(base, n)
                if os.path.isfile(full) and not os.path.islink(full):
                    self.offer(os.path.relpath(full, folder),
                               lambda f=full: pathlib.Path(f).read_bytes(), os.path.getsize(full))

    def tar(self, archive):
        with tarfile.open(archive) as t:
            for m in t:
                if m.isfile():
                    self.offer(m.name.partition("/")[2], lambda m=m: t.extractfile(m).read(), m.size)

    def zip(self, archive):
        with zipfile.ZipFile(archive) as z:
            for i in z.infolist():
                if not i.is_dir():
                    self.offer(i.filename, lambda i=i: z.read(i), i.file_size)


def one_by_one(get):
    def all_of(cache, packages, resolve):
        for name, version in packages:
            try:
                yield from get(cache, name, version)
            except Exception as e:  # one package less, named
                print("skipped", name, repr(e)[:200], file=sys.stderr)
    return all_of


@one_by_one
def pypi(cache, name, version):
    folder = cache / "dl" / "pypi"
    shutil.rmtree(folder, ignore_errors=True)
    wanted = name if version == "-" else f"{name}=={version}"
    got = run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:",
               "-d", str(folder), wanted])
    if got.returncode:
        raise RuntimeError(got.stderr[-150:])
    file = next(folder.iterdir())
    with zipfile.ZipFile(file) as z:
        meta = next(n for n in z.namelist() if n.endswith(".dist-info/METADATA"))
        text = z.read(meta).decode("utf-8", "replace").split("\n\n")[0]
    lic = re.search(r"^License-Expression: (.+)$", text, re.M) or \
        re.search(r"^Classifier: License :: (?:OSI Approved :: )?(.+)$", text, re.M) or \
        re.search(r"^License: (.{1,60})$", text, re.M)
    sink = Sink(cache, "pypi", name)
    sink.zip(file)
    yield name, file.name.split("-")[1], lic.group(1) if lic else "", sink


@one_by_one
def npm(cache, name, version):
    folder = cache / "dl" / "npm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    got = run(["npm", "pack", "--ignore-scripts", "--silent", name if version == "-" else f"{name}@{version}"],
              cwd=folder)
    if got.returncode:
        raise RuntimeError(got.stderr[-150:])
    file = next(folder.iterdir())
    with tarfile.open(file) as t:
        member = next(m for m in t if m.name.endswith("package.json") and m.name.count("/") == 1)
        meta = json.load(t.extractfile(member))
    sink = Sink(cache, "npm", name)
    sink.tar(file)
    lic = meta.get("license") or ""
    yield name, meta["version"], lic if isinstance(lic, str) else lic.get("type", ""), sink


@one_by_one
def debian(cache, name, version):
    """Uses private apt folders; the machine's own configuration is only read."""
    apt = cache / "apt"
    if not (apt / "src.sources").exists():
        for d in ("state/lists/partial", "cache/archives/partial"):
            (apt / d).mkdir(parents=True, exist_ok=True)
        stanzas = [s for f in pathlib.Path("/etc/apt/sources.list.d").glob("debian*.sources")
                   for s in f.read_text().split("\n\n") if s.strip()]
        (apt / "src.sources").write_text("\n\n".join(stanzas).replace("Types: deb\n", "Types: deb-src\n"))
    options = ["-o", f"Dir::State={apt}/state", "-o", f"Dir::Cache={apt}/cache",
               "-o", f"Dir::Etc::sourcelist={apt}/src.sources", "-o", "Dir::Etc::sourceparts=/dev/null"]
    if not list((apt / "state/lists").glob("*Sources*")):
        run(["apt-get", *options, "update"])
    wanted = name if version == "-" else f"{name}={version}"
    uris = run(["apt-get", *options, "--print-uris", "source", wanted])
    files = re.findall(r"^'\S+' (\S+) (\d+)", uris.stdout, re.M)
    if not files or sum(int(s) for _, s in files) > MAX_ARCHIVE_BYTES:
        raise RuntimeError(uris.stderr[-150:] or "too large")
    folder = cache / "dl" / "debian"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    got = run(["apt-get", *options, "--download-only", "source", wanted], cwd=folder)
    if got.returncode:
        raise RuntimeError(got.stderr[-150:])
    sink = Sink(cache, "debian", name)
    for file, _ in files:
        if re.search(r"\.orig.*\.tar\.|^[^_]+_[^-]+\.tar\.", file) and not file.endswith(".asc"):
            plain = folder / "plain"
            plain.mkdir(exist_ok=True)
            patterns = ["*" + e for e in sorted(LANGUAGES["debian"])]
            run(["tar", "-C", str(plain), "--strip-components=1", "-xf", str(folder / file),
                 "--wildcards", *patterns])
            sink.folder(plain)
    found = next(f for f, _ in files if f.endswith(".dsc"))
    yield name, found.split("_", 1)[1][:-4], "DFSG-free (Debian main)", sink


def crate(cache, packages, resolve):
    folder = cache / "dl" / "crate"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "lib.rs").write_text("")
    lines = [f'{n} = "{"*" if v == "-" else "=" + v}"' for n, v in packages]
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "list"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n' + "\n".join(lines))
    got = run(["cargo", "vendor", "--versioned-dirs", "-q", "vendor"], cwd=folder)
    if got.returncode:
        raise SystemExit(got.stderr[-3000:])
    named = {n for n, _ in packages}
    newest = {}
    for package in sorted((folder / "vendor").iterdir()):
        text = (package / "Cargo.toml").read_text()
        name = re.search(r'^name = "(.+)"', text, re.M).group(1)
        if not rules.is_reserved(name) and (resolve or name in named):
            newest[name] = (package, text)
    for name, (package, text) in newest.items():
        lic = re.search(r'^license = "(.+)"', text, re.M)
        version = re.search(r'^version = "(.+)"', text, re.M).group(1)
        sink = Sink(cache, "crate", name)
        sink.folder(package)
        yield name, version, lic.group(1) if lic else "", sink


@one_by_one
def go(cache, name, version):
    env = dict(os.environ, GOMODCACHE=str(cache / "dl" / "gomod"), GOFLAGS="-mod=mod -modcacherw")
    got = run(["go", "mod", "download", "-json", f"{name}@{'latest' if version == '-' else version}"],
              env=env, cwd="/")
    info = json.loads(got.stdout)
    folder = pathlib.Path(info["Dir"])
    text = "".join(f.read_text(errors="replace")[:3000] for f in sorted(folder.glob("[LC][IO][CP][EY][NI]*"))[:1])
    sink = Sink(cache, "go", name)
    sink.folder(folder)
    shutil.rmtree(folder, ignore_errors=True)
    yield name, info["Version"], licences.of_text(text), sink


@one_by_one
def maven(cache, name, version):
    folder = cache / "dl" / "maven"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    got = run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={name}:{version}:jar:sources",
               f"-DoutputDirectory={folder}"], cwd=folder)
    if got.returncode:
        raise RuntimeError(got.stdout[:200])
    sink = Sink(cache, "maven", name)
    file = next(folder.iterdir())
    with zipfile.ZipFile(file) as z:
        names = z.namelist()
        told = [n for n in names if re.search(r"(^|/)LICEN[CS]E", n)] + [n for n in names if n.endswith(".java")]
        lic = next(filter(None, (licences.of_text(z.read(n)[:3000].decode("utf-8", "replace"))
                                 for n in told[:8])), "")
    sink.zip(file)
    yield name, version, lic, sink


def main():
    kind, listed, cache = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    packages = [tuple(line.split("\t")[:2]) for line in open(listed).read().splitlines() if line]
    packages = [p for p in packages if not rules.is_reserved(p[0])]
    record = cache / f"{kind}.tsv"
    done = {line.split("\t")[1] for line in record.read_text().splitlines()} if record.exists() else set()
    packages = [p for p in packages if p[0] not in done]
    with record.open("a") as out:
        for name, version, lic, sink in globals()[kind](cache, packages, "--resolve" in sys.argv):
            print(kind, name, version, " ".join(lic.split()) or "see package", sep="\t", file=out, flush=True)
            print(kind, name, version, sink.count, "files", flush=True)


if __name__ == "__main__":
    main()
