"""Temporal goes away for a minute, or the gateway is killed, while workflows run: each ends as if nothing had been,
and nothing is done twice."""

import collections
import os
import time
import unittest

import temporal
from memory import token
from process import eventually
from tasks import Person
from web import call
from workplace import Workplace

AWAY = int(os.environ.get("ATTACH_TIER_AWAY", "60"))  # seconds
BEFORE, MEANWHILE = 20, 10
KINDS = ("Once", "Waits", "Fails", "Once")


class Story:
    """Tasks of every kind, sent to one gateway; what they have to come to."""

    def __init__(self, place, gateway):
        self.ada, self.place, self.gateway = Person(token("ada")), place, gateway
        self.sent = {}

    def send(self, count):
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            self.sent[self.ada.send(self.gateway, f"temporal://{kind}")] = kind
        return list(self.sent)[-count:]

    def of(self, kind):
        return [task for task, its in self.sent.items() if its == kind]

    def until_some_have_done_their_thing(self, count):
        eventually(lambda: len(self.place.stamped()) >= count, f"{count} workflows have done their thing", limit=60)

    def ended(self):
        """The states of all, by kind, once those that wait may end."""
        for task in self.of("Waits"):
            eventually(lambda: self.place.stamped()[task], f"{task} has done its thing", limit=90)
            self.place.let_end(task)
        statuses = {task: self.ada.ended(self.gateway, task, limit=90) for task in self.sent}
        return collections.Counter((kind, statuses[task]["state"]) for task, kind in self.sent.items())

    def wanted(self):
        return collections.Counter((kind, "error" if kind == "Fails" else "done") for kind in self.sent.values())


class TemporalGoesAwayForAMinute(unittest.TestCase):
    beside = True

    @classmethod
    def setUpClass(cls):
        server = temporal.Temporal().start()
        cls.addClassCleanup(server.stop)
        cls.place = Workplace(server)
        cls.place.worker.start()
        cls.addClassCleanup(cls.place.worker.stop)
        cls.gateway = cls.place.gateway()
        cls.addClassCleanup(cls.gateway.stop)
        cls.story = Story(cls.place, cls.gateway)
        cls.canceled = cls.story.ada.send(cls.gateway, "temporal://Waits")
        cls.story.send(BEFORE)
        cls.story.until_some_have_done_their_thing(BEFORE // 4)
        cls.over = [task for task in cls.story.of("Once") if cls.status(task)["state"] == "done"]
        server.stop()
        cls.meanwhile()
        server.start()
        cls.states = cls.story.ended()

    @classmethod
    def meanwhile(cls):
        """What is seen of the gateway while Temporal is away."""
        back = time.monotonic() + AWAY
        cls.late = cls.story.send(MEANWHILE)
        cls.told_to_stop = cls.story.ada.cancel(cls.gateway, cls.canceled).status
        says = lambda: all("Temporal" in str(cls.status(task).get("detail")) for task in cls.late)
        eventually(says, "each says that Temporal is away", limit=30)
        cls.states_meanwhile = {cls.status(task)["state"] for task in cls.late}
        cls.ready = []
        while time.monotonic() < back:
            answer = call("GET", f"{cls.gateway.url}/readyz")
            cls.ready.append((answer.status, "temporal" in answer.body.decode().lower()))
            time.sleep(1)

    @classmethod
    def status(cls, task):
        return cls.story.ada.status(cls.gateway, task)

    def test_all_end_as_they_would_have(self):
        self.assertEqual(self.states, self.story.wanted())

    def test_no_workflow_is_begun_twice_and_nothing_that_had_ended_is_done_again(self):
        """What was under way Temporal may have done again: it did not hear that it was done."""
        stamped = self.place.stamped()
        self.assertEqual({self.place.runs(task) for task in self.story.sent}, {1})
        self.assertEqual({stamped[task] for task in self.over} | {1}, {1})
        for kind in ("Once", "Waits"):
            self.assertNotIn(0, {stamped[task] for task in self.story.of(kind)})

    def test_tasks_were_taken_meanwhile_and_waited(self):
        self.assertLessEqual(self.states_meanwhile, {"queued", "in_progress"})

    def test_the_gateway_was_ready_and_named_what_was_away(self):
        self.assertEqual(set(self.ready), {(200, True)})

    def test_a_task_that_was_canceled_meanwhile_has_its_workflow_canceled(self):
        self.assertEqual(self.told_to_stop, 200)
        look = lambda: self.place.server.status(self.canceled) == "CANCELED"
        eventually(look, "its workflow is canceled", limit=60)


class TheGatewayIsKilledWhileWorkflowsRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Workplace(temporal.shared())
        cls.place.worker.start()
        cls.addClassCleanup(cls.place.worker.stop)
        cls.gateway = cls.place.gateway()
        cls.addClassCleanup(cls.gateway.stop)
        cls.story = Story(cls.place, cls.gateway)
        cls.stubborn = cls.story.ada.send(cls.gateway, "temporal://Stubborn")
        eventually(lambda: cls.place.server.status(cls.stubborn) == "RUNNING", "its workflow runs", limit=30)
        cls.story.ada.cancel(cls.gateway, cls.stubborn)
        for _ in range(3):
            cls.story.send(10)
            cls.gateway.process.kill()
            cls.gateway.start()
        cls.states = cls.story.ended()

    def test_all_end_as_they_would_have(self):
        self.assertEqual(self.states, self.story.wanted())

    def test_nothing_is_done_twice(self):
        stamped = self.place.stamped()
        for kind in ("Once", "Waits"):
            self.assertEqual({stamped[task] for task in self.story.of(kind)}, {1})
        self.assertEqual({self.place.runs(task) for task in self.story.sent}, {1})

    def test_no_history_has_an_end_twice(self):
        for task in self.story.sent:
            kinds = self.story.ada.kinds(self.gateway, task)
            self.assertEqual(len([kind for kind in kinds if kind in ("completed", "failed")]), 1, kinds)

    def test_a_workflow_that_was_to_be_ended_is_ended_all_the_same(self):
        look = lambda: self.place.server.status(self.stubborn) == "TERMINATED"
        eventually(look, "the workflow that does not listen is ended by force", limit=60)
