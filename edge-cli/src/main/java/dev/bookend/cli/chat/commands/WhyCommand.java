package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Answer;
import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;

/** What the last answer has cost, and where its time went. */
final class WhyCommand implements SlashCommand {
  @Override
  public String name() {
    return "why";
  }

  @Override
  public String summary() {
    return "what the last answer cost, and where its time went";
  }

  @Override
  public void run(Chat chat, String argument) {
    Answer answer =
        chat.last().orElseThrow(() -> new IllegalArgumentException("there is no answer yet"));
    new CostChart(chat, answer).print();
  }
}
