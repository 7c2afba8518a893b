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
  private static final long MOST_BYTES_OF_EDITS = 32L << 20;
  private static final long MOST_BYTES_OF_FRAMES = 16L << 20;

  private final byte[][] bytes;
  private final TokenTrie trie;
  private final BitSet singles;
  private final BitSet ends;
  private final int editBytes;
  private final Cache<Frame, FrameMask> generalFrames;

  // By what stands for frames and states in their grammar; what is known ends with the grammar.
  private final Cache<Object, FrameMask> frames;
  private final Cache<Object, LogitEdit> edits;

  /**
   * Which tokens can follow a frame, whatever is around it.
   *
   * @param exits nodes behind which the frame may be over, and there are tokens that go on
   * @param width how many ways to read the text there were at most
   */
  private record FrameMask(BitSet tokens, BitSet exits, int width) {
    int bytes() {
      return 300 + (tokens.size() + exits.size()) / 8;
    }
  }

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
    this.editBytes = bytes.length / 8 + 400;
    Weigher<Object, FrameMask> weigher = (frame, mask) -> mask.bytes();
    this.generalFrames =
        CacheBuilder.newBuilder().maximumWeight(MOST_BYTES_OF_FRAMES).weigher(weigher).build();
    this.frames =
        CacheBuilder.newBuilder()
            .weakKeys()
            .maximumWeight(MOST_BYTES_OF_FRAMES)
            .weigher(weigher)
            .build();
    this.edits =
        CacheBuilder.newBuilder()
            .weakKeys()
            .maximumWeight(MOST_BYTES_OF_EDITS)
            .weigher((Object state, LogitEdit edit) -> editBytes)
            .build();
  }

  /**
   * The tokens that can follow in a state.
   *
   * @param state not empty
   * @param known states of the grammar
   */
  LogitEdit edit(Stacks state, KnownStates known) {
    Object standIn = known.standIn(state);
    LogitEdit edit = edits.getIfPresent(standIn);
    if (edit == null) {
      edit = LogitEdit.allow(new Allowed(mask(state, known)));
      edits.put(standIn, edit);
    }
    return edit;
  }

  private BitSet mask(Stacks state, KnownStates known) {
    BitSet allowed = new BitSet();
    int width = 0;
    for (Stack way : state.ways()) {
      width += way.equals(Stack.END) ? 1 : add(way, known, allowed);
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
  private int add(Stack way, KnownStates known, BitSet allowed) {
    FrameMask mask = frame(way.top().representative(trie.longest()), known);
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

  private FrameMask frame(Frame frame, KnownStates known) {
    return frame.isOfAnyGrammar()
        ? frame(generalFrames, frame, frame)
        : frame(frames, known.standIn(frame), frame);
  }

  private <K> FrameMask frame(Cache<K, FrameMask> masks, K key, Frame frame) {
    FrameMask mask = masks.getIfPresent(key);
    if (mask == null) {
      BitSet tokens = new BitSet();
      BitSet exits = new BitSet();
      TokenWalk walk = new TokenWalk(trie);
      walk.go(0, Stacks.of(Stack.UNKNOWN.push(frame)), tokens, exits);
      mask = new FrameMask(tokens, exits, walk.width());
      masks.put(key, mask);
    }
    return mask;
  }
}
