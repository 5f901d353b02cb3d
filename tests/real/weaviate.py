"""A real Weaviate: built by Go's ordinary install, or the one that WEAVIATE_TEST_URL names."""

import os
import secrets

from fetch import Missing, go, thing
from gateway import new_folder
from process import Process, eventually, free_port, listens
from web import answers, call

VERSION = "v1.39.0"
CLASS = "MemoryEvent"
# On one machine it looks for itself at the port after the first of each pair.
PAIRS = (("CLUSTER_GOSSIP_BIND_PORT", "CLUSTER_DATA_BIND_PORT"), ("RAFT_PORT", "RAFT_INTERNAL_RPC_PORT"))


@thing(f"Weaviate {VERSION} (Go module github.com/weaviate/weaviate)", ahead=True)
def program():
    return go("github.com/weaviate/weaviate/cmd/weaviate-server", VERSION, "weaviate-server")


def ports():
    """Free ones for its talk with itself."""
    found = {}
    for pair in PAIRS:
        first = free_port()
        while listens(first + 1):
            first = free_port()
        found |= {name: str(first + offset) for offset, name in enumerate(pair)}
    return found


class Weaviate:
    """What is asked of one: its objects and its schema."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    def call(self, method, path, body=None):
        return call(method, self.url + path, body=body, token=self.key)

    def gateway(self):
        """What a gateway is told of it."""
        return {"MEM_BACKEND": "weaviate", "WEAVIATE_URL": self.url, "WEAVIATE_API_KEY": self.key or ""}

    def objects(self):
        """Every event, each as often as it is there."""
        found, after = [], ""
        while True:
            page = self.call("GET", f"/v1/objects?class={CLASS}&limit=500&after={after}").json.get("objects") or []
            if not page:
                return found
            found += page
            after = page[-1]["id"]

    def count(self):
        """How many events there are."""
        query = f"{{ Aggregate {{ {CLASS} {{ meta {{ count }} }} }} }}"
        answer = self.call("POST", "/v1/graphql", {"query": query}).json
        found = (answer.get("data") or {}).get("Aggregate", {}).get(CLASS)
        return found[0]["meta"]["count"] if found else 0

    def standing(self):
        """The class as it is, or None."""
        answer = self.call("GET", f"/v1/schema/{CLASS}")
        return answer.json if answer.status == 200 else None

    def emptied(self):
        self.call("DELETE", f"/v1/schema/{CLASS}")
        eventually(lambda: self.standing() is None, "the class is gone")
        return self


class Own(Weaviate):
    """One that can be stopped and started, on ports that stay, with its data in a folder of its own."""

    def __init__(self):
        self.program, self.folder, self.port = program(), new_folder(), free_port()
        super().__init__(f"http://127.0.0.1:{self.port}", f"key-{secrets.token_hex(12)}")
        self.env = {
            "PERSISTENCE_DATA_PATH": str(self.folder), "CLUSTER_HOSTNAME": "node1", "CLUSTER_IN_LOCALHOST": "true",
            "CLUSTER_ADVERTISE_ADDR": "127.0.0.1", "RAFT_BOOTSTRAP_EXPECT": "1",
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false", "AUTHENTICATION_APIKEY_ENABLED": "true",
            "AUTHENTICATION_APIKEY_ALLOWED_KEYS": self.key, "AUTHENTICATION_APIKEY_USERS": "tier",
            "DEFAULT_VECTORIZER_MODULE": "none", "DISABLE_TELEMETRY": "true",
            "GO_PROFILING_DISABLE": "true", "GRPC_PORT": str(free_port()), **ports()}
        self.process = None

    def start(self):
        """A port that was free a moment ago may be somebody's by now: with others, three times at most."""
        for _ in range(2):
            try:
                return self.started()
            except AssertionError:
                if "address already in use" not in self.process.output():
                    raise
                self.env |= {"GRPC_PORT": str(free_port()), **ports()}
        return self.started()

    def started(self):
        command = [self.program, "--scheme", "http", "--host", "127.0.0.1", "--port", self.port]
        self.process = Process("weaviate", command, env=self.env)
        self.process.until(lambda: answers(f"{self.url}/v1/.well-known/ready"))
        return self

    def stop(self):
        self.process.stop()


@thing("a Weaviate for all (the one above, or WEAVIATE_TEST_URL)")
def shared():
    url = os.environ.get("WEAVIATE_TEST_URL")
    if not url:
        return Own().start()
    named = Weaviate(url.rstrip("/"), os.environ.get("WEAVIATE_TEST_KEY"))
    if named.standing() is not None:
        raise Missing(f"{url} has a class {CLASS} already, which these tests would drop")
    return named


def emptied():
    """The one that all share, without what others left there."""
    return shared().emptied()
