"""G.711 against values of the Recommendation, against sox, and against itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media import g711
from bridge.media.plan import Codec

LAWS: tuple[Codec, ...] = ("PCMA", "PCMU")


@pytest.mark.parametrize(
    ("codec", "octet", "linear"),
    [
        # G.711 tables 1a/1b, 2a/2b: largest, smallest and a segment's beginning, left-aligned to 16 bits.
        ("PCMA", 0xD5, 8),
        ("PCMA", 0x55, -8),
        ("PCMA", 0xAA, 32256),
        ("PCMA", 0x2A, -32256),
        ("PCMA", 0x85, 4224),
        ("PCMU", 0xFF, 0),
        ("PCMU", 0x7F, 0),
        ("PCMU", 0x80, 32124),
        ("PCMU", 0x00, -32124),
        ("PCMU", 0xFE, 8),
    ],
)
def test_known_values(codec: Codec, octet: int, linear: int) -> None:
    assert g711.decode(codec, bytes([octet]))[0] == linear


@pytest.mark.parametrize("codec", LAWS)
def test_every_octet_survives_the_round_trip(codec: Codec) -> None:
    octets = bytes(range(256))
    again = g711.encode(codec, g711.decode(codec, octets))
    # µ-law has two zeros; the negative one comes back as the positive one.
    assert again == (octets if codec == "PCMA" else octets.replace(b"\x7f", b"\xff"))


@pytest.mark.parametrize(("codec", "encoding"), [("PCMA", "a-law"), ("PCMU", "mu-law")])
def test_every_sample_encodes_as_sox_does(codec: Codec, encoding: str, need, tmp_path: Path) -> None:
    sox = need("sox", debian="sox")
    linear = np.arange(-32768, 32768).astype("<i2")
    (tmp_path / "all.raw").write_bytes(linear.tobytes())
    # sox puts the decision values up to 4 of 65536 steps beside those of the Recommendation's table.
    raw = ["-t", "raw", "-r", "8000", "-c", "1"]
    source = [*raw, "-e", "signed", "-b", "16", str(tmp_path / "all.raw")]
    target = [*raw, "-e", encoding, "-b", "8", str(tmp_path / "law.raw")]
    subprocess.run([sox, "-D", *source, *target], check=True)
    theirs = g711.decode(codec, (tmp_path / "law.raw").read_bytes()).astype(int)
    ours = g711.decode(codec, g711.encode(codec, linear.astype(np.int16))).astype(int)
    beside = (np.roll(ours, 5) == theirs) | (np.roll(ours, -5) == theirs)
    assert np.all((np.abs(ours - theirs) <= 8) | beside)  # 8: µ-law has two zeros
    assert np.mean(theirs == ours) > 0.98


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=200), st.sampled_from(LAWS))
def test_error_is_within_the_laws_step(values: list[int], codec: Codec) -> None:
    samples = np.array(values, dtype=np.int16)
    error = np.abs(g711.decode(codec, g711.encode(codec, samples)).astype(int) - samples.astype(int))
    assert np.all(error <= np.maximum(16, np.abs(samples.astype(int)) // 16 + 16))


@given(st.binary(max_size=960))
def test_transcoding_is_decoding_and_encoding(payload: bytes) -> None:
    table = g711.transcoder("PCMA", "PCMU")
    assert table is not None
    assert payload.translate(table) == g711.encode("PCMU", g711.decode("PCMA", payload))


@pytest.mark.parametrize("codec", LAWS)
def test_nothing_to_transcode(codec: Codec) -> None:
    assert g711.transcoder(codec, codec) is None


@pytest.mark.parametrize("codec", LAWS)
def test_silence_is_silent(codec: Codec) -> None:
    assert abs(int(g711.decode(codec, bytes([g711.SILENCE[codec]]))[0])) <= 8
