// The hypotheses of a prefix beam search: label strings that share their beginnings.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/speech/ctc_vocabulary.h"
#include "engine/speech/ngram_model.h"

namespace ms {

using NodeId = std::int32_t;
inline constexpr NodeId kNoNode = -1;
inline constexpr double kLogZero = -std::numeric_limits<double>::infinity();

/// ln(exp(a) + exp(b)) without overflow.
double logAdd(double a, double b);

/// Paths from the root are label strings. Nodes that lead nowhere are pruned and used again.
class PrefixTrie {
public:
    struct Node {
        NodeId parent = kNoNode, first_child = kNoNode, next_sibling = kNoNode;
        SymbolId symbol = 0;                          ///< last label
        std::uint64_t serial = 0;                     ///< in the order of creation; breaks ties
        std::int64_t stamp = -1;                      ///< frame in which next_* were last written
        double blank = kLogZero, label = kLogZero;    ///< ln of the mass of paths that end in blank, in the label
        double next_blank = kLogZero, next_label = kLogZero;
        double bonus = 0;                             ///< what the words completed so far are worth
        double ngram = 0;                             ///< their ln P
        double total = 0;                             ///< score() when the beam was last chosen
        double running = 0;                           ///< what is known already of the running word's worth
        NgramState words;                             ///< they as a history
        std::int32_t word_symbols = 0;                ///< labels of the running word
        bool in_beam = false, in_use = true;

        [[nodiscard]] double sound() const { return logAdd(blank, label); }
        [[nodiscard]] double score() const { return sound() + bonus + running; }
    };

    /// A trie of one node.
    explicit PrefixTrie(SymbolId rootSymbol, const NgramState& start) { reset(rootSymbol, start); }
    void reset(SymbolId rootSymbol, const NgramState& start);

    [[nodiscard]] NodeId root() const { return m_root; }
    [[nodiscard]] Node& operator[](NodeId id) { return m_nodes[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Node& operator[](NodeId id) const { return m_nodes[static_cast<std::size_t>(id)]; }

    [[nodiscard]] NodeId findChild(NodeId parent, SymbolId symbol) const;
    /// References to nodes do not survive it.
    NodeId addChild(NodeId parent, SymbolId symbol);
    /// Removes `node`, if it is still in use, and then its ancestors, while they have no children, are not in the beam and are not the root.
    void prune(NodeId node);
    /// Makes `node`, a descendant of the root, the root; what is not below it must be on the way to it.
    void moveRoot(NodeId node);

    /// Nodes behind the root, down to `node`.
    [[nodiscard]] std::vector<NodeId> path(NodeId node) const;
    /// Their labels.
    [[nodiscard]] std::vector<SymbolId> labels(NodeId node) const;
    /// Text of the running word of `node`.
    [[nodiscard]] std::string runningWord(NodeId node, const CtcVocabulary& vocabulary) const;
    /// In use.
    [[nodiscard]] std::size_t size() const { return m_nodes.size() - m_free.size(); }

private:
    std::vector<Node> m_nodes;
    std::vector<NodeId> m_free;
    NodeId m_root = 0;
    std::uint64_t m_serial = 0;
};

}  // namespace ms
