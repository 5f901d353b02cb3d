"""Tasks that Temporal has run: ended from either side, taken over and given back, and each of them ends once."""

import signal
import time
import unittest

import temporal
from process import eventually
from runners import Runners, workflow
from tasks import ENDED_KINDS, Person

HEARD = 45  # seconds: a cancel comes back with a heartbeat, which the SDK sends each 8 s, or with a look
AWAY = 20  # seconds, more than Temporal waits for a heartbeat


class Ran:
    """What all of them ask."""

    def ended(self, task, kind, *words, gateway=None):
        """It has ended once and as `kind`, and its result says these words."""
        gateway = gateway or self.gateway
        status = self.ada.ended(gateway, task)
        kinds = self.ada.kinds(gateway, task)
        self.assertEqual([one for one in kinds if one in ENDED_KINDS], [kind])
        self.assertEqual(kinds[-1], kind)
        for word in words:
            self.assertIn(word, status["result"]["detail"])
        return status

    def in_temporal(self, task, *statuses):
        look = lambda: self.place.server.status(workflow(task)) in statuses
        eventually(look, f"its workflow is {' or '.join(statuses)}", limit=HEARD)

    def hung_up_on(self, task, attempt=1):
        eventually(lambda: (task, attempt) in self.place.patient.hung_up, "the agent is hung up on", limit=HEARD)

    def asked_once(self, task):
        self.assertEqual([call for call in self.place.patient.calls if call[0] == task], [(task, 1)])


class TemporalRunsTasks(Ran, unittest.TestCase):
    """On PostgreSQL, where two gateways share the work."""

    is_shared = True

    @classmethod
    def setUpClass(cls):
        cls.place = Runners(is_shared=cls.is_shared)
        cls.addClassCleanup(cls.place.stop)
        cls.gateway = cls.other = cls.place.gateway()
        if cls.is_shared:
            cls.other = cls.place.gateway()
        cls.ada = cls.place.ada

    def test_a_task_is_done_by_its_workflow(self):
        task = self.place.begun(self.gateway)
        self.in_temporal(task, "RUNNING")
        self.place.patient.let_go.add(task)
        self.ended(task, "completed")
        self.in_temporal(task, "COMPLETED")
        self.asked_once(task)

    def test_a_cancel_by_its_owner_hangs_up_on_the_agent_and_ends_the_workflow(self):
        task = self.place.begun(self.gateway)
        self.assertEqual(self.ada.cancel(self.other, task).status, 200)
        self.ended(task, "canceled", "canceled by its owner")
        self.hung_up_on(task)
        self.in_temporal(task, "COMPLETED", "CANCELED")
        self.asked_once(task)

    def test_a_cancel_in_temporal_hangs_up_on_the_agent_and_ends_the_task(self):
        task = self.place.begun(self.gateway)
        done = self.place.server.run("workflow", "cancel", "--workflow-id", workflow(task))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.hung_up_on(task)
        self.ended(task, "canceled", "canceled in Temporal")
        self.in_temporal(task, "CANCELED")
        self.asked_once(task)

    def test_what_a_task_that_is_canceled_in_temporal_had_handed_on_ends_with_it(self):
        task = self.place.begun(self.gateway)
        agent = Person(self.place.patient.tokens[task])
        child = self.place.begun(self.gateway, task=agent.send(self.gateway, "patient"))
        self.assertEqual(self.place.row(child)["parent_task_id"], task)
        done = self.place.server.run("workflow", "cancel", "--workflow-id", workflow(task))
        self.assertEqual(done.returncode, 0, done.stderr)
        for one in (task, child):
            self.hung_up_on(one)
            self.ended(one, "canceled")
            self.in_temporal(one, "COMPLETED", "CANCELED")

    def test_a_termination_in_temporal_fails_the_task_and_says_why(self):
        task = self.place.begun(self.gateway)
        done = self.place.server.run(
            "workflow", "terminate", "--workflow-id", workflow(task), "--reason", "the house burns")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.hung_up_on(task)
        self.ended(task, "failed", "terminated", "the house burns")
        self.asked_once(task)


class TemporalRunsTasksOfAFile(TemporalRunsTasks):
    """The same on SQLite, by one gateway."""

    is_shared = False


