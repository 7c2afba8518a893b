package dev.bookend.model.decoder;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.bookend.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;

/** The TorchScript decoder ({@code decoder.torchscript}) of one model, loaded into PyTorch. */
final class DecoderScript implements AutoCloseable {
  private final PtSymbolBlock module;

  DecoderScript(PtNDManager manager, ModelConfig config) {
    Map<String, ?> attributes =
        Map.of(
            "training", false,
            "heads", config.heads(),
            "kv_heads", config.kvHeads(),
            "head_dim", config.headDim(),
            "epsilon", config.normEpsilon(),
            "attention_bias", config.attentionBias(),
            "query_key_norm", config.queryKeyNorm());
    try (InputStream archive = ScriptArchive.write("Decoder", source(), attributes)) {
      module = JniUtils.loadModule(manager, archive, false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
  }

  /** Runs a method of the script; the caller closes the arguments and the result. */
  IValue run(String method, IValue... arguments) {
    // Thread-local in PyTorch. Optimising re-specialises for each new shape, and shapes change here
    // with every step.
    JniUtils.setGraphExecutorOptimize(false);
    return IValueUtils.runMethod(module, method, arguments);
  }

  @Override
  public void close() {
    module.close();
  }

  private static String source() throws IOException {
    try (InputStream in = DecoderScript.class.getResourceAsStream("decoder.torchscript")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
