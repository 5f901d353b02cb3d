"""A2A by the official command line, `a2acli`: all that it has words for, in JSON-RPC and in HTTP+JSON."""

import json
import unittest

from clients import a2acli
from gateway import new_folder
from hub import hub
from process import run

CARD = "/.well-known/agent-card.json"
NOBODYS = "01990000-0000-7000-8000-000000000000"
HOOK = "https://example.com/hook"


class TheCommandLine:
    """The tests, once a transport."""

    transport = None

    @classmethod
    def setUpClass(cls):
        cls.program, cls.hub, cls.folder = a2acli(), hub(), new_folder()

    def ran(self, *words, token=None, agent="conformance", query=""):
        card = f"{self.hub.url}/agents/{agent}{CARD}{query}"
        env = {"A2ACLI_BEARER": token or self.hub.alice, "HOME": str(self.folder)}
        command = [self.program, "-a", card, "--transport", self.transport, "-o", "json", "--poll-interval", "100ms"]
        return run([*command, *words], cwd=self.folder, env=env)

    def told(self, *words, **more):
        """What it printed: one document, or one a line of a stream."""
        done = self.ran(*words, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return [json.loads(line) for line in done.stdout.splitlines()]

    def task(self, *words, **more):
        answer = self.told("send", *words, **more)
        return answer.get("task", answer)

    def refused(self, code, *words, **more):
        done = self.ran(*words, **more)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        error = json.loads(done.stderr.splitlines()[-1])["error"]
        self.assertEqual(error["code"], code, error)
        return done.returncode

    def test_cards_are_shown(self):
        card = self.told("card", "get")
        self.assertEqual(card["name"], "conformance")
        self.assertIn("TASK_STATE_COMPLETED", json.dumps(self.told("send", "tck-complete-task")))

    def test_each_caller_is_shown_a_card_of_their_own(self):
        for token, name in ((self.hub.alice, "alice"), (self.hub.bob, "bob")):
            card = self.told("card", "get", "--extended", token=token)
            self.assertEqual(card["skills"][-1]["description"], f"Shown to {name} alone.")

    def test_a_card_that_is_asked_for_in_1_0_is_what_the_schema_wants(self):
        card = self.told("card", "get", "--validate", query="?A2A-Version=1.0")
        self.assertEqual(card["name"], "conformance")

    def test_a_message_is_answered_with_a_task_or_with_a_message(self):
        task = self.task("tck-artifact-text")
        self.assertEqual(task["status"]["state"], "TASK_STATE_COMPLETED")
        self.assertEqual(task["artifacts"][0]["parts"], [{"text": "Generated text content"}])
        data = self.task("tck-artifact-data")["artifacts"][0]["parts"][0]["data"]
        self.assertEqual(data, {"key": "value", "count": 42})
        self.assertEqual(self.told("send", "tck-message-response")["message"]["role"], "ROLE_AGENT")

    def test_a_task_that_asks_goes_on(self):
        asked = self.task("tck-input-required")
        self.assertEqual(asked["status"]["state"], "TASK_STATE_INPUT_REQUIRED")
        ended = self.task("--task-id", asked["id"], "tck-complete-task")
        self.assertEqual((ended["id"], ended["status"]["state"]), (asked["id"], "TASK_STATE_COMPLETED"))

    def test_a_stream_is_printed_as_it_comes(self):
        events = self.told("send", "--stream", "tck-stream-chunked")
        # All of it may be in the task already.
        events = events if isinstance(events, list) else [events]
        kinds = [next(iter(event)) for event in events]
        self.assertEqual(kinds[0], "task")
        self.assertIn("TASK_STATE_COMPLETED", json.dumps(events[-1]))

    def test_a_task_is_shown_listed_watched_and_canceled(self):
        task = self.task("--async", "--return-immediately", "tck-cancel")
        self.assertEqual(self.told("task", "get", task["id"])["id"], task["id"])
        listed = self.told("task", "list", "--context-id", task["contextId"])
        self.assertEqual([it["id"] for it in listed["tasks"]], [task["id"]])
        canceled = self.told("task", "cancel", task["id"])
        self.assertEqual(canceled["status"]["state"], "TASK_STATE_CANCELED")
        running = self.task("--async", "--return-immediately", "test-resubscribe-message-id")
        events = self.told("task", "subscribe", running["id"])
        events = events if isinstance(events, list) else [events]
        self.assertIn("TASK_STATE_COMPLETED", json.dumps(events[-1]))

    def test_webhooks_are_made_shown_listed_and_removed(self):
        task = self.task("tck-complete-task")["id"]
        hooks = ("task", "push-config")
        made = self.told(*hooks, "create", task, HOOK, "--auth-scheme", "Bearer", "--auth-credentials", "secret")
        self.assertEqual(self.told(*hooks, "get", task, made["id"])["url"], HOOK)
        listed = self.told(*hooks, "list", task)
        self.assertEqual([it["id"] for it in listed["configs"]], [made["id"]])
        self.assertEqual(self.ran(*hooks, "delete", task, made["id"]).returncode, 0)
        self.refused("TASK_NOT_FOUND", *hooks, "get", task, made["id"])

    def test_what_cannot_be_done_is_named(self):
        ended = self.task("tck-complete-task")["id"]
        self.refused("TASK_NOT_FOUND", "task", "get", NOBODYS)
        self.refused("TASK_NOT_FOUND", "task", "get", ended, token=self.hub.bob)
        self.refused("TASK_NOT_CANCELABLE", "task", "cancel", ended)
        self.refused("UNSUPPORTED_OPERATION", "send", "--task-id", ended, "more")
        self.refused("UNSUPPORTED_OPERATION", "task", "subscribe", ended)
        self.refused("INVALID_PARAMS", "task", "list", "--page-size", "101")
        picture = self.folder / "picture.png"
        picture.write_bytes(b"\x89PNG")
        for agent in ("chat", "conformance"):
            self.refused("CONTENT_TYPE_NOT_SUPPORTED", "send", "--file-part", picture, "--media-type", "image/png",
                         agent=agent)

    def test_who_may_not_gets_nothing(self):
        # Of HTTP's own refusals it has no name, and in JSON-RPC it does not read them.
        for token in ("none.of.yours", self.hub.narrow):
            done = self.ran("send", "tck-complete-task", token=token)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)


class TheCommandLineInJsonRpc(TheCommandLine, unittest.TestCase):
    transport = "jsonrpc"


class TheCommandLineInHttpAndJson(TheCommandLine, unittest.TestCase):
    transport = "rest"
