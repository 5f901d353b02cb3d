"""A real PostgreSQL: the one that is installed, or Debian's packages, unpacked and not installed."""

import itertools
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal

from fetch import Missing, libraries, thing, unpacked
from gateway import new_folder
from process import Process, free_port, run

INSTALLED = "/usr/lib/postgresql"
# With the libraries that not every machine has.
PACKAGES = ("postgresql-15", "postgresql-client-15", "libpq5", "libldap-2.5-0", "libsasl2-2", "libicu72", "libxml2",
            "libgssapi-krb5-2", "libkrb5-3", "libk5crypto3", "libkrb5support0")
USER = "attach"


@thing("PostgreSQL (installed, or Debian package postgresql-15)")
def program():
    """The folder of its programs, and what they need in their environment."""
    found = sorted(pathlib.Path(INSTALLED).glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if found:
        return found[-1], {}
    folder = unpacked("postgres", *PACKAGES)
    if os.geteuid() == 0:
        # Whoever it is run by must be able to read it, and need not be able to read where this project lies.
        folder = shutil.copytree(folder, owned(new_folder()) / "programs", symlinks=True)
    return next(folder.glob("usr/lib/postgresql/*/bin")), libraries(folder)


def servant():
    """Whom it is run by: it refuses to be run by root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def owned(folder):
    """`folder`, given to whom it is run by."""
    if user := servant():
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
    return folder


class Postgres:
    """One on a port that stays when it is stopped or killed and started again, with its data in a folder of its own.
    Texts are in the order of a language, as they are where nobody thought of it, and not in that of their bytes."""

    names = itertools.count(1)

    def __init__(self):
        self.programs, self.env = program()
        self.folder, self.port, self.password = owned(new_folder()), free_port(), secrets.token_hex(12)
        self.process = None
        self.made()

    def made(self):
        word = self.folder / "password"
        word.write_text(self.password)
        owned(word)
        done = run([self.programs / "initdb", "-D", self.folder / "data", "-U", USER, f"--pwfile={word}", "-A",
                    "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"],
                   env=self.env, user=servant(), cwd=self.folder)
        if done.returncode != 0:
            raise Missing(f"initdb: {done.stderr.strip().splitlines()[-1]}")

    def start(self, **settings):
        """`settings` are those of postgresql.conf."""
        usual = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                 "max_connections": 200, "log_line_prefix": "%m "}
        words = [word for name, value in {**usual, **settings}.items() for word in ("-c", f"{name}={value}")]
        self.process = Process("postgres", [self.programs / "postgres", "-D", self.folder / "data", *words],
                               env=self.env, user=servant(), cwd=self.folder)
        self.process.until(self.answers)
        return self

    def answers(self):
        return self.psql("postgres", "select 1").stdout.strip() == "1"

    def psql(self, database, sql, *, limit=60):
        env = {**self.env, "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5"}
        return run([self.programs / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", USER, "-d", database, "-X", "-At",
                    "-v", "ON_ERROR_STOP=1", "-c", sql], env=env, limit=limit)

    def database(self):
        """A new one, with nothing in it."""
        database = Database(self, f"attach_{next(self.names)}")
        done = self.psql("postgres", f"create database {database.name}")
        assert done.returncode == 0, done.stderr
        return database

    def stop(self):
        """At once: whoever is connected is sent away."""
        self.process.signal(signal.SIGINT)
        self.process.exit_code(limit=30)

    def kill(self):
        self.process.kill()


class Database:
    """One of a server's."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = f"postgres://{USER}:{server.password}@127.0.0.1:{server.port}/{name}"

    def run(self, sql):
        done = self.server.psql(self.name, sql)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, sql):
        """The rows of a query, by name. Its text is the test's own: nothing is put into it that came from elsewhere."""
        return json.loads(self.run(f"select coalesce(json_agg(found), '[]') from ({sql}) found"))

    def value(self, sql):
        (row,) = self.rows(sql)
        return next(iter(row.values()))


@thing("a PostgreSQL for all (the one above)")
def shared():
    # It makes hundreds of databases, and outlives no power cut.
    return Postgres().start(fsync="off")


def database():
    """A new database on the server that all share."""
    return shared().database()