class AnAgentAsksBack(Ran, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Runners(is_shared=True)
        cls.addClassCleanup(cls.place.stop)
        cls.gateway, cls.other = cls.place.gateway(), cls.place.gateway()
        cls.ada = cls.place.ada

    def test_each_answer_goes_on_in_a_workflow_of_its_own(self):
        task = self.place.say(self.gateway, "tck-input-required")
        self.assertEqual(task["status"]["state"], "TASK_STATE_INPUT_REQUIRED")
        self.in_temporal(task["id"], "COMPLETED")
        answered = self.place.say(self.other, "tck-complete-task", task=task["id"])
        self.assertEqual(answered["status"]["state"], "TASK_STATE_COMPLETED")
        self.ended(task["id"], "completed")
        message = next(event["seq"] for event in self.ada.history(self.gateway, task["id"])
                       if event["kind"] == "message")
        self.in_temporal(f"{task['id']}/{message}", "COMPLETED")

    def test_a_task_that_waits_for_its_caller_can_be_canceled(self):
        task = self.place.say(self.gateway, "tck-input-required")["id"]
        self.assertEqual(self.ada.cancel(self.other, task).status, 200)
        self.ended(task, "canceled", "canceled by its owner")


class AGatewayThatGoes(Ran, unittest.TestCase):
    """The attempt is made by the first; then the second is there, and the first goes."""

    def setUp(self):
        self.place = Runners(is_shared=True)
        self.addCleanup(self.place.stop)
        self.ada, self.gateway = self.place.ada, self.place.gateway(SHUTDOWN_GRACE="8")
        self.task = self.place.begun(self.gateway)
        self.other = self.place.gateway()

    def taken_over(self):
        self.place.begun(self.other, attempt=2, task=self.task)
        self.place.patient.let_go.add(self.task)
        self.assertEqual(self.ended(self.task, "completed", gateway=self.other)["attempt"], 2)
        self.in_temporal(self.task, "COMPLETED")
        calls = [call for call in self.place.patient.calls if call[0] == self.task]
        self.assertEqual(calls, [(self.task, 1), (self.task, 2)])

    def test_what_it_was_killed_at_is_taken_over(self):
        self.gateway.process.kill()
        self.taken_over()
        self.assertEqual(self.place.row(self.task)["tries"], 2)

    def test_what_it_drains_with_is_given_back_and_is_no_try(self):
        self.gateway.process.signal(signal.SIGTERM)
        self.hung_up_on(self.task)
        self.assertEqual(self.gateway.process.exit_code(limit=20), 0)
        self.taken_over()
        self.assertEqual(self.place.row(self.task)["tries"], 1)
        self.assertIn("released", self.ada.kinds(self.other, self.task))

    def test_what_ends_while_it_drains_is_written(self):
        self.gateway.process.signal(signal.SIGTERM)
        eventually(lambda: "draining" in self.gateway.process.output(), "it drains")
        self.place.patient.let_go.add(self.task)
        self.ended(self.task, "completed", gateway=self.other)
        self.assertEqual(self.gateway.process.exit_code(limit=20), 0)
        self.in_temporal(self.task, "COMPLETED")
        self.asked_once(self.task)


class TemporalGoesAwayInMidAttempt(Ran, unittest.TestCase):
    """Longer than it waits for a heartbeat: it may take the attempts away, which nobody asked for."""

    beside = True

    @classmethod
    def setUpClass(cls):
        server = temporal.Temporal().start()
        cls.addClassCleanup(server.stop)
        cls.place = Runners(is_shared=True, server=server)
        cls.addClassCleanup(cls.place.stop)
        cls.ada, cls.gateway = cls.place.ada, cls.place.gateway()
        cls.wanted, cls.unwanted = cls.place.begun(cls.gateway), cls.place.begun(cls.gateway)
        server.stop()
        time.sleep(AWAY)
        server.start()
        cls.place.begun(cls.gateway)  # tasks are run again

    def test_an_attempt_that_was_taken_away_goes_on(self):
        self.assertNotIn((self.wanted, 1), self.place.patient.hung_up)
        self.place.patient.let_go.add(self.wanted)
        self.ended(self.wanted, "completed")
        self.in_temporal(self.wanted, "COMPLETED")
        self.asked_once(self.wanted)

    def test_it_still_hears_that_it_is_canceled(self):
        done = self.place.server.run("workflow", "cancel", "--workflow-id", workflow(self.unwanted))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.hung_up_on(self.unwanted)
        self.ended(self.unwanted, "canceled", "canceled in Temporal")
        self.in_temporal(self.unwanted, "CANCELED")
        self.asked_once(self.unwanted)
