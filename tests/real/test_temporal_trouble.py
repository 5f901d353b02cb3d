"""Workflows that end in every way but the good one: the task says which, and nothing stays behind."""

import unittest

import temporal
from memory import token
from process import eventually
from tasks import Person
from workplace import Workplace

SHORT = 4  # seconds that a workflow may take, where that is what the test is about
GRACE = 60  # seconds in which a workflow that does not listen is ended by force
MIB = 1024 * 1024


class WorkflowsInTrouble(unittest.TestCase):
    beside = True

    @classmethod
    def setUpClass(cls):
        cls.ada = Person(token("ada"))
        cls.place = Workplace(temporal.shared())
        cls.place.worker.start()
        cls.addClassCleanup(cls.place.worker.stop)
        cls.gateway = cls.place.gateway(MAX_REQUEST_BYTES=str(8 * MIB))
        cls.addClassCleanup(cls.gateway.stop)
        cls.short = cls.place.gateway(TEMPORAL_WORKFLOW_TIMEOUT=str(SHORT))
        cls.addClassCleanup(cls.short.stop)

    def failed(self, task, *words, gateway=None):
        """It has failed, and says so with these words."""
        status = self.ada.ended(gateway or self.gateway, task)
        self.assertEqual(status["state"], "error")
        for word in words:
            self.assertIn(word, status["result"]["detail"])
        self.assertEqual(self.ada.kinds(gateway or self.gateway, task)[-1], "failed")
        return status

    def runs_in_temporal(self, task, status="RUNNING"):
        eventually(lambda: self.place.server.status(task) == status, f"the workflow is {status}", limit=GRACE)

    def canceled(self, task):
        self.assertEqual(self.ada.ended(self.gateway, task)["state"], "error")
        self.assertEqual(self.ada.kinds(self.gateway, task)[-1], "canceled")

    def test_a_workflow_that_is_not_listed_is_refused_and_the_setting_is_named(self):
        gateway = self.place.gateway(TEMPORAL_WORKFLOWS="ProcessChat,Once")
        self.addCleanup(gateway.stop)
        for name in ("Fails", "processchat", "ProcessChat2"):
            body = {"target_url": f"temporal://{name}", "input": {"messages": []}}
            answer = self.ada.sent(gateway, body)
            self.assertEqual(answer.status, 400, name)
            self.assertIn("TEMPORAL_WORKFLOWS", answer.json["detail"])
        self.assertEqual(self.ada.ended(gateway, self.ada.send(gateway, "temporal://ProcessChat"))["state"], "done")

    def test_a_workflow_that_no_worker_knows_ends_when_its_time_is_over(self):
        task = self.ada.send(self.short, "temporal://Unheard")
        self.failed(task, "Unheard", f"did not end within {SHORT} s", gateway=self.short)
        self.assertEqual(self.place.server.status(task), "TIMED_OUT")

    def test_a_workflow_that_takes_too_long_ends_when_its_time_is_over(self):
        task = self.ada.send(self.short, "temporal://Waits")
        self.failed(task, "Waits", f"did not end within {SHORT} s", gateway=self.short)
        self.assertEqual(self.place.server.status(task), "TIMED_OUT")
        self.assertEqual(self.place.stamped()[task], 1)

    def test_a_task_waits_for_a_worker_and_says_so(self):
        place = Workplace(self.place.server)
        gateway = place.gateway()
        self.addCleanup(gateway.stop)
        task = self.ada.send(gateway, "temporal://ProcessChat", "one two")
        waits = lambda: "ProcessChat" in str(self.ada.status(gateway, task).get("detail"))
        eventually(waits, "its status says what it waits for")
        self.assertIn(self.ada.status(gateway, task)["state"], ("queued", "in_progress"))
        place.worker.start()
        self.addCleanup(place.worker.stop)
        self.assertEqual(self.ada.ended(gateway, task)["result"], "Processed 2 tokens")

    def test_a_workflow_that_fails_says_its_kind_and_its_words(self):
        status = self.failed(self.ada.send(self.gateway, "temporal://Fails"), "ColdOven", "the oven is cold")
        self.assertEqual((status["result"]["kind"], status["result"]["message"]), ("ColdOven", "the oven is cold"))

    def test_an_activity_that_fails_is_told_and_not_that_one_failed(self):
        status = self.failed(self.ada.send(self.gateway, "temporal://FailsDeeply"), "the bread is burnt")
        self.assertEqual(status["result"]["kind"], "BurntBread")

    def test_a_task_that_is_canceled_cancels_its_workflow(self):
        task = self.ada.send(self.gateway, "temporal://Waits")
        self.runs_in_temporal(task)
        self.assertEqual(self.ada.cancel(self.gateway, task).status, 200)
        self.canceled(task)
        self.runs_in_temporal(task, "CANCELED")
        self.assertEqual(self.ada.cancel(self.gateway, task).status, 409)

    def test_a_workflow_that_does_not_listen_is_ended_by_force(self):
        task = self.ada.send(self.gateway, "temporal://Stubborn")
        self.runs_in_temporal(task)
        self.assertEqual(self.ada.cancel(self.gateway, task).status, 200)
        self.canceled(task)
        self.runs_in_temporal(task, "TERMINATED")

    def test_a_workflow_that_somebody_else_cancels_cancels_its_task(self):
        task = self.ada.send(self.gateway, "temporal://Waits")
        self.runs_in_temporal(task)
        self.place.server.run("workflow", "cancel", "--workflow-id", task)
        self.canceled(task)

    def test_a_workflow_that_somebody_else_ends_says_why(self):
        task = self.ada.send(self.gateway, "temporal://Waits")
        self.runs_in_temporal(task)
        self.place.server.run("workflow", "terminate", "--workflow-id", task, "--reason", "the house burns")
        self.failed(task, "terminated", "the house burns")

    def test_nothing_is_left_to_look_after_once_a_task_has_ended(self):
        for name in ("Once", "Fails"):
            task = self.ada.send(self.gateway, f"temporal://{name}")
            self.ada.ended(self.gateway, task)
            left = lambda: self.gateway.rows_of("select * from workflow where task_id = ?", task)
            eventually(lambda: not left(), "its workflow has no row", limit=10)

    def test_a_result_that_is_not_json_is_a_failure(self):
        self.failed(self.ada.send(self.gateway, "temporal://NotJson"), "NotJson", "JSON")

    def test_a_workflow_that_goes_on_as_another_run_is_followed(self):
        task = self.ada.send(self.gateway, "temporal://GoesOn")
        self.assertEqual(self.ada.ended(self.gateway, task)["result"], "as run 3")

    def test_an_input_of_three_mib_is_too_large_for_temporal(self):
        self.failed(self.ada.send(self.gateway, "temporal://Once", "x" * (3 * MIB)), "2 MiB")

    def test_an_input_of_one_and_a_half_mib_is_not(self):
        size = 3 * MIB // 2
        task = self.ada.send(self.gateway, "temporal://Once", "x" * size)
        self.assertEqual(self.ada.ended(self.gateway, task)["result"], {"characters": size})

    def test_who_sends_the_same_again_has_the_same_workflow(self):
        tasks = {self.ada.send(self.gateway, "temporal://Once", key="once") for _ in range(5)}
        (task,) = tasks
        self.assertEqual(self.ada.ended(self.gateway, task)["state"], "done")
        self.assertEqual((self.place.stamped()[task], self.place.runs(task)), (1, 1))
