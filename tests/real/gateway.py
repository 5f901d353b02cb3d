"""The program under test, as a person starts it."""

import os
import pathlib
import re
import signal
import sqlite3
import tempfile

from fetch import ROOT, Missing
from process import Process, eventually, free_port, listens, run
from web import answers, call

FOLDERS = []


def binary():
    named = os.environ.get("ATTACH_GATEWAY_BIN")
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    return pathlib.Path(named).resolve() if named else target / "debug" / "attach-gateway"


def agent(name, gateway):
    """Starts the planner or the coder as a program of its own, which acts through `gateway`; its address."""
    built = [path for path in (binary().with_name(name), ROOT / "target" / "debug" / name) if path.exists()]
    if not built:
        raise Missing(f"{name} is not built: cargo build --workspace")
    port = free_port()
    Process(name, [built[0], "--port", port, "--gateway", gateway]).until(lambda: listens(port))
    return f"http://127.0.0.1:{port}"


def new_folder():
    """An empty folder that is gone when the run ends."""
    FOLDERS.append(tempfile.TemporaryDirectory(prefix="attach-real-"))
    return pathlib.Path(FOLDERS[-1].name)


def command(*words, folder, **env):
    """Runs `attach-gateway` with `words` in `folder` to its end."""
    return run([binary(), *words], cwd=folder, env=env, limit=60)


def rows(path, sql, *values):
    """Rows of a gateway's database file, by name."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute(sql, values)]
    finally:
        database.close()


class Dev:
    """`attach-gateway dev` in a folder of its own; its address, token and link are read off what it prints."""

    def __init__(self, *words, folder=None, **env):
        self.folder = folder or new_folder()
        self.process = Process("dev", [binary(), "dev", *words], cwd=self.folder, env={"PORT": "0", **env})
        self.process.until(lambda: "Ctrl-C stops." in self.process.output(), limit=30)
        banner = self.process.output()
        self.rows = dict(re.findall(r"^(gateway|planner|coder|conformance|issuer|engine|data) +(.+?) *$", banner, re.M))
        self.url = self.rows["gateway"].split()[0]
        self.issuer = self.rows["issuer"].split()[0]
        self.token = re.search(r"ATTACH_TOKEN=(\S+)", banner)[1]
        self.link = re.search(r"^ +(\S+/auth/dev\?code=\S+)$", banner, re.M)[1]

    def ask(self, method, path, *, body=None, headers=None):
        return call(method, self.url + path, body=body, token=self.token, headers=headers)

    def finished(self, task, *, limit=180):
        """The task's status once it has ended."""

        def look():
            status = self.ask("GET", f"/a2a/tasks/status/{task}?wait=20").json
            return status["state"] in ("done", "error") and status

        return eventually(look, f"task {task} has ended", limit=limit)

    def memory(self, **query):
        """One's own events, newest first."""
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return self.ask("GET", f"/mem/events?{words}").json["data"]["Get"]["MemoryEvent"]

    def rows_of(self, sql, *values):
        """Rows of the database file, by name."""
        return rows(self.folder / ".attach" / "attach.db", sql, *values)

    def stop(self):
        """Ctrl-C."""
        self.process.signal(signal.SIGINT)
        return self.process.exit_code(limit=10)


class Serve:
    """`attach-gateway serve` in a folder of its own, where `files` are, with what it is told in `env`."""

    def __init__(self, files=None, **env):
        self.folder = new_folder()
        for name, text in (files or {}).items():
            (self.folder / name).write_text(text)
        defaults = {"ATTACH_DATA": str(self.folder / "data"), "PORT": str(free_port()), "LOG_LEVEL": "debug"}
        self.env = {**defaults, **env}
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.process = None
        self.start()

    def start(self):
        """Again after it was stopped or killed: in the same folder, on the same port."""
        self.process = Process("serve", [binary(), "serve"], cwd=self.folder, env=self.env)
        self.process.until(self.takes_tokens)
        return self

    def takes_tokens(self):
        """Whether it is ready and has the keys of its issuers: before, who has a token is asked to come again."""
        if not answers(f"{self.url}/readyz"):
            return False
        issuers = call("GET", f"{self.url}/readyz").json["detail"]["issuers"]
        return all(issuer["keys"] != "missing" for issuer in issuers)

    def rows_of(self, sql, *values):
        """Rows of the database file, by name."""
        return rows(self.folder / "data" / "attach.db", sql, *values)

    def models(self, token):
        """The answer to a call that does nothing but need a caller."""
        return call("GET", f"{self.url}/v1/models", token=token)

    def stop(self):
        self.process.stop()
