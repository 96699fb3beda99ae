"""What the test forums have in common: where they are cached, the Python they need, and a server
on loopback with its beginning and its end.

What it does: finds an interpreter, makes a virtual environment from a list of pinned packages
once and keeps it, starts gunicorn on 127.0.0.1 and waits until pages come, stops it by its
process id, reads the forum's SQLite file, and carries one person's cookies and forms.

What it does not do: it knows no forum engine; those are in the modules beside it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import html
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import requests

HERE = Path(__file__).resolve().parent
ADMIN = "keeper"
ADMIN_PASSWORD = "keeper-of-the-test-forum"
START_TIMEOUT_S = 60


class ForumError(RuntimeError):
    """The forum could not be installed, started or used as asked."""


class MissingPythonError(ForumError):
    """No Python that is new enough for the engine was found on this machine."""


@dataclasses.dataclass(frozen=True)
class StoredPost:
    """One row of the forum's own table of posts."""

    id: int
    author: str
    text: str
    hidden: bool


@dataclasses.dataclass(frozen=True)
class StoredMessage:
    """A private message in the forum's own tables, as its recipient has it."""

    author: str
    to: str
    subject: str
    text: str


def cache_dir() -> Path:
    """Where virtual environments, Tor keys and other reusable things are kept."""
    default = HERE.parent.parent / "target" / "e2e-cache"
    path = Path(os.environ.get("NETREACH_E2E_CACHE", default)).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def find_python(engine: str, minimum: tuple[int, int]) -> Path:
    """The oldest interpreter that is new enough; raises `MissingPythonError`."""
    names = [f"python3.{minor}" for minor in range(minimum[1], minimum[1] + 3)]
    candidates: list[Path] = []
    if sys.version_info[:2] >= minimum:
        candidates.append(Path(sys.executable))
    for name in names:
        if found := shutil.which(name):
            candidates.append(Path(found))
        candidates += [Path(prefix) / name for prefix in ("/usr/bin", "/usr/local/bin")]
        for root in (os.environ.get("PYENV_ROOT", ""), "~/.pyenv", "/opt/pyenv"):
            if root:
                versions = Path(root).expanduser().glob("versions/*")
                candidates += [version / "bin" / name for version in sorted(versions)]
        # interpreters put down by uv
        shared = Path.home() / ".local" / "share" / "uv" / "python"
        candidates += sorted(shared.glob(f"*/bin/{name}"))
    for candidate in candidates:
        if _runs(candidate, minimum):
            return candidate
    raise MissingPythonError(
        f"{engine} needs Python {minimum[0]}.{minimum[1]} or newer with the venv module; "
        f"looked for {', '.join(names)} in PATH, /usr/bin, /usr/local/bin, pyenv and uv. "
        "Install one (Debian 13: apt install python3-venv; Debian 12: pip install uv && "
        "uv python install 3.13, or pyenv install 3.13) and run again."
    )


