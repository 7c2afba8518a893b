package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.cli.Launched.Result;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.RandomCheckpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model all of whose tokens are what terminals obey, in a terminal and in a pipe. */
class ControlCharactersIT {
  private static final String CLIPBOARD = "\u001b]52;c;cm0gLXJmIH4=\u0007";
  private static final List<String> OBEYED = List.of(CLIPBOARD, "\u009b2J", "\u202e", "\u001b[31m");
  private static final int VOCABULARY = 50;

  @TempDir private static Path model;

  /** Random weights of a small Llama, and words that each begin with a control sequence. */
  @BeforeAll
  static void write() throws IOException {
    RandomCheckpoint weights =
        new RandomCheckpoint(
            11,
            new ModelConfig(
                Architecture.LLAMA,
                Set.of(),
                4,
                24,
                40,
                4,
                2,
                8,
                VOCABULARY,
                512,
                1e-5,
                new RotaryEmbedding(List.of(1.0, 0.1, 0.01, 0.001)),
                OptionalInt.empty(),
                Set.of()));
    Files.write(model.resolve("model.safetensors"), safetensors(weights));
    Files.writeString(
        model.resolve("config.json"),
        """
        {"model_type": "llama", "num_hidden_layers": 4, "hidden_size": 24, "intermediate_size": 40,
         "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 50,
         "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000,
         "tie_word_embeddings": true}
        """);
    Files.writeString(
        model.resolve("tokenizer_config.json"),
        "{\"chat_template\": \"{{ messages[-1]['content'] }}\"}");
    JsonObject vocabulary = new JsonObject();
    vocabulary.addProperty("hi", 0);
    for (int id = 1; id < VOCABULARY; id++) {
      vocabulary.addProperty(OBEYED.get(id % OBEYED.size()) + "w" + id, id);
    }
    JsonObject words = new JsonObject();
    words.addProperty("type", "WordLevel");
    words.addProperty("unk_token", "hi");
    words.add("vocab", vocabulary);
    JsonObject fuse = new JsonObject();
    fuse.addProperty("type", "Fuse");
    JsonObject tokenizer = new JsonObject();
    tokenizer.add("model", words);
    tokenizer.add("decoder", fuse);
    Files.writeString(model.resolve("tokenizer.json"), tokenizer.toString());
  }

  private static byte[] safetensors(RandomCheckpoint weights) {
    JsonObject header = new JsonObject();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (String name : weights.tensorNames()) {
      ByteBuffer values = weights.read(name, FloatType.F32); // little-endian where tests run
      byte[] bytes = new byte[values.remaining()];
      values.get(bytes);
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", "F32");
      entry.add("shape", array(weights.shape(name)));
      entry.add("data_offsets", array(data.size(), (long) data.size() + bytes.length));
      header.add(name, entry);
      data.writeBytes(bytes);
    }
    byte[] json = header.toString().getBytes(UTF_8);
    return ByteBuffer.allocate(Long.BYTES + json.length + data.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data.toByteArray())
        .array();
  }

  private static JsonArray array(long... numbers) {
    JsonArray array = new JsonArray();
    for (long number : numbers) {
      array.add(number);
    }
    return array;
  }

  private static String[] command(String name, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(name, "--model", model.toString(), "--split", "1:1", "--max-tokens", "12"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static void assertVisible(String shown) {
    assertTrue(shown.contains("\\u001b[31mw"), shown);
    for (String sequence : OBEYED) {
      assertFalse(shown.contains(sequence), shown);
    }
  }

  @Test
  void aTerminalShowsWhatAFileGetsAsItIs() throws Exception {
    Result file = Launched.run(command("generate", "--raw", "hi"));
    assertEquals(0, file.code(), file.err());
    assertTrue(file.out().contains("\u001b[31mw"), file.out());

    assumeTrue(Launched.hasTerminals(), "no 'script' of util-linux, which gives a terminal");
    try (Launched terminal =
        Launched.openInTerminal(Map.of("TERM", "xterm"), command("generate", "--raw", "hi"))) {
      Result result = terminal.await();
      assertEquals(0, result.code(), result.out());
      assertVisible(result.out());
    }
  }

  @Test
  void aChatShowsThemToo() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "terminals of Linux");
    try (PtyShell chat = PtyShell.start(80, 24, Map.of(), command("chat"))) {
      chat.awaitPrompt();
      chat.type("hi");
      chat.await("\\u001b[31mw");
      chat.awaitPrompt();
      chat.type("/exit");
      assertEquals(0, chat.exitCode());
      for (String sequence : OBEYED) {
        // The shell's own sequences for colours are no words of the model.
        assertFalse(chat.raw().contains(sequence + "w"), chat.raw());
      }
    }
  }
}
