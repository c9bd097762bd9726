// The recording side of probes: turns a capture plan into ops of a program, and its readback memory into frames.
#pragma once

#include "engine/models/family_model.h"
#include "engine/runtime/session.h"

namespace ms {

class Session::Capture final : public ProbeTaps {
public:
    /// Allocates readback memory for `rows` tokens of the plan and the scratch that probed ops fill.
    static Result<std::unique_ptr<Capture>> create(const Model& model, CapturePlan plan, CaptureSink sink, std::int64_t rows,
                                                   TokenPos origin = TokenPos(0));

    [[nodiscard]] const CapturePlan& plan() const { return m_plan; }
    [[nodiscard]] const CaptureSink& sink() const { return m_sink; }
    /// Strides count from here.
    [[nodiscard]] TokenPos origin() const { return m_origin; }
    /// The set of captured rows of a program depends on this: a position's distance from the origin, modulo the strides'
    /// least common multiple.
    [[nodiscard]] std::int64_t phase(TokenPos position) const {
        return ((position.value - m_origin.value) % m_period + m_period) % m_period;
    }

    /// What follows is recorded for a chunk of `rows` tokens whose first position has the phase `phase`.
    void beginRecording(std::int64_t rows, std::int64_t phase);
    void offer(Ops& op, ProbePoint point, LayerIndex layer, const Tensor& value) override;
    [[nodiscard]] bool watches(ProbePoint point, LayerIndex layer) const override;
    Tensor wanted(ProbePoint point, LayerIndex layer) override;

    /// Before a chunk runs: how much of the selectivity window is filled.
    void beforeRun(TokenPos first);
    /// After a chunk ran: hands its rows to the sink.
    void afterRun(TokenPos first, std::int64_t rows);
    /// The next token begins a new window.
    void restartWindows(TokenPos position) { m_windowStart = position; }

private:
    Capture(const Model& model, CapturePlan plan, CaptureSink sink, TokenPos origin)
        : m_model(model), m_plan(std::move(plan)), m_sink(std::move(sink)), m_origin(origin) {}
    Result<void> allocate(std::int64_t rows);
    void record(Ops& op, std::size_t entryIndex, const Tensor& value);

    const Model& m_model;
    CapturePlan m_plan;
    CaptureSink m_sink;
    TokenPos m_origin;
    std::int64_t m_period = 1;
    std::vector<Tensor> m_readback;      // per entry: [rows of a chunk, width]
    std::vector<Tensor> m_onDemand;      // per point: [rows · widest] that ops fill where it is watched, layer after layer
    std::vector<Tensor> m_windows;       // per layer: its newest Δ [kSelectivityWindow, width of Δ], if selectivity is watched
    Tensor m_windowPosition;             // [1] I32, Upload
    TokenPos m_windowStart;
    std::int64_t m_rows = 0;             // of the program being recorded
    std::int64_t m_phase = 0;
};

}  // namespace ms
