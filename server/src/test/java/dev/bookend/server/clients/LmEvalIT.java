package dev.bookend.server.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.SessionLimits;
import dev.bookend.TextModel;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.evaluation.eval.Evaluation;
import dev.bookend.evaluation.eval.Result;
import dev.bookend.evaluation.eval.Task;
import dev.bookend.server.ServedSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lm-evaluation-harness measures through the server is what {@code eval} measures. */
class LmEvalIT {
  private static final String KEY = "key-of-the-test";
  private static final Gson GSON = new Gson();

  private record Choices(String question, List<String> choices, int gold) {}

  private static final List<Choices> CHOICES =
      List.of(
          new Choices("The capital of Italy is", List.of("Rome", "Milan", "Naples"), 0),
          new Choices("Water freezes at a temperature of", List.of("fifty", "zero", "ten"), 1),
          new Choices("A spider has a number of legs that is", List.of("six", "eight"), 1),
          new Choices("In summer the sun sets", List.of("early", "late", "never"), 1),
          new Choices("Bread is made from", List.of("flour", "sand", "paper and glue"), 0),
          new Choices("Der Himmel über Köln ist", List.of("blau", "grün", "süß"), 0));

  private static final List<String> TEXTS =
      List.of(
          "The mill stood by the river until the flood of last spring.",
          "Fünf Äpfel kosten 3,50 €; das ist zu viel.\n\nOder nicht?");

  private static final List<String> QUESTIONS =
      List.of("The first letters of the alphabet are", "What is the largest planet?");

  @TempDir private static Path directory;
  private static ServedSample served;
  private static JsonObject measured;

  @BeforeAll
  static void measure() throws IOException, InterruptedException {
    write("choices", CHOICES.stream());
    write("texts", TEXTS.stream().map(text -> Map.of("text", text)));
    write("questions", QUESTIONS.stream().map(text -> Map.of("question", text)));
    Path python = Clients.lmEval();
    served =
        new ServedSample(
            SessionLimits.DEFAULT,
            options -> options.withNames(List.of("sample", "smollm2")).withKeys(List.of(KEY)));
    String output =
        Clients.run(
            List.of(
                python.toString(),
                Clients.SCRIPTS.resolve("lm_eval_client.py").toString(),
                served.url(),
                KEY,
                directory.toString()));
    measured = JsonParser.parseString(output.lines().reduce("", (a, b) -> b)).getAsJsonObject();
  }

  private static void write(String name, Stream<?> lines) throws IOException {
    Files.writeString(
        directory.resolve(name + ".jsonl"),
        lines.map(GSON::toJson).collect(Collectors.joining("\n")));
  }

  @AfterAll
  static void close() {
    if (served != null) {
      served.close();
    }
  }

  private static List<Result> evaluated(List<Task> tasks) {
    TextModel model = served.bookend().model();
    Evaluation.Settings settings =
        new Evaluation.Settings(
            task -> SequentialDecoding.GREEDY, model.model()::newSession, 12, 2048, "");
    return new Evaluation(model, settings, Result.log(Optional.empty()), (what, done, total) -> {})
        .run(tasks, result -> {});
  }

  private static JsonObject task(String api, String name) {
    return measured.getAsJsonObject(api).getAsJsonObject(name);
  }

  private static JsonArray response(String api, String name, int index) {
    return task(api, name).getAsJsonArray("responses").get(index).getAsJsonArray();
  }

  @Test
  void eachChoiceHasItsLikelihoodAndTheTaskItsScore() {
    int right = 0;
    for (int i = 0; i < CHOICES.size(); i++) {
      Choices choices = CHOICES.get(i);
      List<Result> results =
          evaluated(
              choices.choices().stream()
                  .map(
                      choice ->
                          (Task) new Task.Likelihood(choice, "", choices.question(), " " + choice))
                  .toList());
      JsonArray responses = response("completions", "choices", i);
      assertEquals(results.size(), responses.size());
      int best = 0;
      for (int j = 0; j < results.size(); j++) {
        Result.Scored scored = results.get(j).scored();
        JsonArray response = responses.get(j).getAsJsonArray();
        assertEquals(scored.logLikelihood(), response.get(0).getAsDouble(), 1e-4);
        assertEquals(scored.isGreedy(), response.get(1).getAsBoolean());
        if (scored.logLikelihood() > results.get(best).scored().logLikelihood()) {
          best = j;
        }
      }
      right += best == choices.gold() ? 1 : 0;
    }
    assertEquals(
        (double) right / CHOICES.size(),
        task("completions", "choices").getAsJsonObject("scores").get("acc").getAsDouble(),
        1e-9);
  }

  /** The harness puts the token that begins texts before each, so that all of a text is scored. */
  @Test
  void textsHaveTheirLikelihood() {
    List<Result> results =
        evaluated(
            TEXTS.stream()
                .map(text -> (Task) new Task.Perplexity(text, "", "<|im_start|>" + text))
                .toList());
    double sum = 0;
    double bytes = 0;
    for (int i = 0; i < TEXTS.size(); i++) {
      double right = results.get(i).scored().logLikelihood();
      assertEquals(
          right, response("completions", "texts", i).get(0).getAsDouble(), 1e-4, TEXTS.get(i));
      sum += right;
      bytes += TEXTS.get(i).getBytes(StandardCharsets.UTF_8).length;
    }
    assertEquals(
        -sum / bytes / Math.log(2),
        task("completions", "texts").getAsJsonObject("scores").get("bits_per_byte").getAsDouble(),
        1e-5);
  }

  @Test
  void answersAreThoseOfEval() {
    for (boolean raw : List.of(true, false)) {
      List<Result> results =
          evaluated(
              QUESTIONS.stream()
                  .map(text -> (Task) new Task.Answer(text, "", text, raw, null, List.of("\n\n")))
                  .toList());
      assertEquals(
          results.stream().map(result -> result.generated().answer()).toList(),
          IntStream.range(0, QUESTIONS.size())
              .mapToObj(
                  i -> response(raw ? "completions" : "chat", "questions", i).get(0).getAsString())
              .toList());
    }
  }

  @Test
  void theCommandsOfThePageRun() throws IOException, InterruptedException {
    List<String> commands = Clients.ofPage("bash", served.url());
    assertEquals(2, commands.size());
    Path bin = Clients.lmEval().getParent();
    for (String command : commands) {
      String ours =
          command
              .replace("--tasks arc_easy", "--tasks bookend_choices --include_path " + directory)
              .replace("--tasks gsm8k", "--tasks bookend_questions --include_path " + directory)
              .replace("model=smollm2", "model=smollm2,auth_token=" + KEY);
      String output =
          Clients.run(
              List.of(
                  "env",
                  "PATH=" + bin + ":" + System.getenv("PATH"),
                  "OPENAI_API_KEY=" + KEY,
                  "HF_HUB_OFFLINE=1",
                  "HF_HOME=" + directory.resolve("hf"),
                  "sh",
                  "-c",
                  ours));
      assertTrue(output.contains("bookend_"), output);
    }
  }
}
