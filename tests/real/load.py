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
    """`ask` makes a method, a path and a body of a request's number. Every caller pauses for `pause` seconds
    between two of its requests."""

    def __init__(self, url, token, ask, *, callers=8, pause=0.0):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.token, self.ask = parts.hostname, parts.port, token, ask
        self.callers, self.pause = callers, pause
        self.told, self.numbers, self.over = [], itertools.count(), False

    def send(self, count):
        """Sends so many and waits for their answers."""
        self.numbers = iter(range(count))
        asyncio.run(self.all())
        return self.told

    def __enter__(self):
        """Sends until it is left."""
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.sending = self.pool.submit(lambda: asyncio.run(self.all()))
        return self

    def __exit__(self, *_):
        self.over = True
        self.sending.result()

    async def all(self):
        await asyncio.gather(*(self.caller() for _ in range(self.callers)))

    async def caller(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        for number in self.numbers:
            if self.over:
                break
            method, path, body = self.ask(number)
            sent = time.monotonic()
            writer.write(self.request(method, path, json.dumps(body).encode()))
            status, answer = await answered(reader)
            self.told.append(Told(number, sent, time.monotonic() - sent, status, answer))
            await asyncio.sleep(self.pause)
        writer.close()

    def request(self, method, path, body):
        head = (f"{method} {path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\nauthorization: Bearer {self.token}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n")
        return head.encode() + body


async def answered(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status = int(head.split(" ", 2)[1])
    _, found, length = head.partition("content-length: ")
    if found:
        return status, await reader.readexactly(int(length.split("\r\n")[0]))
    if "transfer-encoding: chunked" not in head:
        return status, b""
    parts = []
    while size := int(await reader.readline(), 16):
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
