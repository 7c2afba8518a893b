package dev.bookend.model.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.Trait;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads Hugging Face's {@code config.json} of the families that {@link Architecture} lists, with
 * the defaults of the transformers library. Configurations that ask for another computation than
 * the decoder's here are refused.
 *
 * @param endTokens further ids that end a generation, from another file
 */
public record ConfigReader(JsonFields json, Set<Integer> endTokens) {
  // No published model comes near these; they keep products of two within an int.
  private static final int MAX_LAYERS = 1 << 12;
  private static final int MAX_WIDTH = 1 << 20;
  private static final int MAX_HEADS = 1 << 12;
  private static final int MAX_HEAD_DIM = 1 << 12;
  private static final int MAX_VOCABULARY = 1 << 24;
  private static final int MAX_CONTEXT = 1 << 28;

  private static final int NO_TOKEN = -1;

  /**
   * Reads the configuration.
   *
   * @throws BookendException naming the file and the field, if a field is missing, has an
   *     impossible value, or stands for a decoder that is not supported
   */
  public ModelConfig read() {
    String type = json.text("model_type").orElseThrow(() -> json.missing("model_type"));
    Architecture architecture =
        Architecture.named(type)
            .orElseThrow(
                () ->
                    json.unsupported(
                        "model_type " + type,
                        "a model of "
                            + Architecture.ALL.stream()
                                .map(Architecture::name)
                                .collect(Collectors.joining(", "))));
    return readAs(architecture);
  }

  /**
   * The same for layers whose family is known otherwise, and which need not be one of {@link
   * Architecture#ALL}.
   *
   * @throws BookendException as {@link #read}
   */
  public ModelConfig readAs(Architecture architecture) {
    return new ConfigReader(json.withDefaults(architecture.defaults()), endTokens)
        .read(architecture);
  }

  private ModelConfig read(Architecture architecture) {
    int layers = json.required("num_hidden_layers", MAX_LAYERS);
    int hidden = json.required("hidden_size", MAX_WIDTH);
    int heads = json.required("num_attention_heads", MAX_HEADS);
    int kvHeads = json.integer("num_key_value_heads", MAX_HEADS).orElse(heads);
    if (heads % kvHeads != 0) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          json.file() + ": " + heads + " heads are not a multiple of " + kvHeads + " KV heads");
    }
    int headDim = json.integer("head_dim", MAX_HEAD_DIM).orElse(hidden / heads);
    if (headDim < 2 || headDim % 2 != 0 || headDim > MAX_HEAD_DIM) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          json.file() + ": a head size of " + headDim + " is not even");
    }
    new OtherArithmetic(json, architecture, headDim).refuse();
    int context = json.required("max_position_embeddings", MAX_CONTEXT);
    int vocabulary = json.required("vocab_size", MAX_VOCABULARY);
    return new ModelConfig(
        architecture,
        traits(architecture),
        layers,
        hidden,
        json.required("intermediate_size", MAX_WIDTH),
        heads,
        kvHeads,
        headDim,
        vocabulary,
        context,
        json.number("rms_norm_eps", 0, 1).orElse(1e-6),
        new RopeReader(json, headDim, context).read(),
        new LayerWindows(json, layers).read(architecture.window()),
        endTokens(vocabulary));
  }

  private Set<Trait> traits(Architecture architecture) {
    Set<Trait> traits = new HashSet<>(architecture.traits());
    if (json.flag("attention_bias", false)) {
      traits.add(Trait.ATTENTION_BIAS);
    }
    if (!json.flag("tie_word_embeddings", false)) {
      traits.add(Trait.UNTIED_LM_HEAD);
    }
    return traits;
  }

  /** Leaves out ids outside the vocabulary (some files have -1), which no model can generate. */
  private Set<Integer> endTokens(int vocabulary) {
    Set<Integer> ids = new TreeSet<>(endTokens(json));
    ids.addAll(endTokens);
    ids.removeIf(id -> id < 0 || id >= vocabulary);
    return Set.copyOf(ids);
  }

  /** The {@code eos_token_id} of a configuration: a number or a list of them. */
  public static Set<Integer> endTokens(JsonFields json) {
    Set<Integer> ids = new TreeSet<>();
    json.element("eos_token_id")
        .ifPresent(
            element -> {
              if (element.isJsonArray()) {
                element.getAsJsonArray().forEach(id -> ids.add(tokenId(json, id)));
              } else {
                ids.add(tokenId(json, element));
              }
            });
    return ids;
  }

  /** {@link #NO_TOKEN} for an id that is none, such as the greatest of 32 bits. */
  private static int tokenId(JsonFields json, JsonElement element) {
    double id =
        element instanceof JsonPrimitive primitive && primitive.isNumber()
            ? element.getAsDouble()
            : Double.NaN;
    if (id != Math.rint(id)) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          json.file() + ": eos_token_id must be a whole number or a list of them");
    }
    return Math.abs(id) > Integer.MAX_VALUE ? NO_TOKEN : (int) id;
  }
}
