"""Tokens of one Ethereum account on the chains 1 and 2, whose DIDs differ in one character: AUDIENCE."""

import base64
import json
import sys
import time

from eth_account import Account
from eth_account.messages import encode_defunct

account, now = Account.create(), int(time.time())
claims = {"aud": sys.argv[1], "iat": now, "exp": now + 1800}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(chain):
    user = f"did:pkh:eip155:{chain}:{account.address}"
    text = f"{user}.{base64url(json.dumps(claims).encode())}"
    signature = Account.sign_message(encode_defunct(text=text), account.key).signature
    return [user, f"{text}.{base64url(bytes(signature))}"]


print(json.dumps(dict(token(chain) for chain in (1, 2))))
