package dev.bookend.grammar;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Some texts as a tree of their bytes; a node stands for what the texts below it have in common.
 */
final class ByteTrie {
  private final TreeMap<Integer, ByteTrie> children = new TreeMap<>();
  private final List<Integer> below = new ArrayList<>();
  private boolean complete;

  /** The tree of texts, which are known by their places in the list. */
  static ByteTrie of(Collection<byte[]> texts) {
    ByteTrie root = new ByteTrie();
    int index = 0;
    for (byte[] text : texts) {
      ByteTrie node = root;
      for (byte value : text) {
        node.below.add(index);
        node = node.children.computeIfAbsent(value & 0xff, ignored -> new ByteTrie());
      }
      node.below.add(index);
      node.complete = true;
      index++;
    }
    return root;
  }

  /** The node behind one more byte; null: no text goes on like this. */
  ByteTrie child(int value) {
    return children.get(value);
  }

  /** The texts that begin in this way, in their order. */
  List<Integer> below() {
    return below;
  }

  /** Whether this is a whole text. */
  boolean isComplete() {
    return complete;
  }

  boolean isLeaf() {
    return children.isEmpty();
  }
}
