"""Quotas that several gateways share in a real Redis."""

import concurrent.futures
import threading
import unittest

from gateway import Dev, Serve, command
from process import eventually
from quota import BODY, CHAT, Engine
from redis import Redis
from web import call


class SharedQuota(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.redis = Redis().start()
        cls.addClassCleanup(lambda: cls.redis.process.kill())
        cls.engine = Engine()
        cls.addClassCleanup(cls.engine.stop)
        cls.issuer = Dev(ENGINE_URL=cls.engine.url)
        cls.addClassCleanup(cls.issuer.stop)

    def setUp(self):
        if self.redis.process.child.poll() is not None:
            self.redis.start()
        self.redis.ask("FLUSHALL")

    def serve(self, tokens, **more):
        env = {
            "OIDC_ISSUER": self.issuer.issuer, "OIDC_AUD": "attach-dev", "ENGINE_URL": self.engine.url,
            "REDIS_URL": self.redis.url, "MAX_TOKENS_PER_MIN": str(tokens), "GRPC_PORT": "off", **more}
        gateway = Serve(**env)
        self.addCleanup(gateway.stop)
        return gateway

    def token(self, user, scope=""):
        return command("token", "--sub", user, "--scope", scope, folder=self.issuer.folder).stdout.strip()

    def chat(self, gateway, token):
        return call("POST", gateway.url + CHAT, body=BODY, token=token)

    def standing(self, gateway):
        return call("GET", f"{gateway.url}/readyz").json["detail"]["quota"]

    def is_settled(self, *gateways):
        """Redis is there, and all that was spent is charged."""
        for gateway in gateways:
            settled = lambda one=gateway: self.standing(one)["away"] is None and self.standing(one)["waiting"] == 0
            eventually(settled, "redis is there and all is charged")

    def test_of_two_hundred_calls_at_three_gateways_the_ten_that_fit_are_admitted(self):
        gateways = [self.serve(100) for _ in range(3)]
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            for round_ in range(20):
                token = self.token(f"user-{round_}")
                self.engine.gate.clear()
                calls = [pool.submit(self.chat, gateways[at % 3], token) for at in range(200)]
                refused = lambda calls=calls: sum(call.done() for call in calls) == 190
                try:
                    eventually(refused, "all but ten are refused", limit=30)
                    eventually(lambda: self.engine.waiting == 10, "ten are at the engine")
                finally:
                    self.engine.gate.set()
                answers = [call.result() for call in calls]
                statuses = [answer.status for answer in answers]
                self.assertEqual((statuses.count(200), statuses.count(429)), (10, 190), f"round {round_}")
                last = next(answer for answer in answers if answer.status == 429)
                self.assertEqual((last.json["limit"], last.headers["x-attach-limited-by"]), ("default", "gateway"))
                self.assertGreaterEqual(int(last.headers["retry-after"]), 1)

    def test_what_one_gateway_charged_holds_at_the_other_and_leaves_with_the_window(self):
        one, other = self.serve(20, WINDOW="2"), self.serve(20, WINDOW="2")
        token = self.token("ada")
        for gateway in (one, other):
            self.assertEqual(self.chat(gateway, token).status, 200)
            self.is_settled(gateway)
        refused = self.chat(one, token)
        self.assertEqual((refused.status, refused.headers["ratelimit-remaining"]), (429, "4"))
        self.assertLessEqual(int(refused.headers["retry-after"]), 3)
        eventually(lambda: self.chat(other, token).status == 200, "the window has slid", limit=5)

    def test_what_is_left_is_the_same_at_every_gateway_and_looking_holds_nothing(self):
        one, other = self.serve(20), self.serve(20)
        token = self.token("ada")
        self.assertEqual(self.chat(one, token).status, 200)
        self.is_settled(one)
        for gateway in (one, other) * 10:
            (window,) = call("GET", f"{gateway.url}/usage", token=token).json["quota"]["windows"]
            told = [window[name] for name in ("label", "limit", "used", "left", "window_secs")]
            self.assertEqual(told, ["MAX_TOKENS_PER_MIN", 20, 8, 12, 60])
        stranger = call("GET", f"{one.url}/usage", token=self.token("eve")).json["quota"]["windows"][0]
        self.assertEqual((stranger["used"], stranger["left"]), (0, 20))
        self.assertEqual(len(self.redis.keys()), 3, "a look leaves no key")
        self.assertEqual(self.chat(other, token).status, 200, "nothing was held")

    def test_keys_expire_and_no_name_is_in_them(self):
        gateway = self.serve(20)
        self.assertEqual(self.chat(gateway, self.token("ada")).status, 200)
        self.is_settled(gateway)
        keys = self.redis.keys()
        self.assertEqual(len(keys), 3, keys)
        for key, millis in keys.items():
            self.assertTrue(0 < millis <= 300_000, (key, millis))
            self.assertNotIn("ada", key)
            self.assertEqual(len({key[key.index("{"):key.index("}")] for key in keys}), 1, keys)

    def test_a_killed_redis_closes_or_opens_the_gate_and_what_was_spent_is_charged_afterwards(self):
        closed, open_ = self.serve(26), self.serve(26, QUOTA_FAIL="open")
        token = self.token("ada")
        self.assertEqual(self.chat(closed, token).status, 200)
        self.is_settled(closed)
        self.redis.kill()
        for _ in range(3):
            refused = self.chat(closed, token)
            self.assertEqual((refused.status, refused.json["error"]["code"]), (503, "quota_unavailable"))
            self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        for _ in range(2):
            self.assertEqual(self.chat(open_, token).status, 200)
        self.assertEqual(self.standing(open_)["waiting"], 2)
        self.assertIsNotNone(self.standing(closed)["away"])
        self.assertNotIn(self.redis.password, open_.process.output() + closed.process.output())
        # It comes back, and remembers nothing: what it is told now is all there is.
        self.redis.start()
        self.is_settled(closed, open_)
        # Two calls of eight were charged, so that a third fits into 26, and no fourth.
        self.assertEqual(self.chat(closed, token).status, 200)
        self.is_settled(closed)
        refused = self.chat(open_, token)
        self.assertEqual((refused.status, refused.headers["ratelimit-remaining"]), (429, "2"))

    def test_calls_in_flight_hold_their_tokens_at_a_redis_that_was_killed_under_them(self):
        one, other = self.serve(26), self.serve(26)
        token = self.token("ada")
        self.engine.gate.clear()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            flying = [pool.submit(self.chat, one, token) for _ in range(2)]
            try:
                eventually(lambda: self.engine.waiting == 2, "both are at the engine")
                self.redis.kill()
                eventually(lambda: self.standing(one)["away"] is not None, "it is missed")
                self.redis.start()
                # What they hold is told anew: six tokens are left, and nine are needed.
                eventually(lambda: len(self.redis.keys()) > 0, "holds are made again")
                eventually(lambda: self.standing(other)["away"] is None, "the other is back, too")
                self.assertEqual(self.chat(other, token).status, 429)
            finally:
                self.engine.gate.set()
            self.assertEqual([call.result().status for call in flying], [200, 200])
        self.is_settled(one)
        self.assertEqual(self.chat(other, token).status, 200)
        self.is_settled(other)
        refused = self.chat(one, token)
        self.assertEqual((refused.status, refused.headers["ratelimit-remaining"]), (429, "2"))

    def test_a_charge_that_redis_refuses_holds_up_no_other(self):
        gateway = self.serve(20, QUOTA_FAIL="open")
        ada, eve = self.token("ada"), self.token("eve")
        first = self.chat(gateway, ada)
        self.assertEqual(first.status, 200, first.body)
        self.is_settled(gateway)
        spent = next(key for key in self.redis.keys() if key.endswith(":spent"))
        self.redis.ask("SET", spent, "no list")
        self.assertEqual(self.chat(gateway, ada).status, 200, "it cannot be checked")
        self.assertEqual(self.chat(gateway, eve).status, 200)
        self.is_settled(gateway)
        self.assertEqual(self.chat(gateway, eve).status, 200)
        self.is_settled(gateway)
        refused = self.chat(gateway, eve)
        self.assertEqual((refused.status, refused.headers["ratelimit-remaining"]), (429, "4"))
        said = call("GET", f"{gateway.url}/metrics", token=self.token("watcher", scope="metrics:read")).body.decode()
        self.assertIn("attach_quota_set_aside_tokens_total 8", said)
        self.assertIn("it is not charged", gateway.process.output())

    def test_a_redis_that_hangs_is_not_waited_for_and_what_it_did_late_goes_back(self):
        gateway, token = self.serve(10), self.token("ada")
        self.redis.freeze()
        try:
            self.assertEqual(self.chat(gateway, token).status, 503)
            self.assertEqual(self.chat(gateway, token).status, 503)
        finally:
            self.redis.thaw()
        # Only one fits into ten: a hold that was forgotten would be in its way.
        self.is_settled(gateway)
        self.assertEqual(self.chat(gateway, token).status, 200)

    def test_a_gateway_starts_without_redis_and_answers_when_it_is_there(self):
        self.redis.kill()
        gateway, token = self.serve(20), self.token("ada")
        self.assertEqual(self.chat(gateway, token).status, 503)
        self.redis.start()
        eventually(lambda: self.chat(gateway, token).status == 200, "it answers")

    def test_a_gateway_that_goes_charges_before_what_ended(self):
        leaving, staying = self.serve(10), self.serve(10)
        token = self.token("ada")
        self.engine.gate.clear()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            last = pool.submit(self.chat, leaving, token)
            eventually(lambda: self.engine.waiting == 1, "the call is at the engine")
            stopping = threading.Thread(target=leaving.stop)
            stopping.start()
            self.engine.gate.set()
            self.assertEqual(last.result().status, 200)
            stopping.join()
        refused = self.chat(staying, token)
        self.assertEqual((refused.status, refused.headers["ratelimit-remaining"]), (429, "2"))

    def test_redis_over_tls_needs_a_root_that_the_machine_trusts(self):
        secured = Redis(tls=True).start()
        self.addCleanup(secured.kill)
        env = {"REDIS_URL": secured.url, "SSL_CERT_FILE": str(secured.root)}
        gateway, token = self.serve(20, **env), self.token("ada")
        self.assertEqual(self.chat(gateway, token).status, 200)
        self.is_settled(gateway)
        self.assertEqual(len(secured.keys()), 3)
        stranger = self.serve(20, REDIS_URL=secured.url)
        self.assertEqual(self.chat(stranger, token).status, 503)

    def test_check_says_how_redis_stands(self):
        env = {
            "OIDC_ISSUER": self.issuer.issuer, "OIDC_AUD": "attach-dev", "ENGINE_URL": self.engine.url,
            "REDIS_URL": self.redis.url, "MAX_TOKENS_PER_MIN": "20", "PORT": "0"}
        done = command("check", folder=self.issuer.folder, **{**env, "ATTACH_DATA": "elsewhere"})
        row = next(line.split() for line in done.stdout.splitlines() if line.startswith("redis"))
        self.assertEqual(row, ["redis", "ok", f"redis://127.0.0.1:{self.redis.port}/0"])
        self.assertNotIn(self.redis.password, done.stdout + done.stderr)
