"""Webhooks that the official Python SDK registers, over every binding and version."""

import json
import unittest

from clients import a2a_sdk
from fetch import PEERS
from hub import hub
from process import eventually, run
from receiver import Receiver

DELIVERY = 15  # seconds in which suites expect it
RETRIES = 2
KINDS = {"task", "statusUpdate", "artifactUpdate"}
ENDED = ("TASK_STATE_COMPLETED", "completed")


def state(body):
    """The state that a delivery tells, in the words of either version."""
    told = body.get("statusUpdate") or body.get("task") or body
    return told.get("status", {}).get("state")


class WebhooksOfEveryBinding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        python = a2a_sdk()
        cls.receiver = Receiver(hub().webhooks, fails=lambda path: RETRIES if path.startswith("/added") else 0)
        cls.addClassCleanup(cls.receiver.stop)
        env = hub().asked("JSONRPC", WEBHOOKS=cls.receiver.url, PYTHONDONTWRITEBYTECODE="1")
        done = run([python, PEERS / "a2a" / "webhooks.py"], env=env)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.made = [json.loads(line) for line in done.stdout.splitlines()]

    def deliveries(self, one):
        """All of one webhook, once the task's end has come."""
        self.assertNotIn("problem", one)
        name = one["name"]
        got = self.receiver.got[f"/{name}"]
        eventually(lambda: any(state(body) in ENDED for _, body in got), f"{name} is told of the end", limit=DELIVERY)
        return got

    def of(self, kind):
        made = [one for one in self.made if one["name"].startswith(f"{kind}/")]
        self.assertEqual(len(made), 5)
        return made

    def test_each_is_told_of_its_task_with_its_credentials(self):
        for one in self.made:
            with self.subTest(one["name"]):
                for headers, body in self.deliveries(one):
                    self.assertEqual(headers["Authorization"], f"Bearer secret of {one['name']}")
                    self.assertEqual(headers["X-A2A-Notification-Token"], f"token of {one['name']}")
                    self.assertIn(one["task"], json.dumps(body))

    def test_what_is_told_is_what_the_stream_told_in_its_order(self):
        for one in self.of("streamed"):
            if "/1.0/" not in one["name"]:
                continue
            with self.subTest(one["name"]):
                got = self.deliveries(one)
                self.assertEqual({headers["Content-Type"] for headers, _ in got}, {"application/a2a+json"})
                told = [next(iter(body.values())) for _, body in got]
                self.assertEqual(told[-len(one["told"]):], one["told"])
                self.assertLessEqual({kind for _, body in got for kind in body}, KINDS)

    def test_a_receiver_that_fails_is_told_again(self):
        for one in self.of("added"):
            with self.subTest(one["name"]):
                self.deliveries(one)
                self.assertEqual(self.receiver.refused[f"/{one['name']}"], RETRIES)

    def test_one_that_comes_with_an_answer_is_told_of_the_end(self):
        for one in self.of("with_the_answer"):
            with self.subTest(one["name"]):
                self.assertIn(state(self.deliveries(one)[-1][1]), ENDED)

    def test_credentials_are_neither_logged_nor_kept_as_they_are(self):
        for one in self.made:
            self.deliveries(one)
        kept = [path.read_bytes() for path in (hub().dev.folder / ".attach").rglob("*") if path.is_file()]
        self.assertIn(self.made[0]["task"].encode(), b"".join(kept))
        for secret in ("secret of ", "token of ", hub().alice, hub().alice.rpartition(".")[2]):
            self.assertNotIn(secret, hub().dev.process.output())
            self.assertNotIn(secret.encode(), b"".join(kept))
