"""How well a model hears: recordings with their texts through it, over a telephone line if wanted, errors
counted.

`cer` is the one place where character errors are counted; `line` the one telephone line; `corpus` the
recordings and texts; `run` drives the recogniser; `report`, `card` and `compare` tell people.
"""
