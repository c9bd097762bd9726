"""Builds a small word trigram in ARPA format: interpolated modified Kneser-Ney, pruned until the file fits.

Plain Python 3, no packages. `ngram.md` tells how the shipped file was made.

Estimation: S. F. Chen and J. Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling" (1999),
section 4.1.6. Texts carry integer weights. A repeated text would break the discounts, which are made from how many
n-grams were seen once, twice, ...; so every n-gram has its plain count n and its weighted count W, discounts come from
n, and D(n) is taken off as D(n) W / n. With one text, or equal weights, that is exactly Kneser-Ney.

Pruning: relative entropy per byte (A. Stolcke, 1998). Kneser-Ney's lower orders only expect what the higher orders do
not list, and pruning takes listed n-grams away; so the lower orders are estimated again for what is left, as in
V. Siivola, T. Hirsimäki and S. Virpioja, "On Growing and Pruning Kneser-Ney Smoothed N-Gram Models" (2007): a listed
n-gram hands down one count, an unlisted one all its counts. Probabilities therefore sum to one whatever is pruned.
"""

import argparse
import collections
import csv
import gzip
import lzma
import math
import pathlib
import random
import re
import sys

BOS, EOS, UNK = "<s>", "</s>", "<unk>"
BOS_ID, EOS_ID, UNK_ID = 0, 1, 2


def normalise(text: str) -> list[str]:
    """Lower-case words of letters and apostrophes: what the speech model can write."""
    return [word for word in re.sub(r"[^a-z']", " ", text.lower().replace("\u2019", "'")).split() if word.strip("'")]


def read_sentences(path: pathlib.Path, speakers: set[str] | None = None, other: bool = False) -> list[list[str]]:
    """Sentences of a text file (one a line, plain or .xz) or of column `text` of a .tsv segment table.

    With `speakers`, only the rows of a table whose speaker is among them, or, if `other`, is not.
    """
    if path.suffix == ".tsv":
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        lines = [row["text"] for row in rows if speakers is None or (row["speaker"] in speakers) != other]
    else:
        opener = lzma.open if path.suffix == ".xz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            lines = list(file)
    sentences = [normalise(line) for line in lines]
    return [words for words in sentences if words]


class Counts:
    """Plain and weighted counts of n-grams (tuples of word ids)."""

    def __init__(self):
        self.n = collections.defaultdict(int)
        self.W = collections.defaultdict(float)

    def add(self, gram: tuple, n: int, W: float):
        self.n[gram] += n
        self.W[gram] += W

    def discounts(self) -> list[float]:
        """D[n] for n = 0, 1, 2, 3+ (Chen and Goodman 1999, equation 26)."""
        seen = collections.Counter(min(n, 5) for n in self.n.values())
        n1, n2, n3, n4 = (seen[k] for k in (1, 2, 3, 4))
        if not (n1 and n2 and n3 and n4):  # a text too small to tell
            return [0.0, 0.5, 0.75, 0.75]
        Y = n1 / (n1 + 2 * n2)
        D = [0.0, 1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3]
        return [min(max(d, 0.05 if k else 0.0), k * 0.95 if k else 0.0) for k, d in enumerate(D)]


class Corpus:
    """The vocabulary and the counts of all orders as they stand in the text."""

    def __init__(self, texts: list[tuple[list[list[str]], int]], order: int, vocabulary_limit: int):
        frequency = collections.Counter()
        for sentences, weight in texts:
            for words in sentences:
                for word in words:
                    frequency[word] += weight
        ranked = sorted(frequency, key=lambda word: (-frequency[word], word))[:vocabulary_limit]
        self.words = [BOS, EOS, UNK] + sorted(ranked)
        self.ids = {word: number for number, word in enumerate(self.words)}
        self.order = order
        self.raw = [Counts() for _ in range(order + 1)]  # [k]: k-grams
        for sentences, weight in texts:
            for words in sentences:
                ids = self.encode(words)
                for k in range(1, order + 1):
                    counts = self.raw[k]
                    for i in range(len(ids) - k + 1):
                        counts.add(tuple(ids[i:i + k]), 1, weight)
        self.tokens = sum(W for (w,), W in self.raw[1].W.items() if w != BOS_ID)

    def encode(self, words: list[str]) -> list[int]:
        """<s> words </s> as ids."""
        return [BOS_ID] + [self.ids.get(word, UNK_ID) for word in words] + [EOS_ID]


