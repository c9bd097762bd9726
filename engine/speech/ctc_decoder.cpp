#include "engine/speech/ctc_decoder.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace ms {

Result<void> CtcDecoder::push(std::span<const float> rows) {
    const std::size_t width = m_vocabulary.size();
    if (rows.size() % width != 0)
        return Error{ErrorCode::InvalidArgument, "posteriors: " + std::to_string(rows.size()) + " values are no whole rows of " +
                                                     std::to_string(width) + " symbols"};
    for (std::size_t begin = 0; begin < rows.size(); begin += width) {
        bool possible = false;
        for (std::size_t i = begin; i < begin + width; ++i) {
            if (std::isnan(rows[i]) || rows[i] == std::numeric_limits<float>::infinity())
                return Error{ErrorCode::InvalidArgument,
                             "posteriors: symbol " + std::to_string(i - begin) + " of frame " +
                                 std::to_string(m_frames + static_cast<std::int64_t>(begin / width)) + " is " +
                                 (std::isnan(rows[i]) ? "NaN" : "infinite") + "; the model is broken or its input was"};
            possible |= std::isfinite(rows[i]);
        }
        if (!possible)
            return Error{ErrorCode::InvalidArgument, "posteriors: frame " +
                                                         std::to_string(m_frames + static_cast<std::int64_t>(begin / width)) +
                                                         " gives every symbol probability zero"};
    }
    for (std::size_t begin = 0; begin < rows.size(); begin += width) {
        step(rows.subspan(begin, width));
        ++m_frames;
    }
    return {};
}

std::vector<DecodedWord> CtcDecoder::takeSettled() { return std::exchange(m_settled, {}); }

}  // namespace ms
