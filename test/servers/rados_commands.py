# SPDX-License-Identifier: Apache-2.0
"""How is a Ceph monitor given commands, without Ceph's own Python?

`python rados_commands.py CONFIG COMMANDS`, with a JSON list of
commands; prints the list of answers.
"""

import ctypes
import json
import sys

_SECONDS = b"60"


def main() -> None:
    """Do what the module's docstring says."""
    config, commands = sys.argv[1:]
    rados = ctypes.CDLL("librados.so.2")
    cluster = ctypes.c_void_p()
    _check("create", rados.rados_create(ctypes.byref(cluster), b"admin"))
    _check("read", rados.rados_conf_read_file(cluster, config.encode()))
    for option in (b"rados_mon_op_timeout", b"client_mount_timeout"):
        rados.rados_conf_set(cluster, option, _SECONDS)
    _check("connect", rados.rados_connect(cluster))
    answers = [_give(rados, cluster, c) for c in json.loads(commands)]
    sys.stdout.write(json.dumps(answers))
    rados.rados_shutdown(cluster)


def _give(rados: ctypes.CDLL, cluster: ctypes.c_void_p, command: dict) -> str:
    text = (ctypes.c_char_p * 1)(
        json.dumps({"format": "json", **command}).encode()
    )
    out, told = ctypes.c_char_p(), ctypes.c_char_p()
    out_size, told_size = ctypes.c_size_t(), ctypes.c_size_t()
    code = rados.rados_mon_command(
        *(cluster, text, ctypes.c_size_t(1), None, ctypes.c_size_t(0)),
        *(ctypes.byref(out), ctypes.byref(out_size)),
        *(ctypes.byref(told), ctypes.byref(told_size)),
    )
    _check(f"{command['prefix']}: {told.value!r}", code)
    return ctypes.string_at(out, out_size.value).decode()


def _check(step: str, code: int) -> None:
    if code < 0:
        sys.exit(f"{step}: error {-code}")


if __name__ == "__main__":
    main()
