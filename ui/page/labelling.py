"""Where labels may stand on a picture of dots: on as few dots as can be, on no other label, near their own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_COLUMNS, _ROWS = 64, 60
_DOT_COST, _FAR_COST = 60.0, 1.0
_PAD = 5.0


@dataclass(frozen=True, slots=True)
class Box:
    """A label's middle and size, in pixels."""

    x: float
    y: float
    width: float
    height: float


def placed(
    labels: Sequence[tuple[float, float, Sequence[tuple[float, float]]]], dots: Sequence[tuple[float, float]], size: tuple[int, int]
) -> list[Box]:
    """A box for each (width, height, its dots); the largest groups choose first."""
    found: dict[int, Box] = {}
    everything = np.array(dots, dtype=np.float64).reshape(-1, 2)
    for at in sorted(range(len(labels)), key=lambda at: -len(labels[at][2])):
        width, height, members = labels[at]
        found[at] = _best(width, height, np.array(members), everything, list(found.values()), size)
    return [found[at] for at in range(len(labels))]


def _best(width: float, height: float, members: Floats, dots: Floats, taken: Sequence[Box], size: tuple[int, int]) -> Box:
    xs = np.linspace(width / 2, max(size[0] - width / 2, width / 2), _COLUMNS)
    ys = np.linspace(height / 2, max(size[1] - height / 2, height / 2), _ROWS)
    places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    away = np.abs(places[:, None, :] - dots[None, :, :])
    covered = ((away[..., 0] < width / 2 + _PAD) & (away[..., 1] < height / 2 + _PAD)).sum(axis=1)
    nearest = np.sqrt(((places[:, None, :] - members[None, :, :]) ** 2).sum(axis=2))
    near = np.sort(nearest, axis=1)[:, : max(1, len(members) // 3)].mean(axis=1)
    cost = _DOT_COST * covered + _FAR_COST * near
    for box in taken:
        over = (np.abs(places[:, 0] - box.x) < (width + box.width) / 2 + _PAD) & (
            np.abs(places[:, 1] - box.y) < (height + box.height) / 2 + _PAD
        )
        cost = np.where(over, np.inf, cost)
    best = int(np.argmin(cost))
    return Box(float(places[best, 0]), float(places[best, 1]), width, height)
