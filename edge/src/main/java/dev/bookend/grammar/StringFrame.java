package dev.bookend.grammar;

import java.util.function.Consumer;

/**
 * In a string.
 *
 * @param text what may follow the characters that are complete
 * @param bits the digits so far of an escape {@code \\uXXXX}
 * @param digits how many digits are missing
 * @param high the first half of a surrogate pair, whose second half is to come; 0: none
 */
record StringFrame(Text text, Part part, Utf8 character, int bits, int digits, int high)
    implements Frame {
  private static final String ESCAPES = "\"\\/bfnrt";
  private static final String ESCAPED = "\"\\/\b\f\n\r\t";
  private static final int SUPPLEMENTARY = Character.MIN_SUPPLEMENTARY_CODE_POINT;

  enum Part {
    BEFORE_QUOTE,
    TEXT,
    BEHIND_BACKSLASH,
    IN_DIGITS,
    BEFORE_SECOND_BACKSLASH,
    BEFORE_SECOND_U
  }

  static StringFrame begin(Text text) {
    return at(text, Part.BEFORE_QUOTE, 0);
  }

  private static StringFrame at(Text text, Part part, int high) {
    return new StringFrame(text, part, Utf8.NONE, 0, 0, high);
  }

  private static StringFrame digits(Text text, int bits, int digits, int high) {
    return new StringFrame(text, Part.IN_DIGITS, Utf8.NONE, bits, digits, high);
  }

  @Override
  public void step(int value, Stack rest, Consumer<Stack> next) {
    if (part == Part.TEXT && character.isNone() && value == '"') {
      if (text.mayEnd()) {
        next.accept(rest);
      }
      return;
    }
    StringFrame frame = step(value);
    if (frame != null) {
      next.accept(rest.push(frame));
    }
  }

  private StringFrame step(int value) {
    return switch (part) {
      case BEFORE_QUOTE -> value == '"' ? at(text, Part.TEXT, 0) : null;
      case TEXT -> character(value);
      case BEHIND_BACKSLASH -> {
        int escape = ESCAPES.indexOf(value);
        yield value == 'u'
            ? digits(text, 0, 4, 0)
            : escape < 0 ? null : complete(ESCAPED.charAt(escape));
      }
      case IN_DIGITS -> digit(Character.digit(value < 0x80 ? value : ' ', 16));
      case BEFORE_SECOND_BACKSLASH -> value == '\\' ? at(text, Part.BEFORE_SECOND_U, high) : null;
      case BEFORE_SECOND_U -> value == 'u' ? digits(text, 0, 4, high) : null;
    };
  }

  private StringFrame character(int value) {
    if (character.isNone() && value < 0x80) {
      if (value == '\\') {
        return takes(text, 0, Character.MAX_CODE_POINT) ? at(text, Part.BEHIND_BACKSLASH, 0) : null;
      }
      return JsonText.isPlain(value) ? complete(value) : null;
    }
    Utf8 more = character.next(value);
    if (more == null) {
      return null;
    }
    if (more.isNone()) {
      return complete(more.bits());
    }
    return takes(text, more.low(), more.high())
        ? new StringFrame(text, Part.TEXT, more, 0, 0, 0)
        : null;
  }

  private StringFrame complete(int codePoint) {
    Text behind = text.next(codePoint);
    return behind == null ? null : at(behind, Part.TEXT, 0);
  }

  private StringFrame digit(int digit) {
    if (digit < 0) {
      return null;
    }
    int longer = bits << 4 | digit;
    int left = digits - 1;
    if (left > 0) {
      int low = longer << (4 * left);
      int highest = ((longer + 1) << (4 * left)) - 1;
      return escapes(low, highest) ? digits(text, longer, left, high) : null;
    }
    if (!escapes(longer, longer)) {
      return null;
    }
    if (high != 0) {
      return complete(Character.toCodePoint((char) high, (char) longer));
    }
    return Character.isHighSurrogate((char) longer)
        ? at(text, Part.BEFORE_SECOND_BACKSLASH, longer)
        : complete(longer);
  }

  /** Whether a character may follow that has one of these UTF-16 units next. */
  private boolean escapes(int low, int highest) {
    if (high != 0) {
      int first = SUPPLEMENTARY + ((high - Character.MIN_HIGH_SURROGATE) << 10);
      int from = Math.max(low, Character.MIN_LOW_SURROGATE) - Character.MIN_LOW_SURROGATE;
      int to = Math.min(highest, Character.MAX_LOW_SURROGATE) - Character.MIN_LOW_SURROGATE;
      return from <= to && text.takes(first + from, first + to);
    }
    int from = Math.max(low, Character.MIN_HIGH_SURROGATE) - Character.MIN_HIGH_SURROGATE;
    int to = Math.min(highest, Character.MAX_HIGH_SURROGATE) - Character.MIN_HIGH_SURROGATE;
    return takes(text, low, highest)
        || (from <= to
            && text.takes(SUPPLEMENTARY + (from << 10), SUPPLEMENTARY + (to << 10) + 0x3ff));
  }

  /** Whether one of these characters, which surrogates are not, may follow. */
  private static boolean takes(Text text, int low, int high) {
    int below = Math.min(high, Character.MIN_SURROGATE - 1);
    int above = Math.max(low, Character.MAX_SURROGATE + 1);
    return (low <= below && text.takes(low, below)) || (above <= high && text.takes(above, high));
  }

  @Override
  public Frame representative(int horizon) {
    return new StringFrame(text.representative(horizon), part, character, bits, digits, high);
  }

  @Override
  public boolean isOfAnyGrammar() {
    return text.isOfAnyGrammar();
  }

  @Override
  public int bytes() {
    return 100 + text.bytes();
  }
}
