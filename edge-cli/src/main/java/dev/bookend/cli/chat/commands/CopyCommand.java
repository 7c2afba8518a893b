package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Copies the last answer. */
final class CopyCommand implements SlashCommand {
  @Override
  public String name() {
    return "copy";
  }

  @Override
  public String argument() {
    return "[code]";
  }

  @Override
  public String summary() {
    return "put the last answer, or its last code, into the clipboard";
  }

  @Override
  public String details(Chat chat) {
    return "By the terminal (OSC 52), which must allow it; that works over SSH too.";
  }

  private static final int MOST_BYTES = 74_994; // what xterm takes

  @Override
  public void run(Chat chat, String argument) {
    Optional<String> answer = chat.conversation().answer();
    if (answer.isEmpty()) {
      throw new IllegalArgumentException("there is no answer to copy");
    }
    if (chat.screen().isPlain()) {
      throw new IllegalArgumentException("this terminal has no clipboard that could be reached");
    }
    String text = answer.get();
    if (argument.equals("code")) {
      text =
          Texts.lastCode(text)
              .orElseThrow(() -> new IllegalArgumentException("the answer has no block of code"));
    } else if (!argument.isEmpty()) {
      throw new IllegalArgumentException("write /copy or /copy code");
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_BYTES) {
      throw new IllegalArgumentException(
          "that is too much for a terminal's clipboard; use /export");
    }
    chat.screen().control("\u001b]52;c;" + Base64.getEncoder().encodeToString(bytes) + "\u0007");
    chat.screen()
        .remark(
            "sent to the terminal's clipboard: "
                + text.codePointCount(0, text.length())
                + " characters");
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return List.of(new Proposal("code", "its last block of code", true));
  }
}
