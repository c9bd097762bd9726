// Records ops: checks arguments, resolves tensors to memory, cuts the work into tiles.
#pragma once

#include <optional>
#include <vector>

#include "engine/backend/ops.h"
#include "engine/base/result.h"
#include "engine/host/host_buffer.h"
#include "engine/host/host_program.h"

namespace ms::host {

/// Resolves the arguments of one op and notes what they touch. After a failure every further view is empty.
class Arguments {
public:
    explicit Arguments(const char* op) : m_name(op) {}
    View read(const Tensor& tensor, const char* what) { return add(tensor, what, true, false); }
    View write(const Tensor& tensor, const char* what) { return add(tensor, what, false, true); }
    View update(const Tensor& tensor, const char* what) { return add(tensor, what, true, true); }

    /// The op without its work, or the first failure.
    Result<HostOp> finish();

private:
    View add(const Tensor& tensor, const char* what, bool reads, bool writes);

    const char* m_name;
    HostOp m_op;
    std::optional<Error> m_error;
};

// One maker per op; arguments have passed ops_check.
Result<HostOp> makeMatmul(const MatmulArgs& args);
Result<HostOp> makeCausalConv1d(const CausalConv1dArgs& args);
Result<HostOp> makeSelectiveScan(const SelectiveScanArgs& args);
Result<HostOp> makeEmbedding(const Tensor& table, const Tensor& ids, const Tensor& out);
Result<HostOp> makeRmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out);
Result<HostOp> makeCopy(const Tensor& src, const Tensor& dst);
Result<HostOp> makeReduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out);
Result<HostOp> makeWindowVariation(const WindowVariationArgs& args);
Result<HostOp> makeRetention(const RetentionArgs& args);
Result<HostOp> makeWriteStrength(const WriteStrengthArgs& args);
Result<HostOp> makeScaleClamp(const ScaleClampArgs& args);
Result<HostOp> makeGatedRmsNorm(const GatedRmsNormArgs& args);
Result<HostOp> makeSsdScan(const SsdScanArgs& args);
Result<HostOp> makeComplexScan(const ComplexScanArgs& args);
Result<HostOp> makeTrapezoidScan(const TrapezoidScanArgs& args);
Result<HostOp> makeTrapezoidSteps(const TrapezoidStepsArgs& args);
Result<HostOp> makeRotateStates(const RotateStatesArgs& args);
Result<HostOp> makeRecurrentCell(const RecurrentCellArgs& args);
/// One tile walks through all rows; else calls hold one row each.
bool cellFitsOneTile(const RecurrentCellArgs& args);
Result<HostOp> makeS4Scan(const S4ScanArgs& args);
Result<HostOp> makeFftConvolve(const FftConvolveArgs& args);
Result<HostOp> makeGlu(const GluArgs& args);

class HostOps final : public Ops {
public:
    void embedding(const Tensor& table, const Tensor& ids, const Tensor& out) override;
    void rmsNorm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) override;
    void matmul(const MatmulArgs& args) override;
    void causalConv1d(const CausalConv1dArgs& args) override;
    void selectiveScan(const SelectiveScanArgs& args) override;
    void copy(const Tensor& src, const Tensor& dst) override;
    void reduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out) override;
    void windowVariation(const WindowVariationArgs& args) override;
    void retention(const RetentionArgs& args) override;
    void writeStrength(const WriteStrengthArgs& args) override;
    void scaleClamp(const ScaleClampArgs& args) override;
    void layerNorm(const LayerNormArgs& args) override;
    void gate(const GateArgs& args) override;
    void rotary(const RotaryArgs& args) override;
    void attention(const AttentionArgs& args) override;
    void topExperts(const TopExpertsArgs& args) override;
    void expertMatmul(const ExpertMatmulArgs& args) override;
    void mixExperts(const MixExpertsArgs& args) override;
    void gatedRmsNorm(const GatedRmsNormArgs& args) override;
    void ssdScan(const SsdScanArgs& args) override;
    void complexScan(const ComplexScanArgs& args) override;
    void trapezoidScan(const TrapezoidScanArgs& args) override;
    void trapezoidSteps(const TrapezoidStepsArgs& args) override;
    void rotateStates(const RotateStatesArgs& args) override;
    void recurrentCell(const RecurrentCellArgs& args) override;
    void s4Scan(const S4ScanArgs& args) override;
    void fftConvolve(const FftConvolveArgs& args) override;
    void glu(const GluArgs& args) override;

    /// Everything recorded, or the first failure.
    Result<std::vector<HostOp>> take();

private:
    template <class Make>
    void record(Result<void> checked, Make make);

    std::vector<HostOp> m_ops;
    std::optional<Error> m_error;
};

}  // namespace ms::host
