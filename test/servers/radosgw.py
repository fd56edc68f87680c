# SPDX-License-Identifier: Apache-2.0
"""How is Ceph's gateway fetched from Debian's packages and run?

One monitor, one OSD that keeps all in memory, and the gateway, without a
manager and without authentication among them. Nothing outlives them.
"""

import hashlib
import json
import os
import shutil
import sys
import uuid
from pathlib import Path

from test.doubles.certificates import Authority
from test.servers.downloads import Unavailable, fetch_with, fetched, verify
from test.servers.keeper import HOST, Keeper, answers, free_port
from test.servers.radosgw_packages import PACKAGES

_COMMANDS = Path(__file__).with_name("rados_commands.py")
IDENTITY = "test"
SECRET = "radosgw-secret"
POOLS = (
    ".rgw.root",
    *(
        f"default.rgw.{name}"
        for name in (
            "log",
            "control",
            "meta",
            "buckets.index",
            "buckets.data",
            "buckets.non-ec",
        )
    ),
)
"""Made beforehand, for the gateway takes seconds to make one."""

_CONFIG = """\
[global]
fsid = {fsid}
mon initial members = a
mon host = [v2:{host}:{v2},v1:{host}:{v1}]
auth cluster required = none
auth service required = none
auth client required = none
# The gateway asks for "secure" by itself, which no authentication forbids.
ms mon client mode = crc
ms mon service mode = crc secure
ms client mode = crc
ms service mode = crc secure
run dir = {folder}
admin socket = {folder}/$name.asok
pid file = {folder}/$name.pid
log file = {folder}/$name.log
public addr = {host}
cluster addr = {host}
ms bind port min = 20100
ms bind port max = 21000
ms bind msgr1 = false
plugin dir = {library}/ceph
erasure code dir = {library}/ceph/erasure-code
osd class dir = {library}/rados-classes
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data = {folder}/mon
mon data avail warn = 1
mon data avail crit = 1
# Else each change of the pools waits for a second.
paxos propose interval = 0.01
paxos min wait = 0.01
[osd]
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
# Else it takes gigabytes for small objects.
memstore page set = false
osd heartbeat grace = 60
[client.rgw]
rgw frontends = beast endpoint={host}:{port} ssl_endpoint={host}:{tls} \
ssl_certificate={pem}
rgw data = {folder}/rgw
rgw thread pool size = 32
rgw override bucket index max shards = 1
rgw dynamic resharding = false
rgw enable usage log = false
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = \
testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
"""


def fetch() -> Path:
    """Return the folder with the unpacked packages."""
    version = PACKAGES["radosgw"].version
    digest = hashlib.sha256(repr(sorted(PACKAGES.items())).encode())
    return fetched(f"radosgw-{version}-{digest.hexdigest()[:8]}", _download)


def _download(folder: Path) -> None:
    apt = ["apt-get", "-q", "-o", f"Dir::State::Lists={folder}/apt-lists"]
    apt += ["-o", f"Dir::Cache={folder}/apt-cache"]
    if not os.geteuid():  # else apt would read as another user
        apt += ["-o", "APT::Sandbox::User=root"]
    for made in ("apt-lists/partial", "apt-cache/archives/partial"):
        (folder / made).mkdir(parents=True)
    wanted = [f"{name}={p.version}" for name, p in PACKAGES.items()]
    # Lists of our own: the machine may have none, or old ones.
    fetch_with([*apt, "update"], folder)
    fetch_with([*apt, "download", *wanted], folder)
    for made in ("apt-lists", "apt-cache"):
        shutil.rmtree(folder / made)
    for name, package in PACKAGES.items():
        escaped = package.version.replace(":", "%3a")
        delivered = folder / f"{name}_{escaped}_amd64.deb"
        verify(delivered, package.sha256)
        fetch_with(["dpkg-deb", "-x", delivered.name, "."], folder)
        delivered.unlink()


