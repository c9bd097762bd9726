#include "engine/formats/pickle.h"

#include <array>
#include <string_view>
#include <unordered_map>

#include "engine/formats/byte_reader.h"
#include "engine/formats/foreign_text.h"

namespace ms::pickle {

namespace {

// Opcodes, as Lib/pickle.py names them.
enum Op : std::uint8_t {
    kMark = '(',
    kStop = '.',
    kPop = '0',
    kBinFloat = 'G',
    kBinInt = 'J',
    kBinInt1 = 'K',
    kBinInt2 = 'M',
    kNone = 'N',
    kBinPersId = 'Q',
    kReduce = 'R',
    kBinUnicode = 'X',
    kAppend = 'a',
    kBuild = 'b',
    kGlobal = 'c',
    kEmptyDict = '}',
    kAppends = 'e',
    kBinGet = 'h',
    kLongBinGet = 'j',
    kEmptyList = ']',
    kBinPut = 'q',
    kLongBinPut = 'r',
    kSetItem = 's',
    kTuple = 't',
    kEmptyTuple = ')',
    kSetItems = 'u',
    kProto = 0x80,
    kTuple1 = 0x85,
    kTuple2 = 0x86,
    kTuple3 = 0x87,
    kNewTrue = 0x88,
    kNewFalse = 0x89,
    kLong1 = 0x8a,
    kShortBinUnicode = 0x8c,
    kBinUnicode8 = 0x8d,
    kStackGlobal = 0x93,
    kMemoize = 0x94,
    kFrame = 0x95,
};

constexpr std::array<std::pair<std::string_view, DType>, 10> kStorageTypes{{
    {"FloatStorage", DType::F32},
    {"HalfStorage", DType::F16},
    {"BFloat16Storage", DType::BF16},
    {"DoubleStorage", DType::F64},
    {"LongStorage", DType::I64},
    {"IntStorage", DType::I32},
    {"ShortStorage", DType::I16},
    {"CharStorage", DType::I8},
    {"ByteStorage", DType::U8},
    {"BoolStorage", DType::Bool},
}};

class Machine {
public:
    Machine(std::span<const std::byte> bytes, const std::string& file) : m_reader(bytes), m_file(file) {}

    Result<Pickle> run() {
        std::uint8_t op = 0;
        while (m_reader.read(op)) {
            if (op == kStop) {
                if (m_stack.empty() || !m_marks.empty()) return malformed("it ends without a value");
                m_pickle.root = m_stack.back();
                return std::move(m_pickle);
            }
            MS_CHECK(step(op));
        }
        return malformed("it breaks off");
    }

private:
    [[nodiscard]] Error malformed(const std::string& why) const {
        return {ErrorCode::Format, m_file + ": its pickle is malformed at byte " + std::to_string(m_reader.position()) +
                                       ": " + why + "; download the file again"};
    }
    [[nodiscard]] Error refused(const std::string& what) const {
        return {ErrorCode::Unsupported,
                m_file + " asks to run " + what +
                    "; refused, as weights need no such code: convert it to safetensors where you trust it"};
    }

    Result<void> step(std::uint8_t op) {
        switch (op) {
            case kProto:
                return protocol();
            case kFrame:
                return m_reader.skip(8) ? Result<void>() : malformed("it breaks off");
            case kMark:
                m_marks.push_back(m_stack.size());
                return {};
            case kPop:
                return pop();
            case kNone:
                return push(None{});
            case kNewTrue:
                return push(true);
            case kNewFalse:
                return push(false);
            case kBinInt:
                return pushInteger<std::int32_t>();
            case kBinInt1:
                return pushInteger<std::uint8_t>();
            case kBinInt2:
                return pushInteger<std::uint16_t>();
            case kLong1:
                return pushLong();
            case kBinFloat:
                return pushFloat();
            case kBinUnicode:
                return pushText<std::uint32_t>();
            case kShortBinUnicode:
                return pushText<std::uint8_t>();
            case kBinUnicode8:
                return pushText<std::uint64_t>();
            case kEmptyTuple:
                return push(Tuple{});
            case kEmptyList:
                return push(List{});
            case kEmptyDict:
                return push(Dict{});
            case kTuple:
                return collectTuple();
            case kTuple1:
                return pushTuple(1);
            case kTuple2:
                return pushTuple(2);
            case kTuple3:
                return pushTuple(3);
            case kAppend:
                return append(1);
            case kAppends:
                return appendMarked();
            case kSetItem:
                return setItems(2);
            case kSetItems:
                return setMarkedItems();
            case kBinPut:
                return putAt<std::uint8_t>();
            case kLongBinPut:
                return putAt<std::uint32_t>();
            case kMemoize:
                return put(static_cast<std::uint32_t>(m_memo.size()));
            case kBinGet:
                return get<std::uint8_t>();
            case kLongBinGet:
                return get<std::uint32_t>();
            case kGlobal:
                return global();
            case kStackGlobal:
                return stackGlobal();
            case kBinPersId:
                return persistentId();
            case kReduce:
                return reduce();
            case kBuild:
                return build();
            default:
                return malformed("instruction " + std::to_string(op) + " has no place among weights");
        }
    }

