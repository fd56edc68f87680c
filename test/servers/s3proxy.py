# SPDX-License-Identifier: Apache-2.0
"""How is S3Proxy fetched from Maven Central and run?"""

import shutil
from pathlib import Path

from test.servers.downloads import fetch_with, fetched, verify
from test.servers.keeper import HOST, Keeper, answers, free_port

VERSION = "4.1.0"
SHA256 = "a4d025969aaf796616ed4b1e2491d87d455ce84bb28cb9db086b2e6aaa68b48d"
JAR = f"s3proxy-{VERSION}-jar-with-dependencies.jar"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
IDENTITY = "identity"
SECRET = "s3proxy-secret"
_CONFIG = """\
s3proxy.endpoint=http://{host}:{port}
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity={identity}
s3proxy.credential={secret}
jclouds.provider=transient
jclouds.identity=remote
jclouds.credential=remote
"""


def fetch() -> Path:
    """Return the folder with the jar."""
    return fetched(f"s3proxy-{VERSION}-{SHA256[:8]}", _download)


def _download(folder: Path) -> None:
    repository = folder / "repository"
    artifact = f"org.gaul:s3proxy:{VERSION}:jar:jar-with-dependencies"
    fetch_with(
        [
            *("mvn", "--quiet", "--batch-mode"),
            f"-Dmaven.repo.local={repository}",
            f"{PLUGIN}:get",
            f"-Dartifact={artifact}",
            "-Dtransitive=false",
        ],
        folder,
    )
    delivered = repository / "org" / "gaul" / "s3proxy" / VERSION / JAR
    verify(delivered, SHA256)
    delivered.rename(folder / JAR)
    shutil.rmtree(repository)


def start(keeper: Keeper) -> dict[str, str]:
    """Start it; return where it is and how to log in."""
    jar = fetch() / JAR
    port = free_port()
    config = keeper.folder / "s3proxy.conf"
    config.write_text(
        _CONFIG.format(host=HOST, port=port, identity=IDENTITY, secret=SECRET)
    )
    keeper.spawn(
        "s3proxy",
        [
            *(
                "java",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
            ),
            *("-jar", str(jar), "--properties", str(config)),
        ],
    )
    keeper.wait_until(lambda: answers(port), "answering")
    return {
        "endpoint": f"http://{HOST}:{port}",
        "identity": IDENTITY,
        "secret": SECRET,
    }
