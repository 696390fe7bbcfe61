"""Builds the demo recogniser from synthetic speech: `python -m asr.training --help`.

The recipe in one line: espeak-ng says generated sentences and tells when each phone starts -> frame labels
and lexicon without alignment -> MFCC -> TDNN (PyTorch) -> Kaldi nnet3 + lookahead graph -> a Vosk model
folder. Nothing here runs in the product; it needs the extra `[train]` and Debian's espeak-ng and
libfst-tools.
"""
