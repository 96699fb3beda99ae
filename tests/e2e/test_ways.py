"""The other ways in and out: a SOCKS proxy in place of the embedded Tor, and the desk as an
onion service.
"""

from __future__ import annotations

import time
from pathlib import Path

import requests

from e2e.people import NGO, NGO_PASSWORD, open_thread
from e2e.service import Forum, Service, running
from forums.served import Served
from tor.network import TorNetwork


def test_forum_is_read_through_a_socks_proxy(
    service: Service, tor: TorNetwork, forum: Served
) -> None:
    topic = open_thread(forum)
    proxy = tor.proxies["http"].rsplit("/", 1)[-1].rsplit("@", 1)[-1]
    service.write_config(
        Forum(forum.public_url + "/", NGO, NGO_PASSWORD, forum.profile),
        {"mode": "socks", "socks": proxy},
    )
    service.run("thread", "add", forum.topic_url(topic))
    with running(service):
        deadline = time.monotonic() + 60
        while ": ok" not in (listed := service.run("thread", "list")):
            assert time.monotonic() < deadline, f"not read: {listed}"
            time.sleep(1)


def test_desk_is_reached_as_an_onion_service_and_its_address_is_in_no_log(
    service: Service, tor: TorNetwork, forum: Served
) -> None:
    service.write_config(
        Forum(forum.public_url + "/", NGO, NGO_PASSWORD, forum.profile),
        {"mode": "embedded", "config": str(tor.arti_config)},
        {"onion": True},
    )
    with running(service):
        address_file: Path = service.data / "desk.address"
        deadline = time.monotonic() + 30
        while not address_file.exists():
            assert time.monotonic() < deadline, "the address was not written"
            time.sleep(0.1)
        address = address_file.read_text().strip()
        assert address.startswith("http://") and address.endswith(".onion/")
        assert address_file.stat().st_mode & 0o077 == 0
        page = fetch(address + "login", tor)
        assert page.status_code == 200 and 'id="login"' in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert ".onion" not in service.log.read_text()


def fetch(url: str, tor: TorNetwork) -> requests.Response:
    """The page, once the service has been published; an upload of its descriptor that failed is tried again after minutes."""
    deadline = time.monotonic() + 300
    while True:
        try:
            return requests.get(url, proxies=tor.proxies, timeout=30)
        except requests.RequestException:
            assert time.monotonic() < deadline, "the desk was not published"
            time.sleep(2)
