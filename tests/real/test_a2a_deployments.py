"""The same agent behind cards that say other things of it: with nothing optional, and with an extension required."""

import unittest

from a2a_checks import BARE, EXTENSION
from clients import a2a_js, a2a_sdk, a2a_sdk_of_0_3
from fetch import PEERS
from hub import EXTENSION as URI
from hub import Checks, Deployment

NOTHING = "[agent.card]\nstreaming = false\npush_notifications = false\nextended_card = false"
REQUIRED = f'[[agent.card.extension]]\nuri = "{URI}"\ndescription = "What the suite knows."\nrequired = true'


class AnAgentThatOffersNothing(Checks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Deployment(NOTHING)
        cls.addClassCleanup(cls.gateway.stop)

    def test_the_python_sdk_is_refused_what_is_not_offered(self):
        for binding in ("JSONRPC", "HTTP+JSON", "GRPC"):
            self.all_hold([a2a_sdk(), PEERS / "a2a" / "sdk.py", "v1_bare"], self.gateway.asked(binding), BARE)

    def test_the_python_sdk_of_0_3_is_refused_what_is_not_offered(self):
        for binding in ("JSONRPC", "HTTP+JSON"):
            self.all_hold([a2a_sdk_of_0_3(), PEERS / "a2a" / "sdk.py", "v03_bare"], self.gateway.asked(binding), BARE)

    def test_the_javascript_sdk_is_refused_what_is_not_offered(self):
        for binding in ("JSONRPC", "HTTP+JSON", "GRPC"):
            self.all_hold(["node", a2a_js() / "a2a" / "js.mjs", "bare"], self.gateway.asked(binding), BARE)


class AnAgentThatRequiresAnExtension(Checks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Deployment(REQUIRED)
        cls.addClassCleanup(cls.gateway.stop)

    def test_only_those_who_know_it_are_served(self):
        for binding in ("JSONRPC", "HTTP+JSON", "GRPC"):
            env = self.gateway.asked(binding, EXTENSION=URI)
            self.all_hold([a2a_sdk(), PEERS / "a2a" / "sdk.py", "v1_extension"], env, EXTENSION)

    def test_those_who_know_it_in_0_3_are_served_too(self):
        for binding in ("JSONRPC", "HTTP+JSON"):
            env = self.gateway.asked(binding, EXTENSION=URI)
            self.all_hold([a2a_sdk_of_0_3(), PEERS / "a2a" / "sdk.py", "v03_extension"], env, EXTENSION)
