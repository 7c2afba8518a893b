package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.store.StoredModel;
import dev.bookend.model.store.StoredModel.Keeper;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bookend model rm}. */
@Command(
    name = "rm",
    description = {
      "Remove a model from this machine.",
      "What other programs keep stays, unless --others says otherwise."
    })
final class ModelRemoveCommand implements Runnable {
  @Parameters(paramLabel = "NAME", description = "As 'list' names it.")
  private String name;

  @Option(
      names = "--others",
      fallbackValue = "true",
      description =
          "Remove it also where Hugging Face's tools, Ollama or LM Studio keep it; of Hugging"
              + " Face's cache, all revisions and files of the repository.")
  private boolean others;

  @Override
  public void run() {
    ModelStore store = new ModelStore();
    List<StoredModel> found = store.list().stream().filter(model -> model.isCalled(name)).toList();
    List<StoredModel> theirs =
        found.stream().filter(model -> model.keeper() != Keeper.BOOKEND).toList();
    if (theirs.isEmpty() || theirs.size() < found.size()) {
      store.remove(name);
    } else if (!others) {
      StoredModel model = theirs.get(0);
      throw new BookendException(
          ErrorCode.MODEL_NOT_FOUND,
          name
              + " is in "
              + model.keeper().place()
              + " ("
              + model.path()
              + "), not in Bookend's; --others removes it there");
    }
    if (others) {
      theirs.forEach(store::remove);
    }
  }
}
