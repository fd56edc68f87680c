# SPDX-License-Identifier: Apache-2.0
"""What do the servers do unlike Amazon S3?"""

DEVIATIONS: dict[str, tuple[str, ...]] = {
    "refuses keys with a newline": ("moto",),
    "refuses metadata values of more than 256 bytes": ("s3api",),
    "refuses more than 90 metadata items": ("s3api", "moto"),
    "refuses more than 4,096 bytes of metadata": ("s3api",),
    "loses metadata whose name has ! or ~": ("moto",),
    "takes any secret": ("moto",),
    "takes a wrong Content-MD5": ("moto",),
    "ignores the condition of a copy": ("moto",),
}
"""What a server does unlike Amazon S3, or beyond its limits, and which do.

`test_deviations` probes each of them on every server.
"""
