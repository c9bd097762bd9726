"""Token streams for training: pieces of the corpus of random length, read by the rows of a batch with state carried.

An epoch cuts the corpus at random places into pieces of 2 to 128 segments of `length` tokens, shuffles them and hands
them to whichever row of the batch is free, so every token is a target once an epoch. A row starts a piece from the
zero state with the token 0 (`<|endoftext|>`) as context, and carries its state from segment to segment: what the
model meets when it reads a long text.
"""

import concurrent.futures
import multiprocessing
import os

import numpy as np

from language import bpe_tokenizer

LONGEST = 128  # segments of one piece


def corpus_pieces(tokens: np.ndarray, length: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled pieces of `tokens`, each a multiple of `length` long; what is left at the ends is under one segment."""
    start = int(rng.integers(length))
    segments = (len(tokens) - start) // length
    pieces = []
    while segments > 0:
        count = int(min(segments, round(np.exp(rng.uniform(np.log(2), np.log(LONGEST))))))
        pieces.append(tokens[start:start + count * length])
        start += count * length
        segments -= count
    rng.shuffle(pieces)
    return pieces


class EpochSource:
    """The corpus once an epoch, every other epoch tokenised with BPE dropout by worker processes.

    Make it before CUDA is initialised: the workers are forked. A fresh encoding is used when one is ready; the plain
    one stands in otherwise, and always once `plain_only` is set (towards the end of training, so that the model
    settles on the segmentation it will meet).
    """

    def __init__(self, tokenizer_path, text: str, plain: np.ndarray, bpe_dropout: float, workers: int):
        self.plain, self.plain_only = plain, False
        self.job = (tokenizer_path, text, bpe_dropout)
        self.epochs = self.varied = 0
        self.pool, self.waiting = None, []
        if bpe_dropout and workers:
            os.environ["TOKENIZERS_PARALLELISM"] = "false"
            self.pool = concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork"))
            self.waiting = [self.pool.submit(bpe_tokenizer.encode_file, *self.job) for _ in range(workers)]

    def next_epoch(self) -> np.ndarray:
        """Token ids of the next epoch."""
        self.epochs += 1
        ready = [job for job in self.waiting if job.done()]
        if self.plain_only or self.epochs % 2 or not ready:
            return self.plain
        self.waiting.remove(ready[0])
        self.waiting.append(self.pool.submit(bpe_tokenizer.encode_file, *self.job))
        self.varied += 1
        return ready[0].result()

    def close(self) -> None:
        if self.pool:
            processes = multiprocessing.active_children()  # the pool's workers are this process's only children
            self.pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()


class SegmentStream:
    """Endless batches of segments for `batch` rows."""

    def __init__(self, source: EpochSource, batch: int, length: int, seed: int):
        self.source, self.batch, self.length = source, batch, length
        self.rng = np.random.default_rng(seed)
        self.queue: list[np.ndarray] = []
        self.rows: list[tuple[np.ndarray, int] | None] = [None] * batch
        self.tokens = 0

    def _next_piece(self) -> np.ndarray:
        if not self.queue:
            self.queue = corpus_pieces(self.source.next_epoch(), self.length, self.rng)
        return self.queue.pop()

    def next_batch(self, ids: np.ndarray, keep: np.ndarray) -> None:
        """Fill ids [batch, length + 1] (context token, segment) and keep [batch]: 0 where a row starts anew."""
        for row in range(self.batch):
            current = self.rows[row]
            if current is None or current[1] >= len(current[0]):
                current = (self._next_piece(), 0)
            piece, at = current
            keep[row] = 0.0 if at == 0 else 1.0
            ids[row, 0] = 0 if at == 0 else piece[at - 1]
            ids[row, 1:] = piece[at:at + self.length]
            self.rows[row] = (piece, at + self.length)
        self.tokens += self.batch * self.length
