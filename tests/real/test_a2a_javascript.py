"""A2A by the official JavaScript SDK."""

import unittest

from a2a_checks import ERRORS, RESUMING, SENDING, SIGNED, TASKS
from clients import a2a_js
from hub import Checks, hub

WHOLE = SIGNED + SENDING + TASKS + ERRORS


class TheA2aJavaScriptSdk(Checks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.command = ["node", a2a_js() / "a2a" / "js.mjs", "sending", "tasks", "errors"]
        cls.hub = hub()

    def test_all_operations_and_errors_in_json_rpc(self):
        self.all_hold(self.command, self.hub.asked("JSONRPC"), WHOLE + RESUMING)

    def test_all_operations_and_errors_in_http_and_json(self):
        self.all_hold(self.command, self.hub.asked("HTTP+JSON"), WHOLE + RESUMING)

    def test_all_operations_and_errors_in_grpc(self):
        self.all_hold(self.command, self.hub.asked("GRPC"), WHOLE)

    def test_messages_and_streams_as_it_speaks_0_3(self):
        # In HTTP+JSON its own reading of 0.3 loses the names of files and that a chunk is appended.
        self.all_hold([*self.command[:2], "sending"], self.hub.asked("JSONRPC", VERSION="0.3"), SIGNED + SENDING)
