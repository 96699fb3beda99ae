"""Quoted replies and private messages on forums that really run: each stands in the forum's own
database exactly once, says what the worker wrote, and goes to whom it was meant for, also when
the program is killed over it.

FlaskBB and Spirit have both; machina, which has no private messages and no form for quoting, is
there for its Markdown. An engine whose Python is missing is skipped. Tor has no part in this and
is left out (`tor.mode = "direct"`); test_loop.py has it.
"""

from __future__ import annotations

import dataclasses
import html
import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.desk import Browser, CasePage, Desk
from e2e.people import (
    CLIENT,
    DESK_PASSWORDS,
    FORUM_USERS,
    NGO,
    NGO_PASSWORD,
    PEER,
    QUESTION,
    SMALL_TALK,
    WORKER,
)
from e2e.service import Forum, Service, free_port
from forums import flaskbb, machina, spirit
from forums.awkward import AwkwardProxy, Plan, Trouble
from forums.served import MissingPythonError, Served, StoredMessage, StoredPost

ENGINES = {"flaskbb": flaskbb.FlaskBB, "spirit": spirit.Spirit, "machina": machina.Machina}
WITH_MESSAGES = ["flaskbb", "spirit"]
LOOK_INTERVAL_S = 3
SETTLE_S = 2
ARRIVAL_TIMEOUT_S = 90
QUIET_S = 10

# what a worker may write without meaning any of it as markup
TRAPS = """Здравствуйте! Вот что нужно знать:

1. Приходите в автобус.
* только сегодня
#важное > не цитата
    с отступом

Есть:
- шприцы
- вода
Адрес: https://example.org/a_b_c?x=1&y=2, ждём :) (пункт 8) ;-) :smile:
2 * 3 * 4, _подчёркнуто_, **жирно**, `код`, ~~зачёркнуто~~, [текст](http://example.org/x), [b]тег[/b]
<b>тег</b> &amp; R&D, 5 < 6, a\\*b
Итого
---
всё."""

numbers = itertools.count(1)


@dataclasses.dataclass
class Scene:
    """A case whose question another post stands below, claimed by a worker."""

    service: Service
    proxy: AwkwardProxy
    forum: Served
    topic: int
    case: CasePage
    # messages that other tests left in the forum
    before: int

    def ours(self) -> list[StoredPost]:
        return [post for post in self.forum.posts(self.topic)[1:] if post.author == NGO]

    def messages(self) -> list[StoredMessage]:
        return self.forum.messages()[self.before:]

    def kill_and_restart(self) -> None:
        """SIGKILL; what the proxy still held is dropped; then the program starts again."""
        self.service.kill()
        self.proxy.calm()
        self.service.start()

    def wait_for_log(self, words: str, timeout_s: float = 90) -> None:
        end = time.monotonic() + timeout_s
        while words not in self.service.log.read_text(errors="replace"):
            assert time.monotonic() < end, self.service.log_tail()
            time.sleep(0.5)

    def wait_until_confirmed(self) -> None:
        """Waits for the desk to know, and long enough for a second one to follow."""
        self.case.wait_for_delivery("confirmed", ARRIVAL_TIMEOUT_S)
        time.sleep(QUIET_S)

    def extracted(self) -> dict[str, object]:
        """The thread's page, as the program reads it."""
        page = self.service.folder / "thread.html"
        url = self.forum.topic_url(self.topic)
        path = url.removeprefix(self.forum.public_url)
        page.write_text(self.forum.as_user(CLIENT).get(path).text)
        done = subprocess.run(
            [self.service.binary, "extract", "--profile", self.forum.profile, "--url", url, page],
            capture_output=True, text=True, check=True,
        )
        return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def proxy() -> Iterator[AwkwardProxy]:
    with AwkwardProxy(upstream=free_port()) as one:
        yield one


