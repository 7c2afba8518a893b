package dev.bookend.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.model.tokenizer.TestTokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A Llama of one layer in the hub's format, out of the targets' own first inputs. */
final class TinyModel {
  private static final Path CORPUS = Path.of("src", "test", "fuzz");

  private TinyModel() {}

  static void writeConfig(Scratch scratch) throws IOException {
    writeOnce(scratch, "config.json", CORPUS.resolve("ConfigFuzz/llama"));
  }

  static void writeWeights(Scratch scratch) throws IOException {
    writeOnce(scratch, "model.safetensors", CORPUS.resolve("SafetensorsFuzz/llama"));
  }

  /** Each of the two has all the tensors. */
  static void writeShards(Scratch scratch) throws IOException {
    writeOnce(scratch, "a.safetensors", CORPUS.resolve("SafetensorsFuzz/llama"));
    writeOnce(scratch, "b.safetensors", CORPUS.resolve("SafetensorsFuzz/llama"));
  }

  static void writeTokenizer(Scratch scratch) throws IOException {
    if (!Files.exists(scratch.directory().resolve("tokenizer.json"))) {
      scratch.write("tokenizer.json", TestTokenizers.resource("byte-level.json").getBytes(UTF_8));
    }
  }

  private static void writeOnce(Scratch scratch, String name, Path input) throws IOException {
    if (!Files.exists(scratch.directory().resolve(name))) {
      scratch.write(name, Files.readAllBytes(input));
    }
  }
}
