package dev.bookend.grammar;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which tokens can follow, found by going through the vocabulary's tree once. Each state of the
 * automaton that is met is looked at once for each byte.
 */
final class TokenWalk {
  private static final int MOST_STATES = 20_000;

  private final TokenTrie trie;
  private final Map<Stacks, State> states = new HashMap<>();
  private int width;

  TokenWalk(TokenTrie trie) {
    this.trie = trie;
  }

  private static final class State {
    final Stacks stacks;
    final boolean isWrong;
    final boolean isExit;
    State[] next;

    State(Stacks stacks) {
      this.stacks = stacks;
      this.isWrong = stacks.isEmpty();
      this.isExit = stacks.contains(Stack.UNKNOWN);
    }
  }

  /**
   * How many ways to read the text there were at most; {@link Stacks#MOST} also if there were so
   * many states that the walk was given up.
   */
  int width() {
    return width;
  }

  /**
   * Adds the tokens below a node, without its own.
   *
   * @param begin the state at the node
   * @param allowed to which they are added
   * @param exits to which the nodes are added behind which {@link Stack#UNKNOWN} frames go on
   */
  void go(int node, Stacks begin, BitSet allowed, BitSet exits) {
    State[] path = new State[trie.longest() + 1];
    path[trie.depth(node)] = state(begin);
    int end = trie.end(node);
    for (int at = node + 1; at < end && width < Stacks.MOST; ) {
      State next = next(path[trie.depth(at) - 1], trie.last(at));
      if (next.isWrong) {
        at = trie.end(at);
        continue;
      }
      path[trie.depth(at)] = next;
      trie.addTokens(at, allowed);
      if (next.isExit && !trie.isLeaf(at)) {
        exits.set(at);
      }
      at++;
    }
  }

  private State next(State state, int value) {
    if (state.next == null) {
      state.next = new State[256];
    }
    State next = state.next[value];
    if (next == null) {
      next = state(state.stacks.step(value));
      state.next[value] = next;
    }
    return next;
  }

  private State state(Stacks stacks) {
    width = states.size() > MOST_STATES ? Stacks.MOST : Math.max(width, stacks.size());
    return states.computeIfAbsent(stacks, State::new);
  }
}
