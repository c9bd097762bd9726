// Words that the checks of all ops share.
#pragma once

#include <string>

#include "engine/backend/tensor.h"
#include "engine/base/result.h"

namespace ms::check_parts {

inline Error wrong(const char* op, const std::string& what) {
    return {ErrorCode::InvalidArgument, std::string(op) + ": " + what};
}

/// Present, of the given type and [rows, cols].
inline Result<void> expect(const char* op, const char* argument, const Tensor& t, DType type, std::int64_t rows,
                           std::int64_t cols) {
    if (!t) return wrong(op, std::string(argument) + " is missing");
    if (t.dtype != type)
        return wrong(op, std::string(argument) + " is " + std::string(name(t.dtype)) + ", not " + std::string(name(type)));
    if (t.rows() != rows || t.cols() != cols)
        return wrong(op, std::string(argument) + " is " + t.shape.text() + ", not " + Shape{rows, cols}.text());
    return {};
}

inline bool isFloatStorage(DType type) { return type == DType::F32 || type == DType::F16 || type == DType::BF16; }

/// What products and embeddings read: floats, or blocks of which a row has whole ones.
inline bool isWeight(const Tensor& t) {
    if (!t || !t.contiguous()) return false;
    return isFloatStorage(t.dtype) || (isQuantised(t.dtype) && t.cols() % static_cast<std::int64_t>(blockElements(t.dtype)) == 0);
}
inline constexpr const char* kWeightTypes = "contiguous F32, F16, BF16 or whole blocks of Q8_0, Q4_0, Q4_K, Q5_K, Q6_K";

}  // namespace ms::check_parts
