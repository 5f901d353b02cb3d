"""Shared memory as the callers of a gateway see it, in front of an engine that says again what it was told."""

import json
import sys
import urllib.parse

from fetch import PEERS
from gateway import Dev, Serve, command
from process import Process, eventually, free_port, listens, once
from web import call

AUDIENCE = "attach-dev"


@once
def echo():
    """The address of the engine, which is an agent too."""
    port = free_port()
    Process("echo", [sys.executable, PEERS / "echo.py", port]).until(lambda: listens(port))
    return f"http://127.0.0.1:{port}"


@once
def issuer(number):
    """One of several issuers that vouch for anyone."""
    return Dev(ENGINE_URL=echo(), MEM_BACKEND="none")


def token(user, *, issuer_number=1, scope=""):
    done = command("token", "--sub", user, "--scope", scope, folder=issuer(issuer_number).folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Remembering(Serve):
    """A gateway that remembers in the backend that `backend` sets up."""

    def __init__(self, backend, files=None, **more):
        usual = {"OIDC_ISSUER": issuer(1).issuer, "OIDC_AUD": AUDIENCE, "ENGINE_URL": echo(),
                 "AGENTS": f"parrot={echo()}/agent"}
        super().__init__(files, **{**usual, **backend, **more})

    def ask(self, method, path, token, **more):
        return call(method, self.url + path, token=token, **more)

    def write(self, token, text, **more):
        """Writes a document; gives its id."""
        written = self.ask("POST", "/mem/events", token, body={"text": text, **more})
        assert written.status == 201, written.body
        return written.json["id"]

    def log(self, token, *lines):
        """Writes log lines; gives their ids."""
        written = self.ask("POST", "/v1/logs", token, body=list(lines))
        assert written.status == 202, written.body
        return written.json["ids"]

    def chat(self, token, text, **more):
        body = {"model": "echo", "messages": [{"role": "user", "content": text}], **more}
        return self.ask("POST", "/v1/chat/completions", token, body=body)

    def page(self, token, **query):
        """A list's events, and where it goes on."""
        answer = self.ask("GET", f"/mem/events?{urllib.parse.urlencode(query)}", token)
        assert answer.status == 200, answer.body
        return answer.json["data"]["Get"]["MemoryEvent"], answer.json["next"]

    def events(self, token, **query):
        return self.page(token, **query)[0]

    def pages(self, token, **query):
        """Each page of a list, to its end."""
        events, on = self.page(token, **query)
        yield events
        while on:
            events, on = self.page(token, **{**query, "before": on})
            yield events

    def search(self, token, q, **more):
        return self.ask("GET", f"/mem/search?{urllib.parse.urlencode({'q': q, **more})}", token)

    def found(self, token, q, **more):
        answer = self.search(token, q, **more)
        assert answer.status == 200, answer.body
        return answer.json["data"]["Get"]["MemoryEvent"]

    def remembers(self, token, count, **query):
        """The events once there are so many: what was said is written down a moment later."""
        look = lambda: self.events(token, limit=100, **query)
        eventually(lambda: len(look()) >= count, f"{count} events", limit=20)
        return look()

    def waiting(self):
        """How many events are not in the backend yet."""
        detail = call("GET", f"{self.url}/readyz").json["detail"]
        return detail.get("memory", {}).get("waiting", 0)

    def settled(self, *, limit=60):
        """Once all that was written is where it is searched."""
        eventually(lambda: self.waiting() == 0, "all events have gone to the backend", limit=limit)
        return self


def ids(events):
    return [event["_additional"]["id"] for event in events]


def as_lines(*lines):
    return "\n".join(map(json.dumps, lines)).encode()
