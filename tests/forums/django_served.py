"""What the forums written for Django have in common: a settings module of their own in their
folder, forms with Django's token, and scripts that run inside the forum to people it.

What it does not do: it knows no engine; `spirit` and `machina` say what differs.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from forums.served import ForumError, Served, Visitor

SETTINGS = "forum_settings"
URLS = "forum_urls"

# Put before every script that runs inside a forum: the order comes on standard input, the
# answer leaves as the last line of standard output.
_PROLOGUE = """
import json, sys
import django
django.setup()
order, made = json.load(sys.stdin), {}
"""
_EPILOGUE = """
print("\\n" + json.dumps(made))
"""


class DjangoVisitor(Visitor):
    """A browser that knows Django's token and log-in fields."""

    token_name = "csrfmiddlewaretoken"
    login_path: ClassVar[str]

    def log_in(self, name: str, password: str) -> None:
        answer = self.submit(self.login_path, username=name, password=password)
        if self.login_path in answer.url:
            raise ForumError(f"{name} could not log in")


class DjangoServed(Served):
    """A Django project around one engine, without anything that is not the engine's."""

    # Python that sets everything but what `write_config` adds
    settings: ClassVar[str]
    urls: ClassVar[str]

    def write_config(self) -> None:
        write_project(self.folder, self.settings, self.urls, self.database, self.extra_settings())

    def extra_settings(self) -> dict[str, Any]:
        """What an instance sets differently."""
        return {}

    def application(self) -> str:
        return "django.core.wsgi:get_wsgi_application()"

    def environment(self) -> dict[str, str]:
        return project_environment(self.folder)

    def run_inside(self, script: str, order: object) -> dict[str, Any]:
        """Runs `script` with the forum's models at hand; it reads `order` and fills `made`."""
        done = subprocess.run(
            [self.installation.python, "-W", "ignore", "-c", _PROLOGUE + script + _EPILOGUE],
            input=json.dumps(order), capture_output=True, text=True, cwd=self.folder,
            env=self.environment(),
        )
        if done.returncode:
            raise ForumError(f"a script inside {self.engine} failed:\n{done.stderr[-3000:]}")
        made: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return made


def project_environment(folder: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": SETTINGS}


def write_project(
    folder: Path, settings: str, urls: str, database: Path, extra: Mapping[str, Any]
) -> None:
    lines = {
        "DEBUG": False,
        "SECRET_KEY": "of a test forum, not a secret",
        # the onion's name, the loopback address, and names that tests make up
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": URLS,
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "OPTIONS": {"timeout": 20},
            }
        },
        "MEDIA_ROOT": str(folder / "media"),
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        **extra,
    }
    overruled = "".join(f"{key} = {value!r}\n" for key, value in lines.items())
    (folder / f"{SETTINGS}.py").write_text(f"{settings}\n{overruled}")
    (folder / f"{URLS}.py").write_text(urls)
