"""A real Spirit forum on loopback: installed from PyPI, started, peopled, and read back.

What it does: as `flaskbb` does for FlaskBB, with the same methods, on Python 3.11 or newer. The
project around the engine is the one that the package brings along.

What it does not do: it contains nothing of Spirit itself (its licence and its pages stay in the
package from PyPI), and it never listens on anything but 127.0.0.1.

As a command it starts a forum and keeps it up until interrupted, or only installs it:
    python tests/forums/spirit.py --dir DIR --port 8202 [--host HOST]
    python tests/forums/spirit.py --install
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests

if __name__ == "__main__":
    # as a command, its own folder is where Python looks first
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from forums.django_served import DjangoServed, DjangoVisitor, project_environment, write_project
from forums.served import (
    ADMIN,
    ADMIN_PASSWORD,
    HERE,
    ForumError,
    Installation,
    StoredMessage,
    StoredPost,
    keep_up,
    logged,
)

REQUIREMENTS = HERE / "spirit-requirements.txt"
MIN_PYTHON = (3, 11)

SETTINGS = """
from spirit.extra.project_template.project_name.settings.base import *

CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name,
           "TIMEOUT": None}
    for name in ("default", "st_rate_limit")
}
# searching is not tested, and an index on disk would be shared between forums
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"
LOGGING = {}
ST_SITE_URL = "http://forum.example/"
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("", include("spirit.urls"))]
"""

_PROVISION = """
from django.contrib.auth import get_user_model
from spirit.category.models import Category
made.update(users={}, forums={})
for u in order["users"]:
    user = get_user_model().objects.create_user(u["name"], u["email"], u["password"])
    user.st.timezone, user.st.is_verified = u["timezone"], True
    user.st.is_administrator = u["role"] == "admin"
    user.st.is_moderator = u["role"] in ("admin", "moderator")
    user.st.save()
    made["users"][u["name"]] = user.pk
for title in order["forums"]:
    made["forums"][title] = Category.objects.create(title=title).pk
"""


def install() -> Installation:
    """Installs on first use; raises `MissingPythonError` where Python is too old."""
    recipe = SETTINGS + URLS
    return Installation.ensure("Spirit", REQUIREMENTS, MIN_PYTHON, _make_template, recipe)


def _make_template(python: Path, database: Path, log: Path) -> None:
    folder = database.parent
    write_project(folder, SETTINGS, URLS, database, {})
    logged([python, "-W", "ignore", "-m", "django", "migrate"], log, project_environment(folder))


class SpiritVisitor(DjangoVisitor):
    """A browser that knows Spirit's addresses."""

    login_path = "/user/login/"

    def new_topic(self, forum: int, title: str, text: str) -> int:
        path = f"/topic/publish/{forum}/"
        answer = self.submit(path, title=title, category=str(forum), comment=text)
        found = re.search(r"/topic/(\d+)", answer.url)
        if not found:
            raise ForumError(f"the topic was not accepted: {answer.status_code} {answer.url}")
        return int(found.group(1))

    def reply(self, topic: int, text: str) -> int:
        return _id_of_post(self.submit(f"/comment/{topic}/publish/", comment=text))

    def quote(self, topic: int, post: int, text: str) -> int:
        """Replies with the quotation the forum prefills, and `text` under it."""
        path = f"/comment/{topic}/publish/{post}/quote/"
        quoted = self.text_area(path).strip()
        return _id_of_post(self.submit(path, comment=f"{quoted}\n\n{text}"))

    def edit(self, post: int, text: str) -> None:
        _id_of_post(self.submit(f"/comment/{post}/update/", comment=text))


def _id_of_post(answer: requests.Response) -> int:
    for step in answer.history:
        if found := re.search(r"/comment/(\d+)/find/$", step.headers.get("Location", "")):
            return int(found.group(1))
    raise ForumError(f"the post was not accepted: {answer.status_code} {answer.url}")


