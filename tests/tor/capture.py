"""Evidence of where a process connects to: nothing past Tor, nothing to a name server.

Three witnesses, each of its own kind:
- `ConnectTrace` runs the program under strace and has every connect and every datagram of
  every thread, none missed. It is the one to rely on.
- `PacketCapture` is tcpdump: what went over the wires of this machine, whoever sent it.
- `SocketWatch` reads /proc a few dozen times a second and says which sockets a process
  holds, in particular which ports it listens on itself.

What it does not do: it does not judge. The test compares the evidence with what is allowed.
Needs Linux; strace needs leave to trace, tcpdump needs root (or sudo without a password).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

DNS_PORTS = {53, 853, 5353}


@dataclasses.dataclass(frozen=True, order=True)
class Endpoint:
    """Where something went: `protocol` is tcp, udp or unknown."""

    protocol: str
    address: str
    port: int


# -- strace ----------------------------------------------------------------------------------

# io_uring and TCP Fast Open could send without a connect: seeing them spoils the evidence.
_CALLS = "connect,sendto,sendmsg,sendmmsg,socket,io_uring_setup"
_ADDRESS = re.compile(
    r"sin6?_port=htons\((?P<port>\d+)\)"
    r".*?(?:sin_addr=inet_addr\(\"(?P<v4>[^\"]+)\"\)|inet_pton\(AF_INET6, \"(?P<v6>[^\"]+)\")"
)


class ConnectTrace:
    """A program under strace, by way of its command line.

    Start `command(...)` in place of the program: the process that is started is the program
    itself, the tracer runs beside it and ends with it. Read `endpoints()` afterwards.
    """

    def __init__(self, output: Path) -> None:
        self.output = Path(output)

    @staticmethod
    def works() -> bool:
        """Whether strace is here and may trace (containers often forbid it)."""
        if not shutil.which("strace"):
            return False
        probe = ["strace", "-f", "-qq", "-e", "trace=none", "true"]
        return subprocess.run(probe, capture_output=True).returncode == 0

    def command(self, program: Sequence[str | Path]) -> list[str | Path]:
        return [
            "strace", "-D", "-f", "-qq", "--seccomp-bpf", "-yy", "-s", "0",
            "-e", f"trace={_CALLS}", "-e", "signal=none", "-o", self.output, "--", *program,
        ]

    def lines(self) -> list[str]:
        """Traced calls; one that another thread interrupted is put together again."""
        begun: dict[str, str] = {}
        whole: list[str] = []
        for line in self.output.read_text(errors="replace").splitlines():
            pid, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                begun[pid] = call.removesuffix("<unfinished ...>").rstrip()
            elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
                whole.append(begun.pop(pid, "") + resumed[1])
            else:
                whole.append(call)
        # killed in the middle of a call: its arguments are there all the same
        return whole + list(begun.values())

    def endpoints(self) -> set[Endpoint]:
        """Every internet address that was connected or sent to, tried or done."""
        found: set[Endpoint] = set()
        for line in self.lines():
            if not re.match(r"(connect|sendto|sendmsg|sendmmsg)\(", line):
                continue
            protocol = "unknown"
            if kind := re.match(r"\w+\(\d+<(TCP|UDP)(?:v6)?:", line):
                protocol = kind[1].lower()
            for address in _ADDRESS.finditer(line):
                host = address["v4"] or address["v6"]
                found.add(Endpoint(protocol, host, int(address["port"])))
        return found

    def complaints(self) -> list[str]:
        """Calls that could have sent something unseen; empty in good evidence."""
        return [
            line for line in self.lines()
            if "MSG_FASTOPEN" in line
            or (line.startswith("io_uring_setup(") and not re.search(r"= -1 E", line))
            or re.match(r"socket\((AF_PACKET|AF_INET6?, SOCK_RAW)", line)
            # a resolver in another process, asked over its Unix socket
            or re.search(r'sun_path="[^"]*(resolve|avahi)[^"]*"\}.* = 0', line)
        ]

    def wait_ended(self, timeout_s: float = 10) -> None:
        """Waits until the tracer has written its last line."""
        deadline = time.monotonic() + timeout_s
        size = -1
        while time.monotonic() < deadline:
            now = self.output.stat().st_size if self.output.exists() else 0
            if now == size:
                return
            size = now
            time.sleep(0.5)


# -- tcpdump ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Packet:
    """A packet as tcpdump prints it, and where it went."""

    target: Endpoint
    source_port: int
    text: str


class PacketCapture:
    """tcpdump on all interfaces. A context manager; `packets()` during it or afterwards.

    `ports` are watched for new TCP connections (SYN packets), and name-server traffic of
    any kind is caught besides.
    """

    def __init__(self, ports: Iterable[int]) -> None:
        self.ports = set(ports)
        self._lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @staticmethod
    def works() -> bool:
        command = PacketCapture._tcpdump()
        if not command:
            return False
        # opens the capture device and is ended at once
        try:
            probe = [*command, "-i", "any", "-c", "1", "-w", "/dev/null"]
            done = subprocess.run(probe, capture_output=True, timeout=1)
        except subprocess.TimeoutExpired:
            return True
        return done.returncode == 0

    @staticmethod
    def _tcpdump() -> list[str]:
        if not shutil.which("tcpdump") and not Path("/usr/sbin/tcpdump").exists():
            return []
        tool = shutil.which("tcpdump") or "/usr/sbin/tcpdump"
        return [tool] if os.geteuid() == 0 else ["sudo", "-n", tool]

    def __enter__(self) -> PacketCapture:
        syn = "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn"
        wanted = " or ".join(f"dst port {port}" for port in sorted(self.ports)) or "dst port 0"
        names = " or ".join(f"port {port}" for port in sorted(DNS_PORTS))
        self._process = subprocess.Popen(
            [*self._tcpdump(), "-i", "any", "-nn", "-l", "--immediate-mode",
             f"({syn} and ({wanted})) or {names}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        stderr = self._process.stderr.fileno()
        deadline = time.monotonic() + 10
        said = ""
        while "listening on" not in said:
            # the descriptor, not the file: a line in the file's buffer makes nothing readable
            if select.select([stderr], [], [], 1)[0] and (data := os.read(stderr, 4096)):
                said += data.decode(errors="replace")
                continue
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"tcpdump did not start: {said}")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        time.sleep(0.3)  # packets that are under way to us
        self.stop()

    def stop(self) -> None:
        if self._process is None:
            return
        if os.geteuid() == 0:
            self._process.send_signal(signal.SIGINT)
        else:
            group = f"-{self._process.pid}"
            subprocess.run(["sudo", "-n", "kill", "-INT", "--", group], capture_output=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._reader is not None:
            self._reader.join(5)
        self._process = None

    def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip())

    def packets(self) -> list[Packet]:
        found: list[Packet] = []
        for line in list(self._lines):
            ends = re.search(r"IP6? (\S+)\.(\d+) > (\S+)\.(\d+): (.*)", line)
            if ends:
                protocol = "tcp" if ends[5].startswith("Flags") else "udp"
                target = Endpoint(protocol, ends[3], int(ends[4]))
                found.append(Packet(target, int(ends[2]), line))
        return found

    def connections(self) -> list[Packet]:
        """New TCP connections to one of the watched ports, by anybody."""
        return [packet for packet in self.packets() if packet.target.port in self.ports]

    def name_queries(self) -> list[Packet]:
        """Packets to name servers, by anybody on this machine."""
        return [packet for packet in self.packets() if packet.target.port in DNS_PORTS]


# -- /proc -----------------------------------------------------------------------------------


class SocketWatch:
    """Samples the sockets of a process and its children while the context lasts."""

    def __init__(self, pid: int, period_s: float = 0.03) -> None:
        self.pid = pid
        self.period_s = period_s
        self.listening: set[int] = set()
        self._pairs: set[tuple[int, Endpoint]] = set()
        self.samples = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> SocketWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(5)

    @property
    def endpoints(self) -> set[Endpoint]:
        """The other ends of connections that were not made to a port of the process."""
        return {other for port, other in self._pairs if port not in self.listening}

    def _run(self) -> None:
        while not self._stop.wait(self.period_s):
            inodes: set[int] = set()
            for pid in _with_children(self.pid):
                inodes |= _socket_inodes(pid)
            for name in ("tcp", "tcp6", "udp", "udp6"):
                self._read(name, inodes)
            self.samples += 1

    def _read(self, name: str, inodes: set[int]) -> None:
        try:
            rows = Path(f"/proc/{self.pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            return
        for row in rows:
            fields = row.split()
            if int(fields[9]) not in inodes:
                continue
            address, port = _decode(fields[2])
            if port:
                own_port = _decode(fields[1])[1]
                self._pairs.add((own_port, Endpoint(name[:3], address, port)))
            elif name.startswith("tcp") and fields[3] == "0A":
                self.listening.add(_decode(fields[1])[1])


def _with_children(pid: int) -> set[int]:
    found = {pid}
    waiting = [pid]
    while waiting:
        for path in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in map(int, path.read_text().split()):
                    if child not in found:
                        found.add(child)
                        waiting.append(child)
    return found


def _socket_inodes(pid: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if inode := re.fullmatch(r"socket:\[(\d+)\]", str(entry.readlink())):
                    found.add(int(inode[1]))
    return found


def _decode(text: str) -> tuple[str, int]:
    """An address of /proc/net/tcp: hexadecimal, in words of the machine's byte order."""
    address, port = text.split(":")
    words = bytes.fromhex(address)
    turned = b"".join(
        struct.pack("!I", struct.unpack("=I", words[at : at + 4])[0])
        for at in range(0, len(words), 4)
    )
    family = socket.AF_INET if len(turned) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, turned).removeprefix("::ffff:"), int(port, 16)
