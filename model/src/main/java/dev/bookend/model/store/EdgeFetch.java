package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.part.ModelPart;
import dev.bookend.model.checkpoint.part.PartLayout;
import dev.bookend.model.checkpoint.part.PartialModel;
import dev.bookend.model.store.Target.Slice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fetches what an edge needs of a model: what describes it, the headers of its files, and of the
 * tensors the embedding, some layers and the output.
 */
final class EdgeFetch {
  private final Hub hub;
  private final HubName name;
  private final Fetch fetch;

  EdgeFetch(Hub hub, HubName name, Progress progress) {
    this.hub = hub;
    this.name = name;
    this.fetch = new Fetch(hub, name, progress);
  }

  /**
   * Adds layers to a directory that has some.
   *
   * @param directory which {@linkplain PartialModel#isIn is one with parts of the model}
   */
  void addTo(Path directory, EdgeLayers layers) {
    try {
      PartialModel model = PartialModel.read(directory);
      List<ModelPart> wanted = missing(model, layers);
      if (wanted.isEmpty()) {
        return;
      }
      Repository repository = new Repository(hub, name, model.note().commit());
      List<HubFile> weights =
          model.note().files().stream()
              .map(file -> new HubFile(file.path(), file.bytes(), Optional.empty()))
              .toList();
      fetchParts(repository, model, wanted, weights, 0);
    } catch (IOException e) {
      throw failure(directory, e);
    }
  }

  /**
   * Makes such a directory.
   *
   * @param parent where a directory for the commit is made, so that commits do not mix
   * @return that directory, complete
   */
  Path into(Path parent, EdgeLayers layers) {
    try {
      Repository repository = new Repository(hub, name, fetch.commit());
      Path directory = parent.resolve(repository.commit());
      RemoteModel remote = RemoteModel.fetch(fetch, repository, directory, file -> true);
      PartialModel model = remote.model();
      List<ModelPart> edge = layers.of(model.parts(), name.toString());
      HeadsFetch heads =
          new HeadsFetch(repository, fetch.retries(), fetch.tally(), byName(remote.weights()));
      List<TensorPlace> elsewhere = model.parts().elsewhere(model.header(), edge);
      List<ModelPart> wanted = edge.stream().filter(part -> !model.has(part)).toList();
      fetchParts(repository, model, wanted, remote.weights(), HeadsFetch.bytes(elsewhere));
      Map<TensorPlace, byte[]> first = heads.fetch(elsewhere);
      model.finish(place -> ByteBuffer.wrap(first.get(place)));
      return directory;
    } catch (IOException e) {
      throw failure(parent, e);
    }
  }

  /** Without ranges the whole model would have to be fetched for any part of it. */
  static BookendException withoutRanges(RangesIgnoredException e) {
    return new BookendException(
        ErrorCode.HUB_FAILED, e.getMessage() + ": only the whole model can be fetched", e);
  }

  private static BookendException failure(Path directory, IOException e) {
    if (e instanceof RangesIgnoredException ignored) {
      return withoutRanges(ignored);
    }
    return new BookendException(
        ErrorCode.IO_FAILED, "cannot write to " + directory + ": " + e.getMessage(), e);
  }

  private List<ModelPart> missing(PartialModel model, EdgeLayers layers) {
    return layers.of(model.parts(), name.toString()).stream()
        .filter(part -> !model.has(part))
        .toList();
  }

  private static Map<String, HubFile> byName(List<HubFile> files) {
    return files.stream().collect(Collectors.toMap(HubFile::name, Function.identity()));
  }

  /**
   * Fetches some parts.
   *
   * @param more bytes that are fetched besides, for the tally
   */
  private void fetchParts(
      Repository repository,
      PartialModel model,
      List<ModelPart> parts,
      List<HubFile> weights,
      long more)
      throws IOException {
    Map<String, HubFile> files = byName(weights);
    List<Target> targets = new ArrayList<>();
    for (ModelPart part : parts) {
      PartLayout layout = model.layout(part);
      List<Slice> slices =
          layout.copies().stream()
              .map(copy -> new Slice(files.get(copy.file()), copy.from(), copy.at(), copy.bytes()))
              .toList();
      targets.add(
          new Target(model.file(part), layout.bytes(), layout.head(), slices, Optional.empty()));
    }
    if (!targets.isEmpty()) {
      Fetch.requireSpace(name, model.file(parts.get(0)).getParent(), targets);
    }
    Tally tally = fetch.tally();
    tally.expect(tally.done() + targets.stream().mapToLong(Target::fetched).sum() + more);
    new Download(repository, fetch.retries(), tally).run(targets);
  }
}
