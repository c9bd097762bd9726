#include "engine/models/weight_table.h"

#include <algorithm>

namespace ms {

namespace {

bool canRun(DType type) { return type == DType::F32 || type == DType::F16 || type == DType::BF16 || isQuantised(type); }

}  // namespace

void checkTensor(const TensorInfo& t, const std::vector<Shape>& shapes, std::vector<TensorProblem>& problems) {
    if (!canRun(t.dtype))
        problems.push_back({true, t.file + ": tensor " + t.name + " is " + std::string(name(t.dtype)) +
                                      "; only F32, F16, BF16 and the quantised types of GGUF files can be run, convert the checkpoint"});
    if (std::find(shapes.begin(), shapes.end(), t.shape) == shapes.end())
        problems.push_back({true, t.file + ": tensor " + t.name + " has shape " + t.shape.text() + ", config.json asks for " +
                                      shapes.front().text() + "; use the config.json that belongs to these weights"});
}

void compareTensors(const Checkpoint& checkpoint, const std::vector<WantedTensor>& wanted,
                    std::set<std::string, std::less<>> known, std::vector<TensorProblem>& problems) {
    const std::string file = checkpoint.path().string();
    for (const WantedTensor& w : wanted) {
        known.insert(w.name);
        if (const TensorInfo* t = checkpoint.find(w.name)) checkTensor(*t, w.shapes, problems);
        else problems.push_back({true, file + ": tensor " + w.name + " is missing; download the checkpoint again"});
    }
    for (const TensorInfo& t : checkpoint.tensors())
        if (!known.contains(t.name)) problems.push_back({false, t.file + ": tensor " + t.name + " " + t.shape.text() + " is not used"});
}

}  // namespace ms