class Spirit(DjangoServed):
    """One Spirit forum; see `Served` for where it listens.

    With `limits` it has the engine's own: one post in ten seconds, and no text twice within
    half an hour.
    """

    engine = "Spirit"
    profile = "spirit-0"
    visitor_class = SpiritVisitor
    settings = SETTINGS
    urls = URLS

    def __init__(
        self,
        folder: Path,
        host: str | None = None,
        port: int = 0,
        socket_path: Path | None = None,
        *,
        limits: bool = False,
        members_only: bool = False,
    ) -> None:
        self.limits = limits
        self.members_only = members_only
        super().__init__(folder, install(), host, port, socket_path)
        if not self.query("SELECT 1 FROM auth_user WHERE username = ?", ADMIN):
            self.provision({ADMIN: ADMIN_PASSWORD}, role="admin")

    def extra_settings(self) -> dict[str, Any]:
        unlimited = {"ST_RATELIMIT_ENABLE": False, "ST_DOUBLE_POST_THRESHOLD_MINUTES": 0}
        return {"ST_PRIVATE_FORUM": self.members_only, **({} if self.limits else unlimited)}

    @staticmethod
    def reply_path(topic: int | None = None) -> str:
        which = r"\d+" if topic is None else str(topic)
        return rf"^/comment/{which}/publish/"

    # -- people and places -------------------------------------------------------------

    def provision(
        self,
        users: Mapping[str, str] | None = None,
        forums: Iterable[str] = (),
        *,
        role: str = "member",
        timezone: str = "UTC",
    ) -> dict[str, dict[str, int]]:
        """Roles: member, moderator, admin. The time zone is that in which they see times."""
        order = {
            "users": [
                {"name": name, "password": password, "role": role, "timezone": timezone,
                 "email": f"{secrets.token_hex(6)}@forum.example"}
                for name, password in (users or {}).items()
            ],
            "forums": list(forums),
        }
        made = self.run_inside(_PROVISION, order)
        self.passwords.update(users or {})
        return made

    def delete_post(self, post: int) -> None:
        self.as_user(ADMIN).submit(f"/comment/{post}/delete/")

    def lock_topic(self, topic: int) -> None:
        self.as_user(ADMIN).submit(f"/topic/moderate/lock/{topic}/")

    # -- what the forum really holds ---------------------------------------------------

    def posts(self, topic: int) -> list[StoredPost]:
        return self._posts("c.topic_id = ?", topic)

    def posts_by(self, author: str) -> list[StoredPost]:
        return self._posts("p.nickname = ?", author)

    def _posts(self, condition: str, value: object) -> list[StoredPost]:
        # actions are what moderators did to the thread, in the same table
        rows = self.query(
            "SELECT c.id, p.nickname, c.comment, c.is_removed FROM spirit_comment_comment c "
            "JOIN spirit_user_userprofile p ON p.user_id = c.user_id "
            f"WHERE c.action = 0 AND {condition} ORDER BY c.date, c.id",
            value,
        )
        return [StoredPost(row[0], row[1], row[2], bool(row[3])) for row in rows]

    @staticmethod
    def message_path() -> str:
        return r"^/topic/private/publish/"

    def messages(self) -> list[StoredMessage]:
        # private topics are seen by those who were let in, their writer among them
        rows = self.query(
            "SELECT w.nickname, r.nickname, t.title, c.comment FROM spirit_comment_comment c "
            "JOIN spirit_topic_topic t ON t.id = c.topic_id "
            "JOIN spirit_topic_private_topicprivate p ON p.topic_id = t.id "
            "JOIN spirit_user_userprofile w ON w.user_id = c.user_id "
            "JOIN spirit_user_userprofile r ON r.user_id = p.user_id "
            "WHERE p.user_id <> c.user_id ORDER BY c.id"
        )
        return [StoredMessage(*row) for row in rows]

    def topic_url(self, topic: int) -> str:
        (slug,), = self.query("SELECT slug FROM spirit_topic_topic WHERE id = ?", topic)
        return f"{self.public_url}/topic/{topic}/{slug}/"


def main() -> None:
    parser = argparse.ArgumentParser(description="Start a Spirit on loopback.")
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
    keep_up(Spirit(options.dir, options.host, options.port))


if __name__ == "__main__":
    try:
        main()
    except ForumError as error:
        sys.exit(f"spirit.py: {error}")
