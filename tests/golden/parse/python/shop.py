#!/usr/bin/env python3
"""A shop that sells plants."""
from __future__ import annotations

import os.path
import typing as t
from .stock import Shelf, take as take_from
from .. import money

MAX_PLANTS = 40
_cache: dict[str, "Plant"] = {}
log = logging.getLogger(__name__)


class Plant(Named, t.Generic[K], metaclass=Registry):
    """Something green.

    Lives on a shelf.
    """

    kind = "plant"
    water: t.Optional[money.Amount] = None

    def __init__(self, name: str, *, price: money.Amount | None = None) -> None:
        # No docstring, but a comment.
        self.name = name
        self.price = price or money.Amount(0)

    @property
    @functools.cache
    def label(self) -> str:
        """What the sign says."""
        return f"{self.name}: {self.price.text()}"

    async def grow(self, days: int) -> list[Leaf]:
        def one(day):
            return Leaf(day)

        return [one(day) for day in range(days)]

    class Pot:
        size = 3


# Sells to whoever asks first.
# There is no queue.
@app.route("/sell", methods=["POST"])
def sell(plants: Shelf[Plant], buyer, *rest, **options):
    total = sum(plant.price for plant in plants)
    if total > LIMIT:
        raise TooExpensive(total)
    handler = lambda plant: take_from(plants, plant)
    return handler(plants[0])


type Basket = list[Plant]

if __name__ == "__main__":
    sell(Shelf.load(os.path.join("shop", "shelf.json")), None)
