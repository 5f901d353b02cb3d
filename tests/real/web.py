"""A plain HTTP client: no retries, no redirects, no proxy."""

import http.client
import json
import urllib.parse

LIMIT = 120  # seconds without a byte


class Answer:
    """Status, headers and body, as they came."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)


def call(method, url, **more):
    """One request, one answer."""
    connection, response = opened(method, url, **more)
    try:
        return Answer(response)
    finally:
        connection.close()


def opened(method, url, *, body=None, form=None, token=None, headers=None):
    """One request; the answer's body is left to be read while it comes. `body` goes as JSON."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=LIMIT)
    headers = dict(headers or {})
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
        body = json.dumps(body)
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode(form)
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    connection.request(method, path, body=body, headers=headers)
    return connection, connection.getresponse()


def answers(url, status=200):
    """Whether `url` answers so."""
    try:
        return call("GET", url).status == status
    except (OSError, http.client.HTTPException):
        return False
