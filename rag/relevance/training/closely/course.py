"""A course of training steps: rates that warm up and fall, a line now and then, and a checkpoint that a stopped run goes on from."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import ConfigError
from rag.relevance.training.closely.network import Network

Tensor = Any
_WARM_UP, _DROPPING = 60, 0.1
_DECAY, _LARGEST = 0.01, 1.0
_SHOWN = 10.0
"""Seconds between two lines."""


@dataclass(frozen=True, slots=True)
class Course:
    """`least` is the share of the rates that is left at the end; `detail` says what else makes it another course."""

    name: str
    steps: int
    rate: float
    head_rate: float
    least: float
    seed: int
    detail: str


class Run:
    """One run of a course, which goes on where its checkpoint ends; another is written every so many seconds, and at the end."""

    def __init__(self, network: Network, course: Course, kept: Path, every: float = 300.0) -> None:
        self.network, self.course, self.kept, self.every = network, course, kept, every
        layers = [tensor for name, tensor in network.w.items() if name.startswith("upper.")]
        heads = [tensor for name, tensor in network.w.items() if not name.startswith("upper.")]
        groups = [{"params": layers, "lr": course.rate}, {"params": heads, "lr": course.head_rate}]
        self.optimizer = network.torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=_DECAY)
        self.done = 0
        if kept.exists():
            self._restore()

    def go(self, loss_of: Callable[[int], Tensor]) -> None:
        """Train to the end; `loss_of` is given the number of a step."""
        self.network.torch.manual_seed(self.course.seed + self.done)  # so that a run that goes on does not draw the same again
        self.network.dropping = _DROPPING
        begun = shown = saved = time.monotonic()
        lost: list[Tensor] = []
        while self.done < self.course.steps:
            lost.append(self._step(loss_of(self.done)))
            now = time.monotonic()
            if now - shown >= _SHOWN or self.done == self.course.steps:
                mean = float(sum(lost)) / len(lost)
                print(f"{self.course.name}: step {self.done} of {self.course.steps}, loss {mean:.3f}, {now - begun:.0f} s", flush=True)
                shown, lost = now, []
            if now - saved >= self.every or self.done == self.course.steps:
                self._save()
                saved = now
        self.network.dropping = 0.0

    def _step(self, loss: Tensor) -> Tensor:
        course, torch = self.course, self.network.torch
        share = min(1.0, (self.done + 1) / _WARM_UP) * max(course.least, 1 - self.done / course.steps)
        for group, rate in zip(self.optimizer.param_groups, (course.rate, course.head_rate), strict=True):
            group["lr"] = rate * share
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.network.w.values()), _LARGEST)
        self.optimizer.step()
        self.done += 1
        return loss.detach()

    def _save(self) -> None:
        """Under another name first, so that a run stopped meanwhile leaves the checkpoint before whole."""
        ended = self.done == self.course.steps
        optimizer = None if ended else self.optimizer.state_dict()
        state = {"course": asdict(self.course), "done": self.done, "weights": self.network.weights(), "optimizer": optimizer}
        new = self.kept.with_suffix(".new")
        self.network.torch.save(state, new)
        new.replace(self.kept)

    def _restore(self) -> None:
        state = self.network.torch.load(self.kept, map_location=self.network.device)
        if state["course"] != asdict(self.course):
            raise ConfigError(f"{self.kept} was written with other options: name another folder with --checkpoints, or delete it")
        self.network.take(state["weights"])
        if state["optimizer"]:
            self.optimizer.load_state_dict(state["optimizer"])
        self.done = state["done"]
        print(f"{self.course.name}: goes on at step {self.done} of {self.course.steps}", flush=True)
