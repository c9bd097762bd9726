#include "engine/formats/torch_file.h"

#include <array>
#include <cstring>
#include <new>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"
#include "engine/formats/zip_reader.h"

namespace ms {

namespace {

using Bytes = std::span<const std::byte>;

/// A tensor's checked geometry, in elements.
struct View {
    DType dtype = DType::F32;
    Shape shape;
    std::uint64_t bytes = 0;
    std::uint64_t offset = 0;
    std::vector<std::uint64_t> stride;
};

/// Row-major without gaps; dimensions of one element may have any stride.
bool isContiguous(const View& view) {
    std::uint64_t expected = 1;
    for (int i = view.shape.rank(); i-- > 0;) {
        const auto size = static_cast<std::uint64_t>(view.shape[i]);
        if (size != 1 && view.stride[static_cast<std::size_t>(i)] != expected) return false;
        expected *= size;
    }
    return true;
}

/// Elements of the storage up to one past the view's last; false on overflow. The view is not empty.
bool extent(const View& view, std::uint64_t& end) {
    end = view.offset;
    for (int i = 0; i < view.shape.rank(); ++i) {
        std::uint64_t step = 0;
        if (__builtin_mul_overflow(static_cast<std::uint64_t>(view.shape[i] - 1),
                                   view.stride[static_cast<std::size_t>(i)], &step) ||
            __builtin_add_overflow(end, step, &end))
            return false;
    }
    return !__builtin_add_overflow(end, std::uint64_t{1}, &end);
}

/// The view's elements in row-major order.
std::vector<std::byte> gather(const View& view, Bytes storage) {
    std::vector<std::byte> out(view.bytes);
    const std::size_t element = byteSize(view.dtype);
    std::array<std::int64_t, Shape::kMaxRank> index{};
    std::uint64_t at = view.offset;
    for (std::size_t to = 0; to < out.size(); to += element) {
        std::memcpy(out.data() + to, storage.data() + at * element, element);
        for (int i = view.shape.rank(); i-- > 0;) {  // count up like an odometer
            const auto d = static_cast<std::size_t>(i);
            at += view.stride[d];
            if (++index[d] < view.shape[i]) break;
            at -= view.stride[d] * static_cast<std::uint64_t>(index[d]);
            index[d] = 0;
        }
    }
    return out;
}

class StateDictReader {
public:
    StateDictReader(const pickle::Pickle& pickle, const StorageLookup& storage, std::uint64_t copyBudget,
                    const std::string& file)
        : m_pickle(pickle), m_storage(storage), m_copyBudget(copyBudget), m_file(file) {}

    Result<TorchTensors> read() {
        const pickle::Dict* dict = m_pickle.as<pickle::Dict>(m_pickle.root);
        if (dict == nullptr)
            return Error{ErrorCode::Unsupported,
                         m_file + ": holds no dictionary of tensors; save the model's state_dict()"};
        for (const char* key : {"state_dict", "model"}) {
            if (!holdsTensors(*dict)) dict = inner(*dict, key);
        }
        std::unordered_set<std::string_view> names;
        for (const auto& [key, value] : dict->items) {
            const auto* view = m_pickle.as<pickle::TensorView>(value);
            if (view == nullptr) continue;
            const auto* name = m_pickle.as<std::string>(key);
            if (name == nullptr) return Error{ErrorCode::Format, m_file + ": a tensor's name is no text"};
            if (!names.insert(*name).second) return wrong(*name, ErrorCode::Format, "is there twice");
            MS_CHECK(addTensor(*name, *view));
        }
        if (m_out.tensors.empty())
            return Error{ErrorCode::Format, m_file + ": holds no tensors; save the model's state_dict()"};
        return std::move(m_out);
    }

private:
    [[nodiscard]] Error wrong(const std::string& name, ErrorCode code, const std::string& what) const {
        return {code, m_file + ": tensor " + inQuotes(name) + ": " + what};
    }
    [[nodiscard]] bool holdsTensors(const pickle::Dict& dict) const {
        for (const auto& [key, value] : dict.items) {
            if (m_pickle.as<pickle::TensorView>(value) != nullptr) return true;
        }
        return false;
    }
    /// The dictionary under `wanted`, or the same one.
    [[nodiscard]] const pickle::Dict* inner(const pickle::Dict& dict, std::string_view wanted) const {
        for (const auto& [key, value] : dict.items) {
            const auto* name = m_pickle.as<std::string>(key);
            const auto* found = m_pickle.as<pickle::Dict>(value);
            if (name != nullptr && *name == wanted && found != nullptr) return found;
        }
        return &dict;
    }

    /// Numbers of a tuple; false if one is none or negative.
    bool numbers(pickle::Id id, std::vector<std::uint64_t>& out) const {
        for (const pickle::Id item : m_pickle.as<pickle::Tuple>(id)->items) {
            const auto* value = m_pickle.as<std::int64_t>(item);
            if (value == nullptr || *value < 0) return false;
            out.push_back(static_cast<std::uint64_t>(*value));
        }
        return true;
    }

