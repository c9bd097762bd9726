// What views put into NumberSource: series of tokens exactly as captured, and values that they computed.
#pragma once

#include <string>
#include <vector>

#include "engine/export/number_source.h"
#include "ui/models/selection.h"
#include "ui/models/series_source.h"
#include "ui/models/values.h"
#include "ui/views/base/view_context.h"

namespace ms {

/// Tokens [first, end), with their texts as they are now.
[[nodiscard]] NumberAxis tokenAxis(const TokenLog& tokens, TokenRange range);
/// Places 0 … size − 1, or those of `numbers`.
[[nodiscard]] NumberAxis plainAxis(const std::string& name, std::int64_t size);
[[nodiscard]] NumberAxis plainAxis(const std::string& name, std::vector<std::int64_t> numbers);

/// "layer.3.h".
[[nodiscard]] std::string layerPath(LayerIndex layer, const std::string& what);

/// The series that a heatmap draws, bit for bit as captured, under the paths of their probe points; the baseline's too
/// where it is shown or subtracted ("baseline.layer.3.dt"). What is derived of them (the change from the token before,
/// posteriors) stands beside them.
void addSeries(NumberSource& numbers, const SeriesSource& source, const ViewContext& context, const ModelDims& dims, TokenRange range);
/// Some rows of a source, as [token, `rowName`] under `name`.
void addRows(NumberSource& numbers, const std::string& name, const SeriesSource& source, const std::vector<qint64>& rows,
             const std::string& rowName, const ViewContext& context, TokenRange range);

template <class T>
void addArray(NumberSource& numbers, const std::string& name, std::vector<NumberAxis> axes, std::vector<T> values, DType type, const std::string& unit = {}) {
    NumberArray array;
    array.name = array.probe = name;
    array.unit = unit;
    array.type = type;
    array.axes = std::move(axes);
    array.read = readerOf(std::move(values));
    numbers.arrays.push_back(std::move(array));
}
inline void addFloats(NumberSource& numbers, const std::string& name, std::vector<NumberAxis> axes, std::vector<float> values, const std::string& unit = {}) {
    addArray(numbers, name, std::move(axes), std::move(values), DType::F32, unit);
}

/// The range, cut to the tokens that there are; all of them when it is empty.
[[nodiscard]] TokenRange within(TokenRange range, qint64 tokens);

}  // namespace ms
