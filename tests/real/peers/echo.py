"""An engine and an agent that say again what they were told, whole or in pieces of five characters: PORT."""

import asyncio
import json
import sys

PIECE = 5


def said(asked):
    """The last message's words, or all that was asked."""
    messages = asked.get("messages") or [{"content": json.dumps(asked)}]
    return messages[-1]["content"]


def whole(asked):
    message = {"role": "assistant", "content": said(asked)}
    answer = {"id": "e", "object": "chat.completion", "created": 1, "model": asked.get("model", "echo"),
              "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    body = json.dumps(answer).encode()
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def event(model, delta, finish=None):
    chunk = {"id": "e", "object": "chat.completion.chunk", "created": 1, "model": model,
             "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return framed(f"data: {json.dumps(chunk)}\n\n")


def framed(text):
    data = text.encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def streamed(asked):
    model, text = asked.get("model", "echo"), said(asked)
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)]
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    for piece in pieces:
        yield event(model, {"content": piece})
    yield event(model, {}, "stop") + framed("data: [DONE]\n\n") + b"0\r\n\r\n"


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            _, found, length = head.partition("content-length: ")
            body = await reader.readexactly(int(length.split("\r\n")[0]) if found else 0)
            asked = json.loads(body or b"{}")
            for part in streamed(asked) if asked.get("stream") else whole(asked):
                writer.write(part)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
