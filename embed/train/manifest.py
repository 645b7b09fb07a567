"""Writes the data manifest: what was trained on, and under which licence.

  manifest.py CACHE > manifest.tsv
"""

import collections
import pathlib
import sys

import bags
import licences
import rules

COLUMNS = ("kind", "package", "version", "licence", "language", "pairs", "use")
MIN_PAIRS = 8


def recorded(cache):
    """{(kind, folder): (package, version, licence)} from what fetch.py wrote."""
    found = {}
    for record in sorted(pathlib.Path(cache).glob("*.tsv")):
        for line in record.read_text().splitlines():
            kind, package, version, licence = line.split("\t")
            found[kind, rules.folder_name(package)] = (package, version, licence)
    return found


def usable(cache, pairs):
    """Pairs of packages under a free licence with at least MIN_PAIRS of them."""
    known = recorded(cache)
    count = collections.Counter((p["kind"], p["package"]) for p in pairs)
    free = {key for key, n in count.items() if n >= MIN_PAIRS and key in known and licences.is_free(known[key][2])}
    return [p for p in pairs if (p["kind"], p["package"]) in free]


def main():
    known = recorded(sys.argv[1])
    pairs = usable(sys.argv[1], bags.read_pairs(sys.argv[1]))
    found = collections.defaultdict(collections.Counter)
    for pair in pairs:
        found[pair["kind"], pair["package"]][pair["language"]] += 1
    print(*COLUMNS, sep="\t")
    for key in sorted(found, key=lambda k: (k[0], known[k][0])):
        package, version, licence = known[key]
        use = "held out" if rules.is_held_out(*key) else "training"
        print(key[0], package, version, licence, ",".join(sorted(found[key])), sum(found[key].values()), use,
              sep="\t")


if __name__ == "__main__":
    main()
