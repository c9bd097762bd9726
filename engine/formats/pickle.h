// Reads the pickles that torch.save writes for weights, and nothing else: no code named in the file ever runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/dtype.h"
#include "engine/base/result.h"

namespace ms::pickle {

inline constexpr std::size_t kMaxBytes = 16u << 20;
inline constexpr std::size_t kMaxValues = 2'000'000;

/// Values refer to one another by index: shared and even cyclic structures need no care.
using Id = std::uint32_t;

struct None {};
struct Tuple {
    std::vector<Id> items;
};
struct List {
    std::vector<Id> items;
};
/// dict and collections.OrderedDict alike, in insertion order; a key may be there twice.
struct Dict {
    std::vector<std::pair<Id, Id>> items;
};

/// The functions and classes a file may name.
enum class Callable { OrderedDict, RebuildTensor, RebuildParameter };
struct StorageType {
    DType dtype;
};

/// A run of elements in the archive's member data/<key>.
struct Storage {
    DType dtype = DType::F32;
    std::string key;
    std::int64_t elements = 0;  ///< not negative
};
/// torch._utils._rebuild_tensor_v2's arguments. Checked: storage is a Storage, size and stride are Tuples.
struct TensorView {
    Id storage = 0;
    std::int64_t offset = 0;  ///< in elements; may be anything
    Id size = 0, stride = 0;
};

using Value = std::variant<None, bool, std::int64_t, double, std::string, Tuple, List, Dict, Callable, StorageType,
                           Storage, TensorView>;

struct Pickle {
    std::vector<Value> values;
    Id root = 0;

    [[nodiscard]] const Value& operator[](Id id) const { return values[id]; }
    /// The value as a T, or null.
    template <class T>
    [[nodiscard]] const T* as(Id id) const {
        return std::get_if<T>(&values[id]);
    }
};

/// Runs the stack machine of protocols 2 to 5 (Lib/pickletools.py) over a whole pickle.
/// Allowed globals: collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter and
/// torch.<Type>Storage. Errors: Unsupported for any other, naming it; Format for malformed bytes. One line with `file`.
Result<Pickle> read(std::span<const std::byte> bytes, const std::string& file);

}  // namespace ms::pickle
