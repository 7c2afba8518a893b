package dev.bookend.evaluation.plan;

import dev.bookend.link.LinkProfile;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.runtime.LayerSpeed;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.EdgeLayers;
import dev.bookend.model.store.ModelDescription;
import dev.bookend.split.SessionMemory;
import dev.bookend.split.Split;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What one split of a model needs, and how fast it will be. All figures are computed. */
public record SplitPlan(
    ModelDescription model, Split split, PlanOptions options, Optional<LayerSpeed> speed) {
  private static final int THOUSAND = 1000;

  /** Bytes of a request besides its tensors: their names and shapes, and gRPC's frame. */
  private static final int REQUEST_OVERHEAD = 500;

  private static final int ANSWER_OVERHEAD = 250;
  private static final double BITS = 8;
  private static final double MILLIS = 1e3;

  private ModelConfig config() {
    return model.header().config();
  }

  private int middle() {
    return config().layers() - split.lower() - split.upper();
  }

  /** Bytes that an edge fetches that has nothing yet. */
  public long edgeDownload() {
    return model.edgeDownload(new EdgeLayers(split.lower(), split.upper()));
  }

  /** Bytes of memory for the edge's layers and LM head; the embedding stays in its file. */
  public long edgeWeights() {
    WeightType type = options.edgeType();
    return (split.lower() + split.upper()) * layerBytes(type)
        // The LM head has the embedding's shape.
        + config().architecture().tensor(TensorRole.EMBEDDING).stream()
            .mapToLong(tensor -> type.bytes(config().tensors().shape(tensor)))
            .sum()
        + type.bytes(new long[] {config().hiddenSize()});
  }

  private long layerBytes(WeightType type) {
    return config().tensors().layer().stream()
        .mapToLong(tensor -> type.bytes(config().tensors().shape(tensor)))
        .sum();
  }

  /** Bytes of memory for the cloud's layers. */
  public long cloudWeights() {
    long numbers = middle() * layerNumbers(config());
    return numbers * (options.int8Weights() ? 1 : options.cloudNumberBytes());
  }

  static long layerNumbers(ModelConfig config) {
    return config.tensors().layer().stream()
        .mapToLong(tensor -> product(config.tensors().shape(tensor)))
        .sum();
  }

  private static long product(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /** Bytes of the KV cache for 1,000 tokens at the edge. */
  public long edgeKv() {
    return kv(split.lower() + split.upper(), options.edgeType().floats().bytes());
  }

  /** Bytes of the KV cache for 1,000 tokens in the cloud. */
  public long cloudKv() {
    return kv(middle(), options.cloudNumberBytes());
  }

  private long kv(int layers, int numberBytes) {
    return 2L * THOUSAND * layers * config().kvHeads() * config().headDim() * numberBytes;
  }

  /** Bytes of the edge's memory with one session at its longest, and the program itself. */
  public long edgeMemory() {
    return edgeWeights()
        + PlanOptions.PROGRAM_BYTES
        + new SessionMemory(config(), split)
            .edgeBytes(options.context(), options.edgeType().floats().bytes());
  }

  /** Bytes of the cloud's memory with all its sessions at their longest. */
  public long cloudMemory() {
    return cloudWeights()
        + options.sessions()
            * new SessionMemory(config(), split)
                .cloudBytes(options.context(), options.cloudNumberBytes());
  }

  /** Whether the edge has memory for it, where that is known. */
  public boolean fitsEdge() {
    return fits(options.edgeMemory(), edgeMemory());
  }

  /** Whether the cloud has, likewise. */
  public boolean fitsCloud() {
    return fits(options.cloudMemory(), cloudMemory());
  }

  private static boolean fits(OptionalLong room, long bytes) {
    return room.isEmpty() || bytes <= room.getAsLong();
  }

  /** Bytes of hidden states that a token takes each way. */
  public long stateBytes() {
    return (long) config().hiddenSize() * options.cloudNumberBytes();
  }

  /** Bytes of a request with so many tokens. */
  public long up(int tokens) {
    long places = 2L * Integer.BYTES * tokens + (long) tokens * tokens;
    return tokens * stateBytes() + places + Step.capacityFor(options.context()) + REQUEST_OVERHEAD;
  }

  /** Bytes of its answer. */
  public long down(int tokens) {
    return tokens * stateBytes() + ANSWER_OVERHEAD;
  }

  /** Ms on the link for a round trip with so many tokens. */
  public double linkMillis(int tokens) {
    LinkProfile link = options.link();
    return link.roundTrip().toNanos() / 1e6
        + millis(up(tokens), link.upBitsPerSecond())
        + millis(down(tokens), link.downBitsPerSecond());
  }

  private static double millis(long bytes, OptionalLong bitsPerSecond) {
    return bitsPerSecond.isEmpty() ? 0 : MILLIS * BITS * bytes / bitsPerSecond.getAsLong();
  }

  /** Ms in the cloud for a step. */
  public double cloudMillis() {
    return options
        .cloudStep()
        .map(time -> time.toNanos() / 1e6)
        .orElse(
            MILLIS * cloudWeights() / PlanOptions.GPU_BYTES_PER_SECOND
                + PlanOptions.CLOUD_OVERHEAD_MILLIS);
  }

  /** Ms at the edge for a step of so many tokens; empty: it was not measured. */
  public OptionalDouble edgeMillis(int tokens) {
    return speed.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(speed.get().millis(split.lower() + split.upper(), tokens));
  }

  /** Tokens a second, one in each round trip. */
  public OptionalDouble sequential() {
    return rate(1, 1);
  }

  /** Tokens a second with draft tokens. */
  public OptionalDouble speculative() {
    return rate(options.accepted(), 1 + options.draftTokens());
  }

  private OptionalDouble rate(double accepted, int tokens) {
    OptionalDouble edge = edgeMillis(tokens);
    return edge.isEmpty()
        ? edge
        : OptionalDouble.of(
            MILLIS * accepted / (edge.getAsDouble() + linkMillis(tokens) + cloudMillis()));
  }

  /** The same over a link with another round trip. */
  SplitPlan with(LinkProfile link) {
    PlanOptions other =
        new PlanOptions(
            options.edgeType(),
            options.cloudNumberBytes(),
            options.int8Weights(),
            link,
            options.context(),
            options.sessions(),
            options.accepted(),
            options.draftTokens(),
            options.cloudStep(),
            options.edgeMemory(),
            options.cloudMemory());
    return new SplitPlan(model, split, other, speed);
  }

  /** Splits to choose from: some that are as deep at both ends, and this one. */
  public List<SplitPlan> alternatives() {
    int most = (config().layers() - 1) / 2;
    return Stream.concat(
            IntStream.of(1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
                .filter(layers -> layers <= most)
                .mapToObj(layers -> new Split(layers, layers)),
            Stream.of(split))
        .distinct()
        .sorted(Comparator.comparingInt(s -> s.lower() + s.upper()))
        .map(other -> new SplitPlan(model, other, options, speed))
        .toList();
  }
}
