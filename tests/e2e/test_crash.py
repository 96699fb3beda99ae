"""Killed at each step of sending a reply, and met by a forum that takes the post and drops
the line: the reply is in the forum's database exactly once all the same.

Between the program and the forum stands `forums.awkward`, which says when the forum has the
post and when the answer is on its way, so that the kill comes at that very moment. Tor has no
part in this and is left out (`tor.mode = "direct"`); test_loop.py has it.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Iterator

import pytest

from browser.desk import Browser, CasePage, Desk
from e2e.people import CLIENT, DESK_PASSWORDS, FORUM_USERS, NGO, NGO_PASSWORD, QUESTION, WORKER
from e2e.service import Forum, Service, free_port
from forums.awkward import AwkwardProxy, Plan, Trouble
from forums.choice import make_forum
from forums.served import Served

LOOK_INTERVAL_S = 3
SETTLE_S = 2
# a reply whose sending is in doubt is looked for twice, 2 and 4 s apart, before a second try
SEND_TIMEOUT_S = 90
CONFIRM_TIMEOUT_S = 60
QUIET_S = 10
REACHED_TIMEOUT_S = 60
EVERYTHING = 10**9

numbers = itertools.count(1)


@dataclasses.dataclass
class Scene:
    """A case with a reply in the editor, one click before its approval."""

    service: Service
    proxy: AwkwardProxy
    forum: Served
    topic: int
    text: str
    case: CasePage

    def approve(self) -> None:
        self.case.approve()

    def kill_and_restart(self) -> None:
        """SIGKILL; what the proxy still held is dropped; then the program starts again."""
        self.service.kill()
        self.proxy.calm()
        self.service.start()

    def count(self) -> int:
        return sum(post.author == NGO and self.text in post.text
                   for post in self.forum.posts(self.topic))

    def assert_sent_exactly_once(self) -> None:
        """Waits for the reply, for the desk to know of it, and that no second one follows."""
        deadline = time.monotonic() + SEND_TIMEOUT_S
        while self.count() == 0 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert self.count() == 1, f"{self._what_happened()}\n{self.service.log_tail()}"
        # the session of the desk outlives the restart, the worker's page does too
        self.case.wait_for_delivery("confirmed", CONFIRM_TIMEOUT_S)
        time.sleep(QUIET_S)
        assert self.count() == 1, f"{self._what_happened()}\n{self.service.log_tail()}"

    def _what_happened(self) -> str:
        posts = self.proxy.seen("POST", self.forum.reply_path())[-5:]
        return f"{self.count()} replies in the forum; the proxy saw {posts}"


@pytest.fixture(scope="module")
def proxy() -> Iterator[AwkwardProxy]:
    with AwkwardProxy(upstream=free_port()) as one:
        yield one


@pytest.fixture(scope="module")
def forum(
    proxy: AwkwardProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A forum that knows itself by the proxy's address."""
    folder = tmp_path_factory.mktemp("crash-forum")
    board = make_forum(folder, f"127.0.0.1:{proxy.port}", proxy.upstream)
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
    number = next(numbers)
    topic = forum.new_topic(NGO, place, f"Вопросы {number}", "Здравствуйте! Спрашивайте здесь.")
    served = Forum(
        forum.public_url + "/", NGO, NGO_PASSWORD, forum.profile,
        look_interval_s=LOOK_INTERVAL_S, settle_s=SETTLE_S,
    )
    service.write_config(served, {"mode": "direct"})
    service.add_user(WORKER, DESK_PASSWORDS[WORKER], "worker")
    service.run("thread", "add", forum.topic_url(topic))
    service.start()
    forum.post(CLIENT, topic, QUESTION)
    desk = Desk(browser, service.url)
    desk.log_in(WORKER, DESK_PASSWORDS[WORKER])
    case = desk.wait_for_case(QUESTION, timeout_s=60)
    case.claim()
    text = f"Ответ номер {number}: налоксон есть в автобусе, приходите вечером."
    case.write(text)
    yield Scene(service, proxy, forum, topic, text, case)
    proxy.calm()


def reached(plan: Plan) -> None:
    assert plan.reached.wait(REACHED_TIMEOUT_S), "the program never came to this step"


def test_undisturbed(scene: Scene) -> None:
    """The measure for all the others: without trouble, one post and one request for it."""
    scene.approve()
    scene.assert_sent_exactly_once()
    posts = scene.proxy.seen("POST", scene.forum.reply_path(scene.topic))
    assert len(posts) == 1


def test_killed_before_anything_left(scene: Scene) -> None:
    scene.proxy.plan(Trouble.DROP_REQUEST, method="*", times=EVERYTHING)
    scene.approve()
    time.sleep(1)
    scene.kill_and_restart()
    scene.assert_sent_exactly_once()


def test_killed_while_the_form_is_fetched(scene: Scene) -> None:
    fetch = scene.proxy.plan(Trouble.HOLD_ANSWER, method="GET", times=EVERYTHING)
    scene.approve()
    reached(fetch)
    scene.kill_and_restart()
    scene.assert_sent_exactly_once()


def test_killed_after_sending_what_never_arrived(scene: Scene) -> None:
    post = scene.proxy.plan(Trouble.HOLD_REQUEST, scene.forum.reply_path())
    scene.approve()
    reached(post)
    assert scene.count() == 0
    scene.kill_and_restart()
    scene.assert_sent_exactly_once()


def test_killed_after_the_forum_accepted(scene: Scene) -> None:
    post = scene.proxy.plan(Trouble.HOLD_ANSWER, scene.forum.reply_path())
    scene.approve()
    reached(post)
    assert scene.count() == 1
    scene.kill_and_restart()
    scene.assert_sent_exactly_once()


def test_killed_before_confirming(scene: Scene) -> None:
    """The answer to the post has come; the thread has not been read back yet."""
    post = scene.proxy.plan(Trouble.HOLD_ANSWER, scene.forum.reply_path())
    scene.approve()
    reached(post)
    reading = scene.proxy.plan(Trouble.HOLD_REQUEST, method="GET", times=EVERYTHING)
    post.release()
    reached(reading)
    scene.kill_and_restart()
    scene.assert_sent_exactly_once()


def test_killed_again_while_it_cannot_look(scene: Scene) -> None:
    """The forum has the post, the program died, and now the forum is away."""
    post = scene.proxy.plan(Trouble.HOLD_ANSWER, scene.forum.reply_path())
    scene.approve()
    reached(post)
    scene.service.kill()
    scene.proxy.calm()
    away = scene.proxy.plan(Trouble.DROP_REQUEST, method="*", times=EVERYTHING)
    scene.service.start()
    reached(away)
    time.sleep(2 * SETTLE_S)
    scene.kill_and_restart()
    scene.assert_sent_exactly_once()


def test_the_forum_accepts_and_drops_the_line(scene: Scene) -> None:
    post = scene.proxy.plan(Trouble.DROP_ANSWER, scene.forum.reply_path())
    scene.approve()
    reached(post)
    scene.assert_sent_exactly_once()


def test_the_line_drops_before_the_forum_has_it(scene: Scene) -> None:
    post = scene.proxy.plan(Trouble.DROP_REQUEST, scene.forum.reply_path())
    scene.approve()
    reached(post)
    scene.assert_sent_exactly_once()
