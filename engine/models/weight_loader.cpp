#include "engine/models/weight_loader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "engine/base/half.h"

namespace ms {

namespace {

/// Index of the first NaN or infinity, or -1.
std::int64_t firstNonFinite(const TensorInfo& tensor) {
    const auto scan = [&](auto stored, auto mask) -> std::int64_t {
        using Word = decltype(stored);
        const std::size_t count = tensor.bytes.size() / sizeof(Word);
        constexpr std::size_t kRun = 4096;
        std::array<Word, kRun> run;
        for (std::size_t at = 0; at < count; at += kRun) {  // whole runs first, so that the common case vectorises
            const std::size_t n = std::min(kRun, count - at);
            std::memcpy(run.data(), tensor.bytes.data() + at * sizeof(Word), n * sizeof(Word));
            Word bad = 0;
            for (std::size_t i = 0; i < n; ++i) bad |= static_cast<Word>((run[i] & mask) == mask);
            if (bad == 0) continue;
            for (std::size_t i = 0; i < n; ++i)
                if ((run[i] & mask) == mask) return static_cast<std::int64_t>(at + i);
        }
        return -1;
    };
    // Quantised weights are small integers; only a block's scales, which are halves, can be wrong.
    const auto scales = [&](std::initializer_list<std::size_t> places) -> std::int64_t {
        const std::size_t bytes = blockBytes(tensor.dtype);
        for (std::size_t block = 0; (block + 1) * bytes <= tensor.bytes.size(); ++block)
            for (const std::size_t place : places) {
                std::uint16_t half;
                std::memcpy(&half, tensor.bytes.data() + block * bytes + place, sizeof half);
                if ((half & 0x7c00u) == 0x7c00u) return static_cast<std::int64_t>(block * blockElements(tensor.dtype));
            }
        return -1;
    };
    switch (tensor.dtype) {
        case DType::Q8_0: case DType::Q4_0: return scales({0});
        case DType::Q4_K: case DType::Q5_K: return scales({0, 2});
        case DType::Q6_K: return scales({208});
        case DType::F32: return scan(std::uint32_t{}, std::uint32_t{0x7f800000u});
        case DType::F16: return scan(std::uint16_t{}, std::uint16_t{0x7c00u});
        case DType::BF16: return scan(std::uint16_t{}, std::uint16_t{0x7f80u});
        default: return -1;
    }
}

}  // namespace

Result<const TensorInfo*> WeightLoader::take(const std::string& name) {
    if (m_stop.stop_requested()) return Error{ErrorCode::Cancelled, "loading was cancelled"};
    const TensorInfo* info = m_checkpoint.find(name);
    if (info == nullptr) return Error{ErrorCode::NotFound, "tensor " + name + " is missing"};
    if (const std::int64_t bad = firstNonFinite(*info); bad >= 0)
        return Error{ErrorCode::Format, info->file + ": tensor " + name + " holds NaN or infinity (element " +
                                            std::to_string(bad) + "); the training run or the download is broken, get it again"};
    if (m_progress) m_progress({m_done, m_total, name});
    ++m_done;
    return info;
}

Result<Tensor> WeightLoader::made(std::vector<float> values, Shape shape, const std::string& label) {
    auto kept = std::make_shared<const std::vector<float>>(std::move(values));
    return m_backend.adoptWeights(DType::F32, shape, std::as_bytes(std::span(*kept)), kept, label);
}

Result<Tensor> WeightLoader::matrix(const std::string& name) {
    MS_TRY(const TensorInfo* info, take(name));
    return m_backend.adoptWeights(info->dtype, info->shape, info->bytes, m_checkpoint.storage(), name);
}

Result<std::vector<Tensor>> WeightLoader::experts(const std::vector<std::string>& names) {
    std::vector<std::span<const std::byte>> parts;
    const TensorInfo* first = nullptr;
    for (const std::string& name : names) {
        MS_TRY(const TensorInfo* info, take(name));
        if (first == nullptr) first = info;
        if (info->dtype != first->dtype || info->shape != first->shape)
            return Error{ErrorCode::Unsupported, info->file + ": tensor " + name + " differs in type or shape from " + first->name +
                                                     "; experts of one layer must be alike"};
        parts.push_back(info->bytes);
    }
    if (first == nullptr) return std::vector<Tensor>();
    return m_backend.adoptExperts(first->dtype, first->shape, parts, m_checkpoint.storage(), first->name);
}

Result<Tensor> WeightLoader::convolution(const std::string& name) {
    MS_TRY(const TensorInfo* info, take(name));
    const auto out = static_cast<std::size_t>(info->shape[0]), in = static_cast<std::size_t>(info->shape[1]),
               kernel = static_cast<std::size_t>(info->shape[2]), size = byteSize(info->dtype);
    auto packed = std::make_shared<std::vector<std::byte>>(info->bytes.size());
    for (std::size_t o = 0; o < out; ++o)
        for (std::size_t c = 0; c < in; ++c)
            for (std::size_t k = 0; k < kernel; ++k)
                std::memcpy(packed->data() + ((o * kernel + k) * in + c) * size,
                            info->bytes.data() + ((o * in + c) * kernel + k) * size, size);
    return m_backend.adoptWeights(info->dtype, {info->shape[0], info->shape[1] * info->shape[2]}, *packed, packed, name);
}

Result<Tensor> WeightLoader::widened(const std::string& name, Shape shape, std::vector<float>* kept) {
    MS_TRY(std::vector<float> all, values(name));
    if (kept != nullptr) *kept = all;
    return made(std::move(all), shape, name);
}

Result<Tensor> WeightLoader::negativeExp(const std::string& name, Shape shape, std::vector<float>& kept) {
    MS_TRY(kept, values(name));
    for (float& a : kept) a = -std::exp(a);
    return made(kept, shape, name);
}

Result<std::vector<float>> WeightLoader::values(const std::string& name) {
    MS_TRY(const TensorInfo* info, take(name));
    return widenToFloat(info->dtype, info->bytes);
}

}  // namespace ms
