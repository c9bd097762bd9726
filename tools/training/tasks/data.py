"""The synthetic tasks: what a sequence holds, what is asked, where.

Every task has 16 symbols. A batch is input [batch, L] and target [batch, L]; positions without a question have target IGNORED.

selective copying (Gu & Dao 2023, section 4.1.1 and appendix E.1; after Jing et al. 2019 and Arjovsky et al. 2016): L - 2 COPIED
    places hold COPIED data symbols, anywhere and in order among noise; then COPIED markers, at each of which the next data
    symbol is asked for. 14 data symbols, noise 14, marker 15.
induction heads (section 4.1.2 and appendix E.2; after Olsson et al. 2022): a trigger, once, somewhere, followed by a symbol;
    at the end the trigger again, and the symbol is asked for. 15 symbols, trigger 15.
parity: bits 0 and 1; at each place, whether the number of ones so far is odd is asked for.
"""

import dataclasses

import torch

VOCAB = 16
IGNORED = -100
COPIED = 16
NOISE, MARKER = 14, 15
TRIGGER = 15


@dataclasses.dataclass(frozen=True)
class Task:
    """`train_length`: the longest sequence in training; `validated_length`: a longer one that decides which weights are kept;
    `lengths`: those that a model is measured at."""

    name: str
    train_length: int
    validated_length: int
    lengths: tuple[int, ...]
    train_lengths: tuple[int, ...]  # mixed in training
    make: object  # (batch, length, device) -> input, target


def selective_copying(batch: int, length: int, device: str):
    places = length - COPIED
    if places < COPIED:
        raise ValueError(f"selective copying: a length of at least {2 * COPIED} expected")
    where = torch.rand(batch, places, device=device).topk(COPIED, dim=1).indices.sort(dim=1).values  # [batch, COPIED]
    data = torch.randint(0, NOISE, (batch, COPIED), device=device)
    tokens = torch.full((batch, length), NOISE, device=device)
    tokens.scatter_(1, where, data)
    tokens[:, places:] = MARKER
    target = torch.full((batch, length), IGNORED, device=device)
    target[:, places:] = data
    return tokens, target


def induction_heads(batch: int, length: int, device: str):
    tokens = torch.randint(0, TRIGGER, (batch, length), device=device)
    where = torch.randint(0, length - 2, (batch, 1), device=device)  # the symbol behind it is before the last place
    tokens.scatter_(1, where, TRIGGER)
    tokens[:, -1] = TRIGGER
    target = torch.full((batch, length), IGNORED, device=device)
    target[:, -1] = tokens.gather(1, where + 1)[:, 0]
    return tokens, target


def parity(batch: int, length: int, device: str):
    tokens = torch.randint(0, 2, (batch, length), device=device)
    return tokens, tokens.cumsum(1) % 2


TASKS = {
    "selective-copying": Task("selective-copying", 256, 512, (64, 128, 256, 512, 1024, 4096), (64, 128, 256), selective_copying),
    "induction-heads": Task("induction-heads", 256, 16384, (64, 256, 1024, 4096, 16384, 65536), (32, 64, 128, 256), induction_heads),
    "parity": Task("parity", 64, 256, (16, 64, 256, 1024, 4096), (16, 32, 64), parity),
}
