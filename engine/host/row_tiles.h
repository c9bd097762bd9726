// How ops whose rows know nothing of each other are cut into tiles.
#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/host/host_program.h"

namespace ms::host {

/// Rows of one tile, about 16 Ki elements: `body(row)` for every row.
template <class Body>
void cutRows(HostOp& op, std::size_t rows, std::size_t cols, Body body) {
    const std::size_t perTile = std::max<std::size_t>(1, (16u << 10) / std::max<std::size_t>(1, cols));
    op.tiles = (rows + perTile - 1) / perTile;
    op.run = [rows, perTile, body](std::size_t tile, float*) {
        const std::size_t last = std::min(rows, (tile + 1) * perTile);
        for (std::size_t row = tile * perTile; row < last; ++row) body(row);
    };
}

}  // namespace ms::host
