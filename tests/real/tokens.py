"""Bad tokens made of good ones, and how a gateway is to answer both."""

import base64
import json


def with_a_bit_flipped(token):
    signed, _, signature = token.rpartition(".")
    data = bytearray(decoded(signature))
    data[len(data) // 2] ^= 1
    return f"{signed}.{encoded(data)}"


def with_a_later_end(token):
    head, claims, signature = token.split(".")
    claims = json.loads(decoded(claims))
    claims["exp"] += 1
    return f"{head}.{encoded(json.dumps(claims).encode())}.{signature}"


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Refusals:
    """How a gateway answers a good token, and a bad one made of it."""

    def is_welcome(self, gateway, token, user):
        answer = gateway.models(token)
        self.assertEqual((answer.status, answer.headers["x-attach-user"]), (200, user), answer.body)

    def is_refused(self, gateway, token):
        answer = gateway.models(token)
        self.assertEqual(answer.status, 401, answer.body)
        self.assertIn('error="invalid_token"', answer.headers["www-authenticate"])

    def holds(self, gateway, token, user, for_another):
        """Good as it is; refused once it is changed, or when it was made for another."""
        self.is_welcome(gateway, token, user)
        for bad in (with_a_bit_flipped(token), with_a_later_end(token), for_another):
            self.is_refused(gateway, bad)
