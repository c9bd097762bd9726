"""Train one small model of the task lab, or several one after the other.

    python -m tasks.train --task selective-copying --model mamba lstm --out DIR --seconds 60

Writes DIR/TASK-MODEL/: config.json, model.safetensors (F16), golden.safetensors (one sequence and its logits), task.json: the
task, the training and the accuracy at each length, measured with the weights as they were written. The schedule follows the clock.
What is written are the weights of the report with the highest accuracy, the mean of those at the training length and at the task's
`validated_length`; later ones win a tie. Their sequences are others than those of task.json.
"""

import argparse
import csv
import dataclasses
import itertools
import json
import pathlib
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from mamba import fused_ops
from tasks.data import IGNORED, TASKS, VOCAB
from tasks.models import D_MODEL, MODELS, N_LAYER

MEASURED = 512  # sequences a length, fewer of long ones; on a CPU, which is for trying the program, the two shortest lengths alone
MOST_SYMBOLS = 1 << 22  # that one length is measured with, if they make 64 sequences
AT_ONCE = 1 << 20  # symbols of a batch that is measured


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", required=True, choices=sorted(TASKS))
    parser.add_argument("--model", required=True, nargs="+", choices=sorted(MODELS))
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="training time of each model")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--level", type=float, default=0.6, help="share of the time at the full learning rate")
    parser.add_argument("--reports", type=int, default=24, help="during the training; at each the weights can be kept")
    parser.add_argument("--lengths", type=int, nargs="+", help="of the sequences (default: the task's)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="cpu: to try the program")
    return parser.parse_args()


def loss_of(model, task, batch: int, length: int, device: str):
    tokens, target = task.make(batch, length, device)
    return F.cross_entropy(model(tokens).flatten(0, 1), target.flatten(), ignore_index=IGNORED)


@torch.no_grad()
def accuracy(model, task, length: int, device: str, count: int = MEASURED) -> float:
    """Share of the questions answered right, over `count` sequences; of parity, the answers of the last quarter."""
    model.eval()
    right = asked = 0
    batch = max(1, min(count, AT_ONCE // length))
    for _ in range(-(-count // batch)):
        tokens, target = task.make(batch, length, device)
        if task.name == "parity":
            target[:, :length - length // 4] = IGNORED
        answers, questions = model(tokens).argmax(-1), target != IGNORED
        right += ((answers == target) & questions).sum().item()
        asked += questions.sum().item()
    model.train()
    return right / asked


class Steps:
    """A step of each length: a CUDA graph each on a GPU, plain calls elsewhere. The sequences of a graph are drawn anew each time."""

    def __init__(self, model, task, args: argparse.Namespace):
        self.model, self.task, self.args = model, task, args
        undecayed = ("A_log", "A_real", "A_imag", "kernel.C")
        decayed = [p for name, p in model.named_parameters() if p.dim() >= 2 and not name.endswith(undecayed)]
        rest = [p for name, p in model.named_parameters() if all(p is not other for other in decayed)]
        self.rate = torch.tensor(0.0, device=args.device)
        groups = [{"params": decayed, "weight_decay": args.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        graphs = args.device == "cuda"
        self.optimizer = torch.optim.AdamW(groups, lr=self.rate if graphs else 0.0, betas=(0.9, 0.98), capturable=graphs)
        self.losses = {length: torch.zeros((), device=args.device) for length in task.train_lengths}
        self.graphs = {}
        if graphs:
            self.capture()

    def _step(self, length: int) -> None:
        self.optimizer.zero_grad(set_to_none=False)
        loss = loss_of(self.model, self.task, self.args.batch, length, self.args.device)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.losses[length].copy_(loss.detach())

    def capture(self) -> None:
        """Warm up with learning rate 0 on a side stream, then record."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for length in self.task.train_lengths:
                for _ in range(3):
                    self._step(length)
        torch.cuda.current_stream().wait_stream(side)
        for length in self.task.train_lengths:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._step(length)
            self.graphs[length] = graph
        for state in self.optimizer.state.values():
            for value in state.values():
                value.zero_()

    def run(self, length: int, rate: float) -> None:
        if self.graphs:
            self.rate.fill_(rate)
            self.graphs[length].replay()
        else:
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self._step(length)


def learning_rate(peak: float, progress: float, level: float) -> float:
    """Warm-up over 3 % of the time, level up to the share `level`, then linear to zero."""
    return peak * min(1.0, progress / 0.03 + 1e-3, (1.0 - progress) / max(1.0 - level, 1e-6))


def train(model, task, args: argparse.Namespace, log) -> dict:
    """Leaves the weights of the best report in the model."""
    steps = Steps(model, task, args)
    lengths, count, next_report, best = task.train_lengths, 0, 0.0, (-1.0, None, 0)
    begin = time.monotonic()
    while True:
        elapsed = time.monotonic() - begin
        progress = min(1.0, elapsed / args.seconds)
        if elapsed >= next_report or progress == 1.0:
            next_report += args.seconds / args.reports
            reached = [accuracy(model, task, k, args.device, 128) for k in (task.train_length, task.validated_length)]
            row = [count, f"{elapsed:.1f}", *(f"{steps.losses[k].item():.4f}" for k in lengths), *(f"{a:.3f}" for a in reached)]
            log.writerow(row)
            print(task.name, *row, flush=True)
            if sum(reached) >= best[0]:
                best = sum(reached), {key: value.detach().clone() for key, value in model.state_dict().items()}, count
        if progress == 1.0:
            break
        # Short sequences first: the longest joins when a third of the time is over.
        opened = lengths[:max(1, min(len(lengths), 1 + int(3 * progress * len(lengths))))]
        steps.run(opened[count % len(opened)], learning_rate(args.learning_rate, progress, args.level))
        count += 1
        if count % 50 == 0 and args.device == "cuda":
            torch.cuda.synchronize()  # so that the clock sees what was done
    model.load_state_dict(best[1])
    return {"steps": count, "kept_at_step": best[2], "seconds": round(time.monotonic() - begin, 1), "batch": args.batch,
            "lengths": list(lengths), "learning_rate": args.learning_rate, "weight_decay": args.weight_decay, "seed": args.seed,
            "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu"}


def export(model, name: str, task, training: dict, folder: pathlib.Path, device: str) -> dict:
    """Write the folder and measure what was written."""
    tensors = {key: value.detach().cpu().half().contiguous() for key, value in model.state_dict().items()}
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise RuntimeError(f"{folder}: weights do not fit F16")
    (folder / "config.json").write_text(json.dumps(model.file_config(), indent=1) + "\n")
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    model.load_state_dict({key: value.float() for key, value in load_file(str(folder / "model.safetensors")).items()})
    torch.manual_seed(7)
    figures = {"task": task.name, "model": name, "vocab": VOCAB, "d_model": D_MODEL, "n_layer": N_LAYER,
               "parameters": sum(p.numel() for p in model.parameters()), "train_length": task.train_length, "training": training,
               "accuracy": {}}
    for length in task.lengths if device == "cuda" else task.lengths[:2]:
        try:
            count = min(MEASURED, max(64, MOST_SYMBOLS // length))
            figures["accuracy"][length] = round(accuracy(model, task, length, device, count), 4)
        except torch.cuda.OutOfMemoryError:
            torch.cuda.empty_cache()
    (folder / "task.json").write_text(json.dumps(figures, indent=1) + "\n")
    tokens, _ = task.make(1, 64, device)
    with torch.no_grad():
        logits = model(tokens)[0].float().cpu()
    save_file({"input_ids": tokens[0].int().cpu(), "logits": logits.contiguous()}, str(folder / "golden.safetensors"))
    return figures["accuracy"]


def main() -> None:
    args = parse_arguments()
    if args.device == "cuda":
        fused_ops.build()
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    task = TASKS[args.task]
    if args.device == "cpu":
        task = dataclasses.replace(task, validated_length=task.train_length)
    if args.lengths:
        task = dataclasses.replace(task, train_lengths=tuple(sorted(args.lengths)))
    for name, number in zip(args.model, itertools.count()):
        torch.manual_seed(args.seed + 100 * number)
        model = MODELS[name]().to(args.device)
        folder = args.out / f"{task.name}-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "train_log.csv", "w", newline="") as file:
            log = csv.writer(file)
            log.writerow(["steps", "seconds", *(f"loss at {k}" for k in task.train_lengths), f"accuracy at {task.train_length}",
                          f"accuracy at {task.validated_length}"])
            training = train(model, task, args, log)
        print(task.name, name, export(model, name, task, training, folder, args.device), flush=True)


if __name__ == "__main__":
    main()
