"""The trained network as Kaldi's am/final.mdl, binary, with compressed matrices.

Knows the file format (Kaldi's io of TransitionModel and nnet3) and `network`'s shape. Batch normalisation
and the features' normalisation are folded into the affine layers, class priors and the acoustic scale into
the last one.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from asr.training.features import BINS
from asr.training.network import LAYERS, WIDTH, Trained
from asr.training.phones import class_of, phone_count

ACOUSTIC_SCALE: Final = 0.8
"""Weight of sound against language; the file carries it, so that model.conf can say 1.0."""

Matrix = NDArray[np.float32]


def write_model(trained: Trained, path: Path) -> None:
    """Writes am/final.mdl."""
    classes = trained.network.out.out_features
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0B" + _transition_model(classes) + _network(trained))


def affine_layers(trained: Trained) -> list[tuple[Matrix, Matrix]]:
    """(weights [out, in], bias) of each layer and the output, everything else folded in."""
    layers = []
    for index, (affine, norm) in enumerate(zip(trained.network.affine, trained.network.norm, strict=True)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        layers.append((affine.weight * scale[:, None], (affine.bias - norm.running_mean) * scale + norm.bias))
        if index == 0:
            mean, deviation = (value.repeat(len(LAYERS[0])) for value in (trained.mean, trained.deviation))
            weights, bias = layers[0]
            layers[0] = (weights / deviation, bias - (weights / deviation) @ mean)
    out = trained.network.out
    layers.append((out.weight * ACOUSTIC_SCALE, (out.bias - trained.priors.log()) * ACOUSTIC_SCALE))
    return [(weights.detach().numpy(), bias.detach().numpy()) for weights, bias in layers]


def _transition_model(classes: int) -> bytes:
    phones = range(1, phone_count(classes) + 1)
    entry = _int(2)
    entry += _int(0) + _int(2) + _int(0) + _float(0.5) + _int(1) + _float(0.5)
    entry += _int(-1) + _int(0)
    topology = _ints(list(phones)) + _ints([-1] + [0] * len(phones)) + _int(1) + entry
    triples = b"".join(_int(phone) + _int(0) + _int(class_of(phone)) for phone in phones)
    log_probs = np.full(1 + 2 * len(phones), np.log(0.5), np.float32)
    log_probs[0] = 0
    return b"".join(
        (
            b"<TransitionModel> <Topology> ",
            topology,
            b"</Topology> <Triples> ",
            _int(len(phones)),
            triples,
            b"</Triples> <LogProbs> ",
            _vector(log_probs),
            b"</LogProbs> </TransitionModel> ",
        )
    )


def _network(trained: Trained) -> bytes:
    layers = affine_layers(trained)
    parts = []
    for number, (weights, bias) in enumerate(layers[:-1], 1):
        parts += [_affine(f"tdnn{number}.affine", weights, bias), _relu(f"tdnn{number}.relu")]
    parts.append(_affine("out.affine", *layers[-1]))
    return b"".join(
        (
            b"<Nnet3> \n",
            _wiring().encode(),
            b"\n<NumComponents> ",
            _int(len(parts)),
            *parts,
            b"</Nnet3> <LeftContext> ",
            _int(0),  # both are worked out anew when the file is read
            b"<RightContext> ",
            _int(0),
            b"<Priors> ",
            _vector(np.zeros(0, np.float32)),
        )
    )


def _wiring() -> str:
    """nnet3's configuration lines: what is connected to what."""
    lines = [f"input-node name=input dim={BINS}"]
    below = "input"
    for number, offsets in enumerate(LAYERS, 1):
        spliced = ", ".join(f"Offset({below}, {offset})" if offset else below for offset in offsets)
        name = f"tdnn{number}"
        lines.append(f"component-node name={name}.affine component={name}.affine input=Append({spliced})")
        lines.append(f"component-node name={name}.relu component={name}.relu input={name}.affine")
        below = f"{name}.relu"
    lines.append(f"component-node name=out.affine component=out.affine input={below}")
    lines.append("output-node name=output input=out.affine objective=linear")
    return "\n".join(lines) + "\n"


def _affine(name: str, weights: Matrix, bias: Matrix) -> bytes:
    head = f"<ComponentName> {name} <AffineComponent> <LearningRate> ".encode()
    body = b"<LinearParams> " + _compressed(weights) + b"<BiasParams> " + _vector(bias)
    return head + _float(0.001) + body + b"</AffineComponent> "


def _relu(name: str) -> bytes:
    empty = _vector(np.zeros(0, np.float32))
    head = f"<ComponentName> {name} <RectifiedLinearComponent> <Dim> ".encode() + _int(WIDTH)
    statistics = (
        b"<ValueAvg> " + empty + b"<DerivAvg> " + empty + b"<Count> " + b"\x08" + struct.pack("<d", 0.0)
    )
    return head + statistics + b"</RectifiedLinearComponent> "


def _compressed(matrix: Matrix) -> bytes:
    """Kaldi's CompressedMatrix of 8-bit values: "CM3", smallest, range, rows, columns, values by row.

    Half the size of the 16-bit kind, and no measurable difference in accuracy.
    """
    low, span = float(matrix.min()), max(float(np.ptp(matrix)), 1e-6)
    values = np.rint((matrix - low) / span * 255).astype(np.uint8)
    octets: bytes = values.tobytes()
    return b"CM3 " + struct.pack("<ffii", low, span, *matrix.shape) + octets


def _vector(values: Matrix) -> bytes:
    return b"FV " + _int(len(values)) + np.asarray(values, "<f4").tobytes()


def _ints(values: list[int]) -> bytes:
    return b"\x04" + struct.pack(f"<i{len(values)}i", len(values), *values)


def _int(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def _float(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)
