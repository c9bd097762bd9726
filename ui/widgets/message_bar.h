// What went wrong, in one line, without getting in the way: stays until closed or replaced. The tool bar that holds it
// shows and hides itself with showingChanged.
#pragma once

#include <QFrame>

class QToolButton;

namespace ms {

class ElidedLabel;

class MessageBar : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Error, Note };

    explicit MessageBar(QWidget* parent = nullptr);

    /// Notes go by themselves after a while; errors stay.
    void show(Kind kind, const QString& message);
    void dismiss();
    [[nodiscard]] QString text() const;
    [[nodiscard]] bool isShowing() const { return m_showing; }

Q_SIGNALS:
    void showingChanged(bool showing);

protected:
    void changeEvent(QEvent* event) override;

private:
    void restyle();

    ElidedLabel* m_label;
    QToolButton* m_close;
    Kind m_kind = Kind::Note;
    int m_shown = 0;
    bool m_showing = false;
};

}  // namespace ms
