package dev.bookend.fuzz;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.file.Path;

/** What is done with a model's files before the first token, and a little more. */
final class Reading {
  private static final String[] TEXTS = {
    "", "a", "hello  world 12's\n\n x", "\u00dcn\u00ef \ud83d\ude00 e\u0301", "</s><s>"
  };

  private Reading() {}

  static void model(Path path) {
    try (Checkpoint checkpoint = CheckpointFiles.open(path)) {
      checkpoint.fingerprint();
      for (String tensor : checkpoint.tensorNames()) {
        checkpoint.read(tensor, FloatType.F32);
        checkpoint.readRows(tensor, FloatType.BF16, checkpoint.shape(tensor)[0] - 1, 1);
      }
      checkpoint.remarks();
    }
  }

  static void tokenizer(TokenizerSource source) {
    try (Tokenizer tokenizer = Tokenizer.of(source)) {
      for (String text : TEXTS) {
        TextStream stream = tokenizer.stream();
        for (int token : tokenizer.encodePrompt(text)) {
          stream.add(token);
        }
        stream.finish();
        tokenizer.decode(tokenizer.encode(text));
      }
      for (int token = 0; token < 64; token++) {
        tokenizer.decode(token, 3, token);
      }
    }
  }
}
