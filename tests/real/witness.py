"""An agent that remembers who called it, for what, and as which attempt."""

import collections
import http.server
import json
import threading
import time


class Server(http.server.ThreadingHTTPServer):
    """Hundreds may come at once."""

    daemon_threads, request_queue_size = True, 256

    def handle_error(self, *_):
        """A connection that breaks is what some come here to see."""


class Witness:
    """Takes `seconds` for each answer, which is what it was asked."""

    def __init__(self, seconds=0.05):
        self.seconds, self.calls = seconds, []
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                own.calls.append((self.headers["X-Attach-Task"], int(self.headers["X-Attach-Attempt"])))
                time.sleep(own.seconds)
                answer = json.dumps({"asked": json.loads(body)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        return Handler

    def often(self):
        """How often each attempt was made."""
        return collections.Counter(self.calls)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
