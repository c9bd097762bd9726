#include <cstdio>
#include <iostream>

#include "app/cli/command.h"
#include "engine/runtime/tokenizer_source.h"

namespace ms::cli {

namespace {

struct TokenizeArguments {
    std::string model, text, file;
    bool json = false;
};

/// The tokenizer of a folder, of a GGUF file, or a tokenizer's file itself.
Result<Tokenizer> tokenizerAt(std::filesystem::path path) {
    std::error_code ignored;
    if (path.extension() == ".gguf") {
        MS_TRY(const Checkpoint checkpoint, Checkpoint::open(path));
        MS_TRY(TokenizerSource source, openTokenizer(checkpoint));
        if (!source.tokenizer) return Error{ErrorCode::NotFound, path.string() + ": holds no vocabulary that is known here"};
        return std::move(*source.tokenizer);
    }
    if (std::filesystem::is_directory(path, ignored)) {
        const bool pieces = !std::filesystem::exists(path / "tokenizer.json", ignored) && std::filesystem::exists(path / "tokenizer.model", ignored);
        path /= pieces ? "tokenizer.model" : "tokenizer.json";
        if (!std::filesystem::exists(path, ignored))
            if (const auto info = inspectModel(path.parent_path()); info && info->speech) return notText(*info);
    }
    return Tokenizer::fromFile(path);
}

Result<void> tokenize(const TokenizeArguments& o) {
    MS_TRY(const Tokenizer tokenizer, tokenizerAt(o.model));
    std::string text = o.text;
    if (!o.file.empty()) { MS_TRY(text, readFile(o.file)); }
    MS_TRY(const std::vector<TokenId> ids, tokenizer.encode(text));
    if (o.json) {
        nlohmann::json pieces = nlohmann::json::array();
        for (const TokenId id : ids) pieces.push_back(tokenizer.pieceBytes(id));
        std::cout << nlohmann::json{{"ids", ids}, {"pieces", pieces}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << '\n';
        return {};
    }
    for (const TokenId id : ids)
        std::cout << id << '\t' << nlohmann::json(tokenizer.pieceBytes(id)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return {};
}

}  // namespace

void addTokenize(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<TokenizeArguments>();
    CLI::App* command = app.add_subcommand("tokenize", "Ids and pieces of a text");
    command->add_option("MODEL", o->model, "Checkpoint folder, GGUF file, tokenizer.json or tokenizer.model")->required();
    CLI::Option* text = command->add_option("TEXT", o->text, "The text");
    command->add_option("--file", o->file, "Read the text from a file")->excludes(text);
    command->add_flag("--json", o->json, "Print one JSON object");
    command->callback([o, &exitCode] {
        if (const auto done = tokenize(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
