"""A private Tor network on loopback: authorities, relays, one client with onion services.

What it does: runs eleven or so C-tor processes (Debian's `tor`, which brings `tor-gencert`)
that form a complete network of their own, publishes onion services in it, and writes an
`arti.toml` with which an arti client uses this network and no other. Ready in about fifteen
seconds. A network that does not come up is torn down and tried once more.

What it does not do: it never touches the public Tor network, never listens outside
127.0.0.1, and says nothing about anonymity; all "relays" are one machine.

Node keys are slow to make (RSA) and may be kept between runs: `key_cache`, or the variable
NETREACH_TOR_KEYS.

In a test:
    with TorNetwork(folder) as tor:
        address = tor.add_onion(80, port_of_my_server)
        requests.get(f"http://{address}/", proxies=tor.proxies)
As a command:
    python tests/tor/network.py start --dir DIR [--hs 80:127.0.0.1:PORT]…
    python tests/tor/network.py add   --dir DIR --hs 80:127.0.0.1:PORT
    python tests/tor/network.py stop  --dir DIR
`start` leaves the processes running and writes DIR/net.json (pids, ports, onions).
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

# The smallest intervals, in seconds, that C-tor accepts in a testing network.
FIRST_VOTING_INTERVAL = 5
VOTE_DELAY = 2
DIST_DELAY = 2
# Later consensuses come at this interval; each is valid for six of them.
VOTING_INTERVAL = 300
# Keys that expire sooner than this are made anew.
MIN_KEY_LIFE = timedelta(days=30)

AUTHORITIES = 3  # fewer, and bandwidths do not count as measured
RELAYS = 4
EXITS = 2  # with one, C-tor complains each second; our own traffic never leaves
START_TIMEOUT_S = 60


class NetworkError(RuntimeError):
    """The private network did not come up, or something it needs is missing."""


COMMON = """\
TestingTorNetwork 1
DataDirectory {folder}
Nickname {name}
RunAsDaemon 0
Log notice file {folder}/notice.log
SafeLogging 0
LogTimeGranularity 1
ShutdownWaitLength 0
AvoidDiskWrites 1
Address 127.0.0.1
AssumeReachable 1
PathsNeededToBuildCircuits 0.67
"""

RELAY = """\
SocksPort 0
ORPort 127.0.0.1:{or_port}
ContactInfo none@test.invalid
MaxMemInQueues 256 MB
NumCPUs 1
"""

NO_EXIT = "ExitPolicy reject *:*\n"
EXIT = """\
ExitRelay 1
ExitPolicyRejectPrivate 0
ExitPolicy accept *:*
"""

# Arti uses only relays that are Fast and, for long circuits, Stable: authorities must hand
# these flags to relays that have been up for seconds. Its HSDir ring follows the consensus
# parameter `hsdir_interval`, C-tor's in a testing network the length of a shared-random
# run: they agree only when one is set from the other.
AUTHORITY = """\
DirPort 127.0.0.1:{dir_port}
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingV3AuthInitialVotingInterval {first_interval}
TestingV3AuthVotingStartOffset {offset}
TestingV3AuthInitialVoteDelay {vote_delay}
TestingV3AuthInitialDistDelay {dist_delay}
V3AuthVotingInterval {interval}
V3AuthVoteDelay {vote_delay}
V3AuthDistDelay {dist_delay}
V3AuthNIntervalsValid 6
V3BandwidthsFile {bandwidths}
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
TestingMinFastFlagThreshold 0
AuthDirFastGuarantee 1 KBytes
AuthDirGuardBWGuarantee 1 KBytes
AuthDirVoteStableGuaranteeMinUptime 0 seconds
AuthDirVoteStableGuaranteeMTBF 0 seconds
ConsensusParams hsdir_interval={hsdir_interval} guard-min-filtered-sample-size=3 \
guard-max-sample-size={nodes} cbtinitialtimeout=10000
"""

CLIENT = """\
ORPort 0
SocksPort 127.0.0.1:{socks_port}
ControlPort 127.0.0.1:{control_port}
CookieAuthentication 1
"""

ARTI = """\
# A private test network: every address in here is on this machine.
# Where the client keeps its state is not said here; the program that uses it decides.
[path_rules]
ipv4_subnet_family_prefix = 33
ipv6_subnet_family_prefix = 129

