"""A real FlaskBB forum on loopback: installed from PyPI, started, peopled, and read back.

What it does: keeps one virtual environment and one freshly installed database in a
cache directory, gives each `FlaskBB` its own copy of that database and its own port,
creates users and forums, lets users write over HTTP as a browser would, and reads the
posts straight from the forum's SQLite file, so that a test can tell what the forum
really holds from what a page says.

What it does not do: it contains nothing of FlaskBB itself (its licence and its pages stay
in the package from PyPI), and it never listens on anything but 127.0.0.1.

FlaskBB 3 needs Python 3.12 or newer. `find_python` looks for one in PATH, in the usual
prefixes and under pyenv. Where there is none, `MissingPythonError` says what to install; the
place for another engine on an older Python (Spirit 0.14.3 runs on 3.11) is `make_forum`.

As a command it starts a forum and keeps it up until interrupted, or only installs it:
    python tests/forums/flaskbb.py --dir DIR --port 8201 [--host HOST]
    python tests/forums/flaskbb.py --install
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fcntl
import hashlib
import html
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "flaskbb-requirements.txt"
MIN_PYTHON = (3, 12)
ADMIN = "keeper"
ADMIN_PASSWORD = "keeper-of-the-test-forum"
START_TIMEOUT_S = 60


class ForumError(RuntimeError):
    """The forum could not be installed, started or used as asked."""


class MissingPythonError(ForumError):
    """No Python that is new enough for FlaskBB was found on this machine."""


@dataclasses.dataclass(frozen=True)
class StoredPost:
    """One row of the forum's own table of posts."""

    id: int
    author: str
    text: str
    hidden: bool


def cache_dir() -> Path:
    """Where virtual environments, Tor keys and other reusable things are kept."""
    default = HERE.parent.parent / "target" / "e2e-cache"
    path = Path(os.environ.get("NETREACH_E2E_CACHE", default)).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def find_python(minimum: tuple[int, int] = MIN_PYTHON) -> Path:
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
        f"FlaskBB 3 needs Python {minimum[0]}.{minimum[1]} or newer with the venv module; "
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


