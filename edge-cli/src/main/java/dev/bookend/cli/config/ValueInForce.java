package dev.bookend.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What a flag is where it is not typed.
 *
 * @param table the command that it is for; empty: all that have the flag
 * @param texts as they may be shown: without secrets
 * @param origin empty: it is the flag's default
 */
public record ValueInForce(
    String table, OptionSpec flag, List<String> texts, Optional<Origin> origin) {

  /** The key; of a command's own with the command before it, as {@code serve.port}. */
  public String key() {
    return (table.isEmpty() ? "" : table + ".") + Flags.key(flag);
  }

  /** All flags of the shell, and what is configured for one command only. */
  public static List<ValueInForce> all(Configuration configuration) {
    List<ValueInForce> values = new ArrayList<>();
    configuration
        .flags()
        .shared()
        .values()
        .forEach(flag -> values.add(of(configuration, "", flag)));
    configuration
        .flags()
        .tables()
        .forEach(
            (table, flags) ->
                flags.values().stream()
                    .filter(flag -> configuration.isSetFor(table, flag))
                    .forEach(flag -> values.add(of(configuration, table, flag))));
    return values;
  }

  /** All flags of a command; empty: there is no such command. */
  public static List<ValueInForce> of(Configuration configuration, String table) {
    return configuration.flags().tables().getOrDefault(table, Map.of()).values().stream()
        .map(flag -> of(configuration, table, flag))
        .toList();
  }

  private static ValueInForce of(Configuration configuration, String table, OptionSpec flag) {
    Optional<ConfiguredValue> value = configuration.value(table, flag);
    value.ifPresent(configured -> Configuration.requireValid(flag, configured));
    List<String> texts =
        value
            .map(ConfiguredValue::texts)
            .orElseGet(() -> Stream.ofNullable(standard(flag)).toList());
    return new ValueInForce(
        table,
        flag,
        texts.stream().map(text -> shown(flag, text)).toList(),
        value.map(ConfiguredValue::origin));
  }

  private static String standard(OptionSpec flag) {
    if (flag.defaultValue() != null) {
      return flag.defaultValue();
    }
    Object initial = flag.isMultiValue() ? null : flag.initialValue();
    return initial == null ? null : initial.toString();
  }

  /** Without what is secret: the values of headers, keys, and passwords in addresses. */
  static String shown(OptionSpec flag, String text) {
    if (!Flags.isSecret(Flags.key(flag))) {
      return text.replaceAll("(?<=//)[^/@,]*:[^/@,]*@", "…@");
    }
    int at = text.indexOf('=');
    String name = Flags.isPairs(flag) && at > 0 ? text.substring(0, at + 1) : "";
    return text.startsWith("@", name.length()) && !name.isEmpty() ? text : name + "…";
  }
}
