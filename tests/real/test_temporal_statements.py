"""What a task costs in statements of the database, whoever says where it runs."""

import time
import unittest

import temporal
from gateway import Serve
from memory import AUDIENCE, echo, issuer, token
from process import eventually
from statements import Counting, Talkative
from tasks import Person
from witness import Witness

TASKS = 100
MOST = 6  # a task, without traces
SECRET = "of this one gateway, and of no other: 0123456789"
PAUSE = 10.5  # seconds after which a gateway knows that it is alone


class StatementsOfATask(unittest.TestCase):
    """One after the other, so that none shares a statement with another."""

    runner = "temporal"

    @classmethod
    def setUpClass(cls):
        cls.server = Talkative().start()
        cls.addClassCleanup(cls.server.stop)
        cls.database, cls.witness = cls.server.database(), Witness(seconds=0)
        cls.addClassCleanup(cls.witness.stop)
        cls.gateway = Serve(
            OIDC_ISSUER=issuer(1).issuer, OIDC_AUD=AUDIENCE, ENGINE_URL=echo(), MEM_BACKEND="none",
            AGENTS=f"witness={cls.witness.url}/", DATABASE_URL=cls.database.url, GRPC_PORT="off",
            ATTACH_SECRET=SECRET, ATTACH_PUBLIC_URL="https://attach.example",
            TEMPORAL_URL=temporal.shared().address, TEMPORAL_QUEUE=f"statements-{cls.runner}", TEMPORAL_TRACES="false",
            TASK_RUNNER=cls.runner, LOG_LEVEL="info")
        cls.addClassCleanup(cls.gateway.stop)
        cls.ada = Person(token("ada"))
        cls.sent_and_done(0)
        time.sleep(PAUSE)
        with Counting(cls.server) as cls.rest:
            time.sleep(5)
        cls.seconds = time.monotonic()
        with Counting(cls.server) as cls.counting:
            for number in range(TASKS):
                cls.sent_and_done(number + 1)
            cls.done = lambda: cls.database.value("select count(*) from task where state = 'completed'") == TASKS + 1
            eventually(cls.done, "all tasks are done")
        cls.seconds = time.monotonic() - cls.seconds

    @classmethod
    def sent_and_done(cls, number):
        """Asks no gateway whether it is: that would cost a statement."""
        cls.ada.send(cls.gateway, "witness", f"task {number}")
        eventually(lambda: len(cls.witness.calls) > number, f"task {number} was done")

    def test_a_task_takes_few_statements_and_all_are_told(self):
        idle = len(self.rest.statements) / 5
        told = self.counting.by_kind()
        print(f"  {self.runner}: {len(self.counting.statements) / TASKS:.2f} statements a task in {self.seconds:.1f} s, "
              f"of which {idle * self.seconds / TASKS:.2f} are said by the clock ({idle:.1f} a second)")
        for statement, count in told.most_common():
            print(f"    {count / TASKS:6.2f}  {statement}")
        own = (len(self.counting.statements) - idle * self.seconds) / TASKS
        self.assertLessEqual(own, MOST)


class StatementsOfATaskThatRunsHere(StatementsOfATask):
    runner = "local"
