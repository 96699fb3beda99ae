"""A real django-machina forum on loopback: installed from PyPI, started, peopled, and read back.

What it does: as `flaskbb` does for FlaskBB, with the same methods, on Python 3.11 or newer.
Machina is an engine to build a site around; the site, with a log-in page, is ours and is as
small as it can be.

What it does not do: it contains nothing of machina itself (its licence and its pages stay in the
package from PyPI), and it never listens on anything but 127.0.0.1.

As a command it starts a forum and keeps it up until interrupted, or only installs it:
    python tests/forums/machina.py --dir DIR --port 8203 [--host HOST]
    python tests/forums/machina.py --install
"""

from __future__ import annotations

import argparse
import re
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
    StoredPost,
    keep_up,
    logged,
)

REQUIREMENTS = HERE / "machina-requirements.txt"
MIN_PYTHON = (3, 11)

SETTINGS = """
from pathlib import Path
from machina import MACHINA_MAIN_TEMPLATE_DIR

INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles",
    "mptt", "haystack", "widget_tweaks",
    "machina", "machina.apps.forum", "machina.apps.forum_conversation",
    "machina.apps.forum_conversation.forum_attachments",
    "machina.apps.forum_conversation.forum_polls", "machina.apps.forum_feeds",
    "machina.apps.forum_moderation", "machina.apps.forum_search", "machina.apps.forum_tracking",
    "machina.apps.forum_member", "machina.apps.forum_permission",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "machina.apps.forum_permission.middleware.ForumPermissionMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [str(Path(__file__).parent / "templates"), MACHINA_MAIN_TEMPLATE_DIR],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.template.context_processors.i18n",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
        "machina.core.context_processors.metadata",
    ]},
}]
CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
    for name in ("default", "machina_attachments")
}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
STATIC_URL, MEDIA_URL = "/static/", "/media/"
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "login", "/", "/"
MACHINA_FORUM_NAME = "Пристань"
MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS = [
    "can_see_forum", "can_read_forum", "can_start_new_topics", "can_reply_to_topics",
    "can_edit_own_posts", "can_post_without_approval", "can_create_polls", "can_vote_in_polls",
    "can_download_file",
]
"""
URLS = """
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("login/", LoginView.as_view(template_name="login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", include("machina.urls")),
]
"""
TEMPLATES = {
    "login.html": """{% extends "board_base.html" %}
{% block content %}
<h1>Log in</h1>
<form method="post" id="login">{% csrf_token %}{{ form.as_p }}
  <input type="submit" value="Log in"></form>
{% endblock content %}
""",
    "board_base.html": """{% extends "board_base.html" %}
{% block header_collapse %}{{ block.super }}
{% if user.is_authenticated %}
<form method="post" action="{% url 'logout' %}">{% csrf_token %}<button>Log out</button></form>
{% else %}
<a href="{% url 'login' %}?next={{ request.path }}">Log in</a>
{% endif %}
{% endblock header_collapse %}
""",
}

_PROVISION = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from machina.apps.forum.models import Forum
from machina.apps.forum_permission.shortcuts import ALL_AUTHENTICATED_USERS, assign_perm
made.update(users={}, forums={})
for u in order["users"]:
    create = get_user_model().objects
    create = create.create_superuser if u["role"] == "admin" else create.create_user
    made["users"][u["name"]] = create(u["name"], "", u["password"]).pk
for title in order["forums"]:
    forum = Forum.objects.create(name=title, type=Forum.FORUM_POST)
    made["forums"][title] = forum.pk
    for word in order["guests_may"]:
        assign_perm(word, AnonymousUser(), forum)
    for word in order["members_may_not"]:
        assign_perm(word, ALL_AUTHENTICATED_USERS, forum, has_perm=False)
"""


def install() -> Installation:
    """Installs on first use; raises `MissingPythonError` where Python is too old."""
    recipe = SETTINGS + URLS
    return Installation.ensure("machina", REQUIREMENTS, MIN_PYTHON, _make_template, recipe)


def _make_template(python: Path, database: Path, log: Path) -> None:
    folder = database.parent
    write_project(folder, SETTINGS, URLS, database, {})
    logged([python, "-W", "ignore", "-m", "django", "migrate"], log, project_environment(folder))


class MachinaVisitor(DjangoVisitor):
    """A browser that knows machina's addresses. The names in them are not looked at by it."""

    login_path = "/login/"

    def new_topic(self, forum: int, title: str, text: str) -> int:
        # 0: neither a notice nor pinned
        answer = self.publish(f"/forum/f-{forum}/topic/create/", title, text, topic_type="0")
        found = re.search(r"/topic/[^/]*-(\d+)/(?:\?|$)", answer.url)
        if not found:
            raise ForumError(f"the topic was not accepted: {answer.status_code} {answer.url}")
        return int(found.group(1))

    def reply(self, topic: int, text: str) -> int:
        path = f"/forum/f-1/topic/t-{topic}/post/create/"
        return _id_of_post(self.publish(path, "Re: ...", text))

    def quote(self, topic: int, post: int, text: str) -> int:
        """The engine has no button for it: a quotation is what begins with `>`."""
        del post
        return self.reply(topic, text)

    def edit(self, post: int, text: str, reason: str = "") -> None:
        # of another topic's post, but only the post's own id is looked at
        path = f"/forum/f-1/topic/t-1/{post}/post/update/"
        _id_of_post(self.publish(path, "Re: ...", text, update_reason=reason))

    def publish(self, path: str, subject: str, text: str, **more: str) -> requests.Response:
        """Sends a form, without the poll and the files that some people may add."""
        parts = {f"{part}-{count}_FORMS": "0" for part in ("poll", "attachment")
                 for count in ("TOTAL", "INITIAL")}
        return self.submit(path, subject=subject, content=text, **parts, **more)


