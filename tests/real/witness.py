"""An agent that remembers who called it, for what, and as which attempt."""

import collections
import http.server
import json
import select
import socket
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
        self.seconds, self.calls, self.tokens = seconds, [], {}
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = self.headers["X-Attach-Task"], int(self.headers["X-Attach-Attempt"])
                own.tokens[call[0]] = self.headers["Authorization"].removeprefix("Bearer ")
                own.calls.append(call)
                if not own.worked(call, self.connection):
                    self.close_connection = True
                    return
                answer = json.dumps({"asked": json.loads(body)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        return Handler

    def worked(self, call, connection):
        """Whether there is anything to answer, and anybody to hear it."""
        time.sleep(self.seconds)
        return True

    def often(self):
        """How often each attempt was made."""
        return collections.Counter(self.calls)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Patient(Witness):
    """Holds each call until its task is let go, or until the caller hangs up."""

    def __init__(self):
        super().__init__()
        self.let_go, self.hung_up = set(), []

    def worked(self, call, connection):
        while call[0] not in self.let_go:
            if has_left(connection):
                self.hung_up.append(call)
                return False
            time.sleep(0.05)
        return True


def has_left(connection):
    """Whether the other side has closed it: it says nothing while it waits for its answer."""
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
