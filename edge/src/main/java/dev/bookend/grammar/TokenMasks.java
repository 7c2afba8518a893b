package dev.bookend.grammar;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.Weigher;
import dev.bookend.model.runtime.LogitEdit;
import dev.bookend.model.runtime.LogitEdit.Allowed;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Finds out which tokens can follow. What can follow within a frame is found once; only for tokens
 * that go beyond the frame, the frames around it are looked at. Safe for use by several threads.
 */
final class TokenMasks {
  private static final long MOST_BYTES = 32L << 20;

  private final byte[][] bytes;
  private final TokenTrie trie;
  private final BitSet singles;
  private final BitSet ends;
  private final Cache<Frame, FrameMask> frames;
  private final Cache<Stacks, LogitEdit> edits;

  /**
   * Which tokens can follow a frame, whatever is around it.
   *
   * @param exits nodes behind which the frame may be over, and there are tokens that go on
   * @param width how many ways to read the text there were at most
   */
  private record FrameMask(BitSet tokens, BitSet exits, int width) {}

  /**
   * @param bytes of each token; null: it is never allowed
   * @param singles the tokens of one byte
   * @param ends the tokens that end an answer
   */
  TokenMasks(byte[][] bytes, BitSet singles, BitSet ends) {
    this.bytes = bytes;
    this.trie = new TokenTrie(bytes);
    this.singles = singles;
    this.ends = ends;
    int weight = bytes.length / 8 + 500;
    this.frames = cache((frame, mask) -> 2 * weight);
    this.edits = cache((stacks, edit) -> weight + 100 * stacks.size());
  }

  private static <K, V> Cache<K, V> cache(Weigher<K, V> weigher) {
    return CacheBuilder.newBuilder().maximumWeight(MOST_BYTES).weigher(weigher).build();
  }

  /** The tokens that can follow in a state, which is not empty. */
  LogitEdit edit(Stacks state) {
    LogitEdit edit = edits.getIfPresent(state);
    if (edit == null) {
      edit = LogitEdit.allow(new Allowed(mask(state)));
      edits.put(state, edit);
    }
    return edit;
  }

  private BitSet mask(Stacks state) {
    BitSet allowed = new BitSet();
    int width = 0;
    for (Stack way : state.ways()) {
      width += way.equals(Stack.END) ? 1 : add(way, allowed);
    }
    if (width >= Stacks.MOST) {
      // Some way may have been left out, so what was added is not sure. Bytes are.
      allowed.clear();
      IntConsumer add = allowed::set;
      singles.stream().filter(token -> !state.step(bytes[token]).isEmpty()).forEach(add);
    }
    if (state.contains(Stack.END)) {
      allowed.or(ends);
    }
    return allowed;
  }

  /**
   * Adds the tokens that can follow one way.
   *
   * @return how many ways it became at most
   */
  private int add(Stack way, BitSet allowed) {
    FrameMask mask = frame(way.top().representative(trie.longest()));
    List<byte[]> barred = way.top().barred();
    BitSet tokens = barred.isEmpty() ? mask.tokens : (BitSet) mask.tokens.clone();
    BitSet exits = barred.isEmpty() ? mask.exits : (BitSet) mask.exits.clone();
    for (byte[] wrong : barred) {
      int node = trie.find(wrong);
      if (node >= 0) {
        trie.removeTokensBelow(node, tokens);
        exits.clear(node, trie.end(node));
      }
    }
    allowed.or(tokens);
    int width = mask.width;
    TokenWalk walk = new TokenWalk(trie);
    BitSet none = new BitSet();
    for (int exit = exits.nextSetBit(0); exit >= 0; exit = exits.nextSetBit(exit + 1)) {
      walk.go(exit, Stacks.of(way).step(trie.bytes(exit)), allowed, none);
    }
    return Math.max(width, walk.width());
  }

  private FrameMask frame(Frame frame) {
    FrameMask mask = frames.getIfPresent(frame);
    if (mask == null) {
      BitSet tokens = new BitSet();
      BitSet exits = new BitSet();
      TokenWalk walk = new TokenWalk(trie);
      walk.go(0, Stacks.of(Stack.UNKNOWN.push(frame)), tokens, exits);
      mask = new FrameMask(tokens, exits, walk.width());
      frames.put(frame, mask);
    }
    return mask;
  }
}
