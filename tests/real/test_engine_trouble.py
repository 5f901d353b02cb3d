"""What callers see when the engine says no, dies, or is not there."""

import http.client
import unittest

import servers
from gateway import Dev
from process import eventually
from web import call, opened

CHAT = "/v1/chat/completions"


def chat(text, **more):
    return {"model": servers.MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 16, **more}


class EngineTrouble(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        servers.llama()  # that it can be had is known from here on; this one is not to be killed
        cls.engine = servers.Llama(context=1024).start()
        cls.dev = Dev(ENGINE_URL=cls.engine.url)
        cls.addClassCleanup(cls.dev.stop)
        cls.addClassCleanup(lambda: cls.engine.process.kill())

    def tearDown(self):
        if self.engine.process.child.poll() is not None:
            self.engine.start()

    def test_a_prompt_over_the_context_gets_the_engines_own_400(self):
        long = chat("word " * 3000)
        own = call("POST", self.engine.url + CHAT, body=long)
        passed = self.dev.ask("POST", CHAT, body=long)
        self.assertEqual((passed.status, passed.body), (400, own.body))
        self.assertEqual(passed.json["error"]["type"], "exceed_context_size_error")

    def test_a_stream_breaks_when_its_engine_is_killed_and_is_kept_as_cut(self):
        body = chat("Count to a thousand", max_tokens=900, ignore_eos=True, stream=True)
        connection, stream = opened("POST", self.dev.url + CHAT, body=body, token=self.dev.token)
        self.addCleanup(connection.close)
        read = b""
        while read.count(b"data: ") < 5:
            read += stream.readline()
        self.engine.process.kill()
        with self.assertRaises((http.client.IncompleteRead, ConnectionResetError)) as broken:
            read += stream.read()
        read += getattr(broken.exception, "partial", b"")
        self.assertNotIn(b"[DONE]", read)
        look = lambda: self.dev.rows_of("select * from usage_record where outcome = 'cut'")
        (row,) = eventually(look, "the call is in usage_record as cut")
        self.assertEqual((row["status"], row["source_in"], row["source_out"]), (200, "counted", "counted"))
        self.assertGreater(row["tokens_out"], 0)

    def test_an_engine_that_does_not_run_is_a_502_and_one_that_runs_again_answers(self):
        self.engine.process.kill()
        for stream in (False, True):
            refused = self.dev.ask("POST", CHAT, body=chat("hello", stream=stream))
            self.assertEqual(refused.status, 502, refused.body)
            self.assertEqual(refused.json["error"]["type"], "upstream_unreachable")
        self.engine.start()
        answer = self.dev.ask("POST", CHAT, body=chat("hello"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertNotEqual(answer.json["choices"][0]["message"]["content"].strip(), "")
