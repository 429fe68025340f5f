#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""What a server costs: CPU time and memory of a process and all its descendants, from /proc."""

import os
import time

# A reading counts as settled when this much time passes without a change in it.
SETTLE_INTERVAL = 0.05
# A server that never comes to rest (a collector at work, a busy timer) is read as it is after this long.
SETTLE_LIMIT = 5.0
# A few timers of an idle server cost less than this many nanoseconds per interval: that is rest too.
REST = 50_000


def is_available():
    """Whether this kernel tells what is asked of it here."""
    return bool(_read("/proc/self/schedstat")) and bool(_read("/proc/self/smaps_rollup"))


def tree(pid):
    """The process ids of a process and of all its descendants."""
    children = {}
    for name in filter(str.isdigit, _entries("/proc")):
        # The name in parentheses may hold anything; the parent is the second field after it.
        fields = _read(f"/proc/{name}/stat").rpartition(")")[2].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_spent(pid, work):
    """Does the work and returns what it returned, and the CPU time in seconds that the tree spent meanwhile."""
    before = _cpu_at_rest(pid)
    result = work()
    after = _cpu_at_rest(pid)
    # The two agree but for threads that ended meanwhile, such as those of a pool that shrinks when idle: their
    # schedstat is gone, while the clock of the process still has them.
    return result, max(late - early for early, late in zip(before, after)) / 1e9


def memory_bytes(pid):
    """Proportional set size of the tree in bytes, once it has stopped moving."""
    deadline = time.monotonic() + SETTLE_LIMIT
    size = _pss(pid)
    while time.monotonic() < deadline:
        time.sleep(4 * SETTLE_INTERVAL)
        latest = _pss(pid)
        if abs(latest - size) <= size // 1000:
            return latest
        size = latest
    return size


def _cpu_at_rest(pid):
    """CPU time of the tree in nanoseconds, once it has come to rest: the sum over its threads, and its clocks' sum.

    The first field of a thread's schedstat is its time on a processor. It is exact, unlike the tick counters of
    /proc/PID/stat, but it is brought up to date only when the thread leaves the processor: hence the wait for rest.
    """
    deadline = time.monotonic() + SETTLE_LIMIT
    latest = _cpu(pid)
    while time.monotonic() < deadline:
        time.sleep(SETTLE_INTERVAL)
        earlier, latest = latest, _cpu(pid)
        if latest[0] - earlier[0] < REST:
            break
    return latest


def _cpu(pid):
    threads, clocks = 0, 0
    for process in tree(pid):
        for task in _entries(f"/proc/{process}/task"):
            fields = _read(f"/proc/{process}/task/{task}/schedstat").split()
            threads += int(fields[0]) if fields else 0
        try:
            # The number of a process's CPU clock, as clock_getcpuclockid(3) makes it.
            clocks += time.clock_gettime_ns((~process << 3) | 2)
        except OSError:
            continue
    return threads, clocks


def _pss(pid):
    total = 0
    for process in tree(pid):
        for line in _read(f"/proc/{process}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def _entries(directory):
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _read(path):
    # A thread or a process may end between the listing and the reading.
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
