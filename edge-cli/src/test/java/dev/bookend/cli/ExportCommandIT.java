package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend export} as a process, and {@code bookend generate} against what it wrote. */
class ExportCommandIT {
  private static final String QUESTION = "What is the capital of France?";

  @TempDir private Path directory;

  @Test
  void whatIsExportedAnswersOnATritonServer() throws Exception {
    Path repository = directory.resolve("repository");
    Result export =
        Launched.run(
            "export", "--split", "2:3", "--backend", "python", "--out", repository.toString());
    assertEquals(0, export.code(), export.err());
    assertEquals(repository.resolve("middle-2-27") + "\n", export.out());
    assertTrue(export.err().contains("model.onnx.data 100 %"), export.err());
    assertTrue(export.err().contains("layers [2,27): 225 tensors, "), export.err());

    try (TritonServer server = TritonServer.start(repository)) {
      String cloud = server.endpoint().toString();
      Result answer = Launched.run("generate", "--cloud", cloud, "--split", "2:3", QUESTION);
      assertEquals("The capital of France is Paris.\n", answer.out(), answer.err());
      Result other = Launched.run("generate", "--cloud", cloud, "--split", "4:4", QUESTION);
      assertEquals(5, other.code(), other.err());
      assertTrue(other.err().contains("first layer in the cloud 4 here, 2 there"), other.err());
    }
  }

  @Test
  void jsonSaysWhatWasWritten() throws Exception {
    Result export =
        Launched.run(
            "export",
            "--json",
            "--split",
            "14:15",
            "--name",
            "one-layer",
            "--max-sessions",
            "3",
            "--out",
            directory.toString());
    assertEquals(0, export.code(), export.err());
    JsonObject json = JsonParser.parseString(export.out()).getAsJsonObject();
    assertEquals("one-layer", json.get("name").getAsString());
    assertEquals(14, json.get("from").getAsInt());
    assertEquals(15, json.get("to").getAsInt());
    assertEquals(9, json.get("tensors").getAsInt());
    assertEquals("onnxruntime", json.get("backend").getAsString());
    assertEquals("fp32", json.get("precision").getAsString());
    assertEquals("14:15", json.get("split").getAsString());
    Path model = Path.of(json.get("directory").getAsString());
    assertEquals(directory.resolve("one-layer"), model);
    try (Stream<Path> files = Files.walk(model).filter(Files::isRegularFile)) {
      long bytes = files.mapToLong(file -> file.toFile().length()).sum();
      assertEquals(bytes, json.get("bytes").getAsLong());
    }
    assertTrue(
        Files.readString(model.resolve("config.pbtxt")).contains("max_candidate_sequences: 3"));
  }

  @Test
  void stagesAreModelsOfTheirOwnBehindAnEnsemble() throws Exception {
    Result refused =
        Launched.run("export", "--split", "14:15", "--stages", "2", "--out", directory.toString());
    assertEquals(2, refused.code(), refused.err());
    assertTrue(refused.err().contains("--stages: 2 stages of 1 layers"), refused.err());
    Result export =
        Launched.run("export", "--split", "14:13", "--stages", "2", "--out", directory.toString());
    assertEquals(0, export.code(), export.err());
    assertEquals(directory.resolve("middle-14-17") + "\n", export.out());
    assertTrue(export.err().contains("mixed up the implicit state of sessions"), export.err());
    for (String file :
        List.of(
            "middle-14-17/config.pbtxt",
            "middle-14-17/probe.sh",
            "middle-14-17-stage-1/1/model.onnx",
            "middle-14-17-stage-2/1/model.onnx")) {
      assertTrue(Files.exists(directory.resolve(file)), file);
    }
  }

  @Test
  void whatIsThereIsKept() throws Exception {
    List<String> arguments = List.of("export", "--split", "14:15", "--out", directory.toString());
    assertEquals(0, Launched.run(arguments.toArray(String[]::new)).code());
    Result again = Launched.run(arguments.toArray(String[]::new));
    assertEquals(1, again.code(), again.err());
    assertTrue(again.err().contains("middle-14-15 is there already; remove it"), again.err());
    assertEquals("", again.out());
  }

  @Test
  void whatDoesNotFitTheModelIsWrongUsage() throws Exception {
    Result split = Launched.run("export", "--split", "20:20", "--out", directory.toString());
    assertEquals(2, split.code(), split.err());
    assertTrue(split.err().contains("--split: split 20:20 leaves no middle layer"), split.err());
    Result context =
        Launched.run("export", "--max-context", "10000", "--out", directory.toString());
    assertEquals(2, context.code(), context.err());
    assertTrue(
        context.err().contains("--max-context: a context of 10000 is longer than the 8192"),
        context.err());
  }
}
