"""MFCC exactly as Vosk will compute them, and the training matrix made of all voices' speech.

Runs espeak-ng (through synth) and kaldi-native-fbank, one voice a process; knows nothing of networks.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.samples import TELEPHONE_RATE, FloatSamples, to_float
from asr.training import augment
from asr.training.labels import frame_labels, segments
from asr.training.synth import Order, say

BINS: Final = 40
SUBSAMPLING: Final = 3
COPIES: Final = 2
"""Differently augmented versions of each utterance."""

SILENT_SHARE: Final = 0.06
"""Extra items on which nobody speaks, as a share of the utterances."""

MFCC_CONF: Final = f"""--use-energy=false
--sample-frequency={TELEPHONE_RATE}
--num-mel-bins={BINS}
--num-ceps={BINS}
--low-freq=20
--high-freq=-400
--dither=0
"""
"""The model's conf/mfcc.conf; `mfcc` below obeys the same values."""

Features = NDArray[np.float32]
Labels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Material:
    """One stream of speech: features [frames, 40] and one class for every third frame."""

    features: NDArray[np.float16]
    labels: Labels


def mfcc(samples: FloatSamples) -> Features:
    """[frames, 40] of 8 kHz samples of -1..1; 25 ms windows every 10 ms, none partly outside."""
    import kaldi_native_fbank as knf  # noqa: PLC0415 - extra [train]; the rest of this file works without

    options = knf.MfccOptions()
    options.frame_opts.samp_freq = TELEPHONE_RATE
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = BINS
    options.mel_opts.low_freq = 20
    options.mel_opts.high_freq = -400
    options.num_ceps = BINS
    options.use_energy = False
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(TELEPHONE_RATE, (samples * 32768).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(index) for index in range(computer.num_frames_ready)])


def material_of_voice(voice: str, orders: Sequence[Order], classes: dict[str, int], seed: int) -> Material:
    """Everything one voice says, augmented, with labels; utterances espeak-ng could not say are left out."""
    chance = np.random.default_rng(seed)
    features: list[Features] = []
    labels: list[Labels] = []
    for utterance in say(voice, orders):
        if utterance is None:
            continue
        spoken = segments(utterance, classes)
        for _ in range(COPIES):
            heard = augment.telephone_call(to_float(utterance.samples), chance)
            _add(mfcc(heard.samples), features)
            labels.append(frame_labels(spoken, heard.ratio, heard.lead, len(features[-1]) // SUBSAMPLING))
    for _ in range(round(len(orders) * SILENT_SHARE)):
        _add(mfcc(augment.nobody(chance)), features)
        labels.append(np.zeros(len(features[-1]) // SUBSAMPLING, np.uint8))
    return Material(np.concatenate(features).astype(np.float16), np.concatenate(labels))


def _add(frames: Features, features: list[Features]) -> None:
    """Whole output frames only, so that every utterance of the stream starts at a multiple of three."""
    features.append(frames[: len(frames) // SUBSAMPLING * SUBSAMPLING])


def material(corpus: dict[str, list[Order]], classes: dict[str, int], jobs: int) -> Material:
    """All voices in one stream, in the corpus's order; a dot on stderr for each voice that is done."""
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [
            pool.submit(material_of_voice, voice, orders, classes, seed)
            for seed, (voice, orders) in enumerate(corpus.items())
        ]
        parts = []
        for future in waiting:
            parts.append(future.result())
            sys.stderr.write(".")
            sys.stderr.flush()
    sys.stderr.write("\n")
    return Material(
        np.concatenate([part.features for part in parts]), np.concatenate([part.labels for part in parts])
    )
