package dev.bookend.cli.chat.commands;

import dev.bookend.Prompt;
import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.error.VisibleText;
import dev.bookend.evaluation.attack.PromptReader;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** What a cloud that looks could read. */
final class AttackCommand implements SlashCommand {
  @Override
  public String name() {
    return "attack";
  }

  @Override
  public String summary() {
    return "read this conversation out of what the cloud receives, as a cloud that looks could";
  }

  @Override
  public String details(Chat chat) {
    return "Vocabulary matching, the strongest attack that needs no training: each token is "
        + "tried in the public lower layers until its hidden state is the one that was "
        + "sent. The attack runs here, and nothing is sent for it. The first time it makes "
        + "a table of the vocabulary.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (chat.conversation().messages().isEmpty()) {
      throw new IllegalArgumentException("nothing was said yet, so there is nothing to read");
    }
    int[] tokens = chat.model().bookend().tokens(new Prompt.Chat(chat.conversation().messages()));
    PromptReader reader = chat.model().reader();
    AtomicReference<String> progress = new AtomicReference<>("attacking ...");
    long start = System.nanoTime();
    int[] read;
    try {
      read = chat.busy(progress::get, () -> read(reader, tokens, progress));
    } catch (CancellationException e) {
      chat.screen().remark("(ended by Ctrl-C)");
      return;
    }
    chat.interrupts().begin();
    tell(chat, tokens, read, (System.nanoTime() - start) / 1e9);
  }

  private static int[] read(PromptReader reader, int[] tokens, AtomicReference<String> progress) {
    return reader.read(
        tokens,
        new PromptReader.Listener() {
          @Override
          public void onPreparing(long done, long total) {
            check();
            progress.set("making the attacker's table: " + 100 * done / Math.max(1, total) + " %");
          }

          @Override
          public void onToken(int position, int token) {
            check();
            progress.set("reading: " + (position + 1) + " of " + tokens.length + " tokens");
          }

          private void check() {
            if (Thread.currentThread().isInterrupted()) {
              throw new CancellationException();
            }
          }
        });
  }

  private static void tell(Chat chat, int[] tokens, int[] read, double seconds) {
    int right = 0;
    AttributedStringBuilder text = new AttributedStringBuilder();
    for (int from = 0; from < read.length; ) {
      boolean same = read[from] == tokens[from];
      int to = from;
      while (to < read.length && (read[to] == tokens[to]) == same) {
        to++;
      }
      right += same ? to - from : 0;
      // Pieces of the same kind together: a character may take several tokens.
      String piece =
          chat.model().bookend().model().tokenizer().decode(Arrays.copyOfRange(read, from, to));
      text.styled(
          same ? chat.screen().look().warning() : chat.screen().look().dim(),
          VisibleText.of(same || chat.screen().look().styled() ? piece : "[" + piece + "]"));
      from = to;
    }
    chat.screen().print("What the cloud could read of this conversation, as it would be sent now:");
    chat.screen()
        .print(
            RowWrap.wrap(new AttributedString(text.toAttributedString()), chat.screen().width()));
    chat.screen()
        .print(
            "%d of %s recovered (%s %%) in %s s, from hidden states after %s."
                .formatted(
                    right,
                    Figures.count(tokens.length, "token"),
                    Figures.tenths(100.0 * right / tokens.length),
                    Figures.tenths(seconds),
                    Figures.count(chat.model().split().options().split().lower(), "layer")));
    chat.screen()
        .remark(
            "With public weights whoever runs the middle layers can do this, and reads the answers"
                + " as well. The split keeps text out of requests, logs and caches; it does not hide"
                + " it from a cloud that looks (docs/privacy.md).");
  }
}
