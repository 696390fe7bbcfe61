"""The acoustic model: a small TDNN and its training in PyTorch.

Knows features and class numbers, not what they mean. Output frame k sees the feature frames 3k-21 .. 3k+15,
which is what `export` writes into Kaldi's nnet3 configuration from the same table `LAYERS`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from torch import nn

from asr.training.features import BINS, SUBSAMPLING, Material

WIDTH: Final = 192
LAYERS: Final = ((-3, -2, -1, 0, 1, 2, 3), (-3, 0, 3), (-3, 0, 3), (-6, 0, 3), (-6, 0, 3))
"""Offsets in feature frames (10 ms) each layer splices from the layer below."""

LEFT: Final = -sum(min(offsets) for offsets in LAYERS)
RIGHT: Final = sum(max(offsets) for offsets in LAYERS)

_EPOCHS: Final = 5
_BATCH: Final = 64
_CHUNK: Final = 100
"""Output frames of one training chunk: 3 s."""

_RATE: Final = 3e-3
_SMOOTHING: Final = 0.02
_RAREST: Final = 1e-3
"""Floor of a class's prior: dividing by less turns a sound heard a dozen times into the decoder's
favourite."""

_THREADS: Final = 2
_SEED: Final = 7


class Tdnn(nn.Module):
    """[batch, LEFT + 3n + RIGHT - 2, 40] normalised features -> [batch, n, classes] logits."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        inputs = [BINS] + [WIDTH] * (len(LAYERS) - 1)
        self.affine = nn.ModuleList(
            nn.Linear(size * len(offsets), WIDTH) for size, offsets in zip(inputs, LAYERS, strict=True)
        )
        self.norm = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in LAYERS)
        self.out = nn.Linear(WIDTH, classes)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """The first layer goes from 10 ms to 30 ms steps; the others stay there."""
        hidden = frames.unfold(1, len(LAYERS[0]), SUBSAMPLING).transpose(2, 3).flatten(2)
        for index, offsets in enumerate(LAYERS):
            if index:
                hidden = _splice(hidden, [offset // SUBSAMPLING for offset in offsets])
            hidden = self.affine[index](hidden)
            hidden = torch.relu(self.norm[index](hidden.transpose(1, 2)).transpose(1, 2))
        return self.out(hidden)


def _splice(hidden: torch.Tensor, offsets: list[int]) -> torch.Tensor:
    low, high = min(offsets), max(offsets)
    count = hidden.shape[1] - (high - low)
    return torch.cat([hidden[:, offset - low : offset - low + count] for offset in offsets], 2)


class Trained:
    """What export needs: the network in evaluation mode, the features' mean and deviation, the classes'
    priors."""

    def __init__(
        self, network: Tdnn, mean: torch.Tensor, deviation: torch.Tensor, priors: torch.Tensor
    ) -> None:
        self.network = network.eval()
        self.mean = mean
        self.deviation = deviation
        self.priors = priors


def train(material: Material, classes: int) -> Trained:
    """Trains from scratch; progress on stderr. Same material, same result (on the same machine and
    threads)."""
    torch.manual_seed(_SEED)
    torch.set_num_threads(_THREADS)
    frames = torch.from_numpy(material.features)
    sample = frames[:: max(1, len(frames) // 200_000)].float()
    mean, deviation = sample.mean(0), sample.std(0)
    network = Tdnn(classes)
    _fit(network, material, mean, deviation)
    counts = torch.bincount(torch.from_numpy(material.labels).long(), minlength=classes).float()
    return Trained(network, mean, deviation, (counts / counts.sum()).clamp(min=_RAREST))


def _fit(network: Tdnn, material: Material, mean: torch.Tensor, deviation: torch.Tensor) -> None:
    steps = _EPOCHS * len(material.labels) // (_BATCH * _CHUNK)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps + 1)
    loss_of = nn.CrossEntropyLoss(label_smoothing=_SMOOTHING)
    for step, (frames, labels) in enumerate(_batches(material, steps), 1):
        logits = network((frames - mean) / deviation)
        loss = loss_of(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == steps:
            right = (logits.argmax(2) == labels).float().mean()
            sys.stderr.write(f"\r  step {step}/{steps}  loss {loss:.3f}  frames right {right:.1%} ")
            sys.stderr.flush()
    sys.stderr.write("\n")


def _batches(material: Material, steps: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Random chunks of the stream with their true context on both sides."""
    chance = np.random.default_rng(_SEED)
    first = -(-LEFT // SUBSAMPLING)
    last = len(material.labels) - _CHUNK - -(-RIGHT // SUBSAMPLING) - 1
    span = np.arange(-LEFT, (_CHUNK - 1) * SUBSAMPLING + RIGHT + 1)
    for _ in range(steps):
        starts = chance.integers(first, last, _BATCH)
        frames = material.features[starts[:, None] * SUBSAMPLING + span]
        labels = material.labels[starts[:, None] + np.arange(_CHUNK)]
        yield torch.from_numpy(frames).float(), torch.from_numpy(labels).long()
