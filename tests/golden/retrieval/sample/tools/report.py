"""Prints how often the store had what was asked for."""

import collections
import sys


def count_outcomes(lines):
    """Counts hits and misses of each day in a server log."""
    days = collections.defaultdict(lambda: [0, 0])
    for line in lines:
        date, _, outcome = line.split()[:3]
        days[date][outcome == "miss"] += 1
    return days


def hit_rate(hits, misses):
    """Share of requests that were answered out of the store; 0 when there were none."""
    total = hits + misses
    return hits / total if total else 0.0


def main():
    for day, (hits, misses) in sorted(count_outcomes(sys.stdin).items()):
        print(f"{day}  {hit_rate(hits, misses):.1%}")


if __name__ == "__main__":
    main()
