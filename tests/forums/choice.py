"""Which forum the end-to-end tests run against.

FlaskBB where there is a Python for it (3.12 or newer), else Spirit, which runs on 3.11.
NETREACH_TEST_FORUM decides otherwise: `flaskbb`, `spirit` or `machina`.

As a command it installs that forum, or says which it is:
    python tests/forums/choice.py --install
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # as a command, its own folder is where Python looks first
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from forums import flaskbb, machina, spirit
from forums.served import ForumError, MissingPythonError, Served, find_python

VARIABLE = "NETREACH_TEST_FORUM"


def chosen() -> str:
    """`flaskbb`, `spirit` or `machina`."""
    if named := os.environ.get(VARIABLE):
        if named not in ("flaskbb", "spirit", "machina"):
            raise ForumError(f"{VARIABLE}={named}: there are flaskbb, spirit and machina")
        return named
    try:
        find_python("FlaskBB", flaskbb.MIN_PYTHON)
    except MissingPythonError:
        return "spirit"
    return "flaskbb"


def make_forum(
    folder: Path, host: str | None = None, port: int = 0, socket_path: Path | None = None
) -> Served:
    """A forum that is not started yet; see `Served` for where it will listen."""
    match chosen():
        case "spirit":
            return spirit.Spirit(folder, host, port, socket_path)
        case "machina":
            return machina.Machina(folder, host, port, socket_path)
        case _:
            return flaskbb.FlaskBB(folder, host, port, socket_path)


def main() -> None:
    parser = argparse.ArgumentParser(description="The forum of the end-to-end tests.")
    parser.add_argument("--install", action="store_true", help="into the cache; start nothing")
    options = parser.parse_args()
    name = chosen()
    if options.install:
        modules = {"flaskbb": flaskbb, "spirit": spirit, "machina": machina}
        print(modules[name].install().python)
    else:
        print(name)


if __name__ == "__main__":
    try:
        main()
    except ForumError as error:
        sys.exit(f"choice.py: {error}")
