package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Locale;
import java.util.Random;

/** The format in which hidden states are sent, and what it loses of them. */
public sealed interface Wire {
  /**
   * Reads {@code fp32}, {@code fp16}, {@code int8}, {@code int4} or {@code noise=S}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static Wire parse(String text) {
    switch (text) {
      case "fp32", "fp16" -> {
        return new Floats(text.equals("fp16"));
      }
      case "int8", "int4" -> {
        return new Quantised(text.charAt(3) - '0');
      }
      default -> {
        if (text.matches("noise=[0-9]{1,3}(\\.[0-9]{1,3})?")) {
          double size = Double.parseDouble(text.substring("noise=".length()));
          if (size > 0) {
            return new Noisy(size);
          }
        }
        throw new IllegalArgumentException(
            "'"
                + text
                + "' is not a wire type; write fp32, fp16, int8, int4 or noise=S, S above 0");
      }
    }
  }

  /**
   * The states as they arrive.
   *
   * @param states FP32 [T,H]
   * @param random for noise
   * @return FP32 [T,H], attached to the manager of {@code states}
   */
  NDArray carry(NDArray states, Random random);

  /** Random numbers of somebody's own: an attacker does not know the victim's noise. */
  static Random draws(String whose) {
    return new Random(whose.hashCode());
  }

  /**
   * The states of a text as they arrive. Noise is not added to the template's tokens, which
   * everybody knows.
   *
   * @param position of the first state
   * @param prompt that the text begins with
   */
  default NDArray carryText(NDArray states, int position, PromptTokens prompt, Random random) {
    return carry(states, random);
  }

  /**
   * The middle's output as it arrives at the edge. The cloud knows it, so noise is added only to
   * states that are sent up.
   *
   * @param states FP32 [T,H]
   */
  default NDArray carryBack(NDArray states) {
    return carry(states, null);
  }

  /**
   * How far apart two computations of one state may arrive whose floating-point sums were made in
   * different orders: a generous limit, in which a few numbers may be rounded the other way.
   *
   * @param states FP32 [T,H] as they arrived
   * @return FP32 [T], Euclidean
   */
  default NDArray slack(NDArray states) {
    return states.square().sum(new int[] {1}).sqrt().mul(1e-3);
  }

  /** Floating-point numbers of 32 or 16 bits. */
  record Floats(boolean half) implements Wire {
    @Override
    public NDArray carry(NDArray states, Random random) {
      return half ? states.toType(DataType.FLOAT16, true).toType(DataType.FLOAT32, true) : states;
    }

    @Override
    public String toString() {
      return half ? "fp16" : "fp32";
    }
  }

  /** Integers of a number of bits, with a scale for each token. */
  record Quantised(int bits) implements Wire {
    @Override
    public NDArray carry(NDArray states, Random random) {
      NDArray scale = scale(states);
      return states.div(scale).round().mul(scale);
    }

    private NDArray scale(NDArray states) {
      int largest = (1 << (bits - 1)) - 1;
      return states.abs().max(new int[] {1}, true).maximum(1e-30f).div(largest);
    }

    @Override
    public NDArray slack(NDArray states) {
      // Four numbers rounded the other way are two scales apart.
      return Wire.super.slack(states).add(scale(states).squeeze(1).mul(2));
    }

    @Override
    public String toString() {
      return "int" + bits;
    }
  }

  /**
   * Floating-point numbers with Gaussian noise.
   *
   * @param size standard deviation of the noise, divided by the root mean square of each state
   */
  record Noisy(double size) implements Wire {
    @Override
    public NDArray carry(NDArray states, Random random) {
      Shape shape = states.getShape();
      float[] noise = new float[(int) shape.size()];
      for (int i = 0; i < noise.length; i++) {
        noise[i] = (float) (size * random.nextGaussian());
      }
      NDArray scale = states.square().mean(new int[] {1}, true).sqrt();
      NDArray drawn = states.getManager().create(noise, shape);
      return states.add(drawn.mul(scale));
    }

    @Override
    public NDArray carryText(NDArray states, int position, PromptTokens prompt, Random random) {
      float[] isKnown = new float[(int) states.getShape().get(0)];
      float[] isSecret = new float[isKnown.length];
      for (int i = 0; i < isKnown.length; i++) {
        isKnown[i] = prompt.isTemplate(position + i) ? 1 : 0;
        isSecret[i] = 1 - isKnown[i];
      }
      Shape column = new Shape(isKnown.length, 1);
      NDArray known = states.getManager().create(isKnown, column);
      NDArray secret = states.getManager().create(isSecret, column);
      return states.mul(known).add(carry(states, random).mul(secret));
    }

    @Override
    public NDArray carryBack(NDArray states) {
      return states;
    }

    @Override
    public String toString() {
      return "noise=" + (size == Math.rint(size) ? Long.toString((long) size) : size(size));
    }

    private static String size(double size) {
      return String.format(Locale.ROOT, "%s", size);
    }
  }
}
