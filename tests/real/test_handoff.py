"""The hand-off: a request becomes a plan, the plan becomes code, on a real model."""

import itertools
import unittest

from gateway import Dev
from process import eventually
from servers import llama

REQUEST = [{"role": "user", "content": "Write Python to sort a list"}]


class TheHandOffWhole(unittest.TestCase):
    stream = False

    @classmethod
    def setUpClass(cls):
        cls.dev = Dev(ENGINE_URL=llama().url)
        cls.addClassCleanup(cls.dev.stop)
        body = {"target": "planner", "input": {"messages": REQUEST, "stream": cls.stream}}
        task = cls.dev.ask("POST", "/a2a/tasks/send", body=body).json["task_id"]
        cls.planner = cls.dev.finished(task)
        if cls.planner["state"] != "done":
            raise AssertionError(f"the hand-off failed: {cls.planner['result']}")
        cls.children = cls.dev.ask("GET", f"/a2a/tasks?parent={task}").json["tasks"]
        cls.coder = cls.children[0]
        cls.answer = cls.planner["result"]["choices"][0]["message"]["content"]
        cls.plan_id = cls.planner["result"]["attach"]["plan_id"]
        cls.code_id = cls.planner["result"]["attach"]["code_id"]

    def document(self, name):
        return self.dev.ask("GET", f"/mem/events/{name}").json

    def written(self, task):
        """What the model answered in a task's call, as it passed the gateway."""
        look = lambda: self.dev.memory(event="response", task_id=task["task_id"])
        (response,) = eventually(look, "the model's answer is in memory")
        return response["text"]

    def test_planner_and_coder_are_done(self):
        self.assertEqual([self.planner["state"], self.coder["state"]], ["done", "done"])

    def test_the_coders_task_is_the_planners_only_child(self):
        self.assertEqual(len(self.children), 1)
        self.assertEqual((self.coder["target"], self.coder["parent"]), ("coder", self.planner["task_id"]))
        self.assertEqual(self.coder["task_id"], self.planner["result"]["attach"]["coder_task_id"])

    def test_planner_and_coder_share_a_session(self):
        self.assertEqual(self.coder["session_id"], self.planner["session_id"])

    def test_the_answer_is_the_text_that_the_model_wrote(self):
        self.assertNotEqual(self.answer.strip(), "")
        self.assertEqual(self.answer, self.written(self.coder))
        print(f"  the model wrote: {self.answer[:160]!r} …")

    def test_the_code_document_holds_the_answer(self):
        code = self.document(self.code_id)
        self.assertEqual((code["text"], code["agent"]), (self.answer, "coder"))
        self.assertEqual(code["task_id"], self.coder["task_id"])

    def test_the_plan_document_holds_what_the_planner_wrote(self):
        plan = self.document(self.plan_id)
        self.assertNotEqual(plan["text"].strip(), "")
        self.assertEqual((plan["text"], plan["agent"]), (self.written(self.planner), "planner"))
        self.assertEqual(plan["task_id"], self.planner["task_id"])

    def test_the_history_stands_in_the_database(self):
        sql = "select task_id, parent_task_id, target, state from task order by depth"
        rows = [tuple(row.values()) for row in self.dev.rows_of(sql)]
        parent, child = self.planner["task_id"], self.coder["task_id"]
        self.assertEqual(rows, [(parent, None, "planner", "completed"), (child, parent, "coder", "completed")])
        # What is streamed is told while it is written, and kept once it is whole.
        kinds = {
            parent: "submitted working document child artifact completed",
            child: f"submitted working {'artifact ' if self.stream else ''}document artifact completed"}
        for task, told in kinds.items():
            events = self.dev.rows_of("select seq, kind from task_event where task_id = ? order by seq", task)
            steps = [kind for kind, _ in itertools.groupby(event["kind"] for event in events)]
            self.assertEqual(" ".join(steps), told)
            self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))

    def usage(self):
        """The rows of the planner's call and of the coder's."""
        look = lambda: self.dev.rows_of("select * from usage_record order by at")
        return eventually(lambda: len(look()) == 2 and look(), "both calls are in usage_record")

    def test_usage_is_what_the_engine_counted(self):
        planner, coder = self.usage()
        for row, task in ((planner, self.planner), (coder, self.coder)):
            self.assertEqual(row["task_id"], task["task_id"])
            self.assertEqual((row["source_in"], row["source_out"], row["outcome"], row["status"]),
                             ("engine", "engine", "finished", 200))
            self.assertGreater(row["tokens_out"], 0)
        usage = self.planner["result"]["usage"]
        self.assertEqual((coder["tokens_in"], coder["tokens_out"]), (usage["prompt_tokens"], usage["completion_tokens"]))


class TheHandOffStreamed(TheHandOffWhole):
    stream = True

    def test_the_models_words_came_as_they_were_written(self):
        # A millisecond a token at least: an answer that was held back comes all at once.
        for row in self.usage():
            self.assertGreater(row["duration_ms"] - row["first_byte_ms"], row["tokens_out"])
