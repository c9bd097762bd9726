// Moves a checkpoint's tensors onto a backend, one by one.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/base/progress.h"
#include "engine/formats/checkpoint.h"

namespace ms {

/// Counts for the progress bar. Every call fails with NotFound, Format (a NaN or infinity, naming the tensor and element),
/// OutOfMemory or Cancelled. Shapes and types have been checked before.
class WeightLoader {
public:
    WeightLoader(const Checkpoint& checkpoint, Backend& backend, const ProgressCallback& progress, const std::stop_token& stop)
        : m_checkpoint(checkpoint), m_backend(backend), m_progress(progress), m_stop(stop),
          m_total(static_cast<std::int64_t>(checkpoint.tensors().size())) {}

    /// The tensor in its stored type.
    Result<Tensor> matrix(const std::string& name);
    /// Tensors of one type and shape, an expert each, in their stored type.
    Result<std::vector<Tensor>> experts(const std::vector<std::string>& names);
    /// A convolution's weight [out, in, kernel] as the matrix [out, kernel·in] that multiplies `kernel` consecutive rows of
    /// `in` values, in its stored type.
    Result<Tensor> convolution(const std::string& name);
    /// The tensor widened to F32 and given a shape; a copy goes to `kept`.
    Result<Tensor> widened(const std::string& name, Shape shape, std::vector<float>* kept = nullptr);
    /// -exp(tensor), also kept for the caller.
    Result<Tensor> negativeExp(const std::string& name, Shape shape, std::vector<float>& kept);
    /// What was made of other tensors, row-major; fails with OutOfMemory alone. `label` names it in messages.
    Result<Tensor> made(std::vector<float> values, Shape shape, const std::string& label);
    /// The tensor widened to F32, for the host alone.
    Result<std::vector<float>> values(const std::string& name);

private:
    Result<const TensorInfo*> take(const std::string& name);

    const Checkpoint& m_checkpoint;
    Backend& m_backend;
    const ProgressCallback& m_progress;
    const std::stop_token& m_stop;
    std::int64_t m_total;
    std::int64_t m_done = 0;
};

}  // namespace ms
