"""What people see at the page, in headless Chromium; and an engine and agent that says what it is told to."""

import http.server
import json
import threading
import time

from clients import chromium, playwright
from process import Process, run
from witness import Server


def told(gateway, more):
    """What a script of the page's is started with."""
    return json.dumps({"chromium": str(chromium()), "folder": str(playwright()), "gateway": gateway, **more})


def seen(script, gateway, *, limit=120, **more):
    """What a script saw, once it has ended."""
    done = run(["node", playwright() / script, told(gateway, more)], limit=limit)
    if done.returncode != 0:
        raise AssertionError(f"{done.stdout[-2000:]}\n{done.stderr}")
    return json.loads(done.stdout)


class Watching:
    """A script at the page while something happens to the gateway: it says a word on a line of its own whenever it
    has come to a place, and what it saw on its last."""

    def __init__(self, script, gateway, **more):
        self.process = Process("page", ["node", playwright() / script, told(gateway, more)])

    def until(self, word, *, limit=90):
        """A script that waits in vain ends before that, and says for what."""
        self.process.until(lambda: word in self.process.output().splitlines(), limit=limit)

    def seen(self, *, limit=90):
        if self.process.exit_code(limit=limit) != 0:
            raise AssertionError(self.process.output())
        return json.loads(self.process.output().splitlines()[-1])

    def stop(self):
        self.process.kill()


class Stage:
    """An engine, and a plain agent at any other path. `count 20` it answers bit by bit, and the second half when its
    gate is open; `wait` too; anything else at once, with `answer`. A GET gets the document at its path."""

    def __init__(self, *, answer="hello", models=("scripted",), **documents):
        self.answer, self.gate = answer, threading.Event()
        listed = [{"id": name, "object": "model", "created": 1, "owned_by": "nobody"} for name in models]
        self.documents = {"/v1/models": {"object": "list", "data": listed}, **documents}
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1

            def do_GET(self):
                self.whole(own.documents.get(self.path, {}), 200 if self.path in own.documents else 404)

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                messages = asked.get("messages") or [{}]
                word, _, number = str(messages[-1].get("content", "")).partition(" ")
                if word == "count":
                    return self.bits([f"part {n} \n" for n in range(1, int(number) + 1)], pause=0.1)
                if word == "wait":
                    own.gate.wait(300)
                if asked.get("stream"):
                    return self.bits([own.answer])
                message = {"role": "assistant", "content": own.answer}
                self.whole({**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})

            def whole(self, document, status=200):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def bits(self, texts, pause=0):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                for number, text in enumerate(texts):
                    if pause and number == len(texts) // 2:
                        own.gate.wait(300)
                    self.bit({"content": text}, None)
                    time.sleep(pause)
                self.bit({}, "stop")
                self.wfile.write(b"data: [DONE]\n\n")
                self.close_connection = True

            def bit(self, delta, reason):
                choice = {"index": 0, "delta": delta, "finish_reason": reason}
                chunk = {**CHAT, "object": "chat.completion.chunk", "choices": [choice]}
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.flush()

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


CHAT = {"id": "1", "object": "chat.completion", "created": 1, "model": "scripted",
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}}