def start(keeper: Keeper) -> dict[str, str]:
    """Start all of it; return where it is and how to log in."""
    root = fetch()
    library = root / "usr" / "lib" / "x86_64-linux-gnu"
    programs = root / "usr" / "bin"
    keeper.environment["LD_LIBRARY_PATH"] = ":".join(
        map(str, (library, library / "ceph", root / "lib" / library.name))
    )
    ports = {name: free_port() for name in ("v2", "v1", "port", "tls")}
    authority = Authority(keeper.folder)
    config = keeper.folder / "ceph.conf"
    fsid = str(uuid.uuid4())
    config.write_text(
        _CONFIG.format(
            fsid=fsid,
            host=HOST,
            folder=keeper.folder,
            library=library,
            pem=authority.sign("server").joined(),
            **ports,
        )
    )
    ceph = Ceph(keeper, programs, config)
    ceph.start_monitor(
        fsid, f"[v2:{HOST}:{ports['v2']},v1:{HOST}:{ports['v1']}]"
    )
    ceph.start_osd()
    ceph.start_gateway(ports["port"])
    return {
        "endpoint": f"http://{HOST}:{ports['port']}",
        "https": f"https://{HOST}:{ports['tls']}",
        "ca_file": str(authority.cert),
        "identity": IDENTITY,
        "secret": SECRET,
    }


class Ceph:
    """A cluster of one node that is about to come up."""

    def __init__(self, keeper: Keeper, programs: Path, config: Path) -> None:
        self._keeper = keeper
        self._programs = programs
        self._config = ["-c", str(config)]

    def _program(self, name: str, *arguments: str) -> list[str]:
        return [str(self._programs / name), *arguments, *self._config]

    def start_monitor(self, fsid: str, addresses: str) -> None:
        """Start the monitor, which knows who else there is."""
        folder = self._keeper.folder
        (folder / "mon").mkdir()
        monmap = str(folder / "monmap")
        self._keeper.run(
            "monmaptool",
            self._program(
                *("monmaptool", "--create", "--fsid", fsid),
                *("--addv", "a", addresses, monmap),
            ),
        )
        make = ("--mkfs", "-i", "a", "--monmap", monmap)
        self._keeper.run("ceph-mon", self._program("ceph-mon", *make))
        self._keeper.spawn("mon", self._program("ceph-mon", "-f", "-i", "a"))

    def start_osd(self) -> None:
        """Start the OSD and make the pools."""
        identity = str(uuid.uuid4())
        (self._keeper.folder / "osd").mkdir()
        told = self.command({"prefix": "osd new", "uuid": identity})
        number = str(json.loads(told[0])["osdid"])
        if number != "0":
            raise Unavailable(f"the first OSD has the number {number}")
        self._keeper.run(
            "ceph-osd",
            self._program(
                "ceph-osd", "-i", number, "--mkfs", "--osd-uuid", identity
            ),
        )
        self._keeper.spawn(
            "osd", self._program("ceph-osd", "-f", "-i", number)
        )
        self.command(
            *(
                {"prefix": "osd pool create", "pool": pool, "pg_num": 1}
                for pool in POOLS
            ),
            *(
                {
                    "prefix": "osd pool application enable",
                    "pool": pool,
                    "app": "rgw",
                }
                for pool in POOLS
            ),
        )

    def start_gateway(self, port: int) -> None:
        """Start the gateway and make its user."""
        self._keeper.spawn(
            "radosgw", self._program("radosgw", "-f", "-n", "client.rgw")
        )
        self._keeper.wait_until(lambda: answers(port), "answering")
        self._keeper.run(
            "radosgw-admin",
            self._program(
                *("radosgw-admin", "user", "create", f"--uid={IDENTITY}"),
                *("--display-name=test", f"--access-key={IDENTITY}"),
                f"--secret-key={SECRET}",
            ),
        )

    def command(self, *commands: dict[str, object]) -> list[str]:
        """Give the monitor commands; return its answers."""
        text = self._keeper.run(
            "the monitor's client",
            [
                # by its path: it runs in another folder than this one
                *(sys.executable, str(_COMMANDS)),
                self._config[1],
                json.dumps(commands),
            ],
        )
        return [str(answer) for answer in json.loads(text)]
