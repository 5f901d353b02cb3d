"""An engine whose every answer costs the same, for those who count."""

import http.server
import json
import threading

from witness import Server

CHAT = "/v1/chat/completions"
# Nine tokens of prompt and one of answer are held; eight in all are what the engine says it cost.
BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
ANSWER = {
    "id": "1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}}


class Engine:
    """Answers each chat with the same words, while its gate is open."""

    def __init__(self):
        self.gate, self.waiting, self.lock = threading.Event(), 0, threading.Lock()
        self.gate.set()
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self, change):
        with self.lock:
            self.waiting += change

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1

            def do_GET(self):
                self.answer({"object": "list", "data": []})

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                own.count(1)
                own.gate.wait(60)
                own.count(-1)
                self.answer(ANSWER)

            def answer(self, body):
                body = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
