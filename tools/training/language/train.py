"""Train the embedded language model.

    python -m language.train --books books.txt.xz --out DIR --seconds 488 \
        --evaluate frankenstein.txt alice.txt wikitext2.test.raw.txt

Writes to DIR: tokenizer.json, config.json, generation_config.json, model.safetensors (F16), train_log.csv,
metrics.json, golden.safetensors, samples.txt, and checkpoint.pt (float32, to `--resume` from). The schedule follows
the clock: the learning rate reaches zero when `--seconds` of training are over, whatever the machine's speed.
"""

import argparse
import csv
import json
import lzma
import math
import pathlib
import time

import numpy as np
import torch

from language import bpe_tokenizer
from mamba import check_kernels
from language import evaluate
from language import export
from mamba import fused_ops
from language.data import EpochSource, SegmentStream
from language.mamba_model import Dropout, MambaConfig, MambaLM, MambaState
from mamba.optimizer import FlatOptimizer

SLOTS = 4  # batches in flight between host and device
VALIDATION_BYTES = 160_000  # the end of the corpus, kept out of training, to watch overfitting


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--books", required=True, help="training text, plain or .xz")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--evaluate", nargs="*", default=[],
                        help="texts to report; the first also gives golden.safetensors")
    parser.add_argument("--tokenizer", help="use this tokenizer.json instead of training one")
    parser.add_argument("--seconds", type=float, default=488.0, help="training time")
    parser.add_argument("--vocab-size", type=int, default=4096)
    parser.add_argument("--d-model", type=int, default=256)
    parser.add_argument("--n-layer", type=int, default=20)
    parser.add_argument("--batch", type=int, default=32, help="rows")
    parser.add_argument("--length", type=int, default=1024, help="tokens of a segment: the reach of the gradient")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.3)
    parser.add_argument("--dropout", type=float, nargs=3, default=[0.1, 0.15, 0.1],
                        metavar=("EMBEDDING", "LAYER", "HEAD"))
    parser.add_argument("--bpe-dropout", type=float, default=0.1)
    parser.add_argument("--plain-after", type=float, default=0.7, help="share of training after which BPE dropout ends")
    parser.add_argument("--workers", type=int, default=8, help="processes that encode with BPE dropout")
    parser.add_argument("--ema", type=float, default=0.995, help="decay a step of the averaged weights")
    parser.add_argument("--optimizer", choices=["muon", "adamw"], default="muon")
    parser.add_argument("--validate-every", type=float, default=20.0, help="seconds between validations")
    parser.add_argument("--evaluate-bytes", type=int, default=0, help="cut the evaluated texts (a trial run)")
    parser.add_argument("--stop-after-training", action="store_true", help="no export (a trial run)")
    parser.add_argument("--profile", action="store_true", help="print where a step's time goes")
    parser.add_argument("--resume", help="checkpoint.pt to go on from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda")
    return parser.parse_args()


