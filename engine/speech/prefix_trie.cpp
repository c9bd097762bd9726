#include "engine/speech/prefix_trie.h"

#include <algorithm>
#include <cmath>

namespace ms {

double logAdd(double a, double b) {
    const double high = std::max(a, b), low = std::min(a, b);
    return low == kLogZero ? high : high + std::log1p(std::exp(low - high));
}

void PrefixTrie::reset(SymbolId rootSymbol, const NgramState& start) {
    m_nodes.assign(1, Node{});
    m_free.clear();
    m_root = 0;
    m_nodes[0].symbol = rootSymbol;
    m_nodes[0].words = start;
    m_nodes[0].serial = m_serial++;
}

NodeId PrefixTrie::findChild(NodeId parent, SymbolId symbol) const {
    NodeId id = (*this)[parent].first_child;
    while (id != kNoNode && (*this)[id].symbol != symbol) id = (*this)[id].next_sibling;
    return id;
}

NodeId PrefixTrie::addChild(NodeId parent, SymbolId symbol) {
    NodeId id;
    if (m_free.empty()) {
        id = static_cast<NodeId>(m_nodes.size());
        m_nodes.emplace_back();
    } else {
        id = m_free.back();
        m_free.pop_back();
        (*this)[id] = {};
    }
    Node& node = (*this)[id];
    node.parent = parent;
    node.symbol = symbol;
    node.serial = m_serial++;
    node.next_sibling = (*this)[parent].first_child;
    (*this)[parent].first_child = id;
    return id;
}

void PrefixTrie::prune(NodeId id) {
    while (id != m_root && (*this)[id].in_use && (*this)[id].first_child == kNoNode && !(*this)[id].in_beam) {
        const NodeId parent = (*this)[id].parent;
        NodeId* link = &(*this)[parent].first_child;
        while (*link != id) link = &(*this)[*link].next_sibling;
        *link = (*this)[id].next_sibling;
        (*this)[id].in_use = false;
        m_free.push_back(id);
        id = parent;
    }
}

void PrefixTrie::moveRoot(NodeId node) {
    for (NodeId id = (*this)[node].parent; id != kNoNode; id = (*this)[id].parent) {
        (*this)[id].in_use = false;
        m_free.push_back(id);
    }
    (*this)[node].parent = kNoNode;
    (*this)[node].next_sibling = kNoNode;
    m_root = node;
}

std::vector<NodeId> PrefixTrie::path(NodeId node) const {
    std::vector<NodeId> path;
    for (NodeId id = node; id != m_root; id = (*this)[id].parent) path.push_back(id);
    std::reverse(path.begin(), path.end());
    return path;
}

std::vector<SymbolId> PrefixTrie::labels(NodeId node) const {
    std::vector<SymbolId> labels;
    for (const NodeId id : path(node)) labels.push_back((*this)[id].symbol);
    return labels;
}

std::string PrefixTrie::runningWord(NodeId node, const CtcVocabulary& vocabulary) const {
    std::vector<SymbolId> pieces;
    for (NodeId id = node; pieces.size() < static_cast<std::size_t>((*this)[node].word_symbols); id = (*this)[id].parent)
        pieces.push_back((*this)[id].symbol);
    std::string text;
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) text += vocabulary.symbol(*piece).text;
    return text;
}

}  // namespace ms