[address_filter]
allow_local_addrs = true

[preemptive_circuits]
initial_predicted_ports = []

[tor_network]
fallback_caches = [
{caches}
]

[tor_network.authorities]
v3idents = [{idents}]
"""


@dataclasses.dataclass
class Node:
    """One relay or authority: where it lives, its ports, and its three identities."""

    role: str
    name: str
    folder: Path
    or_port: int
    dir_port: int
    rsa: str = ""
    ed25519: str = ""
    v3ident: str = ""

    def read_identities(self) -> None:
        self.rsa = (self.folder / "fingerprint").read_text().split()[1]
        self.ed25519 = (self.folder / "fingerprint-ed25519").read_text().split()[1]
        if self.role == "auth":
            certificate = (self.folder / "keys" / "authority_certificate").read_text()
            self.v3ident = re.findall(r"^fingerprint (\S+)", certificate, re.M)[0]

    def directory(self, path: str) -> str:
        """Asks this authority's directory port."""
        url = f"http://127.0.0.1:{self.dir_port}/tor/{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=2) as answer:
            return str(answer.read().decode())


class Control:
    """A connection to a C-tor control port: commands and their events."""

    def __init__(self, port: int, cookie: Path) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 5)
        self._buffer = b""
        self.events: list[str] = []
        self.command("AUTHENTICATE " + cookie.read_bytes().hex())

    def command(self, text: str) -> list[str]:
        """Sends one command; returns its answer's lines. Raises when it is refused."""
        self._socket.sendall(text.encode() + b"\r\n")
        answer: list[str] = []
        while True:
            line = self._line(time.monotonic() + 20)
            if line is None:
                raise NetworkError(f"no answer to {text.split()[0]} on the control port")
            if line.startswith("650"):
                self.events.append(line)
                continue
            answer.append(line)
            if line[3:4] == " ":
                if not line.startswith("250"):
                    raise NetworkError(f"control port refused {text.split()[0]}: {line}")
                return answer

    def event(self, wait_s: float) -> str | None:
        """The next asynchronous event, or None when none came in time."""
        if self.events:
            return self.events.pop(0)
        return self._line(time.monotonic() + wait_s)

    def close(self) -> None:
        self._socket.close()

    def _line(self, deadline: float) -> str | None:
        while b"\r\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return None
            if not data:
                raise NetworkError("the control port closed")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line.decode(errors="replace")


