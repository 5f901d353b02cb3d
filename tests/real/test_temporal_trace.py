"""What Temporal's own command line reads back of a hand-off is what the rows say."""

import datetime
import unittest

import temporal
from gateway import Dev, agent
from memory import echo
from process import eventually, free_port
from runners import Runners
from tasks import Person
from temporal import value

REQUEST = {"model": "echo", "messages": [{"role": "user", "content": "a heron, which nobody else need know of"}]}
CLOSE = 5  # seconds between what a row says and what Temporal noted: steps come in batches


def millis(text):
    return datetime.datetime.fromisoformat(text).timestamp() * 1000


class Trace:
    """A workflow that stands for a task, as Temporal has it."""

    def __init__(self, server, workflow):
        self.events = server.history(workflow)
        self.info = server.described(workflow)["workflowExecutionInfo"]
        self.status = self.info["status"].removeprefix("WORKFLOW_EXECUTION_STATUS_")

    def named(self, fields):
        return {name: value(payload) for name, payload in fields.items()}

    def attributes(self):
        return self.named(self.info["searchAttributes"]["indexedFields"])

    def memo(self):
        return self.named(self.info["memo"]["fields"])

    def signaled(self):
        """What it was told, and when, in milliseconds."""
        for event in self.events:
            told = event.get("workflowExecutionSignaledEventAttributes")
            if told:
                (payload,) = told["input"]["payloads"]
                yield millis(event["eventTime"]), value(payload)

    def times(self):
        """When the workflow began and ended, and when its one activity did, in milliseconds."""
        at = {event["eventType"].removeprefix("EVENT_TYPE_"): millis(event["eventTime"]) for event in self.events}
        kinds = ("WORKFLOW_EXECUTION_STARTED", "ACTIVITY_TASK_STARTED", "ACTIVITY_TASK_COMPLETED",
                 "WORKFLOW_EXECUTION_COMPLETED")
        return [at[kind] for kind in kinds]

    def steps(self):
        """Each step once, in order: what is told again is the same."""
        return sorted({step["seq"]: step for _, told in self.signaled() for step in told["steps"]}.values(),
                      key=lambda step: step["seq"])


class HandOff:
    """One of the planner to the coder, whoever runs it: what is true of what Temporal knows of it in any case."""

    @classmethod
    def setUpClass(cls):
        cls.server = temporal.shared()
        cls.begin()
        sent = cls.ada.sent(cls.gateway, {"target": "planner", "input": REQUEST})
        assert sent.status == 200, sent.body
        cls.parent = sent.json["task_id"]
        ended = cls.ada.ended(cls.gateway, cls.parent)
        assert ended["state"] == "done", ended
        rows = cls.read("select * from task order by depth")
        cls.rows = {row["task_id"]: row for row in rows}
        cls.child = next(task for task in cls.rows if task != cls.parent)
        for task in cls.rows:
            eventually(lambda: cls.server.status(cls.workflow(task)) == "COMPLETED", "the trace is whole", limit=30)
        cls.traces = {task: Trace(cls.server, cls.workflow(task)) for task in cls.rows}

    @classmethod
    def workflow(cls, task):
        return f"{cls.prefix}/{task}"

    def events(self, task):
        """Its rows but for pieces of a stream, which are no steps."""
        pieces = "kind = 'artifact' and data is not null"
        return self.read(f"select * from task_event where task_id = '{task}' and not ({pieces}) order by seq")

    def test_each_task_of_the_hand_off_has_a_trace_that_has_ended(self):
        self.assertEqual(len(self.rows), 2)
        self.assertEqual({trace.status for trace in self.traces.values()}, {"COMPLETED"})

    def test_the_child_names_its_parent_and_the_parent_none(self):
        memos = {task: trace.memo() for task, trace in self.traces.items()}
        self.assertEqual(memos[self.child]["parent"], self.parent)
        self.assertFalse(memos[self.parent].get("parent"))
        for task, row in self.rows.items():
            self.assertEqual((memos[task]["target"], memos[task]["session"]), (row["target"], row["session_id"]))
        self.assertEqual(memos[self.child]["session"], memos[self.parent]["session"])

    def test_tasks_are_found_by_their_user_and_their_state(self):
        for task, trace in self.traces.items():
            row = self.rows[task]
            found = {"AttachUser": row["user_id"], "AttachState": row["state"]}
            self.assertLessEqual(found.items(), trace.attributes().items())
        query = f"AttachUser = '{self.rows[self.parent]['user_id']}' and AttachState = 'completed'"
        listed = lambda: {one["execution"]["workflowId"] for one in self.server.workflows(query)}
        wanted = {self.workflow(task) for task in self.rows}
        eventually(lambda: wanted <= listed(), "both are in the list", limit=30)

    def test_nothing_that_was_said_is_in_it(self):
        for task in self.rows:
            text = self.server.run("workflow", "show", "--workflow-id", self.workflow(task), "--output", "json").stdout
            self.assertNotEqual(text, "")
            self.assertNotIn("heron", text)
            self.assertNotIn(self.ada.token, text)


