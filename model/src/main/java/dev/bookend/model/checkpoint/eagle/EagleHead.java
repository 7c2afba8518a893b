package dev.bookend.model.checkpoint.eagle;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.architecture.WindowRule;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.pytorch.PyTorchFile;
import dev.bookend.model.checkpoint.safetensors.SafetensorsFile;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Opens draft heads of the EAGLE project (Li et al., EAGLE, ICML 2024; EAGLE-2, EMNLP 2024;
 * EAGLE-3, 2025; SafeAILab/EAGLE): {@code config.json} of one Llama-like layer, and {@code
 * model.safetensors} or {@code pytorch_model.bin}.
 *
 * <p>Heads of EAGLE-1 and EAGLE-2 ({@code cnets1.py}) have {@code fc} and {@code layers.0}, most of
 * them without a norm before attention; where a file has one, it counts. The embedding and the LM
 * head are the model's: copies of them are not looked at beyond their shape.
 *
 * <p>Heads of EAGLE-3 ({@code cnets.py}) make their feature of three hidden states of the model
 * ({@link #taps}), have {@code midlayer}, a norm and an LM head of their own, and may have that for
 * some tokens only.
 */
public final class EagleHead {
  /**
   * The name of the matrix [H,2H] that joins a token's embedding and the feature before it; of
   * EAGLE-3 [H,3H], which makes a feature of three hidden states.
   */
  public static final String JOINT = "fc.weight";

  /** The name of its bias [H], which not every head has. */
  public static final String JOINT_BIAS = "fc.bias";

  /** The name of an EAGLE-3 head's norm of embeddings. */
  public static final String EMBEDDING_NORM = "model.layers.0.input_layernorm.weight";

  /** The name of an EAGLE-3 head's norm of features. */
  public static final String FEATURE_NORM = "model.layers.0.hidden_norm.weight";

  /** The file of the configuration. */
  public static final String CONFIG = "config.json";

  /** The file of weights that is looked for first. */
  public static final String SAFETENSORS = "model.safetensors";

  /** The file of weights that is looked for then. */
  public static final String PYTORCH = "pytorch_model.bin";

  /** The field of the configuration that lists tokens. */
  public static final String SHORTLIST = "shortlist";

  private static final String TARGETS = "d2t";
  private static final String THIRD_LAYER = "midlayer.";
  private static final String EMBEDDING = "embed_tokens.weight";
  private static final String LM_HEAD = "lm_head.weight";
  private static final String NORM = "norm.weight";
  private static final String BASE = "model.";
  private static final String LAYER = "layers.0.";

  /** What says how far a layer sees: heads see all of the text. */
  private static final List<String> WINDOW_FIELDS =
      List.of("sliding_window", "use_sliding_window", "max_window_layers", "layer_types");

  private static final int SHOWN = 6;

  private final Path file;
  private final StoredTensors<StoredTensor> tensors;

  private final boolean third;
  private Checkpoint checkpoint;
  private List<Integer> taps = List.of();

  private EagleHead(Path file) {
    this.file = file;
    StoredTensors<StoredTensor> all =
        (file.endsWith(SAFETENSORS) ? SafetensorsFile.read(file) : PyTorchFile.read(file))
            .renamed(name -> name.startsWith(BASE) ? name.substring(BASE.length()) : name);
    this.tensors =
        all.renamed(
            name ->
                name.startsWith(THIRD_LAYER) ? LAYER + name.substring(THIRD_LAYER.length()) : name);
    long[] joint = shape(JOINT);
    this.third =
        tensors.readable().keySet().stream().anyMatch(name -> !all.has(name))
            || tensors.has(TARGETS)
            || (joint.length == 2 && joint[1] == 3 * joint[0]);
  }

  /**
   * Opens a head.
   *
   * @param directory with {@code config.json} and the weights
   * @param model the configuration of the model that the head is to draft for
   * @throws BookendException naming file and tensor, if this is no such head, is damaged, or was
   *     made for another model
   */
  public static EagleHead open(Path directory, ModelConfig model) {
    JsonFields json = JsonFields.read(directory.resolve(CONFIG));
    EagleHead head = new EagleHead(weights(directory));
    head.refuseOtherKinds(json);
    ModelConfig config = head.config(json);
    head.requireSameModel(json.file(), config, model);
    head.check(config);
    head.taps = head.third ? readTaps(json, model.layers()) : List.of(model.layers());
    StoredTensors<StoredTensor> named =
        head.tensors.renamed(
            name -> name.startsWith(LAYER) || name.equals(NORM) ? BASE + name : name);
    head.checkpoint =
        FileCheckpoint.ofSome(
            directory, config, () -> TokenizerSource.of("{}"), named.readable(), List.of());
    return head;
  }

  /**
   * The weights: one layer, by the names of a model's layer 0, and {@link #JOINT} and {@link
   * #JOINT_BIAS} by their own. There is no tokenizer. To be closed by the caller.
   */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Whether it is one of EAGLE-3, and not of EAGLE-1 or EAGLE-2. */
  public boolean isThird() {
    return third;
  }

  /**
   * The layers of the model whose inputs it reads, in rising order; the number of layers stands for
   * what the last one puts out.
   */
  public List<Integer> taps() {
    return taps;
  }

  /**
   * Of an EAGLE-3 head: the token of each row of its LM head.
   *
   * @throws BookendException if one of them is none of the model's
   */
  public int[] targets() {
    int vocabulary = checkpoint.config().vocabularySize();
    int rows = Math.toIntExact(shape(LM_HEAD)[0]);
    long[] offsets =
        (file.endsWith(SAFETENSORS)
                ? SafetensorsFile.wholeNumbers(file, TARGETS)
                : PyTorchFile.wholeNumbers(file, TARGETS))
            .orElseGet(() -> new long[rows]);
    int[] targets = new int[rows];
    for (int row = 0; row < rows; row++) {
      long target = row < offsets.length ? row + offsets[row] : -1;
      if (target < 0 || target >= vocabulary) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            label(TARGETS) + " must lead from each row of " + LM_HEAD + " to a token of the model");
      }
      targets[row] = (int) target;
    }
    return targets;
  }

  /** The layers that the EAGLE project reads, unless the configuration names others. */
  private static List<Integer> readTaps(JsonFields json, int layers) {
    String field = "eagle_aux_hidden_state_layer_ids";
    List<Integer> taps =
        json.element(field)
            .or(() -> json.fields("eagle_config").flatMap(inner -> inner.element(field)))
            .filter(JsonElement::isJsonArray)
            .map(
                element ->
                    element.getAsJsonArray().asList().stream()
                        .map(id -> id instanceof JsonPrimitive number ? number.getAsInt() : -1)
                        .toList())
            .orElse(List.of(2, layers / 2, layers - 3));
    boolean rises = taps.size() == 3 && taps.get(0) < taps.get(1) && taps.get(1) < taps.get(2);
    if (!rises || taps.get(0) < 0 || taps.get(2) > layers) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          json.file()
              + ": the head reads the inputs of layers "
              + taps
              + ", which a model of "
              + layers
              + " layers does not have in this order");
    }
    return taps;
  }

  /**
   * The tokens that a head was taught to tell apart: the field {@code shortlist} of its {@code
   * config.json}, which heads of this program's own training have.
   *
   * @param vocabulary one more than the largest id of a token
   * @return empty if the file says nothing
   * @throws BookendException if what it says makes no sense
   */
  public static Optional<int[]> shortlist(Path directory, int vocabulary) {
    JsonFields json = JsonFields.read(directory.resolve(CONFIG));
    Optional<JsonElement> list = json.element(SHORTLIST);
    if (list.isEmpty()) {
      return Optional.empty();
    }
    try {
      int[] tokens =
          list.get().getAsJsonArray().asList().stream()
              .mapToInt(token -> token.getAsBigDecimal().intValueExact())
              .toArray();
      boolean areTokens = IntStream.of(tokens).allMatch(token -> token >= 0 && token < vocabulary);
      boolean isEachOnce = IntStream.of(tokens).distinct().count() == tokens.length;
      if (tokens.length > 0 && areTokens && isEachOnce) {
        return Optional.of(tokens);
      }
    } catch (IllegalStateException
        | UnsupportedOperationException
        | ArithmeticException
        | NumberFormatException e) {
      // It is no list, or holds something else, as is said below.
    }
    throw new BookendException(
        ErrorCode.MODEL_DAMAGED,
        json.file() + ": " + SHORTLIST + " is not a list of the model's tokens, each once");
  }

  private static Path weights(Path directory) {
    return List.of(SAFETENSORS, PYTORCH).stream()
        .map(directory::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(
            () ->
                new BookendException(
                    ErrorCode.MODEL_NOT_FOUND,
                    directory + ": there is neither " + SAFETENSORS + " nor " + PYTORCH));
  }

  private void refuseOtherKinds(JsonFields json) {
    Set<String> names = new TreeSet<>(tensors.readable().keySet());
    names.addAll(tensors.others().keySet());
    long[] joint = shape(JOINT);
    int parts = third ? 3 : 2;
    if (!names.contains(JOINT) || names.stream().noneMatch(name -> name.startsWith(LAYER))) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          file
              + ": is no EAGLE head: there is no tensor "
              + (names.contains(JOINT) ? LAYER + "*" : JOINT)
              + ", but "
              + (names.isEmpty()
                  ? "none at all"
                  : String.join(", ", names.stream().limit(SHOWN).toList())
                      + (names.size() > SHOWN ? ", ..." : "")));
    }
    if (joint.length != 2 || joint[1] != parts * joint[0]) {
      throw unsupported(
          JOINT,
          "has shape "
              + Arrays.toString(joint)
              + ", but that of such a head is [H, "
              + parts
              + "H]");
    }
    if (json.flag("norm_before_residual", false)) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED, json.file() + ": norm_before_residual is not supported");
    }
    names.stream()
        .filter(name -> name.startsWith("layers.") && !name.startsWith(LAYER))
        .findFirst()
        .ifPresent(
            name -> {
              throw unsupported(name, "is of a second layer, but heads of one layer are supported");
            });
    json.number("num_hidden_layers", 0, 1e6)
        .filter(layers -> layers != 1)
        .ifPresent(
            layers -> {
              throw new BookendException(
                  ErrorCode.MODEL_UNSUPPORTED,
                  json.file()
                      + ": num_hidden_layers is "
                      + layers.intValue()
                      + ", but a draft head has 1");
            });
  }

  /** Shape of a tensor; empty: it is not there, or cannot be read. */
  private long[] shape(String name) {
    StoredTensor tensor = tensors.readable().get(name);
    return tensor == null ? new long[0] : tensor.shape();
  }

  private ModelConfig config(JsonFields json) {
    JsonObject fields = json.object().deepCopy();
    WINDOW_FIELDS.forEach(fields::remove);
    // The EAGLE project's own default, and that of a head which has no text to itself.
    if (!fields.has("max_position_embeddings")) {
      fields.addProperty("max_position_embeddings", 2048);
    }
    fields.addProperty("num_hidden_layers", 1);
    return new ConfigReader(new JsonFields(json.file(), fields), Set.of()).readAs(architecture());
  }

  /** The layer: which norms and biases it has, the tensors say. */
  private Architecture architecture() {
    Set<Trait> traits = new HashSet<>();
    if (tensors.has(LAYER + "self_attn.q_proj.bias")) {
      traits.add(Trait.ATTENTION_BIAS);
    }
    if (tensors.has(LAYER + "self_attn.q_norm.weight")) {
      traits.add(Trait.QUERY_KEY_NORM);
    }
    traits.add(Trait.UNTIED_LM_HEAD); // the head's own, if it has one
    boolean hasNorm = !third && tensors.has(LAYER + "input_layernorm.weight");
    return new Architecture(
        "eagle",
        Optional.empty(),
        Architecture.LLAMA.tensors().stream()
            .filter(tensor -> hasNorm || tensor.role() != TensorRole.INPUT_NORM)
            .toList(),
        traits,
        WindowRule.WHERE_STATED,
        Map.of());
  }

  private void requireSameModel(Path json, ModelConfig config, ModelConfig model) {
    if (config.hiddenSize() != model.hiddenSize()) {
      throw otherModel(json + ": hidden_size", config.hiddenSize(), model.hiddenSize());
    }
    if (config.vocabularySize() != model.vocabularySize()) {
      throw otherModel(json + ": vocab_size", config.vocabularySize(), model.vocabularySize());
    }
    for (String copy : copies()) {
      long[] shape = shape(copy);
      if (shape.length > 0 && shape[0] != model.vocabularySize()) {
        throw otherModel(label(copy) + ": rows", shape[0], model.vocabularySize());
      }
      if (shape.length > 1 && shape[1] != model.hiddenSize()) {
        throw otherModel(label(copy) + ": columns", shape[1], model.hiddenSize());
      }
    }
  }

  /** The tensors of the model itself, of which some heads have a copy. */
  private Set<String> copies() {
    return third ? Set.of(EMBEDDING) : Set.of(EMBEDDING, LM_HEAD);
  }

  private static BookendException otherModel(String where, long found, long model) {
    return new BookendException(
        ErrorCode.DRAFT_MODEL_UNSUITABLE,
        where
            + " "
            + found
            + ", but the model's "
            + model
            + ": this head was made for another model");
  }

  /** Compares the tensors with those that the configuration implies. */
  private void check(ModelConfig config) {
    Map<String, long[]> expected = new LinkedHashMap<>();
    long width = config.hiddenSize();
    expected.put(JOINT, new long[] {width, (third ? 3 : 2) * width});
    if (!third && tensors.has(JOINT_BIAS)) {
      expected.put(JOINT_BIAS, new long[] {width});
    }
    config
        .tensors()
        .layer()
        .forEach(
            tensor ->
                expected.put(
                    tensor.name(0).substring(BASE.length()), config.tensors().shape(tensor)));
    if (third) {
      expectThird(expected, config);
    }
    expected.forEach(this::check);
    for (String name : tensors.readable().keySet()) {
      refuseUnknown(name, expected.keySet());
    }
    tensors
        .others()
        .forEach(
            (name, tensor) -> {
              if (tensor.isWeight()) {
                refuseUnknown(name, expected.keySet());
              }
            });
  }

  private void expectThird(Map<String, long[]> expected, ModelConfig config) {
    long width = config.hiddenSize();
    for (TensorRole role : List.of(TensorRole.QUERY, TensorRole.KEY, TensorRole.VALUE)) {
      String name = config.tensors().name(role, 0).substring(BASE.length());
      expected.put(name, new long[] {expected.get(name)[0], 2 * width});
    }
    for (String norm : List.of(EMBEDDING_NORM, FEATURE_NORM)) {
      expected.put(norm.substring(BASE.length()), new long[] {width});
    }
    expected.put(NORM, new long[] {width});
    long[] head = shape(LM_HEAD);
    boolean isPart = tensors.has(TARGETS) && head.length == 2 && head[0] <= config.vocabularySize();
    expected.put(LM_HEAD, new long[] {isPart ? head[0] : config.vocabularySize(), width});
  }

  private void check(String name, long[] shape) {
    if (tensors.others().containsKey(name)) {
      throw tensors.others().get(name).failure();
    }
    long[] found = shape(name);
    if (found.length == 0) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, label(name) + " is missing; fetch the head again");
    }
    if (!Arrays.equals(found, shape)) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          label(name)
              + " has shape "
              + Arrays.toString(found)
              + ", but the configuration implies "
              + Arrays.toString(shape));
    }
  }

  private void refuseUnknown(String name, Set<String> expected) {
    // The rotary frequencies follow from the configuration.
    if (!expected.contains(name) && !copies().contains(name) && !name.endsWith(".inv_freq")) {
      throw unsupported(name, "has no place in an EAGLE head as this program knows it");
    }
  }

  private String label(String tensor) {
    return file + ": tensor " + tensor;
  }

  private BookendException unsupported(String tensor, String why) {
    return new BookendException(ErrorCode.MODEL_UNSUPPORTED, label(tensor) + " " + why);
  }
}
