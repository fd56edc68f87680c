# SPDX-License-Identifier: Apache-2.0
"""Which of Debian 12's packages are Ceph's gateway, and what it needs?

Those of their dependencies that a machine with Python, Java and curl lacks.
A newer version is pinned by what `apt-cache show PACKAGE` says of it.
"""

from typing import NamedTuple


class Package(NamedTuple):
    """A package of Debian 12 for amd64."""

    version: str
    sha256: str


CEPH = "16.2.15+ds-0+deb12u2"

PACKAGES = {
    "ceph-base": Package(
        CEPH,
        "958484b1f10af1ecb20224b66f8f80dcdf0594eb5c3ca700a249b069eee7ffef",
    ),
    "ceph-common": Package(
        CEPH,
        "900162e8f07d98c1d0f36136e9cfa95dd35a81d6de3ac695d8983a5c16e7aba5",
    ),
    "ceph-mon": Package(
        CEPH,
        "a3f92898f36d718bda06746366044c3d89efdcf57fd326cf0316b7177d774fdf",
    ),
    "ceph-osd": Package(
        CEPH,
        "e7d2a1f62e1d7a28f725d94af45324d58426f53d5160502939525e71695f4501",
    ),
    "libaio1": Package(
        "0.3.113-4",
        "d1476e4beab3d85f8a7d31de94c27472711ed3ef399ce70708e24b259426125b",
    ),
    "libboost-context1.74.0": Package(
        "1.74.0+ds1-21",
        "45744bc4599210ac521da1a30cfc15c6d2817bd8311d7759aed9e4f20cd29633",
    ),
    "libboost-thread1.74.0": Package(
        "1.74.0+ds1-21",
        "6fc1f2997cdb0ea76d786a10591ea00559ef663055675f574e406ff2b3bd8912",
    ),
    "libdaxctl1": Package(
        "76.1-1",
        "af5f9ffe642ae25301eb88fdb2fa9e3c06dcfc5e131fbcee7575adf0adcc9abb",
    ),
    "libfmt9": Package(
        "9.1.0+ds1-2",
        "c3d405b6eabb1a521b60a57509826707f0e6f92b41cdfaae06bf1d7c37da2166",
    ),
    "libfuse2": Package(
        "2.9.9-6+b1",
        "df32b8f65d819f854e096896890d6ad632b6e520977bb120bb3143b4c66e2fcd",
    ),
    "libibverbs1": Package(
        "44.0-2",
        "35054815259fee46173240254246d03b673a5cd5c528aaac96fd15ac428a8d59",
    ),
    "libleveldb1d": Package(
        "1.23-4",
        "c3816538baa3eb24eef2e0a154847d4954ce66465219b94df9e985168a035ec2",
    ),
    "liblua5.3-0": Package(
        "5.3.6-2",
        "576ad8ef2e9f6ad21f29f0c90dac17448deefee8f3912877c2a0911b77e5d3ca",
    ),
    "libndctl6": Package(
        "76.1-1",
        "3654dd3a0a05fdc28af8bcd307109ec41a9ea92218bf29816ff467a8c5e7d57f",
    ),
    "libnl-3-200": Package(
        "3.7.0-0.2+b1",
        "d1fc3e9eb8e79b4c96b0a64c3d8c9e068ae2f665cab71bd19f417ffd0453a890",
    ),
    "libnl-route-3-200": Package(
        "3.7.0-0.2+b1",
        "0fdcc425ae2982788c085c76a7cb0eda3e3db99d41bd1ce56082ee18e9f1e21f",
    ),
    "liboath0": Package(
        "2.6.7-3.1+deb12u1",
        "6d60d503483c19304fa14e15376e67a79d0b433d4d8b454042d3241f574325da",
    ),
    "libpmem1": Package(
        "1.12.1-2",
        "63ed00821aecdb5537b51b6f378cf571144d02ac3af2f95141bfa0e397359a76",
    ),
    "librabbitmq4": Package(
        "0.11.0-1+deb12u3",
        "da461d734bf8a1d6a6d9c20e5d68d552aac7e87aa75274c7766c81bb0ca79017",
    ),
    "librados2": Package(
        CEPH,
        "6f4fcfd10f9f6ce86d1ba637adea28f88d5887d1d4a579d4a22f87c1da70d38a",
    ),
    "librdmacm1": Package(
        "44.0-2",
        "16b18625834371d023b81477823074ea0d34c478d58dbef3f01107984f47d034",
    ),
    "libsnappy1v5": Package(
        "1.1.9-3",
        "a2ec50d0f92864e7524c96352bc2c62221126ee1ef58f77af7bf369c60b6e98f",
    ),
    "radosgw": Package(
        CEPH,
        "3b1bb60db9ae7ea5661fa3d7afb1b52982985e0f339d299e4dd4d35b313a365f",
    ),
}
