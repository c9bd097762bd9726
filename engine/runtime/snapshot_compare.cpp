#include "engine/runtime/snapshot_compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/probe/state_layout.h"

namespace ms {

namespace {

double valueAt(const std::vector<std::byte>& bytes, std::size_t i) {
    float value = 0;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    return value;
}

LayerDistance compareLayer(const StateSlot& slot, const std::vector<std::byte>& a, const std::vector<std::byte>& b,
                           std::size_t topChannels) {
    const auto channels = static_cast<std::size_t>(slot.shape[0]), d_state = static_cast<std::size_t>(slot.shape[1]);
    double squares = 0, aa = 0, bb = 0, ab = 0;
    std::vector<std::pair<ChannelIndex, double>> byChannel;
    for (std::size_t c = 0; c < channels; ++c) {
        double ofChannel = 0;
        for (std::size_t i = c * d_state; i < (c + 1) * d_state; ++i) {
            const double x = valueAt(a, i), y = valueAt(b, i);
            ofChannel += (y - x) * (y - x);
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }
        squares += ofChannel;
        byChannel.emplace_back(ChannelIndex(static_cast<std::int64_t>(c)), std::sqrt(ofChannel));
    }
    LayerDistance result;
    result.layer = slot.layer;
    result.distance = std::sqrt(squares);
    result.relative = aa > 0 ? std::sqrt(squares / aa) : squares > 0 ? std::numeric_limits<double>::infinity() : 0;
    const double norms = std::sqrt(aa) * std::sqrt(bb);
    result.cosine = norms > 0 ? std::clamp(ab / norms, -1.0, 1.0) : aa == bb ? 1 : 0;

    const auto kept = static_cast<std::ptrdiff_t>(std::min(topChannels, channels));
    // NaN counts as the largest: a sick channel must be seen.
    const auto rank = [](double d) { return std::isnan(d) ? std::numeric_limits<double>::infinity() : d; };
    std::partial_sort(byChannel.begin(), byChannel.begin() + kept, byChannel.end(), [&](const auto& x, const auto& y) {
        const double p = rank(x.second), q = rank(y.second);
        return p != q ? p > q : x.first < y.first;
    });
    byChannel.resize(static_cast<std::size_t>(kept));
    result.topChannels = std::move(byChannel);
    return result;
}

}  // namespace

Result<std::vector<LayerDistance>> compareSnapshots(const StateSnapshot& a, const StateSnapshot& b,
                                                    const ModelDims& dims, int topChannels) {
    if (topChannels < 0) return Error{ErrorCode::InvalidArgument, "the number of channels to list must be 0 or larger"};
    if (a.fingerprint != b.fingerprint)
        return Error{ErrorCode::InvalidArgument,
                     "the two snapshots belong to different models; compare snapshots of the same model"};
    const std::vector<StateSlot> slots = stateLayout(dims);
    const auto fits = [&](const StateSnapshot& s) {
        return std::equal(slots.begin(), slots.end(), s.tensors.begin(), s.tensors.end(),
                          [&](const StateSlot& slot, const auto& bytes) { return slot.bytes(s.position.value) == bytes.size(); });
    };
    if (!fits(a) || !fits(b))
        return Error{ErrorCode::InvalidArgument,
                     "a snapshot's tensors are not of the size of this model's state; take "
                     "the snapshots from the model they are compared for"};
    std::vector<LayerDistance> layers;
    for (std::size_t i = 0; i < slots.size(); ++i)
        if (slots[i].part == StatePart::State)
            layers.push_back(compareLayer(slots[i], a.tensors[i], b.tensors[i], static_cast<std::size_t>(topChannels)));
    return layers;
}

}  // namespace ms
