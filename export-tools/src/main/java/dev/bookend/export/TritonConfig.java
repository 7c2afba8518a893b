package dev.bookend.export;

import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.contract.Contract;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Writes the {@code config.pbtxt} of an exported middle: protobuf's text format. */
final class TritonConfig {
  /** How long Triton keeps a session without a request. */
  static final int IDLE_SECONDS = 600;

  private final ModelConfig model;
  private final ExportOptions options;
  private final String type;

  TritonConfig(ModelConfig model, ExportOptions options) {
    this.model = model;
    this.options = options;
    this.type = "TYPE_" + options.precision().tensorType();
  }

  /**
   * The configuration of a model.
   *
   * @param gpu the GPU that it is to run on; empty: any
   * @param parameters the parameters of the model
   */
  String write(String name, int from, int to, OptionalInt gpu, Map<String, String> parameters) {
    return """
        # Layers [%d,%d) of a %s model, for Bookend. The edge allocates the cache slots: nothing here
        # knows tokens, and there are no control inputs.
        name: %s
        backend: "%s"
        max_batch_size: 0

        %s
        sequence_batching {
          # Triton's own default loses a session after one second without a request.
          max_sequence_idle_microseconds: %d
          # Sessions at a time. One more waits, without answer or error, until another ends.
          oldest { max_candidate_sequences: %d }
        %s}

        %s

        %s"""
        .formatted(
            from,
            to,
            model.architecture().name(),
            quote(name),
            options.backend(),
            tensors(parameters.containsKey(Contract.TAPPED_LAYER)),
            IDLE_SECONDS * 1_000_000L,
            options.maxSessions(),
            options.backend() == Backend.PYTHON ? "" : states(CacheState.of(from, to)),
            instances(gpu),
            parameters(parameters));
  }

  /**
   * The configuration of a model that hands each step through others, one after the other.
   *
   * @param stages their names, and the first layer of each
   * @param parameters what the model states of itself
   */
  String writeEnsemble(
      String name,
      int from,
      int to,
      SortedMap<Integer, String> stages,
      Map<String, String> parameters) {
    boolean isTapped = parameters.containsKey(Contract.TAPPED_LAYER);
    int tapping = isTapped ? tapping(stages, parameters) : -1;
    List<String> names = List.copyOf(stages.values());
    return """
        # Layers [%d,%d) of a %s model, for Bookend, in %d stages. A request's sequence, with its START
        # and END, reaches all of them; each keeps the KV cache of its own layers.
        name: %s
        platform: "ensemble"
        max_batch_size: 0

        %s
        ensemble_scheduling {
          step [
        %s
          ]
        }

        %s"""
        .formatted(
            from,
            to,
            model.architecture().name(),
            stages.size(),
            quote(name),
            tensors(isTapped),
            IntStream.range(0, stages.size())
                .mapToObj(stage -> step(names, stage, stage == tapping))
                .collect(Collectors.joining(",\n")),
            parameters(parameters));
  }

  /** The number of the stage that has the tapped layer. */
  private static int tapping(SortedMap<Integer, String> stages, Map<String, String> parameters) {
    int layer = Integer.parseInt(parameters.get(Contract.TAPPED_LAYER));
    return stages.headMap(layer + 1).size() - 1;
  }

  private static String step(List<String> stages, int stage, boolean isTapped) {
    String before = stage == 0 ? Contract.HIDDEN : "after_stage_" + stage;
    String after = stage == stages.size() - 1 ? Contract.HIDDEN_OUT : "after_stage_" + (stage + 1);
    return """
            {
              model_name: %s
              model_version: -1
              input_map { key: "%s" value: "%s" }
        %s
              output_map { key: "%s" value: "%s" }
        %s    }\
        """
        .formatted(
            quote(stages.get(stage)),
            Contract.HIDDEN,
            before,
            Stream.of(Contract.POSITIONS, Contract.SLOTS, Contract.CACHED, Contract.TREE)
                .map(input -> "      input_map { key: \"%s\" value: \"%1$s\" }".formatted(input))
                .collect(Collectors.joining("\n")),
            Contract.HIDDEN_OUT,
            after,
            isTapped
                ? "      output_map { key: \"%s\" value: \"%1$s\" }\n".formatted(Contract.TAPS)
                : "");
  }

  /**
   * @param tapped whether the input of one of its layers can be had
   */
  private String tensors(boolean tapped) {
    String hidden = "[ -1, " + model.hiddenSize() + " ]";
    return """
        input [
          %s,
          %s,
          %s,
          %s,
          %s
        ]
        output [
          %s
        ]
        """
        .formatted(
            tensor(Contract.HIDDEN, type, hidden),
            tensor(Contract.POSITIONS, "TYPE_INT32", "[ -1 ]"),
            tensor(Contract.SLOTS, "TYPE_INT32", "[ -1 ]"),
            tensor(Contract.CACHED, "TYPE_BOOL", "[ -1 ]"),
            tensor(Contract.TREE, "TYPE_BOOL", "[ -1, -1 ]"),
            tensor(Contract.HIDDEN_OUT, type, hidden)
                + (tapped ? ",\n  " + tensor(Contract.TAPS, type, hidden) : ""));
  }

  private String instances(OptionalInt gpu) {
    if (options.precision() == Precision.INT8) {
      return """
          # One copy of the weights. Integer layers are for CPUs.
          instance_group [ { count: 1 kind: KIND_CPU } ]""";
    }
    return gpu.isPresent()
        ? """
        # Each stage has a GPU of its own. On a server without GPUs, take 'gpus' out.
        instance_group [ { count: 1 gpus: [ %d ] } ]"""
            .formatted(gpu.getAsInt())
        : """
        # One copy of the weights per GPU, or one where there is none.
        instance_group [ { count: 1 } ]""";
  }

  private static String parameters(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(entry -> parameter(entry.getKey(), entry.getValue()))
        .collect(
            Collectors.joining(
                "\n",
                "# What the edge compares with its own half before the first token.\n",
                "\n"));
  }

  private static String tensor(String name, String type, String dims) {
    return "{ name: " + quote(name) + " data_type: " + type + " dims: " + dims + " }";
  }

  private String states(List<CacheState> states) {
    return states.stream()
        .map(this::state)
        .collect(
            Collectors.joining(
                ",\n",
                """
                  # The KV cache, which begins as one slot of zeros and grows with 'cached'.
                  state [
                """,
                "\n  ]\n"));
  }

  private String state(CacheState state) {
    String dims = "dims: [ " + model.kvHeads() + ", %d, " + model.headDim() + " ]";
    return """
            {
              input_name: %s
              output_name: %s
              data_type: %s
              %s
              initial_state { name: "empty" data_type: %s %s zero_data: true }
            }\
        """
        .formatted(
            quote(state.past()),
            quote(state.present()),
            type,
            dims.formatted(-1),
            type,
            dims.formatted(1));
  }

  private static String parameter(String key, String value) {
    return "parameters { key: " + quote(key) + " value { string_value: " + quote(value) + " } }";
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
