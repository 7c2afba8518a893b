package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Answer;
import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.chat.Screen;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.error.VisibleText;
import dev.bookend.model.runtime.TokenChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Two answers to the same prompt, side by side. */
final class Comparison {
  private static final int NARROWEST_COLUMN = 24;

  private final Chat chat;
  private final Answer sequential;
  private final Answer speculative;

  Comparison(Chat chat, Answer sequential, Answer speculative) {
    this.chat = chat;
    this.sequential = sequential;
    this.speculative = speculative;
  }

  void print() {
    Screen screen = chat.screen();
    int column = (screen.width() - 3) / 2;
    if (screen.isPlain() || column < NARROWEST_COLUMN) {
      one("sequential", sequential);
      one("speculative", speculative);
    } else {
      sideBySide(column);
    }
    verdict();
  }

  private void one(String name, Answer answer) {
    Screen screen = chat.screen();
    screen.print(name, screen.look().strong());
    screen.print(answer.completion().text());
    for (Figure figure : figures()) {
      screen.print("  " + figure.name() + ": " + figure.of().apply(answer));
    }
  }

  private void sideBySide(int column) {
    List<AttributedString> left = column("sequential", sequential, column);
    List<AttributedString> right = column("speculative", speculative, column);
    String bar = chat.screen().look().unicode() ? " │ " : " | ";
    List<AttributedString> rows = new ArrayList<>();
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      AttributedString one = i < left.size() ? left.get(i) : AttributedString.EMPTY;
      rows.add(
          new AttributedStringBuilder()
              .append(one)
              .append(" ".repeat(Math.max(0, column - one.columnLength())))
              .styled(chat.screen().look().dim(), bar)
              .append(i < right.size() ? right.get(i) : AttributedString.EMPTY)
              .toAttributedString());
    }
    chat.screen().print(rows);
  }

  private List<AttributedString> column(String name, Answer answer, int width) {
    List<AttributedString> rows = new ArrayList<>();
    rows.add(new AttributedString(name, chat.screen().look().strong()));
    for (Figure figure : figures()) {
      rows.addAll(
          RowWrap.wrap(
              new AttributedString(
                  "%-12s %s".formatted(figure.name(), figure.of().apply(answer)),
                  chat.screen().look().dim()),
              width));
    }
    rows.add(AttributedString.EMPTY);
    rows.addAll(
        RowWrap.wrap(
            new AttributedString(VisibleText.of(answer.completion().text().replace("\t", "  "))),
            width));
    return rows;
  }

  private record Figure(String name, Function<Answer, String> of) {}

  private static List<Figure> figures() {
    return List.of(
        new Figure("tokens", answer -> Integer.toString(answer.completion().tokens().size())),
        new Figure("time", answer -> Figures.millis(answer.metrics().times().total())),
        new Figure("speed", answer -> Figures.tenths(answer.tokensPerSecond()) + " tokens/s"),
        new Figure(
            "round trips",
            answer -> {
              DecodingMetrics.Counts counts = answer.metrics().counts();
              return "%d, %s tokens each"
                  .formatted(counts.roundTrips(), Figures.hundredths(counts.tokensPerRoundTrip()));
            }),
        new Figure(
            "bytes",
            answer ->
                "%s up, %s down"
                    .formatted(
                        Figures.bytes(answer.metrics().bytes().sent()),
                        Figures.bytes(answer.metrics().bytes().received()))));
  }

  private void verdict() {
    List<Integer> one = sequential.completion().tokens();
    List<Integer> other = speculative.completion().tokens();
    double faster =
        sequential.metrics().times().total()
            / Math.max(0.001, speculative.metrics().times().total());
    if (one.equals(other)) {
      chat.screen()
          .print(
              "identical: all %s; speculative took %s of the time"
                  .formatted(
                      Figures.count(one.size(), "token"),
                      Figures.tenths(100 / Math.max(0.001, faster)) + " %"),
              chat.screen().look().good());
      return;
    }
    int at = 0;
    while (at < one.size() && at < other.size() && one.get(at).equals(other.get(at))) {
      at++;
    }
    boolean tie = isNearTie(sequential, at) || isNearTie(speculative, at);
    chat.screen()
        .print(
            "not identical: the first difference is token %d of %d and %d%s"
                .formatted(
                    at + 1,
                    one.size(),
                    other.size(),
                    tie
                        ? ", which was a near tie: another order of sums chose the other"
                        : ", and no near tie explains it"),
            tie ? chat.screen().look().warning() : chat.screen().look().bad());
  }

  private static boolean isNearTie(Answer answer, int at) {
    List<TokenChoice> choices = answer.completion().generation().choices();
    return at < choices.size() && choices.get(at).margin() < TokenChoice.NEAR_TIE;
  }
}
