package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bookend.model.runtime.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplayLogTest {
  private static final int WIDTH = 2;
  private static final int CAPACITY = 64;

  private final ReplayLog log = new ReplayLog(WIDTH, OptionalInt.empty(), tokens -> tokens);

  /** Appends tokens whose slots run backwards from 63 and whose states are their positions. */
  private static void append(ReplayLog log, int tokens) {
    int from = log.length();
    int[] positions = IntStream.range(from, from + tokens).toArray();
    int[] slots = IntStream.of(positions).map(position -> CAPACITY - 1 - position).toArray();
    ByteBuffer states =
        ByteBuffer.allocate(tokens * WIDTH * Float.BYTES).order(ByteOrder.nativeOrder());
    for (int position : positions) {
      states.putFloat(position).putFloat(-position);
    }
    states.flip();
    Step step = Step.chain(positions, slots, new BitSet(), CAPACITY);
    for (int token = 0; token < tokens; token++) {
      log.append(states, step, token);
    }
  }

  private static int[] positions(Step step) {
    int[] positions = new int[step.tokens()];
    step.positions().asIntBuffer().get(positions);
    return positions;
  }

  private static List<List<Integer>> positions(List<Step> steps) {
    return steps.stream().map(step -> IntStream.of(positions(step)).boxed().toList()).toList();
  }

  @Test
  void stepsRunEveryTokenInItsOwnSlotBehindThoseBeforeIt() {
    append(log, 5);
    List<Step> steps = log.steps(3, CAPACITY);
    assertEquals(List.of(List.of(0, 1, 2), List.of(3, 4)), positions(steps));
    Step second = steps.get(1);
    assertEquals(60, second.slot(0));
    assertEquals(59, second.slot(1));
    BitSet seen = new BitSet();
    for (int slot = 0; slot < CAPACITY; slot++) {
      seen.set(slot, second.cached().get(slot) != 0);
    }
    assertArrayEquals(new int[] {61, 62, 63}, seen.stream().toArray());
    assertArrayEquals(
        new float[] {3, -3, 4, -4}, floats(log.hidden(3, 5)), "states of the second step");
  }

  private static float[] floats(ByteBuffer states) {
    float[] floats = new float[states.remaining() / Float.BYTES];
    states.asFloatBuffer().get(floats);
    return floats;
  }

  /** A step of another size could compute other bits. */
  @Test
  void aLastStepThatIsTooSmallIsPaddedWithTokensBeforeIt() {
    ReplayLog padded =
        new ReplayLog(WIDTH, OptionalInt.empty(), tokens -> tokens <= 4 ? 4 : tokens);
    append(padded, 10);
    assertEquals(
        List.of(List.of(0, 1, 2, 3, 4, 5, 6, 7), List.of(6, 7, 8, 9)),
        positions(padded.steps(8, CAPACITY)));
    assertEquals(
        List.of(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(6, 7, 8, 9)),
        positions(padded.steps(4, CAPACITY)));
    padded.truncate(3);
    assertEquals(List.of(List.of(0, 1, 2)), positions(padded.steps(8, CAPACITY)));
    assertEquals(
        List.of(List.of(0, 1), List.of(2)),
        positions(padded.steps(2, CAPACITY)),
        "no step is larger than the server allows");
  }

  @Test
  void stepsDoNotCrossTheEdgeOfASlidingWindow() {
    ReplayLog windowed = new ReplayLog(WIDTH, OptionalInt.of(3), tokens -> tokens);
    append(windowed, 5);
    List<Step> steps = windowed.steps(8, CAPACITY);
    assertEquals(List.of(List.of(0, 1, 2), List.of(3), List.of(4)), positions(steps));
    assertEquals(0, steps.get(2).cached().get(62), "position 1 is out of the window of position 4");
    assertEquals(1, steps.get(2).cached().get(61));
  }

  @Test
  void whatIsAppendedBehindATruncationReplacesWhatStoodThere() {
    append(log, 3);
    log.truncate(1);
    int[] place = {1};
    ByteBuffer states = ByteBuffer.allocate(WIDTH * Float.BYTES).order(ByteOrder.nativeOrder());
    states.putFloat(7).putFloat(8).flip();
    log.append(states, Step.chain(place, place, new BitSet(), CAPACITY), 0);
    assertArrayEquals(new float[] {0, 0, 7, 8}, floats(log.hidden(0, 2)), 0);
    assertEquals(1, log.steps(8, CAPACITY).get(0).slot(1));
  }

  @Test
  void nothingIsReplayedWhereNothingIsCached() {
    append(log, 5);
    log.truncate(0);
    assertEquals(List.of(), log.steps(8, CAPACITY));
  }

  @Test
  void aTokenOutOfTurnIsRefused() {
    append(log, 2);
    log.truncate(1);
    int[] place = {2};
    Step step = Step.chain(place, place, new BitSet(), CAPACITY);
    ByteBuffer states = ByteBuffer.allocate(WIDTH * Float.BYTES);
    assertThrows(IllegalArgumentException.class, () -> log.append(states, step, 0));
    assertEquals(1, log.length());
  }
}
