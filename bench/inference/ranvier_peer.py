"""Ranvier from Python, on the cpu device: the same files, read by the convention that computes the same rule."""

import worker

import ranvier as rv


class Network:
    def __init__(self, network, lanes, mode):
        load = dict(network.load)
        net = rv.load(network.path.with_suffix(".nir"), dt=load.pop("dt") * rv.s, **load)
        self.session = net.to("cpu", lanes=lanes, threads=worker.THREADS)
        self.sample = network.x.shape[2:]

    @property
    def facts(self):
        """What the last run counted, and where."""
        return {"counters": self.counters, "isa": self.session.device.facts.get("isa")}

    def given(self, x):
        return x

    def run(self, x):
        self.session.reset()
        result = self.session.run(x)
        self.counters = result.counters
        return next(iter(result.outputs.values()))

    def row(self, x):
        return x

    def start(self):
        self.session.reset()

    def step(self, x):
        return self.session.step(x)

    def outputs(self, y):
        return y


if __name__ == "__main__":
    worker.main(Network, ["ranvier"])