class TorNetwork:
    """A private network in `folder`, which is emptied first. A context manager.

    `onions` are services to publish at the start, each (virtual port, loopback port); more
    can be added at any time. `owner` is the process at whose end all nodes end too, so that
    a killed test run leaves nothing behind; None leaves them running.
    """

    def __init__(
        self,
        folder: Path,
        onions: Iterable[tuple[int, int]] = (),
        key_cache: Path | None = None,
        owner: int | None = None,
        report: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.folder = Path(folder).resolve()
        cache = key_cache or os.environ.get("NETREACH_TOR_KEYS")
        self.key_cache = Path(cache).resolve() if cache else None
        self.owner = owner
        self.onions: list[str] = []
        self.nodes: list[Node] = []
        self.socks_port = 0
        self.control_port = 0
        self.ready_s = 0.0
        self._wanted = list(onions)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._pids: dict[str, int] = {}
        self._say = report
        self._t0 = time.monotonic()

    # -- for users ---------------------------------------------------------------------

    @property
    def proxies(self) -> dict[str, str]:
        """For `requests`: everything through the network's C-tor client."""
        proxy = f"socks5h://127.0.0.1:{self.socks_port}"
        return {"http": proxy, "https": proxy}

    @property
    def arti_config(self) -> Path:
        """The configuration with which arti joins this network."""
        return self.folder / "arti.toml"

    @property
    def relay_ports(self) -> set[int]:
        """Every port a Tor client has a reason to connect to."""
        return {node.or_port for node in self.nodes}

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the network; the one named `client` serves the onions."""
        return dict(self._pids)

    def start(self) -> TorNetwork:
        for tool in ("tor", "tor-gencert"):
            if not shutil.which(tool):
                raise NetworkError(f"{tool} is not installed (Debian: apt install tor)")
        try:
            self._attempt()
        except NetworkError as error:
            self._log(f"did not come up ({error}); trying once more")
            self.stop()
            self._attempt()
        return self

    def add_onion(self, virtual_port: int, target: int | Path) -> str:
        """Publishes a server as a new onion service; returns its host name.

        `target` is its port on 127.0.0.1, or its Unix socket (then nobody needs its port).
        Waits until the descriptors are uploaded, so that the first visitor finds it.
        """
        place = f"unix:{target}" if isinstance(target, Path) else f"127.0.0.1:{target}"
        control = self._control()
        try:
            control.command("SETEVENTS HS_DESC")
            answer = control.command(
                f"ADD_ONION NEW:ED25519-V3 Flags=Detach Port={virtual_port},{place}"
            )
            service = next(
                line.split("=", 1)[1] for line in answer if line.startswith("250-ServiceID=")
            )
            self._await_upload(control, service)
        finally:
            control.close()
        host = f"{service}.onion"
        self.onions.append(host)
        self._save()
        return host

    def remove_onion(self, host: str) -> None:
        """Takes a service down at once; clients meet an unreachable address."""
        control = self._control()
        try:
            control.command("DEL_ONION " + host.removesuffix(".onion"))
        finally:
            control.close()
        self.onions.remove(host)
        self._save()

    def stop(self) -> None:
        _end(self._pids.values(), self.folder)
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
        self._processes.clear()
        self._pids.clear()

    def __enter__(self) -> TorNetwork:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- bringing it up ----------------------------------------------------------------

    def _attempt(self) -> None:
        self._t0 = time.monotonic()
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o700)
        self.onions.clear()
        self._make_nodes()
        self._write_bandwidths()
        deadline = time.monotonic() + START_TIMEOUT_S
        self._gather_descriptors(deadline)
        self._vote(deadline)
        self._fill_caches()
        self._write_arti_config()
        self._start_client(deadline + START_TIMEOUT_S)
        for virtual_port, port in self._wanted:
            self.add_onion(virtual_port, port)
        self.ready_s = round(time.monotonic() - self._t0, 1)
        self._save()
        self._log(f"ready: SOCKS port {self.socks_port}, onions {self.onions or 'none yet'}")

    def _make_nodes(self) -> None:
        roles = ["auth"] * AUTHORITIES + ["relay"] * RELAYS + ["exit"] * EXITS
        ports = iter(free_ports(2 * len(roles) + 2))
        self.socks_port, self.control_port = next(ports), next(ports)
        self.nodes = []
        for role in roles:
            name = f"{role}{sum(node.role == role for node in self.nodes)}"
            self.nodes.append(Node(role, name, self.folder / name, next(ports), next(ports)))
        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(self._provide_keys, self.nodes))
        self._log(f"keys for {len(self.nodes)} nodes")

    def _provide_keys(self, node: Node) -> None:
        """Copies the node's keys out of the cache, or makes them and puts them there."""
        kept = self.key_cache / node.name if self.key_cache else None
        if kept and _keys_are_good(kept):
            shutil.copytree(kept, node.folder)
        else:
            _make_keys(node)
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                fresh = kept.with_name(f".{node.name}.{os.getpid()}")
                shutil.rmtree(fresh, ignore_errors=True)
                fresh.mkdir(mode=0o700)
                shutil.copytree(node.folder / "keys", fresh / "keys")
                for name in ("fingerprint", "fingerprint-ed25519"):
                    shutil.copy(node.folder / name, fresh / name)
                shutil.rmtree(kept, ignore_errors=True)
                # another run may have been quicker; its keys are as good
                with contextlib.suppress(OSError):
                    fresh.rename(kept)
                shutil.rmtree(fresh, ignore_errors=True)
        node.folder.chmod(0o700)
        node.read_identities()

    def _write_bandwidths(self) -> None:
        """Equal measured bandwidth for all: fresh relays advertise none, and a consensus
        whose weights are nearly all zero sends every path through one or two relays."""
        lines = [f"node_id=${node.rsa} bw=10000 nick={node.name}" for node in self.nodes]
        text = "\n".join([str(int(time.time())), *lines, ""])
        (self.folder / "bandwidths").write_text(text)

    def _gather_descriptors(self, deadline: float) -> None:
        """Starts all nodes and waits until every authority knows every one of them.

        The authorities start with their next vote half an interval away: voting on an
        incomplete list would give a consensus that lasts, with a few relays in it.
        """
        far_off = (int(time.time()) + VOTING_INTERVAL // 2) % VOTING_INTERVAL
        for node in self._authorities:
            self._launch(node.name, node.folder, self._torrc(node, VOTING_INTERVAL, far_off))
        for node in self._authorities:
            while not _listens(node.dir_port):
                self._pause(deadline, f"{node.name} does not listen")
        others = [node for node in self.nodes if node.role != "auth"]
        for node in others:
            self._launch(node.name, node.folder, self._torrc(node))
        patience = time.monotonic() + 12
        while missing := self._unknown_nodes():
            if time.monotonic() > patience:  # a lost upload: a restarted relay sends it again
                patience = time.monotonic() + 12
                for node in others:
                    if node.name in missing:
                        self._processes[node.name].terminate()
                        self._processes[node.name].wait()
                        self._launch(node.name, node.folder, self._torrc(node))
            self._pause(deadline, f"no descriptors of {', '.join(sorted(missing))}")
        self._log("all descriptors are with all authorities")

    def _unknown_nodes(self) -> set[str]:
        every = {node.name for node in self.nodes}
        missing: set[str] = set()
        for authority in self._authorities:
            try:
                known = set(re.findall(r"^router (\S+) ", authority.directory("server/all"), re.M))
            except OSError:
                known = set()
            missing |= every - known
        return missing

    def _vote(self, deadline: float) -> None:
        """Moves the vote to now and waits for a consensus that has everybody in it."""
        soon = int(time.time() + 0.3) + VOTE_DELAY + DIST_DELAY + 1
        for node in self._authorities:
            torrc = self._torrc(node, FIRST_VOTING_INTERVAL, soon % FIRST_VOTING_INTERVAL)
            (node.folder / "torrc").write_text(torrc)
            self._hup(node.name)
        while not all(map(self._has_full_consensus, self._authorities)):
            self._pause(deadline, "no consensus with all relays")
        self._log("consensus with all relays")

    def _has_full_consensus(self, authority: Node) -> bool:
        try:
            text = authority.directory("status-vote/current/consensus-microdesc")
        except OSError:
            return False
        flags = re.findall(r"^r \S+.*?^s ([^\n]*)", text, re.M | re.S)
        needed = {"Running", "HSDir", "Fast", "Stable", "Guard"}
        exits = sum("Exit" in line.split() for line in flags)
        everybody = len(flags) == len(self.nodes) and exits == EXITS
        return everybody and all(needed <= set(line.split()) for line in flags)

    def _fill_caches(self) -> None:
        """Makes the relays fetch the consensus now (SIGHUP resets their back-off); else
        clients would meet 404s and wait for ten or twenty seconds."""
        caches = [node for node in self.nodes if node.role != "auth"]

        def ready(node: Node) -> bool:
            return "enough directory info" in (node.folder / "notice.log").read_text()

        deadline = time.monotonic() + 5
        while late := [node for node in caches if not ready(node)]:
            if time.monotonic() > deadline:
                break
            for node in late:
                self._hup(node.name)
            quiet = time.monotonic() + 1.5
            while time.monotonic() < quiet and not all(map(ready, late)):
                time.sleep(0.1)
        self._log(f"{len(caches) - len(late)} of {len(caches)} directory caches are filled")

    def _start_client(self, deadline: float) -> None:
        folder = self.folder / "client"
        ports = {"socks_port": self.socks_port, "control_port": self.control_port}
        self._launch("client", folder, self._common("client", folder) + CLIENT.format(**ports))
        control: Control | None = None
        retry_at = time.monotonic() + 3
        while True:
            try:
                control = control or self._control()
                phase = " ".join(control.command("GETINFO status/bootstrap-phase"))
                if "PROGRESS=100" in phase:
                    break
            except (OSError, NetworkError):
                control = None
            if time.monotonic() > retry_at:
                retry_at = time.monotonic() + 3
                self._hup("client")
            self._pause(deadline, "the C-tor client does not bootstrap")
        control.close()
        self._log("C-tor client is up")

    def _await_upload(self, control: Control, service: str) -> None:
        """Until all uploads that were begun are done and no new one was begun for a while."""
        deadline = time.monotonic() + START_TIMEOUT_S
        begun: set[str] = set()
        done: set[str] = set()
        while time.monotonic() < deadline:
            line = control.event(1.0)
            if line is None:
                if done and begun == done:
                    return
                continue
            found = re.match(rf"650 HS_DESC (UPLOAD|UPLOADED|FAILED) {service} \S+ (\S+)", line)
            if found and found[1] == "UPLOAD":
                begun.add(found[2])
            elif found and found[1] == "UPLOADED":
                done.add(found[2])
            elif found:
                begun.discard(found[2])
        raise NetworkError(f"the onion service was not published: {len(done)} uploads done")

    # -- torrc and processes -----------------------------------------------------------

    @property
    def _authorities(self) -> list[Node]:
        return [node for node in self.nodes if node.role == "auth"]

    def _common(self, name: str, folder: Path) -> str:
        text = COMMON.format(folder=folder, name=name)
        for node in self._authorities:
            text += (
                f"DirAuthority {node.name} orport={node.or_port} no-v2 v3ident={node.v3ident} "
                f"127.0.0.1:{node.dir_port} {node.rsa}\n"
            )
        if self.owner:
            text += f"__OwningControllerProcess {self.owner}\n"
        return text

    def _torrc(self, node: Node, first_interval: int = 0, offset: int = 0) -> str:
        text = self._common(node.name, node.folder) + RELAY.format(or_port=node.or_port)
        if node.role == "auth":
            text += AUTHORITY.format(
                dir_port=node.dir_port,
                first_interval=first_interval,
                offset=offset,
                vote_delay=VOTE_DELAY,
                dist_delay=DIST_DELAY,
                interval=VOTING_INTERVAL,
                bandwidths=self.folder / "bandwidths",
                hsdir_interval=24 * VOTING_INTERVAL // 60,
                nodes=len(self.nodes),
            )
        return text + (EXIT if node.role == "exit" else NO_EXIT)

    def _launch(self, name: str, folder: Path, torrc: str) -> None:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        (folder / "torrc").write_text(torrc)
        with (folder / "stdout").open("ab") as out:
            process = subprocess.Popen(
                ["tor", "--defaults-torrc", "/dev/null", "-f", folder / "torrc", "--hush"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )
        self._processes[name] = process
        self._pids[name] = process.pid
        self._save()

    def _hup(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGHUP)

    def _pause(self, deadline: float, trouble: str) -> None:
        """One step of a wait: fails when a node died or time is up."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                said = (self.folder / name / "stdout").read_text(errors="replace")[-800:]
                raise NetworkError(f"{name} ended with status {process.returncode}: {said}")
        if time.monotonic() > deadline:
            raise NetworkError(trouble)
        time.sleep(0.1)

    def _control(self) -> Control:
        return Control(self.control_port, self.folder / "client" / "control_auth_cookie")

    def _write_arti_config(self) -> None:
        caches = ",\n".join(
            f'  {{ rsa_identity = "{node.rsa}", ed_identity = "{node.ed25519}", '
            f'orports = ["127.0.0.1:{node.or_port}"] }}'
            for node in self._authorities
        )
        idents = ", ".join(f'"{node.v3ident}"' for node in self._authorities)
        self.arti_config.write_text(ARTI.format(caches=caches, idents=idents))

    def _log(self, text: str) -> None:
        self._say(f"[tor {time.monotonic() - self._t0:5.1f} s] {text}")

    # -- the record by which another process finds the network -------------------------

    def _save(self) -> None:
        state: Mapping[str, Any] = {
            "pids": self._pids,
            "socks_port": self.socks_port,
            "control_port": self.control_port,
            "relay_ports": sorted(self.relay_ports),
            "onions": self.onions,
            "arti_config": str(self.arti_config),
            "ready_s": self.ready_s,
        }
        fresh = self.folder / "net.json.new"
        fresh.write_text(json.dumps(state, indent=1) + "\n")
        fresh.replace(self.folder / "net.json")

    @classmethod
    def attach(cls, folder: Path) -> TorNetwork:
        """A network that another process started, to add or remove onions or to stop it."""
        network = cls(folder)
        try:
            state = json.loads((network.folder / "net.json").read_text())
        except FileNotFoundError:
            raise NetworkError(f"no network in {folder}") from None
        network._pids = state["pids"]
        network.socks_port = state["socks_port"]
        network.control_port = state["control_port"]
        network.onions = state["onions"]
        network.ready_s = state["ready_s"]
        # only the ports are known of the nodes
        network.nodes = [Node("", "", folder, port, 0) for port in state["relay_ports"]]
        return network


def _make_keys(node: Node) -> None:
    keys = node.folder / "keys"
    keys.mkdir(parents=True, mode=0o700)
    node.folder.chmod(0o700)
    if node.role == "auth":
        _run(
            ["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "12",
             "-i", keys / "authority_identity_key", "-s", keys / "authority_signing_key",
             "-c", keys / "authority_certificate"],
            b"test\n",
        )
    _run(
        ["tor", "--defaults-torrc", "/dev/null", "-f", "/dev/null", "--ignore-missing-torrc",
         "--list-fingerprint", "--DataDirectory", node.folder, "--ORPort", str(node.or_port),
         "--Nickname", node.name, "--Address", "127.0.0.1", "--Log", "err stderr"],
    )


def _run(command: Sequence[str | Path], given: bytes = b"") -> None:
    done = subprocess.run(command, input=given, capture_output=True)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace")[-800:]
        raise NetworkError(f"{command[0]} failed: {said}")


def _keys_are_good(folder: Path) -> bool:
    """Whether a cached node is complete and its certificate, if it has one, lasts."""
    if not (folder / "fingerprint-ed25519").exists():
        return False
    certificate = folder / "keys" / "authority_certificate"
    if not certificate.exists():
        return True
    found = re.search(r"^dir-key-expires (.+)$", certificate.read_text(), re.M)
    if not found:
        return False
    expires = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    return expires - datetime.now(timezone.utc) > MIN_KEY_LIFE


def free_ports(count: int) -> list[int]:
    """Loopback ports nobody listens on at the moment, all different."""
    with contextlib.ExitStack() as open_sockets:
        probes = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _end(pids: Iterable[int], folder: Path) -> None:
    """Ends those of the processes that are still ours: pids are reused, torrc paths not."""

    def ours(pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return bytes(folder) + b"/" in command and state != "Z"

    left = [pid for pid in pids if ours(pid)]
    for ending, wait_s in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, ending)
        deadline = time.monotonic() + wait_s
        while left and time.monotonic() < deadline:
            left = [pid for pid in left if ours(pid)]
            time.sleep(0.05)


def _service(text: str) -> tuple[int, int]:
    """`80:127.0.0.1:PORT` or `80:PORT` as (virtual port, loopback port)."""
    found = re.fullmatch(r"(\d+):(?:127\.0\.0\.1:)?(\d+)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text}: expected VIRTUALPORT:127.0.0.1:PORT")
    return int(found[1]), int(found[2])


def main() -> Iterator[str]:
    parser = argparse.ArgumentParser(description="A private Tor network on loopback.")
    parser.add_argument("command", choices=["start", "add", "stop"])
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--hs", type=_service, action="append", default=[])
    parser.add_argument("--keys", type=Path, help="where node keys are kept between runs")
    parser.add_argument("--owner", type=int, help="end when this process ends")
    options = parser.parse_args()
    if options.command == "start":
        network = TorNetwork(
            options.dir, options.hs, options.keys, options.owner,
            report=lambda text: print(text, file=sys.stderr, flush=True),
        )
        try:
            network.start()
        except BaseException:
            network.stop()
            raise
        yield (network.folder / "net.json").read_text().rstrip()
    elif options.command == "add":
        network = TorNetwork.attach(options.dir)
        for virtual_port, port in options.hs:
            yield network.add_onion(virtual_port, port)
    else:
        TorNetwork.attach(options.dir).stop()


if __name__ == "__main__":
    try:
        for line in main():
            print(line)
    except NetworkError as error:
        sys.exit(f"network.py: {error}")
