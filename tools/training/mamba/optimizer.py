"""Muon for the big matrices, AdamW for the rest, on flat float32 buffers, written for capture in a CUDA graph.

Muon: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024), momentum orthogonalised by
five Newton-Schulz steps; the update's size is matched to AdamW's by 0.2 sqrt(max(rows, columns)) after J. Liu et al.,
"Muon is scalable for LLM training" (2025), so that both parts share one learning rate. Weight decay is decoupled.
"""

import torch

MUON_BETA = 0.95
BETAS = (0.9, 0.99)
EPS = 1e-10


def orthogonalise(matrices: torch.Tensor) -> torch.Tensor:
    """Nearest semi-orthogonal matrices, roughly, of [n, rows, columns] with rows <= columns; bfloat16 arithmetic."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.to(torch.bfloat16)
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.float()


class FlatOptimizer:
    """Owns the model's parameters as views of one buffer.

    Order in the buffer: all in_proj, all out_proj (Muon), then matrices with weight decay, then the rest without.
    `hyper` holds learning rate and the two Adam bias corrections: fill it before each step.
    """

    def __init__(self, model, weight_decay: float, clip: float, use_muon: bool = True, decayed: tuple[str, ...] = ()):
        """`decayed`: endings of further matrices' names that get weight decay (AdamW)."""
        named = list(model.named_parameters())
        groups = [[], [], [], []]
        for name, parameter in named:
            if name.endswith("in_proj.weight"):
                groups[0].append(parameter)
            elif name.endswith("out_proj.weight"):
                groups[1].append(parameter)
            elif name.endswith(("embeddings.weight", "x_proj.weight", "dt_proj.weight", *decayed)):
                groups[2].append(parameter)
            else:
                groups[3].append(parameter)
        ordered = [parameter for group in groups for parameter in group]
        total = sum(parameter.numel() for parameter in ordered)
        device = ordered[0].device
        self.flat = torch.empty(total, device=device)
        self.grad = torch.zeros(total, device=device)
        sizes, at = [], 0
        for group in groups:
            start = at
            for parameter in group:
                end = at + parameter.numel()
                self.flat[at:end] = parameter.data.flatten()
                parameter.data = self.flat[at:end].view(parameter.shape)
                parameter.grad = self.grad[at:end].view(parameter.shape)
                at = end
            sizes.append((start, at))
        self.weight_decay, self.clip, self.use_muon = weight_decay, clip, use_muon
        self.d_inner, self.d_model = groups[0][0].shape[0] // 2, groups[0][0].shape[1]
        self.in_range, self.out_range = sizes[0], sizes[1]
        self.decayed = (0, sizes[2][1])
        self.muon_end = sizes[1][1] if use_muon else 0
        self.momentum = torch.zeros(self.muon_end, device=device)
        self.first = torch.zeros(total - self.muon_end, device=device)
        self.second = torch.zeros(total - self.muon_end, device=device)
        self.hyper = torch.zeros(3, device=device)
        self.grad_norm = torch.zeros((), device=device)
        self.count = 0

    def set_hyper(self, learning_rate: float, target: torch.Tensor) -> None:
        """Write the next step's values into `target` [3] (host memory, to be copied into `hyper`)."""
        self.count += 1
        target[0] = learning_rate
        target[1] = 1.0 - BETAS[0] ** self.count
        target[2] = 1.0 - BETAS[1] ** self.count

    @torch.no_grad()
    def step(self) -> None:
        """One update from `grad`; device work only."""
        rate, correction1, correction2 = self.hyper.unbind()
        self.grad_norm.copy_(self.grad.norm())
        self.grad.mul_((self.clip / (self.grad_norm + 1e-6)).clamp_max(1.0))
        start, end = self.decayed
        self.flat[start:end].mul_(1.0 - rate * self.weight_decay)
        if self.muon_end:
            self._muon_step(rate)
        grad = self.grad[self.muon_end:]
        self.first.lerp_(grad, 1.0 - BETAS[0])
        self.second.mul_(BETAS[1]).addcmul_(grad, grad, value=1.0 - BETAS[1])
        update = self.first / ((self.second / correction2).sqrt_().add_(EPS))
        self.flat[self.muon_end:].sub_(update.mul_(rate / correction1))

    def _muon_step(self, rate: torch.Tensor) -> None:
        grad = self.grad[:self.muon_end]
        self.momentum.lerp_(grad, 1.0 - MUON_BETA)
        nesterov = grad.lerp(self.momentum, MUON_BETA)
        # in_proj holds two matrices (x and z) [d_inner, d_model]; out_proj is [d_model, d_inner].
        split = self.in_range[1]
        inputs = nesterov[:split].view(-1, self.d_inner, self.d_model)
        outputs = nesterov[split:].view(-1, self.d_model, self.d_inner)
        update = orthogonalise(torch.cat([inputs.mT, outputs]))  # [3 n_layer, d_model, d_inner]
        update *= 0.2 * max(self.d_model, self.d_inner) ** 0.5
        update *= rate
        self.flat[:split].view(inputs.shape).sub_(update[:inputs.shape[0]].mT)
        self.flat[split:self.muon_end].view(outputs.shape).sub_(update[inputs.shape[0]:])

    def state_dict(self) -> dict:
        return {"flat": self.flat, "momentum": self.momentum, "first": self.first, "second": self.second,
                "count": self.count}

    def load_state_dict(self, state: dict) -> None:
        for name in ("flat", "momentum", "first", "second"):
            getattr(self, name).copy_(state[name])
        self.count = state["count"]
