// Session files: what was written is read to the bit; damage anywhere loses its part and says so; nothing crashes.
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/formats/npy.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/session.h"
#include "engine/session/session_archive.h"
#include "engine/session/session_names.h"
#include "engine/session/session_writer.h"
#include "tests/unit/formats/format_support.h"

using namespace ms;
using namespace ms::test;

namespace {

constexpr std::int64_t kTokens = 40;

/// Files cannot grow beyond `bytes` meanwhile: what a full disk is to a program.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) : m_handler(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    void (*m_handler)(int);
    rlimit m_before{};
};

CaptureRequest request(ProbePoint point, Reduction reduction, std::int64_t stride = 1) { return {point, {}, reduction, stride, 0, 0, 1}; }

/// A short session of the tiny model, with everything that a file can hold.
class SessionFile : public ::testing::Test {
protected:
    static void SetUpTestSuite() { s_model = *Model::load(std::string(MS_TEST_DATA) + "/mamba-tiny", *openDevice("host")); }
    static void TearDownTestSuite() { s_model.reset(); }

    void SetUp() override {
        auto session = *Session::create(s_model);
        const std::vector<CaptureRequest> requests{request(ProbePoint::Dt, Reduction::MeanChannels), request(ProbePoint::Dt, Reduction::None),
                                                   request(ProbePoint::StateNorm, Reduction::MaxChannels, 4)};
        const CapturePlan plan = *CapturePlan::create(requests, s_model->dims());
        ASSERT_TRUE(session->setCapture(plan, [this](const CaptureFrame& f) { m_store->append(f); }));
        for (std::int64_t i = 0; i < kTokens; ++i) m_ids.push_back(static_cast<TokenId>(1 + (i * 7) % 50));
        const auto state = [&](const std::string& name) {
            auto logits = std::make_shared<std::vector<float>>(m_logits);
            m_content.states.push_back({name, std::make_shared<StateSnapshot>(*session->snapshot()), logits,
                                        {m_ids.begin(), m_ids.begin() + session->position().value}});
        };
        for (const auto& [from, to] : {std::pair(0, 16), std::pair(16, 40)}) {
            const auto logits = session->prefill(std::span(m_ids).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
            ASSERT_TRUE(logits);
            m_logits.assign(logits->begin(), logits->end());
            state(to == 16 ? "sixteen" : "end");
        }
        describe(plan, session->chunks());
        m_path = m_folder.path() / "sitzung-é.mscope";
        m_content.captures = m_store;
    }

    void describe(const CapturePlan& plan, const ChunkLog& chunks) {
        SessionDocument& d = m_content.document;
        d.program = "MambaScope test";
        d.saved = "2026-01-02T03:04:05Z";
        d.model = {"/models/tiny", "tiny", "Mamba-1", "host", s_model->info().fingerprint, std::string(64, 'a'), 12345, -7};
        d.interventions = {{Intervention::Kind::ScaleDt, {LayerIndex(1)}, {ChannelIndex(2)}, 0.3f},
                           {Intervention::Kind::ClampDt, {}, {}, 1, 0.125f}};
        d.states = 2;
        d.anchors = {{0, {LayerIndex(0)}, true}};
        d.run = {chunks.runs(), {0}, {0}, 1, {}};
        for (const CaptureEntry& entry : plan.entries()) d.run.captures.push_back({entry, 33});
        d.text.prompt = "ein „Prompt“\n";
        d.text.writing = {{0.7f, 3, 0.9f, 0xfedcba9876543210u}, 0xffffffffffffffffu, 17, -1, true, false};
        d.rows = {{0, kTokens}};
        d.snapshots = {{"branch ü", {{0, 16}, {40, 44}}, 0, {0}, std::vector<Intervention>{}}};
        d.window = R"({"selection":{"token":3}})";
        SessionTokens& t = m_content.tokens;
        t.ids = m_ids;
        for (int i = 0; i < 4; ++i) t.ids.push_back(5);
        t.fromPrompt.assign(t.ids.size(), 1);
        t.fromPrompt[20] = 0;
        for (std::size_t i = 0; i < t.ids.size(); ++i) {
            t.expected.surprisal.push_back(i == 0 ? std::numeric_limits<float>::quiet_NaN() : 0.1f * static_cast<float>(i));
            for (int k = 0; k < SessionTokens::kAlternatives; ++k) {
                t.expected.ids.push_back(k < 3 ? k : -1);
                t.expected.probabilities.push_back(1.0f / static_cast<float>(k + 2));
            }
        }
    }

    [[nodiscard]] SessionArchive reopen() const {
        auto archive = SessionArchive::open(m_path);
        EXPECT_TRUE(archive.ok()) << archive.error().message;
        return std::move(*archive);
    }
    void write() const {
        const auto written = writeSession(m_path, m_content);
        ASSERT_TRUE(written.ok()) << written.error().message;
    }
    [[nodiscard]] static bool mentions(const SessionArchive& archive, const std::string& word) {
        return std::any_of(archive.lost().begin(), archive.lost().end(), [&](const std::string& s) { return s.find(word) != s.npos; });
    }

    static inline std::shared_ptr<const Model> s_model;
    TempFolder m_folder;
    std::filesystem::path m_path;
    std::vector<TokenId> m_ids;
    std::vector<float> m_logits;
    std::shared_ptr<CaptureStore> m_store = std::make_shared<CaptureStore>();
    SessionContent m_content;
};

template <class T>
std::vector<std::uint32_t> bits(const std::vector<T>& values) {
    std::vector<std::uint32_t> out(values.size());
    std::memcpy(out.data(), values.data(), values.size() * sizeof(T));
    return out;
}

}  // namespace

