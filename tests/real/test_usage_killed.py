"""Ten thousand calls, the gateway killed in the middle of them: with `strict` no finished answer lacks its row."""

import collections
import unittest

from load import Load, chat
from memory import Remembering, token
from process import eventually
from web import call

CALLS, CALLERS, KILLED_AT = 10_000, 16, 4_000


def asked(number):
    """Whole and streamed in turn; what the call is for names it."""
    return *chat(f"call {number}", stream=number % 2 == 0), {"x-attach-project": f"call-{number}"}


def is_whole(one):
    """Whether a client would take it for a whole answer."""
    return one.status == 200 and (one.body.rstrip().endswith(b"[DONE]") or one.body.endswith(b"}"))


def finished(load):
    return [one.number for one in load.told if is_whole(one)]


class TheGatewayKilledAmongTenThousandCalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.person, cls.watcher = token("busy"), token("watcher", scope="metrics:read")
        settings = {"MEM_BACKEND": "none", "USAGE_DURABILITY": "strict", "USAGE_METERING": "prometheus",
                    "MAX_TOKENS_PER_MIN": "1000000000", "LOG_LEVEL": "warn"}
        cls.gateway = Remembering(settings)
        cls.addClassCleanup(cls.gateway.stop)
        first = Load(cls.gateway.url, cls.person, asked, callers=CALLERS, breaks=True)
        with first:
            eventually(lambda: len(first.told) >= KILLED_AT, "enough calls have been answered", limit=300)
            cls.gateway.process.kill()
        cls.done = finished(first)
        cls.gateway.start()
        sent = CALLERS + len(first.told)
        second = Load(cls.gateway.url, cls.person, lambda number: asked(number + sent), callers=CALLERS)
        second.send(CALLS - sent)
        cls.done += [number + sent for number in finished(second)]
        cls.rows = cls.gateway.rows_of("select project, model, tokens_in, tokens_out from usage_record")

    def test_every_finished_answer_has_one_row(self):
        told = collections.Counter(row["project"] for row in self.rows)
        self.assertGreater(len(self.done), CALLS - 2 * CALLERS)
        self.assertEqual({told[f"call-{number}"] for number in self.done}, {1})

    def test_rows_of_answers_nobody_saw_are_at_most_the_calls_under_way(self):
        done = {f"call-{number}" for number in self.done}
        self.assertLessEqual(len([row for row in self.rows if row["project"] not in done]), CALLERS)

    def test_prometheus_shows_after_the_restart_what_the_rows_add_up_to(self):
        totals = collections.Counter()
        for row in self.rows:
            totals["in"] += row["tokens_in"]
            totals["out"] += row["tokens_out"]
        shown = call("GET", f"{self.gateway.url}/metrics", token=self.watcher).body.decode()
        lines = [line for line in shown.splitlines() if line.startswith("attach_usage_tokens_total{user=\"busy\"")]
        seen = {line.split('direction="')[1].split('"')[0]: int(line.split()[-1]) for line in lines}
        self.assertEqual(seen, dict(totals))
