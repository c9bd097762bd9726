"""Train the embedded speech model.

    python -m speech.train --data DIR --synthetic DIR --out DIR --seconds 1100

DIR of --data holds NAME.opus or .flac with NAME.tsv: an4-train, librispeech-train-part, ljspeech-train, fsdd-train,
keywords-train; what is missing is left out. `--report an4-test` measures a set that is never trained on at the end.
Writes to --out: config.json, model.safetensors (F16), golden.safetensors, metrics.json, train_log.csv, checkpoint.pt.
The schedule follows the clock; `--stop-after S` ends the program there, `--resume` goes on from the checkpoint.
"""

import argparse
import csv
import math
import pathlib
import time

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from mamba import check_kernels, fused_ops
from mamba.optimizer import FlatOptimizer
from speech import batches, corpus, ctc, evaluate, export
from speech.features import LogMel
from speech.model import Dropout, SpeechConfig, SpeechModel

DECAYED = ("frontend.conv.0.weight", "frontend.conv.1.weight", "frontend.proj.weight", "head.weight")
AUDIO = {"an4": "an4-train", "librispeech": "librispeech-train-part", "ljspeech": "ljspeech-train", "fsdd": "fsdd-train",
         "keywords": "keywords-train"}
IN_FLIGHT = 8


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of real speech")
    parser.add_argument("--synthetic", help="folder that speech.synthesise wrote")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--report", default="an4-test", help="set of --data to report on at the end")
    parser.add_argument("--seconds", type=float, default=1100.0, help="training time of the whole schedule")
    parser.add_argument("--stop-after", type=float, help="stop at this time of the schedule, to be resumed")
    parser.add_argument("--resume", help="checkpoint.pt to go on from")
    parser.add_argument("--start-from", help="checkpoint.pt whose averaged weights a new schedule starts from")
    parser.add_argument("--d-model", type=int, default=256)
    parser.add_argument("--n-layer", type=int, default=12)
    parser.add_argument("--batch", type=int, default=32, help="rows of 18 s")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.3)
    parser.add_argument("--dropout", type=float, nargs=3, default=[0.1, 0.2, 0.15], metavar=("FRONTEND", "LAYER", "HEAD"))
    parser.add_argument("--vocal-tract", type=float, default=0.1, help="spread of the factor on frequencies; 0: none")
    parser.add_argument("--ema", type=float, default=0.9995, help="decay a step of the averaged weights")
    parser.add_argument("--real-after", type=float, default=1.0, help="share of the time after which less is synthetic")
    parser.add_argument("--workers", type=int, default=10, help="processes that plan rows")
    parser.add_argument("--validate-every", type=float, default=30.0, help="seconds between validations")
    parser.add_argument("--profile", action="store_true", help="print where a step's time goes")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Plans(IterableDataset):
    """Endless row plans; each worker draws its own."""

    def __init__(self, *arguments):
        self.arguments = arguments  # utterances, offsets, batch, seed, shares

    def __iter__(self):
        utterances, offsets, batch, seed, shares = self.arguments
        worker = get_worker_info()
        planner = batches.RowPlanner(utterances, offsets, batch, seed * 1000 + (worker.id if worker else 0), shares)
        while True:
            plan = planner.next()
            yield torch.from_numpy(plan.pieces), torch.from_numpy(plan.targets), torch.from_numpy(plan.lengths)


def learning_rate(peak: float, progress: float, warmup: float = 0.03) -> float:
    """Linear warm-up, then a cosine to zero; `progress` runs from 0 to 1."""
    if progress < warmup:
        return peak * (progress + 1e-3) / (warmup + 1e-3)
    return peak * 0.5 * (1.0 + math.cos(math.pi * min(1.0, (progress - warmup) / (1.0 - warmup))))


