package dev.bookend.cli.chat;

import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was said, and what the system message is. */
public final class Conversation {
  private final List<Message> turns = new ArrayList<>();
  private Optional<String> system = Optional.empty();
  private Optional<String> saved = Optional.empty();

  /** The system message. */
  public Optional<String> system() {
    return system;
  }

  /** Sets or removes the system message. */
  public void setSystem(Optional<String> text) {
    system = text;
  }

  /** All messages, the system's first. */
  public List<Message> messages() {
    List<Message> all = new ArrayList<>();
    system.ifPresent(text -> all.add(new Message(Role.SYSTEM, text)));
    all.addAll(turns);
    return all;
  }

  /** The name under which it was saved, or from which it was loaded. */
  public Optional<String> savedAs() {
    return saved;
  }

  /** It has been saved under a name, or loaded from it. */
  public void setSavedAs(Optional<String> name) {
    saved = name;
  }

  /** Whether nothing was said yet. */
  public boolean isEmpty() {
    return turns.isEmpty();
  }

  /** The user says something. */
  public void ask(String text) {
    turns.add(new Message(Role.USER, text));
  }

  /** The model has answered. */
  public void answer(String text) {
    turns.add(new Message(Role.ASSISTANT, text));
  }

  /** What the user said last. */
  public Optional<String> question() {
    return last(Role.USER);
  }

  /** What the model said last. */
  public Optional<String> answer() {
    return last(Role.ASSISTANT);
  }

  private Optional<String> last(Role role) {
    for (int i = turns.size() - 1; i >= 0; i--) {
      if (turns.get(i).role() == role) {
        return Optional.of(turns.get(i).content());
      }
    }
    return Optional.empty();
  }

  /**
   * Takes back the user's last message and what came after it.
   *
   * @return the message; empty: there was none
   */
  public Optional<String> undo() {
    for (int i = turns.size() - 1; i >= 0; i--) {
      if (turns.get(i).role() == Role.USER) {
        String text = turns.get(i).content();
        turns.subList(i, turns.size()).clear();
        return Optional.of(text);
      }
    }
    return Optional.empty();
  }

  /** Forgets what was said; the system message stays. */
  public void clear() {
    turns.clear();
    saved = Optional.empty();
  }

  /** Takes another conversation's place, with its system message. */
  public void replace(List<Message> messages) {
    clear();
    system = Optional.empty();
    for (Message message : messages) {
      if (message.role() == Role.SYSTEM && turns.isEmpty()) {
        system = Optional.of(message.content());
      } else {
        turns.add(message);
      }
    }
  }

  /** How many messages the user has sent. */
  public long questions() {
    return turns.stream().filter(turn -> turn.role() == Role.USER).count();
  }
}
