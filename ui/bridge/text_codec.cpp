#include "ui/bridge/text_codec.h"

#include <QRegularExpression>
#include <QStringDecoder>

namespace ms {

namespace {

Result<std::vector<TokenId>> parseIds(const QString& text) {
    static const QRegularExpression separators(QStringLiteral("[\\s,]+"));
    std::vector<TokenId> ids;
    for (const QString& word : text.split(separators, Qt::SkipEmptyParts)) {
        bool isNumber = false;
        ids.push_back(word.toInt(&isNumber));
        if (!isNumber)
            return Error{ErrorCode::InvalidArgument, "\"" + word.toStdString() +
                                                         "\" is no token id: this model has no tokenizer, "
                                                         "so type ids as numbers, like 1 2 3"};
    }
    return ids;
}

}  // namespace

Result<std::vector<TokenId>> encodePrompt(const Model& model, const QString& text, const std::stop_token& stop) {
    std::vector<TokenId> ids;
    if (const Tokenizer* tokenizer = model.tokenizer(); tokenizer != nullptr) {
        MS_TRY(ids, tokenizer->encode(text.toStdString(), stop));
        if (ids.empty() && model.beginOfText()) ids.push_back(*model.beginOfText());
    } else {
        MS_TRY(ids, parseIds(text));
    }
    if (ids.empty())
        return Error{ErrorCode::InvalidArgument, "the prompt is empty: type something for the model to read"};
    return ids;
}

QString pieceText(const Model& model, TokenId id) {
    if (model.tokenizer() == nullptr) return QStringLiteral("#%1").arg(id);
    return bytesText(model.tokenizer()->pieceBytes(id));
}

QString bytesText(std::string_view piece) {
    const QByteArray bytes(piece.data(), static_cast<qsizetype>(piece.size()));
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    if (!decoder.hasError()) return text;
    return QChar(0x2039) + QString::fromLatin1(bytes.toHex(' ').toUpper()) + QChar(0x203A);
}

}  // namespace ms
