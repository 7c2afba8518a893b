package dev.bookend.evaluation.bench;

import dev.bookend.edge.SplitModel;
import dev.bookend.edge.TextModel;
import dev.bookend.edge.speculation.DraftSpec;
import dev.bookend.edge.speculation.Drafter;
import dev.bookend.edge.speculation.Phrases;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.text.Message;
import dev.bookend.model.text.Role;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A split model that is measured.
 *
 * @param encode the tokens of a prompt
 * @param drafters new drafters for one session
 * @param phrases what the drafter of that name knows before a session begins
 * @param release frees the model
 */
public record Subject(
    SplitModel model,
    Function<String, int[]> encode,
    Function<DraftSpec, List<Drafter>> drafters,
    Supplier<Phrases> phrases,
    Runnable release)
    implements AutoCloseable {

  /**
   * A model that is given its prompts as a user's messages, or plain where it has no chat template.
   *
   * @param text closed with this
   * @param models opens the model of a name, for draft models
   */
  public static Subject of(TextModel text, Function<String, Checkpoint> models) {
    return new Subject(
        text.model(),
        prompt ->
            text.hasChatTemplate()
                ? text.chatPrompt(List.of(new Message(Role.USER, prompt)))
                : text.rawPrompt(prompt),
        spec -> text.drafters(spec, models),
        text::phrases,
        text::close);
  }

  @Override
  public void close() {
    release.run();
  }
}
