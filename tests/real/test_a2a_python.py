"""A2A by the official Python SDK: of 1.0 on all three bindings, of 0.3 on two."""

import unittest

from a2a_checks import CHAT, ERRORS, RAW_ERRORS, RESUMING, SENDING, SIGNED, SPELLINGS, TASKS, TASKS_OF_0_3
from clients import a2a_sdk, a2a_sdk_of_0_3
from fetch import PEERS
from gateway import Dev
from hub import Checks, hub
from servers import llama

WHOLE = SIGNED + SENDING + TASKS + ERRORS + RAW_ERRORS


class TheA2aPythonSdk(Checks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.command = [a2a_sdk(), PEERS / "a2a" / "sdk.py", "v1_sending", "v1_tasks", "v1_errors", "v1_requests"]
        cls.hub = hub()

    def test_all_operations_and_errors_in_json_rpc(self):
        self.all_hold(self.command, self.hub.asked("JSONRPC"), WHOLE + RESUMING + SPELLINGS)

    def test_all_operations_and_errors_in_http_and_json(self):
        self.all_hold(self.command, self.hub.asked("HTTP+JSON"), WHOLE + RESUMING + SPELLINGS)

    def test_all_operations_and_errors_in_grpc(self):
        self.all_hold(self.command, self.hub.asked("GRPC"), WHOLE)

    def test_messages_and_streams_as_it_speaks_0_3(self):
        for binding in ("JSONRPC", "HTTP+JSON"):
            env = self.hub.asked(binding, VERSION="0.3")
            self.all_hold([*self.command[:2], "v1_sending"], env, SIGNED + SENDING)


class TheA2aPythonSdkOf03(Checks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.command = [a2a_sdk_of_0_3(), PEERS / "a2a" / "sdk.py", "v03_sending", "v03_tasks"]
        cls.hub = hub()

    def test_all_operations_and_errors_in_json_rpc(self):
        self.all_hold(self.command, self.hub.asked("JSONRPC"), SENDING + TASKS_OF_0_3)

    def test_all_operations_and_errors_in_http_and_json(self):
        self.all_hold(self.command, self.hub.asked("HTTP+JSON"), SENDING + TASKS_OF_0_3)


class TheGatewaysOwnChat(Checks, unittest.TestCase):
    def test_the_models_answer_is_streamed(self):
        python, dev = a2a_sdk(), Dev(ENGINE_URL=llama().url)
        self.addCleanup(dev.stop)
        env = {"AGENT": f"{dev.url}/agents/chat", "BINDING": "JSONRPC", "TOKEN": dev.token, "OTHER_TOKEN": dev.token,
               "NARROW_TOKEN": dev.token}
        self.all_hold([python, PEERS / "a2a" / "sdk.py", "v1_chat"], env, CHAT)
