"""Tokens of PyPI's eth-account and joserfc: for what is asked and printed see asked.mjs."""

import base64
import json
import sys

import base58
from eth_account import Account
from eth_account.messages import encode_defunct
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

ED25519, SECP256K1, P256, P384 = b"\xed\x01", b"\xe7\x01", b"\x80\x24", b"\x81\x24"

SECP256K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def base64url(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def wallet(account, user, claims):
    """Form A and form B, signed as a wallet signs a text."""
    header = {"alg": "EIP191", "typ": "JWT"}
    inputs = {
        "form A": f"{base64url(header)}.{base64url({**claims, 'iss': user})}",
        "form B": f"{user}.{base64url(claims)}",
    }
    for form, text in inputs.items():
        signature = bytes(Account.sign_message(encode_defunct(text=text), account.key).signature)
        yield {"name": f"eth-account, {form}", "user": user, "token": f"{text}.{base64url(signature)}"}


def did_key(codec, key):
    parts = {name: base64.urlsafe_b64decode(value + "==") for name, value in key.as_dict(private=False).items()
             if name in ("x", "y")}
    point = parts["x"] if codec == ED25519 else bytes([2 + parts["y"][-1] % 2]) + parts["x"]
    return "did:key:z" + base58.b58encode(codec + point).decode()


KEYS = [(alg, codec, kind.generate_key(curve)) for alg, codec, kind, curve in (
    ("EdDSA", ED25519, OKPKey, "Ed25519"), ("Ed25519", ED25519, OKPKey, "Ed25519"),
    ("ES256K", SECP256K1, ECKey, "secp256k1"), ("ES256", P256, ECKey, "P-256"), ("ES384", P384, ECKey, "P-384"))]
ACCOUNT = Account.create()


def sign(claims):
    yield from wallet(ACCOUNT, f"did:pkh:eip155:1:{ACCOUNT.address}", claims)
    for alg, codec, key in KEYS:
        user = did_key(codec, key)
        header = {"alg": alg, "typ": "did+jwt", "kid": f"{user}#{user.removeprefix('did:key:')}"}
        token = lambda: jwt.encode(header, {**claims, "iss": user, "sub": user}, key, algorithms=[alg])
        if alg == "ES256K":  # either half of the curve: it does not choose, so it is asked until both have come
            low = until(token, lambda made: not is_high(made))
            yield {"name": "joserfc, ES256K, low S", "user": user, "token": low}
            yield {"name": "joserfc, ES256K, high S", "user": user, "token": until(token, is_high)}
        else:
            yield {"name": f"joserfc, {alg}", "user": user, "token": token()}


def is_high(token):
    s = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")[32:]
    return int.from_bytes(s, "big") > SECP256K1_ORDER // 2


def until(make, fits):
    return next(made for made in iter(make, None) if fits(made))


asked = json.loads(sys.argv[1])
times = {name: asked[name] for name in ("iat", "exp")}
print(json.dumps([list(sign({**times, "aud": audience})) for audience in asked["audiences"]]))
