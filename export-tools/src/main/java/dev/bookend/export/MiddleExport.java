package dev.bookend.export;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.google.common.hash.Hashing;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.store.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Writes the middle layers of a model into a Triton model repository. Nothing else of the
 * checkpoint is written: no embedding, no layer of the edge, no LM head, no tokenizer.
 *
 * <p>Weights are copied piece by piece, so that memory does not grow with the model. The model
 * appears in the repository at once and whole, so that a running server may watch it.
 */
public final class MiddleExport {
  /** The version that was tested on Triton. */
  private static final int OPSET = 18;

  private static final int IR_VERSION = 8;
  private static final String MODEL = "model.onnx";
  private static final String WEIGHTS = "model.onnx.data";
  private static final String SCRIPT = "model.py";
  private static final String BUILD = "build-engine.sh";

  private final Checkpoint checkpoint;
  private final Contract contract;
  private final OptionalInt tapped;
  private final ExportOptions options;
  private final OptionalInt gpu;
  private final String name;
  private final ExternalData weights;
  private final ModelProto model;

  private MiddleExport(
      Checkpoint checkpoint,
      Contract contract,
      OptionalInt tapped,
      ExportOptions options,
      OptionalInt gpu) {
    this.checkpoint = checkpoint;
    this.contract = contract;
    this.tapped = tapped;
    this.options = options;
    this.gpu = gpu;
    this.name = options.name().orElse("middle-" + contract.from() + "-" + contract.to());
    this.weights = new ExternalData(checkpoint, options.precision(), WEIGHTS);
    this.model = model();
  }

  /**
   * Exports layers [from,to).
   *
   * @param repository directory of the model repository; made if need be, and may hold other models
   * @throws BookendException if the repository has such a model already, the disk has too little
   *     room or cannot be written, the checkpoint cannot be read, or the model was not made for so
   *     long a context
   * @throws IllegalArgumentException if there are no such layers
   */
  public static ExportedModel write(
      Checkpoint checkpoint,
      int from,
      int to,
      ExportOptions options,
      Path repository,
      Progress progress) {
    MiddleExport export =
        of(
            checkpoint,
            from,
            to,
            Contract.of(checkpoint, from, to).tappedLayer(),
            options,
            OptionalInt.empty());
    requireAbsent(export.target(repository));
    requireRoom(repository, export.bytes());
    return export.write(repository, progress);
  }

  /**
   * Prepares an export, without writing anything.
   *
   * @param tapped the layer whose input can be had, if it is one of these; a stage's first layer
   *     may be, because Triton's ensembles cannot put out what one stage hands to the next
   * @param gpu the only GPU that the server may run it on; empty: any
   * @throws IllegalArgumentException as {@link #write}
   */
  static MiddleExport of(
      Checkpoint checkpoint,
      int from,
      int to,
      OptionalInt tapped,
      ExportOptions options,
      OptionalInt gpu) {
    ModelConfig config = checkpoint.config();
    if (from < 0 || to <= from || to > config.layers()) {
      throw new IllegalArgumentException(
          "a model of " + config.layers() + " layers has no layers [" + from + "," + to + ")");
    }
    checkpoint.requireLayers(from, to);
    return new MiddleExport(
        checkpoint,
        Contract.of(checkpoint, from, to),
        tapped.stream().filter(layer -> from <= layer && layer < to).findFirst(),
        options.requireFits(config),
        gpu);
  }

  /** The model's directory. */
  Path target(Path repository) {
    return repository.resolve(name);
  }

  /** Bytes that it takes on the disk. */
  long bytes() {
    return weights.bytes() + model.getSerializedSize();
  }

