package dev.bookend.cli.config;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** A flag of its own, to find out whether it takes a value. */
final class TypedFlag implements IGetter, ISetter {
  private Object value;

  private TypedFlag() {}

  /** What is wrong with values; empty: nothing. */
  static Optional<String> problem(OptionSpec flag, List<String> texts) {
    TypedFlag binding = new TypedFlag();
    CommandSpec command = CommandSpec.create();
    command.addOption(OptionSpec.builder(flag).getter(binding).setter(binding).build());
    try {
      new CommandLine(command)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .parseArgs(
              texts.stream().map(text -> flag.names()[0] + "=" + text).toArray(String[]::new));
      return Optional.empty();
    } catch (ParameterException e) {
      if (Flags.isPairs(flag)) {
        return Optional.of("write NAME=VALUE, or NAME=@FILE");
      }
      String said =
          e.getCause() instanceof TypeConversionException
              ? e.getCause().getMessage()
              : e.getMessage();
      return WrongChoice.of(flag, said).or(() -> Optional.of(said));
    }
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // picocli's
  public <T> T get() {
    @SuppressWarnings("unchecked")
    T result = (T) value;
    return result;
  }

  @Override
  public <T> T set(T newValue) {
    @SuppressWarnings("unchecked")
    T old = (T) value;
    value = newValue;
    return old;
  }
}
