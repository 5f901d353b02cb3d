"""A receiver of webhooks."""

import collections
import http.server
import json
import threading


class Receiver:
    """Takes what is posted on `port`, by path. For some paths it is out of order at first."""

    def __init__(self, port, *, fails=lambda path: 0):
        self.got, self.refused = collections.defaultdict(list), collections.Counter()
        self.fails = fails
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.url = f"http://127.0.0.1:{port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        """Whether it is taken."""
        if self.refused[path] < self.fails(path):
            self.refused[path] += 1
            return False
        self.got[path].append((headers, json.loads(body)))
        return True

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204 if own.take(self.path, self.headers, body) else 500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