def read_books(path: str) -> tuple[str, str]:
    """The training text and the validation text (the file's end, cut at a paragraph)."""
    data = lzma.open(path).read() if path.endswith(".xz") else pathlib.Path(path).read_bytes()
    text = data.decode("utf-8")
    size = min(VALIDATION_BYTES, len(text) // 10)
    cut = text.index("\n\n ", len(text) - size) + 2
    return text[:cut], text[cut:]


def learning_rate(peak: float, progress: float, warmup: float = 0.02) -> float:
    """Linear warm-up, then a cosine to zero; `progress` runs from 0 to 1."""
    if progress < warmup:
        return peak * (progress + 1e-3) / (warmup + 1e-3)
    return peak * 0.5 * (1.0 + math.cos(math.pi * min(1.0, (progress - warmup) / (1.0 - warmup))))


class Trainer:
    """One training step over static buffers, captured in a CUDA graph where there is a GPU."""

    def __init__(self, model: MambaLM, args: argparse.Namespace):
        self.model, self.args = model, args
        self.cuda = args.device.startswith("cuda")
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        device = args.device
        self.optimizer = FlatOptimizer(model, args.weight_decay, clip=1.0, use_muon=args.optimizer == "muon")
        self.ema = self.optimizer.flat.clone()
        self.state = MambaState(model.config, args.batch, device)
        self.ids = torch.zeros((args.batch, args.length + 1), dtype=torch.long, device=device)
        self.keep = torch.zeros(args.batch, device=device)
        self.loss_sum = torch.zeros((), device=device)
        self.slots = []
        for _ in range(SLOTS):
            host = [torch.zeros(x.shape, dtype=x.dtype) for x in (self.ids, self.keep, self.optimizer.hyper)]
            self.slots.append(([x.pin_memory() if self.cuda else x for x in host],
                               torch.cuda.Event() if self.cuda else None))
        self.graph = None

    def _step(self) -> None:
        """Forward, backward, update, averages and the carried state: device work only."""
        self.state.ssm.mul_(self.keep[None, :, None, None])
        self.state.conv.mul_(self.keep[None, :, None, None])
        self.optimizer.grad.zero_()
        loss, after = self.model.loss(self.ids[:, :-1], self.ids[:, 1:], self.state, self.dtype)
        loss.backward()
        self.optimizer.step()
        self.ema.lerp_(self.optimizer.flat, 1.0 - self.args.ema)
        self.state.ssm.copy_(after.ssm)
        self.state.conv.copy_(after.conv)
        self.loss_sum.add_(loss.detach())

    def capture(self) -> None:
        """Warm up on a side stream (with learning rate 0), then record the step."""
        self.model.train()
        if not self.cuda:
            return
        kept = {name: tensor.clone() for name, tensor in self.optimizer.state_dict().items() if name != "count"}
        average = self.ema.clone()
        self.optimizer.hyper.copy_(torch.tensor([0.0, 1.0, 1.0]))
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._step()
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self._step()
        self.optimizer.load_state_dict({**kept, "count": self.optimizer.count})
        self.ema.copy_(average)
        self.loss_sum.zero_()
        torch.cuda.synchronize()

    def profile(self) -> None:
        """Print the kernels of one captured step by their time (learning rate 0: changes nothing but the averages)."""
        self.optimizer.hyper.zero_().add_(torch.tensor([0.0, 1.0, 1.0], device=self.args.device))
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
            self.graph.replay()
            torch.cuda.synchronize()
        print(profiler.key_averages().table(sort_by="cuda_time_total", row_limit=24, max_name_column_width=70))

    def run(self, number: int, stream: SegmentStream, rate: float) -> None:
        """Queue step `number`; waits while SLOTS steps are in flight."""
        (ids, keep, hyper), event = self.slots[number % SLOTS]
        if event:
            event.synchronize()
        stream.next_batch(ids.numpy(), keep.numpy())
        self.optimizer.set_hyper(rate, hyper)
        for target, source in ((self.ids, ids), (self.keep, keep), (self.optimizer.hyper, hyper)):
            target.copy_(source, non_blocking=True)
        if self.graph:
            self.graph.replay()
            event.record()
        else:
            self._step()

    def validate(self, ids: torch.Tensor, text_bytes: int, averaged: bool) -> float:
        """Bits per byte of the validation text, with the averaged weights if `averaged`."""
        current = self.optimizer.flat.clone()
        if averaged:
            self.optimizer.flat.copy_(self.ema)
        nats = evaluate.stream_nats(self.model, ids, self.model.config.vocab_size)
        self.optimizer.flat.copy_(current)
        self.model.train()
        return nats / math.log(2) / text_bytes

    def save(self, path: pathlib.Path, trained: float, step: int) -> None:
        """Write a checkpoint; the rows' places in the text are not kept, a resumed run draws new pieces."""
        torch.save({"optimizer": self.optimizer.state_dict(), "ema": self.ema, "trained": trained, "step": step}, path)


def train(trainer: Trainer, stream: SegmentStream, validation: tuple[torch.Tensor, int], out: pathlib.Path) -> dict:
    """Run the schedule, write train_log.csv and checkpoints; returns the figures of the training."""
    args, source = trainer.args, stream.source
    step, before = 0, 0.0
    if args.resume:
        saved = torch.load(args.resume, map_location=args.device)
        trainer.optimizer.load_state_dict(saved["optimizer"])
        trainer.ema.copy_(saved["ema"])
        step, before = saved["step"], saved["trained"]
    trainer.capture()
    if args.profile and trainer.graph:
        trainer.profile()
    begin = time.monotonic() - before
    next_validation, next_save, logged = before + args.validate_every, before + 120.0, step
    with open(out / "train_log.csv", "w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["step", "seconds", "tokens", "epochs", "bpe_dropout_epochs", "learning_rate", "grad_norm",
                      "train_nats_per_token", "validation_bits_per_byte", "validation_bits_per_byte_averaged"])

        def report(validated: bool) -> None:
            nonlocal logged
            loss = trainer.loss_sum.item() / max(1, step - logged)
            trainer.loss_sum.zero_()
            row = [step, f"{time.monotonic() - begin:.1f}", stream.tokens, source.epochs, source.varied, f"{rate:.3e}",
                   f"{trainer.optimizer.grad_norm.item():.3f}", f"{loss:.4f}" if step > logged else ""]
            logged = step
            if validated:
                row += [f"{trainer.validate(*validation, averaged=False):.4f}",
                        f"{trainer.validate(*validation, averaged=True):.4f}"]
            log.writerow(row)
            file.flush()
            if validated:
                print(*row, flush=True)
            if not math.isfinite(loss):
                raise RuntimeError("the loss is not finite")

        while (elapsed := time.monotonic() - begin) < args.seconds:
            progress = elapsed / args.seconds
            source.plain_only = progress > args.plain_after
            rate = learning_rate(args.learning_rate, progress)
            trainer.run(step, stream, rate)
            step += 1
            if elapsed >= next_validation:
                report(True)
                next_validation += args.validate_every
            elif step % 100 == 0:
                report(False)
            if elapsed >= next_save:
                trainer.save(out / "checkpoint.pt", elapsed, step)
                next_save += 120.0
        report(True)
    trainer.save(out / "checkpoint.pt", args.seconds, step)
    seconds = time.monotonic() - begin
    return {"steps": step, "seconds": seconds, "tokens": stream.tokens, "tokens_per_second": stream.tokens / seconds,
            "epochs_begun": source.epochs, "bpe_dropout_epochs": source.varied}


