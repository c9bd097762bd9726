// The choices of a film: format, size, speed, which tokens and how they come.
#pragma once

#include <QWidget>
#include <vector>

#include "engine/film/film_codec.h"
#include "ui/export/film_plan.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace ms {

class FilmForm : public QWidget {
    Q_OBJECT
public:
    explicit FilmForm(QWidget* parent = nullptr);

    [[nodiscard]] FilmPlan plan() const;
    void setPlan(const FilmPlan& plan);
    [[nodiscard]] FilmFormat format() const;
    void setFormat(FilmFormat format);
    /// All of the session, and those in view: what the film's length is reckoned from.
    void setTokenCounts(qint64 all, qint64 shown);
    /// That the film will show.
    [[nodiscard]] qint64 tokens() const;
    /// A film of several views asks in how many columns they stand.
    void setPanels(int count);

Q_SIGNALS:
    void changed();
    void formatChanged();

private:
    template <class Box>
    Box* name(Box* box, const char* name, const QString& accessibleName) const;
    QComboBox* addCombo(const char* name, const QString& label, const QString& accessibleName, const QStringList& choices);
    void addSize();
    void addSpeed();
    void tellFormat();
    void updateSeconds();

    std::vector<FilmCodecChoice> m_codecs;
    QFormLayout* m_form;
    QComboBox *m_format, *m_which, *m_movement, *m_colours;
    QLabel* m_codec;
    QSpinBox *m_width, *m_height, *m_rate, *m_columns;
    QDoubleSpinBox *m_scale, *m_speed, *m_seconds, *m_still;
    qint64 m_all = 0, m_shown = 0;
    FilmPlan m_plan;  // what has no control stays as it was
};

}  // namespace ms
