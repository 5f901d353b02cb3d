"""Three machines: whatever of them dies, each task ends once, watchers miss nothing, and nobody spends too much.

    ATTACH_TIER_TASKS=3000 ATTACH_TIER_SEED=7 tests/real/run.py machines
"""

import concurrent.futures
import os
import random
import unittest

from machines import LIMIT, Machines, Runners, Sending, Spending, Watching, killed, left
from process import eventually
from quota import BODY, CHAT
from tasks import ENDED_KINDS

TASKS = int(os.environ.get("ATTACH_TIER_TASKS", "300"))
SEED = int(os.environ.get("ATTACH_TIER_SEED", random.randrange(1_000_000)))
WATCHERS = 40
HELD, COST = 10, 8  # tokens of one call: while it is under way, and in the end


class ThreeMachines(unittest.TestCase):
    runner, tasks = "local", TASKS

    @classmethod
    def setUpClass(cls):
        cls.machines = Machines(cls.runner)
        cls.addClassCleanup(cls.machines.stop)
        cls.ada, cls.eve = cls.machines.person("ada"), cls.machines.person("eve")
        cls.chaos(random.Random(SEED))
        cls.seen = {watching.task: watching.seen() for watching in cls.watching}
        still = lambda: cls.value("select count(*) from task where state in ('submitted', 'working')") == 0
        eventually(still, "all tasks have ended", limit=300)

    @classmethod
    def chaos(cls, luck):
        """Tasks come, people watch and spend, and two gateways die while they do."""
        print(f"  {cls.tasks} tasks, seed {SEED}")
        moments = sorted(luck.sample(range(cls.tasks // 10, cls.tasks * 8 // 10), 2))
        with (Spending(cls.machines, cls.eve) as cls.spending, Runners(cls.machines.database) as cls.runners,
              concurrent.futures.ThreadPoolExecutor(1) as pool):
            sending = pool.submit(Sending, cls.machines, cls.ada, cls.tasks)
            first = pool_of_watchers(cls.machines, cls.ada, luck)
            for number, moment in enumerate(moments):
                killed(cls.machines, number, moment)
            cls.sent = sending.result()
            cls.watching = first + [
                Watching(cls.machines, cls.ada, task, luck.random())
                for task in luck.sample(sorted(cls.sent.tasks.values()), WATCHERS)]

    @classmethod
    def value(cls, sql):
        return cls.machines.database.value(sql)

    @classmethod
    def rows(cls, sql):
        return cls.machines.database.rows(sql)

    def test_each_task_that_was_accepted_is_done(self):
        self.assertEqual(len(set(self.sent.tasks.values())), self.tasks)
        self.assertEqual(self.rows("select state, count(*) n from task group by state"),
                         [{"state": "completed", "n": self.tasks}])

    def test_each_task_has_ended_once(self):
        ends = ", ".join(f"'{kind}'" for kind in ENDED_KINDS)
        often = self.rows(f"select task_id, count(*) n from task_event where kind in ({ends}) group by 1")
        self.assertEqual((len(often), {row["n"] for row in often}), (self.tasks, {1}))

    def test_no_attempt_was_made_twice(self):
        often = self.machines.witness.often()
        self.assertEqual({count for count in often.values()}, {1})
        self.assertEqual({task for task, _ in often}, set(self.sent.tasks.values()))

    def test_every_history_is_numbered_without_a_gap(self):
        wrong = self.rows("select task_id from task_event group by 1 having min(seq) <> 1 or max(seq) <> count(*)")
        self.assertEqual(wrong, [])

    def test_watchers_at_any_gateway_saw_every_event_in_order(self):
        self.assertGreaterEqual(len(self.seen), min(WATCHERS, self.tasks))
        for task, seen in self.seen.items():
            rows = self.rows(f"select seq, kind from task_event where task_id = '{task}' order by seq")
            self.assertEqual(seen, [(row["seq"], row["kind"]) for row in rows])

    def test_each_gateway_has_worked(self):
        self.assertGreaterEqual(len(self.runners.seen), len(self.machines.gateways))

    def test_what_is_left_is_what_the_rows_say_to_the_token(self):
        """But for calls that broke with their gateway: what became of those nobody can know."""
        rest = left(self.machines, self.eve, HELD)
        spent = lambda: self.value(
            "select coalesce(sum(tokens_in + tokens_out), 0)::bigint n from usage_record where user_id = 'eve'")
        charged = lambda: abs(LIMIT - rest - spent()) <= self.spending.broken * HELD
        eventually(charged, f"what is left is what the rows say, and {self.spending.broken} calls broke", limit=30)
        self.assertLessEqual(spent(), LIMIT)

    def test_of_many_calls_at_once_just_those_that_fit_are_admitted(self):
        """By gateways of which two were killed and are back."""
        bob = self.machines.person("bob")
        fit = LIMIT // HELD
        self.machines.engine.gate.clear()
        with concurrent.futures.ThreadPoolExecutor(2 * fit) as pool:
            calls = [pool.submit(bob.ask, self.machines.gateways[at % 3], "POST", CHAT, body=BODY)
                     for at in range(2 * fit)]
            try:
                eventually(lambda: sum(call.done() for call in calls) == fit, "all but those are refused", limit=60)
            finally:
                self.machines.engine.gate.set()
            statuses = [call.result().status for call in calls]
        self.assertEqual((statuses.count(200), statuses.count(429)), (fit, fit))


def pool_of_watchers(machines, person, luck):
    """Watches the first tasks that there are, from before they run."""
    look = lambda: machines.database.rows(f"select task_id from task limit {WATCHERS // 2}")
    found = eventually(look, "there are tasks", limit=60)
    return [Watching(machines, person, row["task_id"], luck.random()) for row in found]


class ThreeMachinesWithTemporal(ThreeMachines):
    """The same where Temporal says which of them runs what: its development server does some tens a second."""

    runner, tasks = "temporal", TASKS // 3
