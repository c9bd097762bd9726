#include <cstdio>
#include <iostream>

#include "app/cli/command.h"
#include "engine/runtime/evaluate.h"

namespace ms::cli {

namespace {

struct EvaluateArguments : Common {
    std::string model, text;
};

Result<void> evaluate(const EvaluateArguments& o) {
    MS_TRY(const std::string text, readFile(o.text));
    MS_TRY(auto model, openModel(o, o.model));
    MS_TRY(auto session, Session::create(model));
    MS_TRY(const Evaluation e, evaluate(*session, text, terminalProgress()));
    if (o.json) {
        std::cout << nlohmann::json{{"bits_per_byte", e.bitsPerByte}, {"perplexity", e.perplexity}, {"tokens", e.tokens},
                                    {"bytes", e.bytes}, {"tokens_per_second", e.tokensPerSecond()},
                                    {"device", model->backend().info().name}}.dump(2) << '\n';
        return {};
    }
    std::printf("%.4f bits per byte, perplexity %.2f per token, %lld tokens, %.0f tokens/s on %s\n", e.bitsPerByte, e.perplexity,
                static_cast<long long>(e.tokens), e.tokensPerSecond(), model->backend().info().name.c_str());
    return {};
}

}  // namespace

void addEvaluate(CLI::App& app, int& exitCode) {
    auto o = std::make_shared<EvaluateArguments>();
    CLI::App* command = app.add_subcommand("evaluate", "Bits per byte and perplexity of a model on a text");
    command->add_option("MODEL", o->model, "Checkpoint folder or file")->required();
    command->add_option("TEXTFILE", o->text, "A text file")->required();
    addCommon(*command, *o);
    command->callback([o, &exitCode] {
        if (const auto done = evaluate(*o); !done) exitCode = fail(done.error());
    });
}

}  // namespace ms::cli
