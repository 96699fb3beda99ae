"""A real FlaskBB forum on loopback: installed from PyPI, started, peopled, and read back.

What it does: keeps one virtual environment and one freshly installed database in a
cache directory, gives each `FlaskBB` its own copy of that database and its own port,
creates users and forums, lets users write over HTTP as a browser would, and reads the
posts straight from the forum's SQLite file, so that a test can tell what the forum
really holds from what a page says.

What it does not do: it contains nothing of FlaskBB itself (its licence and its pages stay
in the package from PyPI), and it never listens on anything but 127.0.0.1.

FlaskBB 3 needs Python 3.12 or newer. Where there is none, `MissingPythonError` says what to
install; `forums.choice` takes Spirit then, which runs on 3.11.

As a command it starts a forum and keeps it up until interrupted, or only installs it:
    python tests/forums/flaskbb.py --dir DIR --port 8201 [--host HOST]
    python tests/forums/flaskbb.py --install
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

if __name__ == "__main__":
    # as a command, its own folder is where Python looks first
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from forums.served import (
    ADMIN,
    ADMIN_PASSWORD,
    HERE,
    ForumError,
    Installation,
    Served,
    StoredMessage,
    StoredPost,
    Visitor,
    keep_up,
    logged,
)

REQUIREMENTS = HERE / "flaskbb-requirements.txt"
MIN_PYTHON = (3, 12)


def install() -> Installation:
    """Installs on first use; raises `MissingPythonError` where Python is too old."""
    return Installation.ensure("FlaskBB", REQUIREMENTS, MIN_PYTHON, _make_template)


def _make_template(python: Path, database: Path, log: Path) -> None:
    config = database.with_suffix(".cfg")
    _write_config(config, database, "localhost")
    logged([python.with_name("flaskbb"), "--config", config, "install",
            "--force", "-u", ADMIN, "-e", "keeper@forum.example",
            "-p", ADMIN_PASSWORD, "--enable-plugins", "conversations"], log)


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


class FlaskBBVisitor(Visitor):
    """A browser that knows FlaskBB's addresses."""

    def log_in(self, name: str, password: str) -> None:
        answer = self.submit("/auth/login", login=name, password=password, submit="Login")
        if "/auth/login" in answer.url:
            raise ForumError(f"{name} could not log in")

    def reply(self, topic: int, text: str) -> int:
        answer = self.submit(f"/topic/{topic}/post/new", content=text, submit="Reply")
        return _id_of_post(answer)

    def quote(self, topic: int, post: int, text: str) -> int:
        """Replies with the quotation the forum prefills, and `text` under it."""
        path = f"/topic/{topic}/post/{post}/reply"
        quoted = self.text_area(path).strip()
        return _id_of_post(self.submit(path, content=f"{quoted}\n\n{text}", submit="Reply"))

    def write_to(self, name: str, subject: str, text: str) -> None:
        """Sends a private message."""
        path = f"/conversations/new?to_user={name}"
        answer = self.submit(
            path, to_user=name, subject=subject, message=text, send_message="Start Conversation"
        )
        if not answer.url.endswith("/conversations/sent"):
            raise ForumError(f"the message was not accepted: {answer.status_code} {answer.url}")

    def read_messages(self) -> None:
        """Opens everything in the inbox."""
        inbox = self.get("/conversations/inbox").text
        for number in set(re.findall(r"/conversations/(\d+)/view", inbox)):
            self.get(f"/conversations/{number}/view")

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


def _id_of_post(answer: requests.Response) -> int:
    for step in [*answer.history, answer]:
        target = step.headers.get("Location", "")
        if found := re.search(r"/post/(\d+)$|#pid(\d+)$", target):
            return int(found.group(1) or found.group(2))
    raise ForumError(f"the post was not accepted: {answer.status_code} {answer.url}")


class FlaskBB(Served):
    """One FlaskBB forum; see `Served` for where it listens."""

    engine = "FlaskBB"
    profile = "flaskbb-3"
    visitor_class = FlaskBBVisitor

    def __init__(
        self,
        folder: Path,
        host: str | None = None,
        port: int = 0,
        socket_path: Path | None = None,
    ) -> None:
        self.config = Path(folder).resolve() / "flaskbb.cfg"
        super().__init__(folder, install(), host, port, socket_path)

    def write_config(self) -> None:
        _write_config(self.config, self.database, self.host)

    def application(self) -> str:
        # Not `flaskbb serve`: its worker never sets the session cookie.
        return f'flaskbb.app:create_app("{self.config}")'

    @staticmethod
    def reply_path(topic: int | None = None) -> str:
        return r"^/topic/" if topic is None else rf"^/topic/{topic}\b"

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
        known = len(self.passwords)
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
        self.passwords.update(users or {})
        made: dict[str, dict[str, int]] = json.loads(done.stdout.strip().splitlines()[-1])
        return made

    def delete_post(self, post: int) -> None:
        admin = self.as_user(ADMIN)
        token = admin.token(admin.get(f"/post/{post}").text)
        admin.post(f"/post/{post}/delete", csrf_token=token)

    def lock_topic(self, topic: int) -> None:
        admin = self.as_user(ADMIN)
        token = admin.token(admin.get(f"/topic/{topic}").text)
        admin.post(f"/topic/{topic}/lock", csrf_token=token)

    # -- what the forum really holds ---------------------------------------------------

    def posts(self, topic: int) -> list[StoredPost]:
        rows = self.query(
            "SELECT id, username, content, hidden FROM posts WHERE topic_id = ? ORDER BY id",
            topic,
        )
        return [StoredPost(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def posts_by(self, author: str) -> list[StoredPost]:
        rows = self.query(
            "SELECT id, username, content, hidden FROM posts WHERE username = ? ORDER BY id",
            author,
        )
        return [StoredPost(row[0], row[1], row[2], bool(row[3])) for row in rows]

    @staticmethod
    def message_path() -> str:
        return r"^/conversations/new"

    def messages(self) -> list[StoredMessage]:
        # both ends have a copy of their own; only the recipient's counts
        rows = self.query(
            "SELECT f.username, t.username, c.subject, m.message FROM messages m "
            "JOIN conversations c ON c.id = m.conversation_id "
            "JOIN users f ON f.id = m.user_id JOIN users t ON t.id = c.to_user_id "
            "WHERE c.user_id = c.to_user_id AND c.draft = 0 ORDER BY m.id"
        )
        return [StoredMessage(*row) for row in rows]

    def topic_url(self, topic: int) -> str:
        page = FlaskBBVisitor(self.url).get(f"/topic/{topic}")
        found = re.search(rf'["\'](/topic/{topic}-[^"\'?#/]+)["\'?#]', page.text)
        return self.public_url + (found.group(1) if found else f"/topic/{topic}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Start a FlaskBB on loopback.")
    parser.add_argument("--install", action="store_true", help="into the cache; start nothing")
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host")
    options = parser.parse_args()
    if options.install:
        print(install().python)
        return
    if options.dir is None:
        parser.error("--dir is needed to start a forum")
    keep_up(FlaskBB(options.dir, options.host, options.port))


if __name__ == "__main__":
    try:
        main()
    except ForumError as error:
        sys.exit(f"flaskbb.py: {error}")
