# SPDX-License-Identifier: Apache-2.0
"""How does a test let moto check what a user may do?"""

import json
from contextlib import contextmanager
from urllib.request import Request, urlopen

import boto3

from test.integration.servers import MotoProcess, S3Server

_NEVER = "inf"


class Guarded:
    """moto's S3 for a user with a policy; `on` makes moto check it.

    moto 5.2 knows no conditions: a statement that has one denies. It takes
    `?` for a quantifier, and looks at multi-deletes as acts on the bucket.
    """

    def __init__(self, add_cleanup, name: str) -> None:
        process = MotoProcess()
        add_cleanup(process.stop)
        self._endpoint = process.endpoint
        self.root = process.server
        self._iam = self.client("iam")
        self._iam.create_user(UserName=name)
        key = self._iam.create_access_key(UserName=name)["AccessKey"]
        self.name = name
        self.server = S3Server(
            "moto", self._endpoint, key["AccessKeyId"], key["SecretAccessKey"]
        )

    def client(self, service: str):
        """Return a client of the one who may do all while it is off."""
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            aws_access_key_id="root",
            aws_secret_access_key="root",
            region_name="us-east-1",
        )

    def allow(self, policy: dict) -> None:
        """Let the user do what `policy` allows, and no more."""
        self._iam.put_user_policy(
            UserName=self.name,
            PolicyName="p",
            PolicyDocument=json.dumps(policy),
        )

    def make_role(self, policy: dict, trusted: dict) -> str:
        """Return the name of a role with `policy`."""
        role = self._iam.create_role(
            RoleName="replicator",
            AssumeRolePolicyDocument=json.dumps(trusted),
        )["Role"]
        self._iam.put_role_policy(
            RoleName="replicator",
            PolicyName="p",
            PolicyDocument=json.dumps(policy),
        )
        return role["Arn"]

    @contextmanager
    def on(self):
        """Check every request in the block."""
        self._set("0")
        try:
            yield
        finally:
            self._set(_NEVER)

    def _set(self, count: str) -> None:
        request = Request(
            f"{self._endpoint}/moto-api/reset-auth",
            count.encode(),
            {"Content-Type": "text/plain"},
        )
        urlopen(request, timeout=30).close()
