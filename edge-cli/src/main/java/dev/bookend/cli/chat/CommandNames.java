package dev.bookend.cli.chat;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jline.utils.Levenshtein;

/** Names of commands as they are typed, and mistyped. */
public final class CommandNames {
  private static final int SHORT = 4; // of whose letters half would be others

  private CommandNames() {}

  /** What may help who has typed a name that no command has. */
  public static String wayOut(List<SlashCommand> commands, String name) {
    return nearest(commands, name)
        .map(near -> "; did you mean /" + near + "? /help lists all")
        .orElse("; /help lists all");
  }

  /** The name that was meant, perhaps; empty: none is near. */
  static Optional<String> nearest(List<SlashCommand> commands, String name) {
    List<String> all =
        commands.stream()
            .flatMap(one -> Stream.concat(Stream.of(one.name()), one.aliases().stream()))
            .filter(known -> known.length() > 2)
            .toList();
    int most = name.length() <= SHORT ? 1 : 2;
    Optional<String> begun = all.stream().filter(known -> known.startsWith(name)).findFirst();
    return begun.or(
        () ->
            all.stream()
                .filter(known -> Levenshtein.distance(known, name) <= most)
                .min(Comparator.comparingInt(known -> Levenshtein.distance(known, name))));
  }
}
