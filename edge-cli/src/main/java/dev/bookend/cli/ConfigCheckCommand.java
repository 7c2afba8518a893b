package dev.bookend.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.cli.config.ConfigCheck;
import dev.bookend.cli.config.ConfigProblem;
import dev.bookend.cli.config.Configuration;
import dev.bookend.error.VisibleText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bookend config check}. */
@Command(
    name = "check",
    description = {
      "Look for mistakes in the configuration file, in all its profiles, and in the environment:"
          + " keys that nobody knows, values that their flags do not take, files that are missing,"
          + " secrets that others can read.",
      "Exit code 1 if there is one."
    })
final class ConfigCheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", fallbackValue = "true", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    List<ConfigProblem> problems =
        ConfigCheck.problems(spec.root(), Main.variables(spec), Main.profile(spec.root()));
    if (json) {
      System.out.println(VisibleText.of(json(problems)));
    } else {
      problems.forEach(problem -> System.out.println(VisibleText.line(problem.toString())));
      if (problems.isEmpty()) {
        Path file = Configuration.path(Main.variables(spec));
        System.out.println(
            Files.exists(file)
                ? file + ": nothing wrong"
                : "nothing wrong: there is no " + file + "; 'bookend config init' writes one");
      }
    }
    return problems.isEmpty() ? CommandLine.ExitCode.OK : Failures.FAILURE;
  }

  private static String json(List<ConfigProblem> problems) {
    JsonArray array = new JsonArray();
    for (ConfigProblem problem : problems) {
      JsonObject object = new JsonObject();
      object.addProperty("where", problem.where());
      object.addProperty("what", problem.what());
      array.add(object);
    }
    JsonObject all = new JsonObject();
    all.add("problems", array);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(all);
  }
}
