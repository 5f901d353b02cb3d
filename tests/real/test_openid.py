"""Tokens of a real OpenID provider, while it changes its keys, and while it is away."""

import base64
import collections
import concurrent.futures
import json
import threading
import time
import unittest

from gateway import Serve
from process import eventually
from servers import Provider, models
from tokens import Refusals

AUDIENCE = "https://attach.example/api"
KEY_LIFETIME = 60  # the least that a gateway takes an issuer's keys to live
COOL_DOWN = 30  # between two looks at an issuer's keys


def header(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))


class Traffic:
    """Callers who, while it is entered, each get a new token, use it once and note how they were answered: by
    algorithm and status."""

    def __init__(self, gateway, fresh, callers=3):
        self.gateway, self.fresh = gateway, fresh
        self.seen, self.over = collections.Counter(), threading.Event()
        self.pool, self.count = concurrent.futures.ThreadPoolExecutor(callers), callers

    def calls(self):
        while not self.over.wait(0.05):
            token = self.fresh()
            self.seen[header(token)["alg"], self.gateway.models(token).status] += 1

    def __enter__(self):
        self.callers = [self.pool.submit(self.calls) for _ in range(self.count)]
        return self

    def __exit__(self, *_):
        self.over.set()
        for caller in self.callers:
            caller.result()


class TokensOfTheProvider(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider, cls.engine = Provider().start(), models()
        cls.addClassCleanup(cls.provider.stop)
        cls.addClassCleanup(cls.engine.stop)

    def gateway(self, **more):
        gateway = Serve(
            OIDC_ISSUER=self.provider.issuer, OIDC_AUD=AUDIENCE, ENGINE_URL=self.engine.url, **more)
        self.addCleanup(gateway.stop)
        return gateway

    def test_an_access_token_for_the_gateway_is_taken_and_one_for_another_is_not(self):
        token, another = self.provider.token(AUDIENCE), self.provider.token("https://elsewhere.example")
        self.holds(self.gateway(), token, "program", another)

    def test_a_gateway_that_wants_at_jwt_takes_it_too(self):
        token = self.provider.token(AUDIENCE)
        self.assertEqual(header(token)["typ"], "at+jwt")
        self.is_welcome(self.gateway(OIDC_REQUIRE_AT_JWT="true"), token, "program")


class KeysThatChange(unittest.TestCase):
    """Both stories take more than a minute, so they are played at once, each with a gateway of its own."""

    beside = True

    @classmethod
    def setUpClass(cls):
        cls.engine = models()
        cls.addClassCleanup(cls.engine.stop)
        pool = concurrent.futures.ThreadPoolExecutor()
        cls.rotation, cls.absence = pool.submit(cls.rotates), pool.submit(cls.is_away)

    @classmethod
    def pair(cls):
        provider = Provider().start()
        cls.addClassCleanup(provider.stop)
        gateway = Serve(OIDC_ISSUER=provider.issuer, OIDC_AUD=AUDIENCE, ENGINE_URL=cls.engine.url)
        cls.addClassCleanup(gateway.stop)
        return provider, gateway

    @classmethod
    def rotates(cls):
        """From RS256 to ES256 as providers do it: publish the new key, sign with it once all have had time to fetch
        it, and drop the old one when nothing signed with it is in use."""
        provider, gateway = cls.pair()
        fresh = lambda: provider.token(AUDIENCE)

        def fetched_anew():
            before = provider.fetches()
            look = lambda: provider.fetches() > before
            eventually(look, "the gateway fetches the keys anew", limit=COOL_DOWN + 10)

        with Traffic(gateway, fresh) as traffic:
            kept = [fresh(), fresh()]
            gateway.models(kept[0])
            provider.keys("RS256", "ES256", signing="RS256")
            fetched_anew()
            provider.keys("RS256", "ES256", signing="ES256")
            eventually(lambda: traffic.seen["ES256", 200] > 20, "calls are made with the new key")
            provider.keys("ES256", signing="ES256")
            fetched_anew()
            dead = lambda: {gateway.models(token).status for token in kept} == {401}
            eventually(dead, "what the old key signed is refused, seen before or not")
        return traffic.seen

    @classmethod
    def is_away(cls):
        """Away for longer than its keys live, back with other keys. Gives how the tokens of known keys were answered
        meanwhile, each used for the first time, those of a key nobody had seen, and those of the new key."""
        provider, gateway = cls.pair()
        known = [provider.token(AUDIENCE) for _ in range(4 * KEY_LIFETIME)]
        twin = Provider(issuer=provider.issuer).start()
        unknown = twin.token(AUDIENCE)
        twin.stop()
        provider.stop()
        gone, answers = time.monotonic(), collections.defaultdict(list)
        while time.monotonic() < gone + KEY_LIFETIME + 5:
            answers["known"].append(gateway.models(known.pop()))
            answers["unknown"].append(gateway.models(unknown))
            threading.Event().wait(0.5)
        provider.start()
        back = provider.token(AUDIENCE)

        def is_taken():
            answers["back"].append(gateway.models(back))
            return answers["back"][-1].status == 200

        eventually(is_taken, "a token of the new key is taken", limit=COOL_DOWN + 10)
        answers["gone"].append(gateway.models(known.pop()))
        return answers

    def test_not_one_call_fails_while_the_keys_change(self):
        seen = self.rotation.result()
        self.assertEqual(set(seen), {("RS256", 200), ("ES256", 200)}, seen)
        self.assertGreater(min(seen.values()), 20, seen)

    def test_who_has_a_token_of_a_known_key_does_not_notice_that_the_provider_is_away(self):
        statuses = collections.Counter(answer.status for answer in self.absence.result()["known"])
        self.assertEqual(set(statuses), {200}, statuses)
        self.assertGreater(statuses[200], KEY_LIFETIME)

    def test_a_token_of_an_unknown_key_is_asked_to_come_again_once_the_keys_cannot_be_fetched(self):
        statuses = [answer.status for answer in self.absence.result()["unknown"]]
        first = statuses.index(503)
        self.assertEqual(set(statuses[first:]), {503})
        for answer in self.absence.result()["unknown"][first:]:
            self.assertEqual((answer.headers["retry-after"], answer.headers["www-authenticate"]), ("5", None))

    def test_a_provider_that_is_back_with_another_key_is_believed(self):
        statuses = [answer.status for answer in self.absence.result()["back"]]
        self.assertEqual((statuses[-1], set(statuses[:-1]) - {503}), (200, set()))

    def test_what_it_signed_before_with_a_key_that_it_no_longer_has_is_refused(self):
        (answer,) = self.absence.result()["gone"]
        self.assertEqual(answer.status, 401)
