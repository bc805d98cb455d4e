"""Connections: slow clients, too many, what is not HTTP, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import socket

import pytest

from textseq.errors import ArgumentError
from textseq.serve import Limits, make_app, server
from textseq.serve.server import make_server, open_socket

HEAD = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"


def request(fields, head=HEAD):
    body = json.dumps(fields).encode()
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def answer(reader):
    """Return the status, the headers and the JSON of an answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return int(head.split()[1]), head, json.loads(await reader.readexactly(length))


@pytest.fixture(params=["h11", "httptools"], autouse=True)
def parser(request, monkeypatch):
    """Let uvicorn parse HTTP by one of its parsers."""
    pytest.importorskip(request.param)
    named = functools.partial(server.limited_protocol, parser=request.param)
    monkeypatch.setattr(server, "limited_protocol", named)


@contextlib.asynccontextmanager
async def running(predictor, **limits):
    """Run a server; yield it, and a function that connects to it."""
    limits = Limits(**limits)
    server = make_server(make_app({"reviews": predictor}, limits), limits)
    listening = open_socket("127.0.0.1", 0)
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0)
    port = listening.getsockname()[1]
    writers = []

    async def connect():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    server.port, server.listening = port, listening
    try:
        yield server, connect
    finally:
        for writer in writers:
            writer.close()
        server.should_exit = True
        await asyncio.wait_for(running, 10)


def test_requests_of_one_connection(predictor):
    async def main():
        async with running(predictor) as (_, connect):
            reader, writer = await connect()
            for _ in range(3):
                writer.write(request({"text": "pure joy"}))
                status, _, found = await answer(reader)
                assert (status, [*found]) == (200, ["label", "probability"])
            # Two at once, and the third in two parts.
            third = request({"text": "pure bore"})
            writer.write(request({"text": "joy"}) * 2 + third[:30])
            assert [(await answer(reader))[0] for _ in range(2)] == [200, 200]
            writer.write(third[30:])
            assert (await answer(reader))[2]["label"] == "bad"

    asyncio.run(main())


@pytest.mark.parametrize("begun", [b"", b"POST /pre", HEAD + b"Content-Length: 9\r\n\r\n{"])
def test_a_request_that_does_not_come_whole_is_ended(predictor, begun):
    async def main():
        async with running(predictor, receive_timeout=0.15) as (server, connect):
            reader, writer = await connect()
            writer.write(begun)
            status, head, found = await answer(reader)
            assert status == 408
            assert "connection: close" in head
            assert found["error"].startswith("The request did not arrive within 0.15 seconds; ")
            assert await reader.read() == b""
            writer.close()
            while server.server_state.connections:
                await asyncio.sleep(0)

    asyncio.run(main())


def test_a_request_sent_byte_by_byte_is_ended_too(predictor):
    async def main():
        async with running(predictor, receive_timeout=0.2) as (_, connect):
            reader, writer = await connect()
            writer.write(request({"text": "joy"}))
            assert (await answer(reader))[0] == 200
            found = asyncio.ensure_future(answer(reader))
            for byte in HEAD * 9:  # of the second request of this connection
                if found.done():
                    break
                writer.write(bytes([byte]))
                await asyncio.sleep(0.01)
            assert (await found)[0] == 408

    asyncio.run(main())


def test_an_idle_connection_is_closed(predictor):
    async def main():
        async with running(predictor, keep_alive=0.1) as (_, connect):
            reader, writer = await connect()
            writer.write(request({"text": "joy"}))
            assert (await answer(reader))[0] == 200
            assert await asyncio.wait_for(reader.read(), 10) == b""

    asyncio.run(main())


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"A" * 99_999]
)
def test_what_is_not_http_is_refused(predictor, sent):
    async def main():
        async with running(predictor) as (_, connect):
            reader, writer = await connect()
            writer.write(sent)
            status, _, found = await answer(reader)
            assert (status, [*found]) == (400, ["error"])

    asyncio.run(main())


