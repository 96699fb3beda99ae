"""The loop, end to end, with nothing replaced: a question on a forum behind an onion service
comes to the desk, a worker answers it in a browser without JavaScript, and the reply stands
in the forum's own database, once.

The forum is reached by its Unix socket from the onion service. Its TCP port stays open and
is nobody's business: whoever connects to it during the run has gone round Tor.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import time
from pathlib import Path

import pytest

from browser.desk import PHONE, Browser, Desk, at_desk
from e2e.people import (
    ANSWER,
    ANSWER_BEGINS,
    CLIENT,
    DESK_PASSWORDS,
    NGO,
    NGO_PASSWORD,
    PEER,
    QUESTION,
    SMALL_TALK,
    VERIFIER,
    WORKER,
    open_thread,
)
from e2e.service import Forum, Service, running
from forums.served import Served, StoredPost
from tor.capture import DNS_PORTS, ConnectTrace, Endpoint, Packet, PacketCapture, SocketWatch
from tor.network import TorNetwork

HERE = Path(__file__).resolve().parent
LOOK_INTERVAL_S = 5
SETTLE_S = 3
EDIT = "\n\nАвтобус сегодня стоит до 22:00, приходите."
# long enough for several looks at the thread, in which a second reply could be sent
QUIET_S = 4 * LOOK_INTERVAL_S


@dataclasses.dataclass
class Run:
    """What one run of the loop left behind."""

    approved_text: str = ""
    confirmed_text: str = ""
    suggestions: list[str] = dataclasses.field(default_factory=list)
    phone_widths: dict[str, int] = dataclasses.field(default_factory=dict)
    posts: list[StoredPost] = dataclasses.field(default_factory=list)
    small_talk_on_desk: bool = False
    health: str = ""
    status: int | None = None
    log: str = ""
    onion: str = ""
    forum_port: int = 0
    allowed: set[Endpoint] = dataclasses.field(default_factory=set)
    traced: set[Endpoint] | None = None
    complaints: list[str] = dataclasses.field(default_factory=list)
    watched: set[Endpoint] = dataclasses.field(default_factory=set)
    samples: int = 0
    packets: list[Packet] | None = None
    capture_works: bool = False


@pytest.fixture(scope="module")
def run(
    tor: TorNetwork,
    forum: Served,
    binary: Path,
    output: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """The whole loop, once; the tests below look at what came of it."""
    folder = tmp_path_factory.mktemp("loop")
    service = Service(folder / "netreach", binary)
    topic = open_thread(forum)
    set_up(service, forum, tor, topic)

    result = Run(onion=forum.host, forum_port=forum.port)
    trace = ConnectTrace(folder / "strace") if ConnectTrace.works() else None
    capture = PacketCapture([forum.port]) if PacketCapture.works() else None
    assert trace or capture, "neither strace nor tcpdump works here: nothing could be proved"
    try:
        with (
            capture or contextlib.nullcontext(),
            running(service, trace),
            SocketWatch(service.pid) as watch,
        ):
            serve_a_client(service, forum, tor, topic, folder, output, result)
            result.status = service.stop()
            if capture:
                time.sleep(0.5)  # packets that are under way to us
                result.packets = capture.packets()
                result.capture_works = sees_a_connection(capture, forum.port)
    finally:
        if service.log.exists():
            result.log = service.log.read_text(errors="replace")
            (output / "loop.log").write_text(result.log)

    result.posts = forum.posts(topic)
    result.watched, result.samples = watch.endpoints, watch.samples
    own = {Endpoint("tcp", "127.0.0.1", port) for port in watch.listening}
    result.allowed = own | {Endpoint("tcp", "127.0.0.1", port) for port in tor.relay_ports}
    if trace:
        trace.wait_ended()
        result.traced, result.complaints = trace.endpoints(), trace.complaints()
    return result


def set_up(service: Service, forum: Served, tor: TorNetwork, topic: int) -> None:
    """What an operator does: configuration, people, answers, the thread."""
    service.write_config(
        Forum(
            forum.public_url + "/", NGO, NGO_PASSWORD, forum.profile,
            look_interval_s=LOOK_INTERVAL_S, settle_s=SETTLE_S,
        ),
        {"mode": "embedded", "config": str(tor.arti_config)},
    )
    service.add_user(WORKER, DESK_PASSWORDS[WORKER], "worker")
    service.add_user(VERIFIER, DESK_PASSWORDS[VERIFIER], "verifier")
    service.run("answers", "import", str(HERE / "answers.toml"))
    service.run("thread", "add", forum.topic_url(topic))


def serve_a_client(
    service: Service,
    forum: Served,
    tor: TorNetwork,
    topic: int,
    folder: Path,
    output: Path,
    result: Run,
) -> None:
    with at_desk(service.url, folder / "verifier", VERIFIER, DESK_PASSWORDS[VERIFIER]) as desk:
        desk.open_answer(ANSWER).verify()

    # the client comes through Tor too: nobody uses the forum's port while we watch it
    client = forum.visitor(CLIENT, proxies=tor.proxies, base=forum.public_url)
    client.reply(topic, QUESTION)

    with Browser(folder / "worker") as browser:
        assert browser.scripts_are_off()
        desk = Desk(browser, service.url)
        desk.log_in(WORKER, DESK_PASSWORDS[WORKER])
        case = desk.wait_for_case(QUESTION, timeout_s=120)
        # the case's own page may show the thread around it; the queue is about requests
        result.small_talk_on_desk = len(desk.open_queue()) != 1
        record(browser, output, result, "queue")
        case.reload().claim()
        result.suggestions = case.suggestions()
        taken = case.take(ANSWER)
        assert ANSWER_BEGINS in taken, f"the editor holds {taken!r}"
        result.approved_text = taken.rstrip() + EDIT
        case.write(result.approved_text)
        record(browser, output, result, "case")
        case.check()
        record(browser, output, result, "confirm")
        result.confirmed_text = case.reload().approve()
        wait_for_posts(forum, topic, 120)
        case.wait_for_delivery("confirmed", timeout_s=60)
        record(browser, output, result, "case-after")
        time.sleep(QUIET_S)
        # by now Tor's heartbeat, every 15 s, is from after Tor was ready
        result.health = service.run("healthcheck").strip()


def sees_a_connection(capture: PacketCapture, port: int) -> bool:
    """Connects to the forum's port ourselves: a capture that misses this proves nothing."""
    before = len(capture.connections())
    socket.create_connection(("127.0.0.1", port), 5).close()
    deadline = time.monotonic() + 5
    while len(capture.connections()) == before and time.monotonic() < deadline:
        time.sleep(0.1)
    return len(capture.connections()) == before + 1