class Trainer:
    """Features are made eagerly; forward, loss, backward and update are one CUDA graph over static buffers."""

    def __init__(self, model: SpeechModel, audio: torch.Tensor, args: argparse.Namespace):
        self.model, self.audio, self.args = model, audio, args
        self.log_mel = LogMel("cuda")
        self.disturb = batches.Disturber("cuda")
        self.vocal_tract = batches.VocalTract(args.vocal_tract, "cuda")
        self.optimizer = FlatOptimizer(model, args.weight_decay, clip=1.0, decayed=DECAYED)
        self.ema = self.optimizer.flat.clone()
        self.best = self.ema.clone()  # averaged weights of the validation with the lowest error so far
        self.lowest, self.best_step = math.inf, 0
        self.mel = torch.zeros((args.batch, batches.ROW_MELS, 80), device="cuda")
        self.targets = torch.zeros((args.batch, batches.MAX_SYMBOLS), dtype=torch.int32, device="cuda")
        self.lengths = torch.ones(args.batch, dtype=torch.int32, device="cuda")
        self.loss_sum = torch.zeros((), device="cuda")
        self.impossible = torch.zeros((), device="cuda")
        self.hyper_slots = [torch.zeros(3).pin_memory() for _ in range(IN_FLIGHT)]
        self.events = [torch.cuda.Event() for _ in range(IN_FLIGHT)]
        self.graph = None

    @torch.no_grad()
    def fill(self, plan) -> None:
        """Audio, disturbance, features and masks of a plan into the static buffers."""
        pieces, targets, lengths = (x.cuda(non_blocking=True) for x in plan)
        rows = self.disturb(batches.assemble(self.audio, pieces))
        mel = self.vocal_tract(self.log_mel(rows))
        self.mel.copy_(batches.mask_features(self.model.normalise(mel)))
        self.targets.copy_(targets)
        self.lengths.copy_(lengths)

    @torch.no_grad()
    def measure_statistics(self, plans, count: int = 24) -> None:
        """Mean and deviation of each mel bin over disturbed rows."""
        total = squares = 0.0
        for _ in range(count):
            mel = self.log_mel(self.disturb(batches.assemble(self.audio, next(plans)[0].cuda()))).double()
            total = total + mel.mean(dim=(0, 1)) / count
            squares = squares + mel.square().mean(dim=(0, 1)) / count
        self.model.features.mean.copy_(total)
        self.model.features.std.copy_((squares - total.square()).sqrt())

    def _step(self) -> None:
        self.optimizer.grad.zero_()
        logits = self.model(self.mel, torch.bfloat16)
        nll = ctc.CtcLoss.apply(logits, self.targets, self.lengths)
        loss = nll.sum() / self.lengths.sum()
        loss.backward()
        self.optimizer.step()
        self.ema.lerp_(self.optimizer.flat, 1.0 - self.args.ema)
        self.loss_sum.add_(loss.detach())
        self.impossible.add_((nll == 0).sum())

    def capture(self) -> None:
        """Warm up on a side stream (learning rate 0), then record the step."""
        self.model.train()
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
        self.impossible.zero_()
        torch.cuda.synchronize()

    def profile(self, plan) -> None:
        """Print the kernels of two steps by their time (learning rate 0)."""
        self.optimizer.hyper.copy_(torch.tensor([0.0, 1.0, 1.0]))
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
            for _ in range(2):
                self.fill(plan)
                self.graph.replay()
            torch.cuda.synchronize()
        print(profiler.key_averages().table(sort_by="cuda_time_total", row_limit=24, max_name_column_width=50))

    def run(self, number: int, plan, rate: float) -> None:
        """Queue step `number`; at most IN_FLIGHT are in flight."""
        slot = number % IN_FLIGHT
        self.events[slot].synchronize()
        self.fill(plan)
        self.optimizer.set_hyper(rate, self.hyper_slots[slot])
        self.optimizer.hyper.copy_(self.hyper_slots[slot], non_blocking=True)
        self.graph.replay()
        self.events[slot].record()

    def error_rates(self, utterances, offsets, averaged: bool) -> dict:
        """See evaluate.error_rates; with the averaged weights if `averaged`."""
        current = self.optimizer.flat.clone()
        if averaged:
            self.optimizer.flat.copy_(self.ema)
        rates = evaluate.error_rates(self.model, self.log_mel, self.audio, utterances, offsets)
        self.optimizer.flat.copy_(current)
        self.model.train()
        return rates

    def keep_best(self, rates: dict, step: int) -> None:
        """Keep the averaged weights if the mean of their word error rates over the sets is the lowest so far."""
        error = sum(figures["wer"] for name, figures in rates.items() if name != "examples") / (len(rates) - 1)
        if error < self.lowest:
            self.lowest, self.best_step = error, step
            self.best.copy_(self.ema)

    def save(self, path: pathlib.Path, trained: float, step: int) -> None:
        """Everything a resumed run needs, but for its random numbers."""
        features = self.model.features
        torch.save({"optimizer": self.optimizer.state_dict(), "ema": self.ema, "trained": trained, "step": step,
                    "best": self.best, "lowest": self.lowest, "best_step": self.best_step,
                    "mean": features.mean, "std": features.std}, path)

    def restore(self, path: str, weights_only: bool = False) -> tuple[float, int]:
        """Trained seconds and step of a checkpoint, after loading it; `weights_only`: its averaged weights alone."""
        saved = torch.load(path, map_location="cuda")
        if weights_only:
            self.optimizer.flat.copy_(saved["ema"])
        else:
            self.optimizer.load_state_dict(saved["optimizer"])
            self.best.copy_(saved["best"])
            self.lowest, self.best_step = saved["lowest"], saved["best_step"]
        self.ema.copy_(saved["ema"])
        self.model.features.mean.copy_(saved["mean"])
        self.model.features.std.copy_(saved["std"])
        return saved["trained"], saved["step"]


