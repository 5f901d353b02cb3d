"""A real Redis: the one that is on PATH, or Debian's packages, unpacked and not installed."""

import secrets
import shutil
import signal

from fetch import client, libraries, needed, thing, unpacked
from gateway import new_folder
from process import Process, free_port, run

# With the libraries that not every machine has.
PACKAGES = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1")


@thing("Redis (Debian packages redis-server, redis-tools)")
def program():
    """What runs it, what talks to it, and what both need in their environment."""
    found = shutil.which("redis-server"), shutil.which("redis-cli")
    if all(found):
        return *found, {}
    folder = unpacked("redis", *PACKAGES)
    tools = folder / "usr" / "bin"
    return tools / "redis-server", tools / "redis-cli", libraries(folder)


def certified(folder):
    """A certificate for this machine, with its key beside it; gives the root that vouches for it."""
    needed("openssl")
    (folder / "openssl.cnf").write_text("[req]\ndistinguished_name = name\n[name]\n")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-config", folder / "openssl.cnf"]
    root, root_key = folder / "root.pem", folder / "root-key.pem"
    client([*make, "-subj", "/CN=root", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", root_key, "-out", root])
    client([*make, "-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
            "subjectAltName=IP:127.0.0.1", "-CA", root, "-CAkey", root_key, "-keyout", folder / "key.pem",
            "-out", folder / "certificate.pem"])
    return root


class Redis:
    """One on a port that stays when it is killed and started again. It keeps nothing on disk."""

    def __init__(self, *, tls=False):
        self.server, self.tool, self.env = program()
        self.folder, self.port, self.password = new_folder(), free_port(), secrets.token_hex(12)
        self.root = certified(self.folder) if tls else None
        self.url = f"redis{'s' if tls else ''}://:{self.password}@127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        options = {"port": self.port, "bind": "127.0.0.1", "requirepass": self.password, "save": "", "appendonly": "no",
                   "dir": self.folder}
        if self.root:
            options |= {"port": 0, "tls-port": self.port, "tls-cert-file": self.folder / "certificate.pem",
                        "tls-key-file": self.folder / "key.pem", "tls-auth-clients": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = Process("redis", [self.server, *words], env=self.env)
        self.process.until(lambda: self.ask("PING") == "PONG")
        return self

    def ask(self, *words):
        secured = ["--tls", "--cacert", self.root] if self.root else []
        command = [self.tool, "-p", self.port, *secured, "--no-auth-warning", "-a", self.password, *words]
        return run(command, env=self.env).stdout.strip()

    def keys(self):
        """Each key, and the milliseconds after which it is gone; -1 is never."""
        return {key: int(self.ask("PTTL", key)) for key in self.ask("--scan").split()}

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)
