package dev.bookend.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads amounts of memory: {@code 8GB}, {@code 24GiB}, {@code 512m}. */
final class ByteSize implements ITypeConverter<Long> {
  private static final Pattern SIZE =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,6})?)\\s*(?:([kmgt])(i?)b?|b)");
  private static final String UNITS = "kmgt";

  @Override
  public Long convert(String text) {
    Matcher match = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!match.matches()) {
      throw new TypeConversionException("'" + text + "' is not a size; write e.g. 8GB or 24GiB");
    }
    int power = match.group(2) == null ? 0 : UNITS.indexOf(match.group(2)) + 1;
    double bytes =
        Double.parseDouble(match.group(1))
            * Math.pow("i".equals(match.group(3)) ? 1024 : 1000, power);
    if (bytes < 1 || bytes > 1e17) {
      throw new TypeConversionException("'" + text + "' is no size that memory has");
    }
    return Math.round(bytes);
  }
}
