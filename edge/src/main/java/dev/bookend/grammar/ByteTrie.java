package dev.bookend.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A node in some texts as a tree of their bytes. It stands for what the texts below it have in
 * common, which are beside each other once they are sorted; so the tree takes no more memory than
 * its texts.
 *
 * @param from the first of the sorted texts that are below
 * @param to behind the last one
 * @param depth how many bytes they have in common
 */
record ByteTrie(Texts texts, int from, int to, int depth) {
  /** Sorted texts. */
  private static final class Texts {
    final byte[][] sorted;

    /** The place in the order in which they were given. */
    final int[] places;

    /** The number of each among the sorted ones, by its place. */
    final int[] numbers;

    Texts(List<byte[]> texts) {
      places =
          IntStream.range(0, texts.size())
              .boxed()
              .sorted((a, b) -> Arrays.compareUnsigned(texts.get(a), texts.get(b)))
              .mapToInt(Integer::intValue)
              .toArray();
      sorted = Arrays.stream(places).mapToObj(texts::get).toArray(byte[][]::new);
      numbers = new int[places.length];
      for (int i = 0; i < places.length; i++) {
        numbers[places[i]] = i;
      }
    }
  }

  /** The tree of texts, which are known by their places in the list. */
  static ByteTrie of(Collection<byte[]> texts) {
    return new ByteTrie(new Texts(new ArrayList<>(texts)), 0, texts.size(), 0);
  }

  /** The node behind one more byte; null: no text goes on like this. */
  ByteTrie child(int value) {
    int first = firstFrom(value);
    int end = firstFrom(value + 1);
    return first == end ? null : new ByteTrie(texts, first, end, depth + 1);
  }

  /** The first text below whose next byte is at least a value. */
  private int firstFrom(int value) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      byte[] text = texts.sorted[middle];
      if (text.length > depth && (text[depth] & 0xff) >= value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** How many texts begin in this way. */
  int size() {
    return to - from;
  }

  /** The places of the texts that begin in this way, in no particular order. */
  IntStream below() {
    return Arrays.stream(texts.places, from, to);
  }

  /** Whether the text of a place begins in this way. */
  boolean isAbove(int place) {
    int number = texts.numbers[place];
    return number >= from && number < to;
  }

  /** Whether this is a whole text. */
  boolean isComplete() {
    return size() > 0 && texts.sorted[from].length == depth;
  }

  /** The place of the text that this is, if it is {@link #isComplete complete}. */
  int place() {
    return texts.places[from];
  }

  boolean isLeaf() {
    return size() == 0 || texts.sorted[to - 1].length == depth;
  }
}
