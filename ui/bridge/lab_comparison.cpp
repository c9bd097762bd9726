#include "ui/bridge/lab_comparison.h"

#include <QCoreApplication>
#include <chrono>
#include <utility>

#include "engine/lab/lock_step.h"
#include "ui/bridge/summaries.h"
#include "ui/bridge/text_codec.h"

namespace ms {

namespace {

constexpr std::chrono::milliseconds kBetweenReadings{50};

QString shortName(const QString& path) { return path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty); }

QString tr(const char* text) { return QCoreApplication::translate("ms::LabComparison", text); }

Result<std::span<const LockStepPiece>> beginWith(LockStep& models, const LabInput& input) {
    if (const auto* ids = std::get_if<std::vector<qint32>>(&input)) return models.begin(std::span<const TokenId>(*ids));
    return models.begin(std::get<QString>(input).toStdString());
}

LabPieces piecesOf(std::span<const LockStepPiece> pieces, QStringList models, bool areIds) {
    LabPieces told{std::move(models), {}};
    told.pieces.reserve(pieces.size());
    for (const LockStepPiece& piece : pieces) {
        LabPiece& to = told.pieces.emplace_back();
        to.text = bytesText(piece.text);
        to.bytes = areIds ? 0 : static_cast<qint64>(piece.text.size());
        for (const TokenSpan& tokens : piece.tokens) to.tokens.push_back(tokens.count);
    }
    return told;
}

}  // namespace

LabComparison::LabComparison(QStringList models, LabInput input) : m_models(std::move(models)), m_input(std::move(input)) {}

LabComparison::~LabComparison() = default;

/// A model tries the input alone, so that those that can read it go on without one that cannot.
Result<std::shared_ptr<const Model>> LabComparison::open(const QString& path, const std::shared_ptr<Backend>& backend, const std::stop_token& stop) const {
    MS_TRY(auto model, Model::load(path.toStdString(), backend, {}, stop));
    MS_TRY(const auto alone, LockStep::create({model}));
    MS_CHECK(beginWith(*alone, m_input));
    return model;
}

Result<void> LabComparison::read(const std::shared_ptr<Backend>& backend, const Listener& listener, const std::stop_token& stop) {
    std::vector<std::shared_ptr<const Model>> models;
    QStringList names;
    for (const QString& path : m_models) {
        if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
        listener.progressed(tr("Opening %1").arg(shortName(path)));
        auto model = open(path, backend, stop);
        if (!model) {
            listener.modelFailed(path, model.error());
            continue;
        }
        models.push_back(std::move(*model));
        names.append(path);
    }
    if (models.empty()) return {};
    MS_TRY(auto lockStep, LockStep::create(std::move(models)));
    MS_TRY(const auto pieces, beginWith(*lockStep, m_input));
    m_models = std::move(names);
    m_lockStep = std::move(lockStep);
    listener.cut(piecesOf(pieces, m_models, std::holds_alternative<std::vector<qint32>>(m_input)));
    return step(listener, stop);
}

Result<void> LabComparison::step(const Listener& listener, const std::stop_token& stop) {
    LabReadings batch;
    auto lastTold = std::chrono::steady_clock::now();
    const auto tell = [&] {
        if (batch.readings.empty()) return;
        listener.read(batch);
        batch = {batch.first + static_cast<qint64>(batch.readings.size()), {}};
        lastTold = std::chrono::steady_clock::now();
    };
    for (;;) {
        auto readings = m_lockStep->step(stop);
        if (!readings || readings->empty()) {
            tell();
            if (readings) return {};
            return readings.error();
        }
        std::vector<LabReading>& told = batch.readings.emplace_back();
        for (const LockStepReading& r : *readings) told.push_back({r.surprisalBits, r.stateBytes, r.kept});
        if (std::chrono::steady_clock::now() - lastTold >= kBetweenReadings) {
            tell();
            answerPending(listener, stop);  // the cursor may be on what was read already
        }
    }
}

void LabComparison::ask(qint64 piece) {
    const std::lock_guard lock(m_mutex);
    m_question = piece;
    m_answering.request_stop();
    m_asked.notify_one();
}

void LabComparison::answer(const Listener& listener, const std::stop_token& closing) {
    if (!m_lockStep) return;
    while (!closing.stop_requested()) {
        {
            std::unique_lock lock(m_mutex);
            if (!m_asked.wait(lock, closing, [this] { return m_question.has_value(); })) return;
        }
        answerPending(listener, closing);
    }
}

/// Nothing where nothing was asked; an answer that was stopped, or that nobody waits for any more, is not told.
void LabComparison::answerPending(const Listener& listener, const std::stop_token& closing) {
    LabInfluence told;
    std::stop_source answering;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_question) return;
        told.piece = *std::exchange(m_question, std::nullopt);
        m_answering = answering;
    }
    const std::stop_callback stopToo(closing, [&answering] { answering.request_stop(); });
    for (std::size_t model = 0; model < static_cast<std::size_t>(m_models.size()); ++model) {
        auto shares = m_lockStep->influence(model, told.piece, answering.get_token());
        if (answering.stop_requested()) return;
        told.why.append(shares ? QString() : messageOf(shares.error()));
        told.shares.push_back(shares ? std::move(*shares) : std::vector<float>());
    }
    listener.influenced(told);
}

}  // namespace ms
