"""Whatever one face of the gateway made, all its others show alike."""

import itertools
import unittest

from clients import a2a_sdk
from fetch import PEERS
from hub import Checks, hub

FACES = ("jsonrpc", "rest", "grpc", "v03-jsonrpc", "v03-rest", "simple")


class EveryPairOfFaces(Checks, unittest.TestCase):
    def test_what_the_one_made_the_other_shows(self):
        wanted = [f"what_{maker}_made_{viewer}_shows" for maker, viewer in itertools.permutations(FACES, 2)]
        self.all_hold([a2a_sdk(), PEERS / "a2a" / "pairs.py"], hub().asked("JSONRPC"), wanted)
