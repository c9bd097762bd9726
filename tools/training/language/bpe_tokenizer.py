"""The model's tokenizer: byte-level BPE in GPT-NeoX style, trained on the books alone.

The saved `tokenizer.json` is the Hugging Face `tokenizers` format: ByteLevel pre-tokenizer with the GPT-2 pattern and
no prefix space, no normalizer, ByteLevel decoder, `<|endoftext|>` as token 0.
"""

import json

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT = "<|endoftext|>"
PIECE_CHARACTERS = 200_000


def split_text(text: str, size: int = PIECE_CHARACTERS) -> list[str]:
    """Cut `text` into pieces of about `size` characters whose token sequences join to the whole text's.

    A cut falls between a run of newlines and the single space that opens a paragraph in these books: the pre-tokenizer
    never joins characters across that place (it keeps the space with the word after it).
    """
    pieces, start = [], 0
    while start < len(text):
        cut = text.find("\n\n ", start + size)
        while cut >= 0 and text[cut + 3:cut + 4].isspace():
            cut = text.find("\n\n ", cut + 1)
        end = len(text) if cut < 0 else cut + 2
        pieces.append(text[start:end])
        start = end
    return pieces


def train(text: str, vocab_size: int, path) -> None:
    """Train on `text` and write `path` (tokenizer.json)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=[END_OF_TEXT], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(split_text(text), trainer=trainer)
    assert tokenizer.token_to_id(END_OF_TEXT) == 0 and tokenizer.get_vocab_size() == vocab_size
    tokenizer.save(str(path))


def load(path, bpe_dropout: float = 0.0) -> Tokenizer:
    """Load `path`; with `bpe_dropout` each merge is skipped with that probability (Provilkov et al. 2020)."""
    with open(path, encoding="utf-8") as file:
        description = json.load(file)
    if bpe_dropout:
        description["model"]["dropout"] = bpe_dropout
    return Tokenizer.from_str(json.dumps(description))


def encode_file(path, text: str, bpe_dropout: float = 0.0) -> np.ndarray:
    """Token ids of a long text (uint16), encoded piece by piece; a function of plain values, for worker processes."""
    tokenizer = load(path, bpe_dropout)
    return np.concatenate([np.array(tokenizer.encode(piece).ids, dtype=np.uint16) for piece in split_text(text)])


def encode_parallel(tokenizer: Tokenizer, text: str) -> np.ndarray:
    """The same on all cores, without BPE dropout."""
    encodings = tokenizer.encode_batch(split_text(text))
    return np.concatenate([np.array(encoding.ids, dtype=np.uint16) for encoding in encodings])
