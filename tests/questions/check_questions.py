#!/usr/bin/env python3
"""Checks the question files of this folder.

check_questions.py rules      well formed, ten a corpus, no content word of a question in the path
check_questions.py files      the wanted files stand in the corpora's pinned commits, and no
                              question copies five words in a row from its wanted file
check_questions.py self-test  each check finds the fault it is there for

Exit status: 0 good, 1 faults found, 77 a corpus is not here, so that part was skipped.
"""

import argparse
import configparser
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PER_CORPUS = 10
MAX_WANTED = 3
SHARED_RUN = 5
SKIPPED = 77

# Words that carry no content. Every other word of a question is a content word.
FUNCTION_WORDS = frozenset(
    """a about after again all already also an and another any are as at be because been before
    being between but by can cannot could did do does done down during each every for from had has
    have how if in into is it its itself just many may might more most much must no not of off on
    once one ones only or other others our out over own shall should so some still such than that
    the their them then there these they this those through to too under until up very was were
    what when where whether which while who whom why will with without would you your""".split()
)
SUFFIXES = ("ations", "ation", "ingly", "ings", "ing", "edly", "ions", "ion", "ers", "ors", "er",
            "or", "ed", "es", "ly", "s", "e", "y")


def words_of(text):
    text = re.sub(r"['\u2019]s\b", "", text.lower())
    return re.findall(r"[^\W_]+", text)


