"""The examples, run as their readers run them."""

import unittest

import clients
from fetch import ROOT
from gateway import Dev
from process import Process, eventually, free_port, listens, run
from servers import llama
from web import call

EXAMPLES = ROOT / "examples"


class TheExamples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dev = Dev(ENGINE_URL=llama().url)
        cls.addClassCleanup(cls.dev.stop)

    def printed(self, python, name):
        env = {"ATTACH_URL": self.dev.url, "ATTACH_TOKEN": self.dev.token}
        done = run([python, EXAMPLES / name], env=env, limit=180)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(done.stdout.strip(), "")
        return done.stdout

    def holds_the_last_two_answers(self, printed):
        """What the model wrote in the last two calls, as it passed the gateway, is in what was printed."""

        def look():
            texts = [response["text"].strip() for response in self.dev.memory(event="response", limit=2)]
            return len(texts) == 2 and all(text and text in printed for text in texts)

        eventually(look, f"the model's last two answers are in what was printed:\n{printed}")

    def test_openai_sdk_prints_an_answer_whole_and_streamed(self):
        printed = self.printed(clients.openai_sdk(), "openai_sdk.py")
        self.holds_the_last_two_answers(printed)

    def test_handoff_prints_the_coders_answer(self):
        printed = self.printed(clients.requests(), "handoff.py")
        task = self.dev.ask("GET", "/a2a/tasks?limit=1&state=done").json["tasks"][0]
        self.assertEqual(printed.strip(), task["result"]["choices"][0]["message"]["content"].strip())

    def test_langgraph_client_prints_plan_and_code(self):
        printed = self.printed(clients.langgraph(), "langgraph_client.py")
        self.holds_the_last_two_answers(printed)

    def test_flask_app_asks_in_its_users_name(self):
        python, port = clients.flask(), free_port()
        command = [python, "-m", "flask", "--app", EXAMPLES / "flask_app.py", "run", "--port", port]
        app = Process("flask", command, env={"ATTACH_URL": self.dev.url}).until(lambda: listens(port))
        self.addCleanup(app.stop)
        ask = f"http://127.0.0.1:{port}/ask"
        answer = call("POST", ask, body="Sort a list", token=self.dev.token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertNotEqual(answer.json["choices"][0]["message"]["content"].strip(), "")
        self.assertEqual(call("POST", ask, body="Sort a list").status, 401)
