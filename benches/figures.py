"""The figures the project promises, measured on this machine in one run and printed to be read.

What it does: starts a private Tor network with an onion page of 60 KB and prints how long warm fetches take through
the program's own client and through C-tor's SOCKS port with curl; the memory of `netreach run` with Tor bootstrapped
and idle; how soon the demo's first page is there; the weight and the requests of the desk's pages.

What it does not do: it asserts nothing. Numbers on a busy machine are upper bounds.

    cargo build --release && cargo bench --bench onion_fetch --no-run
    target/e2e-cache/venv/bin/python benches/figures.py
"""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from tor.network import TorNetwork  # noqa: E402

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
NETREACH = TARGET / "release" / "netreach"
FETCHES = 30
PAGE = b"<html><body>" + b"<p>sixty kilobytes of a page</p>\n" * 1900 + b"</body></html>"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


def newest_bench() -> Path:
    found = sorted((TARGET / "release" / "deps").glob("onion_fetch-*"), key=lambda p: p.stat().st_mtime)
    found = [p for p in found if p.suffix == "" and os.access(p, os.X_OK)]
    if not found:
        sys.exit("build it first: cargo bench --bench onion_fetch --no-run")
    return found[-1]


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def onion_fetches(folder: Path, network: TorNetwork) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://{network.add_onion(80, server.server_port)}/"
    proxy = network.proxies["http"]
    curl = ["curl", "-sS", "-o", str(folder / "page"), "-w", "%{time_total}", "-x", proxy, url]
    first = time.monotonic()
    while subprocess.run(curl, capture_output=True).returncode and time.monotonic() - first < 90:
        time.sleep(1)
    ours, theirs = [], []
    for _ in range(2):  # alternating, so that the machine's mood hits both
        theirs += [float(subprocess.run(curl, capture_output=True, check=True).stdout) for _ in range(FETCHES)]
        command = [newest_bench(), network.arti_config, folder / "arti-bench", url, str(FETCHES)]
        ours += json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    server.shutdown()
    our, their = statistics.median(ours), statistics.median(theirs)
    print(f"warm onion fetch of {len(PAGE) // 1000} KB, median of {len(ours)}: ours {our * 1000:.0f} ms, "
          f"curl through C-tor {their * 1000:.0f} ms, ratio {our / their:.2f} (goal 1.2)")


def idle_memory(folder: Path, network: TorNetwork) -> None:
    home = folder / "home"
    environment = {**os.environ, "NETREACH_PASSWORD": "only for the bench"}
    subprocess.run([NETREACH, "init", home], check=True, capture_output=True, env=environment)
    config = home / "netreach.toml"
    text = config.read_text().replace('# listen = "127.0.0.1:8080"', 'listen = "127.0.0.1:0"')
    config.write_text(text.replace("# onion = false", "onion = true").replace(
        '# config = "arti.toml"', f'config = "{network.arti_config}"'))
    log = (folder / "run.log").open("w+")
    process = subprocess.Popen([NETREACH, "run", "--config", config], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while "Tor is ready" not in (folder / "run.log").read_text() and time.monotonic() < deadline:
            time.sleep(0.5)
        time.sleep(30)
        print(f"resident memory, Tor bootstrapped, desk as an onion service, idle for 30 s: "
              f"{resident_mb(process.pid):.0f} MB (goal 80)")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def demo(folder: Path) -> None:
    port = 18471
    start = time.monotonic()
    log = (folder / "demo.log").open("w+")
    process = subprocess.Popen([NETREACH, "demo", "--listen", f"127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/login", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.02)
        print(f"demo's first page after {time.monotonic() - start:.2f} s (goal 3)")
        time.sleep(15)
        text = (folder / "demo.log").read_text()
        password = re.search(r"^\s+worker\s+(\S{20})$", text, re.M)[1]
        session = requests.Session()
        page = session.get(f"http://127.0.0.1:{port}/login").text
        fields = {k: re.search(rf'name="{k}" value="([^"]*)"', page)[1] for k in ("csrf", "next", "lang")}
        session.post(f"http://127.0.0.1:{port}/login", data={**fields, "name": "worker", "password": password})
        for path in ("/", "/case/1", "/answers", "/threads", "/engagement", "/directory"):
            got = session.get(f"http://127.0.0.1:{port}{path}")
            parts = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|ico|png|svg))"', got.text))
            print(f"desk page {path}: {got.status_code}, {len(got.content) / 1000:.1f} KB, "
                  f"{1 + len(parts)} requests (goal 60 KB, 3)")
        print(f"resident memory of the demo: {resident_mb(process.pid):.0f} MB")
    finally:
        process.send_signal(signal.SIGINT)
        print(f"demo ended with status {process.wait(30)}")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nr-figures-"))
    try:
        demo(folder)
        keys = TARGET / "e2e-cache" / "tor-keys"
        with TorNetwork(folder / "tor", key_cache=keys, owner=os.getpid()) as network:
            idle_memory(folder, network)
            onion_fetches(folder, network)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
