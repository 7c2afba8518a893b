package dev.bookend.evaluation.bench;

import dev.bookend.TextModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.Drafter;
import dev.bookend.split.SplitModel;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A split model that is measured.
 *
 * @param encode the tokens of a prompt
 * @param drafters new drafters for one session
 * @param knowledge a hash of what the drafter of that name knows before a session begins; empty:
 *     nothing
 * @param release frees the model
 */
public record SystemUnderTest(
    SplitModel model,
    Function<String, int[]> encode,
    Function<DraftSpec, List<Drafter>> drafters,
    Function<String, Optional<String>> knowledge,
    Runnable release)
    implements AutoCloseable {

  /**
   * A model that is given its prompts as a user's messages, or plain where it has no chat template.
   *
   * @param text closed with this
   * @param models opens the model of a name, for draft models
   */
  public static SystemUnderTest of(TextModel text, Function<String, Checkpoint> models) {
    return new SystemUnderTest(
        text.model(),
        prompt ->
            text.hasChatTemplate()
                ? text.chatPrompt(List.of(new Message(Role.USER, prompt)))
                : text.rawPrompt(prompt),
        spec -> text.drafters(spec, models),
        drafter -> DraftSpec.knowledge(drafter, text.drafterContext(models)),
        text::close);
  }

  @Override
  public void close() {
    release.run();
  }
}
