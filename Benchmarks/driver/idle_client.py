#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""Opens TLS 1.3 connections and holds them.

usage: idle_client.py PORT COUNT CA-FILE
Prints `open COUNT`, waits for a line on standard input, then prints `still N`: how many the server has kept open.
"""

import resource
import socket
import ssl
import sys


def main():
    port, count, authority = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    connections = [connect(context, port) for _ in range(count)]
    print(f"open {len(connections)}", flush=True)
    sys.stdin.readline()
    print(f"still {sum(map(is_open, connections))}", flush=True)


def connect(context, port):
    plain = socket.create_connection(("127.0.0.1", port))
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def is_open(connection):
    """Reads what has come, which is session tickets only, and says whether the end was among it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except (ssl.SSLWantReadError, BlockingIOError):
        return True
    except OSError:
        return False


main()
