"""`serve` and `check`, with a real issuer and a real engine."""

import re
import unittest

from gateway import Dev, binary, command, new_folder
from process import Process, free_port
from servers import MODEL, llama
from web import answers, call


class ServeAndCheck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.issuer = Dev(ENGINE_URL=llama().url)
        cls.addClassCleanup(cls.issuer.stop)

    def setUp(self):
        self.folder = new_folder()
        self.port = free_port()
        self.settings = {
            "OIDC_ISSUER": self.issuer.issuer, "OIDC_AUD": "attach-dev", "ENGINE_URL": llama().url,
            "ATTACH_DATA": str(self.folder / "data"), "PORT": str(self.port),
        }

    def check(self, **changed):
        done = command("check", folder=self.folder, **{**self.settings, **changed})
        rows = [re.split(" {2,}", line.strip()) for line in done.stdout.splitlines()]
        return done, {what.split()[0]: (what, state, *detail) for what, state, *detail in rows}

    def test_check_says_that_everything_would_work(self):
        done, rows = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for what in ("listen", "issuer", "engine", "store"):
            self.assertEqual(rows[what][1], "ok", rows[what])
        self.assertEqual(rows["issuer"][0], f"issuer {self.issuer.issuer}")
        self.assertIn(llama().url, rows["engine"][2])
        self.assertEqual(rows["memory"][1], "on")
        self.assertEqual(rows["quota"][1:], ("off", "MAX_TOKENS_PER_MIN is not set"))

    def test_check_finds_an_issuer_and_an_engine_that_do_not_answer(self):
        nobody = f"http://127.0.0.1:{free_port()}"
        done, rows = self.check(OIDC_ISSUER=nobody, ENGINE_URL=nobody)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual((rows["issuer"][1], rows["engine"][1]), ("FAULT", "FAULT"), done.stdout)

    def test_check_names_the_variable_that_is_missing(self):
        done, _ = self.check(OIDC_ISSUER="")
        self.assertEqual(done.returncode, 64, done.stdout + done.stderr)
        self.assertIn("OIDC_ISSUER", done.stderr)

    def test_serve_lets_the_issuers_user_chat_and_stops_when_told(self):
        gateway = Process("serve", [binary(), "serve"], cwd=self.folder, env=self.settings)
        self.addCleanup(gateway.stop)
        url = f"http://127.0.0.1:{self.port}"
        gateway.until(lambda: answers(f"{url}/readyz"))
        chat = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 16}
        answer = call("POST", f"{url}/v1/chat/completions", body=chat, token=self.issuer.token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.headers["x-attach-user"], "dev")
        self.assertEqual(call("POST", f"{url}/v1/chat/completions", body=chat).status, 401)
        gateway.stop()
        self.assertEqual(gateway.exit_code(), 0, gateway.output())