class TheTraceOfAHandOff(HandOff, unittest.TestCase):
    prefix = "attach-trace"

    @classmethod
    def begin(cls):
        cls.gateway = Dev(ENGINE_URL=echo(), TEMPORAL_URL=cls.server.address, TEMPORAL_QUEUE="trace")
        cls.addClassCleanup(cls.gateway.stop)
        cls.ada, cls.read = Person(cls.gateway.token), cls.gateway.rows_of

    def test_steps_are_the_rows_events_in_number_kind_state_and_attempt(self):
        for task, trace in self.traces.items():
            told = [(step["seq"], step["kind"], step["state"], step["attempt"]) for step in trace.steps()]
            rows = [(event["seq"], event["kind"], event["state"], event["attempt"]) for event in self.events(task)]
            self.assertEqual(told, rows)

    def test_times_are_those_of_the_rows(self):
        for task, trace in self.traces.items():
            self.assertEqual([step["at_ms"] for step in trace.steps()], [event["at"] for event in self.events(task)])
            for noted, told in trace.signaled():
                for step in told["steps"]:
                    self.assertTrue(-1 <= (noted - step["at_ms"]) / 1000 <= CLOSE, (noted, step))

    def test_the_parents_trace_says_when_its_child_came(self):
        kinds = [step["kind"] for step in self.traces[self.parent].steps()]
        self.assertIn("child", kinds)


class TheTraceOfAHandOffThatTemporalRan(HandOff, unittest.TestCase):
    """The workflow that ran a task is its trace; it needs no other."""

    prefix = "attach-task"

    @classmethod
    def begin(cls):
        cls.place = Runners(is_shared=True)
        cls.addClassCleanup(cls.place.stop)
        port = free_port()
        agents = {name: agent(name, f"http://127.0.0.1:{port}") for name in ("planner", "coder")}
        named = ",".join(f"{name}={url}/api/chat" for name, url in agents.items())
        cls.gateway = cls.place.gateway(PORT=str(port), AGENTS=named, MEM_BACKEND="postgres")
        cls.ada, cls.read = cls.place.ada, cls.place.rows

    def test_no_task_has_a_second_trace(self):
        self.assertEqual([self.server.status(f"attach-trace/{task}") for task in self.rows], [None, None])

    def test_each_was_done_in_one_attempt_and_its_workflow_says_what_came_of_it(self):
        for task, trace in self.traces.items():
            kinds = [event["eventType"].removeprefix("EVENT_TYPE_") for event in trace.events]
            self.assertEqual(kinds.count("ACTIVITY_TASK_STARTED"), 1, kinds)
            self.assertEqual(self.rows[task]["attempt"], 1)
            (payload,) = trace.events[-1]["workflowExecutionCompletedEventAttributes"]["result"]["payloads"]
            self.assertEqual(value(payload), {"state": self.rows[task]["state"]})

    def test_times_are_those_of_the_rows(self):
        for task, trace in self.traces.items():
            at = {event["kind"]: event["at"] for event in self.events(task)}
            rows = [at["submitted"], at["working"], at["completed"], at["completed"]]
            for noted, row in zip(trace.times(), rows):
                self.assertLess(abs(noted - row) / 1000, CLOSE, (trace.times(), rows))

    def test_the_childs_workflow_is_within_its_parents(self):
        parent, child = self.traces[self.parent].times(), self.traces[self.child].times()
        self.assertTrue(parent[1] < child[0] and child[-1] < parent[-1] + 1000 * CLOSE, (parent, child))
        came = next(event["at"] for event in self.events(self.parent) if event["kind"] == "child")
        self.assertLess(abs(child[0] - came) / 1000, CLOSE)
