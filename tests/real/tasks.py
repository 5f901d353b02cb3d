"""Tasks as those who send them see them, at one gateway or at several."""

import json

from process import eventually
from web import call, opened

ENDED = ("done", "error")
ENDED_KINDS = ("completed", "failed", "canceled", "rejected")


class Person:
    """One who sends tasks with a token, at any gateway that takes it."""

    def __init__(self, token):
        self.token = token

    def ask(self, gateway, method, path, **more):
        return call(method, gateway.url + path, token=self.token, **more)

    def sent(self, gateway, body, *, key=None):
        """The answer to a task that is sent."""
        return self.ask(gateway, "POST", "/a2a/tasks/send", body=body, headers={"Idempotency-Key": key} if key else {})

    def send(self, gateway, target, text="hello there", *, key=None, **more):
        """Sends one to the agent or the address `target`; gives its id."""
        name = "target_url" if "://" in target else "target"
        body = {name: target, "input": {"messages": [{"role": "user", "content": text}], **more}}
        answer = self.sent(gateway, body, key=key)
        assert answer.status == 200, answer.body
        return answer.json["task_id"]

    def status(self, gateway, task, *, wait=0):
        answer = self.ask(gateway, "GET", f"/a2a/tasks/status/{task}?wait={wait}")
        assert answer.status == 200, answer.body
        return answer.json

    def ended(self, gateway, task, *, limit=60):
        """Its status once it has ended."""
        look = lambda: (status := self.status(gateway, task, wait=1))["state"] in ENDED and status
        return eventually(look, f"task {task} has ended", limit=limit)

    def history(self, gateway, task):
        """Its events, of which there may be a thousand."""
        answer = self.ask(gateway, "GET", f"/a2a/tasks/events/{task}?history=true")
        assert answer.status == 200, answer.body
        return answer.json["events"]

    def kinds(self, gateway, task):
        return [event["kind"] for event in self.history(gateway, task)]

    def cancel(self, gateway, task):
        return self.ask(gateway, "POST", f"/a2a/tasks/cancel/{task}")

    def watched(self, gateway, task, *, after=0):
        """Its events as they come, to its end or until the connection breaks."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        connection, answer = opened("GET", f"{gateway.url}/a2a/tasks/events/{task}", token=self.token, headers=headers)
        try:
            assert answer.status == 200, answer.read()
            for line in answer:
                if line.startswith(b"data:"):
                    yield json.loads(line.removeprefix(b"data:"))
        finally:
            connection.close()
