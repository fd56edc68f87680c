# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire to S3, and what if it answers this?

The real botocore client, with its last step, the connection, replaced.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSResponse

from s3_sync.config import Rule
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from test.doubles.rules import NOW, a_rule

XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
EMPTY_LIST = f"<ListBucketResult {XMLNS}></ListBucketResult>"


@dataclass(frozen=True)
class Sent:
    """A request as the server would read it; header values as UTF-8."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.url).path)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def is_list(self) -> bool:
        return "list-type" in self.query


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def an_error(status: int, code: str, message: str = "no") -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body)


class _Raw(io.BytesIO):
    def stream(self):
        yield self.getvalue()


class CannedS3:
    """An S3 that answers each request by `respond`, and notes it."""

    def __init__(self, respond: Callable[[Sent], Answer] | None = None):
        self.sent: list[Sent] = []
        self.respond = respond or (lambda _: Answer())
        self.now = NOW

    def bucket(self, rule: Rule | None = None) -> S3Bucket:
        """Open a bucket whose client ends here."""
        bucket = S3Bucket(rule or a_rule(), S3Clients(4), lambda: self.now)
        events = bucket.site.client().meta.events
        events.register("before-send.s3", self.answer)
        return bucket

    def store(self, rule: Rule | None = None):
        """Open the store of the rule's container."""
        rule = rule or a_rule()
        return self.bucket(rule).container(rule.account, rule.container)

    def answer(self, request, **_):
        """Stand in for the connection of a client."""
        sent = Sent(
            request.method,
            request.url,
            {
                name.lower(): _bytes(value).decode()
                for name, value in request.headers.items()
            },
            _read(request.body),
        )
        self.sent.append(sent)
        answer = self.respond(sent)
        # http.client reads headers as Latin-1, whatever was meant
        headers = {
            name: value.encode().decode("latin-1")
            for name, value in answer.headers.items()
        }
        return AWSResponse(
            request.url, answer.status, headers, _Raw(answer.body.encode())
        )


def _bytes(value) -> bytes:
    """Encode a header's value as http.client does."""
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _read(body) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        return b"".join(iter(lambda: body.read(8192), b""))
    return _bytes(body)
