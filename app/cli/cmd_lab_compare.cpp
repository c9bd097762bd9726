// `mambascope-cli lab compare`: models on one input, piece by piece.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>

#include "app/cli/command.h"
#include "engine/lab/lock_step.h"

namespace ms::cli {

namespace {

struct CompareArguments : Common {
    std::vector<std::string> models;
    std::string text, ids;
    std::int64_t influenceAt = -1;  // a piece; -1: not asked for
    bool csv = false;
};

struct ComparedPiece {
    LockStepPiece piece;
    std::vector<LockStepReading> readings;         // of each model
    std::vector<std::optional<double>> influence;  // of each model, on the piece asked for; empty where that has none
};

/// What a row of the table shows of one model.
struct ComparisonTotal {
    double bits = 0, bytes = 0;    // of the pieces that every model tells the surprisal of
    std::uint64_t stateBytes = 0;  // at the end
    [[nodiscard]] double rate() const { return bytes > 0 ? bits / bytes : std::nan(""); }
};

struct Comparison {
    std::vector<ComparedPiece> pieces;
    std::vector<ComparisonTotal> totals;       // one a model
    std::vector<std::string> whyNoInfluence;  // one a model; empty: it has some
    bool ofIds = false;                        // then a piece counts as one, not as its bytes
};

nlohmann::json numberOrNull(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(); }

std::vector<ComparisonTotal> totalsOf(const std::vector<ComparedPiece>& pieces, bool ofIds) {
    std::vector<ComparisonTotal> totals(pieces.front().readings.size());
    for (const ComparedPiece& p : pieces) {
        const bool told = std::all_of(p.readings.begin(), p.readings.end(), [](const LockStepReading& r) { return !std::isnan(r.surprisalBits); });
        for (std::size_t m = 0; m < totals.size(); ++m) {
            totals[m].stateBytes = p.readings[m].stateBytes;
            if (!told) continue;
            totals[m].bits += p.readings[m].surprisalBits;
            totals[m].bytes += ofIds ? 1 : static_cast<double>(p.piece.text.size());
        }
    }
    return totals;
}

/// Shares on the piece asked for, beside the pieces up to it. A model that has none says why; the others go on.
Result<void> addInfluence(const LockStep& lockStep, const CompareArguments& o, Comparison& made) {
    for (std::size_t m = 0; m < o.models.size(); ++m) {
        const auto shares = lockStep.influence(m, o.influenceAt);
        if (!shares && shares.error().code != ErrorCode::Unsupported) return shares.error();
        made.whyNoInfluence.push_back(shares ? std::string() : shares.error().message);
        for (std::size_t p = 0; shares && p < shares->size(); ++p) made.pieces[p].influence[m] = (*shares)[p];
    }
    return {};
}

Result<Comparison> compareModels(const CompareArguments& o) {
    if (o.text.empty() == o.ids.empty()) return Error{ErrorCode::InvalidArgument, "give --text T or --ids 1,2,3 to read"};
    if (o.json && o.csv) return Error{ErrorCode::InvalidArgument, "--json and --csv: give one of them"};
    MS_TRY(const auto backend, openDevice(o));
    std::vector<std::shared_ptr<const Model>> models;
    for (const std::string& path : o.models) {
        MS_TRY(auto model, Model::load(path, backend, terminalProgress()));
        models.push_back(std::move(model));
    }
    MS_TRY(const auto lockStep, LockStep::create(std::move(models)));
    std::span<const LockStepPiece> pieces;
    if (o.ids.empty()) {
        MS_TRY(pieces, lockStep->begin(o.text));
    } else {
        MS_TRY(const std::vector<TokenId> ids, parseIds(o.ids));
        MS_TRY(pieces, lockStep->begin(std::span<const TokenId>(ids)));
    }
    if (o.influenceAt >= std::ssize(pieces))
        return Error{ErrorCode::InvalidArgument, "--influence-at " + std::to_string(o.influenceAt) + ": the input has pieces 0 to " + std::to_string(pieces.size() - 1)};
    Comparison made;
    made.ofIds = o.text.empty();
    for (const LockStepPiece& piece : pieces) {
        MS_TRY(auto readings, lockStep->step());
        made.pieces.push_back({piece, std::move(readings), std::vector<std::optional<double>>(o.models.size())});
    }
    made.totals = totalsOf(made.pieces, made.ofIds);
    if (o.influenceAt >= 0) MS_CHECK(addInfluence(*lockStep, o, made));
    return made;
}

nlohmann::json jsonOf(const CompareArguments& o, const Comparison& made) {
    nlohmann::json all = {{"models", nlohmann::json::array()}, {"pieces", nlohmann::json::array()}};
    for (std::size_t m = 0; m < o.models.size(); ++m) {
        all["models"].push_back({{"model", o.models[m]}, {"state_bytes", made.totals[m].stateBytes},
                                 {made.ofIds ? "bits_per_token" : "bits_per_byte", numberOrNull(made.totals[m].rate())}});
        if (!made.whyNoInfluence.empty() && !made.whyNoInfluence[m].empty()) all["models"].back()["no_influence"] = made.whyNoInfluence[m];
    }
    for (const ComparedPiece& p : made.pieces) {
        nlohmann::json readings = nlohmann::json::array();
        for (std::size_t m = 0; m < o.models.size(); ++m) {
            const LockStepReading& r = p.readings[m];
            readings.push_back({{"tokens", p.piece.tokens[m].count}, {"surprisal_bits", numberOrNull(r.surprisalBits)}, {"state_bytes", r.stateBytes},
                                {"kept", numberOrNull(r.kept)}});
            if (p.influence[m]) readings.back()["influence"] = *p.influence[m];
        }
        all["pieces"].push_back({{"text", p.piece.text}, {"readings", std::move(readings)}});
    }
    if (o.influenceAt >= 0) all["influence_at"] = o.influenceAt;
    return all;
}

/// As JSON has it, without the quotation marks around it: control characters and stray bytes do no harm to a table.
std::string shownText(const std::string& text) {
    const std::string quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

/// Blanks up to a width in characters: printf counts bytes.
std::string padded(const std::string& text, std::ptrdiff_t width) {
    const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
    return text + std::string(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, width - characters)), ' ');
}

std::string csvField(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

void printCsv(const CompareArguments& o, const Comparison& made) {
    std::cout << "piece,text,model,tokens,surprisal_bits,state_bytes,kept,influence\n";
    const auto number = [](double value) { return std::isfinite(value) ? nlohmann::json(value).dump() : std::string(); };
    for (std::size_t i = 0; i < made.pieces.size(); ++i)
        for (std::size_t m = 0; m < o.models.size(); ++m) {
            const ComparedPiece& p = made.pieces[i];
            std::cout << i << ',' << csvField(shownText(p.piece.text)) << ',' << csvField(o.models[m]) << ',' << p.piece.tokens[m].count << ','
                      << number(p.readings[m].surprisalBits) << ',' << p.readings[m].stateBytes << ',' << number(p.readings[m].kept) << ','
                      << (p.influence[m] ? number(*p.influence[m]) : std::string()) << '\n';
        }
}

std::string shownNumber(double value, int digits) {
    if (!std::isfinite(value)) return "-";
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

void printTable(const CompareArguments& o, const Comparison& made) {
    for (std::size_t m = 0; m < o.models.size(); ++m) std::printf("%zu: %s\n", m + 1, o.models[m].c_str());
    std::printf("\n%6s %-20s", "piece", "text");
    for (std::size_t m = 0; m < o.models.size(); ++m)
        std::printf(" | %3zu: bits %9s %6s%s", m + 1, "state", "kept", o.influenceAt >= 0 ? " influence" : "");
    for (std::size_t i = 0; i < made.pieces.size(); ++i) {
        const ComparedPiece& p = made.pieces[i];
        std::printf("\n%6zu %s", i, padded(shownText(p.piece.text), 20).c_str());
        for (std::size_t m = 0; m < o.models.size(); ++m) {
            const LockStepReading& r = p.readings[m];
            std::printf(" | %9s %9s %6s", shownNumber(r.surprisalBits, 2).c_str(), humanBytes(static_cast<double>(r.stateBytes)).c_str(), shownNumber(r.kept, 3).c_str());
            if (o.influenceAt >= 0) std::printf(" %9s", p.influence[m] ? shownNumber(*p.influence[m], 4).c_str() : "-");
        }
    }
    std::printf("\n\n");
    for (std::size_t m = 0; m < o.models.size(); ++m) {
        std::printf("%zu: %s bits per %s, state at the end %s\n", m + 1, shownNumber(made.totals[m].rate(), 4).c_str(),
                    made.ofIds ? "token" : "byte of text", humanBytes(static_cast<double>(made.totals[m].stateBytes)).c_str());
        if (!made.whyNoInfluence.empty() && !made.whyNoInfluence[m].empty()) std::printf("   %s\n", made.whyNoInfluence[m].c_str());
    }
}

}  // namespace

void addLabCompare(CLI::App& lab, int& exitCode) {
    auto o = std::make_shared<CompareArguments>();
    CLI::App* compare = lab.add_subcommand("compare", "Models on one input, piece by piece: surprisal, state, how much is kept, influence");
    compare->add_option("MODEL", o->models, "Checkpoint folders or files")->required();
    CLI::Option* text = compare->add_option("--text", o->text, "Text to read");
    compare->add_option("--ids", o->ids, "Token ids to read: 1,2,3")->excludes(text);
    compare->add_option("--influence-at", o->influenceAt, "Also the share that each piece has in the output at the end of this one, from 0")
        ->check(CLI::NonNegativeNumber);
    compare->add_flag("--csv", o->csv, "Print a row for every piece and model, comma-separated");
    addCommon(*compare, *o);
    compare->callback([o, &exitCode] {
        const auto made = compareModels(*o);
        if (!made) {
            exitCode = fail(made.error());
            return;
        }
        if (o->json) std::cout << jsonOf(*o, *made).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
        else if (o->csv) printCsv(*o, *made);
        else printTable(*o, *made);
    });
}

}  // namespace ms::cli
