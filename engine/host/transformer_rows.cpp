// Transformer ops whose rows know nothing of each other: layerNorm, gate, rotary.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "engine/host/attention_op.h"
#include "engine/host/host_ops.h"
#include "engine/host/row_tiles.h"
#include "engine/host/simd/kernels.h"

namespace ms::host {

namespace {

Activation activationOf(GateArgs::Activation activation) {
    switch (activation) {
        case GateArgs::Activation::Silu: return Activation::Silu;
        case GateArgs::Activation::Gelu: return Activation::Gelu;
        case GateArgs::Activation::GeluTanh: return Activation::GeluTanh;
    }
    return Activation::None;
}

}  // namespace

Result<HostOp> makeLayerNorm(const LayerNormArgs& args) {
    Arguments arguments("layerNorm");
    const View x = arguments.read(args.x, "x"), weight = arguments.read(args.weight, "weight");
    const View bias = arguments.read(args.bias, "bias"), out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, x.rows, x.cols, [x, weight, bias, out, eps = args.eps](std::size_t t) {
        layerNormRow(x.at<const float>(t), weight.data, bias.data, x.cols, eps, out.at<float>(t));
    });
    return op;
}

Result<HostOp> makeGate(const GateArgs& args) {
    Arguments arguments("gate");
    const View a = arguments.read(args.a, "a"), b = arguments.read(args.b, "b"), out = arguments.write(args.out, "out");
    MS_TRY(HostOp op, arguments.finish());
    cutRows(op, a.rows, a.cols, [a, b, out, activation = activationOf(args.activation)](std::size_t t) {
        gateRow(a.at<const float>(t), b.at<const float>(t), activation, a.cols, out.at<float>(t));
    });
    return op;
}

Result<HostOp> makeRotary(const RotaryArgs& args) {
    Arguments arguments("rotary");
    const View x = arguments.update(args.x, "x"), frequency = arguments.read(args.frequency, "frequency");
    const View position = arguments.read(args.position, "position");
    MS_TRY(HostOp op, arguments.finish());
    const auto step = static_cast<std::size_t>(headStepOf(args.headStep, args.headDim));
    const std::size_t pairs = frequency.cols, heads = (x.cols - static_cast<std::size_t>(args.headDim)) / step + 1;
    const bool interleaved = args.pairs == RotaryArgs::Pairs::Interleaved;
    op.scratchFloats = 2 * pairs;
    op.tiles = x.rows;
    op.run = [=, amplitude = args.amplitude](std::size_t t, float* turn) {
        std::int32_t start = 0;
        std::memcpy(&start, position.data, sizeof start);
        const double now = static_cast<double>(start) + static_cast<double>(t);
        for (std::size_t i = 0; i < pairs; ++i) {
            float f = 0;  // weights may lie at any address
            std::memcpy(&f, frequency.bytes(0, i), sizeof f);
            // A whole number of turns is taken off in double: late positions are as exact as early ones.
            const double angle = std::remainder(now * f, 2 * std::numbers::pi);
            turn[2 * i] = amplitude * std::cos(static_cast<float>(angle));
            turn[2 * i + 1] = amplitude * std::sin(static_cast<float>(angle));
        }
        for (std::size_t h = 0; h < heads; ++h) {
            float* head = x.at<float>(t, h * step);
            for (std::size_t i = 0; i < pairs; ++i) {
                float& a = head[interleaved ? 2 * i : i];
                float& b = head[interleaved ? 2 * i + 1 : i + pairs];
                const float c = turn[2 * i], s = turn[2 * i + 1], turned = a * c - b * s;
                b = b * c + a * s;
                a = turned;
            }
        }
    };
    return op;
}

}  // namespace ms::host