@dataclasses.dataclass(frozen=True)
class Installation:
    """A virtual environment with FlaskBB, and an installed but empty database to copy."""

    python: Path
    template: Path

    @classmethod
    def ensure(cls, cache: Path | None = None) -> Installation:
        """Installs on first use (about a minute), afterwards costs nothing."""
        cache = cache or cache_dir()
        python = find_python()
        version = subprocess.run(
            [python, "-c", "import platform; print(platform.python_version())"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()
        mark = hashlib.sha256(REQUIREMENTS.read_bytes() + str(python).encode()).hexdigest()[:12]
        root = cache / f"flaskbb-{version}-{mark}"
        done = cls(root / "venv" / "bin" / "python", root / "template.sqlite")
        root.mkdir(parents=True, exist_ok=True)
        with (root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.template.exists():
                done._install(python, root)
        return done

    def _install(self, python: Path, root: Path) -> None:
        shutil.rmtree(root / "venv", ignore_errors=True)
        log = root / "install.log"
        _logged([python, "-m", "venv", root / "venv"], log)
        _logged([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "-r", REQUIREMENTS], log)
        database = root / "installing.sqlite"
        database.unlink(missing_ok=True)
        config = root / "installing.cfg"
        _write_config(config, database, "localhost")
        _logged([self.python.with_name("flaskbb"), "--config", config, "install",
                 "--force", "-u", ADMIN, "-e", "keeper@forum.example",
                 "-p", ADMIN_PASSWORD, "--enable-plugins", "conversations"], log)
        database.rename(self.template)


def _logged(command: Sequence[str | Path], log: Path) -> None:
    """Runs a command with its output appended to `log`; the tail is in the error."""
    with log.open("ab") as out:
        out.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        out.flush()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    if done.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise ForumError(f"{command[0]} failed ({done.returncode}), see {log}:\n{tail}")


def _write_config(path: Path, database: Path, host: str) -> None:
    """FlaskBB's configuration: no mail, no redis, no limits, our host names only."""
    lines = {
        "DEBUG": False,
        "TESTING": False,
        "SERVER_NAME": host,
        "TRUSTED_HOSTS": [host.split(":")[0], "127.0.0.1", "localhost"],
        "PREFERRED_URL_SCHEME": "http",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
        "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 20}},
        "SECRET_KEY": secrets.token_hex(24),
        "WTF_CSRF_SECRET_KEY": secrets.token_hex(24),
        # its default handlers write into site-packages; warnings go to standard error anyway
        "USE_DEFAULT_LOGGING": False,
        "RATELIMIT_ENABLED": False,
        "RATELIMIT_STORAGE_URI": "memory://",
        "REDIS_ENABLED": False,
        "CACHE_TYPE": "SimpleCache",
        "ADMINS": ["keeper@forum.example"],
    }
    path.write_text("".join(f"{key} = {value!r}\n" for key, value in lines.items()))


# Runs inside the forum's own virtual environment: one JSON order on standard input, one
# JSON answer as the last line of standard output.
_PROVISION = '''
import json, sys
config, order = sys.argv[1], json.load(sys.stdin)
from flaskbb.app import create_app
app = create_app(config)
with app.app_context():
    import sqlalchemy as sa
    from flaskbb.extensions import db
    from flaskbb.forum.models import Category, Forum
    from flaskbb.settings import Setting
    from flaskbb.user.models import Group, User
    from flaskbb.utils.populate import create_user
    made = {"users": {}, "forums": {}}
    for u in order["users"]:
        user = create_user(u["name"], u["password"], u["email"], u["role"])
        if u["language"]:
            user.language = u["language"]
            user.save()
        made["users"][u["name"]] = user.id
    for f in order["forums"]:
        category = db.session.execute(
            sa.select(Category).filter_by(title=f["category"])).scalar_one_or_none()
        if category is None:
            category = Category(title=f["category"], position=1)
            category.save()
        forum = Forum(title=f["title"], description=f["description"], category_id=category.id)
        forum.save(groups=list(db.session.execute(sa.select(Group)).scalars()))
        made["forums"][f["title"]] = forum.id
    for key, value in order["settings"].items():
        row = db.session.execute(sa.select(Setting).filter_by(key=key)).scalar_one()
        row.value = json.dumps(value)
        db.session.commit()
    print("\\n" + json.dumps(made))
'''


class Visitor:
    """One person's browser: cookies, forms with their CSRF token, nothing clever.

    `base` is the address they use; `proxies` is passed to requests, so that a visitor
    may come through Tor (`socks5h://…`).
    """

    def __init__(self, base: str, proxies: Mapping[str, str] | None = None) -> None:
        self.base = base.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0)"
        self.session.headers["Accept-Language"] = "ru,en;q=0.5"
        self.session.proxies.update(proxies or {})

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.base + path, timeout=90)

    def submit(self, path: str, **fields: str) -> requests.Response:
        """Posts a form found at `path` to `path`; the token is fetched from the page."""
        page = self.get(path)
        return self.post(path, csrf_token=csrf_token(page.text), **fields)

    def post(self, path: str, **fields: str) -> requests.Response:
        headers = {"Referer": self.base + path, "Origin": self.base}
        return self.session.post(self.base + path, data=fields, headers=headers, timeout=90)

    def log_in(self, name: str, password: str) -> requests.Response:
        answer = self.submit("/auth/login", login=name, password=password, submit="Login")
        if "/auth/login" in answer.url:
            raise ForumError(f"{name} could not log in")
        return answer

    def reply(self, topic: int, text: str) -> int:
        answer = self.submit(f"/topic/{topic}/post/new", content=text, submit="Reply")
        return _id_of_post(answer)

    def quote(self, topic: int, post: int, text: str) -> int:
        """Replies with the quotation the forum prefills, and `text` under it."""
        path = f"/topic/{topic}/post/{post}/reply"
        page = self.get(path)
        found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.S)
        if not found:
            raise ForumError("the reply page has no text area")
        quoted = html.unescape(found.group(1)).strip()
        answer = self.post(
            path, csrf_token=csrf_token(page.text), content=f"{quoted}\n\n{text}", submit="Reply"
        )
        return _id_of_post(answer)

    def edit(self, post: int, text: str) -> None:
        _id_of_post(self.submit(f"/post/{post}/edit", content=text, submit="Reply"))

    def new_topic(self, forum: int, title: str, text: str) -> int:
        answer = self.submit(
            f"/{forum}/topic/new", title=title, content=text, submit="Post topic"
        )
        found = re.search(r"/topic/(\d+)", answer.url)
        if not found:
            raise ForumError(f"the topic was not accepted: {answer.status_code} {answer.url}")
        return int(found.group(1))


