package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.Totals;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What all answers have cost. */
final class StatsCommand implements SlashCommand {
  @Override
  public String name() {
    return "stats";
  }

  @Override
  public String summary() {
    return "what all answers of this session have cost";
  }

  @Override
  public void run(Chat chat, String argument) {
    Totals totals = chat.totals();
    int prompt = chat.promptTokens();
    int context = chat.model().split().contextLength();
    List<Texts.Row> rows = new ArrayList<>();
    rows.add(new Texts.Row("model", SplitCommand.described(chat)));
    rows.add(
        new Texts.Row(
            "conversation",
            String.format(
                Locale.ROOT,
                "%,d of %,d tokens of context, %s",
                prompt,
                context,
                Figures.count(chat.conversation().messages().size(), "message"))));
    rows.add(
        new Texts.Row(
            "answers",
            "%s, %s, %s tok/s"
                .formatted(
                    Figures.count(totals.answers(), "answer"),
                    Figures.count(totals.tokens(), "token"),
                    Figures.tenths(
                        totals.millis() == 0 ? 0 : totals.tokens() * 1e3 / totals.millis()))));
    rows.add(
        new Texts.Row(
            "prompts",
            String.format(
                Locale.ROOT,
                "%,d tokens, of which %,d were in the KV cache",
                totals.promptTokens(),
                totals.cachedTokens())));
    rows.add(
        new Texts.Row(
            "round trips",
            "%s, %s tokens each; cloud lost %s"
                .formatted(
                    Figures.count(totals.roundTrips(), "round trip"),
                    Figures.hundredths(totals.tokensPerRoundTrip()),
                    Figures.count(totals.reconnects(), "time"))));
    rows.add(
        new Texts.Row(
            "bytes",
            "%s up, %s down"
                .formatted(
                    Figures.bytes(totals.bytesSent()), Figures.bytes(totals.bytesReceived()))));
    Texts.table(chat.screen(), rows);
  }
}
