// Connectionist temporal classification (Graves et al. 2006): negative log-likelihood and state occupancies.
// One block an utterance, one thread a state of the extended target (blank, s1, blank, s2, ...).
#include <cuda_runtime.h>

namespace {

constexpr int kStates = 1024;
constexpr float kNever = -1e30f;

__device__ inline float logAdd(float a, float b, float c) {
    const float m = fmaxf(a, fmaxf(b, c));
    if (m <= kNever) return kNever;
    return m + logf(expf(a - m) + expf(b - m) + expf(c - m));
}

struct Args {
    const float* logp;     // [batch, T, V] log-softmax
    const int* targets;    // [batch, Lmax]
    const int* lengths;    // [batch]
    float* alpha;          // [batch, T, kStates] scratch
    float* nll;            // [batch]; 0 where no path exists
    float* occupancy;      // [batch, T, V]; zero where no path exists
    long long T, V, Lmax;
};

__global__ void __launch_bounds__(kStates) ctcKernel(Args args) {
    __shared__ float line[2][kStates + 2];
    __shared__ float seen[64];
    const int b = blockIdx.x, s = threadIdx.x, T = args.T, V = args.V;
    const int length = args.lengths[b], states = 2 * length + 1;
    const int* target = args.targets + b * args.Lmax;
    const bool inside = s < states, letter = s & 1;
    const int label = inside && letter ? target[s / 2] : 0;
    const bool skipIn = inside && letter && s >= 3 && label != target[s / 2 - 1];
    const bool skipOut = letter && s + 2 < states && label != target[s / 2 + 1];
    const float* logp = args.logp + static_cast<long long>(b) * T * V;
    float* alpha = args.alpha + static_cast<long long>(b) * T * kStates;

    if (s < 2) line[0][s] = line[1][s] = kNever;
    float a = inside && s < 2 ? logp[label] : kNever;
    for (int t = 0; t < T; ++t) {
        alpha[t * kStates + s] = a;
        if (t + 1 == T) break;
        const float emit = logp[(t + 1) * V + label];
        float* here = line[t & 1];
        here[s + 2] = a;
        __syncthreads();
        a = inside ? fmaxf(kNever, logAdd(a, here[s + 1], skipIn ? here[s] : kNever) + emit) : kNever;
    }
    __syncthreads();
    line[0][s] = a;
    __syncthreads();
    const float z = logAdd(line[0][states - 1], states > 1 ? line[0][states - 2] : kNever, kNever);
    __syncthreads();
    const bool possible = z > 0.5f * kNever;
    if (s == 0) args.nll[b] = possible ? -z : 0.0f;

    // Backwards: beta excludes the emission at t. Slots s, s + 1, s + 2 of the line hold beta + emission of t + 1.
    float beta = inside && s + 2 >= states ? 0.0f : kNever;
    if (s < 2) line[0][kStates + s] = line[1][kStates + s] = kNever;
    for (int t = T - 1; t >= 0; --t) {
        if (s < V) seen[s] = 0.0f;
        __syncthreads();
        const float gamma = inside && possible ? expf(alpha[t * kStates + s] + beta - z) : 0.0f;
        float blank = letter ? 0.0f : gamma;
        for (int offset = 16; offset > 0; offset >>= 1) blank += __shfl_xor_sync(0xffffffffu, blank, offset);
        if (s % 32 == 0 && blank > 0.0f) atomicAdd(&seen[0], blank);
        if (letter && gamma > 0.0f) atomicAdd(&seen[label], gamma);
        float* here = line[t & 1];
        here[s] = fmaxf(kNever, beta + logp[t * V + label]);
        __syncthreads();
        if (s < V) args.occupancy[(static_cast<long long>(b) * T + t) * V + s] = seen[s];
        beta = inside ? logAdd(here[s], s + 1 < states ? here[s + 1] : kNever, skipOut ? here[s + 2] : kNever) : kNever;
        __syncthreads();
    }
}

}  // namespace

extern "C" int launchCtc(const void* args, long long batch, void* stream) {
    ctcKernel<<<static_cast<unsigned>(batch), kStates, 0, static_cast<cudaStream_t>(stream)>>>(
        *static_cast<const Args*>(args));
    return static_cast<int>(cudaGetLastError());
}
