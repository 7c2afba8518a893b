package dev.bookend.model.checkpoint.eagle;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
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
 * Opens draft heads in the layout of EAGLE-1 and EAGLE-2 (Li et al., EAGLE, ICML 2024; EAGLE-2,
 * EMNLP 2024; SafeAILab/EAGLE, {@code cnets1.py}): {@code config.json} of one Llama-like layer, and
 * {@code model.safetensors} or {@code pytorch_model.bin} with {@code fc} and {@code layers.0}. Most
 * have no norm before attention; where a file has one, it counts. The embedding and the LM head are
 * the model's: copies of them are not looked at beyond their shape.
 */
public final class EagleHead {
  /** The name of the matrix [H,2H] that joins a token's embedding and the hidden state before. */
  public static final String JOINT = "fc.weight";

  /** The name of its bias [H], which not every head has. */
  public static final String JOINT_BIAS = "fc.bias";

  /** The file of the configuration. */
  public static final String CONFIG = "config.json";

  /** The file of weights that is looked for first. */
  public static final String SAFETENSORS = "model.safetensors";

  /** The file of weights that is looked for then. */
  public static final String PYTORCH = "pytorch_model.bin";

  /** The field of the configuration that lists tokens. */
  public static final String SHORTLIST = "shortlist";

  private static final String BASE = "model.";
  private static final String LAYER = "layers.0.";

  /** The tensors of the model itself, of which some heads have a copy. */
  private static final Set<String> COPIES = Set.of("embed_tokens.weight", "lm_head.weight");

  /** What says how far a layer sees: heads see all of the text. */
  private static final List<String> WINDOW_FIELDS =
      List.of("sliding_window", "use_sliding_window", "max_window_layers", "layer_types");

  private static final int SHOWN = 6;

  private final Path file;
  private final StoredTensors<StoredTensor> tensors;

  private EagleHead(Path file) {
    this.file = file;
    this.tensors =
        (file.endsWith(SAFETENSORS) ? SafetensorsFile.read(file) : PyTorchFile.read(file))
            .renamed(name -> name.startsWith(BASE) ? name.substring(BASE.length()) : name);
  }

  /**
   * Opens a head. Its one layer goes by the names of a model's layer 0, and {@link #JOINT} and
   * {@link #JOINT_BIAS} by their own; it has no tokenizer.
   *
   * @param directory with {@code config.json} and the weights
   * @param model the configuration of the model that the head is to draft for
   * @throws BookendException naming file and tensor, if this is no such head, is damaged, or was
   *     made for another model
   */
  public static Checkpoint open(Path directory, ModelConfig model) {
    JsonFields json = JsonFields.read(directory.resolve(CONFIG));
    EagleHead head = new EagleHead(weights(directory));
    head.refuseOtherKinds(json);
    ModelConfig config = head.config(json);
    head.requireSameModel(json.file(), config, model);
    head.check(config);
    StoredTensors<StoredTensor> named =
        head.tensors.renamed(name -> name.startsWith(LAYER) ? BASE + name : name);
    return FileCheckpoint.ofSome(
        directory, config, () -> TokenizerSource.of("{}"), named.readable(), List.of());
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
    Optional<String> third =
        names.stream()
            .filter(
                name -> name.startsWith("midlayer.") || name.equals("d2t") || name.equals("t2d"))
            .findFirst();
    if (third.isPresent() || (joint.length == 2 && joint[1] == 3 * joint[0])) {
      throw unsupported(
          third.orElse(JOINT),
          "makes this an EAGLE-3 head, which is not supported yet; use an EAGLE-1 or EAGLE-2 head");
    }
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
    if (joint.length != 2 || joint[1] != 2 * joint[0]) {
      throw unsupported(
          JOINT, "has shape " + Arrays.toString(joint) + ", but that of an EAGLE head is [H, 2H]");
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
    boolean hasNorm = tensors.has(LAYER + "input_layernorm.weight");
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
      throw otherModel(
          json + ": hidden_size", config.hiddenSize(), model.hiddenSize(), "wide hidden states");
    }
    if (config.vocabularySize() != model.vocabularySize()) {
      throw otherModel(
          json + ": vocab_size", config.vocabularySize(), model.vocabularySize(), "tokens");
    }
    for (String copy : COPIES) {
      long[] shape = shape(copy);
      if (shape.length > 0 && shape[0] != model.vocabularySize()) {
        throw otherModel(label(copy) + " has", shape[0], model.vocabularySize(), "rows");
      }
      if (shape.length > 1 && shape[1] != model.hiddenSize()) {
        throw otherModel(label(copy) + " has", shape[1], model.hiddenSize(), "columns");
      }
    }
  }

  private static BookendException otherModel(String where, long found, long model, String what) {
    return new BookendException(
        ErrorCode.DRAFT_MODEL_UNSUITABLE,
        where
            + " "
            + found
            + ", but the model has "
            + model
            + " "
            + what
            + ": this head was made for another model");
  }

  /** Compares the tensors with those that the configuration implies. */
  private void check(ModelConfig config) {
    Map<String, long[]> expected = new LinkedHashMap<>();
    long width = config.hiddenSize();
    expected.put(JOINT, new long[] {width, 2 * width});
    if (tensors.has(JOINT_BIAS)) {
      expected.put(JOINT_BIAS, new long[] {width});
    }
    config
        .tensors()
        .layer()
        .forEach(
            tensor ->
                expected.put(
                    tensor.name(0).substring(BASE.length()), config.tensors().shape(tensor)));
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
    if (!expected.contains(name) && !COPIES.contains(name) && !name.endsWith(".inv_freq")) {
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
