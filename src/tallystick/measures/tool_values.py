"""What each value of a tool's columns asks for: read from definitions, never guessed from its words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from tallystick.terms.definitions import Shelf, Strict

Leads = Literal["detain", "release", "open", "agrees", "disagrees", "not_asked"]


class ToolValue(Strict, frozen=True, kw_only=True):
    """One value of a column, and what it asks for."""

    column: str
    value: str
    leads_to: Leads


class Module(Strict, frozen=True, kw_only=True):
    """One part of a tool: its inputs, and how much of it is released."""

    id: str
    title: str
    inputs: tuple[str, ...]
    column: str
    released: str


class ToolChange(Strict, frozen=True, kw_only=True):
    """A change of a tool that accounts report."""

    since: str
    what: str
    confidence: Literal["high", "medium", "low"]


class Tool(Strict, frozen=True, kw_only=True):
    """``<agency>/rca/assessment.toml``."""

    id: str
    title: str
    since: str
    piloted: str
    meant_within_days: int
    note: str
    modules: tuple[Module, ...]
    values: tuple[ToolValue, ...]
    changes: tuple[ToolChange, ...]

    def leads(self, column: str) -> Mapping[str, Leads]:
        """Value of a column -> what it asks for."""
        return {one.value: one.leads_to for one in self.values if one.column == column}


@lru_cache(maxsize=4)
def risk_tool(shelf: Shelf, agency: str = "us-ice") -> Tool:
    """The risk classification assessment of an agency."""
    return shelf.read(f"{agency}/rca/assessment.toml", Tool)
