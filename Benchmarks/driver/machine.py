#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""The machine of a run: what must be installed on it, and what the report says of it."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys

# Debian's and Ubuntu's package for each program.
PACKAGES = {
    "curl": "curl",
    "go": "golang-go",
    "nginx": "nginx-light",
    "node": "nodejs",
    "openssl": "openssl",
    "wrk": "wrk",
}
CLIENTS = ("openssl", "curl", "wrk")


def install_missing(programs):
    """Installs what is missing where that is possible; returns the programs that are missing still."""
    missing = [program for program in programs if shutil.which(program) is None]
    packages = [PACKAGES[program] for program in missing if program in PACKAGES]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing " + " ".join(packages), file=sys.stderr)
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for command in (["apt-get", "update", "-q"],
                        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]):
            subprocess.run(command, env=environment, stdout=2, check=False)
    return [program for program in missing if shutil.which(program) is None]


def facts(benchmarks):
    """Name and value of everything that a reader needs to place the numbers."""
    load = os.getloadavg()[0]
    found = {
        "machine": _first(r"model name\s*: (.*)", _text("/proc/cpuinfo")) or platform.machine(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "system": _first(r'PRETTY_NAME="(.*)"', _text("/etc/os-release")),
        "load when the run began": f"{load:.2f}",
        "Hasp": _said("git", "-C", benchmarks, "rev-parse", "--short", "HEAD"),
        "OpenSSL": _first(r"OpenSSL (\S+)", _said("openssl", "version")),
        "Swift": _first(r"Swift version (\S+)", _said("swift", "--version")),
        "Node": _node(),
        "nginx": _nginx(),
        "Go": _first(r"go version go(\S+)", _said("go", "version")),
        "wrk": _first(r"wrk (?:debian/)?(\S+)", _said("wrk", "-v")),
        "curl": _first(r"curl (\S+)", _said("curl", "--version")),
        "Python": platform.python_version(),
    }
    found.update(_swift_packages(os.path.join(benchmarks, "Package.resolved")))
    return {name: value or "unknown" for name, value in found.items()}


def _node():
    version = _said("node", "-p", "process.version + ' (OpenSSL ' + process.versions.openssl + ')'")
    return version.lstrip("v")


def _nginx():
    text = _said("nginx", "-V")
    running = _first(r"running with OpenSSL (\S+?)[ )]", text) or _first(r"built with OpenSSL (\S+)", text)
    version = _first(r"nginx/(\S+)", text)
    return f"{version} (OpenSSL {running})" if version else ""


def _swift_packages(path):
    try:
        pins = json.loads(_text(path))["pins"]
    except (ValueError, KeyError):
        return {}
    return {
        pin["identity"]: pin["state"].get("version", pin["state"]["revision"])
        for pin in pins if pin["identity"] in ("swift-nio", "swift-nio-ssl")
    }


def _said(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    # wrk and nginx print their version on the error output, wrk with a status of its own.
    return (done.stdout + done.stderr).strip() if done.returncode == 0 or words[0] == "wrk" else ""


def _first(pattern, text):
    found = re.search(pattern, text)
    return found[1].strip() if found else ""


def _text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
