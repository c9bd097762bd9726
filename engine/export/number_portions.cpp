#include "engine/export/number_portions.h"

#include <algorithm>
#include <utility>

namespace ms {

NumberPortions::NumberPortions(std::uint64_t totalBytes, std::string file, const ProgressCallback& progress,
                               const std::stop_token& stop)
    : m_file(std::move(file)), m_progress(progress), m_stop(stop), m_done{0, static_cast<std::int64_t>(totalBytes), {}} {}

Result<void> NumberPortions::each(const NumberArray& array, const PortionVisitor& visit) {
    m_done.status = array.name;
    const std::int64_t portion = array.portionRows();
    for (std::int64_t first = 0; first < array.rows(); first += portion) {
        if (m_stop.stop_requested()) return Error{ErrorCode::Cancelled, m_file + ": writing was cancelled"};
        const std::int64_t rows = std::min(portion, array.rows() - first);
        m_buffer.resize(static_cast<std::size_t>(rows) * array.rowBytes());
        MS_CHECK(array.read(first, rows, m_buffer));
        MS_CHECK(visit(array, first, rows, m_buffer));
        m_done.current += static_cast<std::int64_t>(m_buffer.size());
        if (m_progress) m_progress(m_done);
    }
    return {};
}

}  // namespace ms
