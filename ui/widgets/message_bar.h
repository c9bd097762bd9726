// What went wrong, in one line, without getting in the way: stays until closed or replaced. The tool bar that holds it
// shows and hides itself with showingChanged.
#pragma once

#include <QFrame>
#include <QList>
#include <functional>
#include <optional>

class QHBoxLayout;
class QToolButton;

namespace ms {

class ElidedLabel;

class MessageBar : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Error, Note };
    /// A button beside a message.
    struct Choice {
        QString name, text;  ///< of the object; on the button
        std::function<void()> chosen;
    };

    explicit MessageBar(QWidget* parent = nullptr);

    /// Notes go by themselves after a while; errors stay.
    void show(Kind kind, const QString& message);
    /// A note with a button for what can be done about it; stays until closed, replaced or taken up.
    void offer(const QString& message, const QString& button, const std::function<void()>& taken);
    /// Asks without getting in the way: stays until it is answered or closed, also behind other messages. A newer question
    /// replaces an older one.
    void ask(const QString& question, const QList<Choice>& choices);
    /// What is shown goes; a question behind it comes back.
    void dismiss();
    [[nodiscard]] bool isAsking() const { return m_question.has_value(); }
    [[nodiscard]] QString text() const;
    [[nodiscard]] bool isShowing() const { return m_showing; }

Q_SIGNALS:
    void showingChanged(bool showing);

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Question {
        QString text;
        QList<Choice> choices;
    };

    void restyle();
    void display(Kind kind, const QString& message, const QList<Choice>& choices);
    void showQuestion();

    QHBoxLayout* m_layout;
    ElidedLabel* m_label;
    QToolButton* m_close;
    Kind m_kind = Kind::Note;
    std::optional<Question> m_question;  // open, in sight or not
    bool m_questionShows = false;
    QList<QToolButton*> m_choices;       // of what is shown
    int m_shown = 0;
    bool m_showing = false;
};

}  // namespace ms
