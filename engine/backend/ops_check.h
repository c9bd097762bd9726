// What every backend demands of an op's arguments, checked once here so that both refuse the same calls.
#pragma once

#include "engine/backend/ops.h"
#include "engine/base/result.h"

namespace ms {

Result<void> checkEmbedding(const Tensor& table, const Tensor& ids, const Tensor& out);
Result<void> checkRmsNorm(const Tensor& x, const Tensor& weight, const Tensor& out);
Result<void> check(const MatmulArgs& args);
Result<void> check(const CausalConv1dArgs& args);
Result<void> check(const SelectiveScanArgs& args);
Result<void> checkCopy(const Tensor& src, const Tensor& dst);
Result<void> checkReduceRows(const Tensor& x, const RowReduction& reduction, const Tensor& out);
Result<void> check(const WindowVariationArgs& args);
Result<void> check(const RetentionArgs& args);
Result<void> check(const WriteStrengthArgs& args);
Result<void> check(const ScaleClampArgs& args);
Result<void> check(const LayerNormArgs& args);
Result<void> check(const GateArgs& args);
Result<void> check(const RotaryArgs& args);
Result<void> check(const AttentionArgs& args);
Result<void> check(const TopExpertsArgs& args);
Result<void> check(const ExpertMatmulArgs& args);
Result<void> check(const MixExpertsArgs& args);
Result<void> check(const GatedRmsNormArgs& args);
Result<void> check(const SsdScanArgs& args);
Result<void> check(const ComplexScanArgs& args);
Result<void> check(const TrapezoidScanArgs& args);
Result<void> check(const TrapezoidStepsArgs& args);
Result<void> check(const RotateStatesArgs& args);
Result<void> check(const RecurrentCellArgs& args);
Result<void> check(const S4ScanArgs& args);
Result<void> check(const FftConvolveArgs& args);
Result<void> check(const GluArgs& args);

}  // namespace ms