def train(trainer: Trainer, plans: list, development, offsets, out: pathlib.Path) -> tuple[int, float]:
    """Run the schedule up to --stop-after, write train_log.csv and the checkpoint; returns steps and seconds."""
    args = trainer.args
    mixed = iter(plans[0])
    step, before = 0, 0.0
    if args.resume:
        before, step = trainer.restore(args.resume)
    elif args.start_from:
        trainer.restore(args.start_from, weights_only=True)
    else:
        trainer.measure_statistics(mixed)
    trainer.fill(next(mixed))
    trainer.capture()
    if args.profile:
        trainer.profile(next(mixed))
    source, real = mixed, False
    begin, first = time.monotonic() - before, step
    end = min(args.seconds, args.stop_after or args.seconds)
    next_validation, logged = before + args.validate_every, step
    with open(out / "train_log.csv", "a" if args.resume else "w", newline="") as file:
        log = csv.writer(file)

        def report(validated: bool) -> None:
            nonlocal logged
            loss = trainer.loss_sum.item() / max(1, step - logged)
            row = [step, f"{time.monotonic() - begin:.1f}", f"{rate:.2e}", f"{trainer.optimizer.grad_norm.item():.3f}",
                   f"{loss:.4f}", int(trainer.impossible.item())]
            trainer.loss_sum.zero_()
            logged = step
            if validated:
                for averaged in (False, True):
                    rates = trainer.error_rates(development, offsets, averaged)
                    if averaged:
                        trainer.keep_best(rates, step)
                    row.append(" ".join(f"{name} {figures['wer']:.3f}" for name, figures in rates.items()
                                        if name != "examples"))
                print(*row, flush=True)
            log.writerow(row)
            file.flush()
            if not math.isfinite(loss):
                raise RuntimeError("the loss is not finite")

        while (elapsed := time.monotonic() - begin) < end:
            progress = elapsed / args.seconds
            if not real and progress > args.real_after:
                source, real = iter(plans[1]), True
            rate = learning_rate(args.learning_rate, progress)
            trainer.run(step, next(source), rate)
            step += 1
            if elapsed >= next_validation:
                report(True)
                next_validation += args.validate_every
            elif step % 200 == 0:
                report(False)
        report(True)
    trainer.save(out / "checkpoint.pt", end, step)
    seconds = time.monotonic() - begin - before
    hours = (step - first) * args.batch * batches.ROW_SAMPLES / 16000 / 3600
    print(f"{step} steps, {hours / seconds:.2f} hours of audio a second", flush=True)
    return step, seconds + before


def main() -> None:
    args = parse_arguments()
    started = time.monotonic()

    def note(text: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)

    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    data = pathlib.Path(args.data)
    found = {name: path for name, stem in AUDIO.items() for path in data.glob(f"{stem}.*")
             if path.suffix in (".opus", ".flac")}
    sets = [corpus.read_set(name, path) for name, path in found.items()]
    if args.synthetic:
        sets.append(corpus.read_set("synthetic", pathlib.Path(args.synthetic) / "synthetic.wav"))
    reported = [corpus.read_set(args.report, path) for path in data.glob(f"{args.report}.*")
                if path.suffix in (".opus", ".flac")]
    training, development = corpus.split(sets)
    hours = {part.name: f"{sum(u.samples for u in part.utterances) / 16000 / 3600:.2f} h" for part in sets}
    note(f"{len(training)} training and {len(development)} development utterances: {hours}")
    fused_ops.build()
    check_kernels.check("cuda")
    ctc.check()

    torch.manual_seed(args.seed)
    audio, offsets = batches.store(sets + reported, "cuda")
    model = SpeechModel(SpeechConfig(d_model=args.d_model, n_layer=args.n_layer), Dropout(*args.dropout)).cuda()
    note(f"{sum(p.numel() for p in model.parameters())} parameters")
    trainer = Trainer(model, audio, args)
    less = {**batches.SHARES, "synthetic": batches.SHARES["synthetic"] / 3}
    plans = [DataLoader(Plans(training, offsets, args.batch, args.seed + 100 * k, shares), batch_size=None,
                        pin_memory=True, num_workers=args.workers, prefetch_factor=8)
             for k, shares in enumerate((None, less))]
    steps, seconds = train(trainer, plans, development, offsets, out)
    if args.stop_after and args.stop_after < args.seconds:
        return
    trainer.optimizer.flat.copy_(trainer.best)
    figures = {"steps": steps, "best_step": trainer.best_step, "seconds": round(seconds, 1),
               "device": torch.cuda.get_device_name(), "hours": hours,
               "recipe": {key: value for key, value in vars(args).items()
                          if key not in ("data", "synthetic", "out", "resume", "start_from", "profile")}}
    test = [utterance for part in reported for utterance in part.utterances]
    export.export(model, trainer.log_mel, audio, offsets, development, test, out, figures, note)


if __name__ == "__main__":
    main()
