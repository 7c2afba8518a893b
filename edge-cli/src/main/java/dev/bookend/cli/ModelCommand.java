package dev.bookend.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.error.VisibleText;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.store.StoredModel;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bookend model}: what is on this machine. */
@Command(
    name = "model",
    description = "Fetch, list and remove models.",
    synopsisSubcommandLabel = "COMMAND")
final class ModelCommand {

  @Command(description = "Fetch a model, so that later runs need no network.")
  void pull(
      @Parameters(paramLabel = "NAME", description = "An alias or owner/name on the hub.")
          String name) {
    try (ProgressBar progress = new ProgressBar()) {
      System.out.println(new ModelStore().resolve(name, progress));
    }
  }

  @Command(description = "List the models on this machine.")
  void list(@Option(names = "--json", description = "Print a JSON array.") boolean json) {
    List<StoredModel> models = new ModelStore().list();
    if (json) {
      JsonArray array = new JsonArray();
      for (StoredModel model : models) {
        JsonObject object = new JsonObject();
        object.addProperty("name", model.name());
        object.addProperty("path", model.path().toString());
        object.addProperty("bytes", model.bytes());
        array.add(object);
      }
      System.out.println(new GsonBuilder().setPrettyPrinting().create().toJson(array));
      return;
    }
    for (StoredModel model : models) {
      System.out.printf(
          Locale.ROOT,
          "%-40s %10.1f MB  %s%n",
          VisibleText.line(model.name()),
          model.bytes() / 1e6,
          VisibleText.line(model.path().toString()));
    }
  }

  @Command(description = "Remove a model from this machine.")
  void rm(@Parameters(paramLabel = "NAME", description = "As 'list' names it.") String name) {
    new ModelStore().remove(name);
  }
}
