// Sessions in files, as the window and the engine tell each other about them.
#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>
#include <QStringList>
#include <vector>

#include "ui/models/session_values.h"
#include "ui/models/speech_log.h"
#include "ui/models/values.h"

namespace ms {

/// What the window puts into a session file: the engine has the rest.
struct SessionWindowPart {
    QString prompt;
    std::int64_t maxNew = 200;
    std::vector<SpeechWord> words, tentative;  ///< as edited
    QByteArray window;                         ///< a JSON object: views, arrangement, selection
};

struct SessionSave {
    QString path;
    SessionWindowPart window;
    bool record = false;  ///< for recovery: without captures and what can be read again; quick, and told to nobody
};

struct SessionOpen {
    QString path;
    QString model;            ///< where its model is; empty: where it was
    bool anyModel = false;    ///< open it with that model whatever its weights are: all values are read again
    bool withoutModel = false; ///< show what the file holds, without any model
    QStringList elsewhere;    ///< models to look at when it is gone from where it was
    bool recovered = false;   ///< the file is a recovery record: the session has no file of its own
};

/// A session waits for an answer: its model is not where it was, or is another one by now.
struct SessionModelQuestion {
    SessionOpen wish;
    QString modelName, modelPath;
    QString found;            ///< a model that could do: at the old place, changed; empty: there is none
    QString reason;           ///< one line
    bool canShow = false;     ///< the file holds enough to be shown without a model
};

/// What came out of a file and is the window's business; tokens, captures and snapshots are there already.
struct OpenedSession {
    SessionOpen wish;
    SessionWindowPart window;
    SamplingSettings sampling;
    InterventionList interventions;
    QStringList lost;         ///< of a damaged file, a sentence each
};

}  // namespace ms

Q_DECLARE_METATYPE(ms::SessionModelQuestion)
Q_DECLARE_METATYPE(ms::OpenedSession)
