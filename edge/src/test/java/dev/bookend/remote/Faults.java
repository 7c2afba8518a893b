package dev.bookend.remote;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bookend.remote.HostileProxy.Fault;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelInferResponse.InferOutputTensor;
import dev.bookend.triton.proto.ModelParameter;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * Faults of all kinds, drawn at random. None changes a hidden state to another plausible one, which
 * nobody could notice.
 */
final class Faults {
  /** Texts that have meant something to clients, or do harm where they are printed. */
  private static final List<String> TEXTS =
      List.of(
          "",
          "channel shutdownNow invoked",
          "Channel shutdown invoked",
          "cancelled",
          "interrupted",
          "must specify the START flag",
          "Request for unknown model: 'm' is not found",
          "exceeds maximum queue size",
          "Request timeout expired",
          "RST_STREAM closed stream. HTTP/2 error code: CANCEL",
          "\u001b]52;c;cm0gLXJmIH4=\u0007",
          "\u001b[2J\u009b31m\u202egnp.exe\r\nbookend: all is well",
          "x".repeat(100_000));

  private static final float[] IMPOSSIBLE = {
    Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e20f, -1e30f, Float.MAX_VALUE
  };

  private Faults() {}

  /**
   * A fault in the answers to a method.
   *
   * @param at the number of the message that it happens to, from 0
   * @param again whether it happens to all later ones as well
   */
  static Fault of(Random random, String method, int at, boolean again) {
    UnaryOperator<byte[]> change = change(random, method);
    int kind = random.nextInt(10);
    AtomicInteger seen = new AtomicInteger();
    return (name, message) -> {
      int number = name.equals(method) ? seen.getAndIncrement() : -1;
      if (number < at || (number > at && !again)) {
        return List.of(message);
      }
      return switch (kind) {
        case 0 -> List.of(); // dropped
        case 1 -> List.of(message, message);
        case 2, 3 -> throw status(new Random(number + kind * 31L + at));
        default -> List.of(change.apply(message));
      };
    };
  }

  private static io.grpc.StatusRuntimeException status(Random random) {
    Status.Code[] codes = Status.Code.values();
    Metadata trailers = new Metadata();
    if (random.nextInt(4) == 0) {
      trailers.put(Metadata.Key.of("note", Metadata.ASCII_STRING_MARSHALLER), "n".repeat(200_000));
    }
    String text = TEXTS.get(random.nextInt(TEXTS.size()));
    return codes[random.nextInt(codes.length)]
        .toStatus()
        .withDescription(text.isEmpty() ? null : text)
        .asRuntimeException(trailers);
  }

  private static UnaryOperator<byte[]> change(Random random, String method) {
    return switch (random.nextInt(4)) {
      case 0 -> message -> Arrays.copyOf(message, random.nextInt(message.length + 1));
      case 1 -> message -> withGarbage(message, random);
      default ->
          switch (method) {
            case "ModelStreamInfer" -> message -> answer(message, random);
            case "ModelConfig" -> message -> config(message, random);
            default -> message -> index(message, random);
          };
    };
  }

  private static byte[] withGarbage(byte[] message, Random random) {
    byte[] garbage = new byte[1 + random.nextInt(40)];
    random.nextBytes(garbage);
    byte[] longer = Arrays.copyOf(message, message.length + garbage.length);
    System.arraycopy(garbage, 0, longer, message.length, garbage.length);
    return longer;
  }

