#===----------------------------------------------------------------------===#
# This source file is part of the Hasp project.
# SPDX-License-Identifier: Apache-2.0
#===----------------------------------------------------------------------===#
"""The numbers of a run: what was measured in each round, and the median of the rounds."""

import statistics


class Results:
    """Costs by server and load, with the reasons of what failed."""

    def __init__(self, kinds, loads):
        self.kinds = kinds
        self.loads = loads
        self.rounds = {}
        # Failures by (server, load); the load is None when the server as a whole failed.
        self.failures = {}

    def add(self, kind, load, cost):
        """Notes the cost of one round."""
        self.rounds.setdefault((kind.name, load.name), []).append(cost)

    def fail(self, kind, load, reason):
        """Notes a failure; a server or load that failed once is not measured again."""
        self.failures[(kind.name, load.name if load else None)] = str(reason)

    def has_failed(self, kind, load=None):
        """Whether the server, or this load on it, failed before."""
        return (kind.name, None) in self.failures or bool(load) and (kind.name, load.name) in self.failures

    def cost(self, server, load):
        """The median over the rounds, or None when it failed or was not measured. Both are given by name."""
        if (server, None) in self.failures or (server, load) in self.failures:
            return None
        costs = self.rounds.get((server, load))
        return statistics.median(costs) if costs else None

    def spread(self, server, load):
        """(largest - smallest) / median over the rounds, or None."""
        median = self.cost(server, load)
        costs = self.rounds.get((server, load), [])
        return (max(costs) - min(costs)) / median if median and len(costs) > 1 else None

    def as_json(self):
        """Everything, for programs."""
        return {
            "loads": {load.name: {"title": load.title, "unit": load.unit} for load in self.loads},
            "servers": {
                kind.name: {
                    "title": kind.title,
                    "median": {load.name: self.cost(kind.name, load.name) for load in self.loads},
                    "rounds": {load.name: self.rounds.get((kind.name, load.name), []) for load in self.loads},
                }
                for kind in self.kinds
            },
            "failures": [
                {"server": server, "load": load, "reason": reason}
                for (server, load), reason in self.failures.items()
            ],
        }
