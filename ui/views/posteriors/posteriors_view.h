// How probable each output symbol is at each frame: the CTC posteriors that words are decoded from.
#pragma once

#include "ui/views/base/speech_map_view.h"

class QCheckBox;

namespace ms {

class PosteriorsView : public SpeechMapView {
    Q_OBJECT
public:
    explicit PosteriorsView(const ViewContext& context, QWidget* parent = nullptr);

    /// Without the blank the others alone decide about the colours; the values stay shares of all symbols.
    void setBlankShown(bool shown);
    [[nodiscard]] bool isBlankShown() const;

    void save(QSettings& store) const override;
    void load(QSettings& store) override;

protected:
    void modelChanged() override;
    [[nodiscard]] SeriesSource source() const override;

private:
    QCheckBox* m_blank;
};

/// An output symbol as rows are labelled: "–" for the blank, "␣" for a space, "#7" for what is no symbol of the model.
[[nodiscard]] QString symbolText(const SpeechSummary& speech, qint64 symbol);

}  // namespace ms
