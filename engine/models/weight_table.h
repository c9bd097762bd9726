// Which tensors a family demands of a checkpoint, and how a checkpoint differs from that.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/formats/checkpoint.h"

namespace ms {

/// A tensor that a checkpoint must, may or should not hold.
struct TensorProblem {
    bool fatal = false;
    std::string text;  ///< one line naming the tensor and what to do
};

/// A tensor the family needs.
struct WantedTensor {
    std::string name;
    std::vector<Shape> shapes;  ///< any of these
};

/// Wrong type or shape of one tensor, appended to `problems`.
void checkTensor(const TensorInfo& tensor, const std::vector<Shape>& shapes, std::vector<TensorProblem>& problems);

/// What is missing, odd, or neither wanted nor in `known`, appended to `problems`.
void compareTensors(const Checkpoint& checkpoint, const std::vector<WantedTensor>& wanted,
                    std::set<std::string, std::less<>> known, std::vector<TensorProblem>& problems);

}  // namespace ms
