"""moto has no plug-in interface: its module attributes are the extension points, pinned by an exact version."""

from __future__ import annotations

from typing import Any


def replace(owner: object, name: str, value: Any) -> None:
    """Rebind an attribute that moto looks up by name at call time. AttributeError when moto has no such attribute."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner!r} has no {name}: this version of moto is not the one that was tried")
    setattr(owner, name, value)


def add(owner: object, name: str, value: Any) -> None:
    """Add an operation that moto does not have yet."""
    setattr(owner, name, value)
