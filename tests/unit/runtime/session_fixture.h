// What tests of sessions share: devices opened once, a model, prompts, and everything a capture brought.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "engine/runtime/devices.h"
#include "engine/runtime/session.h"
#include "engine/vulkan/vulkan_backend.h"
#include "tests/support/shared_device.h"

namespace ms {

/// Rows of every captured series, one after another.
using CapturedRows = std::map<SeriesKey, std::vector<float>>;

inline CaptureSink appendTo(CapturedRows& rows) {
    return [&rows](const CaptureFrame& frame) {
        for (const CaptureFrame::Block& b : frame.blocks) {
            auto& all = rows[b.entry->key];
            all.insert(all.end(), b.values.begin(), b.values.end());
        }
    };
}

inline CaptureRequest whole(ProbePoint point, std::vector<LayerIndex> layers = {},
                            Reduction reduction = Reduction::None, std::int64_t stride = 1) {
    return {point, std::move(layers), reduction, stride, 0, 0, 1};
}

class SessionFixture : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        m_backend = sharedDevice(GetParam());
        if (!m_backend) GTEST_SKIP() << "no device " << GetParam();
        m_model = model("mamba-tiny");
    }
    void TearDown() override { EXPECT_EQ(validationMessageCount(), 0u); }

    std::shared_ptr<const Model> model(const std::filesystem::path& folder) const {
        auto loaded = Model::load(std::filesystem::path(MS_TEST_DATA) / folder, m_backend);
        EXPECT_TRUE(loaded) << loaded.error().message;
        return *loaded;
    }
    std::unique_ptr<Session> session() const { return session(m_model); }
    static std::unique_ptr<Session> session(const std::shared_ptr<const Model>& model) {
        auto made = Session::create(model);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }
    static std::vector<TokenId> ids(std::size_t count) {
        std::vector<TokenId> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<TokenId>((i * 37 + 11) % 240));
        return all;
    }
    static std::vector<float> read(Session& session, std::span<const TokenId> tokens, std::int64_t chunk = 0) {
        PrefillOptions options;
        options.chunk = chunk;
        const auto logits = session.prefill(tokens, options);
        EXPECT_TRUE(logits) << logits.error().message;
        return {logits->begin(), logits->end()};
    }
    static CapturePlan plan(std::initializer_list<CaptureRequest> requests, const ModelDims& dims) {
        auto made = CapturePlan::create(std::span(requests.begin(), requests.size()), dims);
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }

    std::shared_ptr<Backend> m_backend;
    std::shared_ptr<const Model> m_model;
};

}  // namespace ms