def main() -> None:
    args = parse_arguments()
    started = time.monotonic()

    def note(text: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)

    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    text, validation_text = read_books(args.books)
    tokenizer_path = out / "tokenizer.json"
    if args.tokenizer:
        tokenizer_path.write_bytes(pathlib.Path(args.tokenizer).read_bytes())
    else:
        bpe_tokenizer.train(text, args.vocab_size, tokenizer_path)
    note("tokenizer ready")
    tokenizer = bpe_tokenizer.load(tokenizer_path)
    plain_ids = bpe_tokenizer.encode_parallel(tokenizer, text)
    source = EpochSource(tokenizer_path, text, plain_ids, args.bpe_dropout, args.workers)  # forks: before CUDA
    whole = np.array(tokenizer.encode(text[:2_000_000]).ids)
    if not np.array_equal(plain_ids[:len(whole) - 8], whole[:-8]):
        raise RuntimeError("the pieces' tokens do not join to the whole text's")
    validation_ids = torch.tensor(tokenizer.encode(validation_text).ids, dtype=torch.long)
    note(f"{len(plain_ids)} training tokens, {len(text.encode()) / len(plain_ids):.3f} bytes a token")
    if args.device.startswith("cuda"):
        fused_ops.build()
        check_kernels.check(args.device)
        note("kernels ready")

    torch.manual_seed(args.seed)
    config = MambaConfig(vocab_size=args.vocab_size, d_model=args.d_model, n_layer=args.n_layer)
    model = MambaLM(config, Dropout(*args.dropout)).to(args.device)
    note(f"{sum(p.numel() for p in model.parameters())} parameters")
    trainer = Trainer(model, args)
    stream = SegmentStream(source, args.batch, args.length, args.seed)
    try:
        figures = train(trainer, stream, (validation_ids, len(validation_text.encode())), out)
    finally:
        source.close()
    note(f"trained: {json.dumps(figures)}")
    if args.stop_after_training:
        return
    plain, averaged = (trainer.validate(validation_ids, len(validation_text.encode()), x) for x in (False, True))
    figures.update(validation_bits_per_byte=plain, validation_bits_per_byte_averaged=averaged,
                   averaged=averaged < plain, device=torch.cuda.get_device_name() if trainer.cuda else "CPU",
                   recipe={key: value for key, value in vars(args).items()
                           if key not in ("books", "out", "evaluate", "tokenizer", "resume", "device")})
    if figures["averaged"]:
        trainer.optimizer.flat.copy_(trainer.ema)
    del trainer
    export.export(model, tokenizer, out, figures, args.evaluate, args.evaluate_bytes, note)
    note("done")


if __name__ == "__main__":
    main()
