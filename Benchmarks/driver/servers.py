#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""The servers of the comparison: how each is started, made ready and ended."""

import contextlib
import dataclasses
import getpass
import os
import signal
import socket
import string
import subprocess
import time

import measure

START_LIMIT = 20.0
STOP_LIMIT = 5.0
# Another process may take the free port between the choice and the start; then another one is tried.
START_ATTEMPTS = 3

BENCHMARKS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class ServerFailed(Exception):
    """A server did not start or did not answer as all must."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """One row of the comparison."""

    name: str
    title: str
    # Programs that must be on the machine, besides those every run needs.
    programs: tuple = ()
    # The product of the nested Swift package, if it is one.
    product: str = ""
    mode: str = ""


KINDS = [
    Kind("hasp-socket", "Hasp, TLSSocket", product="bench-hasp", mode="socket"),
    Kind("hasp-handler", "Hasp, handler", product="bench-hasp", mode="handler"),
    Kind("node", "Node", programs=("node",)),
    Kind("nginx", "nginx", programs=("nginx",)),
    Kind("go", "Go", programs=("go",)),
    Kind("nio-ssl-handler", "swift-nio-ssl, handler", product="bench-nio-ssl", mode="handler"),
    Kind("nio-ssl-async", "swift-nio-ssl, NIOAsyncChannel", product="bench-nio-ssl", mode="async"),
]


class Workshop:
    """The working directory with certificates, files and built programs that servers are started from."""

    def __init__(self, directory, scratch_path):
        self.directory = directory
        self.scratch_path = scratch_path
        self.authority = os.path.join(directory, "ca.pem")
        self.certificate = os.path.join(directory, "cert.pem")
        self.key = os.path.join(directory, "key.pem")
        self.big_file = os.path.join(directory, "www", "big")
        self.go_program = os.path.join(directory, "go-peer")

    def make_certificates(self):
        """A P-256 authority and a P-256 leaf for 127.0.0.1; every server sends the leaf alone."""
        authority_key = os.path.join(self.directory, "ca-key.pem")
        request = os.path.join(self.directory, "request.pem")
        extensions = os.path.join(self.directory, "extensions.cnf")
        with open(extensions, "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        for command in (
            ["req", "-x509", *new_key, "-keyout", authority_key, "-out", self.authority, "-days", "2",
             "-subj", "/CN=Benchmark authority"],
            ["req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost"],
            ["x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key, "-set_serial", "1",
             "-days", "2", "-extfile", extensions, "-out", self.certificate],
        ):
            subprocess.run(["openssl", *command], check=True, capture_output=True)

    def make_files(self):
        """What nginx serves: 1 GiB as a sparse file, which the page cache holds after the first reading."""
        os.makedirs(os.path.dirname(self.big_file), exist_ok=True)
        with open(self.big_file, "wb") as file:
            file.truncate(1 << 30)

    def build_go(self):
        """Builds the Go peer."""
        environment = dict(os.environ, CGO_ENABLED="0")
        subprocess.run(["go", "build", "-o", self.go_program, "."], check=True, env=environment,
                       cwd=os.path.join(BENCHMARKS, "peers", "go"))

    def build_swift(self, product):
        """Builds one product of the nested package in release mode. False when the compiler refuses."""
        return subprocess.run(["swift", "build", "-c", "release", "--package-path", BENCHMARKS, "--scratch-path",
                               self.scratch_path, "--product", product], stdout=2).returncode == 0

    def command(self, kind, port):
        """The command line that serves on a port."""
        common = ["--port", str(port), "--cert", self.certificate, "--key", self.key]
        if kind.product:
            program = os.path.join(self.scratch_path, "release", kind.product)
            return [program, "--mode", kind.mode, *common]
        if kind.name == "node":
            return ["node", os.path.join(BENCHMARKS, "peers", "node.js"), *common]
        if kind.name == "go":
            return [self.go_program, *common]
        return ["nginx", "-p", self.directory, "-e", os.path.join(self.directory, "nginx-error.log"),
                "-c", self._nginx_configuration(port)]

    def _nginx_configuration(self, port):
        with open(os.path.join(BENCHMARKS, "peers", "nginx", "nginx.conf.template")) as file:
            template = string.Template(file.read())
        # Started by root, nginx would give its worker to another user, who cannot read the working directory.
        user_line = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
        path = os.path.join(self.directory, f"nginx-{port}.conf")
        with open(path, "w") as file:
            file.write(template.safe_substitute(directory=self.directory, port=port, cert=self.certificate,
                                                key=self.key, user_line=user_line))
        return path


class Server:
    """A running server. Use it in a `with` statement or call `stop`."""

    def __init__(self, kind, workshop):
        self.kind = kind
        self.log_path = os.path.join(workshop.directory, f"{kind.name}.log")
        for _ in range(START_ATTEMPTS):
            self.port = _free_port()
            if self._start(workshop.command(kind, self.port)):
                return
        raise ServerFailed(f"{kind.title} did not start: {self._last_words()}")

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """Ends this process, and its descendants if it does not take them along in time."""
        if self.process.poll() is None:
            family = measure.tree(self.pid)
            self.process.terminate()
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                for pid in family:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _start(self, command):
        # One thread for the work of each: nginx and the Swift servers set it themselves, Node has one.
        environment = dict(os.environ, GOMAXPROCS="1")
        with open(self.log_path, "w") as log:
            try:
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                env=environment)
            except OSError as error:
                raise ServerFailed(f"{self.kind.title} did not start: {error}") from error
        try:
            if self._accepts():
                return True
        except BaseException:
            # Interrupted while nobody else knows of the process yet.
            self.stop()
            raise
        self.stop()
        return False

    def _accepts(self):
        """Waits until the port takes connections; False when the process ends first or takes too long."""
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def _last_words(self):
        with open(self.log_path) as log:
            lines = [line.strip() for line in log if line.strip()]
        return lines[-1] if lines else "it said nothing"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
