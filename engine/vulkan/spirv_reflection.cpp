#include "engine/vulkan/spirv_reflection.h"

#include <algorithm>
#include <map>
#include <string>

namespace ms {

namespace {

// Numbers from the SPIR-V specification, sections 3.7 (storage classes), 3.20 (decorations) and 3.42 (instructions).
enum Op : std::uint32_t {
    OpTypeInt = 21, OpTypeFloat = 22, OpTypeVector = 23, OpTypeImage = 25, OpTypeSampledImage = 27, OpTypeStruct = 30,
    OpTypePointer = 32, OpVariable = 59, OpDecorate = 71, OpMemberDecorate = 72,
};
enum Decoration : std::uint32_t { NonWritable = 24, NonReadable = 25, BindingSlot = 33, Offset = 35 };
enum StorageClass : std::uint32_t { UniformConstant = 0, PushConstant = 9, StorageBuffer = 12 };

struct Type {
    std::uint32_t op = 0;
    std::vector<std::uint32_t> operands;
};

class Reader {
public:
    Result<Reflection> read(std::span<const std::uint32_t> code) {
        if (code.size() < 5 || code[0] != 0x07230203) return Error{ErrorCode::Internal, "a kernel is not SPIR-V"};
        for (std::size_t at = 5; at < code.size();) {
            const std::uint32_t op = code[at] & 0xffffu, length = code[at] >> 16;
            if (length == 0 || at + length > code.size()) return Error{ErrorCode::Internal, "a kernel is cut short"};
            instruction(op, code.subspan(at + 1, length - 1));
            at += length;
        }
        for (const Variable& v : m_variables) describe(v);
        std::sort(m_result.bindings.begin(), m_result.bindings.end(),
                  [](const auto& a, const auto& b) { return a.slot < b.slot; });
        return m_result;
    }

private:
    struct Variable {
        std::uint32_t id, type, storage;
    };

    void instruction(std::uint32_t op, std::span<const std::uint32_t> words) {
        switch (op) {
            case OpDecorate:
                if (words[1] == BindingSlot) m_slots[words[0]] = words[2];
                if (words[1] == NonWritable) m_readOnly[words[0]] = true;
                if (words[1] == NonReadable) m_writeOnly[words[0]] = true;
                break;
            case OpMemberDecorate:
                if (words[2] == NonWritable) m_readOnly[words[0]] = true;
                if (words[2] == NonReadable) m_writeOnly[words[0]] = true;
                if (words[2] == Offset) m_offsets[{words[0], words[1]}] = words[3];
                break;
            case OpTypeInt: case OpTypeFloat: case OpTypeVector: case OpTypeImage: case OpTypeSampledImage:
            case OpTypeStruct: case OpTypePointer:
                m_types[words[0]] = {op, {words.begin() + 1, words.end()}};
                break;
            case OpVariable: m_variables.push_back({words[1], words[0], words[2]}); break;
            default: break;
        }
    }

    void describe(const Variable& v) {
        const std::uint32_t pointee = m_types[v.type].operands.at(1);
        if (v.storage == PushConstant) m_result.pushBytes = size(pointee);
        if (v.storage != StorageBuffer && v.storage != UniformConstant) return;
        ReflectedBinding binding{.slot = m_slots[v.id], .texel = v.storage == UniformConstant};
        binding.reads = binding.texel || !(m_writeOnly.contains(v.id) || m_writeOnly.contains(pointee));
        binding.writes = !binding.texel && !(m_readOnly.contains(v.id) || m_readOnly.contains(pointee));
        for (ReflectedBinding& known : m_result.bindings) {
            if (known.slot != binding.slot) continue;
            known.reads |= binding.reads;
            known.writes |= binding.writes;
            return;
        }
        m_result.bindings.push_back(binding);
    }

    std::uint32_t size(std::uint32_t id) {
        const Type& type = m_types[id];
        if (type.op == OpTypeInt || type.op == OpTypeFloat) return type.operands[0] / 8;
        if (type.op == OpTypeVector) return type.operands[1] * size(type.operands[0]);
        std::uint32_t bytes = 0;
        for (std::uint32_t member = 0; member < type.operands.size(); ++member)
            bytes = std::max(bytes, m_offsets[{id, member}] + size(type.operands[member]));
        return bytes;
    }

    std::map<std::uint32_t, Type> m_types;
    std::map<std::uint32_t, std::uint32_t> m_slots;
    std::map<std::uint32_t, bool> m_readOnly, m_writeOnly;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> m_offsets;
    std::vector<Variable> m_variables;
    Reflection m_result;
};

}  // namespace

Result<Reflection> reflect(std::span<const std::uint32_t> code) { return Reader().read(code); }

}  // namespace ms
