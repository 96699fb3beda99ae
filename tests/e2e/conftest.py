"""What the end-to-end tests share: the binary, the private Tor network, the forum, browsers.

The network is started once for all tests. Packages and keys are cached under
`target/e2e-cache` (see `forums.served.cache_dir`): the first run takes a minute longer.
Screenshots and logs are left in NETREACH_E2E_OUTPUT (default `target/e2e-output`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.desk import Browser
from e2e.people import FORUM_USERS
from e2e.service import Service, find_binary
from forums.choice import make_forum
from forums.served import Served, cache_dir
from tor.network import TorNetwork


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the ways into Tor first: twice the desk could not be published in a private network of twenty minutes, while in a
    young one it takes half a minute. Why is not known."""
    items.sort(key=lambda item: item.path.name != "test_ways.py")


@pytest.fixture(scope="session")
def binary() -> Path:
    return find_binary()


@pytest.fixture(scope="session")
def output() -> Path:
    """Where pictures and logs of this run are left for people."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("NETREACH_E2E_OUTPUT", root / "target" / "e2e-output"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@pytest.fixture(scope="session")
def tor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorNetwork]:
    network = TorNetwork(
        tmp_path_factory.mktemp("tor"), key_cache=cache_dir() / "tor-keys", owner=os.getpid(),
        report=print,
    )
    with network:
        yield network


@pytest.fixture(scope="session")
def socket_folder() -> Iterator[Path]:
    """A folder whose path is short enough for Unix sockets (108 bytes)."""
    folder = Path(tempfile.mkdtemp(prefix="nr-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def forum(
    tor: TorNetwork, tmp_path_factory: pytest.TempPathFactory, socket_folder: Path
) -> Iterator[Served]:
    """A forum behind an onion service, with the NGO's account, two clients and a place."""
    socket_path = socket_folder / "forum"
    board = make_forum(tmp_path_factory.mktemp("forum"), socket_path=socket_path)
    board.behind(tor.add_onion(80, socket_path))
    board.provision(FORUM_USERS)
    with board:
        yield board


@pytest.fixture
def service(
    tmp_path: Path, binary: Path, output: Path, request: pytest.FixtureRequest
) -> Iterator[Service]:
    """A data directory of its own; nothing is configured yet. Its log is kept."""
    one = Service(tmp_path / "netreach", binary)
    yield one
    one.kill()
    if one.log.exists():
        shutil.copy(one.log, output / f"{request.node.name}.log")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "chromium") as one:
        assert one.scripts_are_off(), "Chromium runs scripts: the desk must work without"
        yield one
