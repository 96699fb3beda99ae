"""What the end-to-end tests share: the binary, the private Tor network, the forum, browsers.

The network and the forum are started once for all tests, which takes about a minute the
first time (packages and keys are cached under `target/e2e-cache`, see `cache_dir`).
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
from e2e.service import Service, find_binary
from forums.flaskbb import FlaskBB, cache_dir, make_forum
from tor.network import TorNetwork

NGO = "HumanitarianDesk"
NGO_PASSWORD = "the-forum-password-of-the-NGO"
CLIENTS = {"ночной_ворон": "client-one", "blue.tit": "client-two"}


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
def forum(tmp_path_factory: pytest.TempPathFactory, socket_folder: Path) -> Iterator[FlaskBB]:
    """A FlaskBB with the NGO's account, two clients, and one forum in it.

    It stands behind any number of names: its pages use relative addresses.
    """
    board = make_forum(tmp_path_factory.mktemp("forum"), socket_path=socket_folder / "forum")
    board.provision({NGO: NGO_PASSWORD, **CLIENTS}, ["Здоровье"])
    with board:
        yield board


@pytest.fixture
def service(tmp_path: Path, binary: Path, output: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
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
