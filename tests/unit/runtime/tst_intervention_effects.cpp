// Each intervention does what it says, to the bit where nothing else may change.
#include <unistd.h>

#include <algorithm>

#include "engine/formats/safetensors_writer.h"
#include "tests/unit/runtime/intervention_fixture.h"

namespace ms {
namespace {

using InterventionEffects = InterventionTest;

TEST_P(InterventionEffects, FrozenChannelsKeepTheirState) {
    const std::size_t d_state = 16, frozen[] = {0, 3, 77, 127};
    for (const std::int64_t way : kWays) {
        auto s = session();
        read(*s, ids(12));
        const Floats before = stateOf(*s->snapshot(), 1);
        List list{simple(Kind::FreezeChannels, {LayerIndex(1)})};
        for (const std::size_t c : frozen) list[0].channels.emplace_back(static_cast<std::int64_t>(c));
        ASSERT_TRUE(s->setInterventions(list));
        readAs(*s, ids(23), way);
        const Floats after = stateOf(*s->snapshot(), 1);
        for (std::size_t c = 0; c < 128; ++c) {
            const bool same = std::memcmp(&before[c * d_state], &after[c * d_state], d_state * sizeof(float)) == 0;
            EXPECT_EQ(same, std::find(std::begin(frozen), std::end(frozen), c) != std::end(frozen))
                << "channel " << c << ", way " << way;
        }
    }
}

TEST_P(InterventionEffects, AnAblatedLayerAddsNothing) {
    for (const char* folder : {"mamba-tiny", "mamba-odd-bf16"}) {  // the second has a bias behind out_proj
        const auto m = model(folder);
        for (const std::int64_t way : kWays) {
            const auto pre = whole(ProbePoint::ResidPre), post = whole(ProbePoint::ResidPost);
            const Outcome ablated = run(m, {simple(Kind::AblateLayer, {LayerIndex(1)})}, way, {pre, post});
            const Outcome plain = run(m, {}, way, {pre, post});
            EXPECT_EQ(ablated.series(ProbePoint::ResidPost, 1), ablated.series(ProbePoint::ResidPre, 1))
                << folder << ", way " << way;
            EXPECT_NE(ablated.series(ProbePoint::ResidPost, 0), ablated.series(ProbePoint::ResidPre, 0));
            EXPECT_EQ(ablated.series(ProbePoint::ResidPost, 0), plain.series(ProbePoint::ResidPost, 0));
            EXPECT_EQ(stateOf(ablated.state, 1), stateOf(plain.state, 1))
                << "its own state still advances, way " << way;
            EXPECT_NE(ablated.logits, plain.logits);
        }
    }
}

TEST_P(InterventionEffects, ZeroedChannelsAreZeroColumnsOfOutProj) {
    const std::size_t zeroed[] = {0, 5, 64, 127};
    const std::filesystem::path source = std::filesystem::path(MS_TEST_DATA) / "mamba-tiny";
    const auto folder = std::filesystem::temp_directory_path() / ("mambascope-zeroed-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(source / "config.json", folder / "config.json",
                               std::filesystem::copy_options::overwrite_existing);
    const TensorInfo* outProj = m_model->checkpoint().find("backbone.layers.1.mixer.out_proj.weight");
    ASSERT_NE(outProj, nullptr);
    ASSERT_EQ(outProj->shape, (Shape{64, 128}));
    std::vector<std::byte> weights(outProj->bytes.begin(), outProj->bytes.end());
    for (std::size_t row = 0; row < 64; ++row)
        for (const std::size_t c : zeroed) std::memset(&weights[(row * 128 + c) * sizeof(float)], 0, sizeof(float));
    std::vector<TensorToWrite> tensors;
    for (const TensorInfo& t : m_model->checkpoint().tensors())
        tensors.push_back(
            {t.name, t.dtype, t.shape, t.name == outProj->name ? std::span<const std::byte>(weights) : t.bytes});
    ASSERT_TRUE(writeSafetensors(folder / "model.safetensors", tensors));

    const auto model = Model::load(folder, m_backend);
    ASSERT_TRUE(model) << model.error().message;
    List list{simple(Kind::ZeroChannels, {LayerIndex(1)})};
    for (const std::size_t c : zeroed) list[0].channels.emplace_back(static_cast<std::int64_t>(c));
    for (const std::int64_t way : kWays)
        expectSameBits(run(list, way), run(*model, {}, way), "way " + std::to_string(way));
    std::filesystem::remove_all(folder);
}

TEST_P(InterventionEffects, ClampedStepSizesStayWithinBounds) {
    for (const std::int64_t way : kWays) {
        const Outcome clamped =
            run({limit(0.01f, 0.04f, {LayerIndex(0), LayerIndex(2)})}, way, {whole(ProbePoint::Dt)});
        for (const std::int64_t layer : {0, 1, 2}) {
            const Floats& dt = clamped.series(ProbePoint::Dt, layer);
            const auto [least, most] = std::minmax_element(dt.begin(), dt.end());
            EXPECT_EQ(*least >= 0.01f && *most <= 0.04f, layer != 1)
                << "layer " << layer << ": " << *least << " to " << *most;
        }
    }
}

/// The layer's scan once more in double, from what was captured.
TEST_P(InterventionEffects, TheScanUsesTheChangedStepSizes) {
    for (const char* folder : {"mamba-tiny", "mamba-odd-bf16"}) {
        const auto m = model(folder);
        const LayerIndex layer(1);
        const auto d_inner = static_cast<std::size_t>(m->dims().d_inner),
                   d_state = static_cast<std::size_t>(m->dims().d_state);
        const std::span<const float> A = m->stateMatrix(layer), D = m->skipVector(layer);
        for (const std::int64_t way : kWays) {
            const Outcome got = run(m,
                                    {scale(2.5f), scale(0, {layer}, {ChannelIndex(2), ChannelIndex(2)}),
                                     scale(2, {layer}, {ChannelIndex(3), ChannelIndex(3)})},
                                    way,
                                    {whole(ProbePoint::Dt), whole(ProbePoint::B), whole(ProbePoint::C),
                                     whole(ProbePoint::U), whole(ProbePoint::Y), whole(ProbePoint::StateNorm)});
            const auto row = [&](ProbePoint p, std::size_t t, std::size_t width) {
                return std::span(got.series(p, 1)).subspan(t * width, width);
            };
            for (std::size_t c = 0; c < d_inner; ++c) {
                std::vector<double> h(d_state);
                for (std::size_t t = 0; t < 23; ++t) {
                    const double dt = row(ProbePoint::Dt, t, d_inner)[c], u = row(ProbePoint::U, t, d_inner)[c];
                    double y = D[c] * u, squares = 0, size = std::abs(y);
                    for (std::size_t n = 0; n < d_state; ++n) {
                        h[n] = std::exp(dt * A[c * d_state + n]) * h[n] + dt * row(ProbePoint::B, t, d_state)[n] * u;
                        const double part = row(ProbePoint::C, t, d_state)[n] * h[n];
                        y += part;
                        size += std::abs(part);
                        squares += h[n] * h[n];
                    }
                    ASSERT_NEAR(row(ProbePoint::Y, t, d_inner)[c], y, 2e-5 * size + 1e-12)
                        << folder << ", token " << t << ", channel " << c << ", way " << way;
                    ASSERT_NEAR(row(ProbePoint::StateNorm, t, d_inner)[c], std::sqrt(squares),
                                2e-5 * std::sqrt(squares) + 1e-12)
                        << folder << ", token " << t << ", channel " << c << ", way " << way;
                }
            }
            const Outcome plain = run(m, kNeutral, way, {whole(ProbePoint::Dt)});
            const Floats &before = plain.series(ProbePoint::Dt, 0), &after = got.series(ProbePoint::Dt, 0);
            for (std::size_t i = 0; i < before.size(); ++i)
                ASSERT_EQ(after[i], before[i] * 2.5f) << folder << ", way " << way;
            // A channel that is named twice is scaled once.
            EXPECT_EQ(row(ProbePoint::Dt, 0, d_inner)[2], 0.0f);
            const Outcome once =
                run(m, {scale(2.5f), scale(0, {layer}, {ChannelIndex(2)}), scale(2, {layer}, {ChannelIndex(3)})}, way);
            expectSameBits(once, got, std::string(folder) + ", way " + std::to_string(way));
        }
    }
}

TEST_P(InterventionEffects, LayersTakeTheStateOfASnapshot) {
    auto s = session(), other = session();
    read(*s, ids(12));
    read(*other, std::vector<TokenId>{5, 6, 7, 8, 9, 10, 11});
    const StateSnapshot mine = *s->snapshot(), theirs = *other->snapshot();
    const std::vector<LayerIndex> layers{LayerIndex(0), LayerIndex(2)};
    ASSERT_TRUE(s->restoreLayers(theirs, layers));
    EXPECT_EQ(s->position(), TokenPos(12));
    const StateSnapshot mixed = *s->snapshot();
    ASSERT_EQ(mixed.tensors.size(), 6u);
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_EQ(mixed.tensors[i], i / 2 == 1 ? mine.tensors[i] : theirs.tensors[i]) << "tensor " << i;

    ASSERT_TRUE(s->restoreLayers(mine, {}));
    const std::vector<LayerIndex> wrong{LayerIndex(1), LayerIndex(3)};
    const auto refused = s->restoreLayers(theirs, wrong);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("3"), std::string::npos) << refused.error().message;
    StateSnapshot foreign = theirs;
    foreign.fingerprint = "another";
    EXPECT_FALSE(s->restoreLayers(foreign, layers));
    EXPECT_EQ(s->snapshot()->tensors, mixed.tensors) << "nothing is written when refused";
}

INSTANTIATE_TEST_SUITE_P(Devices, InterventionEffects, testing::Values("host", "llvmpipe", "gpuKernels"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace ms
