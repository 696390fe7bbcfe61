"""The small pieces of the wiring: ids that never repeat, ears that are nobody's."""

from __future__ import annotations

from bridge.app.plugs import AT_ONCE, Deaf, Tokens


def test_ids_never_repeat_across_refills() -> None:
    tokens = Tokens()
    made = [tokens() for _ in range(3 * AT_ONCE + 1)]
    assert len(set(made)) == len(made)
    assert {len(token) for token in made} == {16}
    assert set("".join(made)) <= set("0123456789abcdef")


def test_where_nobody_listens_every_leg_is_heard_out_as_it_ends() -> None:
    done: list[str] = []
    deaf = Deaf(done.append)
    deaf.open("a")
    deaf.feed("a", 0.0, b"\0\0")
    assert done == []
    deaf.close("a")
    assert done == ["a"]
