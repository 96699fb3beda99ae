"""What a page ought to come to, in the shape of `netreach extract`.

What it does: holds a page together with what is expected of it, and says what quotations typed
with `>` mean.

What it does not do: it knows no engine, and nothing of what the program under test does.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping
from typing import Any

UTC = datetime.UTC


@dataclasses.dataclass(frozen=True)
class Check:
    """A page as it was fetched, and the JSON that must come of it."""

    name: str
    url: str
    html: bytes
    # when it was fetched, and the zone of the times that it shows
    now: str
    zone: str
    kind: str | None
    expected: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What a text in a forum's markup comes to on a page."""

    text: str
    quotes: tuple[tuple[str | None, str], ...] = ()
    images: int = 0

    def quotes_json(self) -> list[dict[str, str | None]]:
        return [{"author": author, "text": text} for author, text in self.quotes]


def meaning_of(source: str, known: Mapping[str, Meaning], head: str | None = None) -> Meaning:
    """What `source` means: as `known` says, else as words that have no markup but `>`.

    `head` is the first line of a quotation that names its author; its group is the author.
    """
    source = source.replace("\r\n", "\n")
    if source in known:
        return known[source]
    own: list[str] = []
    quotes: list[tuple[int, list[str]]] = []
    depth = 0
    for line in source.split("\n"):
        level, words = _quoted(line)
        if level > depth:
            # a quotation begins, with those that it holds
            quotes += [(new, []) for new in range(depth + 1, level + 1)]
        depth = level
        lines = own
        for opened, place in reversed(quotes):
            if opened == level:
                lines = place
                break
        (own if level == 0 else lines).append(words)
    found = []
    for _, lines in quotes:
        author = None
        if head and lines and (named := re.fullmatch(head, lines[0])):
            author, lines = named.group(1), lines[1:]
        found.append((author, joined(lines)))
    return Meaning(joined(own), tuple(found))


def _quoted(line: str) -> tuple[int, str]:
    """How deep a line is quoted, and its words."""
    mark = re.match(r"(?:\s*>)*", line)
    marks = mark.group(0) if mark else ""
    return marks.count(">"), line[len(marks):].strip()


def joined(lines: list[str]) -> str:
    """Lines with their white space folded, empty ones left out."""
    folded = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in folded if line)


def to_the_minute(moment: datetime.datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")


def of_database(value: str) -> datetime.datetime:
    """Django keeps UTC in SQLite, without saying so."""
    return datetime.datetime.fromisoformat(value).replace(tzinfo=UTC)


def offset(zone: datetime.tzinfo) -> str:
    """`+03:00`, for zones that are the same all the year."""
    text = datetime.datetime.now(zone).strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def no_thread(
    state: str, profile: str | None, complaints: list[str] | None = None
) -> dict[str, Any]:
    """What a page comes to that is no thread."""
    fields = ["id", "title", "page", "pages", "views", "replies", "closed"]
    return {
        "kind": "thread", "state": state, "thread": dict.fromkeys(fields), "posts": [],
        "next": None, "last": None, "complaints": complaints or [], "profile": profile,
    }
