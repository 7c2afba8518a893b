package dev.bookend.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A vocabulary as a tree of bytes. Its nodes are numbered so that those below a node follow it;
 * node 0 is the empty text.
 */
final class TokenTrie {
  private final byte[] last;
  private final int[] parents;
  private final int[] depths;
  private final int[] ends;
  private final int[] firstTokens;

  /** Tokens, sorted by their bytes; those of a node are beside each other. */
  private final int[] tokens;

  private final int longest;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(byte[] bytes, int token) {}

  /**
   * Makes the tree.
   *
   * @param bytes of each token; null: the token is left out
   */
  TokenTrie(byte[][] bytes) {
    List<Entry> entries = new ArrayList<>();
    for (int token = 0; token < bytes.length; token++) {
      if (bytes[token] != null && bytes[token].length > 0) {
        entries.add(new Entry(bytes[token], token));
      }
    }
    entries.sort((a, b) -> Arrays.compareUnsigned(a.bytes, b.bytes));
    int nodes = 1;
    byte[] before = new byte[0];
    for (Entry entry : entries) {
      nodes += entry.bytes.length - common(before, entry.bytes);
      before = entry.bytes;
    }
    last = new byte[nodes];
    parents = new int[nodes];
    depths = new int[nodes];
    ends = new int[nodes];
    firstTokens = new int[nodes + 1];
    tokens = new int[entries.size()];
    longest = entries.stream().mapToInt(entry -> entry.bytes.length).max().orElse(0);
    fill(entries);
  }

  private void fill(List<Entry> entries) {
    int[] path = new int[longest + 1];
    int node = 0;
    int depth = 0;
    byte[] before = new byte[0];
    for (int i = 0; i < tokens.length; i++) {
      byte[] bytes = entries.get(i).bytes;
      int common = common(before, bytes);
      for (; depth > common; depth--) {
        ends[path[depth]] = node + 1;
      }
      for (; depth < bytes.length; depth++) {
        node++;
        last[node] = bytes[depth];
        parents[node] = path[depth];
        depths[node] = depth + 1;
        path[depth + 1] = node;
        firstTokens[node] = i;
      }
      tokens[i] = entries.get(i).token;
      before = bytes;
    }
    for (; depth >= 0; depth--) {
      ends[path[depth]] = node + 1;
    }
    firstTokens[node + 1] = tokens.length;
  }

  private static int common(byte[] a, byte[] b) {
    int different = Arrays.mismatch(a, b);
    return different < 0 ? a.length : different;
  }

  /** How many bytes the longest token has. */
  int longest() {
    return longest;
  }

  int depth(int node) {
    return depths[node];
  }

  /** The last byte of a node's text. */
  int last(int node) {
    return last[node] & 0xff;
  }

  /** The first node that is not below a node, nor the node itself. */
  int end(int node) {
    return ends[node];
  }

  boolean isLeaf(int node) {
    return ends[node] == node + 1;
  }

  /** All bytes of a node's text. */
  byte[] bytes(int node) {
    byte[] bytes = new byte[depths[node]];
    for (int at = node; at > 0; at = parents[at]) {
      bytes[depths[at] - 1] = last[at];
    }
    return bytes;
  }

  /** Adds the tokens whose bytes are a node's text to a set. */
  void addTokens(int node, BitSet set) {
    for (int i = firstTokens[node]; i < firstTokens[node + 1]; i++) {
      set.set(tokens[i]);
    }
  }

  /** Takes the tokens that begin with a node's text out of a set. */
  void removeTokensBelow(int node, BitSet set) {
    for (int i = firstTokens[node]; i < firstTokens[ends[node]]; i++) {
      set.clear(tokens[i]);
    }
  }

  /** The node of a text; -1: no token begins with it. */
  int find(byte[] text) {
    int node = 0;
    for (byte value : text) {
      int child = node + 1;
      while (child < ends[node] && last[child] != value) {
        child = ends[child];
      }
      if (child >= ends[node]) {
        return -1;
      }
      node = child;
    }
    return node;
  }
}
