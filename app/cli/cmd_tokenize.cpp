#include <cstdio>
#include <iostream>

#include "app/cli/command.h"

namespace ms::cli {

namespace {

struct Options {
    std::string model, text, file;
    bool json = false;
};

Result<void> run(const Options& o) {
    std::filesystem::path path = o.model;
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) path /= "tokenizer.json";
    if (!std::filesystem::exists(path, ignored))
        if (const auto info = inspectModel(o.model); info && info->speech) return notText(*info);
    MS_TRY(const Tokenizer tokenizer, Tokenizer::fromFile(path));
    std::string text = o.text;
    if (!o.file.empty()) { MS_TRY(text, readFile(o.file)); }
    MS_TRY(const std::vector<TokenId> ids, tokenizer.encode(text));
    if (o.json) {
        nlohmann::json pieces = nlohmann::json::array();
        for (const TokenId id : ids) pieces.push_back(tokenizer.decode(std::span(&id, 1)));
        std::cout << nlohmann::json{{"ids", ids}, {"pieces", pieces}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << '\n';
        return {};
    }
    for (const TokenId id : ids)
        std::cout << id << '\t' << nlohmann::json(tokenizer.decode(std::span(&id, 1))).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return {};
}

}  // namespace

void addTokenize(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("tokenize", "Ids and pieces of a text");
    command->add_option("MODEL", o->model, "Checkpoint folder or tokenizer.json")->required();
    CLI::Option* text = command->add_option("TEXT", o->text, "The text");
    command->add_option("--file", o->file, "Read the text from a file")->excludes(text);
    command->add_flag("--json", o->json, "Print one JSON object");
    command->callback([o, &exitCode] {
        if (const auto done = run(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
