package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Answer;
import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.markdown.Look;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Where the time of an answer went, as bars, and what else it has cost. */
final class CostChart {
  private static final int WIDEST_BAR = 30;
  private static final int AROUND_BAR = 30;

  private final Chat chat;
  private final Answer answer;

  CostChart(Chat chat, Answer answer) {
    this.chat = chat;
    this.answer = answer;
  }

  private record Part(String name, double millis, String what, AttributedStyle style) {}

  void print() {
    DecodingMetrics metrics = answer.metrics();
    Times times = metrics.times();
    Look look = chat.screen().look();
    chat.screen()
        .print(
            "%s in %s, %s tokens/s; the first after %s"
                .formatted(
                    Figures.count(answer.completion().tokens().size(), "token"),
                    Figures.millis(times.total()),
                    Figures.tenths(answer.tokensPerSecond()),
                    Figures.millis(times.firstToken())),
            look.strong());
    boolean cloudKnown = times.cloud() > 0;
    List<Part> parts = new ArrayList<>();
    parts.add(
        new Part("edge", times.edge(), "embedding, lower and upper layers, LM head", look.good()));
    parts.add(
        new Part(
            cloudKnown ? "link" : "link+cloud",
            times.network(),
            cloudKnown ? "on the way there and back" : "the cloud does not say what is its own",
            look.colour(AttributedStyle.CYAN)));
    if (cloudKnown) {
      parts.add(new Part("cloud", times.cloud(), "middle layers, and the queue", look.warning()));
    }
    parts.add(new Part("drafting", times.drafting(), "", look.colour(AttributedStyle.MAGENTA)));
    parts.add(new Part("messages", times.serialization(), "tensors to bytes", look.dim()));
    parts.add(new Part("reconnecting", times.reconnecting(), "the cloud was lost", look.bad()));
    double known = parts.stream().mapToDouble(Part::millis).sum();
    parts.add(new Part("other", Math.max(0, times.total() - known), "", look.dim()));
    double total = Math.max(known, times.total());
    parts.stream()
        .filter(part -> part.millis() >= 0.005 * total)
        .forEach(part -> chat.screen().print(bar(part, total)));
    figures(metrics);
  }

  private AttributedString bar(Part part, double total) {
    Look look = chat.screen().look();
    int room = Math.max(5, Math.min(WIDEST_BAR, chat.screen().width() - AROUND_BAR));
    int filled = (int) Math.round(room * part.millis() / total);
    String full = look.unicode() ? "█" : "#";
    String empty = look.unicode() ? "░" : ".";
    AttributedStringBuilder row =
        new AttributedStringBuilder()
            .append(String.format(Locale.ROOT, "%-12s ", part.name()))
            .styled(part.style(), full.repeat(filled))
            .styled(look.dim(), empty.repeat(room - filled))
            .append(
                String.format(
                    Locale.ROOT,
                    " %9s %3.0f %%",
                    Figures.millis(part.millis()),
                    100 * part.millis() / total));
    int left = chat.screen().width() - row.columnLength() - 2;
    if (!part.what().isEmpty() && left >= part.what().length()) {
      row.styled(look.dim(), "  " + part.what());
    }
    return row.toAttributedString();
  }

  private void figures(DecodingMetrics metrics) {
    int tokens = Math.max(1, answer.completion().tokens().size());
    List<Texts.Row> rows = new ArrayList<>();
    rows.add(
        new Texts.Row(
            "prompt",
            "%s: %d from the KV cache, %d run"
                .formatted(
                    Figures.count(answer.completion().promptTokens().size(), "token"),
                    answer.completion().cachedPromptTokens(),
                    metrics.counts().prefilledTokens())));
    rows.add(
        new Texts.Row(
            "round trips",
            "%d, %s tokens each; %d sent ahead, %d near ties"
                .formatted(
                    metrics.counts().roundTrips(),
                    Figures.hundredths(metrics.counts().tokensPerRoundTrip()),
                    metrics.counts().roundTripsAhead(),
                    metrics.counts().nearTies())));
    for (Contribution drafter : metrics.drafters()) {
      if (drafter.sent() > 0) {
        rows.add(
            new Texts.Row(
                drafter.drafter(),
                drafter.accepted() + " of " + drafter.sent() + " draft tokens accepted"));
      }
    }
    rows.add(
        new Texts.Row(
            "bytes",
            "%s up, %s down; %s a token"
                .formatted(
                    Figures.bytes(metrics.bytes().sent()),
                    Figures.bytes(metrics.bytes().received()),
                    Figures.bytes(
                        (double) (metrics.bytes().sent() + metrics.bytes().received()) / tokens))));
    OptionalDouble queue = chat.queueMillis();
    if (queue.isPresent() && chat.last().filter(one -> one.equals(answer)).isPresent()) {
      rows.add(
          new Texts.Row(
              "cloud's queue", Figures.millis(queue.getAsDouble()) + " a request, on average"));
    }
    if (metrics.counts().reconnects() > 0) {
      rows.add(new Texts.Row("reconnects", Integer.toString(metrics.counts().reconnects())));
    }
    Texts.table(chat.screen(), rows);
  }
}
