// Which instruction sets the kernels are compiled for: the baseline, SSSE3, AVX2 with FMA and F16C, AVX-512; NEON on
// ARM. Include before any Highway header.
#pragma once

// SSE4 machines without AVX2 are rare; AVX3_DL adds nothing that the kernels use; arrays of vectors rule out SVE.
#define HWY_DISABLED_TARGETS (HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
