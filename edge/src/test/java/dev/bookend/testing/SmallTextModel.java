package dev.bookend.testing;

import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A random model of four layers that reads and writes text. */
public final class SmallTextModel {
  private static final String TEMPLATE =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}<assistant>";

  private SmallTextModel() {}

  /** Its weights, tokenizer and chat template; the vocabulary is a byte-level one of 401 tokens. */
  public static RandomCheckpoint checkpoint() {
    TokenizerSource tokenizer;
    try {
      tokenizer = TestTokenizers.source("byte-level");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ModelConfig config =
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(),
            4,
            24,
            40,
            4,
            2,
            8,
            401,
            512,
            1e-5,
            new RotaryEmbedding(List.of(1.0, 0.1, 0.01, 0.001)),
            OptionalInt.empty(),
            Set.of(1));
    return new RandomCheckpoint(
        11,
        config,
        new TokenizerSource(
            tokenizer.tokenizer().text(),
            Optional.of(new TokenizerSource.TemplateSource("small model", TEMPLATE)),
            tokenizer.specialTokens()));
  }
}
