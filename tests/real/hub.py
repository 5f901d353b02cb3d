"""A2A: the gateway with the agent for conformance suites behind it, and those who call it."""

import json

from gateway import Dev, Serve, command
from process import free_port, once, run
from web import call

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
EXTENSION = "urn:a2a:tck:required-extension"


class Hub:
    """`dev --conformance`, with tokens of Alice, of Bob, and one of Alice's that lets nobody send tasks."""

    def __init__(self):
        # Webhooks on this machine are told on this port alone.
        self.webhooks = free_port()
        self.dev = Dev(
            "--conformance", PUSH_ALLOW=f"http://127.0.0.1:{self.webhooks}", TCK_STREAMING_TIMEOUT="1",
            LOG_LEVEL="debug")
        self.url, self.alice, self.bob = self.dev.url, self.token("alice"), self.token("bob")
        form = {"grant_type": TOKEN_EXCHANGE, "subject_token": self.alice, "subject_token_type": ACCESS_TOKEN,
                "scope": "memory:read"}
        self.narrow = call("POST", f"{self.url}/oauth/token", form=form).json["access_token"]

    def token(self, name):
        return command("token", "--sub", name, folder=self.dev.folder).stdout.strip()

    def asked(self, binding, **more):
        """What a peer is told of it."""
        return {
            "AGENT": f"{self.url}/agents/conformance", "GATEWAY": self.url, "BINDING": binding, "TOKEN": self.alice,
            "OTHER_TOKEN": self.bob, "NARROW_TOKEN": self.narrow, **more}


@once
def hub():
    """The one that all share."""
    return Hub()


class Deployment:
    """A gateway that serves the same agent and trusts the same issuer, with a card of its own configuration."""

    def __init__(self, card):
        self.hub, grpc = hub(), free_port()
        agent = self.hub.dev.rows["conformance"].split()[0]
        table = f'[[agent]]\nname = "conformance"\nurl = "{agent}"\nkind = "a2a"\ninternal = true\n{card}\n'
        self.gateway = Serve(
            {"attach.toml": table},
            OIDC_ISSUER=self.hub.dev.issuer, OIDC_AUD="attach-dev", ENGINE_URL=agent, DEFAULT_AGENT="conformance",
            GRPC_PORT=str(grpc))

    def asked(self, binding, **more):
        """What a peer is told of it."""
        own = {"AGENT": f"{self.gateway.url}/agents/conformance", "GATEWAY": self.gateway.url}
        return self.hub.asked(binding, **own, **more)

    def stop(self):
        self.gateway.stop()


class Checks:
    """Runs a peer and takes what it tells of each of its checks."""

    def checked(self, command, env):
        done = run(command, env={**env, "PYTHONDONTWRITEBYTECODE": "1"}, limit=240)
        return {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}, done

    def all_hold(self, command, env, wanted):
        """The peer has made just the checks that are wanted, and each of them holds."""
        told, done = self.checked(command, env)
        failed = [f"{name}\n{line['got']}" for name, line in told.items() if not line["ok"]]
        self.assertFalse(failed, "\n\n".join(failed))
        self.assertEqual(set(told), set(wanted), done.stderr[-2000:])