class KneserNey:
    """The interpolated model of the n-grams in `listed` ([k]: set of k-grams, or None: all of the text)."""

    def __init__(self, corpus: Corpus, listed: list):
        self.corpus, self.listed = corpus, listed
        top = corpus.order
        self.adjusted = [None] * (top + 1)
        self.adjusted[top] = corpus.raw[top]
        for k in range(top - 1, 0, -1):
            self.adjusted[k] = self._handed_down(k)
        self.D = [None] + [self.adjusted[k].discounts() for k in range(1, top + 1)]
        self.total = [None] + [collections.defaultdict(float) for _ in range(top)]  # [k][h]: sum of W over all words
        self.kept = [None] + [collections.defaultdict(float) for _ in range(top)]  # [k][h]: discounted W that is listed
        for k in range(1, top + 1):
            for gram, W in self.adjusted[k].W.items():
                self.total[k][gram[:-1]] += W
                if self.is_listed(k, gram):
                    self.kept[k][gram[:-1]] += self._discounted(k, gram)

    def is_listed(self, k: int, gram: tuple) -> bool:
        return k == 1 or self.listed[k] is None or gram in self.listed[k]

    def _handed_down(self, k: int) -> Counts:
        """Counts of order k: what the (k+1)-grams do not explain. What starts a sentence has nothing in front."""
        counts, above = Counts(), self.adjusted[k + 1]
        for gram, n in above.n.items():
            if self.is_listed(k + 1, gram):
                counts.add(gram[1:], 1, above.W[gram] / n)
            else:
                counts.add(gram[1:], n, above.W[gram])
        for gram, n in self.corpus.raw[k].n.items():
            if gram[0] == BOS_ID and k > 1:
                counts.add(gram, n, self.corpus.raw[k].W[gram])
        return counts

    def _discounted(self, k: int, gram: tuple) -> float:
        n, W = self.adjusted[k].n[gram], self.adjusted[k].W[gram]
        return W - self.D[k][min(n, 3)] * W / n

    def backoff(self, h: tuple) -> float:
        """The mass that history h leaves to the shorter one; 1 if nothing is listed after it."""
        k = len(h) + 1
        total = self.total[k].get(h, 0.0)
        return 1 - self.kept[k].get(h, 0.0) / total if total > 0 else 1.0

    def probability(self, gram: tuple, list_it: bool = False) -> float:
        """P(w | h) of gram = h w; with `list_it` as if it were listed."""
        k, h = len(gram), gram[:-1]
        if k == 0:
            raise ValueError("an n-gram has at least one word")
        own = 0.0
        if gram in self.adjusted[k].n and (list_it or self.is_listed(k, gram)):
            own = self._discounted(k, gram) / self.total[k][h]
        lower = self.probability(gram[1:]) if k > 1 else 1 / (len(self.corpus.words) - 1)  # uniform; <s> is never next
        return own + self.backoff(h) * lower


def worth(model: KneserNey, k: int, cutoff: int) -> dict[tuple, float]:
    """Relative entropy that each k-gram seen at least `cutoff` times saves, per token (Stolcke 1998, equation 5).

    Probabilities are those with every k-gram listed and the shorter ones as `model` has them. P(h) is the frequency in
    the text: Kneser-Ney's lower orders are no marginals (Chelba et al. 2010).
    """
    corpus, counts = model.corpus, model.adjusted[k]
    by_history = collections.defaultdict(list)
    for gram in counts.n:
        if corpus.raw[k].n[gram] >= cutoff:
            by_history[gram[:-1]].append(gram)
    saved = {}
    for h, grams in by_history.items():
        total = model.total[k][h]
        own = [model._discounted(k, gram) / total for gram in grams]
        alpha = 1 - sum(own)
        q = [model.probability(gram[1:]) for gram in grams]
        p = [a + alpha * b for a, b in zip(own, q)]
        left, left_low = max(1 - sum(p), 1e-12), max(1 - sum(q), 1e-12)
        share = corpus.raw[k - 1].W[h] / corpus.tokens
        for gram, pw, qw in zip(grams, p, q):
            alpha_without = (left + pw) / (left_low + qw)
            change = pw * (math.log(qw * alpha_without) - math.log(pw)) + left * (
                math.log(alpha_without) - math.log(left / left_low))
            saved[gram] = -share * change
    return saved


def line_bytes(corpus: Corpus, gram: tuple, digits: int) -> int:
    return sum(len(corpus.words[w]) + 1 for w in gram) + digits + 4


