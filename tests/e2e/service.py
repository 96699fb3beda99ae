"""The built program, from outside: its configuration, its commands, its running and its death.

What it does: writes a configuration and the files it names, runs commands of the binary,
starts the service, waits until its desk answers, stops it or kills it, and shows the end of
its log when something failed.

What it does not do: it reads neither the program's database nor anything else inside it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import requests

from tor.capture import ConnectTrace

COMMAND_TIMEOUT_S = 120
START_TIMEOUT_S = 90


class ServiceError(RuntimeError):
    """The program did not do what a test asked of it."""


@dataclasses.dataclass(frozen=True)
class Forum:
    """A `[[forum]]` of the configuration."""

    address: str
    account: str
    password: str
    profile: str
    name: str = "test-forum"
    look_interval_s: int = 5
    min_gap_ms: int = 100
    settle_s: int = 3


def find_binary() -> Path:
    """NETREACH_BIN, or what `cargo build` leaves; raises when it is not there."""
    root = Path(__file__).resolve().parents[2]
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    binary = Path(os.environ.get("NETREACH_BIN", root / target / "debug" / "netreach"))
    if not os.access(binary, os.X_OK):
        raise ServiceError(f"there is no program at {binary}: build it, or set NETREACH_BIN")
    return binary.resolve()


class Service:
    """One data directory with its configuration, and the process that serves it."""

    def __init__(self, folder: Path, binary: Path) -> None:
        self.folder = Path(folder).resolve()
        self.binary = binary
        self.config = self.folder / "netreach.toml"
        self.data = self.folder / "data"
        self.log = self.folder / "netreach.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write_config(
        self, forum: Forum, tor: Mapping[str, str], desk: Mapping[str, object] | None = None
    ) -> None:
        """`tor` is the [tor] table: `{"mode": "embedded", "config": "/…/arti.toml"}`.

        `desk` adds to the [desk] table, or overrules it.
        """
        key = self.folder / "netreach.key"
        if not key.exists():
            _secret_file(key, secrets.token_hex(32) + "\n")
        password = self.folder / "forum.password"
        _secret_file(password, forum.password + "\n")
        self.data.mkdir(mode=0o700, exist_ok=True)
        tables = {
            "data": {"dir": str(self.data), "key_file": str(key)},
            "desk": {"listen": f"127.0.0.1:{self.port}", "language": "ru", **(desk or {})},
            "tor": dict(tor),
        }
        block = {
            "name": forum.name,
            "profile": forum.profile,
            "addresses": [forum.address],
            "account": forum.account,
            "password_file": str(password),
            "requests_per_hour": 3600 // forum.look_interval_s,
            "min_gap_ms": forum.min_gap_ms,
            "settle_s": forum.settle_s,
        }
        text = "".join(f"[{name}]\n{_toml(table)}\n" for name, table in tables.items())
        self.config.write_text(f"{text}[[forum]]\n{_toml(block)}")

    def run(self, *arguments: str, password: str | None = None) -> str:
        """Runs one command with `--config`; returns what it printed, raises when it fails."""
        environment = _environment()
        if password is not None:
            environment["NETREACH_PASSWORD"] = password
        done = subprocess.run(
            [self.binary, *arguments, "--config", self.config],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment,
            timeout=COMMAND_TIMEOUT_S, cwd=self.folder,
        )
        if done.returncode:
            raise ServiceError(
                f"netreach {' '.join(arguments)} failed with status {done.returncode}:\n"
                f"{done.stdout[-1000:]}{done.stderr[-2000:]}"
            )
        return done.stdout

    def add_user(self, name: str, password: str, *roles: str) -> None:
        chosen = [part for role in roles for part in ("--role", role)]
        self.run("user", "add", name, *chosen, password=password)

    def start(self, trace: ConnectTrace | None = None) -> Service:
        """Starts `netreach run`, under strace when asked, and waits for the desk."""
        command: list[str | Path] = [self.binary, "run", "--config", self.config]
        if trace is not None:
            command = trace.command(command)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                env=_environment(), start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ServiceError(f"netreach ended at its start:\n{self.log_tail()}")
            with contextlib.suppress(requests.RequestException), local_session() as session:
                session.get(self.url, timeout=5)
                return self
            time.sleep(0.1)
        self.kill()
        raise ServiceError(f"the desk did not answer on {self.url}:\n{self.log_tail()}")

    @property
    def pid(self) -> int:
        if self.process is None:
            raise ServiceError("netreach is not running")
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def stop(self) -> int:
        """SIGTERM, as Docker sends it; returns the status it ended with."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.terminate()
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise ServiceError("netreach did not end within 30 s of SIGTERM") from None

    def log_tail(self) -> str:
        if not self.log.exists():
            return "(no log)"
        return self.log.read_text(errors="replace")[-4000:]


@contextlib.contextmanager
def running(service: Service, trace: ConnectTrace | None = None) -> Iterator[Service]:
    """The service for the length of a block; a failure in it shows the log."""
    service.start(trace)
    try:
        yield service
    except Exception as error:
        error.add_note(f"-- end of {service.log}:\n{service.log_tail()}")
        raise
    finally:
        service.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def local_session() -> requests.Session:
    """A session that no proxy setting of the machine leads astray."""
    session = requests.Session()
    session.trust_env = False
    return session


def _environment() -> dict[str, str]:
    """The machine's, without what would change the program's behaviour behind our back."""
    dropped = ("NETREACH_", "RUST_LOG", "http_proxy", "https_proxy", "all_proxy")
    return {
        name: value for name, value in os.environ.items()
        if not name.startswith(dropped) and not name.lower().startswith(dropped)
    }


def _secret_file(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def _toml(table: Mapping[str, object]) -> str:
    # JSON's strings, numbers and arrays of strings are TOML's too
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
