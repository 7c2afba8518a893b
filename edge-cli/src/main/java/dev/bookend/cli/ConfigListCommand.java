package dev.bookend.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.cli.config.ConfigException;
import dev.bookend.cli.config.Configuration;
import dev.bookend.cli.config.Origin;
import dev.bookend.cli.config.ValueInForce;
import dev.bookend.error.VisibleText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend config list}. */
@Command(
    name = "list",
    description = {
      "Show each value in force, and where it comes from.",
      "Without a command: the flags that many commands have, and what is configured for one alone."
    })
final class ConfigListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "All flags of this command, as 'serve' or 'model pull'.")
  private List<String> command = new ArrayList<>();

  @Option(names = "--json", fallbackValue = "true", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    Configuration configuration = ConfigCommand.configuration(spec);
    String table = String.join("-", command);
    if (!table.isEmpty() && !configuration.flags().tables().containsKey(table)) {
      throw new ParameterException(
          spec.commandLine(),
          "there is no command '"
              + String.join(" ", command)
              + "' with flags to configure; 'bookend help' lists the commands");
    }
    print(spec, configuration, table, json);
    return CommandLine.ExitCode.OK;
  }

  /** Prints what is in force for a command; for an empty name, for all. */
  static void print(
      CommandSpec command, Configuration configuration, String table, boolean asJson) {
    List<ValueInForce> values;
    try {
      values =
          table.isEmpty() ? ValueInForce.all(configuration) : ValueInForce.of(configuration, table);
    } catch (ConfigException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
    if (asJson) {
      System.out.println(
          VisibleText.of(
              new GsonBuilder()
                  .setPrettyPrinting()
                  .disableHtmlEscaping()
                  .serializeNulls()
                  .create()
                  .toJson(toJson(configuration, values))));
    } else {
      printText(configuration, values);
    }
  }

  private static void printText(Configuration configuration, List<ValueInForce> values) {
    String file = configuration.file().toString();
    System.out.println("file: " + (configuration.hasFile() ? file : file + " (not there)"));
    configuration
        .profile()
        .ifPresent(
            profile ->
                System.out.println("profile: " + profile.name() + ", from " + profile.from()));
    System.out.println();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("KEY", "VALUE", "FROM"));
    for (ValueInForce value : values) {
      String texts = String.join(", ", value.texts());
      rows.add(
          List.of(
              value.key(),
              texts.isEmpty() ? "–" : VisibleText.line(texts),
              value.origin().map(ConfigListCommand::text).orElse("default")));
    }
    TextTable.print(rows);
  }

  private static String text(Origin origin) {
    if (origin instanceof Origin.Line line) {
      return line.file().getFileName()
          + ":"
          + line.line()
          + line.profile().map(name -> ", profile " + name).orElse("");
    }
    return origin.where();
  }

  private static JsonObject toJson(Configuration configuration, List<ValueInForce> values) {
    JsonObject all = new JsonObject();
    all.addProperty("file", configuration.file().toString());
    all.addProperty("file_exists", configuration.hasFile());
    all.add("profile", textOrNull(configuration.profile().map(Configuration.Profile::name)));
    all.add("profile_from", textOrNull(configuration.profile().map(Configuration.Profile::from)));
    JsonArray array = new JsonArray();
    values.forEach(value -> array.add(toJson(value)));
    all.add("values", array);
    return all;
  }

  private static JsonObject toJson(ValueInForce value) {
    JsonObject object = new JsonObject();
    object.addProperty("key", value.key());
    object.add("value", json(value));
    Optional<Origin> origin = value.origin();
    object.addProperty(
        "source",
        origin
            .map(from -> from instanceof Origin.Line line ? source(line) : "environment")
            .orElse("default"));
    if (origin.orElse(null) instanceof Origin.Line line) {
      object.addProperty("file", line.file().toString());
      object.addProperty("line", line.line());
      line.profile().ifPresent(name -> object.addProperty("profile", name));
    } else if (origin.orElse(null) instanceof Origin.Variable variable) {
      object.addProperty("variable", variable.name());
    }
    return object;
  }

  private static String source(Origin.Line line) {
    return line.profile().isPresent() ? "profile" : "file";
  }

  private static JsonElement json(ValueInForce value) {
    if (value.flag().isMultiValue()) {
      JsonArray texts = new JsonArray();
      value.texts().forEach(texts::add);
      return texts;
    }
    return textOrNull(value.texts().stream().findFirst());
  }

  private static JsonElement textOrNull(Optional<String> text) {
    return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
  }
}
