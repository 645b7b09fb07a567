"""Asks the question sets of tests/questions and says where the wanted files stand."""

import dataclasses
import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(os.environ["COPPICE_SOURCE_DIR"])
SETS = {"main": SOURCE / "tests/questions", "dev": SOURCE / "tests/questions/dev"}
DEPTH = 50  # hits asked for; ranks beyond count as not found


@dataclasses.dataclass
class Answer:
    corpus: str
    id: str
    question: str
    rank: int  # of the first wanted file among distinct files, 1-based; 0 = not found

    @property
    def reciprocal(self):
        return 1 / self.rank if self.rank else 0.0


def load(which):
    """The corpora of a set, as the JSON files describe them."""
    return [json.loads(path.read_text()) for path in sorted(SETS[which].glob("*.json"))]


def corpora_paths(names, download=False):
    """Name -> path of the corpora that are present; says why others are not."""
    command = [os.fspath(SOURCE / "scripts/corpora"), *([] if download else ["--offline"]), *names]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 3}, result.stderr.strip()


def rank_of(hits, wanted):
    """The place of the first wanted file among the distinct files of `hits`."""
    seen = []
    for hit in hits:
        if hit["path"] not in seen:
            seen.append(hit["path"])
    ranks = [seen.index(path) + 1 for path in wanted if path in seen]
    return min(ranks, default=0)


def ask_all(corpora, ask):
    """Asks everything; `ask(question, corpus)` gives hits. Gives the answers in order."""
    return [Answer(corpus["corpus"], item["id"], item["question"],
                   rank_of(ask(item["question"], corpus["corpus"]), item["wanted"]))
            for corpus in corpora for item in corpus["questions"]]


def figures(answers):
    """(top 1, top 5, mean reciprocal rank)."""
    return (sum(answer.rank == 1 for answer in answers),
            sum(0 < answer.rank <= 5 for answer in answers),
            sum(answer.reciprocal for answer in answers) / max(1, len(answers)))
