// embedding, copy and rmsNorm: kernels that mostly move memory.
#include <algorithm>

#include "engine/backend/ops_check.h"
#include "engine/vulkan/kernel_variants.h"
#include "engine/vulkan/vulkan_ops.h"
#include "shaders/include/memory_params.h"
#include "shaders/include/norm_params.h"

namespace ms {

namespace {

constexpr std::uint64_t kCopiesPerInvocation = 4;  // as copy.comp

}  // namespace

VulkanOps::VulkanOps(Recorder& recorder, const VulkanOptions& options)
    : m_recorder(recorder),
      m_profile(recorder.profile()),
      m_options(options),
      m_gpu(options.kernels == KernelChoice::Auto ? !recorder.profile().software()
                                                  : options.kernels == KernelChoice::Gpu) {}

bool VulkanOps::accept(Result<void> check) {
    if (!check) m_recorder.fail(check.error());
    return check.ok() && m_recorder.status().ok();
}

std::uint32_t VulkanOps::rowWorkgroup() const { return m_gpu ? 256 : m_profile.subgroupSize; }

std::uint32_t VulkanOps::flatWorkgroup() const { return m_gpu ? 128 : 64; }

void VulkanOps::embedding(const Tensor& table, const Tensor& ids, const Tensor& out) {
    if (!accept(checkEmbedding(table, ids, out))) return;
    const std::int64_t d = table.cols();
    const Tensor idVector = ids.reshaped({out.rows()});
    forEachRange(out.rows(), m_recorder.rowsPerBinding(out), [&](std::int64_t token, std::int64_t tokens) {
        const Tensor someIds = idVector.colRange(token, tokens), someOut = out.rowRange(token, tokens);
        forEachRange(table.rows(), m_recorder.rowsPerBinding(table), [&](std::int64_t row, std::int64_t rows) {
            const Bound boundTable = m_recorder.bind(table.rowRange(row, rows)), boundIds = m_recorder.bind(someIds),
                        boundOut = m_recorder.bind(someOut);
            const kernels::EmbeddingParams params{
                .L = u32(tokens), .d = u32(d), .firstRow = u32(row), .rowCount = u32(rows),
                .tableFirst = boundTable.first, .idsFirst = boundIds.first,
                .outFirst = boundOut.first, .outStride = boundOut.stride};
            m_recorder.dispatch("embedding", {flatWorkgroup(), storageCode(table.dtype)},
                                {boundTable, boundIds, boundOut}, params,
                                groupsFor(static_cast<std::uint64_t>(tokens * d), flatWorkgroup()));
        });
    });
}

void VulkanOps::rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) {
    if (!accept(checkRmsNorm(x, weight, out))) return;
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(x), m_recorder.rowsPerBinding(out));
    forEachRange(x.rows(), most, [&](std::int64_t row, std::int64_t rows) {
        const Bound boundX = m_recorder.bind(x.rowRange(row, rows)), boundWeight = m_recorder.bind(weight),
                    boundOut = m_recorder.bind(out.rowRange(row, rows));
        const kernels::RmsNormParams params{.L = u32(rows), .d = u32(x.cols()), .eps = eps,
                                            .xFirst = boundX.first, .xStride = boundX.stride,
                                            .weightFirst = boundWeight.first,
                                            .outFirst = boundOut.first, .outStride = boundOut.stride};
        m_recorder.dispatch("rms_norm", {rowWorkgroup()}, {boundX, boundWeight, boundOut}, params,
                            static_cast<std::uint64_t>(rows));
    });
}

void VulkanOps::copy(const Tensor& src, const Tensor& dst) {
    if (!accept(checkCopy(src, dst))) return;
    if (src.contiguous() && dst.contiguous()) {
        // One long row: cut anywhere, at whole groups of four.
        const std::int64_t total = src.shape.elements();
        const Tensor from = src.reshaped({total}), to = dst.reshaped({total});
        const auto most = static_cast<std::int64_t>(m_recorder.bindingLimit() / 4 / 4 * 4);
        forEachRange(total, most, [&](std::int64_t first, std::int64_t count) {
            copyPart(from.colRange(first, count), to.colRange(first, count));
        });
        return;
    }
    const std::int64_t most = std::min(m_recorder.rowsPerBinding(src), m_recorder.rowsPerBinding(dst));
    forEachRange(src.rows(), most, [&](std::int64_t row, std::int64_t rows) {
        copyPart(src.rowRange(row, rows), dst.rowRange(row, rows));
    });
}

void VulkanOps::copyPart(const Tensor& src, const Tensor& dst) {
    const Bound from = m_recorder.bind(src), to = m_recorder.bind(dst);
    const bool oneRow = src.rows() == 1;
    const bool vector = src.cols() % 4 == 0 && from.first % 4 == 0 && to.first % 4 == 0 &&
                        (oneRow || (from.stride % 4 == 0 && to.stride % 4 == 0));
    const std::uint32_t unit = vector ? 4 : 1;
    const kernels::CopyParams params{.rows = u32(src.rows()), .cols = u32(src.cols()) / unit,
                                     .srcFirst = from.first / unit, .srcStride = from.stride / unit,
                                     .dstFirst = to.first / unit, .dstStride = to.stride / unit};
    const std::uint32_t workgroup = m_gpu ? 256 : 64;
    m_recorder.dispatch(vector ? "copy_vector" : "copy", {workgroup}, {from, to}, params,
                        groupsFor(std::uint64_t{params.rows} * params.cols, workgroup * kCopiesPerInvocation));
}

}  // namespace ms
