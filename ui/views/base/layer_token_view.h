// The base of views that take one layer apart at one token: which layer, which channels of it, which token, which run.
#pragma once

#include <optional>
#include <vector>

#include "ui/views/base/ranked_tokens.h"
#include "ui/views/base/scope_view.h"

class QCheckBox;

namespace ms {

class ElidedLabel;
class LayerBox;

class LayerTokenView : public ScopeView {
    Q_OBJECT
public:
    [[nodiscard]] LayerIndex layer() const;
    /// The tokens that weigh most.
    [[nodiscard]] RankedTokens* chips() const { return m_chips; }

    void setCompare(Compare compare) override;
    void save(QSettings& store) const override;
    void load(QSettings& store) override;

protected:
    enum class Choice { Layer, Channel, Run };

    LayerTokenView(const QString& id, const ViewContext& context, QWidget* parent);

    /// Layer box and choice of the run, into the header. `title`: "Memory ruler", for accessible names.
    void addLayerControls(const QString& title);
    /// Object name "<id>_<part>" and accessible name; of a control the tooltip too.
    void name(QWidget* widget, const char* part, const QString& text) const;
    void nameControl(QWidget* control, const char* part, const QString& text) const;
    void modelChanged() override;

    /// Other values are wanted.
    virtual void chosen(Choice choice) = 0;
    /// A chip is pointed at; -1: none is any more.
    virtual void chipHovered(qint64 token) = 0;
    /// The note says what is shown: something of it is another.
    virtual void showNote() = 0;

    [[nodiscard]] Compare compare() const { return m_compare; }
    /// Only the selected channel; nothing: all of the layer. -1 where one is wanted and none is selected.
    [[nodiscard]] std::optional<qint64> wantedChannel() const;
    /// The cursor's token, else the newest; -1: there is none.
    [[nodiscard]] qint64 cursorToken() const;
    /// "12 “ the”".
    [[nodiscard]] QString tokenText(qint64 token) const;
    /// Why nothing is shown: no model, no layer that fits (`noLayer`), no tokens, `why`, or `busy`.
    [[nodiscard]] QString emptyTextFor(const QString& noLayer, const QString& why, const QString& busy) const;
    [[nodiscard]] QString selectChannelText() const;
    /// Of the shown layer, whole rows.
    [[nodiscard]] std::vector<CaptureRequest> requestsFor(std::initializer_list<ProbePoint> points) const;
    [[nodiscard]] QCheckBox* channelOnly() const { return m_channelOnly; }
    [[nodiscard]] ElidedLabel* note() const { return m_note; }
    /// The note's text, and the check box's, which names the selected channel.
    void setNote(const QStringList& parts);

private:
    LayerBox* m_layers;
    QCheckBox* m_channelOnly;
    ElidedLabel* m_note;
    RankedTokens* m_chips;
    Compare m_compare = Compare::Changed;
};

}  // namespace ms
