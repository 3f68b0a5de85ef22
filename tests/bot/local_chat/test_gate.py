"""Only this machine, this run's key and this page get in."""

from __future__ import annotations

import socket
import sys

import pytest
from starlette.datastructures import Headers

from bot.local_chat.gate import is_loopback_host, is_own_page
from bot.local_chat.strings import page_strings
from tests.bot.local_chat.door import running_chat

CLOSED_ROUTES = ("/chat.css", "/chat.js", "/render.js", "/composer.js", "/icon.svg", "/commands", "/events", "/photo/1", "/document/1", "/nowhere")


@pytest.mark.parametrize("query", ["", "?key=", "?key=wrong", "?key=%ff%fe", "?Key=x"])
async def test_root_without_the_key_says_how_to_open_and_nothing_else(query: str) -> None:
    async with running_chat() as running, running.client(with_key=False) as client:
        answer = await client.get("/" + query)

        assert answer.status_code == 200
        assert answer.text == page_strings("en")["how_to_open"] + "\n"
        assert len(answer.text.splitlines()) == 1


async def test_every_other_route_without_the_key_is_forbidden_and_silent() -> None:
    async with running_chat() as running, running.client(with_key=False) as client:
        answers = [await client.get(route) for route in CLOSED_ROUTES]
        answers += [await client.post(route, json={"text": "/kill"}) for route in ("/send", "/tap")]

        assert [(403, b"")] * len(answers) == [(answer.status_code, answer.content) for answer in answers]
        assert running.door.kills == []
        assert running.door.updates == []


async def test_a_key_that_differs_in_one_character_is_another_key() -> None:
    async with running_chat() as running, running.client(with_key=False) as client:
        near = running.key[:-1] + ("A" if running.key[-1] != "A" else "B")

        assert (await client.get("/commands", params={"key": near})).status_code == 403
        assert (await client.get("/commands", params={"key": running.key})).status_code == 200


async def test_each_run_has_its_own_key() -> None:
    async with running_chat() as one, running_chat() as other:
        assert one.key != other.key
        assert len(one.key) >= 32


async def test_a_foreign_host_name_is_refused_even_with_the_key() -> None:
    async with running_chat() as running, running.client() as client:
        for host in ("evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "[::1]:1", ""):
            assert (await client.get("/", headers={"host": host})).status_code == 403


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8765", True),
        ("LOCALHOST:1", True),
        ("localhost:", True),
        ("127.0.0.1:80@evil.example", False),
        ("evil.example:8765", False),
    ],
)
def test_only_names_of_this_machine_are_loopback(host: str, expected: bool) -> None:
    assert expected == is_loopback_host(host)


@pytest.mark.parametrize(
    ("headers", "path", "expected"),
    [
        ({}, "/send", True),
        ({"origin": "http://127.0.0.1:8765"}, "/send", True),
        ({"origin": "http://127.0.0.1:9999"}, "/send", False),
        ({"origin": "https://evil.example"}, "/events", False),
        ({"origin": "null"}, "/send", False),
        ({"sec-fetch-site": "same-origin"}, "/events", True),
        ({"sec-fetch-site": "same-site"}, "/events", False),
        ({"sec-fetch-site": "cross-site"}, "/photo/1", False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, "/", True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "/", False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, "/commands", False),
    ],
)
def test_another_site_may_link_to_the_page_and_nothing_more(headers: dict[str, str], path: str, expected: bool) -> None:
    assert expected == is_own_page(Headers({"host": "127.0.0.1:8765", **headers}), path=path)


async def test_a_request_from_another_site_changes_nothing() -> None:
    async with running_chat() as running, running.client() as client:
        answer = await client.post("/send", json={"text": "/kill"}, headers={"origin": "https://evil.example"})

        assert answer.status_code == 403
        assert running.door.kills == []


async def test_every_answer_keeps_the_page_to_itself() -> None:
    async with running_chat() as running, running.client() as client:
        answers = [await client.get("/"), await client.get("/chat.js"), await client.get("/nowhere"), await client.get("/", params={"key": "wrong"})]

        for answer in answers:
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
            assert "server" not in answer.headers


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
async def test_no_other_address_of_the_machine_answers() -> None:
    async with running_chat() as running:
        port = int(running.root.rpartition(":")[2])

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=1).close()