TEST_F(SessionFile, comesBackToTheBit) {
    write();
    const SessionArchive archive = reopen();
    EXPECT_TRUE(archive.lost().empty());
    const SessionDocument &d = archive.document(), &w = m_content.document;
    EXPECT_EQ(toJson(d), toJson(w));
    EXPECT_EQ(d.model, w.model);
    EXPECT_EQ(d.interventions, w.interventions);
    EXPECT_EQ(d.anchors, w.anchors);
    EXPECT_EQ(d.text.writing, w.text.writing);
    EXPECT_EQ(d.rows, w.rows);
    EXPECT_EQ(d.run.chunks, w.run.chunks);
    EXPECT_EQ(d.snapshots[0].name, "branch ü");
    EXPECT_EQ(d.snapshots[0].interventions, std::vector<Intervention>{});
    const SessionTokens &t = archive.tokens(), &u = m_content.tokens;
    EXPECT_EQ(t.ids, u.ids);
    EXPECT_EQ(t.fromPrompt, u.fromPrompt);
    EXPECT_EQ(bits(t.expected.surprisal), bits(u.expected.surprisal));
    EXPECT_EQ(t.expected.ids, u.expected.ids);
    EXPECT_EQ(t.expected.probabilities, u.expected.probabilities);
    EXPECT_TRUE(t.baseline.ids.empty());
    for (std::int64_t i = 0; i < 2; ++i) {
        const auto state = archive.state(i, *s_model);
        ASSERT_TRUE(state.ok()) << state.error().message;
        const auto& written = m_content.states[static_cast<std::size_t>(i)];
        EXPECT_EQ(state->state.tensors, written.state->tensors);
        EXPECT_EQ(state->logits, *written.logits);
        EXPECT_EQ(state->ids, written.ids);
    }
    for (const auto& capture : d.run.captures) {
        const auto rows = archive.captured(kCapturesOfRun, capture.entry);
        ASSERT_TRUE(rows.ok()) << rows.error().message;
        std::vector<float> values(rows->size() / sizeof(float)), expected(values.size());
        std::memcpy(values.data(), rows->data(), rows->size());
        const auto count = static_cast<std::int64_t>(values.size()) / capture.entry.width;
        EXPECT_EQ(count, (kTokens + capture.entry.stride - 1) / capture.entry.stride);
        EXPECT_EQ(m_store->read(capture.entry.key, TokenPos(0), count, 0, capture.entry.width, expected), count);
        EXPECT_EQ(bits(values), bits(expected)) << capture.entry.key.path();
        EXPECT_EQ(capture.complete, 33);
    }
}