def test_a_wish_for_another_protocol_is_ignored(predictor):
    async def main():
        upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
        async with running(predictor) as (_, connect):
            reader, writer = await connect()
            asked = request({"text": "pure joy"}, HEAD + upgrade)
            for cut in (0, 20, len(HEAD) + 25, len(asked) - 5):
                writer.write(asked[:cut])
                await asyncio.sleep(0.01)
                writer.write(asked[cut:] + request({"text": "pure bore"}))
                assert (await answer(reader))[2]["label"] == "good"
                assert (await answer(reader))[2]["label"] == "bad"
            writer.write(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")
            assert (await answer(reader))[0] in (400, 404)

    asyncio.run(main())


def test_a_client_that_will_send_no_more_is_answered(predictor):
    async def main():
        async with running(predictor) as (_, connect):
            reader, writer = await connect()
            writer.write(request({"text": "pure joy"}))
            writer.write_eof()
            assert (await answer(reader))[0] == 200
            assert await reader.read() == b""
            reader, writer = await connect()
            writer.write(request({"text": "pure joy"})[:-1])
            writer.write_eof()
            assert await reader.read() == b""

    asyncio.run(main())


def test_a_long_head_is_refused(predictor):
    async def main():
        async with running(predictor) as (_, connect):
            reader, writer = await connect()
            writer.write(HEAD + b"".join(b"X-%d: %b\r\n" % (i, b"y" * 99) for i in range(9999)))
            status, _, found = await answer(reader)
            assert status in (400, 431)
            assert [*found] == ["error"]

    asyncio.run(main())


def test_the_rest_of_a_long_body_is_discarded_and_the_connection_stays(predictor):
    async def main():
        async with running(predictor, max_body=1000) as (_, connect):
            reader, writer = await connect()
            for head in (b"Content-Length: 3000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
                writer.write(HEAD + head)
                part = b"x" * 100_000
                for _ in range(30):
                    chunked = b"%x\r\n%b\r\n" % (len(part), part)
                    writer.write(chunked if b"chunked" in head else part)
                    await writer.drain()
                if b"chunked" in head:
                    writer.write(b"0\r\n\r\n")
                assert (await answer(reader))[0] == 413
            writer.write(request({"text": "joy"}))
            assert (await answer(reader))[0] == 200

    asyncio.run(main())


def test_connections_beyond_the_limit_are_refused(predictor):
    async def main():
        async with running(predictor, max_connections=2) as (server, connect):
            for _ in range(2):
                await connect()
            while len(server.server_state.connections) < 2:
                await asyncio.sleep(0)
            reader, writer = await connect()
            writer.write(request({"text": "joy"}))
            status, head, found = await answer(reader)
            assert status == 503
            assert "retry-after: 1" in head
            assert found["error"].startswith("There are more than 2 connections, which is the")
            assert await reader.read() == b""

    asyncio.run(main())


def test_a_stop_answers_what_was_accepted_and_what_waits_to_be(predictor):
    async def main():
        async with running(predictor) as (server, connect):
            idle, sending = await connect()
            busy, writer = await connect()
            writer.write(request({"text": "joy"})[:-3])
            while len(server.server_state.connections) < 2:
                await asyncio.sleep(0)
            server.should_exit = True
            while not server.config.app.state.service.stopping:
                await asyncio.sleep(0)
            writer.write(request({"text": "joy"})[-3:])
            sending.write(request({"text": "joy"}))
            for reader in (busy, idle):
                status, head, _ = await answer(reader)
                assert status == 200
                assert "connection: close" in head

    asyncio.run(main())


def test_connections_that_the_system_holds_are_answered_at_the_end(predictor):
    async def main():
        async with running(predictor) as (server, _):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(request({"text": "joy"}))
            await server.shutdown([server.listening])  # before it was accepted
            connection.settimeout(10)
            assert connection.recv(9999).startswith(b"HTTP/1.1 200")
            connection.close()
            await server.startup([open_socket("127.0.0.1", 0)])

    asyncio.run(main())


def test_a_port_in_use_is_said():
    with open_socket("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ArgumentError, match=f"The port {port} of 127.0.0.1 is in use by anot"):
            open_socket("127.0.0.1", port)


def test_an_unknown_host_is_said():
    with pytest.raises(ArgumentError, match="The host 'nowhere.invalid' is not known"):
        open_socket("nowhere.invalid", 0)
    with pytest.raises(ArgumentError, match="is not an address of this machine"):
        open_socket("192.0.2.1", 0)


def test_answers_are_not_delayed_by_nagle():
    with open_socket("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
