"""Callers who ask one thing after the other, each on a connection of its own."""

import asyncio
import concurrent.futures
import itertools
import json
import time
import typing
import urllib.parse


class Told(typing.NamedTuple):
    """How one request was answered: when it was sent, in seconds of the monotonic clock, and how long it took."""

    number: int
    sent: float
    seconds: float
    status: int
    body: bytes


class Load:
    """`ask` makes a method, a path, a body and perhaps headers of a request's number. Every caller pauses for
    `pause` seconds between two of its requests. Where `breaks` is set, one whose connection breaks goes home."""

    def __init__(self, url, token, ask, *, callers=8, pause=0.0, breaks=False):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.token, self.ask = parts.hostname, parts.port, token, ask
        self.callers, self.pause, self.breaks = callers, pause, breaks
        self.told, self.numbers, self.over = [], itertools.count(), False

    def send(self, count):
        """Sends so many and waits for their answers."""
        self.numbers = iter(range(count))
        asyncio.run(self.all())
        return self.told

    def __enter__(self):
        """Sends until it is left, or until all numbers are used up."""
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.sending = self.pool.submit(lambda: asyncio.run(self.all()))
        return self

    def __exit__(self, *_):
        self.over = True
        self.sending.result()

    async def all(self):
        await asyncio.gather(*(self.caller() for _ in range(self.callers)))

    async def caller(self):
        try:
            await self.call()
        except (asyncio.IncompleteReadError, ConnectionError):
            if not self.breaks:
                raise

    async def call(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        for number in self.numbers:
            if self.over:
                break
            sent = time.monotonic()
            writer.write(self.request(*self.ask(number)))
            status, answer = await answered(reader)
            self.told.append(Told(number, sent, time.monotonic() - sent, status, answer))
            await asyncio.sleep(self.pause)
        writer.close()

    def request(self, method, path, body=None, headers=None):
        body = b"" if body is None else json.dumps(body).encode()
        usual = {"host": f"{self.host}:{self.port}", "authorization": f"Bearer {self.token}",
                 "content-type": "application/json", "content-length": len(body)}
        lines = [f"{name}: {value}\r\n" for name, value in {**usual, **(headers or {})}.items()]
        return f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + body


async def answered(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status = int(head.split(" ", 2)[1])
    _, found, length = head.partition("content-length: ")
    if found:
        return status, await reader.readexactly(int(length.split("\r\n")[0]))
    if "transfer-encoding: chunked" not in head:
        return status, b""
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return status, b"".join(parts)


def chat(text, **more):
    body = {"model": "echo", "messages": [{"role": "user", "content": text}], **more}
    return "POST", "/v1/chat/completions", body


def percentiles(told):
    """The middle one and the worst of a hundred, in milliseconds."""
    took = sorted(one.seconds * 1e3 for one in told)
    at = lambda share: took[round((len(took) - 1) * share)]
    return at(0.5), at(0.99)
