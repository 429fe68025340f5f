#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""The loads: what is done to a server, by which public tool, and how many operations that was."""

import dataclasses
import os
import re
import subprocess
import sys
import threading

import measure

# Every client offers one suite per version and X25519 first, so that all servers do the same cryptography whatever
# their own order of preference is. P-256 is there for the certificate, which must be of an offered curve in TLS 1.2.
# The tools read this through OPENSSL_CONF.
CLIENT_CONFIGURATION = """\
openssl_conf = settings
[settings]
ssl_conf = sections
[sections]
system_default = defaults
[defaults]
Ciphersuites = TLS_AES_128_GCM_SHA256
CipherString = ECDHE-ECDSA-AES128-GCM-SHA256
Groups = X25519:P-256
"""
SUITE_1_3 = "TLS_AES_128_GCM_SHA256"
SUITE_1_2 = "ECDHE-ECDSA-AES128-GCM-SHA256"

# The length of nginx's reply head, which the other servers reproduce.
HELLO_HEAD_LENGTH = 140
# How long a tool may take beyond the time it was given.
TOOL_LIMIT = 300
# Connections before the idle ones, so that what a process sets up once is not counted; few, since what they leave
# behind is used again and makes the later ones look cheaper.
IDLE_BEFORE = 10


class LoadFailed(Exception):
    """A tool failed or the server did not do what the load asks for."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How much of each load is given."""

    seconds: int
    idle_connections: int


@dataclasses.dataclass(frozen=True)
class Load:
    """One column of the comparison. `run` returns the cost of one operation, in `unit`."""

    name: str
    title: str
    unit: str
    run: object
    # Servers that cannot do it; they have no number rather than a wrong one.
    not_for: tuple = ()
    # A load that needs a process in which nothing happened before.
    wants_fresh_server: bool = False


class Client:
    """Runs the tools against one server."""

    def __init__(self, workshop):
        self.authority = workshop.authority
        self.big_file = workshop.big_file
        configuration = os.path.join(workshop.directory, "clients.cnf")
        with open(configuration, "w") as file:
            file.write(CLIENT_CONFIGURATION)
        self.environment = dict(os.environ, OPENSSL_CONF=configuration, LC_ALL="C")

    def read_file(self):
        """Reads the file that nginx serves, so that it is in memory."""
        with open(self.big_file, "rb", buffering=0) as file:
            block = bytearray(1 << 20)
            while file.readinto(block):
                pass

    def tool(self, *words, text_in=""):
        """Runs a tool to its end and returns what it printed."""
        try:
            done = subprocess.run(words, input=text_in, capture_output=True, text=True, env=self.environment,
                                  timeout=TOOL_LIMIT)
        except subprocess.TimeoutExpired as error:
            raise LoadFailed(f"{words[0]} took longer than {TOOL_LIMIT} s") from error
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise LoadFailed(f"{words[0]} ended with {done.returncode}: {lines[-1] if lines else 'no message'}")
        return done.stdout + done.stderr

    def connections(self, server, version, kind, seconds):
        """Handshakes one after the other for some seconds; returns how many and the marks of s_time."""
        text = self.tool("openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", kind, version,
                         "-time", str(seconds))
        counted = re.search(r"^(\d+) connections in \d+ real seconds", text, re.MULTILINE)
        if not counted or int(counted[1]) == 0:
            raise LoadFailed("no connection was made")
        return int(counted[1]), "".join(re.findall(r"^[rtus*]+$", text, re.MULTILINE))

    def requests(self, server, seconds):
        """Keep-alive requests on 16 connections; returns how many."""
        text = self.tool("wrk", "-t1", "-c16", f"-d{seconds}s", f"https://127.0.0.1:{server.port}/")
        counted = re.search(r"(\d+) requests in", text)
        if not counted or int(counted[1]) == 0:
            raise LoadFailed("wrk counted no request")
        if "Non-2xx" in text or "Socket errors" in text:
            raise LoadFailed("wrk saw errors: " + " ".join(re.findall(r"(?:Non-2xx|Socket errors).*", text)))
        return int(counted[1])

    def fetch(self, server, path, length):
        """Fetches a path with curl, verified, and checks the length of the body."""
        text = self.tool("curl", "-sS", "--http1.1", "--cacert", self.authority, "-o", "/dev/null", "-w",
                         "%{http_code} %{size_download}", f"https://127.0.0.1:{server.port}{path}")
        if text.split() != ["200", str(length)]:
            raise LoadFailed(f"GET {path}: expected 200 and {length} bytes, got {text}")


