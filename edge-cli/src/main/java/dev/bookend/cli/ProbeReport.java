package dev.bookend.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.diagnosis.ProbeResult;
import dev.bookend.diagnosis.ProbeResult.Verdict;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ExitCode;

/** What {@code bookend doctor --probe} says: a line for each middle, or an object. */
final class ProbeReport {
  private ProbeReport() {}

  static String line(ProbeResult result) {
    String server = result.server().toString();
    String model = result.model().map(name -> " " + name).orElse("");
    // The message of a failure names the server by itself.
    String detail =
        result.detail().startsWith(server)
            ? result.detail()
            : server + model + ": " + result.detail();
    return String.format(Locale.ROOT, "%-8s %s", name(result), detail);
  }

  static JsonObject json(List<ProbeResult> results) {
    JsonArray probes = new JsonArray();
    for (ProbeResult result : results) {
      JsonObject object = new JsonObject();
      object.addProperty("cloud", result.server().toString());
      result.model().ifPresent(model -> object.addProperty("model", model));
      object.addProperty("verdict", name(result));
      object.addProperty("detail", result.detail());
      result.millis().ifPresent(millis -> object.addProperty("ms", millis));
      probes.add(object);
    }
    JsonObject all = new JsonObject();
    all.add("probes", probes);
    return all;
  }

  /** That of the first failure; else, where a server is full, its own. */
  static int exitCode(List<ProbeResult> results) {
    return results.stream()
        .flatMap(result -> result.failure().stream())
        .map(Failures::exitCode)
        .findFirst()
        .orElseGet(
            () ->
                results.stream().anyMatch(result -> result.verdict() == Verdict.FULL)
                    ? Failures.FULL
                    : ExitCode.OK);
  }

  private static String name(ProbeResult result) {
    return result.verdict().name().toLowerCase(Locale.ROOT);
  }
}