TEST_F(SessionFile, theRecordedModelComesBack) {
    RecordedModel model{"Hugging Face", "safetensors", s_model->dims(), 1e-5f, true, true, 1234, 50, 4936, {{0, "a"}, {5, "ü „x“"}}};
    m_content.document.recorded = model;
    write();
    const SessionArchive archive = reopen();
    EXPECT_TRUE(archive.lost().empty());
    ASSERT_TRUE(archive.document().recorded);
    const RecordedModel& back = *archive.document().recorded;
    EXPECT_EQ(back.layout, model.layout);
    EXPECT_EQ(back.format, model.format);
    EXPECT_EQ(back.normEps, model.normEps);
    EXPECT_TRUE(back.tiedHead && back.hasTokenizer);
    EXPECT_EQ(back.parameters, 1234);
    EXPECT_EQ(back.tokens, 50);
    EXPECT_EQ(back.weightBytes, 4936u);
    EXPECT_EQ(back.texts, model.texts);
    EXPECT_EQ(back.dims.d_model, model.dims.d_model);
    EXPECT_EQ(back.dims.vocab, model.dims.vocab);
    EXPECT_EQ(back.dims.input, model.dims.input);
    ASSERT_EQ(back.dims.n_layer, model.dims.n_layer);
    for (LayerIndex k(0); k.value < model.dims.n_layer; ++k) EXPECT_EQ(back.dims.layer(k), model.dims.layer(k));
    for (const auto& capture : archive.document().run.captures) EXPECT_TRUE(isSeriesOf(capture.entry, back.dims)) << capture.entry.key.path();
}

/// Every kind of layer, and no capture that would have to suit.
TEST_F(SessionFile, layersOfEveryKindComeBack) {
    std::vector<LayerDims> layers;
    for (int kind = 0; kind <= static_cast<int>(LayerKind::S4); ++kind)
        layers.push_back({static_cast<LayerKind>(kind), static_cast<FeedForward>(kind % 4), 8, 4, 4, 2, 2, 4, 1, 1, 1, 16, 3, 2});
    RecordedModel model;
    model.dims.setLayers(layers);
    model.dims.d_model = 4;
    model.dims.vocab = 9;
    model.dims.input = {InputDims::Kind::Features, 80, 4, 3, 2};
    SessionDocument document = m_content.document;
    document.run.captures.clear();
    document.recorded = model;
    const auto back = sessionFromJson(toJson(document), "s");
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back->recorded->dims.layers, layers);
    EXPECT_EQ(back->recorded->dims.input, model.dims.input);
}

