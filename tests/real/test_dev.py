"""`attach-gateway dev` by itself."""

import signal
import unittest

from gateway import Dev, command
from web import answers, call

USUAL_PLACES = (11434, 8000, 8081)
CHAT = {"model": "default", "messages": [{"role": "user", "content": "hello"}]}


class DevWithoutAnEngine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if any(answers(f"http://127.0.0.1:{port}/v1/models") for port in USUAL_PLACES):
            raise unittest.SkipTest("an engine runs on this machine where dev looks for one")
        cls.dev = Dev()
        cls.addClassCleanup(cls.dev.process.stop)

    def test_its_table_and_its_answers_say_that_no_model_is_there(self):
        self.assertIn("STAND-IN, no model", self.dev.rows["engine"])
        answer = self.dev.ask("POST", "/v1/chat/completions", body=CHAT)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn("not a model", answer.json["choices"][0]["message"]["content"])

    def test_a_token_that_is_asked_for_is_printed_alone_and_lets_in(self):
        printed = command("token", "--sub", "alice", folder=self.dev.folder)
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        answer = call("POST", f"{self.dev.url}/v1/chat/completions", body=CHAT, token=printed.stdout.strip())
        self.assertEqual((answer.status, answer.headers["x-attach-user"]), (200, "alice"), answer.body)

    def test_a_second_one_in_the_same_folder_is_refused(self):
        second = command("dev", folder=self.dev.folder, PORT="0")
        self.assertEqual(second.returncode, 64, second.stderr)
        self.assertIn("a dev runs in this folder already", second.stderr)

    def test_ctrl_c_ends_it_with_exit_code_0_within_ten_seconds(self):
        dev = Dev()
        dev.process.signal(signal.SIGINT)
        self.assertEqual(dev.process.exit_code(limit=10), 0, dev.process.output())
