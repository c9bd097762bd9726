"""Compile a CUDA source file once per machine into a shared library that ctypes loads: no PyTorch extension is built."""

import ctypes
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import torch


def build(source: pathlib.Path) -> pathlib.Path:
    """Path of the library made from `source` and the headers (*.cuh) beside it, kept in the temporary directory by
    content. Raises if nvcc fails."""
    parts = [source, *sorted(source.parent.glob("*.cuh"))]
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    target = pathlib.Path(tempfile.gettempdir()) / f"{source.stem}_{digest}.so"
    if not target.exists():
        major, minor = torch.cuda.get_device_capability()
        part = target.with_suffix(f".{os.getpid()}.part")
        nvcc = shutil.which("nvcc") or os.path.join(os.environ.get("CUDA_HOME", "/usr/local/cuda"), "bin", "nvcc")
        subprocess.run([nvcc, "-O3", "-std=c++17", "-use_fast_math", f"-arch=sm_{major}{minor}", "-shared",
                        "-Xcompiler", "-fPIC", "-o", str(part), str(source)], check=True)
        part.replace(target)
    return target


def load(source: pathlib.Path) -> ctypes.CDLL:
    """Build and load."""
    return ctypes.CDLL(str(build(source)))
