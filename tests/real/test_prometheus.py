"""Dashboard and alerts, by a real Prometheus that scrapes a real gateway."""

import math
import re
import unittest

import prometheus
import servers
from gateway import Dev, Serve
from process import eventually, free_port
from web import call

CHAT = "/v1/chat/completions"
# What is there only with Weaviate, OpenMeter, a collector or an agent.
MAY_BE_EMPTY = {
    "attach_memory_backlog", "attach_memory_set_aside", "attach_openmeter_backlog", "attach_openmeter_delivered_total",
    "attach_openmeter_refused_total", "attach_trace_spans_exported_total", "attach_trace_spans_dropped_total",
    "attach_task_attempts_total"}
# What calls move, and what no running gateway has none of: a 0 would be a lie.
IS_ABOVE_0 = {
    "attach_requests_total", "attach_request_duration_seconds_bucket", "attach_first_byte_seconds_bucket",
    "attach_engine_calls_total", "attach_usage_tokens_total", "attach_quota_charged_tokens_total",
    "attach_mailbox_wait_seconds_bucket", "attach_jwks_age_seconds", "attach_places", "attach_places_free",
    "attach_build_info", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
    "process_max_fds"}
# Whether one failed depends on which other test came before; time at work is told in whole seconds.
MAY_BE_0 = ('status=~"5.."', "rate(process_cpu_seconds_total")


def series_of(text):
    return set(re.findall(r"\b(?:attach|process)_\w+", text))


class RulesAndDashboard(unittest.TestCase):
    beside = True

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
            if series_of(text) <= MAY_BE_EMPTY:
                self.real.query(text)
                continue
            is_above_0 = series_of(text) <= IS_ABOVE_0 and not any(part in text for part in MAY_BE_0)

            def shown():
                self.chat()
                self.assertEqual(call("POST", self.gateway.url + CHAT, body={}).status, 401)
                values = [value for _, value in self.real.query(text) if not math.isnan(value)]
                return any(value > 0 for value in values) if is_above_0 else values

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
