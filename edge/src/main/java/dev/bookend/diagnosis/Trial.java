package dev.bookend.diagnosis;

import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Step;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.RemoteSequence;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.triton.InferResult;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** A step that nobody needs, to see whether a middle computes it. Its hidden states are random. */
final class Trial {
  static final int CAPACITY = 64;

  private final ServedMiddle served;
  private final int hiddenSize;

  Trial(ServedMiddle served, int hiddenSize) {
    this.served = served;
    this.hiddenSize = hiddenSize;
  }

  /**
   * Sends a step with so many tokens behind those that are cached.
   *
   * @param end whether the sequence ends with it
   */
  CompletableFuture<InferResult> send(
      RemoteSequence sequence, int cachedTokens, int tokens, boolean end) {
    BitSet cached = new BitSet();
    cached.set(0, cachedTokens);
    int[] places = IntStream.range(cachedTokens, cachedTokens + tokens).toArray();
    return sequence.send(hidden(tokens), Step.chain(places, places, cached, CAPACITY), end);
  }

  private ByteBuffer hidden(int tokens) {
    int numbers = Math.multiplyExact(tokens, hiddenSize);
    int bytes = Math.multiplyExact(numbers, served.halfPrecision() ? 2 : Float.BYTES);
    ByteBuffer hidden = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(1);
    for (int i = 0; i < numbers; i++) {
      int sign = random.nextInt() & 0x8000;
      int half = sign | 0x3800 | random.nextInt(0x400); // +-[0.5,1)
      if (served.halfPrecision()) {
        hidden.putShort((short) half);
      } else {
        hidden.putFloat((sign == 0 ? 1 : -1) * (0.5f + random.nextFloat() / 2));
      }
    }
    return hidden.flip();
  }

  /**
   * Waits for the answer to a step.
   *
   * @throws CloudException if its values cannot be what the middle computes
   * @throws dev.bookend.triton.TritonException as {@link RemoteSequence#await}
   */
  void await(RemoteSequence sequence, CompletableFuture<InferResult> answer, int tokens) {
    requireNumbers(sequence.await(answer, tokens).duplicate().order(ByteOrder.LITTLE_ENDIAN));
  }

  private void requireNumbers(ByteBuffer hidden) {
    boolean finite = true;
    boolean zero = true;
    while (hidden.hasRemaining()) {
      // With all bits of the exponent set a number is infinite, or not a number.
      if (served.halfPrecision()) {
        short number = hidden.getShort();
        finite &= (number & 0x7c00) != 0x7c00;
        zero &= (number & 0x7fff) == 0;
      } else {
        float number = hidden.getFloat();
        finite &= Float.isFinite(number);
        zero &= number == 0;
      }
    }
    if (!finite || zero) {
      throw new CloudException(
          ErrorCode.CLOUD_FAILED,
          "model '"
              + served.model()
              + "' answers a step with "
              + (zero ? "nothing but zeros" : "values that are not finite numbers")
              + "; its weights are damaged, or its precision is too narrow for them");
    }
  }
}