  /** Flips bits in the first bytes. */
  private static byte[] withFlips(byte[] message, int bytes, Random random) {
    byte[] changed = message.clone();
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      changed[random.nextInt(bytes)] ^= (byte) (1 << random.nextInt(8));
    }
    return changed;
  }

  private static byte[] answer(byte[] message, Random random) {
    ModelStreamInferResponse parsed;
    try {
      parsed = ModelStreamInferResponse.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
    ModelStreamInferResponse.Builder stream = parsed.toBuilder();
    if (!parsed.getErrorMessage().isEmpty() || random.nextInt(8) == 0) {
      return stream
          .setErrorMessage(TEXTS.get(1 + random.nextInt(TEXTS.size() - 1)))
          .build()
          .toByteArray();
    }
    ModelInferResponse.Builder answer = stream.getInferResponseBuilder();
    InferOutputTensor.Builder output = answer.getOutputsBuilder(0);
    ByteString content = answer.getRawOutputContents(0);
    switch (random.nextInt(12)) {
      case 0 -> answer.setRawOutputContents(0, impossible(content, random));
      case 1 -> answer.setRawOutputContents(0, content.substring(random.nextInt(content.size())));
      case 2 -> answer.setRawOutputContents(0, content.concat(ByteString.copyFromUtf8("more")));
      case 3 -> answer.clearRawOutputContents();
      case 4 -> answer.addRawOutputContents(content);
      case 5 -> output.setShape(random.nextInt(2), random.nextLong());
      case 6 -> output.clearShape();
      case 7 ->
          output.setDatatype(
              List.of("FP16", "INT64", "BYTES", "", "\u001b[31m").get(random.nextInt(5)));
      case 8 -> output.setName(TEXTS.get(random.nextInt(TEXTS.size())));
      case 9 -> answer.clearOutputs();
      case 10 -> answer.setId(Integer.toString(random.nextInt()));
      default -> {
        return withFlips(message, message.length - content.size(), random); // they come last
      }
    }
    return stream.build().toByteArray();
  }

  /** Each row has a number that no layer gives. */
  private static ByteString impossible(ByteString content, Random random) {
    float value = IMPOSSIBLE[random.nextInt(IMPOSSIBLE.length)];
    ByteBuffer floats = ByteBuffer.allocate(content.size()).order(ByteOrder.LITTLE_ENDIAN);
    content.copyTo(floats);
    for (int i = 0; i < floats.capacity(); i += Float.BYTES) {
      floats.putFloat(i, value);
    }
    return ByteString.copyFrom(floats.flip());
  }

  private static byte[] config(byte[] message, Random random) {
    ModelConfigResponse parsed;
    try {
      parsed = ModelConfigResponse.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
    ModelConfigResponse.Builder changed = parsed.toBuilder();
    var config = changed.getConfigBuilder();
    List<String> keys = config.getParametersMap().keySet().stream().sorted().toList();
    String key = keys.get(random.nextInt(keys.size()));
    List<String> values = List.of("", "-1", "0", "1", "2147483647", "999999999999999999999", "NaN");
    switch (random.nextInt(6)) {
      case 0 -> config.removeParameters(key);
      case 1 ->
          config.putParameters(
              key,
              ModelParameter.newBuilder()
                  .setStringValue(TEXTS.get(random.nextInt(TEXTS.size())))
                  .build());
      case 2 ->
          config.putParameters(
              key,
              ModelParameter.newBuilder()
                  .setStringValue(values.get(random.nextInt(values.size())))
                  .build());
      case 3 -> config.setName(TEXTS.get(random.nextInt(TEXTS.size())));
      case 4 -> config.clearInput();
      default -> {
        return withFlips(message, message.length, random);
      }
    }
    return changed.build().toByteArray();
  }

  private static byte[] index(byte[] message, Random random) {
    RepositoryIndexResponse.Builder changed = RepositoryIndexResponse.newBuilder();
    switch (random.nextInt(4)) {
      case 0 -> {
        return withFlips(message, message.length, random);
      }
      case 1 -> {
        return changed.build().toByteArray();
      }
      case 2 -> {
        for (int i = 0; i < 2_000; i++) {
          changed.addModelsBuilder().setName("model-" + i).setState("READY");
        }
      }
      default ->
          changed
              .addModelsBuilder()
              .setName(TEXTS.get(random.nextInt(TEXTS.size())))
              .setState("READY");
    }
    return changed.build().toByteArray();
  }
}
