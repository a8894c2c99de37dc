"""The shop's catalogue, which never changes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from shop.world import Version, World

COUNT = 500
CATEGORIES = ("garden", "kitchen", "lighting", "office", "outdoor", "storage", "textiles", "workshop")
NOUNS = ("Lamp", "Chair", "Table", "Shelf", "Box", "Rug", "Kettle", "Drill", "Bench", "Planter")
ADJECTIVES = ("Oak", "Steel", "Folding", "Compact", "Heavy", "Soft", "Nordic", "Rustic", "Slim", "Tall")


@cache
def prices(world: World) -> tuple[Decimal, ...]:
    """Price of each product, by product_id - 1."""
    random = world.random("prices")
    return tuple(Decimal(199 + int(random.random() ** 3 * 49_800)) / 100 for _ in range(COUNT))


class Product(NamedTuple):
    """A row of public.products, in column order."""

    product_id: int
    name: str
    category: str
    price: Decimal
    updated_at: datetime


def product_versions(world: World) -> Iterator[Version[Product]]:
    """One version of each product, there from the beginning."""
    random = world.random("products")
    for number, price in enumerate(prices(world), start=1):
        name = f"{_one(random.random(), ADJECTIVES)} {_one(random.random(), NOUNS)} {number:03d}"
        updated = world.origin - timedelta(days=1 + int(random.random() * 300))
        yield Version(world.origin, (number,), Product(number, name, _one(random.random(), CATEGORIES), price, updated))


def _one(draw: float, values: tuple[str, ...]) -> str:
    return values[int(draw * len(values))]