TEST_F(SessionFile, damagedSizesAreRefusedInOneLine) {
    m_content.document.recorded = RecordedModel{{}, {}, s_model->dims(), 1e-5f, true, true, 1, 50, 1, {{1, "a"}, {3, "b"}}};
    const auto good = nlohmann::json::parse(toJson(m_content.document));
    const auto refuses = [&](const char* pointer, const nlohmann::json& value, const std::string& named) {
        auto bad = good;
        bad[nlohmann::json::json_pointer(pointer)] = value;
        const auto read = sessionFromJson(bad.dump(), "s.mscope");
        ASSERT_FALSE(read.ok()) << pointer;
        EXPECT_EQ(read.error().code, ErrorCode::Format);
        EXPECT_NE(read.error().message.find(named), std::string::npos) << read.error().message;
        EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
    };
    refuses("/recorded_model", 7, "recorded_model");
    refuses("/recorded_model/d_model", nullptr, "recorded_model.d_model");
    refuses("/recorded_model/d_model", -1, "recorded_model.d_model");
    refuses("/recorded_model/vocab", 1e300, "recorded_model.vocab");
    refuses("/recorded_model/vocab", std::int64_t{1} << 40, "recorded_model.vocab");
    refuses("/recorded_model/vocab", 2, "recorded_model.tokens");
    refuses("/recorded_model/layers", nlohmann::json::array(), "recorded_model.layers");
    refuses("/recorded_model/layers", nlohmann::json(std::vector<nlohmann::json>(5000, good["recorded_model"]["layers"][0])), "recorded_model.layers");
    refuses("/recorded_model/layers/1/kind", "mamba9", "recorded_model.layers[1].kind");
    refuses("/recorded_model/layers/1/d_inner", 1 << 21, "recorded_model.layers[1].d_inner");
    refuses("/recorded_model/layers/1/d_inner", 0, "recorded_model.layers[1].d_inner");
    refuses("/recorded_model/layers/1", {{"kind", "mamba1"}, {"d_inner", 1 << 20}, {"d_state", 1 << 20}}, "recorded_model.layers[1].d_state");
    refuses("/recorded_model/input/step", 0, "recorded_model.input.step");
    refuses("/recorded_model/texts/1/0", 1, "recorded_model.texts");
    refuses("/recorded_model/texts/1/0", "x", "texts[1]");
    refuses("/recorded_model/texts/1", "x", "recorded_model.texts");
    // Sizes that a model may have, but not the one whose values were captured.
    refuses("/recorded_model/layers/1/d_inner", s_model->dims().d_inner + 1, "run.captures[");
}

TEST_F(SessionFile, soundComesBackToTheBit) {
    SessionDocument& d = m_content.document;
    d.kind = SessionDocument::Kind::Speech;
    auto track = *SoundTrack::create(16000);
    std::mt19937 random(5);
    std::uniform_real_distribution<float> level(-1.1f, 1.1f);
    std::vector<float> samples(40000);
    for (float& s : samples) s = level(random);
    ASSERT_TRUE(track->append(samples));
    m_content.sound = track;
    d.speech = {16000, track->samples(), 60, 0.04, 0.085, true, "", {{"wörd", 3, 9, 0.12, 0.36, 0.5f, 0, true}}, {}};
    write();
    SessionArchive archive = reopen();
    EXPECT_EQ(archive.document().speech.words, d.speech.words);
    auto again = *SoundTrack::create(16000);
    ASSERT_TRUE(archive.readSound(*again));
    ASSERT_EQ(again->samples(), track->samples());
    std::vector<float> before(samples.size()), after(samples.size());
    track->read(0, before);
    again->read(0, after);
    EXPECT_EQ(before, after);
    EXPECT_TRUE(archive.lost().empty());
}

TEST_F(SessionFile, damageLosesItsPartAlone) {
    write();
    const std::string good = readAll(m_path);
    const auto with = [&](const std::string& content, auto check) {
        m_folder.write("bad.mscope", content);
        auto archive = SessionArchive::open(m_folder.path() / "bad.mscope");
        ASSERT_TRUE(archive.ok()) << archive.error().message;
        check(*archive);
    };
    const auto flipped = [&](const std::string& member, std::size_t behind) {
        std::string bad = good;
        const std::size_t at = bad.find(member) + member.size() + behind;
        bad[at] = static_cast<char>(bad[at] ^ 0x40);
        return bad;
    };
    with(flipped("session.json", 300), [&](const SessionArchive& a) {
        EXPECT_TRUE(mentions(a, "copy is intact"));
        EXPECT_EQ(toJson(a.document()), toJson(m_content.document));
    });
    with(flipped("tokens/ids.npy", 200), [&](const SessionArchive& a) {
        EXPECT_TRUE(mentions(a, "40 tokens could be taken from a state")) << a.lost().front();
        EXPECT_EQ(a.tokens().ids, m_ids);
        EXPECT_TRUE(mentions(a, "1 snapshot is lost"));
        EXPECT_EQ(a.tokens().expected.surprisal.size(), m_ids.size());
    });
    with(flipped("tokens/surprisal.npy", 200), [&](const SessionArchive& a) {
        EXPECT_TRUE(mentions(a, "surprisals"));
        EXPECT_TRUE(std::isnan(a.tokens().expected.surprisal[7]));
        EXPECT_EQ(a.tokens().ids, m_content.tokens.ids);
    });
    with(flipped("states/1.safetensors", 4000), [&](const SessionArchive& a) {
        EXPECT_TRUE(a.state(0, *s_model).ok());
        expectError(a.state(1, *s_model), ErrorCode::Format, {"states/1.safetensors", "damaged"});
    });
    with(flipped("captures/layer.1.dt.npy", 500), [&](const SessionArchive& a) {
        int damaged = 0;
        for (const auto& c : a.document().run.captures) damaged += a.captured(kCapturesOfRun, c.entry).ok() ? 0 : 1;
        EXPECT_EQ(damaged, 1);
    });
}

