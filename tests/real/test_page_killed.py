"""The gateway is killed and started again under open pages, which recover by themselves."""

import re
import time
import unittest

from gateway import Dev, Serve, command
from page import Stage, Watching
from tasks import Person

PARTS = 40
AWAY = 2  # seconds
OVER_A2A = {"message": {"messageId": "1", "role": "ROLE_USER", "parts": [{"text": f"count {PARTS}"}]},
            "configuration": {"returnImmediately": True}}


class AGatewayKilledUnderThePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stage = Stage()
        cls.addClassCleanup(stage.stop)
        issuer = Dev(ENGINE_URL=stage.url, MEM_BACKEND="none")
        cls.addClassCleanup(issuer.process.stop)
        cls.gateway = Serve(
            OIDC_ISSUER=issuer.issuer, OIDC_AUD="attach-dev", ENGINE_URL=stage.url, TASK_LEASE="5",
            AGENTS=f"counter={stage.url}/agent")
        cls.addClassCleanup(lambda: cls.gateway.stop())
        person = Person(command("token", "--sub", "ada", folder=issuer.folder).stdout.strip())
        # Whoever watches a task over A2A gets its answer bit by bit: each bit is an event.
        sent = person.ask(cls.gateway, "POST", "/agents/counter/message:send", body=OVER_A2A, headers={"A2A-Version": "1.0"})
        task = sent.json["task"]["id"]
        watching = Watching(
            "page_killed.mjs", cls.gateway.url, token=person.token, task=task, words=f"count {PARTS + 1}",
            limit_ms=90_000)
        cls.addClassCleanup(watching.stop)
        watching.until("under way")
        cls.gateway.process.kill()
        watching.until("lost")
        time.sleep(AWAY)
        cls.gateway.start()
        stage.gate.set()
        cls.seen = watching.seen(limit=180)
        cls.rows = cls.gateway.rows_of("select seq, kind from task_event where task_id = ? order by seq", task)

    def test_the_task_was_cut_off_and_made_again(self):
        kinds = [row["kind"] for row in self.rows]
        self.assertEqual((kinds.count("working"), kinds[-1]), (2, "completed"), kinds)

    def test_each_event_of_the_database_is_drawn_once_and_in_order(self):
        drawn = [(int(number), kind) for number, kind in self.seen["events"]]
        self.assertEqual(drawn, [(row["seq"], row["kind"]) for row in self.rows])
        self.assertEqual(self.seen["told"], f"{len(self.rows)} events")

    def test_ask_tells_each_step_once(self):
        steps = "\n".join(self.seen["steps"])
        for line in ("Request sent to counter", "Counter was called, try 2", "Counter finished"):
            self.assertEqual(steps.count(line), 1, steps)

    def test_the_answer_is_whole_and_nothing_in_it_is_doubled(self):
        parts = [int(number) for number in re.findall(r"\bpart (\d+)\b", self.seen["answer"])]
        self.assertEqual(parts, list(range(1, PARTS + 2)))

    def test_no_page_was_loaded_anew(self):
        self.assertEqual(self.seen["here"], ["since before"] * 3)

    def test_the_console_says_nothing_but_that_nobody_answered(self):
        self.assertEqual(self.seen["complaints"], [])