def _id_of_post(answer: requests.Response) -> int:
    for step in answer.history:
        if found := re.search(r"\?post=(\d+)#", step.headers.get("Location", "")):
            return int(found.group(1))
    raise ForumError(f"the post was not accepted: {answer.status_code} {answer.url}")


class Machina(DjangoServed):
    """One machina forum; see `Served` for where it listens.

    `time_zone` is the one in which it shows times, to everybody.
    """

    engine = "machina"
    profile = "machina-1"
    visitor_class = MachinaVisitor
    settings = SETTINGS
    urls = URLS

    def __init__(
        self,
        folder: Path,
        host: str | None = None,
        port: int = 0,
        socket_path: Path | None = None,
        *,
        time_zone: str = "UTC",
    ) -> None:
        self.time_zone = time_zone
        super().__init__(folder, install(), host, port, socket_path)
        if not self.query("SELECT 1 FROM auth_user WHERE username = ?", ADMIN):
            self.provision({ADMIN: ADMIN_PASSWORD}, role="admin")

    def write_config(self) -> None:
        super().write_config()
        templates = self.folder / "templates"
        templates.mkdir(exist_ok=True)
        for name, text in TEMPLATES.items():
            (templates / name).write_text(text)

    def extra_settings(self) -> dict[str, Any]:
        return {"TIME_ZONE": self.time_zone}

    @staticmethod
    def reply_path(topic: int | None = None) -> str:
        which = r"\d+" if topic is None else str(topic)
        return rf"^/forum/[^/]+/topic/[^/]*-{which}/post/create/"

    # -- people and places -------------------------------------------------------------

    def provision(
        self,
        users: Mapping[str, str] | None = None,
        forums: Iterable[str] = (),
        *,
        role: str = "member",
        guests_may: Iterable[str] = ("can_see_forum", "can_read_forum"),
        members_may_not: Iterable[str] = (),
    ) -> dict[str, dict[str, int]]:
        """Roles: member, admin. What guests may and members may not is in machina's words."""
        order = {
            "users": [
                {"name": name, "password": password, "role": role}
                for name, password in (users or {}).items()
            ],
            "forums": list(forums),
            "guests_may": list(guests_may),
            "members_may_not": list(members_may_not),
        }
        made = self.run_inside(_PROVISION, order)
        self.passwords.update(users or {})
        return made

    def delete_post(self, post: int) -> None:
        """The administrator removes a post: nothing is left of it."""
        ((topic,),) = self.query(
            "SELECT topic_id FROM forum_conversation_post WHERE id = ?", post
        )
        self.as_user(ADMIN).submit(f"/forum/f-1/topic/t-{topic}/{post}/post/delete/")

    def lock_topic(self, topic: int) -> None:
        self.as_user(ADMIN).submit(f"/moderation/topic/t-{topic}/lock/")

    # -- what the forum really holds ---------------------------------------------------

    def posts(self, topic: int) -> list[StoredPost]:
        return self._posts("p.topic_id = ?", topic)

    def posts_by(self, author: str) -> list[StoredPost]:
        return self._posts("ifnull(u.username, p.username) = ?", author)

    def _posts(self, condition: str, value: object) -> list[StoredPost]:
        rows = self.query(
            "SELECT p.id, ifnull(u.username, p.username), p.content, p.approved "
            "FROM forum_conversation_post p LEFT JOIN auth_user u ON u.id = p.poster_id "
            f"WHERE {condition} ORDER BY p.created, p.id",
            value,
        )
        return [StoredPost(row[0], row[1], row[2], not row[3]) for row in rows]

    def topic_url(self, topic: int) -> str:
        ((forum, forum_slug, slug),) = self.query(
            "SELECT f.id, f.slug, t.slug FROM forum_conversation_topic t "
            "JOIN forum_forum f ON f.id = t.forum_id WHERE t.id = ?",
            topic,
        )
        return f"{self.public_url}/forum/{forum_slug}-{forum}/topic/{slug}-{topic}/"


def main() -> None:
    parser = argparse.ArgumentParser(description="Start a machina on loopback.")
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
    keep_up(Machina(options.dir, options.host, options.port))


if __name__ == "__main__":
    try:
        main()
    except ForumError as error:
        sys.exit(f"machina.py: {error}")
