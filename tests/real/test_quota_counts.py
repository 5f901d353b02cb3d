"""What counts towards a quota, and what does not: whoever only looks pays nothing."""

import unittest

from load import Load
from memory import Remembering, token
from process import eventually

LOOKS = 10_000
# 3 for the chat, 4 for its message, one each for "user" and "hi".
PROMPT = 9


class LookingCostsNothing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.person = token("looker")
        settings = {"MEM_BACKEND": "none", "MAX_TOKENS_PER_MIN": str(PROMPT), "WINDOW": "3600", "LOG_LEVEL": "warn"}
        cls.gateway = Remembering(settings)
        cls.addClassCleanup(cls.gateway.stop)
        sent = cls.gateway.ask("POST", "/a2a/tasks/send", cls.person,
                               body={"input": {"text": "hello"}, "target": "parrot"})
        assert sent.status == 200, sent.body
        cls.status = f"/a2a/tasks/status/{sent.json['task_id']}"
        ended = lambda: cls.gateway.ask("GET", f"{cls.status}?wait=20", cls.person).json["state"] == "done"
        eventually(ended, "the task has ended", limit=30)
        load = Load(cls.gateway.url, cls.person, lambda _: ("GET", cls.status), callers=16)
        cls.told = load.send(LOOKS)

    def test_1_every_look_is_answered(self):
        self.assertEqual({one.status for one in self.told}, {200})
        self.assertEqual(len(self.told), LOOKS)

    def test_2_after_ten_thousand_looks_the_whole_quota_is_there(self):
        answer = self.gateway.chat(self.person, "hi")
        self.assertEqual(answer.status, 200, answer.body)

    def test_3_a_call_that_is_refused_is_in_no_bill(self):
        answer = self.gateway.chat(self.person, "hi")
        self.assertEqual(answer.status, 429, answer.body)
        rows = lambda: self.gateway.rows_of("select tokens_in from usage_record")
        eventually(rows, "the first call is on disk")
        self.assertEqual([row["tokens_in"] for row in rows()], [PROMPT])