@pytest.fixture(scope="module", params=list(ENGINES))
def forum(
    request: pytest.FixtureRequest,
    proxy: AwkwardProxy,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A forum that knows itself by the proxy's address."""
    folder = tmp_path_factory.mktemp(f"replies-{request.param}")
    try:
        board = ENGINES[request.param](folder, f"127.0.0.1:{proxy.port}", proxy.upstream)
    except MissingPythonError as missing:
        pytest.skip(str(missing))
    board.provision(FORUM_USERS)
    with board:
        yield board


@pytest.fixture(scope="module")
def place(forum: Served) -> int:
    return forum.provision(forums=["Здоровье"])["forums"]["Здоровье"]


@pytest.fixture
def scene(
    service: Service, browser: Browser, forum: Served, proxy: AwkwardProxy, place: int
) -> Iterator[Scene]:
    proxy.calm()
    topic = forum.new_topic(NGO, place, f"Вопросы {next(numbers)}", "Спрашивайте здесь.")
    served = Forum(
        forum.public_url + "/", NGO, NGO_PASSWORD, forum.profile,
        look_interval_s=LOOK_INTERVAL_S, settle_s=SETTLE_S,
    )
    service.write_config(served, {"mode": "direct"})
    service.add_user(WORKER, DESK_PASSWORDS[WORKER], "worker")
    service.run("thread", "add", forum.topic_url(topic))
    service.start()
    forum.post(CLIENT, topic, QUESTION)
    forum.post(PEER, topic, SMALL_TALK)
    desk = Desk(browser, service.url)
    desk.log_in(WORKER, DESK_PASSWORDS[WORKER])
    case = desk.wait_for_case(QUESTION, timeout_s=60)
    case.claim()
    before = len(forum.messages()) if profile_has_messages(forum) else 0
    yield Scene(service, proxy, forum, topic, case, before)
    proxy.calm()


def profile_has_messages(forum: Served) -> bool:
    return forum.engine.lower() in WITH_MESSAGES


def needs_messages(scene: Scene) -> None:
    if not profile_has_messages(scene.forum):
        pytest.skip(f"{scene.forum.engine} has no private messages")


def reached(plan: Plan) -> None:
    assert plan.reached.wait(60), "the program never came to this step"


def lines(text: str) -> list[str]:
    """What a reader sees: no joiners, no marks of lists, no space that pages do not show."""
    shown = (" ".join(line.replace("\u2060", "").split()) for line in text.splitlines())
    return [line.removeprefix("- ") for line in shown if line]


def test_a_reply_quotes_the_question_and_shows_as_it_was_written(scene: Scene) -> None:
    scene.case.reload()
    assert scene.case.quotes() is True, "another post stands below the question"
    scene.case.write(TRAPS)
    scene.case.approve()
    scene.wait_until_confirmed()
    (post,) = scene.ours()
    assert QUESTION in post.text and post.text.startswith("> "), post.text
    shown = scene.extracted()["posts"][-1]  # type: ignore[index]
    assert [quote["text"].splitlines()[-1] for quote in shown["quotes"]] == [QUESTION]
    assert lines(shown["text"]) == lines(TRAPS)


def test_a_reply_without_a_quotation_is_the_text_alone(scene: Scene) -> None:
    text = "Налоксон есть в автобусе.\n\nПриходите вечером, всё бесплатно и без документов."
    scene.case.write(text)
    scene.case.quote(False)
    scene.case.approve()
    scene.wait_until_confirmed()
    assert [post.text.replace("\r\n", "\n").strip() for post in scene.ours()] == [text]


def test_where_there_are_no_private_messages_none_are_offered(scene: Scene) -> None:
    offered = ["thread", "message"] if profile_has_messages(scene.forum) else ["thread"]
    assert scene.case.reload().routes() == offered


def test_a_private_message_arrives_once_and_nothing_of_it_is_in_the_thread(scene: Scene) -> None:
    needs_messages(scene)
    scene.case.write(TRAPS)
    scene.case.choose_route("message")
    scene.case.approve()
    scene.wait_until_confirmed()
    (message,) = scene.messages()
    assert (message.author, message.to) == (NGO, CLIENT)
    assert message.subject.startswith("Re № ") and "Вопросы" in message.subject
    assert "автобус" in html.unescape(message.text)
    assert scene.ours() == []


def test_an_answer_to_a_private_message_is_an_alarm_until_somebody_has_read_it(scene: Scene) -> None:
    writer = scene.forum.as_user(CLIENT)
    if not isinstance(writer, flaskbb.FlaskBBVisitor):
        pytest.skip(f"{scene.forum.engine} does not show that a message waits, or has none")
    scene.case.write("Приходите вечером, поговорим о результате наедине.")
    scene.case.choose_route("message")
    scene.case.approve()
    scene.wait_until_confirmed()
    assert "unread_message" not in scene.service.log.read_text()
    writer.write_to(NGO, "Re: результат", "Спасибо. А если мне прямо сейчас плохо?")
    scene.wait_for_log("unread_message")
    reader = scene.forum.as_user(NGO)
    assert isinstance(reader, flaskbb.FlaskBBVisitor)
    reader.read_messages()
    scene.wait_for_log("alarms cleared")


@pytest.mark.parametrize("trouble", [Trouble.HOLD_REQUEST, Trouble.HOLD_ANSWER])
def test_killed_over_a_private_message(scene: Scene, trouble: Trouble) -> None:
    """Before the forum has it, and after it has: once, in both cases."""
    needs_messages(scene)
    text = f"Личное сообщение {next(numbers)}: приходите, поговорим о результате наедине."
    post = scene.proxy.plan(trouble, scene.forum.message_path(), method="POST")
    scene.case.write(text)
    scene.case.choose_route("message")
    scene.case.approve()
    reached(post)
    assert len(scene.messages()) == (1 if trouble is Trouble.HOLD_ANSWER else 0)
    scene.kill_and_restart()
    scene.wait_until_confirmed()
    assert [message.text.strip() for message in scene.messages()] == [text]
    assert scene.ours() == []


def test_the_forum_takes_a_private_message_and_drops_the_line(scene: Scene) -> None:
    needs_messages(scene)
    text = f"Личное сообщение {next(numbers)}: приходите, поговорим о результате наедине."
    scene.proxy.plan(Trouble.DROP_ANSWER, scene.forum.message_path(), method="POST")
    scene.case.write(text)
    scene.case.choose_route("message")
    scene.case.approve()
    scene.wait_until_confirmed()
    assert [message.text.strip() for message in scene.messages()] == [text]


def test_nobody_of_that_name_is_told_to_the_worker(scene: Scene, tmp_path: Path) -> None:
    """The client's account is gone by the time the message leaves."""
    needs_messages(scene)
    text = "Приходите, поговорим о результате наедине."
    scene.case.write(text)
    scene.case.choose_route("message")
    rename(scene.forum, CLIENT, "другое имя")
    try:
        scene.case.approve()
        scene.case.wait_for_delivery("refused", ARRIVAL_TIMEOUT_S)
        assert "такого имени на форуме нет" in scene.case.text
        assert scene.messages() == [] and scene.ours() == []
    finally:
        rename(scene.forum, "другое имя", CLIENT)


def rename(forum: Served, old: str, new: str) -> None:
    """Behind the forum's back, as an administrator would through it."""
    import sqlite3

    table = "users" if forum.engine == "FlaskBB" else "auth_user"
    with sqlite3.connect(forum.database, timeout=20) as connection:
        connection.execute(f"UPDATE {table} SET username = ? WHERE username = ?", (new, old))
