# SPDX-License-Identifier: Apache-2.0
"""What does a user's environment hold that must not lead requests astray?"""

from pathlib import Path

EVIL = "evil.example"

_CONFIG = """
[default]
region = evil-1
endpoint_url = http://{host}
ca_bundle = /evil/ca.pem
services = evil
s3 =
    use_accelerate_endpoint = true
    addressing_style = virtual

[services evil]
s3 =
    endpoint_url = http://{host}
sts =
    endpoint_url = http://{host}
"""


def misleading(folder: Path, host: str = EVIL) -> dict[str, str]:
    """Return variables, and files in `folder`, that all point to `host`."""
    config = folder / "aws-config"
    config.write_text(_CONFIG.format(host=host))
    return {
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL": f"http://{host}",
        "AWS_ENDPOINT_URL_S3": f"http://{host}",
        "AWS_ENDPOINT_URL_STS": f"http://{host}",
        "AWS_CA_BUNDLE": "/evil/ca.pem",
        "REQUESTS_CA_BUNDLE": "/evil/ca.pem",
        "AWS_REGION": "evil-1",
        "AWS_DEFAULT_REGION": "evil-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_MAX_ATTEMPTS": "9",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy",
        "HTTP_PROXY": f"http://{host}",
        "HTTPS_PROXY": f"http://{host}",
        "http_proxy": f"http://{host}",
        "https_proxy": f"http://{host}",
        "ALL_PROXY": f"http://{host}",
    }