def record(browser: Browser, output: Path, result: Run, name: str) -> None:
    """Pictures for people, and whether the page fits a phone."""
    browser.screenshots(output / "screenshots", name)
    browser.show_as(PHONE, "light")
    result.phone_widths[name] = browser.content_width()
    browser.show_as(1280, "light")


def wait_for_posts(forum: Served, topic: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if len(ours(forum.posts(topic))) > 0:
            return
        time.sleep(0.5)
    raise AssertionError(f"no reply on the forum after {timeout_s} s: {forum.posts(topic)}")


def ours(posts: list[StoredPost]) -> list[StoredPost]:
    """The NGO's posts after the one with which it opened the thread."""
    return [post for post in posts[1:] if post.author == NGO]


def plain(text: str) -> str:
    """Line ends and white space at the ends are the browser's and the forum's business."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


# -- what came of it -------------------------------------------------------------------------


def test_the_reply_is_in_the_forum_exactly_once(run: Run) -> None:
    texts = [plain(post.text) for post in ours(run.posts)]
    assert texts == [plain(run.approved_text)]
    assert [post.author for post in run.posts] == [NGO, PEER, CLIENT, NGO]


def test_the_worker_confirmed_the_text_that_was_sent(run: Run) -> None:
    assert plain(run.confirmed_text) == plain(run.approved_text)


def test_only_the_verified_answer_was_suggested(run: Run) -> None:
    assert run.suggestions == [ANSWER]


def test_only_the_question_became_a_case(run: Run) -> None:
    assert not run.small_talk_on_desk


def test_pages_fit_a_phone(run: Run) -> None:
    assert {name: width for name, width in run.phone_widths.items() if width > PHONE} == {}


def test_the_service_is_healthy_while_tor_is_ready(run: Run) -> None:
    assert run.health == "healthy"


def test_the_service_ends_cleanly_on_sigterm(run: Run) -> None:
    assert run.status == 0


def test_every_connection_was_to_tor_by_strace(run: Run) -> None:
    """strace misses nothing: each connect and each datagram of each thread."""
    if run.traced is None:
        pytest.skip("strace may not trace here")
    assert run.complaints == []
    assert run.traced - run.allowed == set()
    assert run.traced, "strace saw no connection at all: it did not work"


def test_every_connection_was_to_tor_by_proc(run: Run) -> None:
    assert run.samples > 100
    assert run.watched - run.allowed == set()


def test_nobody_used_the_forums_own_port(run: Run) -> None:
    if run.packets is None:
        pytest.skip("tcpdump may not capture here")
    assert run.capture_works, "tcpdump missed a connection that was certainly made"
    assert [packet for packet in run.packets if packet.target.port == run.forum_port] == []


def test_no_name_was_looked_up(run: Run) -> None:
    if run.traced is not None:
        assert {one for one in run.traced if one.port in DNS_PORTS} == set()
    assert {one for one in run.watched if one.port in DNS_PORTS} == set()
    # the rest of the machine may look up names, but nobody may ask for an onion's
    asked = [packet for packet in run.packets or [] if packet.target.port in DNS_PORTS]
    assert [packet for packet in asked if ".onion" in packet.text.lower()] == []


def test_the_log_names_nobody_and_nothing(run: Run) -> None:
    secret = {
        "nickname": [CLIENT, PEER],
        "text": [QUESTION, SMALL_TALK, ANSWER_BEGINS, EDIT.strip()],
        "address": [run.onion, run.onion.removesuffix(".onion")],
        "password": [NGO_PASSWORD, *DESK_PASSWORDS.values()],
    }
    assert run.log, "the service logs nothing at all"
    assert [kind for kind, words in secret.items() if any(word in run.log for word in words)] == []