def stem(word):
    """A light stem: one ending off, a doubled last letter made single. Never below 3 letters."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word


def path_words(path):
    """Folder names and file name, whole and split at case, digits and punctuation."""
    words = set()
    for part in re.split(r"[^A-Za-z0-9]+", path):
        pieces = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", part)
        words.update(piece.lower() for piece in [part, *pieces] if piece)
    for component in path.split("/"):
        words.add(re.sub(r"[^a-z0-9]", "", component.rsplit(".", 1)[0].lower()))
    return words - {""}


def same_word(asked, in_path):
    """Equal, of equal stem, or one stem of four letters or more standing inside the other."""
    if asked == in_path or stem(asked) == stem(in_path):
        return True
    short, long = sorted((stem(asked), stem(in_path)), key=len)
    return len(short) >= 4 and short in long


def clashes(question, path):
    content = [word for word in words_of(question) if word not in FUNCTION_WORDS]
    named = path_words(path)
    return sorted({(a, p) for a in content if len(a) > 1 for p in named if same_word(a, p)})


def shared_run(question, text):
    """The first SHARED_RUN words in a row that the question has in common with the text."""
    asked = words_of(question)
    haystack = " " + " ".join(words_of(text)) + " "
    for start in range(len(asked) - SHARED_RUN + 1):
        run = " ".join(asked[start : start + SHARED_RUN])
        if f" {run} " in haystack:
            return run
    return None


# ---------------------------------------------------------------- one file


def question_faults(entry, expected_id):
    if not isinstance(entry, dict) or set(entry) != {"id", "question", "wanted", "why"}:
        return [f"{expected_id}: wants exactly the keys id, question, wanted, why"]
    faults = []
    if entry["id"] != expected_id:
        faults.append(f"{entry['id']}: the id should be {expected_id}")
    for key in ("question", "why"):
        text = entry[key]
        if not isinstance(text, str) or not text.strip() or "\n" in text or text != text.strip():
            return faults + [f"{expected_id}: {key} is not one line of text"]
    if not entry["question"].endswith("?") or not 6 <= len(words_of(entry["question"])) <= 40:
        faults.append(f"{expected_id}: not a question of 6 to 40 words")
    wanted = entry["wanted"]
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MAX_WANTED:
        return faults + [f"{expected_id}: wanted is not a list of 1 to {MAX_WANTED} paths"]
    for path in wanted:
        if not isinstance(path, str) or not re.fullmatch(r"[^/\s][^\s]*[^/\s]", path):
            faults.append(f"{expected_id}: {path!r} is not a path")
            continue
        for asked, named in clashes(entry["question"], path):
            faults.append(f"{expected_id}: '{asked}' of the question stands in {path} ('{named}')")
    return faults


def corpus_faults(data, name, commit):
    """Faults of one question file, given the corpus it should be for and its pinned commit."""
    if not isinstance(data, dict) or set(data) != {"corpus", "commit", "questions"}:
        return [f"{name}: wants exactly the keys corpus, commit, questions"]
    faults = []
    if data["corpus"] != name:
        faults.append(f"{name}: says corpus {data['corpus']!r}")
    if data["commit"] != commit:
        faults.append(f"{name}: commit {data['commit']} is not the pinned {commit}")
    questions = data["questions"]
    if not isinstance(questions, list) or len(questions) != PER_CORPUS:
        return faults + [f"{name}: not {PER_CORPUS} questions"]
    for number, entry in enumerate(questions, 1):
        faults += question_faults(entry, f"{name}-{number:02d}")
    if faults:
        return faults
    asked = [entry["question"].lower() for entry in questions]
    wanted = [path for entry in questions for path in entry["wanted"]]
    if len(set(asked)) != len(asked):
        faults.append(f"{name}: the same question twice")
    if len(set(wanted)) != len(wanted):
        faults.append(f"{name}: the same file wanted twice")
    return faults


# ---------------------------------------------------------------- the set


def read_lock():
    lock = configparser.ConfigParser(interpolation=None)
    with open(HERE / "corpora.lock", encoding="utf-8") as file:
        lock.read_file(file)
    return lock


def question_file(lock, name):
    return HERE / ("dev" if lock[name]["set"] == "dev" else ".") / f"{name}.json"


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_rules():
    lock = read_lock()
    faults = []
    for name in lock.sections():
        try:
            faults += corpus_faults(load(question_file(lock, name)), name, lock[name]["commit"])
        except (OSError, ValueError) as error:
            faults.append(f"{name}: {error}")
    known = {question_file(lock, name).resolve() for name in lock.sections()}
    for path in [*HERE.glob("*.json"), *HERE.glob("dev/*.json")]:
        if path.resolve() not in known:
            faults.append(f"{path.name}: no such corpus in corpora.lock")
    sets = [lock[name]["set"] for name in lock.sections()]
    if sets.count("main") != 3 or sets.count("dev") < 2:
        faults.append("corpora.lock: wants three main and at least two dev corpora")
    return report(faults, [])


def default_corpora():
    cache = os.environ.get("COPPICE_CACHE")
    if not cache:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        cache = os.path.join(base, "coppice")
    return pathlib.Path(cache) / "corpora"


def git(repository, *arguments):
    command = ["git", f"--git-dir={repository / '.git'}", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def file_faults(data, repository):
    faults = []
    for entry in data["questions"]:
        for path in entry["wanted"]:
            blob = git(repository, "cat-file", "blob", f"{data['commit']}:{path}")
            if blob.returncode != 0:
                faults.append(f"{entry['id']}: no file {path} in {data['commit'][:12]}")
                continue
            run = shared_run(entry["question"], blob.stdout.decode("utf-8", "replace"))
            if run:
                faults.append(f"{entry['id']}: '{run}' is copied from {path}")
    return faults


def check_files(directory):
    lock = read_lock()
    faults, skipped = [], []
    for name in lock.sections():
        commit = lock[name]["commit"]
        if git(directory / name, "cat-file", "-e", f"{commit}^{{commit}}").returncode != 0:
            flag = " --dev" if lock[name]["set"] == "dev" else ""
            skipped.append(f"{name}: not in {directory}; scripts/corpora{flag} brings it")
            continue
        if question_file(lock, name).exists():
            faults += file_faults(load(question_file(lock, name)), directory / name)
        else:
            faults.append(f"{name}: no question file, though the lock names it")
    return report(faults, skipped)


def report(faults, skipped):
    for line in faults:
        print(f"FAULT {line}")
    for line in skipped:
        print(f"SKIPPED {line}")
    print(f"{len(faults)} faults, {len(skipped)} skipped")
    return exit_status(faults, skipped)


def exit_status(faults, skipped):
    return 1 if faults else SKIPPED if skipped else 0


# ---------------------------------------------------------------- self-test


def sample():
    fruits = "apples pears plums figs limes dates kiwis melons grapes lemons".split()
    questions = [
        {
            "id": f"x-{number:02d}",
            "question": f"How are the oldest {fruit} thrown away at night?",
            "wanted": [f"src/evict/File{number}.cxx"],
            "why": "It does so.",
        }
        for number, fruit in enumerate(fruits, 1)
    ]
    return {"corpus": "x", "commit": "c0", "questions": questions}


def self_test():
    failed = []

    def expect(condition, text):
        if not condition:
            failed.append(text)

    def spoilt(text, change):
        data = sample()
        change(data)
        expect(corpus_faults(data, "x", "c0"), f"not found: {text}")

    def set_first(key, value):
        return lambda data: data["questions"][0].__setitem__(key, value)

    expect(not corpus_faults(sample(), "x", "c0"), f"good file: {corpus_faults(sample(), 'x', 'c0')}")
    spoilt("wrong corpus", lambda d: d.update(corpus="y"))
    spoilt("wrong commit", lambda d: d.update(commit="c1"))
    spoilt("nine questions", lambda d: d["questions"].pop())
    spoilt("extra key", lambda d: d.update(note="n"))
    spoilt("wrong id", set_first("id", "x-02"))
    spoilt("no question mark", set_first("question", "How are the oldest apples thrown away"))
    spoilt("two lines", set_first("why", "a\nb"))
    spoilt("no wanted file", set_first("wanted", []))
    spoilt("four wanted files", set_first("wanted", ["a1", "b1", "c1", "d1"]))
    spoilt("absolute path", set_first("wanted", ["/src/a.c"]))
    spoilt("question twice", set_first("question", sample()["questions"][1]["question"]))
    spoilt("file twice", set_first("wanted", sample()["questions"][1]["wanted"]))
    spoilt("word in path", set_first("wanted", ["src/apples.c"]))

    for question, path in (
        ("how is the cache filled", "src/input/cache/Manager.cxx"),
        ("how does caching work", "src/input/cache/Manager.cxx"),
        ("how are queued songs ordered", "src/queue/Queue.cxx"),
        ("where are policies read", "a/snapshot_policy.go"),
        ("how are songs mapped", "src/map.c"),
        ("which coins are spent", "electrum/coinchooser.py"),
        ("how do I restore it", "internal/restorer/x.go"),
        ("what is done with a tag", "src/tag/FixString.cxx"),
        ("how is HTTP spoken", "proxy/layers/_http2.py"),
        ("how does the user's key come in", "a/key.go"),
    ):
        expect(clashes(question, path), f"no clash found: {question!r} with {path}")
    for question, path in (
        ("how are the oldest entries dropped", "src/input/cache/Manager.cxx"),
        ("is it in there or not", "in/or/not.c"),
        ("how are patterns compared", "internal/part/path.go"),
    ):
        expect(not clashes(question, path), f"false clash: {clashes(question, path)} in {path}")
    expect(shared_run("so the oldest apples are thrown", "// the oldest apples, are thrown"),
           "copied words not found")
    expect(not shared_run("so the oldest apples are eaten", "// the oldest apples, are thrown"),
           "four words in a row taken for a copy")
    expect([exit_status(["f"], ["s"]), exit_status([], ["s"]), exit_status([], [])]
           == [1, SKIPPED, 0], "wrong exit status")
    for text in failed:
        print(f"SELF-TEST FAILED {text}")
    print("self-test", "failed" if failed else "passed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("check", choices=("rules", "files", "self-test"))
    parser.add_argument("--dir", type=pathlib.Path, help="where the corpora lie (as scripts/corpora)")
    arguments = parser.parse_args()
    if arguments.check == "rules":
        return check_rules()
    if arguments.check == "files":
        return check_files((arguments.dir or default_corpora()).absolute())
    return self_test()


if __name__ == "__main__":
    sys.exit(main())
