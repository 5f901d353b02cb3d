"""A stream that is cut at its quota, as the OpenAI SDK and the Ollama client read it."""

import http.server
import json
import threading
import unittest

from clients import openai_and_ollama
from fetch import PEERS
from gateway import Dev, Serve, command
from process import eventually, run
from servers import llama

LIMIT = 40


class Endless:
    """An engine that speaks Ollama's dialect and never ends; counts the streams that are open."""

    def __init__(self):
        self.open = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                own.open += 1
                try:
                    self.lines("message" if self.path == "/api/chat" else "response")
                except OSError:
                    pass
                finally:
                    own.open -= 1
                    self.close_connection = True

            def lines(self, member):
                """Two lines a chunk, and half of a third, for as long as anybody reads."""
                rest, text = b"", " one"  # a token
                while True:
                    for _ in range(3):
                        said = {"role": "assistant", "content": text} if member == "message" else text
                        line = {"model": "scripted", "created_at": "2026-11-23T03:41:20.5642Z", member: said,
                                "done": False}
                        rest += json.dumps(line).encode() + b"\n"
                    chunk, rest = rest[:-40], rest[-40:]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class AStreamCutAtItsQuota(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        python, cls.engine = openai_and_ollama(), Endless()
        cls.addClassCleanup(cls.engine.stop)
        # Dev reads no quota: it is who signs the tokens.
        cls.issuer = Dev(ENGINE_URL=cls.engine.url)
        cls.addClassCleanup(cls.issuer.stop)
        cls.gateway = cls.limited(ENGINE_URL=llama().url)
        cls.native = cls.limited(ENGINE_URL=cls.engine.url, ENGINE_KIND="ollama")
        done = run([python, PEERS / "quota_cut.py"], env={
            "GATEWAY": cls.gateway.url, "NATIVE": cls.native.url,
            "TOKENS": cls.tokens(5), "NATIVE_TOKENS": cls.tokens(2)})
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.found = json.loads(done.stdout)

    @classmethod
    def limited(cls, **engine):
        gateway = Serve(OIDC_ISSUER=cls.issuer.issuer, OIDC_AUD="attach-dev", MAX_TOKENS_PER_MIN=str(LIMIT), **engine)
        cls.addClassCleanup(gateway.stop)
        return gateway

    @classmethod
    def tokens(cls, count):
        people = [f"user-{number}" for number in range(count)]
        signed = [command("token", "--sub", name, folder=cls.issuer.folder).stdout.strip() for name in people]
        return json.dumps(signed)

    def is_cut(self, chunk):
        self.assertEqual([choice["finish_reason"] for choice in chunk["choices"]], ["length"])
        self.assertEqual(chunk["attach"], {"reason": "token_quota"})

    def is_within(self, usage):
        self.assertGreater(usage["completion_tokens"], 5)
        self.assertLessEqual(usage["total_tokens"], LIMIT + 4)

    def test_the_sdk_reads_a_chat_to_its_last_chunk_which_says_why(self):
        *words, last = self.found["chat"]
        self.is_cut(last)
        self.is_within(last["usage"])
        self.assertEqual({chunk["id"] for chunk in words}, {last["id"]})
        self.assertEqual({chunk["model"] for chunk in words}, {last["model"]})

    def test_the_sdk_gets_usage_once_where_it_asked_for_it(self):
        *_, cut, last = self.found["chat_with_usage"]
        self.is_cut(cut)
        self.assertEqual(last["choices"], [])
        self.is_within(last["usage"])
        self.assertEqual(sum(chunk["usage"] is not None for chunk in self.found["chat_with_usage"]), 1)

    def test_the_sdk_puts_a_whole_completion_together(self):
        (choice,) = self.found["gathered"]["choices"]
        self.assertEqual(choice["finish_reason"], "length")
        self.assertNotEqual(choice["message"]["content"].strip(), "")

    def test_the_sdk_reads_an_older_completion_to_its_end(self):
        *_, last = self.found["completion"]
        self.is_cut(last)
        self.assertEqual(last["object"], "text_completion")

    def test_the_next_call_is_the_sdks_rate_limit_error(self):
        refused = self.found["refused"]
        self.assertEqual(refused["status"], 429, refused)
        self.assertGreaterEqual(int(refused["after"]), 1)

    def test_the_ollama_client_reads_a_chat_and_a_generation_to_a_line_that_is_done(self):
        for name in ("native_chat", "native_generate"):
            *words, last = self.found[name]
            self.assertEqual((last["done"], last["done_reason"]), (True, "length"), name)
            self.assertEqual(last["eval_count"], len(words), name)
            self.assertLessEqual(last["eval_count"] + last["prompt_eval_count"], LIMIT, name)

    def test_the_engine_is_not_left_at_work(self):
        eventually(lambda: self.engine.open == 0, "the engine's connections are closed")

    def test_every_row_says_that_the_answer_was_cut(self):
        look = lambda: self.native.rows_of("select * from usage_record")
        rows = eventually(lambda: len(look()) == 2 and look(), "both calls are in usage_record")
        self.assertEqual({(row["outcome"], row["source_out"]) for row in rows}, {("cut", "counted")})