    Result<void> addTensor(const std::string& name, const pickle::TensorView& tensor) {
        const auto& storage = *m_pickle.as<pickle::Storage>(tensor.storage);
        if (m_pickle.as<pickle::Tuple>(tensor.size)->items.size() > Shape::kMaxRank)
            return wrong(name, ErrorCode::Unsupported, "more than 4 dimensions are not supported");
        View view{.dtype = storage.dtype,
                  .shape = {},
                  .bytes = 0,
                  .offset = static_cast<std::uint64_t>(tensor.offset),
                  .stride = {}};
        std::vector<std::uint64_t> size;
        const bool readable = m_pickle.as<pickle::Tuple>(tensor.stride)->items.size() <= Shape::kMaxRank &&
                              numbers(tensor.size, size) && numbers(tensor.stride, view.stride);
        if (!readable || size.size() != view.stride.size() || tensor.offset < 0)
            return wrong(name, ErrorCode::Format,
                         "its sizes, strides or offset make no sense; download the file again");
        if (!shapeBytes(size, view.dtype, view.shape, view.bytes))
            return wrong(name, ErrorCode::Format,
                         "its shape multiplies to more than 2^63 bytes; download the file again");

        MS_TRY(const Bytes content, m_storage(storage.key));
        const std::size_t element = byteSize(view.dtype);
        const auto elements = static_cast<std::uint64_t>(storage.elements);
        if (content.size() / element < elements)
            return wrong(name, ErrorCode::Format,
                         "its storage has " + std::to_string(content.size()) + " bytes, too few for " +
                             std::to_string(elements) + " elements; download the file again");
        std::uint64_t end = 0;
        if (view.bytes > 0 && (!extent(view, end) || end > elements))
            return wrong(
                name, ErrorCode::Format,
                "reaches beyond its storage of " + std::to_string(elements) + " elements; download the file again");
        TensorInfo info{.name = name, .dtype = view.dtype, .shape = view.shape, .bytes = {}, .file = m_file};
        if (isContiguous(view)) {
            if (view.bytes > 0) info.bytes = content.subspan(view.offset * element, view.bytes);
        } else if (view.bytes > 0) {
            MS_TRY(info.bytes, copy(name, view, content.first(elements * element)));
        }
        m_out.tensors.push_back(std::move(info));
        return {};
    }

    /// An expanded tensor (stride 0) could ask for far more memory than the file has bytes.
    Result<Bytes> copy(const std::string& name, const View& view, Bytes storage) {
        if (view.bytes > storage.size() || view.bytes > m_copyBudget)
            return wrong(name, ErrorCode::Unsupported,
                         "is a view that unfolds to more bytes than are stored; convert it to safetensors");
        m_copyBudget -= view.bytes;
        try {
            return Bytes(m_out.copies.emplace_back(gather(view, storage)));
        } catch (const std::bad_alloc&) {
            return wrong(name, ErrorCode::OutOfMemory,
                         "no memory for a contiguous copy of " + std::to_string(view.bytes) + " bytes");
        }
    }

    const pickle::Pickle& m_pickle;
    const StorageLookup& m_storage;
    std::uint64_t m_copyBudget;
    const std::string& m_file;
    TorchTensors m_out;
};

}  // namespace

Result<TorchTensors> readStateDict(const pickle::Pickle& pickle, const StorageLookup& storage, std::uint64_t copyBudget,
                                   const std::string& file) {
    return StateDictReader(pickle, storage, copyBudget, file).read();
}

Result<TorchTensors> parseTorchFile(std::span<const std::byte> bytes, const std::string& file) {
    MS_TRY(const std::vector<ZipMember> members, readZip(bytes, file));
    constexpr std::string_view kPickle = "/data.pkl";
    const ZipMember* described = nullptr;
    std::unordered_map<std::string_view, const ZipMember*> byName;
    for (const ZipMember& member : members) {
        byName.emplace(member.name, &member);
        if (described == nullptr && member.name.ends_with(kPickle)) described = &member;
    }
    if (described == nullptr)
        return Error{ErrorCode::Format, file + ": a zip archive without data.pkl, so no PyTorch checkpoint"};
    if (!described->stored || !checksumMatches(*described))
        return Error{ErrorCode::Format,
                     file + ": its member " + inQuotes(described->name) + " is damaged; download the file again"};

    const std::string folder = described->name.substr(0, described->name.size() - kPickle.size() + 1);
    if (const auto order = byName.find(folder + "byteorder");
        order != byName.end() && asText(order->second->bytes) != "little")
        return Error{ErrorCode::Unsupported, file + ": was written on a big-endian machine (byteorder " +
                                                 inQuotes(asText(order->second->bytes), 20) +
                                                 "); convert it to safetensors"};
    const auto storage = [&](const std::string& key) -> Result<Bytes> {
        const auto found = byName.find(folder + "data/" + key);
        if (found == byName.end() || !found->second->stored)
            return Error{ErrorCode::Format,
                         file + ": storage " + inQuotes(key) + " is missing or compressed; download the file again"};
        return found->second->bytes;
    };
    MS_TRY(const pickle::Pickle pickle, pickle::read(described->bytes, file));
    // A storage may back a few transposed views, so that honest copies stay near the file's size.
    return readStateDict(pickle, storage, 2 * static_cast<std::uint64_t>(bytes.size()), file);
}

}  // namespace ms
