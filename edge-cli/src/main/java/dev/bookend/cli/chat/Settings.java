package dev.bookend.cli.chat;

import dev.bookend.model.runtime.Sampling;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What {@code /set} can change: how tokens are chosen, and how answers are shown. */
public final class Settings {
  private final SplittableRandom random = new SplittableRandom();
  private double temperature;
  private int topK;
  private double topP;
  private OptionalLong seed;
  private int maxTokens;
  private AnswerFormat format = AnswerFormat.TEXT;
  private View view = View.MARKDOWN;
  private boolean status = true;
  private boolean history;
  private Consumer<Boolean> historyListener = on -> {};

  /** How answers are shown. */
  public enum View {
    /** With headings, tables, coloured code. */
    MARKDOWN,
    /** As text, each token in the colour of the drafter that had guessed it. */
    DRAFTERS,
    /** As the model says it. */
    RAW;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Settings to begin with.
   *
   * @param sampling its seed counts where {@code seeded}
   * @param seeded whether the user has chosen the seed
   */
  public Settings(Sampling sampling, boolean seeded, int maxTokens) {
    this.temperature = sampling.temperature();
    this.topK = sampling.topK();
    this.topP = sampling.topP();
    this.seed = seeded ? OptionalLong.of(sampling.seed()) : OptionalLong.empty();
    this.maxTokens = maxTokens;
  }

  /**
   * One of them, by name.
   *
   * @param values what it may be, in words
   * @param examples for completion
   * @param value what it is now
   * @param set takes a new value; throws IllegalArgumentException with a message for the user
   */
  public record Setting(
      String name,
      String values,
      List<String> examples,
      Supplier<String> value,
      Consumer<String> set) {}

  /** All of them. */
  public List<Setting> all() {
    return List.of(
        new Setting(
            "temperature",
            "0: the most probable token; more: draw at random, the more so the higher",
            List.of("0", "0.7", "1"),
            () -> plain(temperature),
            text -> {
              double value = number(text);
              Sampling checked = new Sampling(value, topK, topP, 0);
              temperature = checked.temperature();
            }),
        new Setting(
            "top_p",
            "draw from the most probable tokens that together have this probability; 1: all",
            List.of("0.9", "0.95", "1"),
            () -> plain(topP),
            text -> {
              Sampling checked = new Sampling(temperature, topK, number(text), 0);
              topP = checked.topP();
            }),
        new Setting(
            "top_k",
            "draw from so many of the most probable tokens; 0: all",
            List.of("20", "40", "0"),
            () -> Integer.toString(topK),
            text -> {
              Sampling checked = new Sampling(temperature, count(text), topP, 0);
              topK = checked.topK();
            }),
        new Setting(
            "seed",
            "a number: draw the same tokens each time; any",
            List.of("1", "any"),
            () -> seed.isPresent() ? Long.toString(seed.getAsLong()) : "any",
            text ->
                seed = text.equals("any") ? OptionalLong.empty() : OptionalLong.of(whole(text))),
        new Setting(
            "max_tokens",
            "most tokens of an answer",
            List.of("256", "1024", "4096"),
            () -> Integer.toString(maxTokens),
            text -> {
              int value = count(text);
              if (value < 1) {
                throw new IllegalArgumentException("max_tokens must be at least 1");
              }
              maxTokens = value;
            }),
        new Setting(
            "format",
            "text, json, or a file with a JSON schema that answers are held to",
            List.of("text", "json"),
            () -> format.text(),
            text -> format = AnswerFormat.parse(text)),
        new Setting(
            "view",
            "markdown, drafters (each token in the colour of who guessed it), or raw",
            List.of("markdown", "drafters", "raw"),
            () -> view.toString(),
            text -> view = view(text)),
        new Setting(
            "status",
            "on or off: the line at the bottom",
            List.of("on", "off"),
            () -> onOff(status),
            text -> status = on(text)),
        new Setting(
            "history",
            "on or off: keep the lines that you type, in a file that only you can read",
            List.of("on", "off"),
            () -> onOff(history),
            text -> setHistory(on(text))));
  }

  /** The setting of a name, also with hyphens. */
  public Optional<Setting> named(String name) {
    String wanted = name.toLowerCase(Locale.ROOT).replace('-', '_');
    return all().stream().filter(setting -> setting.name().equals(wanted)).findFirst();
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String onOff(boolean value) {
    return value ? "on" : "off";
  }

  private static boolean on(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "on", "yes", "true" -> true;
      case "off", "no", "false" -> false;
      default -> throw new IllegalArgumentException("write on or off");
    };
  }

  private static View view(String text) {
    for (View known : View.values()) {
      if (known.toString().equals(text.toLowerCase(Locale.ROOT))) {
        return known;
      }
    }
    throw new IllegalArgumentException("write markdown, drafters or raw");
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a number", e);
    }
  }

  private static long whole(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a whole number", e);
    }
  }

  private static int count(String text) {
    long value = whole(text);
    if (value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "'" + text + "' is too large; at most " + Integer.MAX_VALUE);
    }
    return (int) Math.max(Integer.MIN_VALUE, value);
  }

  /** How the tokens of the next answer are chosen. */
  public Sampling sampling() {
    return temperature == 0
        ? Sampling.GREEDY
        : new Sampling(temperature, topK, topP, seed.orElseGet(random::nextLong));
  }

  /** Most tokens of an answer. */
  public int maxTokens() {
    return maxTokens;
  }

  /** What answers are held to. */
  AnswerFormat format() {
    return format;
  }

  /** How answers are shown. */
  public View view() {
    return view;
  }

  /** Whether there is a line at the bottom. */
  public boolean isStatusShown() {
    return status;
  }

  /** Whether lines that are typed are kept. */
  public boolean isHistoryKept() {
    return history;
  }

  /** Keeps the lines that are typed from now on, or does not. */
  public void setHistory(boolean on) {
    historyListener.accept(on);
    history = on;
  }

  void onHistory(Consumer<Boolean> listener) {
    historyListener = listener;
  }
}
