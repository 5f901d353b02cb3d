"""What a gateway asks of PostgreSQL, read from the server's own log."""

import collections
import re

from postgres import Postgres

LINE = re.compile(r"^[\d-]+ [\d:.]+ \S+ \[(.*?)\] LOG:  (?:statement|execute [^:]*): (.*)$")
NEW = re.compile(r"^[\d-]+ [\d:.]+ \S+ \[.*?\] [A-Z]+:")
ASKING = "psql"  # the tests' own questions


class Talkative(Postgres):
    """A server that says what it is asked."""

    def start(self):
        return super().start(log_statement="all", log_line_prefix="%m [%a] ")

    def said(self):
        """Every statement of all gateways, in one line each."""
        statements, is_theirs = [], False
        for line in self.process.output().splitlines():
            found = LINE.match(line)
            if found:
                is_theirs = found[1] != ASKING
                if is_theirs:
                    statements.append(found[2])
            elif NEW.match(line):
                is_theirs = False
            elif is_theirs:
                statements[-1] += f" {line.strip()}"
        return [" ".join(statement.split()) for statement in statements]


class Counting:
    """Counts what is said while it is entered."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.before = len(self.server.said())
        return self

    def __exit__(self, *_):
        self.statements = self.server.said()[self.before:]

    def by_kind(self):
        """How often each was said, by its beginning."""
        return collections.Counter(statement[:72] for statement in self.statements)
