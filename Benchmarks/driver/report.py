#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""The report: three Markdown tables and the machine they were made on."""

import dataclasses

import servers

OURS = "hasp-socket"


@dataclasses.dataclass(frozen=True)
class Target:
    """A goal of the project: our cost over a peer's, or our cost itself when there is no peer."""

    load: str
    peer: str
    limit: float


TARGETS = [
    Target("full", "node", 0.80),
    Target("full", "nginx", 1.25),
    Target("resumed", "node", 0.80),
    Target("request", "node", 0.95),
    Target("request", "hasp-handler", 1.10),
    Target("request", "nio-ssl-async", 0.60),
    Target("big", "node", 0.85),
    Target("big", "nginx", 0.60),
    Target("small", "node", 0.50),
    Target("idle", "node", 0.60),
    Target("idle", "", 20.0),
]


def render(results, facts):
    """The whole report as Markdown."""
    parts = [_facts(facts), _costs(results)]
    if any(kind.name == OURS for kind in results.kinds):
        parts += [_ratios(results), _targets(results)]
    if results.failures:
        parts.append(_failures(results))
    return "\n\n".join(parts)


def _facts(facts):
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def _costs(results):
    """Cost by server and load; the smaller the better."""
    rows = [
        [kind.title] + [_cost(results, kind, load) for load in results.loads]
        for kind in results.kinds
    ]
    header = ["server CPU per operation"] + [f"{load.title} ({load.unit})" for load in results.loads]
    spreads = [
        (results.spread(kind.name, load.name) or 0, kind.title, load.title)
        for kind in results.kinds for load in results.loads
    ]
    widest, server, load = max(spreads)
    note = f"\n\nWidest spread between rounds: {widest:.0%} of the median ({server}, {load})." if widest else ""
    return _table(header, rows) + note


def _cost(results, kind, load):
    if results.has_failed(kind, load):
        return "failed"
    cost = results.cost(kind.name, load.name)
    return "–" if cost is None else _number(cost)


def _ratios(results):
    """Our cost over each peer's; below 1 we are cheaper."""
    peers = [kind for kind in results.kinds if kind.name != OURS]
    rows = []
    for load in results.loads:
        ratios = [_ratio(results, load.name, peer.name) for peer in peers]
        rows.append([load.title] + ["–" if ratio is None else f"{ratio:.2f}" for ratio in ratios])
    return _table(["Hasp (TLSSocket) over"] + [peer.title for peer in peers], rows)


def _targets(results):
    titles = {kind.name: kind.title for kind in servers.KINDS}
    loads = {load.name: load for load in results.loads}
    rows = []
    for target in TARGETS:
        if target.load not in loads:
            continue
        load = loads[target.load]
        if target.peer:
            reached, unit = _ratio(results, target.load, target.peer), f"× {titles[target.peer]}"
        else:
            reached, unit = results.cost(OURS, target.load), load.unit
        shown = "–" if reached is None else f"{reached:.2f}"
        mark = "not measured" if reached is None else "✓" if reached <= target.limit else "✗"
        rows.append([load.title, f"≤ {target.limit:.2f} {unit}", shown, mark])
    return _table(["target", "limit", "measured", ""], rows)


def _failures(results):
    titles = {kind.name: kind.title for kind in results.kinds}
    loads = {load.name: load.title for load in results.loads}
    lines = [
        f"- {titles[server]}{', ' + loads[load] if load else ''}: {reason}"
        for (server, load), reason in results.failures.items()
    ]
    return "Failed:\n\n" + "\n".join(lines)


def _ratio(results, load, peer):
    ours, theirs = results.cost(OURS, load), results.cost(peer, load)
    return ours / theirs if ours is not None and theirs else None


def _number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
