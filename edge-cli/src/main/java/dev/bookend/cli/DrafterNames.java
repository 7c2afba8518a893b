package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.speculation.DraftSpec;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The drafters on the class path, for help and completion: each as it may be written. */
final class DrafterNames implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    try {
      return DraftSpec.known().stream().flatMap(DrafterNames::ways).iterator();
    } catch (BookendException e) { // help is shown even so
      return List.of("(" + e.getMessage() + ")").iterator();
    }
  }

  /** {@code ngram[:N]} may be written {@code ngram} and {@code ngram:N}. */
  private static Stream<String> ways(String syntax) {
    String with = syntax.replaceAll("[\\[\\]]", "");
    return Stream.of(syntax.replaceAll("\\[.*]", ""), with).distinct();
  }
}
