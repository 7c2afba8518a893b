package dev.bookend.model.contract;

import dev.bookend.model.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What edge and cloud must agree on. The cloud states it in the parameters of its model
 * configuration, which a stock Triton server hands out; the edge compares it with its own half
 * before the first token.
 *
 * @param fingerprint of the whole model's weights ({@link Checkpoint#fingerprint})
 * @param layers number of decoder layers of the whole model
 * @param from first layer in the cloud
 * @param to layer after the last in the cloud
 * @param hiddenSize width of the hidden states, H
 */
public record Contract(String fingerprint, int layers, int from, int to, int hiddenSize) {
  /** Version of the tensors and their meaning, which docs/protocol.md defines. */
  public static final int VERSION = 1;

  /** FP32 or FP16 [T,H]: output of the lower layers. */
  public static final String HIDDEN = "hidden";

  /** INT32 [T]: rotary position of each new token. */
  public static final String POSITIONS = "positions";

  /** INT32 [T]: cache slot of each new token. */
  public static final String SLOTS = "slots";

  /** BOOL [C]: the old slots that every new token sees. */
  public static final String CACHED = "cached";

  /** BOOL [T,T]: the new tokens that each new token sees. */
  public static final String TREE = "tree";

  /** As {@link #HIDDEN} [T,H]: output of the middle layers. */
  public static final String HIDDEN_OUT = "hidden_out";

  /** As {@link #HIDDEN} [T,H]: the input of a layer of the middle, put out for who names it. */
  public static final String TAPS = "taps";

  /** Parameter with the number of the layer, in the whole model, whose input {@link #TAPS} is. */
  public static final String TAPPED_LAYER = "bookend.tapped_layer";

  /** Parameter with the most new tokens that one step may have. */
  public static final String MAX_TOKENS_PER_STEP = "bookend.max_tokens_per_step";

  /** Parameter with the most positions that a session may have. */
  public static final String MAX_CONTEXT = "bookend.max_context";

  /**
   * Parameter with the precision of the weights and, behind a slash, of what is computed with them,
   * such as {@code int8/fp32}. No part of what must agree with the edge, whose half may have
   * another; but two middles of different precision give different texts.
   */
  public static final String PRECISION = "bookend.precision";

  /** Parameter with the largest C. */
  public static final String MAX_SLOTS = "bookend.max_slots";

  private static final String VERSION_KEY = "bookend.contract";
  private static final String FINGERPRINT = "bookend.fingerprint";
  private static final String LAYERS = "bookend.layers";
  private static final String FROM = "bookend.from";
  private static final String TO = "bookend.to";
  private static final String HIDDEN_SIZE = "bookend.hidden_size";

  /** The contract for a model whose layers [from,to) are in the cloud. */
  public static Contract of(Checkpoint checkpoint, int from, int to) {
    return new Contract(
        checkpoint.fingerprint(),
        checkpoint.config().layers(),
        from,
        to,
        checkpoint.config().hiddenSize());
  }

  /**
   * The layer whose input draft heads of EAGLE-3 read in the middle: half of the model's way up.
   *
   * @return empty: it is not within the middle
   */
  public OptionalInt tappedLayer() {
    int half = layers / 2;
    return from < half && half < to ? OptionalInt.of(half) : OptionalInt.empty();
  }

  /** Whether a model with these parameters is the middle of some Bookend model. */
  public static boolean isStatedIn(Map<String, String> parameters) {
    return parameters.containsKey(VERSION_KEY);
  }

  /**
   * The contract that a model with these parameters states.
   *
   * @throws IllegalArgumentException if it is of another version or lacks a parameter
   */
  public static Contract parse(Map<String, String> parameters) {
    String version = parameters.getOrDefault(VERSION_KEY, "none");
    if (!version.equals(Integer.toString(VERSION))) {
      throw new IllegalArgumentException(
          "contract version " + VERSION + " here, " + version + " there");
    }
    return new Contract(
        parameters.getOrDefault(FINGERPRINT, ""),
        number(parameters, LAYERS),
        number(parameters, FROM),
        number(parameters, TO),
        number(parameters, HIDDEN_SIZE));
  }

  private static int number(Map<String, String> parameters, String key) {
    String text = parameters.getOrDefault(key, "not stated");
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " is '" + text + "', no number", e);
    }
  }

  /** The parameters of a model configuration that state this contract. */
  public Map<String, String> toParameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put(VERSION_KEY, Integer.toString(VERSION));
    parameters.put(FINGERPRINT, fingerprint);
    parameters.put(LAYERS, Integer.toString(layers));
    parameters.put(FROM, Integer.toString(from));
    parameters.put(TO, Integer.toString(to));
    parameters.put(HIDDEN_SIZE, Integer.toString(hiddenSize));
    return parameters;
  }

  /**
   * How a model with these parameters differs from this contract, each difference in a few words;
   * empty if it fits.
   */
  public List<String> differences(Map<String, String> parameters) {
    List<String> differences = new ArrayList<>();
    Map<String, String> here = toParameters();
    Map<String, String> names =
        Map.of(
            VERSION_KEY, "contract version",
            FINGERPRINT, "weights",
            LAYERS, "number of layers",
            FROM, "first layer in the cloud",
            TO, "layer after the last in the cloud",
            HIDDEN_SIZE, "hidden size");
    here.forEach(
        (key, value) -> {
          String there = parameters.getOrDefault(key, "not stated");
          if (!value.equals(there)) {
            differences.add(
                names.get(key) + " " + shorten(value) + " here, " + shorten(there) + " there");
          }
        });
    return differences;
  }

  private static String shorten(String value) {
    return value.length() <= 12 ? value : value.substring(0, 12) + "…";
  }
}