    /// Values that may be taken from the stack: those above the last mark.
    [[nodiscard]] std::size_t available() const { return m_stack.size() - (m_marks.empty() ? 0 : m_marks.back()); }

    template <class T>
    [[nodiscard]] const T* as(Id id) const {
        return m_pickle.as<T>(id);
    }

    Result<void> push(Value value) {
        if (m_pickle.values.size() >= kMaxValues) return malformed("it holds more values than any list of weights");
        m_stack.push_back(static_cast<Id>(m_pickle.values.size()));
        m_pickle.values.push_back(std::move(value));
        return {};
    }
    Result<void> pop() {
        if (available() > 0) m_stack.pop_back();
        else if (!m_marks.empty()) m_marks.pop_back();
        else return malformed("its stack is empty");
        return {};
    }
    /// The top `count` values, taken off the stack in the order they were pushed.
    bool takeTop(std::size_t count, std::vector<Id>& out) {
        if (available() < count) return false;
        out.assign(m_stack.end() - static_cast<std::ptrdiff_t>(count), m_stack.end());
        m_stack.resize(m_stack.size() - count);
        return true;
    }
    /// Number of values above the last mark, which goes.
    bool popMark(std::size_t& count) {
        if (m_marks.empty()) return false;
        count = available();
        m_marks.pop_back();
        return true;
    }

    Result<void> protocol() {
        std::uint8_t version = 0;
        if (!m_reader.read(version) || version < 2 || version > 5)
            return malformed("protocol " + std::to_string(version) + ", 2 to 5 are read");
        return {};
    }
    template <class T>
    Result<void> pushInteger() {
        T value = 0;
        if (!m_reader.read(value)) return malformed("it breaks off");
        return push(static_cast<std::int64_t>(value));
    }
    /// Two's complement of any length in little-endian order; sizes and offsets fit eight bytes.
    Result<void> pushLong() {
        std::uint8_t length = 0;
        std::span<const std::byte> digits;
        if (!m_reader.read(length) || !m_reader.take(length, digits)) return malformed("it breaks off");
        if (length > 8) return malformed("an integer of " + std::to_string(length) + " bytes");
        std::uint64_t value =
            length > 0 && (digits[length - 1u] & std::byte{0x80}) != std::byte{0} ? ~std::uint64_t{0} : 0;
        for (std::size_t i = length; i-- > 0;) value = (value << 8) | static_cast<std::uint8_t>(digits[i]);
        return push(static_cast<std::int64_t>(value));
    }
    Result<void> pushFloat() {
        std::uint64_t bigEndian = 0;
        if (!m_reader.read(bigEndian)) return malformed("it breaks off");
        return push(std::bit_cast<double>(__builtin_bswap64(bigEndian)));
    }
    template <class Length>
    Result<void> pushText() {
        Length length = 0;
        std::span<const std::byte> text;
        if (!m_reader.read(length) || !m_reader.take(length, text)) return malformed("a text breaks off");
        return push(std::string(asText(text)));
    }

    Result<void> pushTuple(std::size_t count) {
        Tuple tuple;
        if (!takeTop(count, tuple.items)) return malformed("its stack is empty");
        return push(std::move(tuple));
    }
    Result<void> collectTuple() {
        std::size_t count = 0;
        if (!popMark(count)) return malformed("a tuple has no beginning");
        return pushTuple(count);
    }
    Result<void> append(std::size_t count) {
        std::vector<Id> items;
        if (!takeTop(count, items) || available() == 0) return malformed("its stack is empty");
        List* list = std::get_if<List>(&m_pickle.values[m_stack.back()]);
        if (list == nullptr) return malformed("items are appended to what is no list");
        list->items.insert(list->items.end(), items.begin(), items.end());
        return {};
    }
    Result<void> appendMarked() {
        std::size_t count = 0;
        if (!popMark(count)) return malformed("a list has no beginning");
        return append(count);
    }
    Result<void> setItems(std::size_t count) {
        std::vector<Id> items;
        if (!takeTop(count, items) || available() == 0) return malformed("its stack is empty");
        Dict* dict = std::get_if<Dict>(&m_pickle.values[m_stack.back()]);
        if (dict == nullptr || count % 2 != 0) return malformed("items are set on what is no dictionary");
        for (std::size_t i = 0; i < count; i += 2) dict->items.emplace_back(items[i], items[i + 1]);
        return {};
    }
    Result<void> setMarkedItems() {
        std::size_t count = 0;
        if (!popMark(count)) return malformed("a dictionary has no beginning");
        return setItems(count);
    }

