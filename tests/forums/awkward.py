"""A proxy that stands in front of a forum and misbehaves on demand.

What it does: passes HTTP/1.1 requests on to a server on loopback byte for byte, and, for
the requests that a `Plan` names, drops the line before the forum has seen them, drops it
after the forum has carried them out, or holds request or answer until told. It remembers
every request with what became of it.

What it does not do: TLS, chunked request bodies, several requests in flight on one line.
One request a connection: the forum's answer is passed on with the line closed after it.

As a command it passes everything, or spoils the first post:
    python tests/forums/awkward.py --to PORT [--trouble drop-answer]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import enum
import re
import socket
import struct
import threading
import time
from types import TracebackType

TIMEOUT_S = 60


class Trouble(enum.Enum):
    """What happens to a request."""

    NONE = "none"
    DROP_REQUEST = "drop-request"  # the forum never sees it
    DROP_ANSWER = "drop-answer"  # the forum does it; who asked is never told
    HOLD_REQUEST = "hold-request"  # waits before the forum sees it
    HOLD_ANSWER = "hold-answer"  # the forum does it at once; the answer waits


@dataclasses.dataclass(frozen=True)
class Seen:
    """One request, and its answer's status where one was passed on (None: none was)."""

    method: str
    path: str
    trouble: Trouble
    status: int | None
    at: float


@dataclasses.dataclass
class Plan:
    """A trouble for the next requests that fit; made by `AwkwardProxy.plan`.

    `reached` is set when the first of them has met its trouble: for DROP_ANSWER and
    HOLD_ANSWER that is after the forum has answered. A held request or answer goes on after
    `release`, or is dropped after `drop`.
    """

    trouble: Trouble
    method: str
    path: re.Pattern[str]
    left: int
    reached: threading.Event = dataclasses.field(default_factory=threading.Event)
    _go: threading.Event = dataclasses.field(default_factory=threading.Event)
    _dropped: bool = False

    def fits(self, method: str, path: str) -> bool:
        right_method = self.method in ("*", method)
        return self.left > 0 and right_method and self.path.search(path) is not None

    def release(self) -> None:
        self._go.set()

    def drop(self) -> None:
        self._dropped = True
        self._go.set()

    def hold(self) -> bool:
        """Waits to be told; whether to go on."""
        self.reached.set()
        self._go.wait(TIMEOUT_S)
        return not self._dropped


class AwkwardProxy:
    """Listens on 127.0.0.1:`port` and passes to 127.0.0.1:`upstream`. A context manager."""

    def __init__(self, upstream: int, port: int = 0) -> None:
        self.upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._plans: list[Plan] = []
        self._seen: list[Seen] = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def plan(
        self, trouble: Trouble, path: str = "", method: str = "POST", times: int = 1
    ) -> Plan:
        """Plans trouble for the next `times` requests whose path matches (a search)."""
        plan = Plan(trouble, method, re.compile(path), times)
        with self._changed:
            self._plans.append(plan)
        return plan

    def calm(self) -> None:
        """Forgets all plans; what is held is dropped."""
        with self._changed:
            plans, self._plans = self._plans, []
        for plan in plans:
            plan.left = 0
            plan.drop()

    def seen(self, method: str = "*", path: str = "") -> list[Seen]:
        """The requests so far that match, oldest first."""
        with self._changed:
            return [
                one for one in self._seen
                if method in ("*", one.method) and re.search(path, one.path)
            ]

    def wait_for(self, count: int, method: str, path: str, timeout_s: float) -> bool:
        """Waits until so many matching requests have been seen through."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while len(self.seen(method, path)) < count:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return len(self.seen(method, path)) >= count
        return True

    def start(self) -> AwkwardProxy:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._closing = True
        self.calm()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def __enter__(self) -> AwkwardProxy:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- one connection ----------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closing:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(line,), daemon=True).start()

    def _handle(self, line: socket.socket) -> None:
        line.settimeout(TIMEOUT_S)
        with contextlib.suppress(OSError, ValueError), line:
            request = _read_request(line)
            if request is None:
                return
            method, path = request.split(b" ", 2)[:2]
            self._pass(line, request, method.decode(), path.decode(errors="replace"))

    def _pass(self, line: socket.socket, request: bytes, method: str, path: str) -> None:
        plan = self._take(method, path)
        trouble = plan.trouble if plan else Trouble.NONE
        status: int | None = None
        try:
            if plan and trouble is Trouble.DROP_REQUEST:
                plan.reached.set()
                _reset(line)
                return
            if plan and trouble is Trouble.HOLD_REQUEST and not plan.hold():
                _reset(line)
                return
            answer = self._ask(request)
            if plan and trouble is Trouble.DROP_ANSWER:
                plan.reached.set()
                _reset(line)
                return
            if plan and trouble is Trouble.HOLD_ANSWER and not plan.hold():
                _reset(line)
                return
            line.sendall(answer)
            status = int(answer.split(b" ", 2)[1])
        finally:
            with self._changed:
                self._seen.append(Seen(method, path, trouble, status, time.time()))
                self._changed.notify_all()

    def _take(self, method: str, path: str) -> Plan | None:
        with self._changed:
            for plan in self._plans:
                if plan.fits(method, path):
                    plan.left -= 1
                    return plan
        return None

    def _ask(self, request: bytes) -> bytes:
        """The forum's whole answer, with the line closed after it."""
        with socket.create_connection(("127.0.0.1", self.upstream), TIMEOUT_S) as forum:
            forum.sendall(_closing(request))
            parts: list[bytes] = []
            while data := forum.recv(65536):
                parts.append(data)
        return b"".join(parts)


def _read_request(line: socket.socket) -> bytes | None:
    """One request with its body; None when the line was closed without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"^content-length:\s*(\d+)\s*$", head, re.I | re.M)
    while length and len(body) < int(length[1]):
        more = line.recv(65536)
        if not more:
            return None
        body += more
    return head + b"\r\n\r\n" + body


def _closing(request: bytes) -> bytes:
    """The same request, asking the server to close the line after its answer."""
    head, body = request.split(b"\r\n\r\n", 1)
    ours = re.compile(rb"(proxy-)?connection:", re.I)
    lines = [line for line in head.split(b"\r\n") if not ours.match(line)]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


def _reset(line: socket.socket) -> None:
    """Closes the line hard: the other side sees a reset, not an end."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A misbehaving proxy before a forum.")
    parser.add_argument("--to", type=int, required=True, help="the forum's port")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--trouble", type=Trouble, default=Trouble.NONE, choices=list(Trouble))
    options = parser.parse_args()
    with AwkwardProxy(options.to, options.port) as proxy:
        proxy.plan(options.trouble, path="/topic/")
        print(f"http://127.0.0.1:{proxy.port}/", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
