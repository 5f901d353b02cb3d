"""Dashboard and alerts, by a real Prometheus that scrapes a real gateway."""

import math
import unittest

import prometheus
import servers
from gateway import Dev, Serve
from process import eventually, free_port
from web import call

CHAT = "/v1/chat/completions"
# What only shows something with Weaviate, a collector, a refusal or a failure.
MAY_BE_EMPTY = (
    "attach_memory_backlog", "attach_memory_set_aside", "attach_openmeter", "attach_quota", "attach_trace_spans",
    'status=~"[45].."', "attach_task_attempts")


class RulesAndDashboard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        prometheus.programs()
        servers.llama()  # that it can be had is known from here on; this one is not to be killed
        cls.engine = servers.Llama(context=1024).start()
        cls.addClassCleanup(lambda: cls.engine.process.kill())
        cls.issuer = Dev(ENGINE_URL=cls.engine.url)
        cls.addClassCleanup(cls.issuer.stop)
        target = f"127.0.0.1:{free_port()}"
        cls.gateway = Serve(
            OIDC_ISSUER=cls.issuer.issuer, OIDC_AUD="attach-dev", ENGINE_URL=cls.engine.url, METRICS_ADDR=target,
            USAGE_METERING="prometheus", MAX_TOKENS_PER_MIN="1000000")
        cls.addClassCleanup(cls.gateway.stop)
        cls.real = prometheus.Prometheus(target)
        cls.addClassCleanup(cls.real.process.stop)

    def chat(self):
        body = {"model": servers.MODEL, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8}
        return call("POST", self.gateway.url + CHAT, body=body, token=self.issuer.token)

    def test_promtool_finds_nothing_wrong_and_each_rule_fires_when_it_should(self):
        for words in (["check", "rules", "ops/prometheus/alerts.yml"],
                      ["check", "config", "ops/prometheus/prometheus.yml"],
                      ["test", "rules", "ops/prometheus/alerts_test.yml"]):
            done = prometheus.promtool(*words)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_the_gateway_shows_is_in_the_format_that_promtool_wants(self):
        text = call("GET", f"http://{self.gateway.env['METRICS_ADDR']}/metrics").body.decode()
        done = prometheus.run([prometheus.programs() / "promtool", "check", "metrics"], text_in=text)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_query_of_the_dashboard_answers_and_shows_what_there_is(self):
        self.assertEqual(self.chat().status, 200)
        queries = list(prometheus.dashboard())
        self.assertGreater(len(queries), 30)
        for title, text in queries:
            if any(name in text for name in MAY_BE_EMPTY):
                self.real.query(text)
                continue

            def shown():
                self.chat()
                return [value for _, value in self.real.query(text) if not math.isnan(value)]

            eventually(shown, f"{title}: {text} shows something", limit=30)

    def test_every_rule_is_loaded_and_can_be_evaluated(self):
        self.assertGreater(len(self.real.rules()), 8)
        eventually(lambda: set(self.real.rules().values()) == {"ok"}, "every rule was evaluated", limit=30)

    def test_an_alert_fires_when_its_engine_is_away_and_not_before(self):
        self.assertEqual(self.chat().status, 200)
        self.assertNotIn("AttachEngineErrors", self.real.firing())
        self.engine.process.kill()

        def fires():
            self.assertEqual(self.chat().status, 502)
            return "AttachEngineErrors" in self.real.firing()

        eventually(fires, "the alert fires", limit=60)
        self.engine.start()

    def test_totals_are_those_of_the_rows(self):
        self.assertEqual(self.chat().status, 200)
        rows = lambda: self.gateway.rows_of("select sum(tokens_in + tokens_out) n from usage_record")[0]["n"]
        told = lambda: sum(value for _, value in self.real.query("attach_usage_tokens_total"))
        eventually(lambda: rows() and told() == rows(), "Prometheus has counted what is in the rows", limit=20)