    Result<void> put(std::uint32_t slot) {
        if (available() == 0) return malformed("its stack is empty");
        if (m_memo.size() >= kMaxValues) return malformed("it remembers more values than any list of weights");
        m_memo[slot] = m_stack.back();
        return {};
    }
    template <class Slot>
    Result<void> putAt() {
        Slot slot = 0;
        return m_reader.read(slot) ? put(slot) : malformed("it breaks off");
    }
    template <class Slot>
    Result<void> get() {
        Slot slot = 0;
        if (!m_reader.read(slot)) return malformed("it breaks off");
        const auto found = m_memo.find(slot);
        if (found == m_memo.end()) return malformed("it recalls a value it never stored");
        m_stack.push_back(found->second);
        return {};
    }

    Result<void> global() {
        std::array<std::string, 2> lines;  // module and name
        for (std::string& line : lines) {
            char c = 0;
            while (m_reader.read(c) && c != '\n') line += c;
            if (c != '\n') return malformed("a name breaks off");
        }
        return pushGlobal(lines[0], lines[1]);
    }
    Result<void> stackGlobal() {
        std::vector<Id> names;
        if (!takeTop(2, names)) return malformed("its stack is empty");
        const auto* module = as<std::string>(names[0]);
        const auto* name = as<std::string>(names[1]);
        if (module == nullptr || name == nullptr) return malformed("a global's name is no text");
        return pushGlobal(std::string(*module), std::string(*name));
    }
    Result<void> pushGlobal(const std::string& module, const std::string& name) {
        if (module == "collections" && name == "OrderedDict") return push(Callable::OrderedDict);
        if (module == "torch._utils" && name == "_rebuild_tensor_v2") return push(Callable::RebuildTensor);
        if (module == "torch._utils" && name == "_rebuild_parameter") return push(Callable::RebuildParameter);
        if (module == "torch") {
            for (const auto& [storage, dtype] : kStorageTypes) {
                if (name == storage) return push(StorageType{dtype});
            }
        }
        return refused(shown(module) + "." + shown(name));
    }

    /// ("storage", torch.<Type>Storage, key, location, elements)
    Result<void> persistentId() {
        std::vector<Id> top;
        if (!takeTop(1, top)) return malformed("its stack is empty");
        const Tuple* id = as<Tuple>(top[0]);
        if (id == nullptr || id->items.size() != 5) return malformed("a storage is described wrongly");
        const auto* kind = as<std::string>(id->items[0]);
        const auto* type = as<StorageType>(id->items[1]);
        const auto* key = as<std::string>(id->items[2]);
        const auto* elements = as<std::int64_t>(id->items[4]);
        if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr || elements == nullptr ||
            *elements < 0)
            return malformed("a storage is described wrongly");
        // The key is copied per use, so that a long one used often must not add up.
        if (key->size() > 64) return malformed("a storage's key is too long");
        return push(Storage{type->dtype, *key, *elements});
    }

    Result<void> reduce() {
        std::vector<Id> call;
        if (!takeTop(2, call)) return malformed("its stack is empty");
        const Callable* callable = as<Callable>(call[0]);
        const Tuple* arguments = as<Tuple>(call[1]);
        if (callable == nullptr || arguments == nullptr) return malformed("it calls what is no function");
        const std::vector<Id>& items = arguments->items;
        switch (*callable) {
            case Callable::OrderedDict:
                return items.empty() ? push(Dict{}) : malformed("an OrderedDict with unexpected arguments");
            case Callable::RebuildParameter:
                if (items.empty() || as<TensorView>(items[0]) == nullptr)
                    return malformed("a parameter without a tensor");
                m_stack.push_back(items[0]);
                return {};
            case Callable::RebuildTensor:
                break;
        }
        if (items.size() < 6 || as<Storage>(items[0]) == nullptr || as<std::int64_t>(items[1]) == nullptr ||
            as<Tuple>(items[2]) == nullptr || as<Tuple>(items[3]) == nullptr)
            return malformed("a tensor is described wrongly");
        return push(TensorView{items[0], *as<std::int64_t>(items[1]), items[2], items[3]});
    }
    /// Attributes of an OrderedDict: modules leave their version numbers in `_metadata`. Not needed.
    Result<void> build() {
        std::vector<Id> state;
        if (!takeTop(1, state) || available() == 0) return malformed("its stack is empty");
        if (as<Dict>(m_stack.back()) == nullptr || as<Dict>(state[0]) == nullptr)
            return malformed("attributes are set on what is no dictionary");
        return {};
    }

    ByteReader m_reader;
    const std::string& m_file;
    Pickle m_pickle;
    std::vector<Id> m_stack;
    std::vector<std::size_t> m_marks;  ///< heights of the stack
    std::unordered_map<std::uint32_t, Id> m_memo;
};

}  // namespace

Result<Pickle> read(std::span<const std::byte> bytes, const std::string& file) {
    if (bytes.size() > kMaxBytes)
        return Error{ErrorCode::Format, file + ": its pickle has " + std::to_string(bytes.size()) +
                                            " bytes, more than any list of weights; convert it to safetensors"};
    return Machine(bytes, file).run();
}

}  // namespace ms::pickle
