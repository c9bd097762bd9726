// Whose experiment runs. The pages share one LabService, and each hears of what the others do.
#pragma once

#include <QObject>
#include <QStringList>
#include <functional>

namespace ms {

class ExperimentBar;
class LabService;

/// Between a page's bar and the service: the page begins an experiment, and until that has ended this keeps what went wrong in
/// it and says on the bar what goes on.
class ExperimentTurn final : public QObject {
    Q_OBJECT
public:
    /// `nameOf`: how the page calls what an experiment tells of, a model's path or a kernel.
    ExperimentTurn(LabService& service, ExperimentBar& bar, std::function<QString(const QString&)> nameOf, QObject* parent = nullptr);

    /// The experiment that starts now is the page's.
    void begin();
    [[nodiscard]] bool isMine() const { return m_mine; }
    /// Brings the bar up to date; `obstacle`: why the page cannot start one, empty: it can. True while any experiment runs.
    bool refresh(const QString& obstacle);

Q_SIGNALS:
    /// An experiment began or ended: the page should refresh.
    void changed();

private:
    LabService& m_service;
    ExperimentBar& m_bar;
    bool m_mine = false;
    QStringList m_lost;  // why some could not take part
};

}  // namespace ms
