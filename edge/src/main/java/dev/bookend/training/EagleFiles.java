package dev.bookend.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Writes a draft head as heads of EAGLE's first layout are published: {@code config.json}, in which
 * the ids of the tokens stand that the head has learned to tell apart, and {@code
 * model.safetensors}, of FP16 tensors.
 */
final class EagleFiles {
  private static final String OF_MODEL = "model.";

  private final Path directory;
  private final ModelConfig config;

  EagleFiles(Path directory, ModelConfig config) {
    this.directory = directory;
    this.config = config;
  }

  private record Tensor(Shape shape, ByteBuffer content) {}

  /** Writes both files, over older ones. */
  void write(List<NDArray> learned, int[] tokens) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<String> names = new ArrayList<>(List.of(EagleHead.JOINT));
    for (TensorSpec tensor : config.tensors().layer()) {
      if (tensor.role() != TensorRole.INPUT_NORM) {
        names.add(tensor.name(0).substring(OF_MODEL.length()));
      }
    }
    for (int i = 0; i < names.size(); i++) {
      tensors.put(names.get(i), halves(learned.get(i)));
    }
    try {
      Files.createDirectories(directory);
      replace(EagleHead.SAFETENSORS, content(tensors));
      String json = new Gson().toJson(description(tokens));
      replace(EagleHead.CONFIG, List.of(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8))));
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + directory + ": " + FileProblem.of(e), e);
    }
  }

  private static Tensor halves(NDArray tensor) {
    try (NDArray half = tensor.toType(DataType.FLOAT16, true)) {
      return new Tensor(tensor.getShape(), half.toByteBuffer());
    }
  }

  private static List<ByteBuffer> content(Map<String, Tensor> tensors) {
    JsonObject header = new JsonObject();
    long at = 0;
    List<ByteBuffer> content = new ArrayList<>();
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      JsonObject one = new JsonObject();
      one.addProperty("dtype", "F16");
      one.add("shape", array(tensor.shape().getShape()));
      one.add("data_offsets", array(at, at + tensor.content().remaining()));
      at += tensor.content().remaining();
      header.add(entry.getKey(), one);
      content.add(tensor.content());
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer first = ByteBuffer.allocate(Long.BYTES + text.length).order(ByteOrder.LITTLE_ENDIAN);
    content.add(0, first.putLong(text.length).put(text).flip());
    return content;
  }

  private static JsonArray array(long... numbers) {
    JsonArray array = new JsonArray();
    for (long number : numbers) {
      array.add(number);
    }
    return array;
  }

  private JsonObject description(int[] tokens) {
    JsonObject json = new JsonObject();
    json.addProperty("model_type", "llama");
    json.addProperty("num_hidden_layers", 1);
    json.addProperty("hidden_size", config.hiddenSize());
    json.addProperty("intermediate_size", config.intermediateSize());
    json.addProperty("num_attention_heads", config.heads());
    json.addProperty("num_key_value_heads", config.kvHeads());
    json.addProperty("head_dim", config.headDim());
    json.addProperty("vocab_size", config.vocabularySize());
    json.addProperty("rms_norm_eps", config.normEpsilon());
    json.addProperty("max_position_embeddings", config.contextLength());
    json.addProperty("rope_theta", ropeTheta());
    json.addProperty("bias", false);
    json.add(EagleHead.SHORTLIST, array(IntStream.of(tokens).asLongStream().toArray()));
    json.addProperty("torch_dtype", "float16");
    return json;
  }

  /**
   * The frequencies are powers of it; a model's context extension leaves the highest as they were.
   */
  private double ropeTheta() {
    List<Double> frequencies = config.rope().inverseFrequencies();
    double theta = Math.pow(frequencies.get(1), -frequencies.size());
    return Math.abs(theta - Math.rint(theta)) < 1e-6 * theta ? Math.rint(theta) : theta;
  }

  private void replace(String name, List<ByteBuffer> content) throws IOException {
    Path partial = Files.createTempFile(directory, name, ".partial");
    try {
      try (FileChannel out = FileChannel.open(partial, StandardOpenOption.WRITE)) {
        for (ByteBuffer part : content) {
          while (part.hasRemaining()) {
            out.write(part);
          }
        }
      }
      Files.move(partial, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
