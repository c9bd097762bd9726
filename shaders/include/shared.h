// Lets one header declare parameter structs for C++ and GLSL alike. Scalars of four bytes only: both sides then agree on
// the layout, and the size is checked against the reflected push constants when a kernel is created.
#ifndef MS_SHADERS_SHARED_H
#define MS_SHADERS_SHARED_H

#ifdef __cplusplus
#include <cstdint>
#define MS_SHARED_BEGIN namespace ms::kernels { using uint = std::uint32_t;
#define MS_SHARED_END }
#define MS_SHARED_CONST inline constexpr uint
#else
#define MS_SHARED_BEGIN
#define MS_SHARED_END
#define MS_SHARED_CONST const uint
#endif

MS_SHARED_BEGIN

// Storage types of weights.
MS_SHARED_CONST kTypeF32 = 0;
MS_SHARED_CONST kTypeF16 = 1;
MS_SHARED_CONST kTypeBF16 = 2;
MS_SHARED_CONST kTypeQ8_0 = 3;
MS_SHARED_CONST kTypeQ4_0 = 4;
MS_SHARED_CONST kTypeQ4_K = 5;
MS_SHARED_CONST kTypeQ5_K = 6;
MS_SHARED_CONST kTypeQ6_K = 7;

MS_SHARED_END

// In every parameter struct: `xFirst` is the index of tensor x's first element within its binding (bindings start at an
// aligned address at or before it; of quantised weights its byte), `xStride` the elements between two of its rows.
#endif