def csrf_token(page: str) -> str:
    """The token of the page's first form that has one."""
    for tag in re.findall(r"<input[^>]*>", page):
        if 'name="csrf_token"' in tag and (value := re.search(r'value="([^"]*)"', tag)):
            return html.unescape(value.group(1))
    raise ForumError("the page has no form with a csrf_token")


def _id_of_post(answer: requests.Response) -> int:
    for step in [*answer.history, answer]:
        target = step.headers.get("Location", "")
        if found := re.search(r"/post/(\d+)$|#pid(\d+)$", target):
            return int(found.group(1) or found.group(2))
    raise ForumError(f"the post was not accepted: {answer.status_code} {answer.url}")


class FlaskBB:
    """One forum: its folder, its database, its port. A context manager.

    `host` is the name the forum believes to have (SERVER_NAME): the onion address when it
    stands behind one. `port` 0 takes a free one, known as `forum.port` before the start, so
    that an onion service can be pointed at it first. With `socket_path` it listens on that
    Unix socket too (keep the path short): an onion service that goes there leaves the port
    to nobody, and whoever is seen connecting to it has gone round Tor.
    """

    def __init__(
        self,
        folder: Path,
        host: str | None = None,
        port: int = 0,
        socket_path: Path | None = None,
        installation: Installation | None = None,
    ) -> None:
        self.folder = Path(folder).resolve()
        self.socket_path = socket_path
        self.port = port or free_port()
        self.host = host or f"127.0.0.1:{self.port}"
        self.database = self.folder / "forum.sqlite"
        self.config = self.folder / "flaskbb.cfg"
        self.installation = installation or Installation.ensure()
        self.process: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {ADMIN: ADMIN_PASSWORD}
        self._visitors: dict[str, Visitor] = {}
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.database.exists():
            shutil.copy(self.installation.template, self.database)
        _write_config(self.config, self.database, self.host)

    @property
    def url(self) -> str:
        """The loopback address, for users of the forum and for checks."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        """The address by the forum's own name: what is put into netreach's configuration."""
        return f"http://{self.host}"

    def behind(self, host: str) -> FlaskBB:
        """Sets the forum's own name; before the start only."""
        self.host = host
        _write_config(self.config, self.database, host)
        return self

    # -- running -----------------------------------------------------------------------

    def start(self) -> FlaskBB:
        # Not `flaskbb serve`: its worker never sets the session cookie.
        command: list[str | Path] = [
            self.installation.python.with_name("gunicorn"), "--bind", f"127.0.0.1:{self.port}",
            "--workers", "1", "--threads", "4", "--worker-class", "gthread",
            "--no-control-socket",
            "--access-logfile", self.folder / "access.log",
        ]
        if self.socket_path:
            command += ["--bind", f"unix:{self.socket_path}"]
        command.append(f'flaskbb.app:create_app("{self.config}")')
        with (self.folder / "server.log").open("ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                start_new_session=True,
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
        raise ForumError(f"FlaskBB did not come up on port {self.port}:\n{tail}")

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

    def __enter__(self) -> FlaskBB:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- people and places -------------------------------------------------------------

    def provision(
        self,
        users: Mapping[str, str] | None = None,
        forums: Iterable[str] = (),
        *,
        role: str = "member",
        language: str | None = None,
        category: str = "General",
        settings: Mapping[str, Any] | None = None,
    ) -> dict[str, dict[str, int]]:
        """Creates users (name to password) and forums in one go, running or not.

        Returns their ids: `{"users": {name: id}, "forums": {title: id}}`. Settings are
        cached by a running server: change them before the start.
        """
        known = len(self._passwords)
        order = {
            "users": [
                {"name": name, "password": password, "role": role, "language": language,
                 "email": f"user{known + place}-{secrets.token_hex(3)}@forum.example"}
                for place, (name, password) in enumerate((users or {}).items())
            ],
            "forums": [
                {"title": title, "description": "", "category": category} for title in forums
            ],
            "settings": dict(settings or {}),
        }
        done = subprocess.run(
            [self.installation.python, "-W", "ignore", "-c", _PROVISION, self.config],
            input=json.dumps(order), capture_output=True, text=True, cwd=self.folder,
        )
        if done.returncode:
            raise ForumError(f"provisioning failed:\n{done.stderr[-2000:]}")
        self._passwords.update(users or {})
        made: dict[str, dict[str, int]] = json.loads(done.stdout.strip().splitlines()[-1])
        return made

    def visitor(
        self,
        name: str | None = None,
        proxies: Mapping[str, str] | None = None,
        base: str | None = None,
    ) -> Visitor:
        """A browser of its own, logged in as `name` (None: a guest)."""
        visitor = Visitor(base or self.url, proxies)
        if name is not None:
            visitor.log_in(name, self._passwords[name])
        return visitor

    def _as(self, user: str) -> Visitor:
        if user not in self._visitors:
            self._visitors[user] = self.visitor(user)
        return self._visitors[user]

    def new_topic(self, user: str, forum: int, title: str, text: str) -> int:
        """Opens a topic over HTTP; returns its id."""
        return self._as(user).new_topic(forum, title, text)

    def post(self, user: str, topic: int, text: str) -> int:
        """Replies over HTTP as `user`; returns the id of the new post."""
        return self._as(user).reply(topic, text)

    def quote(self, user: str, topic: int, post: int, text: str) -> int:
        return self._as(user).quote(topic, post, text)

    def edit(self, user: str, post: int, text: str) -> None:
        self._as(user).edit(post, text)

    def delete_post(self, post: int) -> None:
        """The administrator removes a post."""
        admin = self._as(ADMIN)
        token = csrf_token(admin.get(f"/post/{post}").text)
        admin.post(f"/post/{post}/delete", csrf_token=token)

    def lock_topic(self, topic: int) -> None:
        """The administrator closes a topic to replies."""
        admin = self._as(ADMIN)
        token = csrf_token(admin.get(f"/topic/{topic}").text)
        admin.post(f"/topic/{topic}/lock", csrf_token=token)

    # -- what the forum really holds ---------------------------------------------------

    def posts(self, topic: int) -> list[StoredPost]:
        """The posts of a topic, oldest first, straight from the forum's database."""
        rows = self._query(
            "SELECT id, username, content, hidden FROM posts WHERE topic_id = ? ORDER BY id",
            topic,
        )
        return [StoredPost(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def posts_by(self, author: str) -> list[StoredPost]:
        """All posts of one account, in whatever topic."""
        rows = self._query(
            "SELECT id, username, content, hidden FROM posts WHERE username = ? ORDER BY id",
            author,
        )
        return [StoredPost(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def topic_url(self, topic: int) -> str:
        """The topic's address by the forum's public name, as a person would copy it."""
        page = Visitor(self.url).get(f"/topic/{topic}")
        found = re.search(rf'["\'](/topic/{topic}-[^"\'?#/]+)["\'?#]', page.text)
        return self.public_url + (found.group(1) if found else f"/topic/{topic}")

    def _query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


def make_forum(
    folder: Path, host: str | None = None, port: int = 0, socket_path: Path | None = None
) -> FlaskBB:
    """The forum the end-to-end tests run against.

    The hook for another engine: where FlaskBB cannot be had (no Python 3.12), return here
    an object with the same methods around it. Spirit 0.14.3 on Python 3.11 would do.
    """
    return FlaskBB(folder, host, port, socket_path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Start a FlaskBB on loopback.")
    parser.add_argument("--install", action="store_true", help="into the cache; start nothing")
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host")
    options = parser.parse_args()
    if options.install:
        print(Installation.ensure().python)
        return
    if options.dir is None:
        parser.error("--dir is needed to start a forum")
    with FlaskBB(options.dir, options.host, options.port) as forum:
        assert forum.process is not None
        print(f"{forum.url} pid {forum.process.pid} database {forum.database}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            forum.process.wait()


if __name__ == "__main__":
    try:
        main()
    except ForumError as error:
        sys.exit(f"flaskbb.py: {error}")