TEST_F(SessionFile, opensAsFarAsATruncatedFileGoes) {
    write();
    const std::string good = readAll(m_path);
    const std::size_t described = good.find("tokens/ids.npy") - 30;
    int opened = 0;
    for (std::size_t length = 0; length < good.size(); length += length < described + 2000 ? 37 : 1013) {
        const std::string part = good.substr(0, length);
        auto archive = SessionArchive::fromBytes(asBytes(part), "part");
        EXPECT_EQ(archive.ok(), length >= described) << length;
        if (!archive) {
            expectError(archive, ErrorCode::Format, {"part"});
            continue;
        }
        ++opened;
        EXPECT_TRUE(mentions(*archive, "incomplete or damaged"));
        EXPECT_EQ(archive->document().text.prompt, m_content.document.text.prompt);
    }
    EXPECT_GT(opened, 10);
}

TEST_F(SessionFile, anyDamagedByteIsMetWithoutACrash) {
    write();
    const std::string good = readAll(m_path);
    std::mt19937 random(11);
    int silent = 0, refused = 0;
    for (int round = 0; round < 1500; ++round) {
        std::string bad = good;
        const std::size_t at = random() % bad.size();
        bad[at] = static_cast<char>(bad[at] ^ (1 + random() % 255));
        auto archive = SessionArchive::fromBytes(asBytes(bad), "bad");
        if (!archive) {
            ++refused;
            continue;
        }
        bool said = !archive->lost().empty();
        for (std::int64_t i = 0; i < archive->document().states; ++i) said |= !archive->state(i, *s_model).ok();
        for (const auto& c : archive->document().run.captures) said |= !archive->captured(kCapturesOfRun, c.entry).ok();
        // What nobody reads may be damaged in silence: dates, versions and padding in the zip's records, not content.
        if (!said) {
            ++silent;
            EXPECT_EQ(archive->tokens().ids, m_content.tokens.ids);
            EXPECT_EQ(toJson(archive->document()), toJson(m_content.document));
        }
    }
    EXPECT_LT(refused, 20) << "two copies of the description: hardly any single byte may cost all";
    EXPECT_LT(silent, 300);
}