  /**
   * Writes the model. The caller has made sure with {@link #requireAbsent} and {@link #requireRoom}
   * that nothing is at its place and that there is room.
   */
  ExportedModel write(Path repository, Progress progress) {
    Path target = target(repository);
    Path partial = repository.resolve("." + name + ".part");
    try {
      delete(partial);
      try {
        Path version = Files.createDirectories(partial.resolve("1"));
        Path graph = version;
        Files.writeString(partial.resolve("config.pbtxt"), config());
        Files.writeString(
            partial.resolve(ProbeScript.FILE), ProbeScript.of(name, checkpoint.config(), options));
        switch (options.backend()) {
          case ONNXRUNTIME -> {}
          case PYTHON -> Files.write(version.resolve(SCRIPT), script());
          case TENSORRT -> {
            String build =
                new EngineBuild(checkpoint.config(), options)
                    .script(contract.from(), contract.to());
            Files.writeString(partial.resolve(BUILD), build);
            graph = Files.createDirectories(partial.resolve("onnx"));
          }
        }
        try (OutputStream out = Files.newOutputStream(graph.resolve(MODEL))) {
          model.writeTo(out);
        }
        weights.write(graph, progress);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        delete(partial);
      }
      return new ExportedModel(
          name, target, contract.from(), contract.to(), weights.count(), bytes(target));
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + target + ": " + e.getMessage(), e);
    }
  }

  private ModelProto model() {
    GraphProto graph =
        DecoderGraph.of(
            checkpoint.config(), contract.from(), contract.to(), tapped, options, weights);
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("bookend")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
        .setGraph(graph)
        .build();
  }

  private String config() {
    return new TritonConfig(checkpoint.config(), options)
        .write(
            name,
            contract.from(),
            contract.to(),
            gpu,
            parameters(checkpoint, contract, tapped, options));
  }

  /** The parameters that a middle states in its configuration. */
  static Map<String, String> parameters(
      Checkpoint checkpoint, Contract contract, OptionalInt tapped, ExportOptions options) {
    Map<String, String> parameters = new LinkedHashMap<>(contract.toParameters());
    ModelConfig model = checkpoint.config();
    parameters.put(Contract.MAX_TOKENS_PER_STEP, Integer.toString(options.tokensPerStep(model)));
    parameters.put(Contract.MAX_CONTEXT, Integer.toString(options.maxContext(model)));
    parameters.put(Contract.MAX_SLOTS, Integer.toString(options.maxSlots(model)));
    parameters.put(Contract.PRECISION, options.statedPrecision());
    tapped.ifPresent(layer -> parameters.put(Contract.TAPPED_LAYER, Integer.toString(layer)));
    // The edge does not compare these, since the fingerprint covers them: they inform operators.
    parameters.put("bookend.architecture", model.architecture().name());
    parameters.put(
        "bookend.tokenizer",
        Hashing.sha256()
            .hashString(checkpoint.tokenizer().tokenizer().text(), StandardCharsets.UTF_8)
            .toString());
    return parameters;
  }

  private static byte[] script() throws IOException {
    try (InputStream in = MiddleExport.class.getResourceAsStream(SCRIPT)) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  /**
   * @throws BookendException if something is there already
   */
  static void requireAbsent(Path target) {
    if (Files.exists(target)) {
      throw new BookendException(
          ErrorCode.TARGET_EXISTS,
          target + " is there already; remove it, or export to another directory or name");
    }
  }

  /**
   * Makes a directory, unless it exists.
   *
   * @throws BookendException if its disk has less room than that, in bytes, or it cannot be made
   */
  static void requireRoom(Path directory, long needed) {
    long free;
    try {
      Files.createDirectories(directory);
      free = Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + directory + ": " + e.getMessage(), e);
    }
    if (free < needed) {
      throw new BookendException(
          ErrorCode.DISK_FULL,
          directory
              + ": the export takes "
              + megabytes(needed)
              + " and only "
              + megabytes(free)
              + " are free; make room or give another directory");
    }
  }

  private static String megabytes(long bytes) {
    return (bytes + 999_999) / 1_000_000 + " MB";
  }

  private static long bytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }

  /** Removes a directory and all that is in it, if it exists. */
  static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      List<Path> paths;
      try (Stream<Path> walk = Files.walk(directory)) {
        paths = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : paths) {
        Files.delete(path);
      }
    }
  }
}
