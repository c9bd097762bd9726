#include "engine/speech/beam_decoder.h"

#include <algorithm>

#include "engine/speech/ctc_alignment.h"
#include "engine/speech/word_builder.h"

namespace ms {

namespace {

/// Leading separators say nothing: at the start a separator counts as the last label, if there is one.
SymbolId rootSymbol(const CtcVocabulary& vocabulary) {
    return vocabulary.separators().empty() ? vocabulary.blank() : vocabulary.separators().front();
}

}  // namespace

BeamDecoder::BeamDecoder(CtcVocabulary vocabulary, const BeamOptions& options, std::shared_ptr<const NgramModel> ngram)
    : CtcDecoder(std::move(vocabulary)), m_options(options), m_ngram(std::move(ngram)), m_trie(0, {}) {
    if (m_ngram) m_scorer.emplace(*m_ngram, m_options.words);
    start();
}

Result<std::unique_ptr<BeamDecoder>> BeamDecoder::create(CtcVocabulary vocabulary, const BeamOptions& options,
                                                         std::shared_ptr<const NgramModel> ngram) {
    MS_CHECK(options.validate());
    return std::unique_ptr<BeamDecoder>(new BeamDecoder(std::move(vocabulary), options, std::move(ngram)));
}

void BeamDecoder::start() {
    m_trie.reset(rootSymbol(m_vocabulary), m_scorer ? m_scorer->start() : NgramState{});
    auto& root = m_trie[m_trie.root()];
    root.blank = 0;  // ln 1: nothing was read
    root.in_beam = true;
    m_beam.assign(1, m_trie.root());
    m_rows.clear();
    m_firstRow = m_frames;
}

std::int64_t BeamDecoder::openFrames() const { return static_cast<std::int64_t>(m_rows.size() / m_vocabulary.size()); }

double BeamDecoder::bestScore() const { return m_trie[m_beam.front()].score(); }

void BeamDecoder::step(std::span<const float> row) {
    m_rows.insert(m_rows.end(), row.begin(), row.end());
    const double floor = static_cast<double>(*std::max_element(row.begin(), row.end())) - m_options.token_margin;
    m_symbols.clear();
    for (std::size_t i = 0; i < row.size(); ++i)
        if (row[i] >= floor) m_symbols.push_back(static_cast<SymbolId>(i));
    m_candidates.clear();
    for (const NodeId prefix : m_beam) extend(prefix, row);
    selectBeam();
    settle();
    if (openFrames() >= m_options.open_frames) decide();
}

void BeamDecoder::touch(NodeId id) {
    auto& node = m_trie[id];
    if (node.stamp == m_frames) return;
    node.stamp = m_frames;
    node.next_blank = node.next_label = kLogZero;
    m_candidates.push_back(id);
}

void BeamDecoder::addBlank(NodeId id, double value) {
    touch(id);
    m_trie[id].next_blank = logAdd(m_trie[id].next_blank, value);
}

void BeamDecoder::addLabel(NodeId id, double value) {
    touch(id);
    m_trie[id].next_label = logAdd(m_trie[id].next_label, value);
}

void BeamDecoder::extend(NodeId prefix, std::span<const float> row) {
    const double blank = m_trie[prefix].blank, label = m_trie[prefix].label, both = logAdd(blank, label);
    const SymbolId last = m_trie[prefix].symbol;
    const bool behindSeparator = m_vocabulary.isSeparator(last);
    for (const SymbolId symbol : m_symbols) {
        const double p = row[static_cast<std::size_t>(symbol)];
        if (symbol == m_vocabulary.blank()) {
            addBlank(prefix, both + p);
        } else if (behindSeparator && m_vocabulary.isSeparator(symbol)) {
            addLabel(prefix, both + p);  // one separator or several: the same text
        } else if (symbol == last) {
            if (label > kLogZero) addLabel(prefix, label + p);
            if (blank > kLogZero) addLabel(childOf(prefix, symbol), blank + p);
        } else {
            addLabel(childOf(prefix, symbol), both + p);
        }
    }
}

void BeamDecoder::completeWord(NodeId id, const std::string& word) {
    if (word.empty() || !m_scorer) return;
    auto& node = m_trie[id];
    const double ln = m_scorer->lnWord(word, node.words);
    node.ngram += ln;
    node.bonus += m_scorer->worth(ln);
}

NodeId BeamDecoder::childOf(NodeId prefix, SymbolId id) {
    if (const NodeId known = m_trie.findChild(prefix, id); known != kNoNode) return known;
    const NodeId child = m_trie.addChild(prefix, id);
    auto& node = m_trie[child];
    const auto& symbol = m_vocabulary.symbol(id);
    node.bonus = m_trie[prefix].bonus;
    node.ngram = m_trie[prefix].ngram;
    node.words = m_trie[prefix].words;
    node.word_symbols = m_trie[prefix].word_symbols;
    if (symbol.breaks_before) {
        completeWord(child, m_trie.runningWord(prefix, m_vocabulary));
        node.word_symbols = 0;
    }
    if (!symbol.text.empty()) ++node.word_symbols;
    if (symbol.breaks_after && node.word_symbols > 0) {
        completeWord(child, m_trie.runningWord(child, m_vocabulary));
        node.word_symbols = 0;
    }
    if (m_scorer && node.word_symbols > 0) node.running = m_scorer->running(m_trie.runningWord(child, m_vocabulary), node.words);
    return child;
}

bool BeamDecoder::isBetter(NodeId a, NodeId b) const {
    return m_trie[a].total != m_trie[b].total ? m_trie[a].total > m_trie[b].total : m_trie[a].serial < m_trie[b].serial;
}

void BeamDecoder::selectBeam() {
    for (const NodeId id : m_beam) m_trie[id].in_beam = false;
    for (const NodeId id : m_candidates) {
        auto& node = m_trie[id];
        node.blank = node.next_blank;
        node.label = node.next_label;
        node.total = node.score();
    }
    std::vector<NodeId> old = std::move(m_beam);
    m_beam = m_candidates;
    const auto better = [this](NodeId a, NodeId b) { return isBetter(a, b); };
    const auto width = std::min(m_beam.size(), static_cast<std::size_t>(m_options.beam));
    std::partial_sort(m_beam.begin(), m_beam.begin() + static_cast<std::ptrdiff_t>(width), m_beam.end(), better);
    m_beam.resize(width);
    const double floor = m_trie[m_beam.front()].total - m_options.beam_margin;
    while (m_trie[m_beam.back()].total < floor) m_beam.pop_back();
    for (const NodeId id : m_beam) m_trie[id].in_beam = true;
    // What lost is forgotten; a node that is still on the way to others starts from zero when it comes back.
    old.insert(old.end(), m_candidates.begin(), m_candidates.end());
    for (const NodeId id : old) {
        auto& node = m_trie[id];
        if (node.in_beam) continue;
        node.blank = node.label = kLogZero;
        m_trie.prune(id);
    }
}

BeamDecoder::Boundary BeamDecoder::lastBoundary(std::span<const NodeId> path) const {
    for (std::size_t i = path.size(); i-- > 0;) {
        const auto& node = m_trie[path[i]];
        if (node.word_symbols == 0) return {path[i], path[i]};
        if (i > 0 && m_vocabulary.symbol(node.symbol).breaks_before) return {path[i - 1], path[i]};
    }
    return {};
}

void BeamDecoder::settle() {
    std::vector<NodeId> shared;  // from the root to where the hypotheses part
    NodeId id = m_trie.root();
    while (!m_trie[id].in_beam) {
        const NodeId child = m_trie[id].first_child;
        if (child == kNoNode || m_trie[child].next_sibling != kNoNode) break;
        shared.push_back(child);
        id = child;
    }
    if (const Boundary boundary = lastBoundary(shared); boundary.root != kNoNode) settleThrough(boundary.root);
}

/// Hypotheses that do not agree for long, or silence: the best one decides about the older half of the open frames.
void BeamDecoder::decide() {
    const NodeId best = m_beam.front();
    const auto spans = align(best);
    const std::int64_t half = m_firstRow + openFrames() / 2;
    std::size_t old = 0;
    while (old < spans.size() && spans[old].last < half) ++old;
    const auto path = m_trie.path(best);
    if (const Boundary boundary = lastBoundary(std::span(path).first(old)); boundary.root != kNoNode) {
        keepOnly(boundary.keep);
        settleThrough(boundary.root);
    } else if (spans.empty() || spans.front().first >= half) {
        dropRows(half);
    } else if (openFrames() >= 2 * m_options.open_frames) {  // a word without end
        ++m_frames;                                         // this frame belongs to it
        finish();
        --m_frames;
    }
}

void BeamDecoder::keepOnly(NodeId ancestor) {
    const auto passes = [&](NodeId id) {
        while (id != ancestor && id != m_trie.root()) id = m_trie[id].parent;
        return id == ancestor;
    };
    const auto lost = std::stable_partition(m_beam.begin(), m_beam.end(), passes);
    for (auto id = lost; id != m_beam.end(); ++id) {
        auto& node = m_trie[*id];
        node.in_beam = false;
        node.blank = node.label = kLogZero;
    }
    for (auto id = lost; id != m_beam.end(); ++id) m_trie.prune(*id);
    m_beam.erase(lost, m_beam.end());
}

void BeamDecoder::dropRows(std::int64_t untilFrame) {
    const auto width = static_cast<std::ptrdiff_t>(m_vocabulary.size());
    m_rows.erase(m_rows.begin(), m_rows.begin() + (untilFrame - m_firstRow) * width);
    m_firstRow = untilFrame;
}

std::vector<SymbolSpan> BeamDecoder::align(NodeId node) const {
    return alignCtc(m_vocabulary, m_trie.labels(node), m_rows, m_firstRow);
}

void BeamDecoder::settleThrough(NodeId boundary) {
    const auto spans = align(m_beam.front());
    const std::size_t count = m_trie.labels(boundary).size();
    WordBuilder builder(m_vocabulary);
    std::int64_t end = m_firstRow;
    for (std::size_t i = 0; i < count && i < spans.size(); ++i) {
        builder.add(spans[i], m_settled);
        if (!m_vocabulary.isSeparator(spans[i].symbol)) end = spans[i].last + 1;
    }
    builder.finish(m_settled);
    dropRows(end);
    m_trie.moveRoot(boundary);
}

std::vector<BeamDecoder::Ending> BeamDecoder::endings() const {
    // "a" and "a " are the same text now; their words score alike.
    std::vector<Ending> endings;
    for (const NodeId id : m_beam) {
        const auto& node = m_trie[id];
        if (id != m_trie.root() && m_vocabulary.isSeparator(node.symbol) && m_trie[node.parent].in_beam &&
            m_trie[node.parent].word_symbols > 0)
            continue;  // counted with its parent
        Ending ending{id, node.sound(), node.ngram, node.bonus};
        for (const SymbolId separator : m_vocabulary.separators()) {
            const NodeId child = node.word_symbols > 0 ? m_trie.findChild(id, separator) : kNoNode;
            if (child != kNoNode && m_trie[child].in_beam) ending.acoustic = logAdd(ending.acoustic, m_trie[child].sound());
        }
        if (m_scorer) {
            NgramState words = node.words;
            const double last = node.word_symbols > 0 ? m_scorer->lnWord(m_trie.runningWord(id, m_vocabulary), words) : 0;
            ending.ngram += last + m_scorer->lnEnd(words);
            ending.score += (node.word_symbols > 0 ? m_scorer->worth(last) : 0) + m_scorer->end(words);
        }
        ending.score += ending.acoustic;
        endings.push_back(ending);
    }
    std::stable_sort(endings.begin(), endings.end(), [](const Ending& a, const Ending& b) { return a.score > b.score; });
    return endings;
}

std::vector<SpeechHypothesis> BeamDecoder::hypotheses(std::size_t most) const {
    std::vector<SpeechHypothesis> hypotheses;
    for (const Ending& ending : endings()) {
        if (hypotheses.size() == most) break;
        auto& hypothesis = hypotheses.emplace_back();
        hypothesis.acoustic = ending.acoustic;
        hypothesis.ngram = ending.ngram;
        hypothesis.score = ending.score;
        hypothesis.words = wordsOf(ending.node);
    }
    return hypotheses;
}

std::vector<DecodedWord> BeamDecoder::wordsOf(NodeId node) const {
    WordBuilder builder(m_vocabulary);
    std::vector<DecodedWord> words;
    for (const SymbolSpan& span : align(node)) builder.add(span, words);
    builder.finish(words);
    return words;
}

void BeamDecoder::finish() { finishWith(hypotheses(1).front()); }

void BeamDecoder::finishWith(const SpeechHypothesis& said) {
    m_settled.insert(m_settled.end(), said.words.begin(), said.words.end());
    start();
}

std::vector<DecodedWord> BeamDecoder::tentative() const { return wordsOf(m_beam.front()); }

}  // namespace ms