def _runs(python: Path, minimum: tuple[int, int]) -> bool:
    probe = f"import sys, venv, ssl, sqlite3; sys.exit(sys.version_info[:2] < {minimum!r})"
    try:
        done = subprocess.run([python, "-c", probe], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def logged(command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> None:
    """Runs a command with its output appended to `log`; the tail is in the error."""
    with log.open("ab") as out:
        out.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        out.flush()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
    if done.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise ForumError(f"{command[0]} failed ({done.returncode}), see {log}:\n{tail}")


@dataclasses.dataclass(frozen=True)
class Installation:
    """A virtual environment with an engine, and an installed but empty database to copy."""

    python: Path
    template: Path

    @classmethod
    def ensure(
        cls,
        engine: str,
        requirements: Path,
        minimum: tuple[int, int],
        make_template: Callable[[Path, Path, Path], None],
        recipe: str = "",
    ) -> Self:
        """Installs on first use (about a minute), afterwards costs nothing.

        `make_template(python, database, log)` writes the empty database; `recipe` is anything
        else that the database depends on: when it changes, all is made anew.
        """
        python = find_python(engine, minimum)
        version = subprocess.run(
            [python, "-c", "import platform; print(platform.python_version())"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()
        basis = requirements.read_bytes() + str(python).encode() + recipe.encode()
        root = cache_dir() / f"{engine.lower()}-{version}-{hashlib.sha256(basis).hexdigest()[:12]}"
        done = cls(root / "venv" / "bin" / "python", root / "template.sqlite")
        root.mkdir(parents=True, exist_ok=True)
        with (root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.template.exists():
                log = root / "install.log"
                shutil.rmtree(root / "venv", ignore_errors=True)
                logged([python, "-m", "venv", root / "venv"], log)
                logged([done.python, "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", "-r", requirements], log)
                database = root / "installing.sqlite"
                database.unlink(missing_ok=True)
                make_template(done.python, database, log)
                database.rename(done.template)
        return done


class Visitor:
    """One person's browser: cookies, forms with their CSRF token, nothing clever.

    `base` is the address they use; `proxies` is passed to requests, so that a visitor
    may come through Tor (`socks5h://…`). `language` is what the browser asks for.
    """

    token_name: ClassVar[str] = "csrf_token"

    def __init__(
        self, base: str, proxies: Mapping[str, str] | None = None, language: str = "ru,en;q=0.5"
    ) -> None:
        self.base = base.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0)"
        self.session.headers["Accept-Language"] = language
        self.session.proxies.update(proxies or {})

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.base + path, timeout=90)

    def submit(self, path: str, **fields: str) -> requests.Response:
        """Posts a form found at `path` to `path`; the token is fetched from the page."""
        page = self.get(path)
        return self.post(path, **{self.token_name: self.token(page.text)}, **fields)

    def post(self, path: str, **fields: str) -> requests.Response:
        headers = {"Referer": self.base + path, "Origin": self.base}
        return self.session.post(self.base + path, data=fields, headers=headers, timeout=90)

    def log_in(self, name: str, password: str) -> None:
        raise NotImplementedError

    def new_topic(self, forum: int, title: str, text: str) -> int:
        """Opens a topic; returns its id."""
        raise NotImplementedError

    def reply(self, topic: int, text: str) -> int:
        """Returns the id of the new post."""
        raise NotImplementedError

    def quote(self, topic: int, post: int, text: str) -> int:
        """Replies with a quotation of `post` and `text` under it."""
        raise NotImplementedError

    def edit(self, post: int, text: str) -> None:
        raise NotImplementedError

    def token(self, page: str) -> str:
        """The token of the page's first form that has one."""
        for tag in re.findall(r"<input[^>]*>", page):
            named = f'name="{self.token_name}"' in tag
            if named and (value := re.search(r'value="([^"]*)"', tag)):
                return html.unescape(value.group(1))
        raise ForumError(f"the page has no form with a {self.token_name}")

    def text_area(self, path: str) -> str:
        """What the form found at `path` has in its text area."""
        found = re.search(r"<textarea[^>]*>(.*?)</textarea>", self.get(path).text, re.S)
        if not found:
            raise ForumError("the page has no text area")
        return html.unescape(found.group(1))


class Served:
    """One forum: its folder, its database, its port. A context manager.

    `host` is the name the forum believes to have: the onion address when it stands behind one.
    `port` 0 takes a free one, known as `forum.port` before the start, so that an onion service
    can be pointed at it first. With `socket_path` it listens on that Unix socket too (keep the
    path short): an onion service that goes there leaves the port to nobody, and whoever is seen
    connecting to it has gone round Tor.
    """

    engine: ClassVar[str]
    # selector profile that reads it
    profile: ClassVar[str]
    visitor_class: ClassVar[type[Visitor]]

    def __init__(
        self,
        folder: Path,
        installation: Installation,
        host: str | None = None,
        port: int = 0,
        socket_path: Path | None = None,
    ) -> None:
        self.folder = Path(folder).resolve()
        self.socket_path = socket_path
        self.port = port or free_port()
        self.host = host or f"127.0.0.1:{self.port}"
        self.database = self.folder / "forum.sqlite"
        self.installation = installation
        self.process: subprocess.Popen[bytes] | None = None
        self.passwords: dict[str, str] = {ADMIN: ADMIN_PASSWORD}
        self.visitors: dict[str, Visitor] = {}
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.database.exists():
            shutil.copy(self.installation.template, self.database)
        self.write_config()

    def write_config(self) -> None:
        """Writes what the forum reads at its start."""
        raise NotImplementedError

    def application(self) -> str:
        """What gunicorn is told to serve."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    @staticmethod
    def reply_path(topic: int | None = None) -> str:
        """Expression for the paths to which replies are posted: of one topic, or of any."""
        raise NotImplementedError

    def provision(
        self, users: Mapping[str, str] | None = None, forums: Iterable[str] = ()
    ) -> dict[str, dict[str, int]]:
        """Creates users (name to password) and forums in one go, running or not.

        Returns their ids: `{"users": {name: id}, "forums": {title: id}}`.
        """
        raise NotImplementedError

    def posts(self, topic: int) -> list[StoredPost]:
        """The posts of a topic, oldest first, straight from the forum's database."""
        raise NotImplementedError

    def posts_by(self, author: str) -> list[StoredPost]:
        """All posts of one account, in whatever topic."""
        raise NotImplementedError

    @staticmethod
    def message_path() -> str:
        """Expression for the paths to which private messages are posted."""
        raise NotImplementedError

    def messages(self) -> list[StoredMessage]:
        """All private messages, oldest first."""
        raise NotImplementedError

    def topic_url(self, topic: int) -> str:
        """The topic's address by the forum's public name, as a person would copy it."""
        raise NotImplementedError

    def delete_post(self, post: int) -> None:
        """The administrator removes a post."""
        raise NotImplementedError

    def lock_topic(self, topic: int) -> None:
        """The administrator closes a topic to replies."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The loopback address, for users of the forum and for checks."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        """The address by the forum's own name: what is put into netreach's configuration."""
        return f"http://{self.host}"

    def behind(self, host: str) -> Self:
        """Sets the forum's own name; before the start only."""
        self.host = host
        self.write_config()
        return self

    # -- running -----------------------------------------------------------------------

    def start(self) -> Self:
        command: list[str | Path] = [
            self.installation.python.with_name("gunicorn"), "--bind", f"127.0.0.1:{self.port}",
            "--workers", "1", "--threads", "4", "--worker-class", "gthread",
            "--no-control-socket",
            "--access-logfile", self.folder / "access.log",
        ]
        if self.socket_path:
            command += ["--bind", f"unix:{self.socket_path}"]
        command.append(self.application())
        with (self.folder / "server.log").open("ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                env=self.environment(), start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if Visitor(self.url).get("/").ok:
                    return self
            except requests.ConnectionError:
                time.sleep(0.1)
        tail = (self.folder / "server.log").read_text(errors="replace")[-2000:]
        self.stop()
        raise ForumError(f"{self.engine} did not come up on port {self.port}:\n{tail}")

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- people ------------------------------------------------------------------------

    def visitor(
        self,
        name: str | None = None,
        proxies: Mapping[str, str] | None = None,
        base: str | None = None,
        language: str = "ru,en;q=0.5",
    ) -> Visitor:
        """A browser of its own, logged in as `name` (None: a guest)."""
        visitor = self.visitor_class(base or self.url, proxies, language)
        if name is not None:
            visitor.log_in(name, self.passwords[name])
        return visitor

    def as_user(self, user: str) -> Visitor:
        if user not in self.visitors:
            self.visitors[user] = self.visitor(user)
        return self.visitors[user]

    def new_topic(self, user: str, forum: int, title: str, text: str) -> int:
        """Opens a topic over HTTP; returns its id."""
        return self.as_user(user).new_topic(forum, title, text)

    def post(self, user: str, topic: int, text: str) -> int:
        """Replies over HTTP as `user`; returns the id of the new post."""
        return self.as_user(user).reply(topic, text)

    def quote(self, user: str, topic: int, post: int, text: str) -> int:
        return self.as_user(user).quote(topic, post, text)

    def edit(self, user: str, post: int, text: str) -> None:
        self.as_user(user).edit(post, text)

    # -- what the forum really holds ---------------------------------------------------

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Reads the forum's own database, which is never written to this way."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


def keep_up(forum: Served) -> None:
    """Starts a forum for people, says where it is, and stays until interrupted."""
    with forum:
        assert forum.process is not None
        print(f"{forum.url} pid {forum.process.pid} database {forum.database}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            forum.process.wait()