TEST_F(SessionFile, refusesWhatIsNoSession) {
    const auto open = [&](const std::string& content) { return SessionArchive::fromBytes(asBytes(content), "x.mscope"); };
    expectError(open("no zip at all"), ErrorCode::Format, {"x.mscope", "no session"});
    expectError(open(readAll(writeZip(m_folder.path() / "a.zip", {{"one", "1"}}))), ErrorCode::Format, {"x.mscope", "session.json"});
    const auto described = [&](const std::string& json) {
        return open(readAll(writeZip(m_folder.path() / "a.zip", {{"session.json", json}})));
    };
    expectError(described("{}"), ErrorCode::Format, {"no session"});
    expectError(described(R"({"format":"mambascope-session","version":2})"), ErrorCode::Unsupported, {"version 2", "newer"});
    nlohmann::json json = nlohmann::json::parse(toJson(m_content.document));
    const auto changed = [&](const char* pointer, const nlohmann::json& value) {
        nlohmann::json bad = json;
        bad[nlohmann::json::json_pointer(pointer)] = value;
        return described(bad.dump());
    };
    EXPECT_TRUE(changed("/program", "x").ok());
    expectError(changed("/kind", "film"), ErrorCode::Format, {"kind"});
    expectError(changed("/states", -1), ErrorCode::Format, {"states"});
    expectError(changed("/run/end", 2), ErrorCode::Format, {"run.end"});
    expectError(changed("/run/trail", {0, 7}), ErrorCode::Format, {"run.trail"});
    expectError(changed("/run/chunks", {{0, 4, 4, false}, {2, 6, 4, false}}), ErrorCode::Format, {"chunks"});
    expectError(changed("/run/captures/0/point", "nonsense"), ErrorCode::Format, {"run.captures[0].point"});
    expectError(changed("/rows", {{4, 2}}), ErrorCode::Format, {"\"rows\""});
    expectError(changed("/text/writing/top_p", 1.5), ErrorCode::Format, {"top_p"});
    expectError(changed("/interventions/0/factor", -1), ErrorCode::Format, {"interventions[0].factor"});
    EXPECT_TRUE(changed("/rows", {{0, 1'000'000'000}}).ok()) << "cut to the rows there are";
}

TEST_F(SessionFile, failedOrCancelledSavingLeavesTheOldFile) {
    write();
    const std::string before = readAll(m_path);
    SessionWriteOptions options;
    std::stop_source stop;
    options.stop = stop.get_token();
    options.progress = [&](const Progress& p) { if (p.current > p.total / 2) stop.request_stop(); };
    expectError(writeSession(m_path, m_content, options), ErrorCode::Cancelled, {m_path.string()});
    EXPECT_EQ(readAll(m_path), before);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(m_folder.path()), {}), 1) << "nothing half-written is left";
    expectError(writeSession(m_folder.path() / "none" / "a.mscope", m_content), ErrorCode::NotFound, {"none"});
    const FullDisk full(20'000);
    expectError(writeSession(m_path, m_content), ErrorCode::Io, {m_path.string()});
    EXPECT_EQ(readAll(m_path), before);
}

TEST(Npy, readsWhatNumPyWrites) {
    const auto array = [](const std::string& dictionary, const std::string& data) {
        std::string file("\x93NUMPY\x01\x00", 8);
        file += static_cast<char>(dictionary.size());
        file += '\0';
        return file + dictionary + data;
    };
    const std::string twelve(48, 'x');
    const std::string good = array("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  \n", twelve);
    const auto read = parseNpy(asBytes(good), "a");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->shape, (Shape{3, 4}));
    EXPECT_EQ(read->bytes.size(), 48u);
    EXPECT_TRUE(parseNpy(asBytes(array("{'descr': '<i4', 'fortran_order': False, 'shape': (12,), }\n", twelve)), "a").ok());
    EXPECT_TRUE(parseNpy(asBytes(array("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", std::string(8, 'x'))), "a").ok());
    expectError(parseNpy(asBytes(good.substr(0, good.size() - 1)), "a"), ErrorCode::Format, {"a: ", "do not fill"});
    expectError(parseNpy(asBytes(array("{'descr': '>f4', 'fortran_order': False, 'shape': (12,), }\n", twelve)), "a"), ErrorCode::Unsupported, {"type"});
    expectError(parseNpy(asBytes(array("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }\n", twelve)), "a"), ErrorCode::Unsupported, {"C order"});
    expectError(parseNpy(asBytes(array("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }\n", twelve)), "a"), ErrorCode::Unsupported, {"shape"});
    expectError(parseNpy(asBytes(array("{'descr': '<f4', 'fortran_order': False, 'shape': (3 4), }\n", twelve)), "a"), ErrorCode::Format, {"shape"});
    for (std::size_t n = 0; n < good.size() - 48; ++n) EXPECT_FALSE(parseNpy(asBytes(good.substr(0, n)), "a").ok()) << n;
}
