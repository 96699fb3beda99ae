"""What `netreach extract` reads, held against the databases of forums that really run.

What it does: starts a forum, peoples it with threads that hold every trap we know of, fetches
its pages as a browser would, as several people with different languages and time zones, gives
each page to `netreach extract` without naming a profile, and compares every field of every post
and row with what the forum's own database holds. Every difference is printed; the exit status
is 1 where there is any.

What it does not do: it reads no page itself. What a text in the forum's markup means is said
beside it, in `spirit_posts` and `machina_posts`.

    python tests/forums/compare.py spirit machina
    python tests/forums/compare.py spirit --binary target/debug/netreach --keep /tmp/pages
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # as a command, its own folder is where Python looks first
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from forums import machina_posts, spirit_posts
from forums.expected import Check
from forums.served import HERE, ForumError

ENGINES = {"spirit": spirit_posts.checks, "machina": machina_posts.checks}


def differences(found: object, expected: object, at: str = "") -> Iterator[str]:
    """Where two JSON values differ, one line each."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            yield from differences(
                found.get(key, "(missing)"), expected.get(key, "(missing)"), f"{at}.{key}"
            )
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from differences(one, other, f"{at}[{place}]")
    elif found != expected:
        yield f"{at}: found {shown(found)}, expected {shown(expected)}"


def shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def extracted(binary: Path, check: Check, page: Path) -> dict[str, Any]:
    page.write_bytes(check.html)
    command: list[str | Path] = [
        binary, "extract", "--url", check.url, "--now", check.now, "--timezone", check.zone,
        *(["--kind", check.kind] if check.kind else []), page,
    ]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise ForumError(f"extract failed on {check.name}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclasses.dataclass
class Tally:
    pages: int = 0
    posts: int = 0
    rows: int = 0
    different: int = 0


def compare(engine: str, binary: Path, folder: Path, pages: Path) -> Tally:
    tally = Tally()
    pages.mkdir(parents=True, exist_ok=True)
    for check in ENGINES[engine](folder):
        found = extracted(binary, check, pages / f"{tally.pages:03}.html")
        tally.pages += 1
        tally.posts += len(found.get("posts", []))
        tally.rows += len(found.get("threads", []))
        for difference in differences(found, check.expected):
            tally.different += 1
            print(f"{engine} {tally.pages - 1:03} {check.name}{difference}", flush=True)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare extract with forums' databases.")
    parser.add_argument("engines", nargs="+", choices=list(ENGINES))
    root = HERE.parent.parent
    built = os.environ.get("NETREACH_BIN", root / "target" / "debug" / "netreach")
    parser.add_argument("--binary", type=Path, default=Path(built))
    parser.add_argument("--keep", type=Path, help="leave forums and pages here")
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        sys.exit(f"compare.py: there is no program at {options.binary}")
    different = 0
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="nr-") as temporary:
            folder = Path(options.keep or temporary).resolve() / engine
            tally = compare(engine, options.binary.resolve(), folder / "forum", folder / "pages")
        print(f"{engine}: {tally.pages} pages, {tally.posts} posts, {tally.rows} rows, "
              f"{tally.different} differences", flush=True)
        different += tally.different
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    try:
        main()
    except ForumError as error:
        sys.exit(f"compare.py: {error}")
