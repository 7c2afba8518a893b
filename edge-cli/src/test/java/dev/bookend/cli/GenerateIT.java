package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bookend generate} as a process, on the sample model. */
class GenerateIT {
  private static final String QUESTION = "What is the capital of France?";
  private static final String ANSWER = "The capital of France is Paris.\n";

  /** Fetches the model and writes the class archive, so that the tests see later runs. */
  @BeforeAll
  static void firstRun() throws Exception {
    Result result = Launched.run("generate", "--max-tokens", "1", "Hello");
    assertEquals(0, result.code(), result.err());
  }

  @Test
  void theAnswerIsOnStandardOutputAndTheRestIsNot() throws Exception {
    Result result = Launched.run("generate", QUESTION);
    assertEquals(0, result.code(), result.err());
    assertEquals(ANSWER, result.out());
    assertTrue(result.err().startsWith("note: these weights are public"), result.err());
    assertTrue(result.err().strip().endsWith("(docs/privacy.md)"), result.err());
    assertFalse(result.err().contains("\u001b"), "colour, though this is no terminal");
  }

  @Test
  void anAnswerIsHeldToASchema(@TempDir Path directory) throws Exception {
    Path schema = directory.resolve("city.json");
    Files.writeString(
        schema,
        "{\"type\": \"object\", \"properties\": {\"city\": {\"enum\": "
            + "[\"Paris\", \"Rome\"]}}, \"required\": [\"city\"], \"additionalProperties\": false}");
    Result result = Launched.run("generate", "--json-schema", schema.toString(), QUESTION);
    assertEquals(0, result.code(), result.err());
    assertEquals(
        "Paris", JsonParser.parseString(result.out()).getAsJsonObject().get("city").getAsString());
    Files.writeString(schema, "{\"type\": \"objekt\"}");
    Result wrong = Launched.run("generate", "--json-schema", schema.toString(), QUESTION);
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("--json-schema: " + schema + ": #/type"), wrong.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0:0", "0:2", "9:0", "1"})
  void everySplitGivesTheSameAnswer(String split) throws Exception {
    assertEquals(ANSWER, Launched.run("generate", "--split", split, QUESTION).out());
  }

  @Test
  void jsonSaysWhatItTook() throws Exception {
    Result result =
        Launched.run("generate", "--decode", "sequential", "--json", "--wan", "rtt=20ms", QUESTION);
    JsonObject json = JsonParser.parseString(result.out()).getAsJsonObject();
    assertEquals(
        Set.of(
            "text",
            "token_ids",
            "prompt_token_ids",
            "finish_reason",
            "prompt_tokens",
            "completion_tokens",
            "round_trips",
            "tokens_per_round_trip",
            "near_ties",
            "reconnects",
            "tokens_per_second",
            "ttft_ms",
            "bytes_sent",
            "bytes_received",
            "time_ms",
            "drafters",
            "model",
            "split",
            "weights",
            "decode",
            "cloud",
            "served_by"),
        json.keySet());
    int tokens = json.get("completion_tokens").getAsInt();
    int prompt = json.get("prompt_tokens").getAsInt();
    assertEquals(ANSWER.strip(), json.get("text").getAsString());
    assertEquals("stop", json.get("finish_reason").getAsString());
    assertEquals(tokens, json.getAsJsonArray("token_ids").size());
    assertEquals(prompt, json.getAsJsonArray("prompt_token_ids").size());
    assertEquals(tokens, json.get("round_trips").getAsInt());
    assertEquals(1.0, json.get("tokens_per_round_trip").getAsDouble());
    int hidden = 576 * Float.BYTES;
    assertTrue(json.get("bytes_sent").getAsLong() > (long) (prompt + tokens) * hidden);
    assertTrue(json.get("bytes_received").getAsLong() > (long) (prompt + tokens) * hidden);
    JsonObject times = json.getAsJsonObject("time_ms");
    assertEquals(
        Set.of("network", "cloud", "edge", "serialization", "draft", "reconnect"), times.keySet());
    assertTrue(times.get("network").getAsDouble() >= (tokens + 1) * 20, times.toString());
    assertTrue(times.get("cloud").getAsDouble() > 0, times.toString());
    assertTrue(times.get("edge").getAsDouble() > 0, times.toString());
  }

  @Test
  void speculationGivesTheSameAnswerInFewerRoundTrips() throws Exception {
    String request = "Write the numbers from one to twenty in words, then write them again.";
    JsonObject sequential = json("--decode", "sequential", request);
    JsonObject speculative = json("--decode", "speculative", request);
    assertEquals(sequential.get("token_ids"), speculative.get("token_ids"));
    assertEquals(Set.of(), sequential.getAsJsonObject("drafters").keySet());
    int spared =
        sequential.get("round_trips").getAsInt() - speculative.get("round_trips").getAsInt();
    assertTrue(spared > 0, speculative.toString());
    assertTrue(speculative.get("tokens_per_round_trip").getAsDouble() > 1);
    assertTrue(speculative.getAsJsonObject("time_ms").get("draft").getAsDouble() > 0);
    JsonObject suffix = speculative.getAsJsonObject("drafters").getAsJsonObject("suffix");
    assertTrue(suffix.get("accepted").getAsInt() > 0, suffix.toString());
    assertTrue(suffix.get("sent").getAsInt() >= suffix.get("accepted").getAsInt());
  }

  /** Where no step size is exact, it says so and does nothing else. */
  @Test
  void strictDecodingSaysHowLargeItsStepsAre() throws Exception {
    Result strict = Launched.run("generate", "--strict", "--json", QUESTION);
    if (strict.code() == 1) {
      assertTrue(strict.err().contains("--strict: in no step size tried"), strict.err());
    } else {
      JsonObject json = JsonParser.parseString(strict.out()).getAsJsonObject();
      assertEquals(ANSWER.strip(), json.get("text").getAsString().strip());
      assertTrue(json.get("exact_rows").getAsInt() >= 1, strict.out());
    }
  }

  @Test
  void aSeedGivesTheSameTextHoweverItIsDecoded() throws Exception {
    String request = "Name an animal.";
    JsonObject first =
        json("--temperature", "1", "--seed", "7", "--decode", "speculative", request);
    JsonObject again = json("--temperature", "1", "--seed", "7", "--decode", "sequential", request);
    JsonObject other = json("--temperature", "1", request);
    assertEquals(first.get("token_ids"), again.get("token_ids"));
    assertEquals(7, first.get("seed").getAsLong());
    assertTrue(other.get("seed").getAsLong() != 7);
  }

  private static JsonObject json(String... arguments) throws Exception {
    List<String> line = new ArrayList<>(List.of("generate", "--json", "--max-tokens", "80"));
    line.addAll(List.of(arguments));
    Result result = Launched.run(line.toArray(String[]::new));
    assertEquals(0, result.code(), result.err());
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  @Test
  void thePromptMayComeFromStandardInput() throws Exception {
    try (Launched piped = Launched.start(QUESTION + "\n", Map.of(), "generate", "-")) {
      assertEquals(ANSWER, piped.await().out());
    }
    try (Launched piped = Launched.start(QUESTION, Map.of(), "generate")) {
      assertEquals(ANSWER, piped.await().out());
    }
  }

  @Test
  void whatIsPipedInComesBehindATextOrIsSaidNotToBeRead() throws Exception {
    String[] whole = {"generate", "--json", "--raw", "--max-tokens", "1", "One, two,\n\nthree"};
    String[] both = {"generate", "--json", "--raw", "--max-tokens", "1", "One, two,", "-"};
    try (Launched piped = Launched.start("three\n", Map.of(), both)) {
      Result same = Launched.run(whole);
      assertEquals(promptTokens(same), promptTokens(piped.await()));
      assertFalse(same.err().contains("piped"), same.err());
    }
    try (Launched piped = Launched.start("three\n", Map.of(), whole)) {
      Result result = piped.await();
      assertEquals(promptTokens(Launched.run(whole)), promptTokens(result));
      assertTrue(result.err().contains("what is piped in is not read"), result.err());
    }
  }

  private static JsonElement promptTokens(Result result) {
    assertEquals(0, result.code(), result.err());
    return JsonParser.parseString(result.out()).getAsJsonObject().get("prompt_token_ids");
  }

  @Test
  void rawContinuesTheText() throws Exception {
    Result result = Launched.run("generate", "--raw", "--max-tokens", "8", "One, two, three,");
    assertTrue(result.out().contains("four"), result.out());
  }

  @Test
  void rawKeepsTheWhiteSpaceOfItsInput() throws Exception {
    String[] flags = {"generate", "--raw", "--json", "--max-tokens", "1"};
    try (Launched piped = Launched.start("    return x\n\n", Map.of(), flags)) {
      JsonObject json = JsonParser.parseString(piped.await().out()).getAsJsonObject();
      Result same =
          Launched.run("generate", "--raw", "--json", "--max-tokens", "1", "    return x\n");
      assertEquals(
          JsonParser.parseString(same.out()).getAsJsonObject().get("prompt_token_ids"),
          json.get("prompt_token_ids"));
    }
  }

  @Test
  void aPromptIsReadAsUtf8WhateverTheLocale() throws Exception {
    String[] flags = {"generate", "--json", "--max-tokens", "1", "Grüße, 世界"};
    JsonElement[] ids = new JsonElement[2];
    for (int i = 0; i < 2; i++) {
      String locale = i == 0 ? "C.UTF-8" : "C";
      try (Launched run = Launched.start("", Map.of("LC_ALL", locale), flags)) {
        ids[i] =
            JsonParser.parseString(run.await().out()).getAsJsonObject().get("prompt_token_ids");
      }
    }
    assertEquals(ids[0], ids[1]);
  }

  @Test
  void laterRunsNeedNoNetwork() throws Exception {
    try (Launched offline =
        Launched.start("", Map.of("HF_HUB_OFFLINE", "1"), "generate", QUESTION)) {
      assertEquals(ANSWER, offline.await().out());
    }
  }

  @Test
  void nothingThatIsTypedOrGeneratedIsLogged() throws Exception {
    Result result = Launched.run("generate", "--verbose", "--max-tokens", "20", QUESTION);
    assertEquals(0, result.code());
    assertTrue(result.err().contains("round trips"), result.err());
    for (String word : new String[] {"capital", "France", "Paris"}) {
      assertFalse(result.err().contains(word), result.err());
    }
  }

  @Test
  void aPromptBeyondTheContextIsRefusedInWords() throws Exception {
    try (Launched piped = Launched.start("word ".repeat(20_000), Map.of(), "generate")) {
      Result result = piped.await();
      assertEquals(1, result.code(), result.err());
      assertTrue(result.err().contains("but the model's context holds"), result.err());
      assertEquals("", result.out().strip());
    }
  }

  /** The directory as the shell completes it; it has no tokenizer, so it goes no further. */
  @Test
  void aDirectoryOfOnesOwnIsNotCalledPublic() throws Exception {
    String directory = "../model/src/test/resources/oracle/families/llama-tied/";
    Result result = Launched.run("generate", "--model", directory, "--split", "1:1", QUESTION);
    assertEquals(1, result.code(), result.err());
    assertFalse(result.err().contains("public"), result.err());
    assertTrue(result.err().contains("tokenizer.json"), result.err());
  }

  @Test
  void anAnswerThatFailsIsAnObjectToo() throws Exception {
    Result result = Launched.run("generate", "--json", "word ".repeat(20_000));
    assertEquals(1, result.code(), result.err());
    JsonObject json = JsonParser.parseString(result.out()).getAsJsonObject();
    assertEquals("error", json.get("finish_reason").getAsString());
    assertTrue(json.get("error").getAsString().contains("the model's context holds"));
  }

  @Test
  void anUnreachableCloudIsFoundOutInOneLine() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Result result = Launched.run("generate", "--cloud", "grpc://127.0.0.1:" + port, QUESTION);
    assertEquals(3, result.code(), result.err());
    assertTrue(
        result.err().contains("bookend: grpc://127.0.0.1:" + port + ": cannot be reached"),
        result.err());
  }

  @Test
  void whoeverHasReadEnoughEndsTheAnswer(@TempDir Path directory) throws Exception {
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(
                "sh",
                "-c",
                "../bookend generate --raw --verbose --max-tokens 1000 'Once upon a time'"
                    + " | head -c 10")
            .redirectError(err.toFile());
    builder.environment().put("BOOKEND_SMOLLM2", "pypi");
    Process process = builder.start();
    assertEquals(10, process.getInputStream().readAllBytes().length);
    assertEquals(0, process.waitFor());
    Matcher summary = Pattern.compile("(\\d+) tokens in").matcher(Files.readString(err));
    assertTrue(summary.find(), Files.readString(err));
    assertTrue(Integer.parseInt(summary.group(1)) < 500, summary.group());
  }

  @Test
  void anInterruptionKeepsWhatWasGenerated() throws Exception {
    Result result = interrupted("--max-tokens=200");
    assertEquals(130, result.code(), result.err());
    assertFalse(result.out().isBlank(), result.err());
  }

  @Test
  void anInterruptionKeepsWhatWasGeneratedAsJson() throws Exception {
    Result result = interrupted("--json");
    assertEquals(130, result.code(), result.err());
    JsonObject json = JsonParser.parseString(result.out()).getAsJsonObject();
    assertEquals("interrupted", json.get("finish_reason").getAsString());
    assertFalse(json.get("text").getAsString().isEmpty());
  }

  /** Ctrl-C in the middle of an answer that takes its time. */
  private static Result interrupted(String flag) throws Exception {
    try (Launched running =
        Launched.start(
            "generate", flag, "--verbose", "--wan", "rtt=300ms", "Tell me a long story.")) {
      long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
      while (System.nanoTime() < deadline && !running.err().contains("first token after")) {
        Thread.sleep(50);
      }
      Thread.sleep(1500); // a few tokens
      running.interrupt();
      return running.await();
    }
  }
}