def check(client, server):
    """Sees to it that a server answers as all do and negotiates what all must, before it is measured."""
    url = f"https://127.0.0.1:{server.port}"
    reply = client.tool("curl", "-sS", "--http1.1", "--cacert", client.authority, "-w",
                        "%{http_code} %{size_header}", url + "/")
    if reply != f"hello\n200 {HELLO_HEAD_LENGTH}":
        raise LoadFailed(f"GET /: expected hello, 200 and {HELLO_HEAD_LENGTH} bytes of head, got {reply!r}")
    status = client.tool("curl", "-sS", "--http1.1", "--cacert", client.authority, "-o", "/dev/null", "-w",
                         "%{http_code}", url + "/nothing")
    if status != "404":
        raise LoadFailed(f"GET /nothing gave {status}, not 404")
    for version, suite in (("-tls1_3", SUITE_1_3), ("-tls1_2", SUITE_1_2)):
        facts = client.tool("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", version, "-brief",
                            "-CAfile", client.authority, "-verify_return_error")
        for wanted in (f"Ciphersuite: {suite}", "Server Temp Key: X25519", "Hash used: SHA256"):
            if wanted not in facts:
                raise LoadFailed(f"{version}: '{wanted}' was not negotiated")


def warm_up(client, server):
    """Brings a just started server into its stride: code compiled, buffers grown, files in memory."""
    client.connections(server, "-tls1_3", "-new", 1)
    client.connections(server, "-tls1_2", "-reuse", 1)
    client.requests(server, 1)
    client.fetch(server, "/big", 1 << 30)


def _per_operation(server, work, scale):
    operations, seconds = measure.cpu_spent(server.pid, work)
    return seconds / operations * scale


def _full_handshake(client, server, settings):
    def work():
        count, marks = client.connections(server, "-tls1_3", "-new", settings.seconds)
        if "r" in marks:
            raise LoadFailed("sessions were resumed where none should be")
        return count
    return _per_operation(server, work, 1e6)


def _resumed_handshake(client, server, settings):
    def work():
        count, marks = client.connections(server, "-tls1_2", "-reuse", settings.seconds)
        if marks.count("r") < 0.99 * count:
            raise LoadFailed(f"only {marks.count('r')} of {count} sessions were resumed")
        return count
    return _per_operation(server, work, 1e6)


def _request(client, server, settings):
    return _per_operation(server, lambda: client.requests(server, settings.seconds), 1e6)


def _big(client, server, settings):
    # A system that takes idle file pages back would otherwise charge nginx with the disk, now and then.
    client.read_file()

    def work():
        client.fetch(server, "/big", 1 << 30)
        return 1
    return _per_operation(server, work, 1e3)


def _small(client, server, settings):
    def work():
        client.fetch(server, "/small", 1 << 28)
        return 1 / 4
    return _per_operation(server, work, 1e3)


def _idle(client, server, settings):
    """Memory per idle connection in KiB, against the same process after its first few came and went."""
    _hold(client, server, IDLE_BEFORE, lambda: None)
    before = measure.memory_bytes(server.pid)
    after = _hold(client, server, settings.idle_connections, lambda: measure.memory_bytes(server.pid))
    return (after - before) / settings.idle_connections / 1024


def _hold(client, server, count, look):
    """Opens connections in a process of its own, looks, and closes them."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "idle_client.py")
    holder = subprocess.Popen([sys.executable, program, str(server.port), str(count), client.authority],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=client.environment)
    watchdog = threading.Timer(TOOL_LIMIT, holder.kill)
    watchdog.start()
    try:
        ready = holder.stdout.readline().strip()
        if ready != f"open {count}":
            holder.kill()
            lines = holder.stderr.read().strip().splitlines()
            raise LoadFailed(f"{count} idle connections: {lines[-1] if lines else 'the client ended'}")
        found = look()
        ended, _ = holder.communicate("count\n")
        if ended.strip() != f"still {count}":
            raise LoadFailed(f"{count} idle connections: of these, {ended.strip()} open at the end")
        return found
    finally:
        watchdog.cancel()
        holder.kill()
        holder.wait()


LOADS = [
    Load("full", "full handshake, TLS 1.3", "µs", _full_handshake),
    Load("resumed", "resumed handshake, TLS 1.2 ticket", "µs", _resumed_handshake),
    Load("request", "keep-alive request", "µs", _request),
    Load("big", "1 GiB in 64 KiB writes", "ms", _big),
    # A server of files makes no writes of its own choosing.
    Load("small", "1 KiB writes, per GiB", "ms", _small, not_for=("nginx",)),
    Load("idle", "idle connection, memory", "KiB", _idle, wants_fresh_server=True),
]
