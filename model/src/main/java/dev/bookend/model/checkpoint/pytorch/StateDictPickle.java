package dev.bookend.model.checkpoint.pytorch;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Reads the pickle that {@code torch.save} writes of a state dict: tensors by name.
 *
 * <p>A pickle is a program, and what it names may be any function of Python's. Here nothing is run.
 * The operations are those that a state dict takes (Python's {@code pickletools}, protocol 2;
 * PyTorch's {@code torch/_utils.py} and {@code torch/serialization.py}), and the only names are
 * those of an ordered dictionary, of the two functions that put a tensor together, and of the
 * storages' types. Anything else is refused.
 */
final class StateDictPickle {
  private static final int PROTOCOL = 2;

  private final String file;
  private final ByteBuffer bytes;
  private final List<Value> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Integer, Value> memo = new HashMap<>();

  private StateDictPickle(String file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  private sealed interface Value {}

  /** None, true or false: nothing that a tensor depends on. */
  private enum Constant implements Value {
    ANY
  }

  private record Text(String text) implements Value {}

  private record Whole(long number) implements Value {}

  private record Tuple(List<Value> values) implements Value {}

  private record Dictionary(Map<String, Value> values) implements Value {}

  private record Storage(StorageType type, String name, long elements) implements Value {}

  private record Tensor(PickledTensor tensor) implements Value {}

  private record Type(StorageType type) implements Value {}

  /** What may be called. */
  private enum Function implements Value {
    ORDERED_DICTIONARY("collections OrderedDict"),
    TENSOR("torch._utils _rebuild_tensor_v2"),
    PARAMETER("torch._utils _rebuild_parameter");

    private final String name;

    Function(String name) {
      this.name = name;
    }

    static Optional<Function> named(String name) {
      for (Function function : values()) {
        if (function.name.equals(name)) {
          return Optional.of(function);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * The tensors by name.
   *
   * @param file for messages
   * @param pickle the whole pickle
   * @throws BookendException if it holds anything but tensors, or is cut off
   */
  static Map<String, PickledTensor> read(String file, ByteBuffer pickle) {
    ByteBuffer bytes = pickle.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    try {
      return new StateDictPickle(file, bytes).run();
    } catch (BufferUnderflowException | IndexOutOfBoundsException | NoSuchElementException e) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          file + ": corrupt or truncated: its list of tensors breaks off; fetch it again",
          e);
    }
  }

  private Map<String, PickledTensor> run() {
    if (next() != 0x80 || next() != PROTOCOL) {
      throw refused("its list of tensors is not a pickle of protocol " + PROTOCOL);
    }
    int operation = next();
    for (; operation != '.'; operation = next()) {
      run(operation);
    }
    return tensors(pop());
  }

  private int next() {
    return bytes.get() & 0xff;
  }

  private void run(int operation) {
    switch (operation) {
      case '(' -> marks.push(stack.size());
      case 'N', 0x88, 0x89 -> stack.add(Constant.ANY);
      case 'K' -> stack.add(new Whole(next()));
      case 'M' -> stack.add(new Whole(bytes.getShort() & 0xffff));
      case 'J' -> stack.add(new Whole(bytes.getInt()));
      case 0x8a -> stack.add(whole(next()));
      case 'X' -> stack.add(new Text(text(bytes.getInt())));
      case ')' -> stack.add(new Tuple(List.of()));
      case 0x85, 0x86, 0x87 -> stack.add(new Tuple(top(operation - 0x84)));
      case 't' -> stack.add(new Tuple(sinceMark()));
      case '}' -> stack.add(new Dictionary(new LinkedHashMap<>()));
      case 's' -> set(top(2));
      case 'u' -> set(sinceMark());
      case 'c' -> stack.add(named(line() + " " + line()));
      case 'q' -> memo.put(next(), stack.get(stack.size() - 1));
      case 'r' -> memo.put(bytes.getInt(), stack.get(stack.size() - 1));
      case 'h' -> stack.add(remembered(next()));
      case 'j' -> stack.add(remembered(bytes.getInt()));
      case 'Q' -> stack.add(storage(pop()));
      case 'R' -> {
        Value arguments = pop();
        stack.add(call(pop(), arguments));
      }
      case 'b' -> build();
      default -> throw refused("operation %#x of a pickle".formatted(operation));
    }
  }

  private Value pop() {
    return stack.remove(stack.size() - 1);
  }

  /** The topmost values, which are taken off. */
  private List<Value> top(int count) {
    List<Value> top = stack.subList(stack.size() - count, stack.size());
    List<Value> values = List.copyOf(top);
    top.clear();
    return values;
  }

  private List<Value> sinceMark() {
    return top(stack.size() - marks.pop());
  }

  private Value remembered(int number) {
    return Optional.ofNullable(memo.get(number)).orElseThrow();
  }

  /** A whole number in two's complement. */
  private Whole whole(int length) {
    if (length > Long.BYTES) {
      throw refused("a number of more than 64 bits");
    }
    long number = 0;
    for (int i = 0; i < length; i++) {
      number |= (long) next() << (8 * i);
    }
    int unused = 8 * (Long.BYTES - length);
    return new Whole(length == 0 ? 0 : number << unused >> unused);
  }

  private String text(int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private String line() {
    int from = bytes.position();
    int to = from;
    while (bytes.get(to) != '\n') {
      to++;
    }
    String line = text(to - from);
    bytes.get();
    return line;
  }

  private Value named(String name) {
    Optional<Function> function = Function.named(name);
    if (function.isPresent()) {
      return function.get();
    }
    String prefix = "torch ";
    return Optional.of(name)
        .filter(text -> text.startsWith(prefix))
        .flatMap(text -> StorageType.named(text.substring(prefix.length())))
        .map(Type::new)
        .orElseThrow(
            () ->
                refused(
                    name.matches("[A-Za-z0-9_. ]{1,100}")
                        ? name.replace(' ', '.')
                        : "a name that cannot be shown"));
  }

  /** {@code ('storage', type, name, device, elements)}. */
  private Storage storage(Value id) {
    if (id instanceof Tuple tuple
        && tuple.values.size() == 5
        && tuple.values.get(0).equals(new Text("storage"))
        && tuple.values.get(1) instanceof Type type
        && tuple.values.get(2) instanceof Text name
        && tuple.values.get(4) instanceof Whole elements) {
      return new Storage(type.type, name.text, elements.number);
    }
    throw refused("a reference to something that is no storage");
  }

  private Value call(Value function, Value arguments) {
    if (function instanceof Function known && arguments instanceof Tuple tuple) {
      List<Value> values = tuple.values;
      switch (known) {
        case ORDERED_DICTIONARY -> {
          if (values.isEmpty()) {
            return new Dictionary(new LinkedHashMap<>());
          }
        }
        case PARAMETER -> {
          if (!values.isEmpty() && values.get(0) instanceof Tensor tensor) {
            return tensor;
          }
        }
        case TENSOR -> {
          if (values.size() >= 4
              && values.get(0) instanceof Storage storage
              && values.get(1) instanceof Whole offset) {
            return tensor(storage, offset.number, values.get(2), values.get(3));
          }
        }
      }
    }
    throw refused("a call that makes no tensor");
  }

  private Tensor tensor(Storage storage, long offset, Value shape, Value strides) {
    PickledTensor tensor =
        new PickledTensor(
            storage.type, storage.name, storage.elements, offset, numbers(shape), numbers(strides));
    if (tensor.shape().size() != tensor.strides().size()) {
      throw refused("a tensor whose strides are not those of its shape");
    }
    return new Tensor(tensor);
  }

  private List<Long> numbers(Value value) {
    List<Long> numbers = new ArrayList<>();
    if (value instanceof Tuple tuple) {
      for (Value element : tuple.values) {
        if (element instanceof Whole whole && whole.number >= 0) {
          numbers.add(whole.number);
        }
      }
      if (numbers.size() == tuple.values.size()) {
        return List.copyOf(numbers);
      }
    }
    throw refused("a tensor whose shape is no list of numbers");
  }

  private void set(List<Value> keysAndValues) {
    if (!(stack.get(stack.size() - 1) instanceof Dictionary dictionary)
        || keysAndValues.size() % 2 != 0) {
      throw refused("an entry of something that is no dictionary");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      if (!(keysAndValues.get(i) instanceof Text key)) {
        throw refused("an entry whose name is no text");
      }
      dictionary.values.put(key.text, keysAndValues.get(i + 1));
    }
  }

  /** A state dict has the versions of its modules as an attribute, which are not needed. */
  private void build() {
    Value attributes = pop();
    if (!(attributes instanceof Dictionary)
        || !(stack.get(stack.size() - 1) instanceof Dictionary)) {
      throw refused("attributes of something that is no dictionary");
    }
  }

  private Map<String, PickledTensor> tensors(Value top) {
    if (!(top instanceof Dictionary dictionary)) {
      throw refused("no dictionary of tensors");
    }
    Map<String, PickledTensor> tensors = new LinkedHashMap<>();
    dictionary.values.forEach(
        (name, value) -> {
          if (!(value instanceof Tensor tensor)) {
            throw refused("an entry that is no tensor");
          }
          tensors.put(name, tensor.tensor);
        });
    return tensors;
  }

  private BookendException refused(String what) {
    return new BookendException(
        ErrorCode.MODEL_UNSUPPORTED,
        file
            + ": holds more than tensors by name, or holds them in another way ("
            + what
            + "), so it is not read, and nothing in it is run; use a model.safetensors, or a file"
            + " made by torch.save(model.state_dict(), ...)");
  }
}
