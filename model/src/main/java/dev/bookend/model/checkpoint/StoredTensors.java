package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The tensors of a checkpoint, by name.
 *
 * @param readable those that can be read
 * @param others those that cannot, which stops a load only where one of them is needed
 */
public record StoredTensors(
    SortedMap<String, StoredTensor> readable, SortedMap<String, Unreadable> others) {

  /**
   * A tensor of a type that is not supported, without dimensions or without elements.
   *
   * @param failure what to say where it is needed
   * @param isWeight whether it has elements that a layer could compute with, rather than none, or
   *     counters and masks
   */
  public record Unreadable(BookendException failure, boolean isWeight) {}

  public StoredTensors() {
    this(new TreeMap<>(), new TreeMap<>());
  }

  boolean has(String name) {
    return readable.containsKey(name) || others.containsKey(name);
  }

  /** The same tensors by other names. A name that is given twice stays with its first tensor. */
  public StoredTensors renamed(UnaryOperator<String> rename) {
    StoredTensors renamed = new StoredTensors();
    readable.forEach(
        (name, tensor) -> {
          String other = rename.apply(name);
          renamed.readable.put(has(other) ? name : other, tensor);
        });
    others.forEach(
        (name, tensor) -> {
          String other = rename.apply(name);
          renamed.others.put(has(other) ? name : other, tensor);
        });
    return renamed;
  }
}
