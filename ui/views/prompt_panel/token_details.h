// The token under the cursor: what it is, and what the model expected in its place.
#pragma once

#include <QWidget>

#include "ui/models/selection.h"
#include "ui/models/token_log.h"

namespace ms {

class TokenDetails : public QWidget {
    Q_OBJECT
public:
    TokenDetails(TokenLog& tokens, Selection& selection, QWidget* parent = nullptr);
    /// Tokens are frames of so much audio; 0: of text.
    void setFrameSeconds(double seconds);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;

private:
    void refresh();

    TokenLog& m_tokens;
    Selection& m_selection;
    double m_frameSeconds = 0;
};

}  // namespace ms
