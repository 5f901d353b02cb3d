"""Tokens that libraries of other people mint, and what becomes of them once something in them is changed."""

import json
import time
import unittest

from clients import npm_signers, pypi_signers
from fetch import PEERS
from gateway import Serve
from process import run
from servers import Documents, models
from tokens import Refusals

AUDIENCE, ELSEWHERE = "https://attach.example", "https://elsewhere.example"
LIFETIME = 600


def minted(command):
    """What a peer signs for us and for somebody else: pairs of the same signer."""
    now = int(time.time())
    asked = {"audiences": [AUDIENCE, ELSEWHERE], "iat": now, "exp": now + LIFETIME}
    done = run([*command, json.dumps(asked)])
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    ours, theirs = json.loads(done.stdout)
    return list(zip(ours, theirs, strict=True))


class DidsOfOtherLibraries(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.python = npm_signers(), pypi_signers()
        cls.engine = models()
        cls.addClassCleanup(cls.engine.stop)
        cls.gateway = Serve(
            DID_METHODS="key,pkh", DID_AUD=AUDIENCE, ENGINE_URL=cls.engine.url,
            DID_SCOPES="*=chat:run tasks:run memory:read memory:write")
        cls.addClassCleanup(cls.gateway.stop)

    def signs(self, command, *names):
        """The peer signs as all of these, and each of its tokens holds."""
        pairs = minted(command)
        self.assertEqual([ours["name"] for ours, _ in pairs], list(names))
        for ours, theirs in pairs:
            with self.subTest(ours["name"]):
                self.holds(self.gateway, ours["token"], ours["user"], theirs["token"])

    def test_did_jwt_of_npm_signs_for_did_key_and_did_pkh(self):
        self.signs(["node", self.folder / "did_jwt.mjs"], "EdDSA", "ES256K", "ES256", "ES256K-R")

    def test_service_tokens_of_the_at_protocol_are_tokens_of_did_key(self):
        self.signs(["node", self.folder / "atproto.mjs"], "ES256", "ES256K")

    def test_what_dids_of_npm_signs_is_a_token_of_did_key(self):
        self.signs(["node", self.folder / "dids.mjs"], "EdDSA")

    def test_wallets_of_ethers_and_viem_sign_both_forms(self):
        kinds = ("form A", "form A, address in lower case", "form B", "form B, address in lower case")
        names = [f"{library}, {kind}" for library in ("ethers", "viem") for kind in kinds]
        self.signs(["node", self.folder / "wallets.mjs"], *names)

    def test_eth_account_and_joserfc_of_pypi_sign_for_did_pkh_and_did_key(self):
        algorithms = ("EdDSA", "Ed25519", "ES256K, low S", "ES256K, high S", "ES256", "ES384")
        self.signs(
            [self.python, PEERS / "signers.py"],
            "eth-account, form A", "eth-account, form B", *(f"joserfc, {name}" for name in algorithms))

    def test_the_engine_hears_who_calls_and_never_sees_the_token(self):
        (ours, _), *_ = minted(["node", self.folder / "did_jwt.mjs"])
        self.is_welcome(self.gateway, ours["token"], ours["user"])
        heard = self.engine.asked[-1]
        self.assertEqual((heard["x-attach-user"], heard["authorization"]), (ours["user"], None))


class TokensOfJoserfcAsAnIssuer(Refusals, unittest.TestCase):
    def test_rs256_and_es256_tokens_of_its_keys_are_taken(self):
        python, engine, issuer = pypi_signers(), models(), Documents()
        self.addCleanup(engine.stop)
        self.addCleanup(issuer.stop)
        done = run([python, PEERS / "issuer.py", issuer.url, AUDIENCE, ELSEWHERE])
        self.assertEqual(done.returncode, 0, done.stderr)
        made = json.loads(done.stdout)
        issuer.documents["/.well-known/openid-configuration"] = {
            "issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys", "authorization_endpoint": f"{issuer.url}/login",
            "token_endpoint": f"{issuer.url}/token", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256", "ES256"]}
        issuer.documents["/keys"] = made["keys"]
        gateway = Serve(OIDC_ISSUER=issuer.url, OIDC_AUD=AUDIENCE, ENGINE_URL=engine.url)
        self.addCleanup(gateway.stop)
        self.assertEqual(list(made["tokens"]), ["RS256", "ES256"])
        for algorithm, (ours, theirs) in made["tokens"].items():
            with self.subTest(algorithm):
                self.holds(gateway, ours, "alice", theirs)
