package dev.bookend.grammar;

import java.util.List;
import java.util.function.Consumer;

/**
 * Where a text is within one value, object or array. A value equal to another one goes on in the
 * same ways. Immutable, and never without a way to go on.
 */
interface Frame {
  /**
   * Goes on with a byte.
   *
   * @param value of the byte, 0 to 255
   * @param rest the frames around this one
   * @param next given each way to go on; {@code rest} itself where this frame may be over
   */
  void step(int value, Stack rest, Consumer<Stack> next);

  /**
   * A frame that goes on with the same bytes as this one for a while, and is the same for many.
   * What {@link #barred} says is left out, and so is what the frames around this one are told.
   *
   * @param horizon how many bytes "a while" is
   */
  default Frame representative(int horizon) {
    return this;
  }

  /**
   * Whether this says nothing that only some grammar says, and refers to nothing of one. Then what
   * is known of it may be kept for all grammars.
   */
  default boolean isOfAnyGrammar() {
    return false;
  }

  /** About how many bytes of memory it takes, without what it shares with others. */
  default int bytes() {
    return 50;
  }

  /** Bytes with which this frame may not go on, although its representative may. */
  default List<byte[]> barred() {
    return List.of();
  }

  /** This frame once a key that it waits for has been read. */
  default Frame named(String key) {
    throw new IllegalStateException("no key is waited for");
  }
}
