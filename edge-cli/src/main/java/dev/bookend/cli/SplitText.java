package dev.bookend.cli;

import dev.bookend.split.Split;

/** {@code K[:M]}, as it was given. */
final class SplitText extends FlagValue<String> {
  SplitText() {
    super(checked(Split::parse));
  }
}