def choose(corpus: Corpus, model: KneserNey, cutoffs: list[int], budget: int, digits: int) -> list:
    """The n-grams most worth their bytes, closed under prefixes and suffixes, in about `budget` bytes."""
    ranked = []
    for k in range(2, corpus.order + 1):
        for gram, value in worth(model, k, cutoffs[k - 1]).items():
            if value > 0 and gram[0] != EOS_ID:
                ranked.append((value / line_bytes(corpus, gram, digits), gram))
    ranked.sort(reverse=True)
    listed = [None] + [set() for _ in range(corpus.order)]
    contexts = set()
    used = 0
    for _, gram in ranked:
        wanted = []  # gram and the shorter ones that it stands on
        for length in range(2, len(gram) + 1):
            for begin in range(len(gram) - length + 1):
                part = gram[begin:begin + length]
                if part not in listed[length]:
                    wanted.append(part)
        cost = 0
        for part in set(wanted):
            cost += line_bytes(corpus, part, digits)
            if part[:-1] not in contexts:
                cost += digits + 4
        if used + cost > budget:
            continue
        used += cost
        for part in wanted:
            listed[len(part)].add(part)
            contexts.add(part[:-1])
    return listed


def format_arpa(model: KneserNey, digits: int) -> str:
    """The model as ARPA text: log10 probabilities, backoff weights where an n-gram is a history of listed ones."""
    corpus = model.corpus
    words = corpus.words

    def number(x: float) -> str:
        return f"{math.log10(x):.{digits}f}"

    grams = [None, [(w,) for w in range(len(words))]]
    grams += [sorted(model.listed[k]) for k in range(2, corpus.order + 1)]
    histories = {gram[:-1] for k in range(2, corpus.order + 1) for gram in grams[k]}
    out = ["\\data\\"] + [f"ngram {k}={len(grams[k])}" for k in range(1, corpus.order + 1)]
    for k in range(1, corpus.order + 1):
        out += ["", f"\\{k}-grams:"]
        for gram in grams[k]:
            probability = "-99" if gram == (BOS_ID,) else number(model.probability(gram))
            line = probability + "\t" + " ".join(words[w] for w in gram)
            out.append(line + "\t" + number(model.backoff(gram)) if gram in histories else line)
    return "\n".join(out + ["", "\\end\\", ""])


def build(corpus: Corpus, cutoffs: list[int], max_bytes: int, digits: int, rounds: int = 3) -> KneserNey:
    """The model whose file has at most max_bytes."""
    model = KneserNey(corpus, [None] * (corpus.order + 1))
    fixed = sum(line_bytes(corpus, (w,), digits) + digits + 4 for w in range(len(corpus.words))) + 200
    budget = max_bytes - fixed
    if budget < 0:
        raise ValueError(f"{len(corpus.words)} words alone take {fixed} bytes; lower --words or raise --max-bytes")
    for _ in range(rounds):  # what is worth listing depends on the lower orders, and they on what is listed
        listed = choose(corpus, model, cutoffs, budget, digits)
        model = KneserNey(corpus, listed)
    while (size := len(format_arpa(model, digits).encode())) > max_bytes or size < 0.985 * max_bytes:
        budget = int(budget + 0.995 * max_bytes - size)
        again = choose(corpus, model, cutoffs, budget, digits)
        if again == listed:
            break
        listed, model = again, KneserNey(corpus, again)
    return model


class Arpa:
    """An ARPA file as a reader sees it: the check of what was written."""

    def __init__(self, text: str):
        self.table, order = {}, 0
        self.order = 0
        for line in text.splitlines():
            if match := re.fullmatch(r"\\(\d+)-grams:", line):
                order = self.order = int(match[1])
            elif line and order and not line.startswith("\\"):
                fields = line.split("\t")
                self.table[tuple(fields[1].split(" "))] = (float(fields[0]), float(fields[2]) if len(fields) > 2 else 0.0)
        self.words = [gram[0] for gram in self.table if len(gram) == 1]

    def log10(self, history: list[str], word: str) -> float:
        h = tuple(history[-(self.order - 1):]) if self.order > 1 else ()
        sum_of_backoffs = 0.0
        while True:
            if found := self.table.get(h + (word,)):
                return sum_of_backoffs + found[0]
            sum_of_backoffs += self.table.get(h, (0, 0.0))[1]
            h = h[1:]

    def perplexity(self, sentences: list[list[str]]) -> dict:
        """Perplexity a token, </s> counted; with unknown words as <unk>, and with them left out."""
        known, total, tokens, unknown = 0.0, 0.0, 0, 0
        for words in sentences:
            history = [BOS]
            for word in words + [EOS]:
                outside = (word,) not in self.table
                word = UNK if outside else word
                value = self.log10(history, word)
                total += value
                tokens += 1
                unknown += outside
                known += 0.0 if outside else value
                history.append(word)
        return {"tokens": tokens, "unknown": unknown, "perplexity": 10 ** (-total / tokens),
                "perplexity of known": 10 ** (-known / max(tokens - unknown, 1))}

    def worst_sum(self, samples: int, seed: int = 1) -> float:
        """Largest |sum over words of P(w | h) - 1| over sampled histories, seen and unseen ones."""
        rng = random.Random(seed)
        grams = [g for g in self.table if len(g) < self.order and g[-1] != EOS]
        histories = [()] + [rng.choice(grams) for _ in range(samples)]
        histories += [(rng.choice(self.words), rng.choice(self.words)) for _ in range(samples // 4)]
        return max(abs(sum(10 ** self.log10(list(h), w) for w in self.words if w != BOS) - 1) for h in histories)


def source(argument: str) -> tuple[pathlib.Path, int]:
    path, _, weight = argument.rpartition(":")
    if not path or not weight.isdigit() or int(weight) < 1:
        raise argparse.ArgumentTypeError(f"{argument}: FILE:WEIGHT with a whole weight from 1 expected")
    return pathlib.Path(path), int(weight)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=source, action="append", default=[], metavar="FILE:WEIGHT",
                        help="sentences, one a line (.txt, .xz), or a segment table (.tsv); repeatable")
    parser.add_argument("--out", type=pathlib.Path, metavar="words.arpa[.gz]")
    parser.add_argument("--order", type=int, default=3)
    parser.add_argument("--words", type=int, default=10000, help="largest vocabulary; other words become <unk>")
    parser.add_argument("--cutoff", type=int, nargs="+", default=[1, 1, 2], help="fewest occurrences, by order")
    parser.add_argument("--max-bytes", type=int, default=1_300_000)
    parser.add_argument("--digits", type=int, default=3, help="decimals of the logarithms")
    parser.add_argument("--arpa", type=pathlib.Path, help="only measure this file")
    parser.add_argument("--perplexity", type=pathlib.Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--hold-out-speakers", default="", metavar="A,B,...",
                        help="table rows of these are left out of --text and are all that --perplexity reads")
    parser.add_argument("--hold-out-every", type=int, default=0, metavar="N",
                        help="the same for every N-th line of files without speakers held out (1 in N)")
    arguments = parser.parse_args()
    if not arguments.arpa and not arguments.text:
        parser.error("--text or --arpa is needed")
    speakers = set(filter(None, arguments.hold_out_speakers.split(",")))
    every = arguments.hold_out_every

    def part(path: pathlib.Path, held_out: bool) -> list[list[str]]:
        with_speakers = path.suffix == ".tsv" and speakers and read_sentences(path, speakers)
        if with_speakers:
            return read_sentences(path, speakers, other=not held_out)
        sentences = read_sentences(path)
        if not every:
            return sentences
        return [words for i, words in enumerate(sentences) if (i % every == every - 1) == held_out]

    if arguments.arpa:
        text = (gzip.open if arguments.arpa.suffix == ".gz" else open)(arguments.arpa, "rt", encoding="utf-8").read()
    else:
        unseen = set()  # the same sentence may stand in several files: long ones must not come back through another
        if every:
            unseen = {tuple(words) for path in arguments.perplexity if path.suffix != ".tsv"
                      for words in part(path, True) if len(words) > 6}
        texts = [([words for words in part(path, False) if tuple(words) not in unseen], weight)
                 for path, weight in arguments.text]
        corpus = Corpus(texts, arguments.order, arguments.words)
        cutoffs = arguments.cutoff + arguments.cutoff[-1:] * arguments.order
        model = build(corpus, cutoffs, arguments.max_bytes, arguments.digits)
        text = format_arpa(model, arguments.digits)
        if arguments.out:
            packed = gzip.compress(text.encode(), mtime=0) if arguments.out.suffix == ".gz" else text.encode()
            arguments.out.write_bytes(packed)
        print(f"{len(text.encode())} bytes, {len(corpus.words)} words, "
              + ", ".join(f"{len(model.listed[k])} {k}-grams" for k in range(2, arguments.order + 1)))
    arpa = Arpa(text)
    worst = arpa.worst_sum(20)
    print(f"sums of P(w | h) over sampled histories: off by at most {worst:.1e}")
    if worst > 5 * 10 ** -arguments.digits:
        sys.exit("the probabilities do not sum to one")
    for path in arguments.perplexity:
        figures = arpa.perplexity(part(path, True))
        print(f"{path.name}: " + ", ".join(f"{key} {value:.5g}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
